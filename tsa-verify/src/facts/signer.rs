//! Which certificate is the signer's: by `sid` and by the digest in the signed attributes
//! (RFC 5652 §5.3, RFC 5035 §5, RFC 5816).
//!
//! Candidates come from the token and from the caller, never from the trust anchors. The digest
//! decides between certificates with the same issuer and serial number.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use tsa_core::{EssCertId, SignedData, SignerIdentifier, SignerInfo};

use super::AttributeFacts;
use crate::name::Name;
use crate::path::Certificate;
use crate::{CertificateBag, CryptoProvider};

/// What the identifiers by digest say about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EssMatch {
    /// There is no identifier.
    None,
    /// All fit.
    Fits,
    /// One does not fit.
    Differs,
    /// One is by a digest algorithm that cannot be computed, the others fit.
    Unknown,
}

/// The certificates at hand, and the signer's among them.
#[derive(Debug)]
pub(crate) struct SignerFacts<'a> {
    /// Certificates of the token, then those of the caller.
    pub(crate) pool: Vec<Certificate<'a>>,
    /// How many of them came with the token.
    pub(crate) from_token: usize,
    /// Certificates of the token that cannot be read.
    pub(crate) unreadable: usize,
    /// How many different ones have the issuer and serial number, or the key identifier, of `sid`.
    pub(crate) sid_matches: usize,
    /// The one whose digest fits too; otherwise the first that `sid` names.
    pub(crate) chosen: Option<usize>,
    /// What the identifiers by digest say about the chosen one.
    pub(crate) ess: EssMatch,
}

impl<'a> SignerFacts<'a> {
    pub(crate) fn find(
        signed_data: Option<&SignedData<'a>>,
        signer_info: Option<&SignerInfo<'a>>,
        attributes: &AttributeFacts,
        intermediates: &'a CertificateBag,
        crypto: &dyn CryptoProvider,
    ) -> Self {
        let sent = signed_data.and_then(|data| data.certificates.as_deref());
        let mut pool = Vec::new();
        let mut unreadable = 0;
        for choice in sent.unwrap_or_default() {
            match Certificate::read(choice.raw) {
                Ok(certificate) if choice.is_certificate() => pool.push(certificate),
                _ if choice.is_certificate() => unreadable += 1,
                _ => {}
            }
        }
        let from_token = pool.len();
        let given = intermediates.certificates();
        pool.extend(given.filter_map(|raw| Certificate::read(raw).ok()));
        let matches: Vec<usize> = match signer_info {
            Some(info) => (0..)
                .zip(&pool)
                .filter(|(_, certificate)| is_named(&info.sid, certificate))
                .map(|(index, _)| index)
                .collect(),
            None => Vec::new(),
        };
        let ess_of = |index: &usize| match pool.get(*index) {
            Some(certificate) => ess_match(attributes, certificate, crypto),
            None => EssMatch::None,
        };
        // All are looked at: each is digested once for each of two identifiers at most.
        let mut distinct: BTreeSet<&[u8]> = BTreeSet::new();
        let fitting = matches
            .iter()
            .filter(|index| {
                let raw = pool.get(**index).map(|certificate| certificate.anatomy.raw);
                raw.is_some_and(|raw| distinct.insert(raw))
            })
            .fold(None, |found: Option<&usize>, index| {
                found.or_else(|| (ess_of(index) == EssMatch::Fits).then_some(index))
            });
        let chosen = fitting.or(matches.first()).copied();
        let ess = chosen.as_ref().map_or(EssMatch::None, ess_of);
        Self {
            from_token,
            unreadable,
            sid_matches: distinct.len(),
            chosen,
            ess,
            pool,
        }
    }

    /// The chosen certificate.
    pub(crate) fn certificate(&self) -> Option<&Certificate<'a>> {
        self.chosen.and_then(|index| self.pool.get(index))
    }
}

fn is_named(sid: &SignerIdentifier<'_>, certificate: &Certificate<'_>) -> bool {
    match sid {
        SignerIdentifier::IssuerAndSerialNumber {
            issuer,
            serial_number,
        } => {
            // The same name may be encoded in several ways (RFC 5280 §7.1).
            let anatomy = &certificate.anatomy;
            anatomy.serial_number == *serial_number
                && (anatomy.issuer == *issuer || Name::is_same(anatomy.issuer, issuer))
        }
        SignerIdentifier::SubjectKeyIdentifier(wanted) => {
            certificate.extensions.subject_key_identifier.as_deref() == Some(&**wanted)
        }
    }
}

fn ess_match(
    attributes: &AttributeFacts,
    certificate: &Certificate<'_>,
    crypto: &dyn CryptoProvider,
) -> EssMatch {
    let mut all = EssMatch::None;
    for identifier in attributes.signer_identifiers() {
        match one_match(identifier, certificate, crypto) {
            EssMatch::Fits if all == EssMatch::None => all = EssMatch::Fits,
            EssMatch::Differs => return EssMatch::Differs,
            EssMatch::Unknown => all = EssMatch::Unknown,
            _ => {}
        }
    }
    all
}

fn one_match(
    identifier: &EssCertId,
    certificate: &Certificate<'_>,
    crypto: &dyn CryptoProvider,
) -> EssMatch {
    let algorithm = identifier.hash_algorithm.digest_algorithm();
    let digest = algorithm.and_then(|known| crypto.digest(known, certificate.anatomy.raw));
    match digest {
        None => EssMatch::Unknown,
        Some(digest) if digest == identifier.cert_hash => EssMatch::Fits,
        Some(_) => EssMatch::Differs,
    }
}
