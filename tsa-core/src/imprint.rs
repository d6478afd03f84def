//! `MessageImprint` (RFC 3161 §2.4.1): what was stamped.
//!
//! The digest's length is not checked against the algorithm here: a server must answer a wrong
//! algorithm before a wrong length, and a verifier reports the two apart.

use alloc::vec::Vec;

use crate::error::DecodeError;
use crate::tlv::Reader;
use crate::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier};

/// A digest and the algorithm that made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageImprint {
    /// The digest algorithm.
    pub hash_algorithm: AlgorithmIdentifier,
    /// The digest.
    pub hashed_message: Vec<u8>,
}

impl MessageImprint {
    /// An imprint whose algorithm has no parameters.
    #[must_use]
    pub fn new(algorithm: ObjectIdentifier, hashed_message: Vec<u8>) -> Self {
        Self {
            hash_algorithm: AlgorithmIdentifier::absent(algorithm),
            hashed_message,
        }
    }

    /// The digest algorithm, when known and without odd parameters.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        self.hash_algorithm.digest_algorithm()
    }

    /// Whether both are the same digest by the same algorithm (NULL parameters count as absent).
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.hashed_message == other.hashed_message
            && self.hash_algorithm.is_equivalent(&other.hash_algorithm)
    }

    pub(crate) fn read_next(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut imprint = reader.sequence("messageImprint")?;
        let hash_algorithm = AlgorithmIdentifier::read_next(&mut imprint, "hashAlgorithm")?;
        let hashed_message = imprint.octet_string("hashedMessage")?.into_owned();
        imprint.finish("messageImprint")?;
        Ok(Self {
            hash_algorithm,
            hashed_message,
        })
    }
}
