//! What can be typed about incidents. The words of `--help` are the comments here.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tsa_core::GenTime;

use crate::args::Location;
use crate::signer::SecretSource;

/// Options of `incident`.
#[derive(Debug, Args)]
pub struct IncidentArguments {
    /// The key: the policy of its signer, a file with its certificate (PEM), the serial number of
    /// its certificate, or the SHA-256 of its public key, both in hexadecimal
    #[arg(long, value_name = "KEY")]
    pub key: String,
    /// From when on the key may have been in other hands: RFC 3339, in UTC
    #[arg(long, value_name = "TIME")]
    pub from: GenTime,
    /// Tokens before this are listed: RFC 3339, in UTC [default: all until now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<GenTime>,
    /// What has happened, for the report and for whoever asks why the key is stopped
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "the key may be in other hands"
    )]
    pub words: String,
    /// List only: stop nothing, revoke nothing, write nothing
    #[arg(long)]
    pub list_only: bool,
    /// Form of the list on standard output
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
    /// Folder for the report, made new [default: one under incidents/ in the data folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where the passphrase of the development CA's key is: `file:PATH`, env:NAME or
    /// credential:NAME; wins over the configuration
    #[arg(long, value_name = "PLACE")]
    pub passphrase: Option<SecretSource>,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people, with the report at the end
    Text,
    /// One JSON object per line, the last of them the report
    Json,
    /// A table for spreadsheets; the report is in its file alone
    Csv,
}
