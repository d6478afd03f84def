//! Digests that signers use, by ring, and SM3.
//!
//! Only what this authority signs with; digests of clients' files are never computed here.

use ring::digest::{Algorithm, SHA256, SHA384, SHA512};
use sm3::{Digest, Sm3};
use tsa_core::DigestAlgorithm;

/// The digest of `bytes`; `None` for an algorithm that no signer here uses.
#[must_use]
pub fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
    let algorithm: &'static Algorithm = match algorithm {
        DigestAlgorithm::Sha256 => &SHA256,
        DigestAlgorithm::Sha384 => &SHA384,
        DigestAlgorithm::Sha512 => &SHA512,
        DigestAlgorithm::Sm3 => return Some(Sm3::digest(bytes).to_vec()),
        _ => return None,
    };
    Some(ring::digest::digest(algorithm, bytes).as_ref().to_vec())
}
