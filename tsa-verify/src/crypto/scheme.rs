//! Signature schemes as identified in certificates and CMS (RFC 3279, 4055, 5754, 5758, 8410).
//!
//! Resolves an `AlgorithmIdentifier` to a scheme and its digest. Not in scope: computing anything,
//! or judging strength.

use alloc::string::String;

use tsa_core::tlv::{Element, Reader, Tag, scan};
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier, Parameters, oid};

/// A signature scheme with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Digest of the message.
        digest: DigestAlgorithm,
        /// Digest inside MGF1.
        mgf_digest: DigestAlgorithm,
        /// Length of the salt, in bytes.
        salt_bytes: u64,
    },
    /// ECDSA (FIPS 186-5).
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// SM2 with SM3 (GM/T 0009).
    Sm2,
    /// Not known here, or with parameters that make no sense.
    Unknown(ObjectIdentifier),
}

/// Identifiers that name scheme and digest together.
const PAIRS: [(ObjectIdentifier, SignatureScheme); 9] = [
    (
        oid::SHA_1_WITH_RSA,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1),
    ),
    (
        oid::SHA_224_WITH_RSA,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha224),
    ),
    (
        oid::SHA_256_WITH_RSA,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
    ),
    (
        oid::SHA_384_WITH_RSA,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384),
    ),
    (
        oid::SHA_512_WITH_RSA,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512),
    ),
    (
        oid::ECDSA_WITH_SHA_1,
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha1),
    ),
    (
        oid::ECDSA_WITH_SHA_256,
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
    ),
    (
        oid::ECDSA_WITH_SHA_384,
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha384),
    ),
    (
        oid::ECDSA_WITH_SHA_512,
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha512),
    ),
];

/// Whether it is MD5, SHA-1 or a digest of 112 bits (NIST SP 800-131A rev. 2).
pub(crate) fn is_weak_digest(digest: DigestAlgorithm) -> bool {
    matches!(
        digest,
        DigestAlgorithm::Md5
            | DigestAlgorithm::Sha1
            | DigestAlgorithm::Sha224
            | DigestAlgorithm::Sha3_224
    )
}

impl SignatureScheme {
    /// The scheme of a certificate's signature.
    #[must_use]
    pub fn of_certificate(identifier: &AlgorithmIdentifier) -> Self {
        Self::resolve(identifier, None)
    }

    /// The scheme of a `SignerInfo`, whose `digestAlgorithm` completes `rsaEncryption` and
    /// `id-ecPublicKey` (RFC 5652 §10.1.2, RFC 5754 §3.2).
    #[must_use]
    pub fn of_signer_info(
        signature_algorithm: &AlgorithmIdentifier,
        digest_algorithm: &AlgorithmIdentifier,
    ) -> Self {
        Self::resolve(signature_algorithm, digest_algorithm.digest_algorithm())
    }

    fn resolve(identifier: &AlgorithmIdentifier, outer: Option<DigestAlgorithm>) -> Self {
        let algorithm = identifier.algorithm;
        let unknown = Self::Unknown(algorithm);
        if algorithm == oid::RSASSA_PSS {
            return match &identifier.parameters {
                Parameters::Other(encoded) => read_pss(encoded).unwrap_or(unknown),
                // RFC 4055 §3.1: in a signature the parameters are required.
                _ => unknown,
            };
        }
        if matches!(identifier.parameters, Parameters::Other(_)) && algorithm != oid::EC_PUBLIC_KEY
        {
            return unknown;
        }
        if let Some((_, scheme)) = PAIRS.iter().find(|(known, _)| *known == algorithm) {
            return scheme.clone();
        }
        match outer {
            Some(digest) if algorithm == oid::RSA_ENCRYPTION => Self::RsaPkcs1(digest),
            Some(digest) if algorithm == oid::EC_PUBLIC_KEY => Self::Ecdsa(digest),
            _ if algorithm == oid::ED25519 => Self::Ed25519,
            _ if algorithm == oid::SM2_WITH_SM3 => Self::Sm2,
            _ => unknown,
        }
    }

    /// The digest of the message, when the scheme leaves a choice.
    #[must_use]
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) | Self::RsaPss { digest, .. } => {
                Some(*digest)
            }
            Self::Sm2 => Some(DigestAlgorithm::Sm3),
            Self::Ed25519 | Self::Unknown(_) => None,
        }
    }

    /// Whether a digest in it is MD5, SHA-1 or one of 112 bits (NIST SP 800-131A rev. 2).
    pub(crate) fn is_weak(&self) -> bool {
        match self {
            Self::RsaPss {
                digest, mgf_digest, ..
            } => is_weak_digest(*digest) || is_weak_digest(*mgf_digest),
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
            Self::Unknown(identifier) => alloc::format!("{identifier}"),
        }
    }
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1). `None` when unreadable or with an unknown part.
pub(super) fn read_pss(encoded: &[u8]) -> Option<SignatureScheme> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned).sequence("RSASSA-PSS-params").ok()?;
    let explicit = |fields: &mut Reader<'_>, tag| -> Option<Option<(usize, usize)>> {
        let Some(element) = fields.optional(Tag::context(tag)).ok()? else {
            return Some(None);
        };
        let inner = element.explicit("RSASSA-PSS-params").ok()?;
        Some(Some((inner.offset, inner.offset + inner.raw.len())))
    };
    let part = |range: Option<(usize, usize)>| range.map(|(from, to)| encoded.get(from..to));
    let hash = part(explicit(&mut fields, 0)?);
    let mask = part(explicit(&mut fields, 1)?);
    let salt = part(explicit(&mut fields, 2)?);
    let trailer = part(explicit(&mut fields, 3)?);
    fields.finish("RSASSA-PSS-params").ok()?;
    let digest = match hash {
        None => DigestAlgorithm::Sha1,
        Some(encoded) => algorithm(encoded?)?.digest_algorithm()?,
    };
    let mgf_digest = match mask {
        None => DigestAlgorithm::Sha1,
        Some(encoded) => {
            let mask = algorithm(encoded?)?;
            match (mask.algorithm == oid::MGF1, mask.parameters) {
                (true, Parameters::Other(inner)) => algorithm(&inner)?.digest_algorithm()?,
                _ => return None,
            }
        }
    };
    let number = |encoded: &[u8]| with_element(encoded, |element| element.integer().to_u64());
    let salt_bytes = match salt {
        None => 20,
        Some(encoded) => number(encoded?)??,
    };
    let trailer_field = match trailer {
        None => 1,
        Some(encoded) => number(encoded?)??,
    };
    (trailer_field == 1).then_some(SignatureScheme::RsaPss {
        digest,
        mgf_digest,
        salt_bytes,
    })
}

fn algorithm(encoded: &[u8]) -> Option<AlgorithmIdentifier> {
    with_element(encoded, |element| {
        AlgorithmIdentifier::read(element, "RSASSA-PSS-params").ok()
    })?
}

fn with_element<T>(encoded: &[u8], read: impl Fn(&Element<'_>) -> T) -> Option<T> {
    let scanned = scan(encoded).ok()?;
    let element = Reader::new(&scanned).next_element().ok()??;
    Some(read(&element))
}
