//! The kinds of keys this authority signs with.

use std::fmt;

/// A key type by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyType {
    /// ECDSA on NIST P-256 with SHA-256
    P256,
    /// ECDSA on NIST P-384 with SHA-384
    P384,
    /// RSA of 2048 bits, PKCS#1 v1.5 with SHA-256
    Rsa2048,
    /// RSA of 3072 bits, PKCS#1 v1.5 with SHA-256
    Rsa3072,
    /// RSA of 4096 bits, PKCS#1 v1.5 with SHA-512
    Rsa4096,
    /// Ed25519 (RFC 8419)
    Ed25519,
}

impl KeyType {
    /// Length of an RSA modulus, in bits; `None` for other keys.
    #[must_use]
    pub fn rsa_bits(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            Self::P256 | Self::P384 | Self::Ed25519 => None,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
            Self::Ed25519 => "ed25519",
        })
    }
}
