//! New keys, as the text of their files.

use pem_rfc7468::LineEnding;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use zeroize::Zeroizing;

use super::{FileKey, by_sm2};
use crate::signer::secret::Secret;
use crate::signer::{KeyType, encrypted};

/// A new key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a {key_type} key cannot be made: {reason}")]
pub struct KeyGenerationError {
    key_type: KeyType,
    reason: String,
}

impl FileKey {
    /// Makes a key, as the text of its file. RSA keys take seconds.
    ///
    /// # Errors
    /// No randomness, a refusal of the library, or no engine in this program that has such keys.
    pub fn generate(
        key_type: KeyType,
        passphrase: Option<&Secret>,
    ) -> Result<(Self, Zeroizing<String>), KeyGenerationError> {
        let fail = |reason: String| KeyGenerationError { key_type, reason };
        let der = pkcs8(key_type).map_err(fail)?;
        let key = Self::from_pkcs8(&der).map_err(fail)?;
        let pem = match passphrase {
            None => pem_rfc7468::encode_string("PRIVATE KEY", LineEnding::LF, &der),
            Some(passphrase) => {
                let der = encrypted::encrypt(&der, passphrase).map_err(fail)?;
                pem_rfc7468::encode_string("ENCRYPTED PRIVATE KEY", LineEnding::LF, &der)
            }
        };
        let pem = pem.map_err(|error| fail(error.to_string()))?;
        Ok((key, Zeroizing::new(pem)))
    }
}

/// Why a kind of key cannot be had without the other engine.
pub(super) fn lacks(name: &str) -> String {
    format!(
        "{name} needs a program that was built with the cargo feature `aws-lc` (docs/keys.md), \
         which this one was not"
    )
}

fn pkcs8(key_type: KeyType) -> Result<Zeroizing<Vec<u8>>, String> {
    let random = SystemRandom::new();
    let made = match key_type {
        KeyType::P256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random),
        KeyType::P384 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &random),
        KeyType::Ed25519 => Ed25519KeyPair::generate_pkcs8(&random),
        KeyType::Rsa2048 => return rsa(2048),
        KeyType::Rsa3072 => return rsa(3072),
        KeyType::Rsa4096 => return rsa(4096),
        KeyType::Sm2 => return by_sm2::generate(),
        KeyType::P521 | KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87 => {
            return by_aws_lc(key_type);
        }
    };
    let made = made.map_err(|_| "the operating system gives no random numbers".to_owned())?;
    Ok(Zeroizing::new(made.as_ref().to_vec()))
}

fn rsa(bits: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    use rsa::pkcs8::EncodePrivateKey;
    let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    let key = rsa::RsaPrivateKey::new(&mut random, bits).map_err(|error| error.to_string())?;
    let document = key.to_pkcs8_der().map_err(|error| error.to_string())?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}

#[cfg(feature = "aws-lc")]
fn by_aws_lc(key_type: KeyType) -> Result<Zeroizing<Vec<u8>>, String> {
    use super::kind::Kind;
    let kind = match key_type {
        KeyType::MlDsa44 => Kind::MlDsa44,
        KeyType::MlDsa65 => Kind::MlDsa65,
        KeyType::MlDsa87 => Kind::MlDsa87,
        _ => Kind::P521,
    };
    let made = super::by_aws_lc::generate(kind).map(Zeroizing::new);
    made.ok_or_else(|| "AWS-LC refused without a reason".into())
}

#[cfg(not(feature = "aws-lc"))]
fn by_aws_lc(key_type: KeyType) -> Result<Zeroizing<Vec<u8>>, String> {
    Err(lacks(&key_type.to_string()))
}
