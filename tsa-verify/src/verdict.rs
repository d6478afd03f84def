//! The fold: findings become one verdict with three values (ETSI EN 319 102-1 §5.1.3).
//!
//! TOTAL-FAILED over INDETERMINATE over TOTAL-PASSED; the sub-indication is that of the first
//! finding, in the order of the checks, that brings the verdict about. This is the only place that
//! makes a [`VerifiedTimestamp`].

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use tsa_core::{Accuracy, GenTime, MessageImprint, ObjectIdentifier, SerialNumber};

use crate::crypto::digests::sha256;
use crate::facts::Facts;
use crate::finding::{CheckOutcome, Indication, SubIndication};
use crate::name::Name;
use crate::path::Certificate;
use crate::text::{hex, shown_integer};

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// One of three values.
    pub indication: Indication,
    /// Why, unless TOTAL-PASSED.
    pub sub_indication: Option<SubIndication>,
}

/// A certificate as named in a report; all texts are harmless to show, and bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateDescription {
    /// Subject, in the order of RFC 4514.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number in lower-case hexadecimal.
    pub serial: String,
    /// Beginning of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Whether it is the trust anchor.
    pub trust_anchor: bool,
}

impl CertificateDescription {
    pub(crate) fn of(certificate: &Certificate<'_>, trust_anchor: bool) -> Self {
        Self {
            subject: Name::plain_of(certificate.anatomy.subject),
            issuer: Name::plain_of(certificate.anatomy.issuer),
            serial: shown_integer(&certificate.anatomy.serial_number),
            not_before: alloc::format!("{}", certificate.not_before),
            not_after: alloc::format!("{}", certificate.not_after),
            sha256: hex(&sha256(certificate.anatomy.raw)),
            trust_anchor,
        }
    }
}

/// A time-stamp that passed every check. Only the fold makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedTimestamp {
    gen_time: GenTime,
    accuracy: Option<Accuracy>,
    interval: Option<(GenTime, GenTime)>,
    imprint: MessageImprint,
    policy: ObjectIdentifier,
    serial: SerialNumber,
    /// The certificates of the path, encoded, the signer's first.
    chain: Vec<Vec<u8>>,
}

impl VerifiedTimestamp {
    /// The time in the token.
    #[must_use]
    pub fn gen_time(&self) -> GenTime {
        self.gen_time
    }

    /// The accuracy the authority states; `None` when it states none.
    #[must_use]
    pub fn accuracy(&self) -> Option<Accuracy> {
        self.accuracy
    }

    /// Earliest and latest instant; `None` when the token states no accuracy.
    #[must_use]
    pub fn interval(&self) -> Option<(GenTime, GenTime)> {
        self.interval
    }

    /// What existed at that time.
    #[must_use]
    pub fn imprint(&self) -> &MessageImprint {
        &self.imprint
    }

    /// The policy of the authority.
    #[must_use]
    pub fn policy(&self) -> ObjectIdentifier {
        self.policy
    }

    /// The serial number of the token.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The signer's certificate, its issuers, and the trust anchor last.
    #[must_use]
    pub fn chain(&self) -> Vec<CertificateDescription> {
        let anchor = self.chain.len().saturating_sub(1);
        let described = (0..).zip(&self.chain).filter_map(|(index, encoded)| {
            let certificate = Certificate::read(encoded).ok()?;
            Some(CertificateDescription::of(&certificate, index == anchor))
        });
        described.collect()
    }
}

/// `genTime` less and plus the accuracy; `None` when none is stated.
pub(crate) fn interval(
    gen_time: GenTime,
    accuracy: Option<&Accuracy>,
) -> Option<(GenTime, GenTime)> {
    let nanos = i128::from(accuracy?.to_nanos()?);
    let at = |nanos: i128| GenTime::from_unix_nanos(nanos);
    let here = gen_time.unix_nanos();
    Some((at(here - nanos)?, at(here + nanos)?))
}

/// The certificates of the path found, the anchor last, and whether one is there.
fn chain<'f>(facts: &'f Facts<'_>) -> (Vec<&'f Certificate<'f>>, bool) {
    let mut certificates = facts.path_certificates();
    let best = facts.path.best.as_ref();
    let signer_is_anchor = best.is_some_and(|best| best.signer_is_anchor);
    let anchor = facts.path_anchor().filter(|_| !signer_is_anchor);
    certificates.extend(anchor);
    (certificates, signer_is_anchor || anchor.is_some())
}

/// The certificates of the path found, the anchor last, for people.
pub(crate) fn described_chain(facts: &Facts<'_>) -> Vec<CertificateDescription> {
    let (certificates, has_anchor) = chain(facts);
    let count = certificates.len();
    let described = (1..).zip(certificates).map(|(number, certificate)| {
        CertificateDescription::of(certificate, has_anchor && number == count)
    });
    described.collect()
}

/// Folds the findings. A time-stamp is verified exactly when the verdict is TOTAL-PASSED.
pub(crate) fn fold(
    facts: &Facts<'_>,
    outcomes: &[CheckOutcome],
) -> (Verdict, Option<VerifiedTimestamp>) {
    let denied = denied(outcomes.iter().map(|outcome| outcome.sub_indication));
    let verified = match denied {
        None => verified(facts),
        Some(_) => None,
    };
    // Every finding agrees, yet something is missing: that cannot be, and is never a pass.
    let denied = match (&verified, denied) {
        (None, None) => Some(SubIndication::PolicyProcessingError),
        (_, denied) => denied,
    };
    let verdict = Verdict {
        indication: denied.map_or(Indication::TotalPassed, SubIndication::indication),
        sub_indication: denied,
    };
    (verdict, verified)
}

/// Why TOTAL-PASSED is denied: the first reason of the gravest indication.
pub(crate) fn denied(
    reasons: impl Iterator<Item = Option<SubIndication>>,
) -> Option<SubIndication> {
    let mut denied: Option<SubIndication> = None;
    for reason in reasons.flatten() {
        if denied.is_none_or(|first| reason.indication() > first.indication()) {
            denied = Some(reason);
        }
    }
    denied
}

fn verified(facts: &Facts<'_>) -> Option<VerifiedTimestamp> {
    let info = facts.tst_info()?;
    facts.path_anchor()?;
    facts.signer.certificate()?;
    let (chain, _) = chain(facts);
    let encoded = |certificate: &&Certificate<'_>| certificate.anatomy.raw.to_vec();
    Some(VerifiedTimestamp {
        gen_time: info.gen_time,
        accuracy: info.accuracy,
        interval: interval(info.gen_time, info.accuracy.as_ref()),
        imprint: info.message_imprint.clone(),
        policy: info.policy,
        serial: SerialNumber::new(info.serial_number.clone())?,
        chain: chain.iter().map(encoded).collect(),
    })
}
