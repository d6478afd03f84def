//! What can be typed. The words of `--help` are the comments here.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use tsa_ledger::{Place, StoreFault};

pub use crate::args_ca::{CaCommand, CrlArguments, RevokeArguments};
pub use crate::args_incident::{IncidentArguments, ListFormat};
pub use crate::args_keys::{CsrArguments, InstallCertArguments, TokenArguments};
pub use crate::args_ledger::{
    AccountCommand, AuditArguments, BackupArguments, KeyCommand, RestoreArguments,
};
use crate::config::ClockChoice;
use crate::init::public_url::PublicUrl;
use crate::signer::{KeyType, SecretSource};

/// An RFC 3161 time-stamp authority.
///
/// Without a command it serves; the first time it makes ./tsa-data with a development root, keys
/// and certificates, and a configuration to edit.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        tsa-server                               serve from ./tsa-data, made if missing\n  \
        tsa-server serve --listen 127.0.0.1:8080\n  \
        tsa-server init --data /srv/tsa --key-type rsa3072\n  \
        tsa-server init --data /srv/tsa --passphrase file:/etc/tsa/passphrase\n  \
        tsa-server init --pkcs11-module /usr/lib/softhsm/libsofthsm2.so --pkcs11-token tsa \
        --pkcs11-pin file:pin\n  \
        tsa-server check-config --data /srv/tsa\n  \
        tsa-server account create alice --credits 500\n\n\
        The log goes to standard error; RUST_LOG overrides its filter."
)]
pub struct Arguments {
    /// What to do; serving when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `serve`, for when no command is given.
    #[command(flatten)]
    pub serve: ServeArguments,
}

impl Arguments {
    /// Reads the command line and the environment. An empty variable counts as none: that is how
    /// many deployments leave one out.
    #[must_use]
    pub fn read() -> Self {
        let matches = without_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty =
        |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| match argument.get_env() {
            Some(name) if is_empty(name) => argument.env(Resettable::Reset),
            _ => argument,
        })
        .mut_subcommands(without_empty_variables)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until Ctrl-C or SIGTERM; SIGHUP reads signers, keys and certificates anew
    Serve(ServeArguments),
    /// Make a data folder with a development root, keys, certificates and a configuration
    Init(InitArguments),
    /// Write a certificate request for the key of a signer, to be sent to a CA
    Csr(CsrArguments),
    /// Put the certificates that a CA has issued in the place of a signer's
    InstallCert(InstallCertArguments),
    /// Say whether the configuration, the keys and the certificates can be used, without serving
    CheckConfig(Location),
    /// Revoke certificates of the development CA, and make its CRL
    #[command(subcommand)]
    Ca(CaCommand),
    /// Stop a key that may be in other hands, revoke it, and list the tokens it has signed
    Incident(Box<IncidentArguments>),
    /// Make accounts, give them credits and keys, and see what they have
    #[command(subcommand)]
    Account(AccountCommand),
    /// Recompute the ledger from its postings and tokens; succeeds only when all of it adds up
    Audit(AuditArguments),
    /// Copy accounts, postings and tokens of one moment to a file, while serving
    Backup(BackupArguments),
    /// Put a copy made by `backup` in the place of the ledger; no server may be running
    Restore(RestoreArguments),
}

/// Where configuration and data are.
#[derive(Clone, Debug, Args)]
pub struct Location {
    /// Folder with keys, certificates, configuration and the mark above used serial numbers
    #[arg(long, value_name = "DIR", env = "TSA_DATA", default_value = "tsa-data")]
    pub data: PathBuf,
    /// Configuration file [default: tsa.toml in the data folder]
    #[arg(long, value_name = "FILE", env = "TSA_CONFIG")]
    pub config: Option<PathBuf>,
    /// Database of accounts and tokens: sqlite:PATH or `postgres://USER@HOST/NAME`
    /// [default: sqlite:DIR/ledger.sqlite, in the data folder]
    #[arg(
        long,
        value_name = "URL",
        env = "TSA_DATABASE_URL",
        hide_env_values = true
    )]
    pub database: Option<DatabaseUrl>,
}

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl(pub Place);

impl std::str::FromStr for DatabaseUrl {
    type Err = StoreFault;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        url.parse().map(Self)
    }
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
    /// Address and port to listen on; wins over the configuration
    #[arg(long, value_name = "ADDR:PORT", env = "TSA_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Where the time comes from; wins over the configuration
    #[arg(long, value_name = "CLOCK", env = "TSA_CLOCK")]
    pub clock: Option<ClockChoice>,
    /// Accept that the clock stands before the last token of an earlier run: to be used once,
    /// when the clock was wrong then and is right now
    #[arg(long)]
    pub accept_clock_step: bool,
}

/// Options of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArguments {
    /// Folder to make; must not exist, or be empty
    #[arg(long, value_name = "DIR", env = "TSA_DATA", default_value = "tsa-data")]
    pub data: PathBuf,
    /// Type of the key that signs tokens
    #[arg(long, value_name = "TYPE", default_value = "p256")]
    pub key_type: KeyType,
    /// Encrypt every private key with the passphrase found at `file:PATH`, env:NAME
    /// or credential:NAME; the configuration says to take it from there
    #[arg(long, value_name = "PLACE")]
    pub passphrase: Option<SecretSource>,
    /// Address under which the service will be reached from outside, like `http://tsa.example`: the
    /// certificates then say that the CRL is at its /crl.der [default: they say nothing of CRLs]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// The token for the key that signs tokens.
    #[command(flatten)]
    pub token: TokenArguments,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }
}
