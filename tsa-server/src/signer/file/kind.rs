//! What kind a PKCS#8 key is, by its `privateKeyAlgorithm` (RFC 5958 §2), and what follows from it:
//! identifiers, digests, how long a signature takes.
//!
//! Nothing of the private key is kept here.

use tsa_core::tlv::{Reader, Tag, scan_der};
use tsa_core::{
    AlgorithmIdentifier, DecodeError, DigestAlgorithm, Integer, ObjectIdentifier, oid, tlv,
};

use crate::signer::Pace;

/// A modulus from which SHA-512 goes with PKCS#1 v1.5, in bytes.
const RSA_SHA512_MODULUS_BYTES: usize = 512;

/// What is read, in words.
#[cfg(feature = "aws-lc")]
const SUPPORTED: &str = "ECDSA P-256, P-384 or P-521, RSA 2048 to 4096 bits, Ed25519, SM2, ML-DSA";
#[cfg(not(feature = "aws-lc"))]
const SUPPORTED: &str = "ECDSA P-256 or P-384, RSA 2048 to 4096 bits, Ed25519, SM2";

/// A kind of key, with the one way in which it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    P256,
    P384,
    P521,
    /// PKCS#1 v1.5 with this digest.
    Rsa(DigestAlgorithm),
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
    Sm2,
}

/// The kinds of `id-ecPublicKey`, by their curve.
const CURVES: [(ObjectIdentifier, Kind); 4] = [
    (oid::SECP256R1, Kind::P256),
    (oid::SECP384R1, Kind::P384),
    (oid::SECP521R1, Kind::P521),
    (oid::SM2, Kind::Sm2),
];

/// The kinds that have an algorithm of their own.
const ALGORITHMS: [(ObjectIdentifier, Kind); 4] = [
    (oid::ED25519, Kind::Ed25519),
    (oid::ML_DSA_44, Kind::MlDsa44),
    (oid::ML_DSA_65, Kind::MlDsa65),
    (oid::ML_DSA_87, Kind::MlDsa87),
];

/// Reads the kind of a key.
///
/// # Errors
/// It is no key, or of a kind that is not known; in words.
pub(super) fn read(der: &[u8]) -> Result<Kind, String> {
    let fields = fields(der).map_err(|error| refusal(&error))?;
    let among = |table: [(ObjectIdentifier, Kind); 4], wanted| {
        let row = table
            .into_iter()
            .find(|(identifier, _)| *identifier == wanted);
        row.map(|(_, kind)| kind)
    };
    let Fields {
        algorithm, curve, ..
    } = fields;
    if algorithm == oid::RSA_ENCRYPTION {
        let modulus = fields.modulus.map_err(|error| refusal(&error))?;
        // A zero stands before a number whose first bit is set.
        return Ok(Kind::Rsa(match modulus.content().len() {
            bytes if bytes > RSA_SHA512_MODULUS_BYTES => DigestAlgorithm::Sha512,
            _ => DigestAlgorithm::Sha256,
        }));
    }
    let kind = match curve {
        Some(curve) if algorithm == oid::EC_PUBLIC_KEY => among(CURVES, curve),
        _ => among(ALGORITHMS, algorithm),
    };
    kind.ok_or_else(|| match curve {
        Some(curve) => refusal(&format!("{algorithm} with {curve}")),
        None => refusal(&format!("its algorithm is {algorithm}")),
    })
}

/// Why a key is not taken.
pub(super) fn refusal(reason: &dyn std::fmt::Display) -> String {
    format!("not an unencrypted PKCS#8 key of a supported type ({SUPPORTED}): {reason}")
}

struct Fields {
    algorithm: ObjectIdentifier,
    curve: Option<ObjectIdentifier>,
    /// Of an RSA key.
    modulus: Result<Integer, DecodeError>,
}

fn fields(der: &[u8]) -> Result<Fields, DecodeError> {
    let scanned = scan_der(der)?;
    let mut key = Reader::new(&scanned).sequence("PrivateKeyInfo")?;
    key.integer("version")?;
    let mut identifier = key.sequence("privateKeyAlgorithm")?;
    let algorithm = identifier.oid("algorithm")?;
    let parameters = identifier.optional(Tag::OBJECT_IDENTIFIER)?;
    let curve = parameters.map(|it| it.oid("parameters")).transpose()?;
    let private_key = key.octet_string("privateKey")?;
    Ok(Fields {
        algorithm,
        curve,
        modulus: modulus(&private_key),
    })
}

/// The modulus of an `RSAPrivateKey` (RFC 8017 §A.1.2).
fn modulus(private_key: &[u8]) -> Result<Integer, DecodeError> {
    let scanned = scan_der(private_key)?;
    let mut fields = Reader::new(&scanned).sequence("RSAPrivateKey")?;
    fields.integer("version")?;
    fields.integer("modulus")
}

impl Kind {
    /// The name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Rsa(_) => "RSA",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
            Self::Sm2 => "SM2",
        }
    }

    pub(super) fn digest_algorithm(self) -> DigestAlgorithm {
        match self {
            Self::P256 => DigestAlgorithm::Sha256,
            Self::P384 => DigestAlgorithm::Sha384,
            Self::Rsa(digest) => digest,
            // RFC 8419 §3.1, RFC 9882 §3.3: SHA-512 with signed attributes.
            Self::P521 | Self::Ed25519 | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => {
                DigestAlgorithm::Sha512
            }
            Self::Sm2 => DigestAlgorithm::Sm3,
        }
    }

    pub(super) fn signature_algorithm(self) -> AlgorithmIdentifier {
        match self {
            Self::P256 => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            Self::P384 => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_384),
            Self::P521 => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_512),
            // RFC 4055 §5: the parameters are NULL.
            Self::Rsa(DigestAlgorithm::Sha512) => AlgorithmIdentifier::null(oid::SHA_512_WITH_RSA),
            Self::Rsa(_) => AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA),
            Self::Ed25519 => AlgorithmIdentifier::absent(oid::ED25519),
            Self::MlDsa44 => AlgorithmIdentifier::absent(oid::ML_DSA_44),
            Self::MlDsa65 => AlgorithmIdentifier::absent(oid::ML_DSA_65),
            Self::MlDsa87 => AlgorithmIdentifier::absent(oid::ML_DSA_87),
            Self::Sm2 => AlgorithmIdentifier::absent(oid::SM2_WITH_SM3),
        }
    }

    pub(super) fn pace(self) -> Pace<'static> {
        match self {
            Self::P256 | Self::P384 | Self::P521 | Self::Ed25519 => Pace::Fast,
            // ML-DSA tries until a signature fits: most are made soon, some are not.
            Self::Rsa(_) | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 | Self::Sm2 => Pace::Slow,
        }
    }

    /// Writes the `SubjectPublicKeyInfo` (RFC 5480 §2, RFC 8017 §A.1.1, RFC 8410 §4, RFC 9881 §4).
    pub(super) fn public_key_info(self, key: &[u8]) -> Vec<u8> {
        let object = |identifier: ObjectIdentifier| tlv::value(&[0x06], identifier.content());
        let on = |curve| [object(oid::EC_PUBLIC_KEY), object(curve)].concat();
        let algorithm = match self {
            Self::P256 => on(oid::SECP256R1),
            Self::P384 => on(oid::SECP384R1),
            Self::P521 => on(oid::SECP521R1),
            Self::Sm2 => on(oid::SM2),
            Self::Rsa(_) => [object(oid::RSA_ENCRYPTION), tlv::value(&[0x05], &[])].concat(),
            Self::Ed25519 | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => {
                object(self.signature_algorithm().algorithm)
            }
        };
        let bits = tlv::value(&[0x03], &[&[0], key].concat());
        tlv::value(&[0x30], &[tlv::value(&[0x30], &algorithm), bits].concat())
    }
}
