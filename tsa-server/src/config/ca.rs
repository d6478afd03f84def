//! `[ca]`: the development CA that `init` has made, for what it revokes.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Bounded;
use crate::signer::SecretSource;

/// Where the development CA is. Where its key is not, nothing can be revoked and no CRL renewed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaConfig {
    /// Its certificate: PEM. Default `root.pem`.
    pub certificate: PathBuf,
    /// Its key: PKCS#8 in PEM or DER, mode 600, encrypted (PBES2) or not. Default `root.key.pem`.
    pub key: PathBuf,
    /// Where the passphrase of an encrypted key is. Default none: the key is not encrypted.
    pub passphrase: Option<SecretSource>,
    /// How long a CRL is valid, in hours, 1 to 8760. Default 168. A running server makes the next
    /// when half of that is over.
    pub crl_hours: Bounded<1, 8760>,
}

impl Default for CaConfig {
    fn default() -> Self {
        Self {
            certificate: "root.pem".into(),
            key: "root.key.pem".into(),
            passphrase: None,
            crl_hours: Bounded(168),
        }
    }
}

impl CaConfig {
    /// Takes relative paths from `folder`.
    pub(super) fn take_paths_from(&mut self, folder: &Path) {
        for file in [&mut self.certificate, &mut self.key] {
            *file = folder.join(&*file);
        }
        let passphrase = self.passphrase.take();
        self.passphrase = passphrase.map(|place| place.in_folder(folder));
    }
}
