//! `SubjectPublicKeyInfo` (RFC 5280 §4.1, RFC 3279, RFC 5480, RFC 8410, RFC 9881, GM/T 0009): kind
//! and size of a key, and what it may be used for.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan, value};
use tsa_core::{ObjectIdentifier, oid};

use super::pss_parameters::{PssParameters, read_pss};
use super::{MlDsaSet, SignatureScheme};
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
    /// ML-DSA.
    MlDsa {
        /// The parameter set.
        set: MlDsaSet,
        /// The encoded key.
        encoded: &'a [u8],
    },
    /// DSA.
    Dsa {
        /// The encoded `Dss-Parms`; `None` when they are those of the issuer's key.
        parameters: Option<&'a [u8]>,
        /// Size of the modulus, in bits; 0 without parameters.
        modulus_bits: usize,
        /// The encoded INTEGER `y`.
        encoded: &'a [u8],
    },
    /// Another kind.
    Other(ObjectIdentifier),
}

/// A key with the restriction that its algorithm identifier puts on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RestrictedKey<'a> {
    pub(super) key: PublicKey<'a>,
    restriction: Restriction,
}

#[derive(Clone, Copy, Debug)]
enum Restriction {
    None,
    /// For RSASSA-PSS with any parameters.
    Pss,
    /// For RSASSA-PSS with these digests, and a salt at least this long.
    PssWith(PssParameters),
    /// Its parameters cannot be read.
    Useless,
}

impl<'a> PublicKey<'a> {
    /// Reads an encoded `SubjectPublicKeyInfo`; `None` when it is not one.
    #[must_use]
    pub fn read(subject_public_key_info: &'a [u8]) -> Option<Self> {
        RestrictedKey::read(subject_public_key_info).map(|found| found.key)
    }

    /// Whether the modulus is too short (NIST SP 800-131A rev. 2), or it is a key for DSA. A key of
    /// another kind is either checked by an engine that knows it, or not at all.
    pub(crate) fn is_weak(&self) -> bool {
        match self {
            Self::Rsa { modulus_bits, .. } => *modulus_bits < RSA_MODULUS_BITS_MIN,
            Self::Dsa { .. } => true,
            _ => false,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn to_shown(&self) -> String {
        match self {
            Self::Rsa { modulus_bits, .. } => alloc::format!("RSA-{modulus_bits}"),
            Self::Ec { curve, .. } => match *curve {
                Some(curve) if curve == oid::SM2 => String::from("SM2"),
                Some(curve) => match curve_name(curve) {
                    Some(name) => alloc::format!("EC {name}"),
                    None => alloc::format!("EC {curve}"),
                },
                None => String::from("EC with explicit parameters"),
            },
            Self::Ed25519(_) => String::from("Ed25519"),
            Self::MlDsa { set, .. } => String::from(set.name()),
            Self::Dsa {
                modulus_bits: 0, ..
            } => String::from("DSA"),
            Self::Dsa { modulus_bits, .. } => alloc::format!("DSA-{modulus_bits}"),
            Self::Other(identifier) if *identifier == oid::ED448 => String::from("Ed448"),
            Self::Other(identifier) => alloc::format!("{identifier}"),
        }
    }
}

fn curve_name(curve: ObjectIdentifier) -> Option<&'static str> {
    const NAMES: [(ObjectIdentifier, &str); 5] = [
        (oid::SECP256R1, "P-256"),
        (oid::SECP384R1, "P-384"),
        (oid::SECP521R1, "P-521"),
        (oid::BRAINPOOL_P256R1, "brainpoolP256r1"),
        (oid::BRAINPOOL_P384R1, "brainpoolP384r1"),
    ];
    let found = NAMES.iter().find(|(known, _)| *known == curve);
    found.map(|(_, name)| *name)
}

impl<'a> RestrictedKey<'a> {
    /// Reads an encoded `SubjectPublicKeyInfo`; `None` when it is not one.
    pub(super) fn read(subject_public_key_info: &'a [u8]) -> Option<Self> {
        let (algorithm, parameters, key) = fields(subject_public_key_info)?;
        let free = |key| {
            let restriction = Restriction::None;
            Some(Self { key, restriction })
        };
        let has_value = parameters.is_some_and(|found| found.tag != Tag::NULL);
        match algorithm {
            rsa if rsa == oid::RSA_ENCRYPTION && !has_value => free(read_rsa(key)?),
            pss if pss == oid::RSASSA_PSS => Some(Self {
                key: read_rsa(key)?,
                restriction: restriction(parameters),
            }),
            ec if ec == oid::EC_PUBLIC_KEY || ec == oid::SM2 => free(PublicKey::Ec {
                curve: match parameters {
                    Some(found) if found.tag == Tag::OBJECT_IDENTIFIER => {
                        Some(found.oid("namedCurve").ok()?)
                    }
                    Some(found) if found.tag == Tag::SEQUENCE => None,
                    _ if ec == oid::SM2 => Some(oid::SM2),
                    // RFC 5480 §2.1.1: no inherited parameters.
                    _ => return None,
                },
                point: key,
            }),
            ed if ed == oid::ED25519 && !has_value => free(PublicKey::Ed25519(key)),
            dsa if dsa == oid::DSA => free(read_dsa(parameters, key)?),
            other if other == oid::RSA_ENCRYPTION || other == oid::ED25519 => None,
            other => match MlDsaSet::from_oid(&other) {
                Some(_) if parameters.is_some() => None,
                Some(set) => free(PublicKey::MlDsa { set, encoded: key }),
                None => free(PublicKey::Other(other)),
            },
        }
    }

    /// Whether the key may be used like this: one for RSASSA-PSS is for nothing else, and with the
    /// parameters it names, if it names any (RFC 4055 §1.2, §3.3).
    pub(super) fn allows(&self, scheme: &SignatureScheme) -> bool {
        match (self.restriction, scheme) {
            (Restriction::None, _) | (Restriction::Pss, SignatureScheme::RsaPss { .. }) => true,
            (
                Restriction::PssWith(of_key),
                SignatureScheme::RsaPss {
                    digest,
                    mgf_digest,
                    salt_bytes,
                },
            ) => {
                (of_key.digest, of_key.mgf_digest) == (*digest, *mgf_digest)
                    && *salt_bytes >= of_key.salt_bytes
            }
            _ => false,
        }
    }
}

/// Algorithm, its parameters and the bytes of the key.
fn fields(
    subject_public_key_info: &[u8],
) -> Option<(ObjectIdentifier, Option<Element<'_>>, &[u8])> {
    if subject_public_key_info.len() > PUBLIC_KEY_BYTES_MAX {
        return None;
    }
    let scanned = scan(subject_public_key_info).ok()?;
    let mut fields = Reader::new(&scanned)
        .sequence("SubjectPublicKeyInfo")
        .ok()?;
    let mut identifier = fields.sequence("algorithm").ok()?;
    let algorithm = identifier.oid("algorithm").ok()?;
    let parameters = identifier.next_element().ok()?;
    identifier.finish("algorithm").ok()?;
    let bits = fields.expect(Tag::BIT_STRING, "subjectPublicKey").ok()?;
    fields.finish("SubjectPublicKeyInfo").ok()?;
    match bits.content.split_first() {
        Some((0, key)) if !bits.constructed => Some((algorithm, parameters, key)),
        _ => None,
    }
}

fn restriction(parameters: Option<Element<'_>>) -> Restriction {
    match parameters {
        None => Restriction::Pss,
        Some(found) if found.tag == Tag::NULL => Restriction::Useless,
        Some(found) => read_pss(found.raw).map_or(Restriction::Useless, Restriction::PssWith),
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
    (!modulus.is_negative()).then_some(PublicKey::Rsa {
        encoded,
        modulus_bits: bits(magnitude(modulus.content())),
        exponent: exponent.to_u64().filter(|exponent| *exponent > 0),
    })
}

/// A DSA key: `y`, and `Dss-Parms` with the modulus first (RFC 3279 §2.3.2).
fn read_dsa<'a>(parameters: Option<Element<'a>>, encoded: &'a [u8]) -> Option<PublicKey<'a>> {
    let parameters = match parameters {
        Some(found) if found.tag == Tag::SEQUENCE => Some(found),
        Some(found) if found.tag == Tag::NULL => None,
        None => None,
        Some(_) => return None,
    };
    let modulus_bits = match parameters {
        None => 0,
        Some(found) => {
            let modulus = found.reader().integer("p").ok()?;
            bits(magnitude(modulus.content()))
        }
    };
    Some(PublicKey::Dsa {
        parameters: parameters.map(|found| found.raw),
        modulus_bits,
        encoded,
    })
}

/// The `SubjectPublicKeyInfo` of a DSA key without parameters of its own, with those of the key
/// above it (RFC 3279 §2.3.2, RFC 5280 §6.1.4 (e)); `None` when nothing is to be inherited, or
/// nothing can be.
#[must_use]
pub fn inherit_dsa_parameters(subject_public_key_info: &[u8], of_issuer: &[u8]) -> Option<Vec<u8>> {
    let inherits = |key| match key {
        PublicKey::Dsa { parameters, .. } => Some(parameters),
        _ => None,
    };
    let (None, Some(parameters)) = (
        inherits(PublicKey::read(subject_public_key_info)?)?,
        inherits(PublicKey::read(of_issuer)?)?,
    ) else {
        return None;
    };
    let (_, _, key) = fields(subject_public_key_info)?;
    let algorithm = [&value(&[0x06], oid::DSA.content()), parameters].concat();
    let bits = [&[0], key].concat();
    let fields = [value(&[0x30], &algorithm), value(&[0x03], &bits)];
    Some(value(&[0x30], &fields.concat()))
}

/// The content of a positive INTEGER without the octet for its sign.
pub(super) fn magnitude(content: &[u8]) -> &[u8] {
    match content {
        [0, rest @ ..] => rest,
        digits => digits,
    }
}

/// Bits of a number without leading zero octets.
fn bits(magnitude: &[u8]) -> usize {
    let leading = magnitude.first().map_or(0, |first| first.leading_zeros());
    8 * magnitude.len() - usize::try_from(leading).unwrap_or_default()
}
