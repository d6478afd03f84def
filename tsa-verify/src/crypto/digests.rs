//! Digests, all at once or piece by piece (FIPS 180-4, FIPS 202, GB/T 32905).
//!
//! SHA-1 is here to read old certificate identifiers and signatures; no check accepts it as strong.
//! MD5 is not here at all.

use alloc::vec::Vec;
use core::fmt;

use ring::digest;
use sha2::Digest as _;
use tsa_core::DigestAlgorithm;

/// A digest being computed.
#[derive(Clone)]
pub struct DigestContext {
    algorithm: DigestAlgorithm,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Ring(digest::Context),
    Sha224(sha2::Sha224),
    Sha512_224(sha2::Sha512_224),
    Sha3_224(sha3::Sha3_224),
    Sha3_256(sha3::Sha3_256),
    Sha3_384(sha3::Sha3_384),
    Sha3_512(sha3::Sha3_512),
    Sm3(sm3::Sm3),
}

impl DigestContext {
    /// Begins; `None` for an algorithm that is not here.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Option<Self> {
        let ring = |algorithm| Engine::Ring(digest::Context::new(algorithm));
        let engine = match algorithm {
            DigestAlgorithm::Sha1 => ring(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            DigestAlgorithm::Sha256 => ring(&digest::SHA256),
            DigestAlgorithm::Sha384 => ring(&digest::SHA384),
            DigestAlgorithm::Sha512 => ring(&digest::SHA512),
            DigestAlgorithm::Sha512_256 => ring(&digest::SHA512_256),
            DigestAlgorithm::Sha224 => Engine::Sha224(sha2::Sha224::new()),
            DigestAlgorithm::Sha512_224 => Engine::Sha512_224(sha2::Sha512_224::new()),
            DigestAlgorithm::Sha3_224 => Engine::Sha3_224(sha3::Sha3_224::new()),
            DigestAlgorithm::Sha3_256 => Engine::Sha3_256(sha3::Sha3_256::new()),
            DigestAlgorithm::Sha3_384 => Engine::Sha3_384(sha3::Sha3_384::new()),
            DigestAlgorithm::Sha3_512 => Engine::Sha3_512(sha3::Sha3_512::new()),
            DigestAlgorithm::Sm3 => Engine::Sm3(sm3::Sm3::new()),
            _ => return None,
        };
        Some(Self { algorithm, engine })
    }

    /// Takes in the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.engine {
            Engine::Ring(context) => context.update(bytes),
            Engine::Sha224(context) => context.update(bytes),
            Engine::Sha512_224(context) => context.update(bytes),
            Engine::Sha3_224(context) => context.update(bytes),
            Engine::Sha3_256(context) => context.update(bytes),
            Engine::Sha3_384(context) => context.update(bytes),
            Engine::Sha3_512(context) => context.update(bytes),
            Engine::Sm3(context) => context.update(bytes),
        }
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self.engine {
            Engine::Ring(context) => context.finish().as_ref().to_vec(),
            Engine::Sha224(context) => context.finalize().to_vec(),
            Engine::Sha512_224(context) => context.finalize().to_vec(),
            Engine::Sha3_224(context) => context.finalize().to_vec(),
            Engine::Sha3_256(context) => context.finalize().to_vec(),
            Engine::Sha3_384(context) => context.finalize().to_vec(),
            Engine::Sha3_512(context) => context.finalize().to_vec(),
            Engine::Sm3(context) => context.finalize().to_vec(),
        }
    }
}

impl fmt::Debug for DigestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestContext({})", self.algorithm)
    }
}

/// All at once; `None` for an algorithm that is not here.
pub(crate) fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut context = DigestContext::new(algorithm)?;
    context.update(bytes);
    Some(context.finish())
}

/// SHA-256, by which inputs and anchors are named in reports.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, bytes);
    <[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    /// Digests of `abc` begin as their standards print them.
    #[test]
    fn abc_is_digested_as_printed_in_the_standards() {
        let table = [
            (DigestAlgorithm::Sha1, "a9993e364706816a"),
            (DigestAlgorithm::Sha224, "23097d223405d822"),
            (DigestAlgorithm::Sha256, "ba7816bf8f01cfea"),
            (DigestAlgorithm::Sha384, "cb00753f45a35e8b"),
            (DigestAlgorithm::Sha512, "ddaf35a193617aba"),
            (DigestAlgorithm::Sha512_224, "4634270f707b6a54"),
            (DigestAlgorithm::Sha512_256, "53048e2681941ef9"),
            (DigestAlgorithm::Sha3_224, "e642824c3f8cf24a"),
            (DigestAlgorithm::Sha3_256, "3a985da74fe225b2"),
            (DigestAlgorithm::Sha3_384, "ec01498288516fc9"),
            (DigestAlgorithm::Sha3_512, "b751850b1a57168a"),
            (DigestAlgorithm::Sm3, "66c7f0f462eeedd9"),
        ];
        for (algorithm, wanted) in table {
            let found = digest(algorithm, b"abc").unwrap();
            assert_eq!(found.len(), algorithm.digest_bytes(), "{algorithm}");
            assert_eq!(hex(&found[..8]), wanted, "{algorithm}");
        }
        assert_eq!(digest(DigestAlgorithm::Md5, b"abc"), None);
    }
}
