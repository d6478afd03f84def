//! CRLs that may say something about a path. Nobody trusts them.

use alloc::vec::Vec;

use tsa_core::DecodeError;

use super::crl::Crl;

/// A CRL that was not accepted into a bag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// RFC 5280 §5.1: the bytes are not a CRL.
    #[error("not an X.509 CRL: {0}")]
    NotACrl(#[from] DecodeError),
}

/// Certificate revocation lists, complete and delta, of any issuer.
#[derive(Clone, Debug, Default)]
pub struct CrlBag {
    crls: Vec<Vec<u8>>,
}

impl CrlBag {
    /// An empty bag.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a CRL (DER).
    ///
    /// # Errors
    /// [`CrlError`] when the bytes are not a CRL.
    pub fn add(&mut self, crl: &[u8]) -> Result<(), CrlError> {
        Crl::read(crl)?;
        self.crls.push(crl.to_vec());
        Ok(())
    }

    /// How many CRLs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.crls.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crls.is_empty()
    }

    pub(crate) fn crls(&self) -> impl Iterator<Item = &[u8]> {
        self.crls.iter().map(Vec::as_slice)
    }
}
