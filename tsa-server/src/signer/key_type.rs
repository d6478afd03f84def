//! The kinds of keys this authority signs with.

use std::fmt;

/// A key type by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyType {
    /// ECDSA on NIST P-256 with SHA-256
    P256,
    /// ECDSA on NIST P-384 with SHA-384
    P384,
    /// ECDSA on NIST P-521 with SHA-512 (cargo feature `aws-lc`)
    P521,
    /// RSA of 2048 bits, PKCS#1 v1.5 with SHA-256
    Rsa2048,
    /// RSA of 3072 bits, PKCS#1 v1.5 with SHA-256
    Rsa3072,
    /// RSA of 4096 bits, PKCS#1 v1.5 with SHA-512
    Rsa4096,
    /// Ed25519 (RFC 8419)
    Ed25519,
    /// SM2 with SM3 (GM/T 0003, GM/T 0009)
    Sm2,
    /// ML-DSA-44 (RFC 9882; cargo feature `aws-lc`)
    #[value(name = "ml-dsa-44")]
    MlDsa44,
    /// ML-DSA-65 (RFC 9882; cargo feature `aws-lc`)
    #[value(name = "ml-dsa-65")]
    MlDsa65,
    /// ML-DSA-87 (RFC 9882; cargo feature `aws-lc`)
    #[value(name = "ml-dsa-87")]
    MlDsa87,
}

impl KeyType {
    /// Length of an RSA modulus, in bits; `None` for other keys.
    #[must_use]
    pub fn rsa_bits(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            _ => None,
        }
    }

    /// What the root of a development authority has, when this signs its tokens. An authority of
    /// RSA or SM2 is wanted where clients know nothing else, the root included.
    #[must_use]
    pub fn of_root(self) -> Self {
        match self {
            Self::P256 | Self::P384 | Self::Ed25519 => Self::P384,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => Self::Rsa3072,
            Self::P521 | Self::Sm2 | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => self,
        }
    }

    /// The cheapest of its family, for what only tries things out.
    #[must_use]
    pub fn of_sandbox(self) -> Self {
        match self {
            Self::P256 | Self::P384 | Self::P521 | Self::Ed25519 => Self::P256,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => Self::Rsa2048,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => Self::MlDsa44,
            Self::Sm2 => Self::Sm2,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
            Self::Ed25519 => "ed25519",
            Self::Sm2 => "sm2",
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
        })
    }
}
