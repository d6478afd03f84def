//! What `pki.toml` may say, and nothing more: an unknown field is an error.
//!
//! In scope: the shape of the file, and joining a certificate's profile with the fields in which
//! it departs from it. Not in scope: encoding (see `certificate.rs`), keys (see `keys.rs`).

use crate::error::PkiError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole of `pki.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pki {
    /// Appended to every common name, in the order of RFC 4514: `O=…,C=…`.
    pub(crate) subject_base: String,
    /// Key file name without `.pem` → its kind.
    pub(crate) key: BTreeMap<String, KeyKind>,
    /// Contents that several certificates share.
    pub(crate) profile: BTreeMap<String, Profile>,
    /// Certificate file name without `.pem` → what it says.
    pub(crate) certificate: BTreeMap<String, Certificate>,
}

/// The algorithm and size of a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) enum KeyKind {
    #[serde(rename = "P-256")]
    P256,
    #[serde(rename = "P-384")]
    P384,
    #[serde(rename = "Ed25519")]
    Ed25519,
    #[serde(rename = "RSA-1024")]
    Rsa1024,
    #[serde(rename = "RSA-2048")]
    Rsa2048,
    #[serde(rename = "RSA-3072")]
    Rsa3072,
    #[serde(rename = "RSA-4096")]
    Rsa4096,
}

impl KeyKind {
    /// The name used in `pki.toml`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Ed25519 => "Ed25519",
            Self::Rsa1024 => "RSA-1024",
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::Rsa4096 => "RSA-4096",
        }
    }
}

/// One certificate: who it names, who issues it, and how it departs from its profile.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) profile: String,
    /// The issuing certificate; its own name if it is self-signed.
    pub(crate) issuer: String,
    /// The key certified.
    pub(crate) key: String,
    pub(crate) serial: u64,
    pub(crate) common_name: String,
    /// The fields in which it departs from its profile.
    #[serde(default)]
    pub(crate) but: Profile,
    /// What is done to the signature.
    #[serde(default)]
    pub(crate) signature: Signing,
}

/// How the issuer signs.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Signing {
    /// With the hash that belongs to the issuer's key.
    #[default]
    Sound,
    /// With `sha1WithRSAEncryption`.
    Sha1,
    /// As `Sound`, then the lowest bit of the last octet is flipped.
    BitFlipped,
}

/// The contents of a certificate, every field of which may be left to someone else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) not_before: Option<String>,
    pub(crate) not_after: Option<String>,
    pub(crate) ca: Option<bool>,
    pub(crate) path_len: Option<u8>,
    pub(crate) key_usage: Option<Vec<KeyUsageBit>>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    /// The one permitted `directoryName` subtree of a critical nameConstraints extension.
    pub(crate) name_constraints_permitted: Option<String>,
    /// An object identifier: the certificate carries a critical extension so called.
    pub(crate) unknown_critical_extension: Option<String>,
}

/// A bit of RFC 5280, 4.2.1.3.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeyUsageBit {
    DigitalSignature,
    NonRepudiation,
    KeyAgreement,
    KeyCertSign,
    #[serde(rename = "cRLSign")]
    CrlSign,
}

/// RFC 5280, 4.2.1.12. The extension is absent if no profile mentions it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendedKeyUsage {
    pub(crate) critical: bool,
    pub(crate) purposes: Vec<Purpose>,
}

/// A key purpose.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Purpose {
    TimeStamping,
    DocumentSigning,
    CodeSigning,
    ServerAuth,
    AnyExtendedKeyUsage,
    /// 1.3.6.1.4.1.32473.2, under the number RFC 5612 keeps for documentation.
    Unknown,
}

impl Profile {
    /// This profile with the fields that `departure` sets replaced.
    fn with(&self, departure: &Self) -> Self {
        fn pick<T: Clone>(ours: Option<&T>, theirs: Option<&T>) -> Option<T> {
            theirs.or(ours).cloned()
        }
        Self {
            not_before: pick(self.not_before.as_ref(), departure.not_before.as_ref()),
            not_after: pick(self.not_after.as_ref(), departure.not_after.as_ref()),
            ca: departure.ca.or(self.ca),
            path_len: departure.path_len.or(self.path_len),
            key_usage: pick(self.key_usage.as_ref(), departure.key_usage.as_ref()),
            extended_key_usage: pick(
                self.extended_key_usage.as_ref(),
                departure.extended_key_usage.as_ref(),
            ),
            name_constraints_permitted: pick(
                self.name_constraints_permitted.as_ref(),
                departure.name_constraints_permitted.as_ref(),
            ),
            unknown_critical_extension: pick(
                self.unknown_critical_extension.as_ref(),
                departure.unknown_critical_extension.as_ref(),
            ),
        }
    }
}

impl Pki {
    /// Reads the text of `pki.toml`.
    pub(crate) fn parse(text: &str) -> Result<Self, PkiError> {
        Ok(toml::from_str(text)?)
    }

    /// The certificate called `name`, asked for by `asked_by`.
    pub(crate) fn certificate(&self, name: &str, asked_by: &str) -> Result<&Certificate, PkiError> {
        self.certificate
            .get(name)
            .ok_or_else(|| unknown("certificate", name, asked_by))
    }

    /// The contents of the certificate called `name`: its profile, and its departures from it.
    pub(crate) fn contents(&self, name: &str) -> Result<Profile, PkiError> {
        let certificate = self.certificate(name, name)?;
        let profile = self.profile.get(&certificate.profile);
        let profile = profile.ok_or_else(|| unknown("profile", &certificate.profile, name))?;
        Ok(profile.with(&certificate.but))
    }
}

/// A name that leads nowhere.
pub(crate) fn unknown(what: &'static str, name: &str, asked_by: &str) -> PkiError {
    PkiError::Unknown {
        certificate: asked_by.to_owned(),
        what,
        name: name.to_owned(),
    }
}
