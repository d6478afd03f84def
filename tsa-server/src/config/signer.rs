//! `[[signer]]` and `[sandbox]`: who signs under a policy, with which key, and what is accepted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tsa_core::{DigestAlgorithm, ObjectIdentifier};

use super::Bounded;
use crate::signer::pkcs11::Scheme;
use crate::signer::{Pkcs11Place, Profile, SecretSource};

/// One key with its certificates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// The policy that its tokens name, in dotted decimal.
    pub policy: Policy,
    /// The private key in a file: PKCS#8 in PEM or DER, mode 600, encrypted (PBES2) or not.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The private key in a token, in place of `key`.
    #[serde(default)]
    pub pkcs11: Option<Pkcs11Config>,
    /// Where the passphrase of an encrypted key is: `file:PATH` (mode 600), `env:NAME`, or
    /// `credential:NAME` (of systemd). Default none: the key is not encrypted.
    #[serde(default)]
    pub passphrase: Option<SecretSource>,
    /// The signer's certificate, then its issuers up to but without the root: PEM.
    pub certificates: PathBuf,
    /// The root certificate: PEM. Served as `/root.pem`.
    pub root: PathBuf,
    /// The identifiers in its tokens: `rfc3161`, or `gmt0033` for an SM2 key (GM/T 0033, GM/T
    /// 0010). Default `rfc3161`.
    #[serde(default)]
    pub profile: Profile,
    /// Digests accepted in requests. Default SHA-256/384/512, SHA-512/256, SHA3-256/384/512, SM3.
    #[serde(default = "default_hashes")]
    pub hashes: Vec<Hash>,
    /// The smallest accuracy that its tokens state, in milliseconds, 1 to 60000. Default: that of
    /// the whole service.
    #[serde(default)]
    pub accuracy_ms_min: Option<Bounded<1, 60_000>>,
}

/// A key in a token, by PKCS#11.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11Config {
    /// The module of the token's maker: a shared library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The token's serial number, where labels do not tell tokens apart. Default none.
    #[serde(default)]
    pub serial: Option<String>,
    /// The key's `CKA_LABEL`. Default none: `key_id` says which.
    #[serde(default)]
    pub key_label: Option<String>,
    /// The key's `CKA_ID`, in hexadecimal. Default none: `key_label` says which.
    #[serde(default)]
    pub key_id: Option<KeyId>,
    /// Where the PIN of the user is: `file:PATH` (mode 600), `env:NAME`, or `credential:NAME`.
    pub pin: SecretSource,
    /// Where refused PINs are remembered: beside the configuration.
    #[serde(skip)]
    pub refused_pins: Option<PathBuf>,
    /// How an RSA key signs: `pkcs1` (v1.5) or `pss`. Default `pkcs1`.
    #[serde(default)]
    pub rsa: Scheme,
    /// Most sessions at a time, each with a thread, 1 to 256; fewer where the token allows fewer.
    /// Default 4. Tokens across a network sign more with more.
    #[serde(default = "default_sessions_max")]
    pub sessions_max: Bounded<1, 256>,
    /// Most signatures that wait, 1 to 100000; further requests get systemFailure at once. Default
    /// 1024.
    #[serde(default = "default_queue_max")]
    pub queue_max: Bounded<1, 100_000>,
    /// Longest wait for a signature, in seconds, 1 to 300; then the request gets systemFailure.
    /// Default 10.
    #[serde(default = "default_sign_seconds_max")]
    pub sign_seconds_max: Bounded<1, 300>,
}

/// A `CKA_ID`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyId(pub Vec<u8>);

impl TryFrom<String> for KeyId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = base16ct::mixed::decode_vec(&text).ok();
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        bytes
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not an identifier in hexadecimal"))
    }
}

impl Pkcs11Config {
    /// The same as the signer takes it.
    #[must_use]
    pub fn place(&self) -> Pkcs11Place {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Pkcs11Place {
            module: self.module.clone(),
            token: self.token.clone(),
            serial: self.serial.clone(),
            label: self.key_label.clone(),
            id: self.key_id.clone().map(|id| id.0),
            pin: self.pin.clone(),
            refused_pins: self.refused_pins.clone(),
            scheme: self.rsa,
            sessions_max: count(self.sessions_max.get()),
            queue_max: count(self.queue_max.get()),
            patience: Duration::from_secs(u64::from(self.sign_seconds_max.get())),
        }
    }
}

impl SignerConfig {
    /// What cannot be, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let policy = self.policy.0;
        if self.key.is_some() == self.pkcs11.is_some() {
            return Err(format!(
                "the signer of policy {policy} needs either `key` or `pkcs11`"
            ));
        }
        match &self.pkcs11 {
            Some(place) if place.key_label.is_none() && place.key_id.is_none() => Err(format!(
                "the signer of policy {policy} needs key_label or key_id under pkcs11"
            )),
            Some(_) if self.passphrase.is_some() => Err(format!(
                "the signer of policy {policy} has a passphrase, but no key in a file"
            )),
            _ => Ok(()),
        }
    }

    /// Takes relative paths from `folder`.
    pub(super) fn take_paths_from(&mut self, folder: &Path) {
        let files = [&mut self.certificates, &mut self.root];
        let module = self.pkcs11.as_mut().map(|token| &mut token.module);
        for file in files.into_iter().chain(&mut self.key).chain(module) {
            *file = folder.join(&*file);
        }
        if let Some(token) = &mut self.pkcs11 {
            token.pin = token.pin.clone().in_folder(folder);
            token.refused_pins = Some(folder.join("refused-pins.json"));
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

fn default_sessions_max() -> Bounded<1, 256> {
    Bounded(4)
}

fn default_queue_max() -> Bounded<1, 100_000> {
    Bounded(1024)
}

fn default_sign_seconds_max() -> Bounded<1, 300> {
    Bounded(10)
}

fn default_hashes() -> Vec<Hash> {
    use DigestAlgorithm::{Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512, Sha512_256, Sm3};
    [
        Sha256, Sha384, Sha512, Sha512_256, Sha3_256, Sha3_384, Sha3_512, Sm3,
    ]
    .map(Hash)
    .to_vec()
}
