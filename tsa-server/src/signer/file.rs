//! Private keys in PKCS#8 files (RFC 5958).
//!
//! A file that others than its owner may read is refused. Key bytes are wiped from memory once
//! an engine has taken what it needs. What kind a key is says `kind.rs`; who signs with it, the
//! files of engines: `by_ring.rs`, `by_aws_lc.rs` (cargo feature `aws-lc`) and `by_sm2.rs`. How
//! files are encrypted is the business of `encrypted.rs`.

#[cfg(feature = "aws-lc")]
mod by_aws_lc;
mod by_ring;
mod by_sm2;
mod generate;
mod kind;

use std::path::{Path, PathBuf};

use tsa_core::{AlgorithmIdentifier, DigestAlgorithm};
use zeroize::Zeroizing;

use super::private_file::{self, PrivateFileError, Readers};
use super::secret::{Secret, SecretError};
use super::{Pace, SecretSource, Signer, SignerFault, encrypted};

pub use generate::KeyGenerationError;

use kind::Kind;

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

/// Code that signs with keys in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// ring, and the crate `sm2` for SM2.
    Ring,
    /// AWS-LC, and the crate `sm2` for SM2.
    #[cfg(feature = "aws-lc")]
    AwsLc,
}

impl Engine {
    /// The one this program signs with.
    pub const USED: Self = {
        #[cfg(feature = "aws-lc")]
        let used = Self::AwsLc;
        #[cfg(not(feature = "aws-lc"))]
        let used = Self::Ring;
        used
    };
}

/// A private key in the hands of an engine.
trait PrivateKey: Send + Sync {
    /// The public key: the content of the BIT STRING of a `SubjectPublicKeyInfo`.
    fn public_key(&self) -> &[u8];

    /// Signs a message; `None` where the engine refuses, which says no reason.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>>;
}

/// A private key from a file.
pub struct FileKey {
    kind: Kind,
    key: Box<dyn PrivateKey>,
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

    /// Takes an unencrypted PKCS#8 key of a type in `docs/keys.md`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        Self::from_pkcs8_by(Engine::USED, der)
    }

    /// The same for one of the engines in this program.
    ///
    /// # Errors
    /// As [`FileKey::from_pkcs8`].
    pub fn from_pkcs8_by(engine: Engine, der: &[u8]) -> Result<Self, String> {
        let kind = kind::read(der)?;
        let key: Box<dyn PrivateKey> = match (kind, engine) {
            (Kind::Sm2, _) => Box::new(by_sm2::Key::take(der)?),
            #[cfg(feature = "aws-lc")]
            (kind, Engine::AwsLc) => Box::new(by_aws_lc::Key::take(kind, der)?),
            (kind, _) => Box::new(by_ring::Key::take(kind, der)?),
        };
        let public_key_info = kind.public_key_info(key.public_key());
        Ok(Self {
            kind,
            key,
            public_key_info,
        })
    }
}

impl Signer for FileKey {
    fn digest_algorithm(&self) -> DigestAlgorithm {
        self.kind.digest_algorithm()
    }

    fn signature_algorithm(&self) -> AlgorithmIdentifier {
        self.kind.signature_algorithm()
    }

    fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    fn pace(&self) -> Pace<'_> {
        self.kind.pace()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        let refused = || SignerFault::Failed("its engine refused without a reason".into());
        self.key.sign(message).ok_or_else(refused)
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
    use crate::signer::KeyType;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_generated_key_signs_for_the_public_key_it_states() {
        let key_types = [
            KeyType::P256,
            KeyType::P384,
            KeyType::Ed25519,
            KeyType::Sm2,
            #[cfg(feature = "aws-lc")]
            KeyType::P521,
            #[cfg(feature = "aws-lc")]
            KeyType::MlDsa65,
        ];
        for key_type in key_types {
            let (_, pem) = FileKey::generate(key_type, None).unwrap();
            let key = FileKey::from_pem_or_der(pem.as_bytes(), None).unwrap();
            assert!(!key.sign(b"message").unwrap().is_empty(), "{key_type}");
            tsa_core::tlv::scan_der(key.public_key_info()).unwrap();
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
