//! The check at start-up: a signer that could make a bad token does not start.
//!
//! Certificates must be readable, the key must be the one that is certified, and a trial token must
//! pass the verifier that third parties use, now, against the configured root. That covers the
//! extended key usage (critical, sole, RFC 3161 §2.3), the key usage, validity and the chain. The
//! trial token is never shown to anybody.

use std::sync::atomic::{AtomicBool, AtomicU64};

use tsa_core::{
    BuildError, CertificateAnatomy, DecodeError, DigestAlgorithm, GenTime, Integer, MessageImprint,
    ObjectIdentifier, TokenTemplate, TokenTemplateParts, TstInfo,
};
use tsa_verify::{
    CertificateBag, Evidence, Lang, Outcome, Report, Revocation, Subject, TrustStore,
    ValidationTime, VerificationPolicy, WholeProvider,
};
use x509_cert::der::Decode;
use x509_cert::der::asn1::GeneralizedTime;
use x509_cert::ext::pkix::PrivateKeyUsagePeriod;

use super::{Profile, Signer, SignerFault, TokenSigner};
use crate::digest::digest;

/// Tokens end so long before the certificate does: clients and clocks differ, in seconds.
const END_MARGIN_SECONDS: i64 = 1;

/// A key with what vouches for it, before the check.
#[derive(Debug)]
pub struct TokenSignerParts {
    /// The key.
    pub signer: Box<dyn Signer>,
    /// The signer's certificate, then its issuers below the root; DER.
    pub certificates: Vec<Vec<u8>>,
    /// The root; DER.
    pub root: Vec<u8>,
    /// The profile of its tokens.
    pub profile: Profile,
}

/// Why a signer does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartUpFault {
    /// A certificate cannot be read.
    #[error("certificate {number} of the chain cannot be read: {reason}")]
    Certificate {
        /// 1 is the signer's own.
        number: usize,
        /// Why.
        reason: String,
    },
    /// The chain is not exactly the way from the signer to the root.
    #[error("{0}")]
    Chain(String),
    /// The certificate is for another key.
    #[error(
        "the signer's certificate ({subject}) does not belong to the private key: its public key \
         is another one"
    )]
    KeyMismatch {
        /// Serial number of the certificate.
        subject: String,
    },
    /// The profile is for SM2.
    #[error("the profile gmt0033 is for SM2 keys, and this key is none")]
    Profile,
    /// The key does not sign.
    #[error(transparent)]
    Signer(#[from] SignerFault),
    /// A token cannot be built.
    #[error("a trial token cannot be built: {0}")]
    Build(#[from] BuildError),
    /// A digest is not offered here.
    #[error("no digest {0} for signing")]
    Digest(DigestAlgorithm),
    /// The private key may not be used now, though its certificate is valid.
    #[error("the private key may be used from {not_before} to {not_after} only")]
    KeyPeriod {
        /// The first instant.
        not_before: GenTime,
        /// The last.
        not_after: GenTime,
    },
    /// The verifier refuses a trial token.
    #[error("a trial token does not pass verification: {0}")]
    Refused(String),
}

impl TokenSigner {
    /// Checks the parts at `now` and makes a signer of them.
    ///
    /// # Errors
    /// [`StartUpFault`] saying which check failed.
    pub fn start(
        parts: TokenSignerParts,
        policy: ObjectIdentifier,
        now: GenTime,
    ) -> Result<Self, StartUpFault> {
        let leaf = parts
            .certificates
            .first()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let anatomy =
            CertificateAnatomy::read(leaf).map_err(|error: DecodeError| unreadable(0, &error))?;
        if anatomy.subject_public_key_info != parts.signer.public_key_info() {
            let subject = format!("serial number {}", anatomy.serial_number);
            return Err(StartUpFault::KeyMismatch { subject });
        }
        if !parts.profile.suits(parts.signer.as_ref()) {
            return Err(StartUpFault::Profile);
        }
        check_links(&parts)?;
        let (not_before, not_after) = validity(&parts.certificates)?;
        let template = template(&parts)?;
        let TokenSignerParts {
            signer,
            certificates,
            root,
            profile,
        } = parts;
        let checked = Self {
            signer,
            profile,
            template,
            certificates,
            root,
            not_before,
            not_after,
            tokens: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
        };
        let (token, info) = checked.trial_token(policy, now)?;
        verify_token(&checked, &token, &info).map_err(StartUpFault::Refused)?;
        match checked.is_valid_at(now) {
            true => Ok(checked),
            false => Err(StartUpFault::KeyPeriod {
                not_before,
                not_after,
            }),
        }
    }

    fn trial_token(
        &self,
        policy: ObjectIdentifier,
        now: GenTime,
    ) -> Result<(Vec<u8>, TstInfo), StartUpFault> {
        let hashed = digest(DigestAlgorithm::Sha256, b"start-up check").unwrap_or_default();
        let info = TstInfo {
            version: Integer::from(1_u64),
            policy,
            message_imprint: MessageImprint::new(DigestAlgorithm::Sha256.oid(), hashed),
            serial_number: Integer::from(1_u64),
            gen_time: now,
            accuracy: None,
            ordering: false,
            nonce: None,
            tsa: Some(self.template.tsa_name().to_vec()),
            extensions: Vec::new(),
        };
        let content = self.template.content(&info)?;
        let algorithm = self.template.digest_algorithm();
        let message_digest =
            digest(algorithm, content.bytes()).ok_or(StartUpFault::Digest(algorithm))?;
        let to_be_signed = content.to_be_signed(&message_digest)?;
        let signature = self.signer.sign(to_be_signed.bytes())?;
        Ok((to_be_signed.into_token(&signature, true)?, info))
    }
}

/// Judges a token of `signer` as a stranger would who trusts its root, at the token's own time.
///
/// # Errors
/// The verdict and the findings that are not in order, in words.
pub fn verify_token(signer: &TokenSigner, token: &[u8], meant: &TstInfo) -> Result<(), String> {
    let mut trust = TrustStore::new();
    trust
        .add(signer.root())
        .map_err(|error| format!("the root: {error}"))?;
    let mut intermediates = CertificateBag::new();
    for certificate in signer.certificates() {
        intermediates
            .add(certificate)
            .map_err(|error| format!("the chain: {error}"))?;
    }
    let evidence = Evidence::new(token, &intermediates);
    let imprint = &meant.message_imprint;
    let subject = match imprint.digest_algorithm() {
        Some(algorithm) => Subject::of_digest(algorithm, imprint.hashed_message.clone()),
        None => return Err("the imprint's algorithm is not known".into()),
    };
    let mut policy = VerificationPolicy::at(ValidationTime::GenTime)
        .strict()
        .with_revocation(Revocation::Off);
    policy.imprint_algorithms.extend(imprint.digest_algorithm());
    let judgement = tsa_verify::judge(&evidence, &subject, &trust, &policy, &WholeProvider);
    match signer.profile().accepts(&judgement) {
        true => Ok(()),
        false => Err(describe(&judgement.report())),
    }
}

/// The verdict and each failed check, in one line.
fn describe(report: &Report) -> String {
    let verdict = report.verdict();
    let mut words = verdict.indication.name().to_owned();
    for finding in report
        .findings()
        .iter()
        .filter(|finding| finding.result == Outcome::Failed)
    {
        let sub_indication = finding.sub_indication.map_or("", |found| found.name());
        let (check, detail) = (
            finding.check.in_lang(Lang::En),
            finding.detail.in_lang(Lang::En),
        );
        words.push_str(&format!(
            "; {} {sub_indication}: {check}: {detail}",
            finding.code
        ));
    }
    words
}

/// Each certificate names the next as its issuer, the last the root, which is none of them: what
/// is configured goes into tokens as it is (RFC 3161 §2.4.2).
fn check_links(parts: &TokenSignerParts) -> Result<(), StartUpFault> {
    let all: Vec<&[u8]> = parts
        .certificates
        .iter()
        .chain([&parts.root])
        .map(Vec::as_slice)
        .collect();
    let mut names = Vec::new();
    for (index, certificate) in all.iter().enumerate() {
        let anatomy =
            CertificateAnatomy::read(certificate).map_err(|error| unreadable(index, &error))?;
        names.push((anatomy.issuer, anatomy.subject));
    }
    let fault = |words: String| Err(StartUpFault::Chain(words));
    if parts.certificates.contains(&parts.root) {
        return fault("the chain holds the root itself; it belongs into `root` alone".into());
    }
    for (index, pair) in names.windows(2).enumerate() {
        if let [(issuer, _), (_, above)] = pair
            && issuer != above
        {
            let (number, next) = (index + 1, index + 2);
            let above = match next > parts.certificates.len() {
                true => "the root".to_owned(),
                false => format!("certificate {next}"),
            };
            return fault(format!(
                "certificate {number} of the chain is not issued by {above}"
            ));
        }
    }
    match names.last() {
        Some((issuer, subject)) if issuer != subject => {
            fault("the root is not a root: it is issued by another certificate".into())
        }
        _ => Ok(()),
    }
}

fn template(parts: &TokenSignerParts) -> Result<TokenTemplate, StartUpFault> {
    let digest_algorithm = parts.signer.digest_algorithm();
    // RFC 5816: a digest that is not weaker than the signature's. P-256 and RSA with SHA-256 get
    // SHA-256, which is also what is left out of the encoding.
    let ess_digest_algorithm = digest_algorithm;
    let leaf = parts
        .certificates
        .first()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ess_cert_hash =
        digest(ess_digest_algorithm, leaf).ok_or(StartUpFault::Digest(ess_digest_algorithm))?;
    let template = TokenTemplate::new(&TokenTemplateParts {
        certificates: parts.certificates.clone(),
        digest_algorithm,
        signature_algorithm: parts.profile.signature_algorithm(parts.signer.as_ref()),
        ess_digest_algorithm,
        ess_cert_hash,
    })?;
    Ok(parts.profile.applied(template))
}

/// The span in which every certificate of the chain is valid and the signer's key may be used (RFC
/// 3280 §4.2.1.4: the period of a private key may end before its certificate does).
fn validity(certificates: &[Vec<u8>]) -> Result<(GenTime, GenTime), StartUpFault> {
    let mut span: Option<(GenTime, GenTime)> = None;
    for (index, der) in certificates.iter().enumerate() {
        let certificate =
            x509_cert::Certificate::from_der(der).map_err(|error| unreadable(index, &error))?;
        let validity = certificate.tbs_certificate().validity();
        let (Some(mut from), Some(mut until)) = (
            instant(validity.not_before.to_unix_duration()),
            instant(validity.not_after.to_unix_duration()),
        ) else {
            return Err(unreadable(index, &"its validity is out of range"));
        };
        // Only the first certificate's key signs here.
        if index == 0
            && let Some((_, period)) = certificate
                .tbs_certificate()
                .get_extension::<PrivateKeyUsagePeriod>()
                .map_err(|error| unreadable(index, &error))?
        {
            let bound = |time: Option<GeneralizedTime>| {
                time.and_then(|time| instant(time.to_unix_duration()))
            };
            from = bound(period.not_before).map_or(from, |begin| begin.max(from));
            until = bound(period.not_after).map_or(until, |end| end.min(until));
        }
        let until =
            GenTime::from_unix(until.unix_seconds() - END_MARGIN_SECONDS, 0).unwrap_or(until);
        span = Some(match span {
            None => (from, until),
            Some((latest, earliest)) => (latest.max(from), earliest.min(until)),
        });
    }
    span.ok_or_else(|| unreadable(0, &"there is none"))
}

fn instant(since_1970: std::time::Duration) -> Option<GenTime> {
    let seconds = i64::try_from(since_1970.as_secs()).ok()?;
    GenTime::from_unix(seconds, 0)
}

fn unreadable(index: usize, reason: &dyn std::fmt::Display) -> StartUpFault {
    StartUpFault::Certificate {
        number: index + 1,
        reason: reason.to_string(),
    }
}
