//! Keys that ring signs with: ECDSA on P-256 and P-384, RSA PKCS#1 v1.5, Ed25519.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use tsa_core::DigestAlgorithm;

use super::PrivateKey;
use super::kind::{Kind, refusal};

/// A key in ring's hands.
pub(super) struct Key {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    pub(super) fn take(kind: Kind, der: &[u8]) -> Result<Self, String> {
        let random = SystemRandom::new();
        let ecdsa = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der, &random).map(Pair::Ecdsa);
        let pair = match kind {
            Kind::P256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Kind::P384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            Kind::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519),
            Kind::Rsa(digest) => {
                let padding: &dyn RsaEncoding = match digest {
                    DigestAlgorithm::Sha512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(pair, padding))
            }
            Kind::P521 | Kind::MlDsa44 | Kind::MlDsa65 | Kind::MlDsa87 | Kind::Sm2 => {
                return Err(super::generate::lacks(kind.name()));
            }
        };
        let pair = pair.map_err(|rejected| refusal(&rejected))?;
        Ok(Self { pair, random })
    }
}

impl PrivateKey for Key {
    fn public_key(&self) -> &[u8] {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair, _) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&self.random, message).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Pair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*padding, &self.random, message, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}
