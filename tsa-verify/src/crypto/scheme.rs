//! Signature schemes as identified in certificates and CMS (RFC 3279, 4055, 5754, 5758, 8410, 9882,
//! GM/T 0006).
//!
//! Resolves an `AlgorithmIdentifier` to a scheme and its digest. Not in scope: computing anything,
//! or judging strength.

use alloc::string::String;

use tsa_core::{AlgorithmIdentifier, DigestAlgorithm as Digest, ObjectIdentifier, Parameters, oid};

use super::pss_parameters::{PssParameters, read_pss};

/// A signature scheme with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(Digest),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Digest of the message.
        digest: Digest,
        /// Digest inside MGF1.
        mgf_digest: Digest,
        /// Length of the salt, in bytes.
        salt_bytes: u64,
    },
    /// ECDSA (FIPS 186-5).
    Ecdsa(Digest),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// SM2 with SM3 (GM/T 0009).
    Sm2,
    /// DSA (FIPS 186-4), withdrawn.
    Dsa(Digest),
    /// ML-DSA without pre-hashing and with an empty context (FIPS 204, RFC 9882 §3).
    MlDsa(MlDsaSet),
    /// Not known here, or with parameters that make no sense.
    Unknown(ObjectIdentifier),
}

/// A parameter set of ML-DSA (FIPS 204 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MlDsaSet {
    /// Category 2.
    MlDsa44,
    /// Category 3.
    MlDsa65,
    /// Category 5.
    MlDsa87,
}

impl MlDsaSet {
    /// The set with this identifier, of a key or of a signature (RFC 9881 §2, RFC 9882 §3).
    pub(super) fn from_oid(identifier: &ObjectIdentifier) -> Option<Self> {
        match *identifier {
            found if found == oid::ML_DSA_44 => Some(Self::MlDsa44),
            found if found == oid::ML_DSA_65 => Some(Self::MlDsa65),
            found if found == oid::ML_DSA_87 => Some(Self::MlDsa87),
            _ => None,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Whether a message digest is as strong as the set (RFC 9882 §3.3, table 1).
    pub(crate) fn is_matched_by(self, digest: Digest) -> bool {
        let digest_bytes_min = match self {
            Self::MlDsa44 => 32,
            Self::MlDsa65 => 48,
            Self::MlDsa87 => 64,
        };
        digest.digest_bytes() >= digest_bytes_min && digest != Digest::Sm3
    }
}

/// Schemes whose identifier names the digest too.
#[derive(Clone, Copy, Debug)]
enum Family {
    Rsa,
    Ecdsa,
    Dsa,
}

impl Family {
    fn with(self, digest: Digest) -> SignatureScheme {
        match self {
            Self::Rsa => SignatureScheme::RsaPkcs1(digest),
            Self::Ecdsa => SignatureScheme::Ecdsa(digest),
            Self::Dsa => SignatureScheme::Dsa(digest),
        }
    }
}

/// Identifiers that name scheme and digest together.
const PAIRS: [(ObjectIdentifier, Family, Digest); 27] = [
    (oid::MD5_WITH_RSA, Family::Rsa, Digest::Md5),
    (oid::SHA_1_WITH_RSA, Family::Rsa, Digest::Sha1),
    (oid::OIW_SHA_1_WITH_RSA, Family::Rsa, Digest::Sha1),
    (oid::SHA_224_WITH_RSA, Family::Rsa, Digest::Sha224),
    (oid::SHA_256_WITH_RSA, Family::Rsa, Digest::Sha256),
    (oid::SHA_384_WITH_RSA, Family::Rsa, Digest::Sha384),
    (oid::SHA_512_WITH_RSA, Family::Rsa, Digest::Sha512),
    (oid::SHA_512_224_WITH_RSA, Family::Rsa, Digest::Sha512_224),
    (oid::SHA_512_256_WITH_RSA, Family::Rsa, Digest::Sha512_256),
    (oid::SHA3_224_WITH_RSA, Family::Rsa, Digest::Sha3_224),
    (oid::SHA3_256_WITH_RSA, Family::Rsa, Digest::Sha3_256),
    (oid::SHA3_384_WITH_RSA, Family::Rsa, Digest::Sha3_384),
    (oid::SHA3_512_WITH_RSA, Family::Rsa, Digest::Sha3_512),
    (oid::ECDSA_WITH_SHA_1, Family::Ecdsa, Digest::Sha1),
    (oid::ECDSA_WITH_SHA_224, Family::Ecdsa, Digest::Sha224),
    (oid::ECDSA_WITH_SHA_256, Family::Ecdsa, Digest::Sha256),
    (oid::ECDSA_WITH_SHA_384, Family::Ecdsa, Digest::Sha384),
    (oid::ECDSA_WITH_SHA_512, Family::Ecdsa, Digest::Sha512),
    (oid::ECDSA_WITH_SHA3_224, Family::Ecdsa, Digest::Sha3_224),
    (oid::ECDSA_WITH_SHA3_256, Family::Ecdsa, Digest::Sha3_256),
    (oid::ECDSA_WITH_SHA3_384, Family::Ecdsa, Digest::Sha3_384),
    (oid::ECDSA_WITH_SHA3_512, Family::Ecdsa, Digest::Sha3_512),
    (oid::DSA_WITH_SHA_1, Family::Dsa, Digest::Sha1),
    (oid::DSA_WITH_SHA_224, Family::Dsa, Digest::Sha224),
    (oid::DSA_WITH_SHA_256, Family::Dsa, Digest::Sha256),
    (oid::DSA_WITH_SHA_384, Family::Dsa, Digest::Sha384),
    (oid::DSA_WITH_SHA_512, Family::Dsa, Digest::Sha512),
];

/// Whether it is MD5, SHA-1 or a digest of 112 bits (NIST SP 800-131A rev. 2).
pub(crate) fn is_weak_digest(digest: Digest) -> bool {
    matches!(
        digest,
        Digest::Md5 | Digest::Sha1 | Digest::Sha224 | Digest::Sha512_224 | Digest::Sha3_224
    )
}

impl SignatureScheme {
    /// The scheme of a certificate's signature.
    #[must_use]
    pub fn of_certificate(identifier: &AlgorithmIdentifier) -> Self {
        Self::resolve(identifier, None)
    }

    /// The scheme of a `SignerInfo`, whose `digestAlgorithm` completes identifiers of a key such as
    /// `rsaEncryption` and `id-ecPublicKey` (RFC 5652 §10.1.2, RFC 5754 §3.2).
    #[must_use]
    pub fn of_signer_info(
        signature_algorithm: &AlgorithmIdentifier,
        digest_algorithm: &AlgorithmIdentifier,
    ) -> Self {
        Self::resolve(signature_algorithm, digest_algorithm.digest_algorithm())
    }

    fn resolve(identifier: &AlgorithmIdentifier, outer: Option<Digest>) -> Self {
        let algorithm = identifier.algorithm;
        let parameters = &identifier.parameters;
        let unknown = Self::Unknown(algorithm);
        if algorithm == oid::RSASSA_PSS {
            return match parameters {
                Parameters::Other(encoded) => read_pss(encoded).map_or(unknown, Self::from),
                // RFC 4055 §3.1: in a signature the parameters are required.
                _ => unknown,
            };
        }
        if matches!(parameters, Parameters::Other(_)) && algorithm != oid::EC_PUBLIC_KEY {
            return unknown;
        }
        if is_sm2(algorithm) {
            return Self::Sm2;
        }
        if let Some((_, family, digest)) = PAIRS.iter().find(|row| row.0 == algorithm) {
            return family.with(*digest);
        }
        if let Some(set) = MlDsaSet::from_oid(&algorithm) {
            // RFC 9882 §3: parameters are absent. There are no old tokens to be lenient with.
            return match parameters {
                Parameters::Absent => Self::MlDsa(set),
                _ => unknown,
            };
        }
        match outer {
            Some(digest) if algorithm == oid::RSA_ENCRYPTION => Self::RsaPkcs1(digest),
            // There is no ECDSA with SM3: GM/T 0009 signs by SM2 with a key of this kind.
            Some(Digest::Sm3) if algorithm == oid::EC_PUBLIC_KEY => Self::Sm2,
            Some(digest) if algorithm == oid::EC_PUBLIC_KEY => Self::Ecdsa(digest),
            Some(digest) if algorithm == oid::DSA => Self::Dsa(digest),
            _ if algorithm == oid::ED25519 => Self::Ed25519,
            _ => unknown,
        }
    }

    /// The digest of the message, when the scheme leaves a choice.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::RsaPkcs1(digest)
            | Self::Ecdsa(digest)
            | Self::Dsa(digest)
            | Self::RsaPss { digest, .. } => Some(*digest),
            Self::Sm2 => Some(Digest::Sm3),
            Self::Ed25519 | Self::MlDsa(_) | Self::Unknown(_) => None,
        }
    }

    /// Whether a digest in it is MD5, SHA-1 or one of 112 bits (NIST SP 800-131A rev. 2), or it is
    /// DSA, which FIPS 186-5 §1 keeps for signatures made before its time.
    pub(crate) fn is_weak(&self) -> bool {
        match self {
            Self::RsaPss {
                digest, mgf_digest, ..
            } => is_weak_digest(*digest) || is_weak_digest(*mgf_digest),
            Self::Dsa(_) => true,
            other => other.digest().is_some_and(is_weak_digest),
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn to_shown(&self) -> String {
        match self {
            Self::RsaPkcs1(digest) => alloc::format!("RSA PKCS#1 v1.5 with {digest}"),
            Self::RsaPss {
                digest,
                mgf_digest,
                salt_bytes,
            } => alloc::format!(
                "RSASSA-PSS with {digest}, MGF1 {mgf_digest}, salt of {salt_bytes} bytes"
            ),
            Self::Ecdsa(digest) => alloc::format!("ECDSA with {digest}"),
            Self::Ed25519 => String::from("Ed25519"),
            Self::Sm2 => String::from("SM2 with sm3"),
            Self::Dsa(digest) => alloc::format!("DSA with {digest}"),
            Self::MlDsa(set) => String::from(set.name()),
            Self::Unknown(identifier) if *identifier == oid::ED448 => String::from("Ed448"),
            Self::Unknown(identifier) => alloc::format!("{identifier}"),
        }
    }
}

impl From<PssParameters> for SignatureScheme {
    fn from(parameters: PssParameters) -> Self {
        Self::RsaPss {
            digest: parameters.digest,
            mgf_digest: parameters.mgf_digest,
            salt_bytes: parameters.salt_bytes,
        }
    }
}

/// SM2 with SM3, as certificates name it, and the two identifiers of the algorithm and of its
/// signatures that tokens have instead (GM/T 0006, GM/T 0010).
fn is_sm2(algorithm: ObjectIdentifier) -> bool {
    [oid::SM2_WITH_SM3, oid::SM2_SIGNATURE, oid::SM2].contains(&algorithm)
}
