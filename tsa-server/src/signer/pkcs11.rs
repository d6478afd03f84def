//! Keys in hardware, by PKCS#11 (version 2.40 and later): the key never leaves the token.
//!
//! One context per module and process (`context.rs`), one session per thread that signs
//! (`link.rs`), PINs that no repetition of ours can lock (`login.rs`), what a key is and how it
//! signs (`token_key.rs`), keys made inside (`make.rs`). Not in scope: what is signed.

mod context;
mod link;
mod login;
mod make;
mod refused_pins;
mod token_key;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cryptoki::session::Session;
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm};

use super::queue::SigningQueue;
use super::secret::SecretError;
use super::{Pace, SecretSource, Signer, SignerFault};

pub use context::finish;
pub use make::{NewKey, make_key};
pub use token_key::Scheme;

use context::Context;
use link::{Condition, Connected, TokenLink};
use token_key::TokenKey;

/// Where a key is, and how it is used.
#[derive(Clone, Debug)]
pub struct Pkcs11Place {
    /// The module: a shared library of the maker of the token.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The token's serial number, where labels do not tell tokens apart.
    pub serial: Option<String>,
    /// `CKA_LABEL` of the key.
    pub label: Option<String>,
    /// `CKA_ID` of the key.
    pub id: Option<Vec<u8>>,
    /// Where the PIN of the user is.
    pub pin: SecretSource,
    /// Where PINs that were refused are remembered; `None` leaves a token alone that was given a
    /// wrong one before.
    pub refused_pins: Option<PathBuf>,
    /// How an RSA key signs.
    pub scheme: Scheme,
    /// Most sessions at a time; the token may allow fewer.
    pub sessions_max: usize,
    /// Most signatures that wait.
    pub queue_max: usize,
    /// Longest wait for a signature.
    pub patience: Duration,
}

/// A key in a token cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The module cannot be loaded, or does not start.
    #[error("the PKCS#11 module {}: {reason}", module.display())]
    Module {
        /// The shared library.
        module: PathBuf,
        /// What it says.
        reason: String,
    },
    /// No token has this label, or this serial number.
    #[error("there is no token {token}; there are: {found}")]
    NoToken {
        /// What was looked for.
        token: String,
        /// The labels of those that are there.
        found: String,
    },
    /// The PIN cannot be had.
    #[error("the PIN: {0}")]
    Pin(#[from] SecretError),
    /// The token does not take the PIN, or must not be asked.
    #[error("{0}")]
    Login(String),
    /// No key has this label and identifier, or several have.
    #[error("{found} private keys in the token have {what}, where one must")]
    Key {
        /// What was looked for.
        what: String,
        /// How many there are.
        found: usize,
    },
    /// The key is of no supported type.
    #[error("the key in the token cannot be used: {0}")]
    Unusable(String),
    /// The token failed.
    #[error("the token: {0}")]
    Token(String),
    /// A thread cannot be started.
    #[error("the threads that sign: {0}")]
    Threads(std::io::Error),
}

/// A private key in a token.
pub struct Pkcs11Key {
    key: Arc<TokenKey>,
    queue: SigningQueue,
    condition: Arc<Condition>,
}

impl Pkcs11Key {
    /// Finds the key and gets ready to sign with it.
    ///
    /// # Errors
    /// [`Pkcs11Error`]. A PIN that the token has refused is not tried a second time.
    pub fn load(place: Pkcs11Place) -> Result<Self, Pkcs11Error> {
        let pin = place.pin.read()?;
        let context = Context::of(&place.module)?;
        let place = Arc::new(place);
        let pin = Arc::new(pin);
        let first = Connected::open(&context, &place, &pin)?;
        let key = Arc::new(first.key(place.scheme)?);
        if let Some(words) = first.exposure() {
            tracing::warn!(token = %place.token, key = %place.key_name(), "{words}");
        }
        let count = first.sessions_allowed().min(place.sessions_max).max(1);
        let condition = Arc::new(Condition::new());
        let first = Arc::new(Mutex::new(Some(first)));
        let links = (0..count).map(|_| {
            let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (context, place) = (Arc::clone(&context), Arc::clone(&place));
            let (pin, key) = (Arc::clone(&pin), Arc::clone(&key));
            TokenLink::new((context, place), pin, key, Arc::clone(&condition), first)
        });
        let (queue_max, patience) = (place.queue_max, place.patience);
        let queue = SigningQueue::start(links.collect(), queue_max, patience);
        Ok(Self {
            key,
            queue: queue.map_err(Pkcs11Error::Threads)?,
            condition,
        })
    }
}

impl Pkcs11Place {
    /// The key in words.
    #[must_use]
    pub fn key_name(&self) -> String {
        let label = self.label.as_ref().map(|label| format!("label `{label}`"));
        let id = self.id.as_ref();
        let id = id.map(|id| format!("identifier {}", base16ct::lower::encode_string(id)));
        let words: Vec<String> = label.into_iter().chain(id).collect();
        words.join(" and ")
    }

    /// The token in words.
    fn token_name(&self) -> String {
        match &self.serial {
            Some(serial) => format!("`{}` with serial number {serial}", self.token),
            None => format!("`{}`", self.token),
        }
    }
}

impl Signer for Pkcs11Key {
    fn digest_algorithm(&self) -> DigestAlgorithm {
        self.key.digest_algorithm()
    }

    fn signature_algorithm(&self) -> AlgorithmIdentifier {
        self.key.signature_algorithm()
    }

    fn public_key_info(&self) -> &[u8] {
        self.key.public_key_info()
    }

    fn pace(&self) -> Pace<'_> {
        Pace::Queued(&self.queue)
    }

    fn health(&self) -> Result<(), SignerFault> {
        self.condition.check()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        let message = message.to_vec();
        self.queue.run_here(move |sign| sign(&message))?
    }
}

impl std::fmt::Debug for Pkcs11Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs11Key")
            .field("algorithm", &self.key.signature_algorithm())
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// What the token said, without the explanations that `cryptoki` adds.
fn said(error: impl std::fmt::Display) -> Pkcs11Error {
    let words = error.to_string();
    let first = words.lines().next().unwrap_or_default();
    let first = first.split(".  ").next().unwrap_or_default();
    Pkcs11Error::Token(first.to_owned())
}

/// Leaves a session of an earlier start of the module alone: its number may be another's by now.
fn forget(session: Session) {
    std::mem::forget(session);
}
