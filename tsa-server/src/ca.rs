//! The development CA after its first day: what it has revoked, and the CRLs that say so (RFC 5280
//! §5).
//!
//! A revocation is on the disk before anything is said of it, and its CRL has a number that no CRL
//! had before. Commands and a running server work on the same files, one at a time (a lock). Not in
//! scope: making certificates ([`crate::init`]), and CAs of others, who revoke by their own ways.

mod encode;
pub mod keeper;
mod state;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use der::Decode;
use tsa_core::{CertificateAnatomy, GenTime, Integer};

use crate::config::CaConfig;
use crate::data_dir::DataDir;
use crate::durable;
use crate::offers::{LoadError, read_root};
use crate::signer::file::KeyFileError;
use crate::signer::{FileKey, PrivateFileError, Signer, SignerFault};

pub(crate) use encode::Published;
use state::State;
pub use state::{Reason, Revoked};

/// Longest CRL and list of revocations that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The CA cannot do what is asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// Its key is not here.
    #[error("there is no development CA here: {} is missing", .0.display())]
    Absent(PathBuf),
    /// Its key cannot be used.
    #[error("the key of the development CA: {0}")]
    Key(#[from] KeyFileError),
    /// Its certificate cannot be used.
    #[error("the certificate of the development CA: {0}")]
    Certificate(#[from] LoadError),
    /// Its certificate belongs to another key.
    #[error(
        "{} is not the certificate of the key {}; `[ca]` of the configuration names both \
         (install-cert keeps a root that it replaces as root.pem.before)",
        certificate.display(),
        key.display()
    )]
    OtherKey {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file says something else than it should; nothing is done on its grounds.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is not for this CA to revoke that.
    #[error("{0}")]
    NotOurs(String),
    /// It is revoked already, in another way.
    #[error("{serial} is revoked already, since {} with reason {}; nothing was changed",
        before.revoked_at, before.reason)]
    Otherwise {
        /// Serial number of the certificate.
        serial: String,
        /// How it is revoked.
        before: Box<Revoked>,
    },
    /// The time from which a key is not to be believed lies ahead.
    #[error("the invalidity date {0} lies ahead")]
    Ahead(GenTime),
    /// A CRL cannot be encoded.
    #[error("the CRL cannot be encoded: {0}")]
    Encoding(#[from] der::Error),
    /// The key does not sign.
    #[error(transparent)]
    Signer(#[from] SignerFault),
}

/// What came of a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is new, or has got worse.
    Revoked,
    /// It was so already.
    Already(Revoked),
}

/// What is to be revoked, and why.
#[derive(Clone, Debug)]
pub struct Order {
    /// Serial number of the certificate, in hexadecimal, as [`read_serial`] gives it.
    pub serial: String,
    /// Why.
    pub reason: Reason,
    /// From when on the key is not to be believed, where that is known.
    pub invalid_from: Option<GenTime>,
}

/// The development CA of a data folder.
#[derive(Clone, Debug)]
pub struct Ca {
    data: DataDir,
    config: CaConfig,
}

/// The CA with its key in hand.
pub(crate) struct Issuer {
    key: FileKey,
    certificate: Vec<u8>,
}

/// Held while the files of the CA are worked on.
struct Turn(#[expect(dead_code, reason = "kept open: the lock ends with the file")] File);

impl Ca {
    /// The CA of this folder, as the configuration has it.
    #[must_use]
    pub fn new(data: &DataDir, config: &CaConfig) -> Self {
        Self {
            data: data.clone(),
            config: config.clone(),
        }
    }

    /// The certificate of the CA; DER.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn certificate(&self) -> Result<Vec<u8>, CaError> {
        Ok(read_root(&self.config.certificate)?)
    }

    /// Whether a certificate names the CA as its issuer.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn is_named_by(&self, certificate: &[u8]) -> Result<bool, CaError> {
        let own = self.certificate()?;
        let (own, other) = (anatomy(&own)?, anatomy(certificate)?);
        Ok(other.issuer == own.subject && other.raw != own.raw)
    }

    /// Whether the CA has issued a certificate, and is one that revokes here: the root that is
    /// configured may be that of somebody else by now.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn has_issued(&self, certificate: &[u8]) -> Result<bool, CaError> {
        if !self.is_named_by(certificate)? {
            return Ok(false);
        }
        match self.check_is_ours() {
            Ok(()) => Ok(true),
            Err(CaError::OtherKey { .. } | CaError::Absent(_)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// By its key; where that cannot be used here, by the CRL that was made with it.
    fn check_is_ours(&self) -> Result<(), CaError> {
        let fault = match self.issuer() {
            Ok(_) => return Ok(()),
            Err(fault) => fault,
        };
        let is_ours = match (&fault, self.published()?) {
            (CaError::OtherKey { .. }, _) => false,
            (_, Some(published)) => published.issuer == anatomy(&self.certificate()?)?.subject,
            (_, None) => self.has_key(),
        };
        if is_ours { Ok(()) } else { Err(fault) }
    }

    /// Everything that is revoked, as far as that is kept here: where the CRL alone was brought, to
    /// be served, nothing is.
    ///
    /// # Errors
    /// The list cannot be read, or is missing where the key is.
    pub fn revoked(&self) -> Result<Vec<Revoked>, CaError> {
        match self.has_key() || self.data.revoked().exists() {
            true => Ok(self.state()?.revoked),
            false => Ok(Vec::new()),
        }
    }

    /// Notes a revocation for good. A CRL that says so is still to be made.
    ///
    /// # Errors
    /// [`CaError::Otherwise`] where it is revoked with another reason already; a key that turns out
    /// to be stolen is the exception, which is noted. The list cannot be read or written.
    pub fn revoke(&self, order: &Order, now: GenTime) -> Result<Outcome, CaError> {
        if let Some(ahead) = order.invalid_from.filter(|from| *from > now) {
            return Err(CaError::Ahead(ahead));
        }
        if order.serial == anatomy(&self.certificate()?)?.serial_number.to_hex() {
            let words = "that is the CA's own certificate: no CRL of its own can revoke a root";
            return Err(CaError::NotOurs(words.into()));
        }
        self.check_is_ours()?;
        let _turn = self.turn()?;
        let mut state = self.state()?;
        let outcome = state.revoke(order, now);
        let outcome = outcome.map_err(|before| CaError::Otherwise {
            serial: order.serial.clone(),
            before: Box::new(before),
        })?;
        if outcome == Outcome::Revoked {
            self.write_state(&state)?;
        }
        Ok(outcome)
    }

    /// Makes a CRL of everything that is revoked, valid for `hours`, and puts it where it is served
    /// from.
    ///
    /// # Errors
    /// The key or a file cannot be used. What was there goes on.
    pub(crate) fn publish(&self, hours: u32, now: GenTime) -> Result<Published, CaError> {
        let issuer = self.issuer()?;
        let _turn = self.turn()?;
        let mut state = self.state()?;
        // On the disk before a CRL has it: no two have the same.
        state.crl_number = state.crl_number.saturating_add(1);
        self.write_state(&state)?;
        let made = encode::crl(&issuer.certificate, &issuer.key, &state, (now, hours))?;
        let path = self.data.crl();
        durable::replace(&path, &made.der, durable::PUBLIC).map_err(at(&path))?;
        Ok(made)
    }

    /// How long a CRL is valid where nothing else is said, in hours.
    #[must_use]
    pub fn crl_hours(&self) -> u32 {
        self.config.crl_hours.get()
    }

    /// The CRL that is served; `None` when there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn published(&self) -> Result<Option<Published>, CaError> {
        let path = self.data.crl();
        let Some(der) = read_bounded(&path)? else {
            return Ok(None);
        };
        let read = Published::read(der);
        let damaged = |reason| CaError::Damaged { path, reason };
        Ok(Some(read.map_err(damaged)?))
    }

    /// Whether its key is where it should be, usable or not.
    fn has_key(&self) -> bool {
        self.config.key.exists()
    }

    /// The number that the next CRL must be above, and how much is revoked.
    fn due(&self) -> Result<(u64, usize), CaError> {
        let state = self.state()?;
        Ok((state.crl_number, state.revoked.len()))
    }

    fn issuer(&self) -> Result<Issuer, CaError> {
        let config = &self.config;
        let key = match FileKey::load(&config.key, config.passphrase.as_ref()) {
            Err(KeyFileError::File(PrivateFileError::Read { error, path }))
                if error.kind() == io::ErrorKind::NotFound =>
            {
                return Err(CaError::Absent(path));
            }
            loaded => loaded?,
        };
        let certificate = self.certificate()?;
        if anatomy(&certificate)?.subject_public_key_info != key.public_key_info() {
            return Err(CaError::OtherKey {
                certificate: config.certificate.clone(),
                key: config.key.clone(),
            });
        }
        Ok(Issuer { key, certificate })
    }

    fn state(&self) -> Result<State, CaError> {
        let path = self.data.revoked();
        let damaged = |reason: String| CaError::Damaged {
            path: path.clone(),
            reason,
        };
        match read_bounded(&path)? {
            Some(bytes) => State::read(&bytes).map_err(|error| damaged(error.to_string())),
            // Without the list, a new CRL would take back what the last one has revoked.
            None if self.data.crl().exists() => Err(damaged(
                "missing, though there is a CRL; it is to come back from a backup".into(),
            )),
            None => Ok(State::default()),
        }
    }

    fn write_state(&self, state: &State) -> Result<(), CaError> {
        let path = self.data.revoked();
        durable::replace(&path, &state.write(), durable::PUBLIC).map_err(at(&path))
    }

    fn turn(&self) -> Result<Turn, CaError> {
        let path = self.data.path().join("ca.lock");
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(at(&path))?;
        file.lock().map_err(at(&path))?;
        Ok(Turn(file))
    }
}

/// Reads a serial number of a certificate (RFC 5280 §4.1.2.2: positive, at most 20 octets).
#[must_use]
pub fn read_serial(text: &str) -> Option<String> {
    let padded = match text.len() % 2 {
        0 => text.to_owned(),
        _ => format!("0{text}"),
    };
    let bytes = base16ct::mixed::decode_vec(padded).ok()?;
    let serial = Integer::from_unsigned(&bytes);
    let is_serial = serial.content().len() <= 20 && serial.content() != [0];
    is_serial.then(|| serial.to_hex())
}

fn anatomy(certificate: &[u8]) -> Result<CertificateAnatomy<'_>, CaError> {
    let read = CertificateAnatomy::read(certificate);
    read.map_err(|error| CaError::NotOurs(format!("the certificate cannot be read: {error}")))
}

/// The first instant of a certificate.
fn not_before(certificate: &[u8]) -> Result<GenTime, CaError> {
    let certificate = x509_cert::Certificate::from_der(certificate)?;
    let begin = certificate.tbs_certificate().validity().not_before;
    let seconds = i64::try_from(begin.to_unix_duration().as_secs()).unwrap_or_default();
    let words = || CaError::NotOurs("the certificate's validity is out of range".into());
    GenTime::from_unix(seconds, 0).ok_or_else(words)
}

/// Reads a file; `None` where there is none.
fn read_bounded(path: &Path) -> Result<Option<Vec<u8>>, CaError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
            return Err(CaError::Damaged {
                path: path.to_owned(),
                reason: format!("more than {FILE_BYTES_MAX} bytes"),
            });
        }
        _ => {}
    }
    Ok(Some(fs::read(path).map_err(at(path))?))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> CaError {
    let path = path.to_owned();
    move |error| CaError::File { path, error }
}
