//! From configuration and files to what the authority offers: a signer for every policy, each
//! having passed its start-up check.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tsa_core::{GenTime, ObjectIdentifier};

use crate::config::{Config, SignerConfig};
use crate::pem;
use crate::signer::{
    FileKey, KeyFileError, Pkcs11Error, Pkcs11Key, Signer, StartUpFault, TokenSigner,
    TokenSignerParts,
};
use crate::trip::{Offer, Signers};

/// A configured signer cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// Its key in a token cannot be used.
    #[error("the signer of policy {policy}: {error}")]
    Token {
        /// Its policy.
        policy: ObjectIdentifier,
        /// Why.
        error: Pkcs11Error,
    },
    /// A file of certificates cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file does not hold the certificates that it should.
    #[error("{}: {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It would make bad tokens.
    #[error("{}: {fault}", path.display())]
    StartUp {
        /// The signer's certificates.
        path: PathBuf,
        /// Which check failed.
        fault: StartUpFault,
    },
    /// There is none.
    #[error("no [[signer]] is configured")]
    Nobody,
}

/// Loads and checks every signer of a configuration, at `now`.
///
/// # Errors
/// The first signer that cannot be used, and why.
pub fn load(config: &Config, now: GenTime) -> Result<Signers, LoadError> {
    let offers = config
        .signers
        .iter()
        .map(|signer| offer(config, signer, now));
    let mut offers = offers.collect::<Result<Vec<_>, _>>()?.into_iter();
    let default = offers.next().ok_or(LoadError::Nobody)?;
    Ok(Signers::new(default, offers.collect()))
}

/// Loads and checks the signer for sandbox accounts, at `now`.
///
/// # Errors
/// Why it cannot be used.
pub fn load_sandbox(config: &Config, now: GenTime) -> Result<Option<Signers>, LoadError> {
    let sandbox = config.sandbox.as_ref();
    let sandbox = sandbox.map(|signer| offer(config, signer, now));
    Ok(sandbox
        .transpose()?
        .map(|offer| Signers::new(offer, Vec::new())))
}

fn offer(whole: &Config, config: &SignerConfig, now: GenTime) -> Result<Offer, LoadError> {
    let parts = TokenSignerParts {
        signer: load_key(config)?,
        certificates: read_certificates(&config.certificates)?,
        root: read_root(&config.root)?,
        profile: config.profile,
    };
    let policy = config.policy.0;
    let signer = TokenSigner::start(parts, policy, now).map_err(|fault| LoadError::StartUp {
        path: config.certificates.clone(),
        fault,
    })?;
    let accuracy_ms_min = config.accuracy_ms_min.unwrap_or(whole.accuracy_ms_min);
    Ok(Offer {
        policy,
        accuracy_micros_min: u64::from(accuracy_ms_min.get()) * 1000,
        signer: Arc::new(signer),
        hashes: config.hashes.iter().map(|hash| hash.0).collect(),
    })
}

/// Gets the key of a signer, wherever it is.
///
/// # Errors
/// Why it cannot be used.
pub fn load_key(config: &SignerConfig) -> Result<Box<dyn Signer>, LoadError> {
    match (&config.key, &config.pkcs11) {
        (_, Some(token)) => {
            let policy = config.policy.0;
            let fault = |error| LoadError::Token { policy, error };
            Ok(Box::new(Pkcs11Key::load(token.place()).map_err(fault)?))
        }
        (Some(file), None) => Ok(Box::new(FileKey::load(file, config.passphrase.as_ref())?)),
        (None, None) => Err(LoadError::Nobody),
    }
}

pub(crate) fn read_certificates(path: &Path) -> Result<Vec<Vec<u8>>, LoadError> {
    let path = path.to_owned();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            pem::certificates(&text).map_err(|reason| LoadError::Certificates { path, reason })
        }
        Err(error) => Err(LoadError::Read { path, error }),
    }
}

pub(crate) fn read_root(path: &Path) -> Result<Vec<u8>, LoadError> {
    let mut certificates = read_certificates(path)?;
    match (certificates.pop(), certificates.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(LoadError::Certificates {
            path: path.to_owned(),
            reason: "more than one certificate, where the root alone should be".into(),
        }),
    }
}
