//! Signing keys and their certificates, from files, signed with by ring.
//!
//! The keys of `certs/` are public and stand for any; those of a chain of P-256 alone, which
//! `certs/` does not have, are made by the script that measures with them.

use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, oid};

use crate::Fault;

/// The folder `certs/` of this repository.
#[must_use]
pub fn certs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs")
}

/// Bytes of the longest signature made here.
const SIGNATURE_BYTES_MAX: usize = 512;

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ECDSA on P-256 with SHA-256.
    P256,
    /// RSA PKCS#1 v1.5, 3072 bits, with SHA-256.
    Rsa3072,
    /// Ed25519, with SHA-512 for the attributes.
    Ed25519,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::Rsa3072, Self::Ed25519];

    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::Rsa3072 => "RSA-3072",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The name of its files in `certs/`.
    #[must_use]
    pub fn stem(self) -> &'static str {
        match self {
            Self::P256 => "tsa-p256",
            Self::Rsa3072 => "tsa-rsa3072",
            Self::Ed25519 => "tsa-ed25519",
        }
    }

    /// The digest that goes with its signatures.
    #[must_use]
    pub fn digest_algorithm(self) -> DigestAlgorithm {
        match self {
            Self::P256 | Self::Rsa3072 => DigestAlgorithm::Sha256,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// As it is written into a token.
    #[must_use]
    pub fn signature_algorithm(self) -> AlgorithmIdentifier {
        match self {
            Self::P256 => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            Self::Rsa3072 => AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA),
            Self::Ed25519 => AlgorithmIdentifier::absent(oid::ED25519),
        }
    }
}

enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A key that ring signs with.
pub struct Key {
    pair: Pair,
    random: SystemRandom,
    buffer: [u8; SIGNATURE_BYTES_MAX],
}

impl Key {
    /// Reads a PKCS#8 key in PEM.
    ///
    /// # Errors
    /// No file, or not this kind of key.
    pub fn load(kind: Kind, path: &Path) -> Result<Self, Fault> {
        let pkcs8 = pem(path)?;
        let random = SystemRandom::new();
        let pair = match kind {
            Kind::P256 => {
                let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
                EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &random)
                    .map(|pair| Pair::Ecdsa(Box::new(pair)))
            }
            Kind::Rsa3072 => RsaKeyPair::from_pkcs8(&pkcs8).map(|pair| Pair::Rsa(Box::new(pair))),
            Kind::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
                .map(|pair| Pair::Ed25519(Box::new(pair))),
        };
        Ok(Self {
            pair: pair.map_err(|error| format!("{}: {error}", path.display()))?,
            random,
            buffer: [0; SIGNATURE_BYTES_MAX],
        })
    }

    /// The bare signature, in a buffer that is used again.
    ///
    /// # Errors
    /// ring refuses.
    pub fn sign(&mut self, message: &[u8]) -> Result<&[u8], Fault> {
        let Self {
            pair,
            random,
            buffer,
        } = self;
        let length = match pair {
            Pair::Ecdsa(pair) => keep(buffer, pair.sign(random, message)?.as_ref()),
            Pair::Ed25519(pair) => keep(buffer, pair.sign(message).as_ref()),
            Pair::Rsa(pair) => {
                let length = pair.public().modulus_len();
                let room = buffer.get_mut(..length).ok_or("the modulus is too long")?;
                pair.sign(&RSA_PKCS1_SHA256, random, message, room)?;
                length
            }
        };
        Ok(buffer.get(..length).unwrap_or_default())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

fn keep(buffer: &mut [u8], signature: &[u8]) -> usize {
    if let Some(room) = buffer.get_mut(..signature.len()) {
        room.copy_from_slice(signature);
    }
    signature.len()
}

/// What is in a PEM file with one block.
///
/// # Errors
/// No file, or not PEM; the path is named.
pub fn pem(path: &Path) -> Result<Vec<u8>, Fault> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read(path).map_err(|error| named(&error))?;
    let (_, der) = pem_rfc7468::decode_vec(&text).map_err(|error| named(&error))?;
    Ok(der)
}
