//! The PKI as declared when this was compiled, without a file being read.

use crate::certificate::{self, Keys};
use crate::declared::Pki;
use crate::error::PkiError;
use crate::keys::TestKey;
use std::collections::BTreeMap;

/// Names of key files with their texts.
macro_rules! key_files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../keys/", $name, ".pem"))),)*]
    };
}

const DECLARATION: &str = include_str!("../pki.toml");

const KEYS: &[(&str, &str)] = key_files! {
    "attacker" "intermediate" "log" "other-intermediate" "root" "rsa-intermediate" "rsa-root"
    "rsa1024" "seal" "tsa-ed25519" "tsa-p256" "tsa-p384" "tsa-rsa2048" "tsa-rsa3072" "tsa-rsa4096"
    "twin" "unrelated-root"
};

/// Keys and certificates of the test PKI, by name.
#[derive(Debug)]
pub struct TestPki {
    keys: Keys,
    certificates: BTreeMap<String, Vec<u8>>,
}

impl TestPki {
    /// Reads the keys and makes the certificates.
    ///
    /// # Errors
    /// [`PkiError`] when the declaration asks for what cannot be made; the tests of this crate show
    /// that it does not.
    pub fn load() -> Result<Self, PkiError> {
        let pki = Pki::parse(DECLARATION)?;
        let mut keys = Keys::new();
        for (name, kind) in &pki.key {
            let file = KEYS.iter().find(|(known, _)| known == name);
            let (_, pem) = file.ok_or_else(|| PkiError::KeyMissing { name: name.clone() })?;
            keys.insert(name.clone(), TestKey::from_pem(name, *kind, pem)?);
        }
        let mut certificates = BTreeMap::new();
        for name in pki.certificate.keys() {
            let pem = certificate::make(&pki, &keys, name)?;
            let (_, der) = pem_rfc7468::decode_vec(pem.as_bytes())?;
            certificates.insert(name.clone(), der);
        }
        Ok(Self { keys, certificates })
    }

    /// The private key in `keys/NAME.pem`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&TestKey> {
        self.keys.get(name)
    }

    /// The certificate in `NAME.pem`, in DER.
    #[must_use]
    pub fn certificate(&self, name: &str) -> Option<&[u8]> {
        self.certificates.get(name).map(Vec::as_slice)
    }

    /// The name of a certificate in DER, when it is one of these.
    #[must_use]
    pub fn name_of(&self, certificate: &[u8]) -> Option<&str> {
        let mut all = self.certificates.iter();
        let (name, _) = all.find(|(_, known)| known.as_slice() == certificate)?;
        Some(name)
    }
}
