//! `SubjectPublicKeyInfo` (RFC 5280 §4.1, RFC 3279, RFC 5480, RFC 8410): kind and size of a key.

use alloc::string::String;

use tsa_core::tlv::{Reader, Tag, scan};
use tsa_core::{AlgorithmIdentifier, ObjectIdentifier, Parameters, oid};

use super::SignatureScheme;
use super::scheme::read_pss;
use crate::limits::{PUBLIC_KEY_BYTES_MAX, RSA_MODULUS_BITS_MIN};

/// A public key, as far as a signature check and a judgement of strength need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey<'a> {
    /// RSA.
    Rsa {
        /// The encoded `RSAPublicKey`.
        encoded: &'a [u8],
        /// Size of the modulus, in bits.
        modulus_bits: usize,
        /// The public exponent; `None` when it is 0, negative or above 64 bits.
        exponent: Option<u64>,
    },
    /// On an elliptic curve named by its identifier.
    Ec {
        /// The curve; `None` when it is given by parameters instead of a name.
        curve: Option<ObjectIdentifier>,
        /// The encoded point.
        point: &'a [u8],
    },
    /// Ed25519.
    Ed25519(&'a [u8]),
    /// Another kind.
    Other(ObjectIdentifier),
}

impl<'a> PublicKey<'a> {
    /// Reads an encoded `SubjectPublicKeyInfo`; `None` when it is not one.
    #[must_use]
    pub fn read(subject_public_key_info: &'a [u8]) -> Option<Self> {
        if subject_public_key_info.len() > PUBLIC_KEY_BYTES_MAX {
            return None;
        }
        let scanned = scan(subject_public_key_info).ok()?;
        let mut fields = Reader::new(&scanned)
            .sequence("SubjectPublicKeyInfo")
            .ok()?;
        let identifier = AlgorithmIdentifier::read_next(&mut fields, "algorithm").ok()?;
        let bits = fields.expect(Tag::BIT_STRING, "subjectPublicKey").ok()?;
        fields.finish("SubjectPublicKeyInfo").ok()?;
        let key = match bits.content.split_first() {
            Some((0, key)) if !bits.constructed => key,
            _ => return None,
        };
        match identifier.algorithm {
            rsa if rsa == oid::RSA_ENCRYPTION || rsa == oid::RSASSA_PSS => read_rsa(key),
            ec if ec == oid::EC_PUBLIC_KEY => Some(Self::Ec {
                curve: named_curve(&identifier.parameters),
                point: key,
            }),
            ed if ed == oid::ED25519 => Some(Self::Ed25519(key)),
            other => Some(Self::Other(other)),
        }
    }

    /// Whether the modulus is too short (NIST SP 800-131A rev. 2). A key of another kind is either
    /// checked by an engine that knows it, or not at all.
    pub(crate) fn is_weak(&self) -> bool {
        matches!(self, Self::Rsa { modulus_bits, .. } if *modulus_bits < RSA_MODULUS_BITS_MIN)
    }

    /// The name in reports.
    #[must_use]
    pub fn to_shown(&self) -> String {
        match self {
            Self::Rsa { modulus_bits, .. } => alloc::format!("RSA-{modulus_bits}"),
            Self::Ec { curve, .. } => match *curve {
                Some(curve) if curve == oid::SECP256R1 => String::from("EC P-256"),
                Some(curve) if curve == oid::SECP384R1 => String::from("EC P-384"),
                Some(curve) if curve == oid::SECP521R1 => String::from("EC P-521"),
                Some(other) => alloc::format!("EC {other}"),
                None => String::from("EC with explicit parameters"),
            },
            Self::Ed25519(_) => String::from("Ed25519"),
            Self::Other(identifier) => alloc::format!("{identifier}"),
        }
    }
}

/// Whether the algorithm of an encoded `SubjectPublicKeyInfo` lets an RSA key be used like this:
/// one for RSASSA-PSS is for nothing else, and with the parameters it names, if it names any
/// (RFC 4055 §1.2, §3.3).
pub(super) fn allows(subject_public_key_info: &[u8], scheme: &SignatureScheme) -> bool {
    let identifier = scan(subject_public_key_info).ok().and_then(|scanned| {
        let mut fields = Reader::new(&scanned)
            .sequence("SubjectPublicKeyInfo")
            .ok()?;
        AlgorithmIdentifier::read_next(&mut fields, "algorithm").ok()
    });
    let Some(identifier) = identifier else {
        return false;
    };
    if identifier.algorithm != oid::RSASSA_PSS {
        return true;
    }
    let SignatureScheme::RsaPss {
        digest,
        mgf_digest,
        salt_bytes,
    } = scheme
    else {
        return false;
    };
    match &identifier.parameters {
        Parameters::Absent => true,
        Parameters::Null => false,
        Parameters::Other(encoded) => matches!(
            read_pss(encoded),
            Some(SignatureScheme::RsaPss {
                digest: of_key,
                mgf_digest: mgf_of_key,
                salt_bytes: salt_bytes_min,
            }) if (of_key, mgf_of_key) == (*digest, *mgf_digest) && *salt_bytes >= salt_bytes_min
        ),
    }
}

/// Coordinates that belong to points of order 1, 2, 4 or 8 on edwards25519, canonical or not,
/// without the bit for the sign: with such a key a signature can be made for any message.
const SMALL_ORDER: [[u8; 32]; 7] = [
    coordinate(0x00, 0x00, 0x00),
    coordinate(0x01, 0x00, 0x00),
    coordinate(0xec, 0xff, 0x7f),
    coordinate(0xed, 0xff, 0x7f),
    coordinate(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// First byte, the bytes between, last byte.
const fn coordinate(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    let (head, tail) = bytes.split_at_mut(1);
    let (_, end) = tail.split_at_mut(30);
    head.copy_from_slice(&[first]);
    end.copy_from_slice(&[last]);
    bytes
}

/// Whether an Ed25519 key is a point of small order.
pub(super) fn is_small_order(key: &[u8]) -> bool {
    let Ok(mut coordinate) = <[u8; 32]>::try_from(key) else {
        return false;
    };
    if let Some(last) = coordinate.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&coordinate)
}

fn read_rsa(encoded: &[u8]) -> Option<PublicKey<'_>> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned).sequence("RSAPublicKey").ok()?;
    let modulus = fields.integer("modulus").ok()?;
    let exponent = fields.integer("publicExponent").ok()?;
    fields.finish("RSAPublicKey").ok()?;
    let digits = match modulus.content() {
        [0, rest @ ..] => rest,
        digits => digits,
    };
    let leading = usize::try_from(digits.first()?.leading_zeros()).ok()?;
    (!modulus.is_negative()).then_some(PublicKey::Rsa {
        encoded,
        modulus_bits: 8 * digits.len() - leading,
        exponent: exponent.to_u64().filter(|exponent| *exponent > 0),
    })
}

fn named_curve(parameters: &Parameters) -> Option<ObjectIdentifier> {
    let Parameters::Other(encoded) = parameters else {
        return None;
    };
    let scanned = scan(encoded).ok()?;
    Reader::new(&scanned).oid("namedCurve").ok()
}
