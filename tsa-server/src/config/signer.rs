//! `[[signer]]` and `[sandbox]`: who signs under a policy, with which key, and what is accepted.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tsa_core::{DigestAlgorithm, ObjectIdentifier};

use super::Bounded;
use crate::signer::SecretSource;

/// One key with its certificates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// The policy that its tokens name, in dotted decimal.
    pub policy: Policy,
    /// The private key: PKCS#8 in PEM or DER, mode 600, encrypted (PBES2) or not.
    pub key: PathBuf,
    /// Where the passphrase of an encrypted key is: `file:PATH` (mode 600), `env:NAME`, or
    /// `credential:NAME` (of systemd). Default none: the key is not encrypted.
    #[serde(default)]
    pub passphrase: Option<SecretSource>,
    /// The signer's certificate, then its issuers up to but without the root: PEM.
    pub certificates: PathBuf,
    /// The root certificate: PEM. Served as `/root.pem`.
    pub root: PathBuf,
    /// Digests accepted in requests. Default SHA-256/384/512, SHA-512/256, SHA3-256/384/512, SM3.
    #[serde(default = "default_hashes")]
    pub hashes: Vec<Hash>,
    /// The smallest accuracy that its tokens state, in milliseconds, 1 to 60000. Default: that of
    /// the whole service.
    #[serde(default)]
    pub accuracy_ms_min: Option<Bounded<1, 60_000>>,
}

impl SignerConfig {
    /// Takes relative paths from `folder`.
    pub(super) fn take_paths_from(&mut self, folder: &Path) {
        for file in [&mut self.key, &mut self.certificates, &mut self.root] {
            *file = folder.join(&*file);
        }
        let passphrase = self.passphrase.take();
        self.passphrase = passphrase.map(|place| place.in_folder(folder));
    }
}

/// A policy identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Policy(pub ObjectIdentifier);

impl TryFrom<String> for Policy {
    type Error = tsa_core::ParseOidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// A digest algorithm by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hash(pub DigestAlgorithm);

impl TryFrom<String> for Hash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
            .map(Self)
            .map_err(|error| format!("`{text}`: {error}"))
    }
}

fn default_hashes() -> Vec<Hash> {
    use DigestAlgorithm::{Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512, Sha512_256, Sm3};
    [
        Sha256, Sha384, Sha512, Sha512_256, Sha3_256, Sha3_384, Sha3_512, Sm3,
    ]
    .map(Hash)
    .to_vec()
}
