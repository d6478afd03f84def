//! Private keys in PKCS#8 files (RFC 5958), signed with by ring.
//!
//! A file that others than its owner may read is refused. Key bytes are wiped from memory once
//! ring has taken what it needs. Encrypted files and hardware keys are not in scope here.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair,
};
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier, oid, tlv};
use zeroize::Zeroizing;

use super::{KeyType, Signer, SignerFault};

/// A modulus from which SHA-512 goes with PKCS#1 v1.5, in bytes.
const RSA_SHA512_MODULUS_BYTES: usize = 512;

/// Longest key file, in bytes; RSA 4096 takes 3300.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// A key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others may read it.
    #[error(
        "{}: mode {mode:03o} lets others than its owner use this private key; run chmod 600 on it",
        path.display()
    )]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not an unencrypted PKCS#8 key in PEM or DER.
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
    /// Loads a key.
    ///
    /// # Errors
    /// [`KeyFileError`] naming the file and what is wrong with it.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let read = |error| KeyFileError::Read {
            path: path.to_owned(),
            error,
        };
        let fault = |reason: String| KeyFileError::Format {
            path: path.to_owned(),
            reason,
        };
        // Opening a pipe would wait for somebody to write into it.
        if !fs::metadata(path).map_err(read)?.is_file() {
            return Err(fault("not a regular file".into()));
        }
        let mut file = fs::File::open(path).map_err(read)?;
        let metadata = file.metadata().map_err(read)?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(KeyFileError::Permissions { path, mode });
        }
        if metadata.len() > KEY_FILE_BYTES_MAX {
            return Err(fault(format!("more than {KEY_FILE_BYTES_MAX} bytes")));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let limited = &mut Read::take(&mut file, KEY_FILE_BYTES_MAX);
        limited.read_to_end(&mut bytes).map_err(read)?;
        Self::from_pem_or_der(&bytes).map_err(fault)
    }

    fn from_pem_or_der(bytes: &[u8]) -> Result<Self, String> {
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
            return Self::from_pkcs8(bytes);
        };
        let bytes = bytes.get(start..).unwrap_or_default();
        let (label, der) = pem_rfc7468::decode_vec(bytes).map_err(|error| error.to_string())?;
        let der = Zeroizing::new(der);
        match label {
            "PRIVATE KEY" => Self::from_pkcs8(&der),
            "ENCRYPTED PRIVATE KEY" => Err("encrypted keys are not supported yet".into()),
            label => Err(format!(
                "`{label}` is not PKCS#8; convert it with `openssl pkcs8 -topk8 -nodes`"
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

    /// Makes a key. RSA keys take seconds.
    ///
    /// # Errors
    /// No randomness, or a refusal of the library.
    pub fn generate(key_type: KeyType) -> Result<Zeroizing<String>, KeyGenerationError> {
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
        pem_rfc7468::encode_string("PRIVATE KEY", pem_rfc7468::LineEnding::LF, &der)
            .map(Zeroizing::new)
            .map_err(|error| fail(error.to_string()))
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

    fn is_slow(&self) -> bool {
        matches!(self.engine, Engine::Rsa { .. })
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

    #[test]
    fn a_generated_key_signs_for_the_public_key_it_states() {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::Ed25519] {
            let pem = FileKey::generate(key_type).unwrap();
            let key = FileKey::from_pem_or_der(pem.as_bytes()).unwrap();
            assert!(!key.sign(b"message").unwrap().is_empty(), "{key_type}");
            tlv::scan_der(key.public_key_info()).unwrap();
        }
    }

    #[test]
    fn unusable_keys_are_refused_in_words() {
        let label = "ENCRYPTED PRIVATE KEY";
        let encrypted = format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        let cases: [(&str, &str); 3] = [
            (
                "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
                "not PKCS#8",
            ),
            (&encrypted, "encrypted keys"),
            ("garbage", "not an unencrypted PKCS#8 key"),
        ];
        for (text, expected) in cases {
            let error = FileKey::from_pem_or_der(text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tsa.key.pem");
        fs::write(&path, FileKey::generate(KeyType::P256).unwrap().as_bytes()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            FileKey::load(&path),
            Err(KeyFileError::Permissions { mode: 0o640, .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(FileKey::load(&path).is_ok());
    }
}
