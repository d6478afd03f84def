//! The test keys: reading, making and using them.
//!
//! In scope: PKCS#8 files, signatures that are the same every time (RFC 6979 for ECDSA, PKCS#1
//! v1.5 for RSA, RFC 8032 for Ed25519). Not in scope: keeping anything secret.

use crate::declared::{KeyKind, Signing};
use crate::error::PkiError;
use der::Decode;
use der::asn1::{Any, ObjectIdentifier};
use ed25519_dalek::pkcs8::KeypairBytes;
use getrandom::{SysRng, rand_core::UnwrapErr};
use p256::ecdsa::signature::{SignatureEncoding, Signer};
use p256::elliptic_curve::Generate;
use pem_rfc7468::LineEnding;
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key of the test PKI.
#[derive(Debug)]
#[non_exhaustive]
pub enum TestKey {
    /// ECDSA on P-256.
    P256(p256::ecdsa::SigningKey),
    /// ECDSA on P-384.
    P384(p384::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
    /// RSA.
    Rsa(Box<rsa::RsaPrivateKey>),
}

impl TestKey {
    /// Reads the text of `keys/NAME.pem`, which must hold a key of this kind.
    pub(crate) fn from_pem(name: &str, kind: KeyKind, pem: &str) -> Result<Self, PkiError> {
        let unfit = |reason: String| PkiError::KeyUnfit {
            name: name.to_owned(),
            kind: kind.name(),
            reason,
        };
        let key = match kind {
            KeyKind::P256 => DecodePrivateKey::from_pkcs8_pem(pem).map(Self::P256),
            KeyKind::P384 => DecodePrivateKey::from_pkcs8_pem(pem).map(Self::P384),
            KeyKind::Ed25519 => DecodePrivateKey::from_pkcs8_pem(pem).map(Self::Ed25519),
            _ => DecodePrivateKey::from_pkcs8_pem(pem).map(|key| Self::Rsa(Box::new(key))),
        };
        let key = key.map_err(|source| unfit(source.to_string()))?;
        match (&key, rsa_bits(kind)) {
            (Self::Rsa(key), Some(bits)) if key.n().bits() as usize != bits => {
                Err(unfit(format!("it has {} bits", key.n().bits())))
            }
            _ => Ok(key),
        }
    }

    /// Makes a key from the randomness of the operating system.
    pub(crate) fn generate(kind: KeyKind) -> Result<Self, PkiError> {
        let failed = |reason: String| PkiError::KeyGeneration {
            kind: kind.name(),
            reason,
        };
        Ok(match kind {
            KeyKind::P256 => Self::P256(
                p256::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng)
                    .map_err(|source| failed(source.to_string()))?,
            ),
            KeyKind::P384 => Self::P384(
                p384::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng)
                    .map_err(|source| failed(source.to_string()))?,
            ),
            KeyKind::Ed25519 => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|source| failed(source.to_string()))?;
                Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
            }
            _ => {
                let bits = rsa_bits(kind).unwrap_or_default();
                let key = rsa::RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits);
                Self::Rsa(Box::new(key.map_err(|source| failed(source.to_string()))?))
            }
        })
    }

    /// The text of a key file.
    pub(crate) fn to_pem(&self) -> Result<String, pkcs8::Error> {
        let pem = match self {
            Self::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
            Self::P384(key) => key.to_pkcs8_pem(LineEnding::LF),
            // Without the public half: OpenSSL 3.0 does not read version 2 of RFC 5958.
            Self::Ed25519(key) => KeypairBytes {
                secret_key: key.to_bytes(),
                public_key: None,
            }
            .to_pkcs8_pem(LineEnding::LF),
            Self::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF),
        }?;
        Ok(pem.to_string())
    }

    /// What a certificate of this key says of it.
    pub(crate) fn public_key_info(&self) -> Result<SubjectPublicKeyInfoOwned, PkiError> {
        let document = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
        }?;
        Ok(SubjectPublicKeyInfoOwned::from_der(document.as_bytes())?)
    }

    /// The algorithm identifier of the signatures this key makes.
    pub(crate) fn algorithm(&self, how: Signing) -> Result<AlgorithmIdentifierOwned, PkiError> {
        let null = Some(Any::null());
        let (oid, parameters) = match (self, how) {
            (Self::Rsa(_), Signing::Sha1) => (SHA1_WITH_RSA, null),
            (_, Signing::Sha1) => return Err(PkiError::Sha1WithoutRsa),
            (Self::Rsa(_), _) => (SHA256_WITH_RSA, null),
            (Self::P256(_), _) => (ECDSA_WITH_SHA256, None),
            (Self::P384(_), _) => (ECDSA_WITH_SHA384, None),
            (Self::Ed25519(_), _) => (ED25519, None),
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters })
    }

    /// Signs. The same key and message give the same signature.
    pub(crate) fn sign(&self, how: Signing, message: &[u8]) -> Result<Vec<u8>, PkiError> {
        Ok(match (self, how) {
            (Self::Rsa(key), Signing::Sha1) => {
                let signer = rsa::pkcs1v15::SigningKey::<sha1::Sha1>::new((**key).clone());
                signer.try_sign(message)?.to_vec()
            }
            (_, Signing::Sha1) => return Err(PkiError::Sha1WithoutRsa),
            (Self::Rsa(key), _) => {
                let signer = rsa::pkcs1v15::SigningKey::<rsa::sha2::Sha256>::new((**key).clone());
                signer.try_sign(message)?.to_vec()
            }
            (Self::P256(key), _) => {
                let signature: p256::ecdsa::DerSignature = key.try_sign(message)?;
                signature.to_vec()
            }
            (Self::P384(key), _) => {
                let signature: p384::ecdsa::DerSignature = key.try_sign(message)?;
                signature.to_vec()
            }
            (Self::Ed25519(key), _) => key.try_sign(message)?.to_vec(),
        })
    }
}

/// The modulus length of an RSA kind.
fn rsa_bits(kind: KeyKind) -> Option<usize> {
    match kind {
        KeyKind::Rsa1024 => Some(1024),
        KeyKind::Rsa2048 => Some(2048),
        KeyKind::Rsa3072 => Some(3072),
        KeyKind::Rsa4096 => Some(4096),
        KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519 => None,
    }
}
