//! What can be typed about keys and certificates. The words of `--help` are the comments here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tsa_core::ObjectIdentifier;

use crate::args::Location;
use crate::signer::pkcs11::Scheme;
use crate::signer::{Pkcs11Place, SecretSource};

/// A token of PKCS#11, for the key that signs.
#[derive(Clone, Debug, Args)]
pub struct TokenArguments {
    /// Make the key that signs tokens in a token of this PKCS#11 module (a shared library)
    #[arg(long, value_name = "FILE", requires_all = ["pkcs11_token", "pkcs11_pin"])]
    pub pkcs11_module: Option<PathBuf>,
    /// Label of the token, which is there and has a PIN for its user
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pub pkcs11_token: Option<String>,
    /// Where the PIN of the token's user is: `file:PATH`, env:NAME or credential:NAME
    #[arg(long, value_name = "PLACE", requires = "pkcs11_module")]
    pub pkcs11_pin: Option<SecretSource>,
    /// Label of the key; one that is there already is used as it is
    #[arg(long, value_name = "LABEL", default_value = "tsa")]
    pub pkcs11_key: String,
}

impl TokenArguments {
    /// The same as the signer takes it, with relative paths taken from `folder`.
    #[must_use]
    pub fn place(&self, folder: &Path) -> Option<Pkcs11Place> {
        Some(Pkcs11Place {
            module: folder.join(self.pkcs11_module.as_ref()?),
            token: self.pkcs11_token.clone()?,
            serial: None,
            label: Some(self.pkcs11_key.clone()),
            id: None,
            pin: self.pkcs11_pin.clone()?.in_folder(folder),
            refused_pins: None,
            scheme: Scheme::Pkcs1,
            sessions_max: 1,
            queue_max: 1,
            patience: Duration::from_secs(60),
        })
    }
}

/// Options of `csr`.
#[derive(Clone, Debug, Args)]
pub struct CsrArguments {
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
    /// Policy of the signer [default: that of the first]
    #[arg(long, value_name = "OID")]
    pub policy: Option<ObjectIdentifier>,
    /// Name to ask for, as RFC 4514 writes it: CN=Time-stamp authority,O=Example,C=CN
    #[arg(long, value_name = "NAME")]
    pub subject: String,
    /// File to write the request to, in PEM [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `install-cert`.
#[derive(Clone, Debug, Args)]
pub struct InstallCertArguments {
    /// The signer's certificate, then its issuers; the root may be the last: PEM
    #[arg(value_name = "FILE")]
    pub certificates: PathBuf,
    /// The root certificate, where it is not in FILE and not the one that is configured: PEM
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// Policy of the signer [default: that of the first]
    #[arg(long, value_name = "OID")]
    pub policy: Option<ObjectIdentifier>,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}
