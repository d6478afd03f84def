//! Whom the caller trusts, and certificates that nobody trusts.
//!
//! Two types that never meet in one list: an anchor comes from the caller and ends a path; a
//! certificate of the bag, like those inside a token, can only be a step on the way.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::DecodeError;

use crate::crypto::digests::sha256;
use crate::path::Certificate;

/// A certificate that was not accepted into a store or bag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// RFC 5280 §4.1: the bytes are not a certificate.
    #[error("not an X.509 certificate: {0}")]
    NotACertificate(#[from] DecodeError),
}

/// A trust anchor: a name and a key that the caller vouches for (RFC 5280 §6.1.1 (d)).
#[derive(Clone, Debug)]
pub(crate) struct TrustAnchor {
    pub(crate) raw: Vec<u8>,
    pub(crate) sha256: [u8; 32],
    /// Its subject, harmless to show.
    subject: String,
}

/// The trust anchors. An empty store trusts nobody.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    anchors: Vec<TrustAnchor>,
}

impl TrustStore {
    /// A store that trusts nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the name and key in a certificate (DER). It need not be self-signed.
    ///
    /// # Errors
    /// [`CertificateError`] when the bytes are not a certificate.
    pub fn add(&mut self, certificate: &[u8]) -> Result<(), CertificateError> {
        let read = Certificate::read(certificate)?;
        if !self.anchors.iter().any(|anchor| anchor.raw == certificate) {
            self.anchors.push(TrustAnchor {
                raw: certificate.to_vec(),
                sha256: sha256(certificate),
                subject: read.subject(),
            });
        }
        Ok(())
    }

    /// How many anchors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Subject and SHA-256 of each anchor.
    pub fn descriptions(&self) -> impl Iterator<Item = (String, [u8; 32])> {
        let anchors = self.anchors.iter();
        anchors.map(|anchor| (anchor.subject.clone(), anchor.sha256))
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor] {
        &self.anchors
    }
}

/// Certificates that may help to build a path, or to find a signer that a token leaves out.
/// Nobody trusts them.
#[derive(Clone, Debug, Default)]
pub struct CertificateBag {
    certificates: Vec<Vec<u8>>,
}

impl CertificateBag {
    /// An empty bag.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate (DER).
    ///
    /// # Errors
    /// [`CertificateError`] when the bytes are not a certificate.
    pub fn add(&mut self, certificate: &[u8]) -> Result<(), CertificateError> {
        Certificate::read(certificate)?;
        self.certificates.push(certificate.to_vec());
        Ok(())
    }

    /// How many certificates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    pub(crate) fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(Vec::as_slice)
    }
}
