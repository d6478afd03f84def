//! The commands: what was typed becomes what is done.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::args::{Arguments, Command, InitArguments, Location, ServeArguments};
use crate::ca::Ca;
use crate::clock::wall_time;
use crate::commands_account;
use crate::commands_ca::{self, CaCommandError};
use crate::commands_incident::{self, IncidentError};
use crate::commands_keys::{self, KeyCommandError};
use crate::commands_ledger::{self, LedgerCommandError};
use crate::config::{Config, ConfigError};
use crate::console::say;
use crate::data_dir::DataDir;
use crate::init::{self, InitError, KeyOrder};
use crate::ledger;
use crate::logging;
use crate::offers::{self, LoadError};
use crate::out_of_service::{noted, stop_revoked};
use crate::serve::{self, ServeError};
use crate::signer::KeyType;
use crate::trip::Offering;

/// A command did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be made.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A signer cannot be used.
    #[error(transparent)]
    Signer(#[from] LoadError),
    /// The service cannot start.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Something about keys and certificates.
    #[error(transparent)]
    Keys(#[from] KeyCommandError),
    /// Something about the development CA.
    #[error(transparent)]
    Ca(Box<CaCommandError>),
    /// Something about an incident.
    #[error(transparent)]
    Incident(#[from] IncidentError),
    /// Something about accounts or the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerCommandError),
    /// The configuration is not where it should be.
    #[error("{}: no such file; `tsa-server init` makes a first one", .0.display())]
    NoConfig(PathBuf),
    /// The clock shows no usable time.
    #[error("the machine's clock shows no year between 0 and 9999")]
    NoTime,
}

impl From<CaCommandError> for CommandError {
    fn from(error: CaCommandError) -> Self {
        Self::Ca(Box::new(error))
    }
}

/// Does what was asked.
///
/// # Errors
/// [`CommandError`], for the last line on standard error.
pub fn run(arguments: Arguments) -> Result<(), CommandError> {
    match arguments.command {
        None => serve(&arguments.serve),
        Some(Command::Serve(serve_arguments)) => serve(&serve_arguments),
        Some(Command::Init(init_arguments)) => init(&init_arguments),
        Some(Command::Csr(csr)) => Ok(commands_keys::csr(&csr)?),
        Some(Command::InstallCert(install)) => Ok(commands_keys::install_cert(&install)?),
        Some(Command::CheckConfig(location)) => check_config(&location),
        Some(Command::Ca(command)) => Ok(commands_ca::ca(&command)?),
        Some(Command::Incident(incident)) => Ok(commands_incident::incident(&incident)?),
        Some(Command::Account(command)) => Ok(commands_account::account(&command)?),
        Some(Command::Audit(audit)) => Ok(commands_ledger::audit(&audit)?),
        Some(Command::Backup(backup)) => Ok(commands_ledger::backup(&backup)?),
        Some(Command::Restore(restore)) => Ok(commands_ledger::restore(&restore)?),
    }
}

fn init(arguments: &InitArguments) -> Result<(), CommandError> {
    let data = DataDir::new(&arguments.data);
    // Written into the configuration, where a path would be taken from another folder.
    let here = std::env::current_dir().unwrap_or_default();
    let passphrase = arguments.passphrase.clone();
    let order = KeyOrder {
        key_type: arguments.key_type,
        passphrase: passphrase.map(|place| place.in_folder(&here)),
        token: arguments.token.place(&here),
        public_url: arguments.public_url.clone(),
    };
    make_data(&data, &order)?;
    say(format!(
        "Next:  tsa-server serve --data {}",
        arguments.data.display()
    ));
    Ok(())
}

fn make_data(data: &DataDir, order: &KeyOrder) -> Result<(), CommandError> {
    let key_type = order.key_type;
    if key_type.rsa_bits().is_some() {
        say("Making RSA keys; this takes some seconds …");
    }
    init::init(data, order, wall_time().ok_or(CommandError::NoTime)?)?;
    say(format!("Made {} with", data.path().display()));
    say("  root.pem         the root certificate: what a verifier must trust");
    say(
        "  root.key.pem     its key: signs /crl.der; off-line is safer, CRLs are made by hand then",
    );
    match &order.token {
        Some(place) => say(format!(
            "  chain.pem        vouches for the key in the token `{}`",
            place.token
        )),
        None => say(format!(
            "  tsa.key.pem      the key that signs tokens ({key_type}); chain.pem vouches for it"
        )),
    }
    if let Some(place) = &order.passphrase {
        say(format!(
            "  *.key.pem        are encrypted with the passphrase at {place}"
        ));
    }
    say("  seal.*, log.*    keys and certificates for sealing documents and for the log");
    say("  test-*           an authority for sandbox accounts: its tokens prove nothing");
    say("  tsa.toml         the configuration, with comments");
    say("This is a development authority: nobody but you has reason to trust its root.");
    Ok(())
}

/// Finds the configuration; makes the data folder when nothing is there and nothing was asked for.
fn load(location: &Location, may_make: bool) -> Result<(DataDir, Config), CommandError> {
    let data = DataDir::new(&location.data);
    let path = match &location.config {
        Some(path) => path.clone(),
        None => {
            if may_make && !data.config().exists() {
                let order = KeyOrder {
                    key_type: KeyType::P256,
                    passphrase: None,
                    token: None,
                    public_url: None,
                };
                make_data(&data, &order)?;
            }
            data.config()
        }
    };
    if !Path::new(&path).exists() {
        return Err(CommandError::NoConfig(path));
    }
    Ok((data, Config::load(&path)?))
}

fn serve(arguments: &ServeArguments) -> Result<(), CommandError> {
    let (data, config, offering) = prepare(arguments, true)?;
    let again = arguments.clone();
    let read = move || {
        let prepared = prepare(&again, false);
        let (_, config, offering) = prepared.map_err(|error| error.to_string())?;
        Ok((config, offering))
    };
    Ok(serve::run(
        &data,
        &config,
        (offering, Arc::new(read)),
        &ledger::place(&arguments.location),
        arguments.accept_clock_step,
    )?)
}

/// The configuration as the flags want it, and who signs by it.
fn prepare(
    arguments: &ServeArguments,
    may_make: bool,
) -> Result<(DataDir, Config, Offering), CommandError> {
    let (data, mut config) = load(&arguments.location, may_make)?;
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.clock = arguments.clock.unwrap_or(config.clock);
    let offering = offering(&config)?;
    stop_revoked(&offering, &Ca::new(&data, &config.ca)).map_err(CaCommandError::from)?;
    Ok((data, config, offering))
}

/// Those who sign, and who signs for sandbox accounts.
fn offering(config: &Config) -> Result<Offering, CommandError> {
    let now = wall_time().ok_or(CommandError::NoTime)?;
    Ok(Offering {
        signers: offers::load(config, now)?,
        sandbox: offers::load_sandbox(config, now)?,
    })
}

fn check_config(location: &Location) -> Result<(), CommandError> {
    let (data, config) = load(location, false)?;
    let offering = offering(&config)?;
    stop_revoked(&offering, &Ca::new(&data, &config.ca)).map_err(CaCommandError::from)?;
    let stopped = noted(&data).map_err(ServeError::Data)?;
    logging::filter(&config.log).map_err(ServeError::Log)?;
    say("The configuration can be used.");
    say(format!("  data     {}", data.path().display()));
    say(format!("  listen   {}", config.listen));
    let clock = match config.clock {
        crate::config::ClockChoice::System => "system (believed; tokens state no accuracy)",
        crate::config::ClockChoice::Kernel => "kernel (while it is synchronised)",
    };
    say(format!("  clock    {clock}"));
    for offer in offering.signers.iter() {
        let signer = &offer.signer;
        say(format!("  policy   {}", offer.policy));
        say(format!("           {}", signer.describe()));
        let key = base16ct::lower::encode_string(&signer.key_id());
        say(format!("           key {key}"));
        if signer.is_stopped() || stopped.contains(&signer.key_id()) {
            say("           OUT OF SERVICE: it signs nothing (revoked, or stopped by an incident)");
        }
    }
    Ok(())
}
