//! The door to cryptography: digests and signature checks behind one trait.
//!
//! In scope: the trait, and its answer with three values. Which engine stands behind it is the
//! caller's choice: `WholeProvider` knows every algorithm of `docs/algorithms.md`,
//! [`RingProvider`] those of today's authorities. Not in scope: whether an algorithm is strong
//! enough, which is a finding of its own.

use alloc::vec::Vec;

use tsa_core::DigestAlgorithm;

pub(crate) mod digests;
mod known_links;
mod pss_parameters;
mod public_key;
mod ring_provider;
mod scheme;
#[cfg(feature = "rustcrypto")]
mod whole;

pub use digests::DigestContext;
pub use known_links::KnownLinks;
pub use public_key::{PublicKey, inherit_dsa_parameters};
pub use ring_provider::RingProvider;
pub(crate) use scheme::is_weak_digest;
pub use scheme::{MlDsaSet, SignatureScheme};
#[cfg(feature = "rustcrypto")]
pub use whole::{WholeProvider, WithDsa};

/// What an engine says about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAnswer {
    /// It holds.
    Holds,
    /// It does not hold.
    DoesNotHold,
    /// This engine cannot tell: the algorithm, key type or parameters are unknown to it.
    Unsupported,
}

/// An engine for digests and for checking signatures. It never signs.
pub trait CryptoProvider {
    /// The name in reports.
    fn name(&self) -> &'static str;

    /// The digest of `bytes`; `None` when this engine does not know the algorithm.
    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>>;

    /// Checks a signature over `message` with the key of an encoded `SubjectPublicKeyInfo`.
    fn verify(
        &self,
        scheme: &SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer;
}
