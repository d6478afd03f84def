//! `csr` and `install-cert`: a certificate of a real CA in the place of the development one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tsa_core::{CertificateAnatomy, ObjectIdentifier};

use crate::args::{CsrArguments, InstallCertArguments, Location};
use crate::clock::wall_time;
use crate::config::{Config, ConfigError, SignerConfig};
use crate::console::say;
use crate::data_dir::DataDir;
use crate::init::request::request;
use crate::offers::{self, LoadError};
use crate::pem;
use crate::signer::{StartUpFault, TokenSigner, TokenSignerParts};

/// A command about keys did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No signer has this policy.
    #[error("no signer of the configuration has the policy {0}")]
    NoSigner(ObjectIdentifier),
    /// The key, or a file of certificates, cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The request cannot be made.
    #[error("the request: {0}")]
    Request(String),
    /// The certificates would make bad tokens.
    #[error("{}: {fault}; nothing was changed", path.display())]
    StartUp {
        /// The file of certificates.
        path: PathBuf,
        /// What is wrong.
        fault: StartUpFault,
    },
    /// A file cannot be written.
    #[error("{}: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The clock shows no usable time.
    #[error("the machine's clock shows no year between 0 and 9999")]
    NoTime,
}

/// Writes a certificate request for the key of a signer.
pub(crate) fn csr(arguments: &CsrArguments) -> Result<(), KeyCommandError> {
    let signer = signer(&arguments.location, arguments.policy)?;
    let key = offers::load_key(&signer)?;
    let pem = request(key.as_ref(), &arguments.subject)
        .map_err(|error| KeyCommandError::Request(error.to_string()))?;
    match &arguments.out {
        None => say(pem.trim_end()),
        Some(path) => {
            replace(path, &pem)?;
            say(format!("Written: {}", path.display()));
        }
    }
    Ok(())
}

/// Checks certificates against the key and puts them in their place.
pub(crate) fn install_cert(arguments: &InstallCertArguments) -> Result<(), KeyCommandError> {
    let signer = signer(&arguments.location, arguments.policy)?;
    let mut certificates = offers::read_certificates(&arguments.certificates)?;
    let brought = match certificates.last().is_some_and(|last| is_root(last)) {
        true => certificates.pop(),
        false => None,
    };
    let root = match (&arguments.root, brought) {
        (Some(path), _) => offers::read_root(path)?,
        (None, Some(root)) => root,
        (None, None) => offers::read_root(&signer.root)?,
    };
    let parts = TokenSignerParts {
        signer: offers::load_key(&signer)?,
        certificates: certificates.clone(),
        root: root.clone(),
        profile: signer.profile,
    };
    let now = wall_time().ok_or(KeyCommandError::NoTime)?;
    let checked = TokenSigner::start(parts, signer.policy.0, now);
    let checked = checked.map_err(|fault| KeyCommandError::StartUp {
        path: arguments.certificates.clone(),
        fault,
    })?;
    let pem = |certificate: &Vec<u8>| {
        pem::encode(certificate).map_err(|error| KeyCommandError::Request(error.to_string()))
    };
    let chain = certificates
        .iter()
        .map(pem)
        .collect::<Result<String, _>>()?;
    for (path, text) in [(&signer.root, pem(&root)?), (&signer.certificates, chain)] {
        keep(path)?;
        replace(path, &text)?;
    }
    say(format!("Installed: {}", checked.describe()));
    say("What was there is kept, with .before at the end of its name. `[ca]` must name a root");
    say("that was replaced, where `tsa-server ca` is still to revoke what it has issued.");
    say("A running server takes them up when it gets the signal HUP, or at its next start.");
    Ok(())
}

fn signer(
    location: &Location,
    policy: Option<ObjectIdentifier>,
) -> Result<SignerConfig, KeyCommandError> {
    let in_folder = || DataDir::new(&location.data).config();
    let path = location.config.clone().unwrap_or_else(in_folder);
    let mut signers = Config::load(&path)?.signers.into_iter();
    let wanted = |signer: &SignerConfig| policy.is_none_or(|policy| signer.policy.0 == policy);
    let found = signers.find(wanted);
    found.ok_or_else(|| match policy {
        Some(policy) => KeyCommandError::NoSigner(policy),
        None => LoadError::Nobody.into(),
    })
}

fn is_root(certificate: &[u8]) -> bool {
    CertificateAnatomy::read(certificate).is_ok_and(|it| it.issuer == it.subject)
}

/// Keeps what is there, beside it.
fn keep(path: &Path) -> Result<(), KeyCommandError> {
    let mut before = path.as_os_str().to_owned();
    before.push(".before");
    match fs::copy(path, &before) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(write_error(path, error)),
    }
}

/// Writes a file beside its place and renames it: whoever reads sees the old one or the new one.
fn replace(path: &Path, text: &str) -> Result<(), KeyCommandError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".new-{}", std::process::id()));
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| write_error(path, error))
}

fn write_error(path: &Path, error: io::Error) -> KeyCommandError {
    KeyCommandError::Write {
        path: path.to_owned(),
        error,
    }
}
