//! The one seam to a private key: bytes in, signature out.
//!
//! [`Signer`] is implemented by keys in files ([`mod@file`]) and in hardware ([`pkcs11`]). A signer
//! knows its algorithm and its public key and nothing of tokens. [`TokenSigner`] is a signer with
//! the certificates that vouch for it, ready to make tokens; it exists only after the start-up
//! check ([`check`]).

pub mod check;
mod encrypted;
pub mod file;
pub mod key_type;
pub mod pkcs11;
mod private_file;
mod profile;
mod queue;
mod secret;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, GenTime, TokenTemplate};

pub use check::{StartUpFault, TokenSignerParts};
pub use file::{Engine, FileKey, KeyFileError};
pub use key_type::KeyType;
pub use pkcs11::{Pkcs11Error, Pkcs11Key, Pkcs11Place};
pub use private_file::PrivateFileError;
pub use profile::Profile;
pub use queue::{Sign, SigningQueue};
pub use secret::{BadSecretSource, Secret, SecretError, SecretSource};

/// A signature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerFault {
    /// The key refused or is gone.
    #[error("the key cannot sign: {0}")]
    Failed(String),
    /// Too many wait for it.
    #[error("{0} signatures wait already")]
    Busy(usize),
    /// It takes too long.
    #[error("no signature within {0} s")]
    Late(u64),
}

/// How long a signature takes, and who makes it.
#[derive(Clone, Copy, Debug)]
pub enum Pace<'a> {
    /// As long as handing it over would: it is made where it is wanted.
    Fast,
    /// So long that other requests should not wait on the same thread.
    Slow,
    /// Nobody knows how long; threads that have the key in hand make it.
    Queued(&'a SigningQueue),
}

/// A private key, wherever it lives.
pub trait Signer: std::fmt::Debug + Send + Sync {
    /// The digest that belongs to the signature, and to the attributes under it (RFC 8933).
    fn digest_algorithm(&self) -> DigestAlgorithm;

    /// The signature algorithm, as it is written into `SignerInfo` and certificates.
    fn signature_algorithm(&self) -> AlgorithmIdentifier;

    /// The public key: an encoded `SubjectPublicKeyInfo`.
    fn public_key_info(&self) -> &[u8];

    /// Where signatures are to be made, so that nobody waits for another's.
    fn pace(&self) -> Pace<'_>;

    /// Whether it could sign now, as far as is known without trying.
    ///
    /// # Errors
    /// Why not.
    fn health(&self) -> Result<(), SignerFault> {
        Ok(())
    }

    /// Signs a message (not its digest). Blocks the thread for as long as it takes.
    ///
    /// # Errors
    /// The key cannot sign now; nothing has been signed.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault>;
}

/// What a key is known by, whatever its certificates: the SHA-256 of its `SubjectPublicKeyInfo`.
pub type KeyId = [u8; 32];

/// The identifier of the key with this encoded `SubjectPublicKeyInfo`.
#[must_use]
pub fn key_id(public_key_info: &[u8]) -> KeyId {
    let digest = ring::digest::digest(&ring::digest::SHA256, public_key_info);
    digest.as_ref().try_into().unwrap_or([0; 32])
}

/// A signer with its chain, ready to make tokens.
pub struct TokenSigner {
    signer: Box<dyn Signer>,
    profile: Profile,
    template: TokenTemplate,
    certificates: Vec<Vec<u8>>,
    root: Vec<u8>,
    not_before: GenTime,
    not_after: GenTime,
    tokens: AtomicU64,
    is_stopped: AtomicBool,
}

impl TokenSigner {
    /// The key.
    #[must_use]
    pub fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    /// The profile of its tokens.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// What is the same for every token of this signer.
    #[must_use]
    pub fn template(&self) -> &TokenTemplate {
        &self.template
    }

    /// The signer's certificate, then its issuers below the root; DER.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The root that the chain leads to; DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The last instant that a token of this signer may name.
    #[must_use]
    pub fn not_after(&self) -> GenTime {
        self.not_after
    }

    /// What its key is known by.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        key_id(self.signer.public_key_info())
    }

    /// Takes it out of service: it makes no further token.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
    }

    /// Whether it was taken out of service.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }

    /// How many tokens were counted before this one.
    pub(crate) fn tokens_before(&self) -> u64 {
        self.tokens.fetch_add(1, Ordering::Relaxed)
    }

    /// One line for people.
    #[must_use]
    pub fn describe(&self) -> String {
        let algorithm = self.signer.signature_algorithm().algorithm;
        format!(
            "signed with {algorithm}, certificates valid until {}",
            self.not_after
        )
    }

    /// Whether every certificate of the chain is valid at `time`.
    #[must_use]
    pub fn is_valid_at(&self, time: GenTime) -> bool {
        self.not_before <= time && time < self.not_after
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSigner")
            .field("algorithm", &self.signer.signature_algorithm())
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}
