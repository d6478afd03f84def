//! Signature checks by ring: ECDSA on P-256 and P-384, RSA, Ed25519.
//!
//! What ring does not have (P-521, P-256 with SHA-512, PSS with another salt, SM2 …) is answered
//! with [`SignatureAnswer::Unsupported`], which is never a pass; `WholeProvider` has it. RSA
//! below 2048 bits and SHA-1 are computed, so that a report can tell a weak signature from a wrong
//! one; another check denies them.

use alloc::vec::Vec;

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use tsa_core::{DigestAlgorithm, ObjectIdentifier, oid};

use super::public_key::{RestrictedKey, is_small_order};
use super::{CryptoProvider, PublicKey, SignatureAnswer, SignatureScheme, digests};
use crate::limits::{
    RSA_MODULUS_BITS_COMPUTED_MIN, RSA_MODULUS_BITS_MIN, RSA_MODULUS_BITS_RING_MAX,
};

/// ring alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct RingProvider;

impl CryptoProvider for RingProvider {
    fn name(&self) -> &'static str {
        "ring"
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
        match RestrictedKey::read(subject_public_key_info) {
            Some(key) => verify(scheme, &key, message, signature),
            None => SignatureAnswer::DoesNotHold,
        }
    }
}

/// The answer of ring with a key that has been read.
pub(super) fn verify(
    scheme: &SignatureScheme,
    key: &RestrictedKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> SignatureAnswer {
    if !key.allows(scheme) || is_other_kind(scheme, &key.key) {
        return SignatureAnswer::DoesNotHold;
    }
    let chosen = match (scheme, key.key) {
        (
            SignatureScheme::RsaPkcs1(digest),
            PublicKey::Rsa {
                encoded,
                modulus_bits,
                exponent,
            },
        ) if may_compute(exponent) => {
            rsa_pkcs1(*digest, modulus_bits).map(|algorithm| (algorithm, encoded))
        }
        (
            SignatureScheme::RsaPss {
                digest,
                mgf_digest,
                salt_bytes,
            },
            PublicKey::Rsa {
                encoded,
                modulus_bits,
                exponent,
            },
        ) if may_compute(exponent) => rsa_pss(*digest, *mgf_digest, *salt_bytes, modulus_bits)
            .map(|algorithm| (algorithm, encoded)),
        (SignatureScheme::Ecdsa(digest), PublicKey::Ec { curve, point })
            if !is_compressed(point) =>
        {
            ecdsa(*digest, curve).map(|algorithm| (algorithm, point))
        }
        (SignatureScheme::Ed25519, PublicKey::Ed25519(key)) => {
            if is_small_order(key) {
                return SignatureAnswer::DoesNotHold;
            }
            let algorithm: Algorithm = &signature::ED25519;
            Some((algorithm, key))
        }
        _ => None,
    };
    let Some((algorithm, key)) = chosen else {
        return SignatureAnswer::Unsupported;
    };
    match UnparsedPublicKey::new(algorithm, key).verify(message, signature) {
        Ok(()) => SignatureAnswer::Holds,
        Err(ring::error::Unspecified) => SignatureAnswer::DoesNotHold,
    }
}

/// Whether scheme and key, both known, are of different kinds, or the key is none at all: such a
/// signature cannot hold.
fn is_other_kind(scheme: &SignatureScheme, key: &PublicKey<'_>) -> bool {
    match (scheme, key) {
        (SignatureScheme::Unknown(_), _) | (_, PublicKey::Other(_)) => false,
        // RFC 8017 §3.1: the exponent is odd and at least 3. With 1 anybody could sign.
        (
            SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss { .. },
            PublicKey::Rsa { exponent, .. },
        ) => exponent.is_some_and(|exponent| exponent < 3 || exponent % 2 == 0),
        (SignatureScheme::Sm2, PublicKey::Ec { curve, .. }) => {
            curve.is_some_and(|curve| curve != oid::SM2)
        }
        (SignatureScheme::MlDsa(wanted), PublicKey::MlDsa { set, .. }) => wanted != set,
        (SignatureScheme::Ecdsa(_), PublicKey::Ec { .. })
        | (SignatureScheme::Ed25519, PublicKey::Ed25519(_))
        | (SignatureScheme::Dsa(_), PublicKey::Dsa { .. }) => false,
        _ => true,
    }
}

/// RFC 5480 §2.2: a compressed point is allowed. ring reads none and would call the signature
/// wrong. Hybrid points are forbidden, and wrong to ring as well.
fn is_compressed(point: &[u8]) -> bool {
    matches!(point.first(), Some(2 | 3))
}

type Algorithm = &'static dyn VerificationAlgorithm;

/// ring computes with odd exponents from 3 to 2^33 - 1 and calls any other signature wrong, which
/// would accuse an honest signer: such keys exist.
fn may_compute(exponent: Option<u64>) -> bool {
    exponent.is_some_and(|exponent| (3..1 << 33).contains(&exponent) && exponent % 2 == 1)
}

fn rsa_pkcs1(digest: DigestAlgorithm, modulus_bits: usize) -> Option<Algorithm> {
    let sound = (RSA_MODULUS_BITS_MIN..=RSA_MODULUS_BITS_RING_MAX).contains(&modulus_bits);
    let legacy =
        (RSA_MODULUS_BITS_COMPUTED_MIN..=RSA_MODULUS_BITS_RING_MAX).contains(&modulus_bits);
    match digest {
        DigestAlgorithm::Sha256 if sound => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        DigestAlgorithm::Sha384 if sound => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        DigestAlgorithm::Sha512 if sound => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        DigestAlgorithm::Sha256 if legacy => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)
        }
        DigestAlgorithm::Sha512 if legacy => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)
        }
        DigestAlgorithm::Sha1 if legacy => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
        }
        _ => None,
    }
}

fn rsa_pss(
    digest: DigestAlgorithm,
    mgf_digest: DigestAlgorithm,
    salt_bytes: u64,
    modulus_bits: usize,
) -> Option<Algorithm> {
    let sound = (RSA_MODULUS_BITS_MIN..=RSA_MODULUS_BITS_RING_MAX).contains(&modulus_bits);
    let salt_fits = usize::try_from(salt_bytes) == Ok(digest.digest_bytes());
    if !sound || !salt_fits || digest != mgf_digest {
        return None;
    }
    match digest {
        DigestAlgorithm::Sha256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        DigestAlgorithm::Sha384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        DigestAlgorithm::Sha512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

fn ecdsa(digest: DigestAlgorithm, curve: Option<ObjectIdentifier>) -> Option<Algorithm> {
    let (p256, p384) = (curve? == oid::SECP256R1, curve? == oid::SECP384R1);
    match digest {
        DigestAlgorithm::Sha256 if p256 => Some(&signature::ECDSA_P256_SHA256_ASN1),
        DigestAlgorithm::Sha384 if p256 => Some(&signature::ECDSA_P256_SHA384_ASN1),
        DigestAlgorithm::Sha256 if p384 => Some(&signature::ECDSA_P384_SHA256_ASN1),
        DigestAlgorithm::Sha384 if p384 => Some(&signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::tlv::value;

    /// With the identity as key, R = 0·B and s = 0 would be a signature of any message.
    #[test]
    fn a_key_of_small_order_signs_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let algorithm = value(&[0x30], &value(&[0x06], oid::ED25519.content()));
        let bits = value(&[0x03], &[&[0][..], &identity].concat());
        let key = value(&[0x30], &[algorithm, bits].concat());
        let signature = [identity, [0; 32]].concat();
        let answer = RingProvider.verify(&SignatureScheme::Ed25519, &key, b"any", &signature);
        assert_eq!(answer, SignatureAnswer::DoesNotHold);
    }
}
