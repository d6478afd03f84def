//! Whether a token that an account has already serves for a digest that it sends again.
//!
//! It does when it is for the same digest under the same policy, and when whoever trusts the root
//! of this authority would still call it sound now, from the token alone. A token with the very
//! certificates of the signer of today is: both were checked when it was made, and what is recorded
//! does not change. Others, of a signer before, are for the verifier to judge.

use tsa_core::tlv::{Deviations, Reader, Tag};
use tsa_core::{CertificateChoice, DecodeError, DigestAlgorithm, GenTime, SignedData, TstInfo};
use tsa_ledger::StoredToken;
use tsa_verify::{
    CertificateBag, Evidence, Revocation, Subject, TrustStore, ValidationTime, VerificationPolicy,
    WholeProvider,
};

use super::{Admitted, Stops};
use crate::token_facts;

/// Whether a stored token answers what was admitted, at `now`.
/// Tokens of keys that were taken out of service do not, whatever they would be worth.
pub(super) fn serves(
    admitted: &Admitted,
    stored: &StoredToken,
    now: GenTime,
    stops: &Stops,
) -> bool {
    let imprint = &admitted.imprint;
    let Some(algorithm) = imprint.digest_algorithm() else {
        return false;
    };
    algorithm.name() == stored.algorithm
        && imprint.hashed_message == stored.digest
        && !stops.may_have_signed(&stored.token)
        && (is_of_today(admitted, stored, now).unwrap_or(false)
            || is_sound(admitted, algorithm, stored, now))
}

/// Whether the signer of today has made it, whole and with its certificates.
fn is_of_today(
    admitted: &Admitted,
    stored: &StoredToken,
    now: GenTime,
) -> Result<bool, DecodeError> {
    let signer = &admitted.offer.signer;
    let scanned = signer.template().scan(&stored.token)?;
    let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
    let signed_data = SignedData::read(&content_info, &mut Deviations::default())?;
    let info = signed_data.unverified_tst_info()?.info;
    let certificates = signed_data.certificates.as_deref().unwrap_or_default();
    let is_own = |choice: &CertificateChoice<'_>| {
        let mut own = signer.certificates().iter();
        choice.is_certificate() && own.any(|own| own == choice.raw)
    };
    Ok(signer.is_valid_at(now)
        && info.policy == admitted.offer.policy
        && info.message_imprint.is_equivalent(&admitted.imprint)
        && certificates.len() == signer.certificates().len()
        && certificates.iter().all(is_own))
}

fn is_sound(
    admitted: &Admitted,
    algorithm: DigestAlgorithm,
    stored: &StoredToken,
    now: GenTime,
) -> bool {
    let mut trust = TrustStore::new();
    if trust.add(admitted.offer.signer.root()).is_err() {
        return false;
    }
    let nothing_else = CertificateBag::new();
    let evidence = Evidence::new(&stored.token, &nothing_else);
    let subject = Subject::of_digest(algorithm, stored.digest.clone());
    let mut policy = VerificationPolicy::at(ValidationTime::Now(now))
        .strict()
        .with_revocation(Revocation::Off);
    policy.imprint_algorithms.extend([algorithm]);
    let judgement = tsa_verify::judge(&evidence, &subject, &trust, &policy, &WholeProvider);
    let names_the_policy = |info: TstInfo| info.policy == admitted.offer.policy;
    admitted.offer.signer.profile().accepts(&judgement)
        && token_facts::tst_info(&stored.token).is_ok_and(names_the_policy)
}
