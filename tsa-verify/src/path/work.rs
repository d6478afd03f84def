//! What signature checks may cost one search, and what one of them costs.
//!
//! Checks are weighed, since the slowest takes a thousand times as long as the fastest and the
//! input chooses. The weights are microseconds on a machine of the year 2025, rounded up.

use tsa_core::DigestAlgorithm;

use crate::crypto::SignatureScheme;
use crate::limits::{
    PATH_FIRST_MICROS_MAX, PATH_SIGNATURE_CHECKS_MAX, PATH_SIGNATURE_MICROS_MAX,
    PATH_SIGNATURE_MICROS_MIN, PATH_SIGNED_BYTES_MAX, PATH_VOUCHING_MICROS_MAX,
};

/// For what signatures are checked; what is left for each depends on what was spent before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The first look, upwards from the certificate in question.
    #[default]
    FirstLook,
    /// Downwards from the anchors: what they and those below them have signed.
    Vouching,
    /// The second look, among the certificates that an anchor vouches for.
    SecondLook,
}

/// What was spent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    pub(super) purpose: Purpose,
    checks: usize,
    micros: usize,
    signed_bytes: usize,
}

impl Work {
    /// Whether no further signature may be checked.
    pub(super) fn is_spent(&self) -> bool {
        let micros_max = match self.purpose {
            Purpose::FirstLook if self.checks >= PATH_SIGNATURE_CHECKS_MAX => return true,
            Purpose::FirstLook => PATH_FIRST_MICROS_MAX,
            Purpose::Vouching => PATH_VOUCHING_MICROS_MAX,
            Purpose::SecondLook => PATH_SIGNATURE_MICROS_MAX,
        };
        self.micros >= micros_max || self.signed_bytes > PATH_SIGNED_BYTES_MAX
    }

    /// Counts one check; `None` when there is no work left for it.
    pub(super) fn spend(
        &mut self,
        scheme: &SignatureScheme,
        key: &[u8],
        signed: &[u8],
    ) -> Option<()> {
        (!self.is_spent()).then_some(())?;
        self.checks += 1;
        self.micros = self.micros.saturating_add(micros(scheme, key.len()));
        self.signed_bytes = self.signed_bytes.saturating_add(signed.len());
        (self.signed_bytes <= PATH_SIGNED_BYTES_MAX).then_some(())
    }
}

/// What a check costs, by the scheme and the length of the `SubjectPublicKeyInfo`.
fn micros(scheme: &SignatureScheme, key_bytes: usize) -> usize {
    let cost = match scheme {
        // Of no kind that is computed.
        SignatureScheme::Unknown(_) => 0,
        // One engine takes digests as long as the curve or shorter, and is fast.
        SignatureScheme::Ecdsa(digest) => match (key_bytes, digest) {
            (..=91, DigestAlgorithm::Sha256 | DigestAlgorithm::Sha384) => 70,
            (..=91, _) => 400,
            (..=120, DigestAlgorithm::Sha256 | DigestAlgorithm::Sha384) => 700,
            (..=120, _) => 1_200,
            _ => 3_000,
        },
        SignatureScheme::Sm2 => 500,
        SignatureScheme::Ed25519 => 70,
        SignatureScheme::MlDsa(_) => 300,
        // With the square of the length; beyond 8192 bits it is not the fast engine's.
        SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss { .. } => {
            let squared = (key_bytes / 64).saturating_mul(key_bytes / 64);
            if key_bytes > 1_100 {
                squared.saturating_mul(16)
            } else {
                squared * 8 / 3
            }
        }
        SignatureScheme::Dsa(_) => (key_bytes / 16).saturating_mul(key_bytes / 16),
    };
    cost.max(PATH_SIGNATURE_MICROS_MIN)
}
