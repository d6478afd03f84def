//! A key in wrong hands: which key is meant, and which tokens it has signed.
//!
//! A token is the key's when it names a certificate of the key as its signer's (RFC 5652 §5.3):
//! certificates that are configured, that were (`.before`), that stand in tokens of the ledger, or
//! that the operator has at hand. What is done about it is the business of `commands_incident.rs`,
//! how it is told that of [`report`].

pub(crate) mod report;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use tsa_core::tlv::{Deviations, Reader, Tag, scan, scan_der};
use tsa_core::{CertificateAnatomy, DecodeError, ObjectIdentifier, SignedData, SignerIdentifier};
use tsa_ledger::{Ledger, StoreFault};

use crate::ca::read_serial;
use crate::config::{Config, SignerConfig};
use crate::offers::read_certificates;
use crate::signer::{KeyId, key_id};

/// Certificates of one key.
#[derive(Debug)]
pub(crate) struct Suspect {
    pub(crate) key: KeyId,
    /// Each once; DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Issuer and serial number of each, as tokens name them.
    names: HashSet<(Vec<u8>, String)>,
}

/// Whose a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    BySuspect,
    ByOther,
    /// It cannot be read, so nobody can tell.
    Unreadable,
}

impl Suspect {
    /// Finds the key that is meant by `named`, and its certificates.
    ///
    /// # Errors
    /// Words for why there is none.
    pub(crate) async fn find(
        named: &str,
        config: &Config,
        ledger: &Ledger,
    ) -> Result<Self, String> {
        let mut known = configured(config);
        let stored = stored(ledger).await.map_err(|error| error.to_string())?;
        known.extend(stored);
        let key = meant(named, config, &mut known)?;
        let mut suspect = Self {
            key,
            certificates: Vec::new(),
            names: HashSet::new(),
        };
        for certificate in &known {
            suspect.take(certificate);
        }
        match suspect.certificates.is_empty() {
            false => Ok(suspect),
            true => Err(format!(
                "no certificate of the key `{named}` is known here: name a file that has one"
            )),
        }
    }

    /// Takes a certificate, if it is of this key.
    fn take(&mut self, certificate: &[u8]) -> bool {
        let Ok(anatomy) = CertificateAnatomy::read(certificate) else {
            return false;
        };
        let is_own = key_id(anatomy.subject_public_key_info) == self.key;
        let name = (anatomy.issuer.to_vec(), anatomy.serial_number.to_hex());
        if is_own && self.names.insert(name) {
            self.certificates.push(certificate.to_vec());
        }
        is_own
    }

    /// Whether the key has signed a token, by what that says of itself. A certificate of the key
    /// that was not known before is learnt.
    pub(crate) fn has_signed(&mut self, token: &[u8]) -> Signed {
        match self.is_signer_of(token) {
            Ok(true) => Signed::BySuspect,
            Ok(false) => Signed::ByOther,
            Err(_) => Signed::Unreadable,
        }
    }

    fn is_signer_of(&mut self, token: &[u8]) -> Result<bool, DecodeError> {
        let scanned = scan_der(token)?;
        let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
        let signed_data = SignedData::read(&content_info, &mut Deviations::default())?;
        let signers = signed_data.signer_infos.iter().map(|info| &info.sid);
        let named: HashSet<(Vec<u8>, String)> = signers
            .filter_map(|sid| match sid {
                SignerIdentifier::IssuerAndSerialNumber {
                    issuer,
                    serial_number,
                } => Some((issuer.to_vec(), serial_number.to_hex())),
                SignerIdentifier::SubjectKeyIdentifier(_) => None,
            })
            .collect();
        if !self.names.is_disjoint(&named) {
            return Ok(true);
        }
        for inside in signed_data.certificates.unwrap_or_default() {
            self.take(inside.raw);
        }
        Ok(!self.names.is_disjoint(&named))
    }
}

/// The key that is meant; a file that is named joins what is known.
fn meant(named: &str, config: &Config, known: &mut Vec<Vec<u8>>) -> Result<KeyId, String> {
    let of = |certificate: &[u8]| {
        let anatomy = CertificateAnatomy::read(certificate).map_err(|error| error.to_string())?;
        Ok(key_id(anatomy.subject_public_key_info))
    };
    if Path::new(named).is_file() {
        let read = read_certificates(Path::new(named)).map_err(|error| error.to_string())?;
        let key = of(read.first().map(Vec::as_slice).unwrap_or_default());
        known.extend(read);
        return key;
    }
    if let Some(policy) = policy(named) {
        let signers = config.signers.iter().chain(&config.sandbox);
        let mut signers = signers.filter(|signer| signer.policy.0 == policy);
        let signer = signers.next();
        let signer = signer.ok_or_else(|| format!("no signer has the policy {named}"))?;
        let read = read_certificates(&signer.certificates).map_err(|error| error.to_string())?;
        return of(read.first().map(Vec::as_slice).unwrap_or_default());
    }
    let mut key = KeyId::default();
    let decoded = base16ct::mixed::decode(named, &mut key).map(<[u8]>::len);
    if decoded.is_ok_and(|length| length == key.len()) {
        return Ok(key);
    }
    let serial = read_serial(named).ok_or_else(|| {
        format!("`{named}` is no policy, no file, no serial number and no SHA-256 of a key")
    })?;
    let found: HashSet<KeyId> = known
        .iter()
        .filter_map(|certificate| CertificateAnatomy::read(certificate).ok())
        .filter(|anatomy| anatomy.serial_number.to_hex() == serial)
        .map(|anatomy| key_id(anatomy.subject_public_key_info))
        .collect();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(format!("no certificate here has the serial number {named}")),
        (Some(_), Some(_)) => Err(format!(
            "certificates of several keys have the serial number {named}: name a file"
        )),
    }
}

/// An identifier with a dot in it; without one it may be a serial number.
fn policy(named: &str) -> Option<ObjectIdentifier> {
    named.parse().ok().filter(|_| named.contains('.'))
}

/// Certificates that are configured, or were before `install-cert`.
fn configured(config: &Config) -> Vec<Vec<u8>> {
    let signers = config.signers.iter().chain(&config.sandbox);
    let files = signers.flat_map(|signer: &SignerConfig| {
        let mut before = signer.certificates.as_os_str().to_owned();
        before.push(".before");
        [signer.certificates.clone(), PathBuf::from(before)]
    });
    files
        .filter_map(|file| read_certificates(&file).ok())
        .flatten()
        .collect()
}

/// Certificates that tokens of the ledger share.
async fn stored(ledger: &Ledger) -> Result<Vec<Vec<u8>>, StoreFault> {
    let mut found = Vec::new();
    let mut after = i64::MIN;
    loop {
        let parts = ledger.shared_parts(after).await?;
        let Some((last, _)) = parts.last() else {
            return Ok(found);
        };
        after = *last;
        for (_, part) in &parts {
            found.extend(certificates_of(part).unwrap_or_default());
        }
    }
}

/// The members of `certificates`, where that is what the bytes are.
fn certificates_of(part: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    let scanned = scan(part)?;
    let set = Reader::new(&scanned).expect(Tag::context(0), "certificates")?;
    let members = set
        .reader()
        .elements("certificates", tsa_core::limits::CERTIFICATES_MAX)?;
    Ok(members.iter().map(|member| member.raw.to_vec()).collect())
}
