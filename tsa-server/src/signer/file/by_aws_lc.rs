//! Keys that AWS-LC signs with: ECDSA on P-256, P-384 and P-521, RSA PKCS#1 v1.5, Ed25519, and
//! ML-DSA (RFC 9882) without pre-hashing and with an empty context.
//!
//! AWS-LC wipes a key from memory when it is dropped.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING,
    PqdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use tsa_core::DigestAlgorithm;

use super::PrivateKey;
use super::kind::{Kind, refusal};

/// A key in the hands of AWS-LC.
pub(super) struct Key {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

impl Key {
    pub(super) fn take(kind: Kind, der: &[u8]) -> Result<Self, String> {
        let ecdsa = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der).map(Pair::Ecdsa);
        let ml_dsa = |algorithm| PqdsaKeyPair::from_pkcs8(algorithm, der).map(Pair::MlDsa);
        let pair = match kind {
            Kind::P256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Kind::P384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            Kind::P521 => ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING),
            Kind::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519),
            Kind::Rsa(digest) => {
                let padding: &dyn RsaEncoding = match digest {
                    DigestAlgorithm::Sha512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(pair, padding))
            }
            Kind::MlDsa44 => ml_dsa(&ML_DSA_44_SIGNING),
            Kind::MlDsa65 => ml_dsa(&ML_DSA_65_SIGNING),
            Kind::MlDsa87 => ml_dsa(&ML_DSA_87_SIGNING),
            Kind::Sm2 => return Err(refusal(&"another engine has it")),
        };
        let pair = pair.map_err(|rejected| refusal(&rejected))?;
        let random = SystemRandom::new();
        Ok(Self { pair, random })
    }
}

impl PrivateKey for Key {
    fn public_key(&self) -> &[u8] {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair, _) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::MlDsa(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&self.random, message).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Pair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &self.random, message, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Pair::Ed25519(pair) => Some(pair.try_sign(message).ok()?.as_ref().to_vec()),
            Pair::MlDsa(pair) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                let length = pair.sign(message, &mut signature).ok()?;
                signature.truncate(length);
                Some(signature)
            }
        }
    }
}

/// Makes a PKCS#8 key of a kind that ring has not.
pub(super) fn generate(kind: Kind) -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    let ml_dsa = |algorithm| PqdsaKeyPair::generate(algorithm).and_then(|pair| pair.to_pkcs8v1());
    let document = match kind {
        Kind::MlDsa44 => ml_dsa(&ML_DSA_44_SIGNING),
        Kind::MlDsa65 => ml_dsa(&ML_DSA_65_SIGNING),
        Kind::MlDsa87 => ml_dsa(&ML_DSA_87_SIGNING),
        _ => EcdsaKeyPair::generate_pkcs8(&ECDSA_P521_SHA512_ASN1_SIGNING, &random),
    };
    Some(document.ok()?.as_ref().to_vec())
}
