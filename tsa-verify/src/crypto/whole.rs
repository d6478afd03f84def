//! Every signature algorithm of `docs/algorithms.md`: ring where it can, RustCrypto for the rest.
//!
//! Only verification, so nothing here knows a secret. The rest is RSA with other sizes, digests and
//! salts, P-521, the brainpool curves and odd pairs of curve and digest, SM2 and ML-DSA. DSA is
//! apart: a token is never signed with it, an old certification path may be ([`WithDsa`]).

use alloc::vec::Vec;

use tsa_core::DigestAlgorithm;

use super::public_key::RestrictedKey;
use super::{CryptoProvider, PublicKey, SignatureAnswer, SignatureScheme, digests, ring_provider};

mod dsa;
mod ec;
mod ml_dsa;
mod pair;
mod rsa;

/// The whole engine: ring, and RustCrypto for what ring lacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct WholeProvider;

impl CryptoProvider for WholeProvider {
    fn name(&self) -> &'static str {
        "ring, RustCrypto"
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        digests::digest(algorithm, bytes)
    }

    fn verify(
        &self,
        scheme: &SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer {
        let Some(key) = RestrictedKey::read(subject_public_key_info) else {
            return SignatureAnswer::DoesNotHold;
        };
        match ring_provider::verify(scheme, &key, message, signature) {
            SignatureAnswer::Unsupported => without_ring(scheme, &key.key, message, signature),
            answer => answer,
        }
    }
}

fn without_ring(
    scheme: &SignatureScheme,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> SignatureAnswer {
    let holds = match (scheme, key) {
        (SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss { .. }, PublicKey::Rsa { .. }) => {
            rsa::holds(scheme, key, message, signature)
        }
        (
            SignatureScheme::Ecdsa(digest),
            PublicKey::Ec {
                curve: Some(curve),
                point,
            },
        ) => digests::digest(*digest, message)
            .and_then(|digest| ec::ecdsa_holds(*curve, point, &digest, signature)),
        (
            SignatureScheme::Sm2,
            PublicKey::Ec {
                curve: Some(_),
                point,
            },
        ) => Some(ec::sm2_holds(point, message, signature)),
        (SignatureScheme::MlDsa(set), PublicKey::MlDsa { encoded, .. }) => {
            Some(ml_dsa::holds(*set, encoded, message, signature))
        }
        _ => None,
    };
    answer(holds)
}

fn answer(holds: Option<bool>) -> SignatureAnswer {
    match holds {
        Some(true) => SignatureAnswer::Holds,
        Some(false) => SignatureAnswer::DoesNotHold,
        None => SignatureAnswer::Unsupported,
    }
}

/// An engine with DSA added to it, for certification paths of old. Not for tokens.
///
/// A key without parameters of its own cannot be used as it is; [`super::inherit_dsa_parameters`]
/// completes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct WithDsa<P>(pub P);

impl<P: CryptoProvider> CryptoProvider for WithDsa<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        self.0.digest(algorithm, bytes)
    }

    fn verify(
        &self,
        scheme: &SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer {
        let SignatureScheme::Dsa(digest) = scheme else {
            return self
                .0
                .verify(scheme, subject_public_key_info, message, signature);
        };
        match PublicKey::read(subject_public_key_info) {
            Some(PublicKey::Dsa {
                parameters,
                encoded,
                ..
            }) => answer(parameters.and_then(|parameters| {
                let digest = self.0.digest(*digest, message)?;
                dsa::holds(parameters, encoded, &digest, signature)
            })),
            Some(PublicKey::Other(_)) => SignatureAnswer::Unsupported,
            _ => SignatureAnswer::DoesNotHold,
        }
    }
}
