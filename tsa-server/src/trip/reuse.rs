//! Whether a token that an account has already serves for a digest that it sends again.
//!
//! It does when it is for the same digest under the same policy, and when whoever trusts the root
//! of this authority would still call it sound now, from the token alone.

use tsa_core::{DigestAlgorithm, GenTime};
use tsa_ledger::StoredToken;
use tsa_verify::{
    CertificateBag, Evidence, Revocation, RingProvider, Subject, TrustStore, ValidationTime,
    VerificationPolicy,
};

use super::Admitted;

/// Whether a stored token answers what was admitted, at `now`.
pub(super) fn serves(admitted: &Admitted, stored: &StoredToken, now: GenTime) -> bool {
    let imprint = &admitted.imprint;
    let Some(algorithm) = imprint.digest_algorithm() else {
        return false;
    };
    algorithm.name() == stored.algorithm
        && imprint.hashed_message == stored.digest
        && is_sound(admitted, algorithm, stored, now)
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
    let judgement = tsa_verify::judge(&evidence, &subject, &trust, &policy, &RingProvider);
    let verified = judgement.verified();
    verified.is_some_and(|verified| verified.policy() == admitted.offer.policy)
}
