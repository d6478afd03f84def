//! An engine that already knows a few answers: for a server that checks each of its own tokens.
//!
//! The signatures on the server's own certificates are the same in every token and cost more than
//! all the rest; here they are checked once. Only answers of the engine inside are remembered, each
//! for exactly the same scheme, key, message and signature, so no verdict changes.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use tsa_core::{CertificateAnatomy, DigestAlgorithm};

use super::digests::sha256;
use super::{CryptoProvider, SignatureAnswer, SignatureScheme};

/// An engine with the signatures between some certificates checked in advance.
#[derive(Clone, Debug)]
pub struct KnownLinks<P> {
    inner: P,
    /// By the digest of scheme, key, message and signature.
    answers: BTreeMap<[u8; 32], SignatureAnswer>,
}

impl<P: CryptoProvider> KnownLinks<P> {
    /// Checks the signatures between these certificates (DER), where issuer and subject fit.
    /// Bytes that are no certificate are passed over.
    #[must_use]
    pub fn new(inner: P, certificates: &[&[u8]]) -> Self {
        let read: Vec<CertificateAnatomy<'_>> = certificates
            .iter()
            .filter_map(|bytes| CertificateAnatomy::read(bytes).ok())
            .collect();
        let mut answers = BTreeMap::new();
        for subject in &read {
            let scheme = SignatureScheme::of_certificate(&subject.signature_algorithm);
            for issuer in read.iter().filter(|above| above.subject == subject.issuer) {
                let key = issuer.subject_public_key_info;
                let answer = inner.verify(&scheme, key, subject.tbs, subject.signature);
                let name = name(&scheme, key, subject.tbs, subject.signature);
                answers.insert(name, answer);
            }
        }
        Self { inner, answers }
    }
}

impl<P: CryptoProvider> CryptoProvider for KnownLinks<P> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        self.inner.digest(algorithm, bytes)
    }

    fn verify(
        &self,
        scheme: &SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer {
        let name = name(scheme, subject_public_key_info, message, signature);
        match self.answers.get(&name) {
            Some(answer) => *answer,
            None => self
                .inner
                .verify(scheme, subject_public_key_info, message, signature),
        }
    }
}

/// The digest of a question: every part with its length, so that none can run into the next.
fn name(scheme: &SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) -> [u8; 32] {
    let scheme = scheme.to_shown();
    let parts = [scheme.as_bytes(), key, message, signature];
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&part.len().to_be_bytes());
        bytes.extend_from_slice(part);
    }
    sha256(&bytes)
}
