//! What can be typed about the development CA. The words of `--help` are the comments here.

use clap::{Args, Subcommand};
use tsa_core::GenTime;

use crate::args::Location;
use crate::ca::Reason;
use crate::signer::SecretSource;

/// What to do with the development CA. All of it works beside a running server.
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// Make the CRL anew: everything that was ever revoked, served at /crl.der
    Crl(CrlArguments),
    /// Revoke a certificate, for good, and make the CRL that says so
    Revoke(RevokeArguments),
}

/// Where the CA is, and what opens its key.
#[derive(Clone, Debug, Args)]
pub struct CaArguments {
    /// Where the passphrase of the CA's key is: `file:PATH`, env:NAME or credential:NAME; wins over
    /// the configuration
    #[arg(long, value_name = "PLACE")]
    pub passphrase: Option<SecretSource>,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `ca crl`.
#[derive(Debug, Args)]
pub struct CrlArguments {
    /// How long it is valid, in hours, 1 to 8760 [default: `crl_hours` of the configuration]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub hours: Option<u32>,
    /// Where the CA is.
    #[command(flatten)]
    pub ca: CaArguments,
}

/// Options of `ca revoke`.
#[derive(Debug, Args)]
pub struct RevokeArguments {
    /// The certificate: a file (PEM; the first in it), or its serial number in hexadecimal
    #[arg(value_name = "CERT|SERIAL")]
    pub certificate: String,
    /// Why
    #[arg(long, value_name = "REASON")]
    pub reason: Reason,
    /// From when on its key is not to be believed, where that was before now: RFC 3339, in UTC
    #[arg(long, value_name = "TIME")]
    pub invalidity_date: Option<GenTime>,
    /// Where the CA is.
    #[command(flatten)]
    pub ca: CaArguments,
}
