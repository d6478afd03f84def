//! Private keys in PKCS#8 files (RFC 5958), signed with by ring.
//!
//! A file that others than its owner may read is refused. Key bytes are wiped from memory once
//! ring has taken what it needs. How files are encrypted is the business of `encrypted.rs`.

use std::path::{Path, PathBuf};

use pem_rfc7468::LineEnding;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair,
};
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier, oid, tlv};
use zeroize::Zeroizing;

use super::private_file::{self, PrivateFileError, Readers};
use super::secret::{Secret, SecretError};
use super::{KeyType, Pace, SecretSource, Signer, SignerFault, encrypted};

/// A modulus from which SHA-512 goes with PKCS#1 v1.5, in bytes.
const RSA_SHA512_MODULUS_BYTES: usize = 512;

/// Longest key file, in bytes; RSA 4096 takes 3300.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// A key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read, or others may read it too.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// Its passphrase cannot be had.
    #[error("the passphrase of {}: {error}", path.display())]
    Passphrase {
        /// The file.
        path: PathBuf,
        /// Why.
        error: SecretError,
    },
    /// It is not a PKCS#8 key in PEM or DER, or its passphrase is wrong.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// A new key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a {key_type} key cannot be made: {reason}")]
pub struct KeyGenerationError {
    key_type: KeyType,
    reason: String,
}

enum Engine {
    Ecdsa {
        pair: EcdsaKeyPair,
        digest: DigestAlgorithm,
        random: SystemRandom,
    },
    Rsa {
        pair: RsaKeyPair,
        digest: DigestAlgorithm,
        random: SystemRandom,
    },
    Ed25519(Ed25519KeyPair),
}

/// A private key from a file.
pub struct FileKey {
    engine: Engine,
    public_key_info: Vec<u8>,
}

impl FileKey {
    /// Loads a key, with its passphrase where it is encrypted. A passphrase for a key that is not
    /// encrypted is refused: somebody believes that it is.
    ///
    /// # Errors
    /// [`KeyFileError`] naming the file and what is wrong with it.
    pub fn load(path: &Path, passphrase: Option<&SecretSource>) -> Result<Self, KeyFileError> {
        let fault = |reason: String| KeyFileError::Format {
            path: path.to_owned(),
            reason,
        };
        let bytes = private_file::read(path, KEY_FILE_BYTES_MAX, Readers::Owner)?;
        let passphrase = passphrase.map(SecretSource::read).transpose();
        let passphrase = passphrase.map_err(|error| KeyFileError::Passphrase {
            path: path.to_owned(),
            error,
        })?;
        Self::from_pem_or_der(&bytes, passphrase.as_ref()).map_err(fault)
    }

    fn from_pem_or_der(bytes: &[u8], passphrase: Option<&Secret>) -> Result<Self, String> {
        // Text, and parameters of a curve, may stand before the key.
        let starts = |marker: &[u8]| bytes.windows(marker.len()).position(|at| at == marker);
        let key = [
            &b"-----BEGIN PRIVATE KEY"[..],
            b"-----BEGIN ENCRYPTED PRIVATE KEY",
            b"-----BEGIN ",
        ]
        .into_iter()
        .find_map(starts);
        let Some(start) = key else {
            // In DER nothing but the structure tells one from the other.
            return match passphrase {
                None => Self::from_pkcs8(bytes),
                Some(passphrase) => Self::from_pkcs8(&encrypted::decrypt(bytes, passphrase)?),
            };
        };
        let bytes = bytes.get(start..).unwrap_or_default();
        let (label, der) = pem_rfc7468::decode_vec(bytes).map_err(|error| error.to_string())?;
        let der = Zeroizing::new(der);
        match (label, passphrase) {
            ("PRIVATE KEY", None) => Self::from_pkcs8(&der),
            ("PRIVATE KEY", Some(_)) => Err("`passphrase` is set, but the key is not encrypted; \
                 encrypt it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -scrypt`"
                .into()),
            ("ENCRYPTED PRIVATE KEY", Some(passphrase)) => {
                Self::from_pkcs8(&encrypted::decrypt(&der, passphrase)?)
            }
            ("ENCRYPTED PRIVATE KEY", None) => {
                Err("it is encrypted: `passphrase` says where its passphrase is".into())
            }
            (label, _) => Err(format!(
                "`{label}` is not PKCS#8; convert it with `openssl pkcs8 -topk8`"
            )),
        }
    }

    /// Takes an unencrypted PKCS#8 key: ECDSA P-256 or P-384, RSA 2048 to 4096, or Ed25519.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        let random = SystemRandom::new;
        let ecdsa = |algorithm: &'static EcdsaSigningAlgorithm, digest| {
            EcdsaKeyPair::from_pkcs8(algorithm, der, &random()).map(|pair| Engine::Ecdsa {
                pair,
                digest,
                random: random(),
            })
        };
        let engine = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, DigestAlgorithm::Sha256)
            .or_else(|_| ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING, DigestAlgorithm::Sha384))
            .or_else(|_| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Engine::Ed25519))
            .or_else(|_| RsaKeyPair::from_pkcs8(der).map(rsa_engine))
            .map_err(|rejected| {
                format!(
                    "not an unencrypted PKCS#8 key of a supported type (ECDSA P-256 or P-384, \
                     RSA 2048 to 4096 bits, Ed25519): {rejected}"
                )
            })?;
        let public_key_info = public_key_info(&engine);
        Ok(Self {
            engine,
            public_key_info,
        })
    }

    /// Makes a key, as the text of its file. RSA keys take seconds.
    ///
    /// # Errors
    /// No randomness, or a refusal of the library.
    pub fn generate(
        key_type: KeyType,
        passphrase: Option<&Secret>,
    ) -> Result<(Self, Zeroizing<String>), KeyGenerationError> {
        let fail = |reason: String| KeyGenerationError { key_type, reason };
        let random = SystemRandom::new();
        let unspecified = |_| fail("the operating system gives no random numbers".into());
        let der = match key_type {
            KeyType::P256 | KeyType::P384 => {
                let algorithm = match key_type {
                    KeyType::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
                    _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
                };
                let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random);
                Zeroizing::new(pkcs8.map_err(unspecified)?.as_ref().to_vec())
            }
            KeyType::Ed25519 => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random);
                Zeroizing::new(pkcs8.map_err(unspecified)?.as_ref().to_vec())
            }
            KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => {
                generate_rsa(key_type.rsa_bits().unwrap_or(3072)).map_err(fail)?
            }
        };
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

fn generate_rsa(bits: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    use rsa::pkcs8::EncodePrivateKey;
    let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    let key = rsa::RsaPrivateKey::new(&mut random, bits).map_err(|error| error.to_string())?;
    let document = key.to_pkcs8_der().map_err(|error| error.to_string())?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}

fn rsa_engine(pair: RsaKeyPair) -> Engine {
    let digest = match pair.public().modulus_len() {
        bytes if bytes >= RSA_SHA512_MODULUS_BYTES => DigestAlgorithm::Sha512,
        _ => DigestAlgorithm::Sha256,
    };
    Engine::Rsa {
        pair,
        digest,
        random: SystemRandom::new(),
    }
}

/// Writes the `SubjectPublicKeyInfo` of a key (RFC 5480 §2, RFC 8017 §A.1.1, RFC 8410 §4).
fn public_key_info(engine: &Engine) -> Vec<u8> {
    let object = |identifier: ObjectIdentifier| tlv::value(&[0x06], identifier.content());
    let (algorithm, key) = match engine {
        Engine::Ecdsa { pair, digest, .. } => {
            let curve = match digest {
                DigestAlgorithm::Sha384 => oid::SECP384R1,
                _ => oid::SECP256R1,
            };
            (
                [object(oid::EC_PUBLIC_KEY), object(curve)].concat(),
                pair.public_key().as_ref(),
            )
        }
        Engine::Rsa { pair, .. } => {
            let null = tlv::value(&[0x05], &[]);
            (
                [object(oid::RSA_ENCRYPTION), null].concat(),
                pair.public_key().as_ref(),
            )
        }
        Engine::Ed25519(pair) => (object(oid::ED25519), pair.public_key().as_ref()),
    };
    let bits = tlv::value(&[0x03], &[&[0], key].concat());
    tlv::value(&[0x30], &[tlv::value(&[0x30], &algorithm), bits].concat())
}

impl Signer for FileKey {
    fn digest_algorithm(&self) -> DigestAlgorithm {
        match &self.engine {
            Engine::Ecdsa { digest, .. } | Engine::Rsa { digest, .. } => *digest,
            // RFC 8419 §3.1: SHA-512 with signed attributes.
            Engine::Ed25519(_) => DigestAlgorithm::Sha512,
        }
    }

    fn signature_algorithm(&self) -> AlgorithmIdentifier {
        match &self.engine {
            Engine::Ecdsa {
                digest: DigestAlgorithm::Sha384,
                ..
            } => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_384),
            Engine::Ecdsa { .. } => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            // RFC 4055 §5: the parameters are NULL.
            Engine::Rsa {
                digest: DigestAlgorithm::Sha512,
                ..
            } => AlgorithmIdentifier::null(oid::SHA_512_WITH_RSA),
            Engine::Rsa { .. } => AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA),
            Engine::Ed25519(_) => AlgorithmIdentifier::absent(oid::ED25519),
        }
    }

    fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    fn pace(&self) -> Pace<'_> {
        match self.engine {
            Engine::Rsa { .. } => Pace::Slow,
            Engine::Ecdsa { .. } | Engine::Ed25519(_) => Pace::Fast,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        let unspecified = |_| SignerFault::Failed("ring refused without a reason".into());
        match &self.engine {
            Engine::Ecdsa { pair, random, .. } => {
                let signature = pair.sign(random, message).map_err(unspecified)?;
                Ok(signature.as_ref().to_vec())
            }
            Engine::Rsa {
                pair,
                digest,
                random,
            } => {
                let padding: &dyn ring::signature::RsaEncoding = match digest {
                    DigestAlgorithm::Sha512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, random, message, &mut signature)
                    .map_err(unspecified)?;
                Ok(signature)
            }
            Engine::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileKey")
            .field("algorithm", &self.signature_algorithm())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_generated_key_signs_for_the_public_key_it_states() {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::Ed25519] {
            let (_, pem) = FileKey::generate(key_type, None).unwrap();
            let key = FileKey::from_pem_or_der(pem.as_bytes(), None).unwrap();
            assert!(!key.sign(b"message").unwrap().is_empty(), "{key_type}");
            tlv::scan_der(key.public_key_info()).unwrap();
        }
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_alone() {
        let [right, wrong] = ["open sesame", "open barley"].map(Secret::from);
        let (made, pem) = FileKey::generate(KeyType::P256, Some(&right)).unwrap();
        assert!(pem.contains("BEGIN ENCRYPTED PRIVATE KEY"));
        let open = |passphrase| FileKey::from_pem_or_der(pem.as_bytes(), passphrase);
        let opened = open(Some(&right)).unwrap();
        assert_eq!(opened.public_key_info(), made.public_key_info());
        assert!(open(None).unwrap_err().contains("it is encrypted"));
        // One wrong passphrase in some hundred leaves padding that looks right.
        let error = open(Some(&wrong)).unwrap_err();
        assert!(error.contains("passphrase is wrong") || error.contains("not an unencrypted"));
        let (_, der) = pem_rfc7468::decode_vec(pem.as_bytes()).unwrap();
        assert!(FileKey::from_pem_or_der(&der, Some(&right)).is_ok());
        let (_, plain) = FileKey::generate(KeyType::P256, None).unwrap();
        let error = FileKey::from_pem_or_der(plain.as_bytes(), Some(&right)).unwrap_err();
        assert!(error.contains("not encrypted"), "{error}");
    }

    #[test]
    fn unusable_keys_are_refused_in_words() {
        let cases: [(&str, &str); 2] = [
            (
                "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
                "not PKCS#8",
            ),
            ("garbage", "not an unencrypted PKCS#8 key"),
        ];
        for (text, expected) in cases {
            let error = FileKey::from_pem_or_der(text.as_bytes(), None).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tsa.key.pem");
        let (_, pem) = FileKey::generate(KeyType::P256, None).unwrap();
        fs::write(&path, pem.as_bytes()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let mode = match FileKey::load(&path, None) {
            Err(KeyFileError::File(PrivateFileError::Permissions { mode, .. })) => mode,
            other => panic!("{other:?}"),
        };
        assert_eq!(mode, 0o640);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(FileKey::load(&path, None).is_ok());
    }
}
