//! The digest algorithms that RFC 3161 imprints and CMS signatures name.
//!
//! A name, an identifier and a length for each; computing digests is not in scope, nor is which
//! of them is acceptable.

use core::fmt;
use core::str::FromStr;

use crate::{ObjectIdentifier, oid};

/// A digest algorithm known by identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// MD5 (RFC 1321), broken.
    Md5,
    /// SHA-1 (FIPS 180-4), broken.
    Sha1,
    /// SHA-224 (FIPS 180-4).
    Sha224,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
    /// SHA-512/224 (FIPS 180-4).
    Sha512_224,
    /// SHA-512/256 (FIPS 180-4).
    Sha512_256,
    /// SHA3-224 (FIPS 202).
    Sha3_224,
    /// SHA3-256 (FIPS 202).
    Sha3_256,
    /// SHA3-384 (FIPS 202).
    Sha3_384,
    /// SHA3-512 (FIPS 202).
    Sha3_512,
    /// SM3 (GB/T 32905).
    Sm3,
}

/// One line per algorithm: identifier, name on command lines and in reports, bytes.
const TABLE: [(DigestAlgorithm, ObjectIdentifier, &str, usize); 13] = [
    (DigestAlgorithm::Md5, oid::MD5, "md5", 16),
    (DigestAlgorithm::Sha1, oid::SHA_1, "sha1", 20),
    (DigestAlgorithm::Sha224, oid::SHA_224, "sha224", 28),
    (DigestAlgorithm::Sha256, oid::SHA_256, "sha256", 32),
    (DigestAlgorithm::Sha384, oid::SHA_384, "sha384", 48),
    (DigestAlgorithm::Sha512, oid::SHA_512, "sha512", 64),
    (
        DigestAlgorithm::Sha512_224,
        oid::SHA_512_224,
        "sha512-224",
        28,
    ),
    (
        DigestAlgorithm::Sha512_256,
        oid::SHA_512_256,
        "sha512-256",
        32,
    ),
    (DigestAlgorithm::Sha3_224, oid::SHA3_224, "sha3-224", 28),
    (DigestAlgorithm::Sha3_256, oid::SHA3_256, "sha3-256", 32),
    (DigestAlgorithm::Sha3_384, oid::SHA3_384, "sha3-384", 48),
    (DigestAlgorithm::Sha3_512, oid::SHA3_512, "sha3-512", 64),
    (DigestAlgorithm::Sm3, oid::SM3, "sm3", 32),
];

impl DigestAlgorithm {
    /// All of them, weakest first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The algorithm with this identifier.
    #[must_use]
    pub fn from_oid(identifier: &ObjectIdentifier) -> Option<Self> {
        TABLE
            .iter()
            .find(|row| row.1 == *identifier)
            .map(|row| row.0)
    }

    /// The identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        self.row().1
    }

    /// The name on command lines and in reports: `sha256`, `sha3-512`, `sm3`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Length of a digest, in bytes.
    #[must_use]
    pub fn digest_bytes(self) -> usize {
        self.row().3
    }

    fn row(self) -> (Self, ObjectIdentifier, &'static str, usize) {
        let found = TABLE.iter().find(|row| row.0 == self);
        // The table has a line for every variant; a test holds that.
        found
            .copied()
            .unwrap_or((self, oid::SHA_256, "unlisted", 0))
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DigestAlgorithm {
    type Err = UnknownDigestName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let row = TABLE.iter().find(|row| row.2.eq_ignore_ascii_case(text));
        row.map(|row| row.0).ok_or(UnknownDigestName)
    }
}

/// A name that is none of [`DigestAlgorithm::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown digest; known are sha256, sha384, sha512, sha512-256, sha3-256, sha3-384, sha3-512, \
     sm3, and the weak md5, sha1, sha224, sha512-224, sha3-224"
)]
pub struct UnknownDigestName;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_all_its_keys() {
        for (algorithm, identifier, name, bytes) in TABLE {
            assert_eq!(algorithm.row(), (algorithm, identifier, name, bytes));
            assert_eq!(DigestAlgorithm::from_oid(&identifier), Some(algorithm));
            assert_eq!(name.parse(), Ok(algorithm));
        }
    }
}
