//! Keys, digests and signatures, sound ones and others; the same bytes every time.
//!
//! ECDSA by RFC 6979, RSASSA-PKCS1-v1_5, Ed25519, and RSASSA-PSS with a fixed salt, of whatever
//! digests a case asks for. Nothing here keeps a secret: the private keys are public.

use getrandom::SysRng;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPrivateKey};
use sha2::Digest as _;
use tsa_certs::TestKey;

use crate::ber::{NULL, explicit, integer, octets, oid, sequence, value};

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
    /// SHA3-256
    Sha3_256,
    /// SM3
    Sm3,
}

impl Digest {
    /// The name in vectors and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha3_256 => "sha3-256",
            Self::Sm3 => "sm3",
        }
    }

    fn dotted(self) -> &'static str {
        match self {
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha224 => "2.16.840.1.101.3.4.2.4",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
            Self::Sha3_256 => "2.16.840.1.101.3.4.2.8",
            Self::Sm3 => "1.2.156.10197.1.401",
        }
    }

    /// The digest of some bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Self::Sha224 => sha2::Sha224::digest(bytes).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
            Self::Sha3_256 => sha3::Sha3_256::digest(bytes).to_vec(),
            Self::Sm3 => sm3::Sm3::digest(bytes).to_vec(),
        }
    }

    /// Its `AlgorithmIdentifier` without parameters.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        algorithm(self.dotted())
    }

    /// Its `AlgorithmIdentifier` with parameters NULL.
    #[must_use]
    pub fn identifier_null(self) -> Vec<u8> {
        algorithm_null(self.dotted())
    }
}

/// An `AlgorithmIdentifier` without parameters.
#[must_use]
pub fn algorithm(dotted: &str) -> Vec<u8> {
    sequence(&[oid(dotted)])
}

/// An `AlgorithmIdentifier` with parameters NULL.
#[must_use]
pub fn algorithm_null(dotted: &str) -> Vec<u8> {
    sequence(&[oid(dotted), NULL.to_vec()])
}

/// RSASSA-PSS as stated in parameters, or as used in a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pss {
    /// Digest of the message.
    pub digest: Digest,
    /// Digest of the mask.
    pub mask: Digest,
    /// Length of the salt, in bytes.
    pub salt_bytes: u8,
}

impl Pss {
    /// What RFC 4055 recommends for SHA-256.
    pub const SHA256: Self = Self {
        digest: Digest::Sha256,
        mask: Digest::Sha256,
        salt_bytes: 32,
    };

    /// `id-RSASSA-PSS` with these parameters.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        sequence(&[oid("1.2.840.113549.1.1.10"), self.parameters(1)])
    }

    /// The same with a `trailerField`.
    #[must_use]
    pub fn identifier_with_trailer(self, trailer: i64) -> Vec<u8> {
        sequence(&[oid("1.2.840.113549.1.1.10"), self.parameters(trailer)])
    }

    fn parameters(self, trailer: i64) -> Vec<u8> {
        let mask = [oid("1.2.840.113549.1.1.8"), self.mask.identifier_null()];
        let mut fields = vec![
            explicit(0, &self.digest.identifier_null()),
            explicit(1, &sequence(&mask)),
            explicit(2, &integer(i64::from(self.salt_bytes))),
        ];
        if trailer != 1 {
            fields.push(explicit(3, &integer(trailer)));
        }
        sequence(&fields)
    }
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA with this digest.
    Ecdsa(Digest),
    /// RSASSA-PKCS1-v1_5 with this digest.
    RsaPkcs1(Digest),
    /// RSASSA-PSS.
    RsaPss(Pss),
    /// Ed25519.
    Ed25519,
}

impl Scheme {
    /// The digest that goes into `digestAlgorithm`.
    #[must_use]
    pub fn digest(self) -> Digest {
        match self {
            Self::Ecdsa(digest) | Self::RsaPkcs1(digest) => digest,
            Self::RsaPss(pss) => pss.digest,
            Self::Ed25519 => Digest::Sha512,
        }
    }

    /// The usual `signatureAlgorithm`.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        match self {
            Self::Ecdsa(Digest::Sha384) => algorithm("1.2.840.10045.4.3.3"),
            Self::Ecdsa(Digest::Sha512) => algorithm("1.2.840.10045.4.3.4"),
            Self::Ecdsa(_) => algorithm("1.2.840.10045.4.3.2"),
            Self::RsaPkcs1(Digest::Sha1) => algorithm_null("1.2.840.113549.1.1.5"),
            Self::RsaPkcs1(Digest::Sha512) => algorithm_null("1.2.840.113549.1.1.13"),
            Self::RsaPkcs1(_) => algorithm_null("1.2.840.113549.1.1.11"),
            Self::RsaPss(pss) => pss.identifier(),
            Self::Ed25519 => algorithm("1.3.101.112"),
        }
    }
}

/// Signs. Empty when the key is of another kind, which no vector survives.
#[must_use]
pub fn sign(key: &TestKey, scheme: Scheme, message: &[u8]) -> Vec<u8> {
    match (key, scheme) {
        (TestKey::P256(key), Scheme::Ecdsa(digest)) => {
            let signature: Result<p256::ecdsa::DerSignature, _> =
                key.sign_prehash(&digest.of(message));
            signature
                .map(|made| made.as_bytes().to_vec())
                .unwrap_or_default()
        }
        (TestKey::P384(key), Scheme::Ecdsa(digest)) => {
            let signature: Result<p384::ecdsa::DerSignature, _> =
                key.sign_prehash(&digest.of(message));
            signature
                .map(|made| made.as_bytes().to_vec())
                .unwrap_or_default()
        }
        (TestKey::Ed25519(key), Scheme::Ed25519) => key.sign(message).to_bytes().to_vec(),
        (TestKey::Rsa(key), Scheme::RsaPkcs1(digest)) => {
            let info = digest_info(digest, &digest.of(message));
            rsa_power(key, &pkcs1_block(key.size(), &info))
        }
        (TestKey::Rsa(key), Scheme::RsaPss(pss)) => {
            rsa_power(key, &pss_block(pss, &pss.digest.of(message), key.size()))
        }
        _ => Vec::new(),
    }
}

/// `DigestInfo` (RFC 8017 §9.2).
#[must_use]
pub fn digest_info(digest: Digest, hash: &[u8]) -> Vec<u8> {
    sequence(&[digest.identifier_null(), octets(hash)])
}

/// EMSA-PKCS1-v1_5 around anything (RFC 8017 §9.2).
#[must_use]
pub fn pkcs1_block(bytes: usize, info: &[u8]) -> Vec<u8> {
    let padding = vec![0xff; bytes.saturating_sub(info.len() + 3)];
    [&[0, 1], padding.as_slice(), &[0], info].concat()
}

/// EMSA-PSS with a salt of `5a` (RFC 8017 §9.1.1), for moduli of whole bytes.
fn pss_block(pss: Pss, hash: &[u8], bytes: usize) -> Vec<u8> {
    let salt = vec![0x5a; usize::from(pss.salt_bytes)];
    let inner = pss.digest.of(&[&[0; 8], hash, &salt].concat());
    let zeros = vec![0; bytes.saturating_sub(salt.len() + inner.len() + 2)];
    let data = [zeros.as_slice(), &[1], &salt].concat();
    let mask = mgf1(pss.mask, &inner, data.len());
    let mut block: Vec<u8> = data
        .iter()
        .zip(mask)
        .map(|(left, right)| left ^ right)
        .collect();
    if let Some(first) = block.first_mut() {
        *first &= 0x7f;
    }
    [block, inner, vec![0xbc]].concat()
}

fn mgf1(digest: Digest, seed: &[u8], bytes: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    let mut counter = 0_u32;
    while mask.len() < bytes {
        mask.extend(digest.of(&[seed, &counter.to_be_bytes()].concat()));
        counter += 1;
    }
    mask.truncate(bytes);
    mask
}

/// RSASP1 (RFC 8017 §5.2.1) on a block as long as the modulus.
#[must_use]
pub fn rsa_power(key: &RsaPrivateKey, block: &[u8]) -> Vec<u8> {
    let block = BoxedUint::from_be_slice(block, key.n().bits_precision());
    let power = block
        .ok()
        .and_then(|block| rsa::hazmat::rsa_decrypt(None::<&mut SysRng>, key, &block).ok());
    let bytes = power
        .map(|power| power.to_be_bytes().to_vec())
        .unwrap_or_default();
    let from = bytes.len().saturating_sub(key.size());
    bytes.get(from..).unwrap_or_default().to_vec()
}

/// An ECDSA signature of two INTEGERs as given.
#[must_use]
pub fn ecdsa_value(r: &[u8], s: &[u8]) -> Vec<u8> {
    sequence(&[value(2, r), value(2, s)])
}
