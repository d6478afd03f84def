//! What a key in a token is, and how it signs: the digest here, the rest there.
//!
//! Hashing is ours, since not every token has mechanisms that hash (RFC 8017 §9.2 for the
//! `DigestInfo` of PKCS#1 v1.5). ECDSA comes back as r and s side by side and becomes DER (RFC 3279
//! §2.2.3).

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier, Parameters, oid, tlv};

use super::{Pkcs11Error, said};
use crate::digest::digest;

/// How an RSA key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// PKCS#1 v1.5, which every client knows
    #[default]
    Pkcs1,
    /// RSASSA-PSS with the same digest throughout and a salt as long as it (RFC 4055)
    Pss,
}

/// A modulus from which SHA-512 goes with RSA, in bytes.
const RSA_SHA512_MODULUS_BYTES: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ecdsa(DigestAlgorithm),
    Rsa(DigestAlgorithm, Scheme),
    Ed25519,
}

/// A key as far as it can be known outside of its token.
#[derive(Debug)]
pub(super) struct TokenKey {
    kind: Kind,
    public_key_info: Vec<u8>,
}

impl TokenKey {
    /// Reads the public half of a private key.
    pub(super) fn read(
        session: &Session,
        private: ObjectHandle,
        scheme: Scheme,
    ) -> Result<Self, Pkcs11Error> {
        let attributes = session
            .get_attributes(private, &[AttributeType::KeyType, AttributeType::Id])
            .map_err(said)?;
        let key_type = attributes.iter().find_map(|attribute| match attribute {
            Attribute::KeyType(key_type) => Some(*key_type),
            _ => None,
        });
        let id = attributes
            .into_iter()
            .find_map(|attribute| match attribute {
                Attribute::Id(id) => Some(id),
                _ => None,
            });
        // The public half has the same CKA_ID (PKCS#11 §4.8).
        let public = session
            .find_objects(&[
                Attribute::Class(ObjectClass::PUBLIC_KEY),
                Attribute::Id(id.unwrap_or_default()),
            ])
            .map_err(said)?;
        let public = public.first().copied();
        match key_type {
            Some(KeyType::RSA) => Self::read_rsa(session, public.unwrap_or(private), scheme),
            Some(KeyType::EC) => Self::read_ec(session, private, public),
            Some(KeyType::EC_EDWARDS) => Self::read_ed25519(session, public),
            other => Err(Pkcs11Error::Unusable(format!(
                "its type is {}; RSA, P-256, P-384 and Ed25519 are supported",
                other.map_or("unknown".into(), |other| other.to_string())
            ))),
        }
    }

    fn read_rsa(session: &Session, key: ObjectHandle, scheme: Scheme) -> Result<Self, Pkcs11Error> {
        let modulus = bytes(session, key, AttributeType::Modulus)?;
        let exponent = bytes(session, key, AttributeType::PublicExponent)?;
        let modulus = without_zeros(&modulus);
        if !(256..=512).contains(&modulus.len()) {
            let bits = modulus.len() * 8;
            return Err(Pkcs11Error::Unusable(format!(
                "it is RSA of {bits} bits; 2048 to 4096 are supported"
            )));
        }
        let digest = match modulus.len() {
            length if length >= RSA_SHA512_MODULUS_BYTES => DigestAlgorithm::Sha512,
            _ => DigestAlgorithm::Sha256,
        };
        let key = [integer(modulus), integer(&exponent)].concat();
        let algorithm = [object(oid::RSA_ENCRYPTION), tlv::value(&[0x05], &[])];
        Ok(Self {
            kind: Kind::Rsa(digest, scheme),
            public_key_info: key_info(&algorithm.concat(), &tlv::value(&[0x30], &key)),
        })
    }

    fn read_ec(
        session: &Session,
        private: ObjectHandle,
        public: Option<ObjectHandle>,
    ) -> Result<Self, Pkcs11Error> {
        let curve = bytes(session, private, AttributeType::EcParams)?;
        let (digest, point_bytes) = if curve == object(oid::SECP256R1) {
            (DigestAlgorithm::Sha256, 65)
        } else if curve == object(oid::SECP384R1) {
            (DigestAlgorithm::Sha384, 97)
        } else {
            let words = "its curve is neither P-256 nor P-384".to_owned();
            return Err(Pkcs11Error::Unusable(words));
        };
        let point = point(session, public, point_bytes)?;
        let algorithm = [object(oid::EC_PUBLIC_KEY), curve].concat();
        Ok(Self {
            kind: Kind::Ecdsa(digest),
            public_key_info: key_info(&algorithm, &point),
        })
    }

    fn read_ed25519(session: &Session, public: Option<ObjectHandle>) -> Result<Self, Pkcs11Error> {
        let point = point(session, public, 32)?;
        Ok(Self {
            kind: Kind::Ed25519,
            public_key_info: key_info(&object(oid::ED25519), &point),
        })
    }

    pub(super) fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    pub(super) fn digest_algorithm(&self) -> DigestAlgorithm {
        match self.kind {
            Kind::Ecdsa(digest) | Kind::Rsa(digest, _) => digest,
            // RFC 8419 §3.1: SHA-512 with signed attributes.
            Kind::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    pub(super) fn signature_algorithm(&self) -> AlgorithmIdentifier {
        match self.kind {
            Kind::Ecdsa(DigestAlgorithm::Sha384) => {
                AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_384)
            }
            Kind::Ecdsa(_) => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            Kind::Rsa(digest, Scheme::Pss) => pss(digest),
            Kind::Rsa(DigestAlgorithm::Sha512, _) => {
                AlgorithmIdentifier::null(oid::SHA_512_WITH_RSA)
            }
            Kind::Rsa(..) => AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA),
            Kind::Ed25519 => AlgorithmIdentifier::absent(oid::ED25519),
        }
    }

    pub(super) fn sign(
        &self,
        session: &Session,
        key: ObjectHandle,
        message: &[u8],
    ) -> Result<Vec<u8>, Pkcs11Error> {
        let algorithm = self.digest_algorithm();
        let hashed = || {
            digest(algorithm, message)
                .ok_or_else(|| Pkcs11Error::Unusable(format!("no digest {algorithm}")))
        };
        match self.kind {
            Kind::Ecdsa(_) => {
                let raw = session.sign(&Mechanism::Ecdsa, key, &hashed()?);
                ecdsa_value(&raw.map_err(said)?)
            }
            Kind::Rsa(_, Scheme::Pkcs1) => {
                let info = digest_info(algorithm, &hashed()?);
                session.sign(&Mechanism::RsaPkcs, key, &info).map_err(said)
            }
            Kind::Rsa(_, Scheme::Pss) => {
                let hashed = hashed()?;
                let (hash_alg, mgf) = match algorithm {
                    DigestAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
                    _ => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
                };
                let s_len = hashed.len().try_into().map_err(said)?;
                let parameters = PkcsPssParams {
                    hash_alg,
                    mgf,
                    s_len,
                };
                session
                    .sign(&Mechanism::RsaPkcsPss(parameters), key, &hashed)
                    .map_err(said)
            }
            Kind::Ed25519 => {
                let pure = EddsaParams::new(EddsaSignatureScheme::Pure);
                session
                    .sign(&Mechanism::Eddsa(pure), key, message)
                    .map_err(said)
            }
        }
    }
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1).
fn pss(digest: DigestAlgorithm) -> AlgorithmIdentifier {
    let null = tlv::value(&[0x05], &[]);
    let hash = tlv::value(&[0x30], &[object(digest.oid()), null].concat());
    let mask = tlv::value(&[0x30], &[object(oid::MGF1), hash.clone()].concat());
    let salt = u8::try_from(digest.digest_bytes()).unwrap_or(u8::MAX);
    let parameters = [
        tlv::value(&[0xa0], &hash),
        tlv::value(&[0xa1], &mask),
        tlv::value(&[0xa2], &tlv::value(&[0x02], &[salt])),
    ];
    AlgorithmIdentifier {
        algorithm: oid::RSASSA_PSS,
        parameters: Parameters::Other(tlv::value(&[0x30], &parameters.concat())),
    }
}

fn digest_info(algorithm: DigestAlgorithm, hashed: &[u8]) -> Vec<u8> {
    let null = tlv::value(&[0x05], &[]);
    let identifier = tlv::value(&[0x30], &[object(algorithm.oid()), null].concat());
    tlv::value(&[0x30], &[identifier, tlv::value(&[0x04], hashed)].concat())
}

/// `Ecdsa-Sig-Value` of two numbers side by side.
fn ecdsa_value(raw: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
    let half = raw.len() / 2;
    match raw.split_at_checked(half) {
        Some((r, s)) if half > 0 && raw.len().is_multiple_of(2) => {
            Ok(tlv::value(&[0x30], &[integer(r), integer(s)].concat()))
        }
        _ => Err(said("a signature of an odd length")),
    }
}

fn key_info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = tlv::value(&[0x03], &[&[0], key].concat());
    tlv::value(&[0x30], &[tlv::value(&[0x30], algorithm), bits].concat())
}

fn object(identifier: ObjectIdentifier) -> Vec<u8> {
    tlv::value(&[0x06], identifier.content())
}

/// A positive INTEGER of big-endian octets.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let magnitude = without_zeros(bytes);
    let sign: &[u8] = match magnitude.first() {
        Some(first) if *first < 0x80 => &[],
        _ => &[0],
    };
    tlv::value(&[0x02], &[sign, magnitude].concat())
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// A point of a curve, which stands in an OCTET STRING, though not with every token.
fn point(
    session: &Session,
    public: Option<ObjectHandle>,
    length: usize,
) -> Result<Vec<u8>, Pkcs11Error> {
    let public = public.ok_or_else(|| {
        let words = "there is no public key with its CKA_ID in the token";
        Pkcs11Error::Unusable(words.into())
    })?;
    let point = bytes(session, public, AttributeType::EcPoint)?;
    let wrapped = tlv::value(&[0x04], &[]).first().copied();
    match point.as_slice() {
        bare if bare.len() == length => Ok(bare.to_vec()),
        [tag, _, inside @ ..] if Some(*tag) == wrapped && inside.len() == length => {
            Ok(inside.to_vec())
        }
        _ => Err(Pkcs11Error::Unusable(
            "its public point is not usable".into(),
        )),
    }
}

fn bytes(
    session: &Session,
    object: ObjectHandle,
    wanted: AttributeType,
) -> Result<Vec<u8>, Pkcs11Error> {
    let attributes = session.get_attributes(object, &[wanted]).map_err(said)?;
    let found = attributes
        .into_iter()
        .find_map(|attribute| match attribute {
            Attribute::Modulus(bytes)
            | Attribute::PublicExponent(bytes)
            | Attribute::EcParams(bytes)
            | Attribute::EcPoint(bytes) => Some(bytes),
            _ => None,
        });
    found.ok_or_else(|| Pkcs11Error::Unusable(format!("the token does not tell its {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_become_the_shortest_der() {
        let raw = [[0x00, 0x00, 0x80], [0x00, 0x7f, 0x01]].concat();
        let expected = [0x30, 0x08, 0x02, 0x02, 0x00, 0x80, 0x02, 0x02, 0x7f, 0x01];
        assert_eq!(ecdsa_value(&raw).unwrap(), expected);
        assert!(ecdsa_value(&[1, 2, 3]).is_err());
        assert!(ecdsa_value(&[]).is_err());
    }
}
