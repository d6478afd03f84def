//! What every case is made with: the test PKI, by name.

use tsa_certs::{PkiError, TestKey, TestPki};

use crate::certificate::public_key_of;
use crate::sign::{self, Digest, Scheme};

/// Keys and certificates to make cases with.
///
/// A name that the PKI does not know gives empty bytes: a case so misspelt does not come out as it
/// says, which the tests of the vectors show.
#[derive(Debug)]
pub struct Forge {
    pki: TestPki,
    by_rsa: bool,
}

impl Forge {
    /// Reads the test PKI.
    ///
    /// # Errors
    /// As [`TestPki::load`].
    pub fn new() -> Result<Self, PkiError> {
        let pki = TestPki::load()?;
        let by_rsa = false;
        Ok(Self { pki, by_rsa })
    }

    /// Signs by RSA what is signed on P-256 otherwise, to try verifiers that know RSA only. Cases
    /// that have a certificate or key of their own stay what they are, and some no longer come out
    /// as they say.
    #[must_use]
    pub fn by_rsa(self) -> Self {
        Self {
            by_rsa: true,
            ..self
        }
    }

    /// Name of the usual signer, and how it signs.
    #[must_use]
    pub fn signer(&self) -> (&'static str, Scheme) {
        match self.by_rsa {
            true => ("tsa-rsa2048", Scheme::RsaPkcs1(Digest::Sha256)),
            false => ("tsa-p256", Scheme::Ecdsa(Digest::Sha256)),
        }
    }

    /// A certificate of the test PKI, in DER.
    #[must_use]
    pub fn certificate(&self, name: &str) -> Vec<u8> {
        self.pki.certificate(name).unwrap_or_default().to_vec()
    }

    /// The name of a certificate of the test PKI.
    #[must_use]
    pub fn name_of(&self, certificate: &[u8]) -> Option<&str> {
        self.pki.name_of(certificate)
    }

    /// A private key.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&TestKey> {
        self.pki.key(name)
    }

    /// The public key in the certificate `name`, which certifies the key of that name.
    #[must_use]
    pub fn public_key(&self, name: &str) -> Vec<u8> {
        let certificate = match name {
            "attacker" => "bad-self-signed",
            "unrelated-root" => "bad-unrelated-root",
            "other-intermediate" => "bad-intermediate-not-ca",
            "twin" => "bad-twin",
            name => name,
        };
        public_key_of(&self.certificate(certificate)).to_vec()
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, key: &str, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        let key = self.key(key);
        key.map(|key| sign::sign(key, scheme, message))
            .unwrap_or_default()
    }
}
