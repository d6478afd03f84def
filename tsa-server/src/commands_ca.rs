//! `ca crl` and `ca revoke`: the development CA, by hand.

use std::path::{Path, PathBuf};

use tsa_core::CertificateAnatomy;

use crate::args::{CaCommand, CrlArguments, RevokeArguments};
use crate::args_ca::CaArguments;
use crate::ca::{Ca, CaError, Order, Outcome, Published, read_serial};
use crate::clock::wall_time;
use crate::config::{Config, ConfigError};
use crate::console::{complain, say};
use crate::data_dir::DataDir;
use crate::offers::{LoadError, read_certificates};

/// A command about the development CA did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The CA cannot do it.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The revocation is noted, and no CRL says so yet.
    #[error(
        "the revocation is noted in {}, but no CRL says so yet: {error}; a running server that has \
         the key makes one, and so does `tsa-server ca crl`",
        place.display()
    )]
    Unpublished {
        /// Where it is noted.
        place: PathBuf,
        /// Why there is no CRL.
        error: Box<CaError>,
    },
    /// The certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] LoadError),
    /// Neither a file nor a serial number.
    #[error("`{0}` is neither a file nor a serial number in hexadecimal")]
    NeitherNor(String),
    /// The clock shows no usable time.
    #[error("the machine's clock shows no year between 0 and 9999")]
    NoTime,
}

pub(crate) fn ca(command: &CaCommand) -> Result<(), CaCommandError> {
    match command {
        CaCommand::Crl(arguments) => crl(arguments),
        CaCommand::Revoke(arguments) => revoke(arguments),
    }
}

fn crl(arguments: &CrlArguments) -> Result<(), CaCommandError> {
    let (data, ca) = open(&arguments.ca)?;
    let now = wall_time().ok_or(CaCommandError::NoTime)?;
    let hours = arguments.hours.unwrap_or(ca.crl_hours());
    tell(&data, &ca.publish(hours, now)?);
    Ok(())
}

fn revoke(arguments: &RevokeArguments) -> Result<(), CaCommandError> {
    let (data, ca) = open(&arguments.ca)?;
    let now = wall_time().ok_or(CaCommandError::NoTime)?;
    let order = Order {
        serial: serial(&data, &ca, &arguments.certificate)?,
        reason: arguments.reason,
        invalid_from: arguments.invalidity_date,
    };
    let serial = &order.serial;
    match ca.revoke(&order, now)? {
        Outcome::Already(before) => say(format!(
            "{serial} is revoked already, since {} with reason {}.",
            before.revoked_at, before.reason
        )),
        Outcome::Revoked => say(format!("Revoked: {serial}, reason {}", order.reason)),
    }
    // Also where nothing was new: the CRL that should say so may never have been made.
    let published = ca.publish(ca.crl_hours(), now);
    let made = published.map_err(|error| CaCommandError::Unpublished {
        place: data.revoked(),
        error: Box::new(error),
    })?;
    tell(&data, &made);
    Ok(())
}

fn tell(data: &DataDir, made: &Published) {
    say(format!(
        "Made {}: CRL number {}, {} revoked, valid until {}",
        data.crl().display(),
        made.number,
        made.revoked,
        made.next_update
    ));
}

fn open(arguments: &CaArguments) -> Result<(DataDir, Ca), CaCommandError> {
    let location = &arguments.location;
    let data = DataDir::new(&location.data);
    let path = location.config.clone().unwrap_or_else(|| data.config());
    let mut config = Config::load(&path)?.ca;
    if let Some(place) = &arguments.passphrase {
        config.passphrase = Some(place.clone());
    }
    let ca = Ca::new(&data, &config);
    Ok((data, ca))
}

/// The serial number of what is to be revoked.
fn serial(data: &DataDir, ca: &Ca, named: &str) -> Result<String, CaCommandError> {
    let path = Path::new(named);
    if path.exists() {
        let certificates = read_certificates(path)?;
        let first = certificates.first().map(Vec::as_slice).unwrap_or_default();
        if !ca.has_issued(first)? {
            let words = format!("{named}: not issued by the development CA; its own CA revokes it");
            return Err(CaError::NotOurs(words).into());
        }
        return Ok(serial_of(first).unwrap_or_default());
    }
    let serial = read_serial(named).ok_or_else(|| CaCommandError::NeitherNor(named.to_owned()))?;
    if !is_known(data, ca, &serial) {
        complain(format!(
            "Note: no certificate in {} has the serial number {serial}",
            data.path().display()
        ));
    }
    Ok(serial)
}

/// Whether a certificate of this CA with that serial number is in the data folder.
fn is_known(data: &DataDir, ca: &Ca, serial: &str) -> bool {
    let files = std::fs::read_dir(data.path())
        .into_iter()
        .flatten()
        .flatten();
    let mut paths = files.map(|file| file.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.contains(".pem") && !name.contains(".key.pem")
    });
    paths.any(|path| {
        let certificates = read_certificates(&path).unwrap_or_default();
        certificates.iter().any(|certificate| {
            serial_of(certificate).as_deref() == Some(serial)
                && ca.is_named_by(certificate).unwrap_or(false)
        })
    })
}

fn serial_of(certificate: &[u8]) -> Option<String> {
    let anatomy = CertificateAnatomy::read(certificate).ok()?;
    Some(anatomy.serial_number.to_hex())
}
