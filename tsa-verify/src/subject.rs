//! What a token is compared with: the digest of a file, a request, a nonce, a policy.
//!
//! Not in scope: reading files. Who has a file asks [`crate::imprint_algorithm`] how to digest it.

use alloc::vec::Vec;

use tsa_core::{DigestAlgorithm, Integer, MessageImprint, ObjectIdentifier, TimeStampReq};

use crate::CryptoProvider;

/// What a token is compared with.
///
/// A token whose content nobody names proves nothing about any file: without a digest or request
/// the verdict is INDETERMINATE.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    digests: Vec<(DigestAlgorithm, Vec<u8>)>,
    request: Option<TimeStampReq>,
    nonce: Option<Integer>,
    policy: Option<ObjectIdentifier>,
}

impl Subject {
    /// A file known by its digest.
    #[must_use]
    pub fn of_digest(algorithm: DigestAlgorithm, digest: Vec<u8>) -> Self {
        Self::default().with_digest(algorithm, digest)
    }

    /// A file at hand: digested by the algorithm that the token names, if that is known.
    #[must_use]
    pub fn of_content(token: &[u8], content: &[u8], crypto: &dyn CryptoProvider) -> Self {
        let algorithm = crate::imprint_algorithm(token);
        let digest =
            algorithm.and_then(|algorithm| Some((algorithm, crypto.digest(algorithm, content)?)));
        Self {
            digests: digest.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A request: its imprint, and its nonce and policy when it has them.
    #[must_use]
    pub fn of_request(request: TimeStampReq) -> Self {
        Self::default().with_request(request)
    }

    /// Adds a digest of the same file by another algorithm.
    #[must_use]
    pub fn with_digest(mut self, algorithm: DigestAlgorithm, digest: Vec<u8>) -> Self {
        self.digests.push((algorithm, digest));
        self
    }

    /// Adds the request that the token must answer.
    #[must_use]
    pub fn with_request(self, request: TimeStampReq) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    /// Adds the nonce that the token must repeat.
    #[must_use]
    pub fn with_nonce(self, nonce: Integer) -> Self {
        Self {
            nonce: Some(nonce),
            ..self
        }
    }

    /// Adds the policy under which the token must be made.
    #[must_use]
    pub fn with_policy(self, policy: ObjectIdentifier) -> Self {
        Self {
            policy: Some(policy),
            ..self
        }
    }

    /// The file's digest by this algorithm.
    pub(crate) fn digest(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        let found = self.digests.iter().find(|(known, _)| *known == algorithm);
        found.map(|(_, digest)| digest.as_slice())
    }

    pub(crate) fn has_digest(&self) -> bool {
        !self.digests.is_empty()
    }

    pub(crate) fn request_imprint(&self) -> Option<&MessageImprint> {
        self.request
            .as_ref()
            .map(|request| &request.message_imprint)
    }

    /// The nonces to be repeated: the one given, the one of the request.
    pub(crate) fn nonces(&self) -> impl Iterator<Item = &Integer> {
        let requested = self
            .request
            .as_ref()
            .and_then(|request| request.nonce.as_ref());
        self.nonce.iter().chain(requested)
    }

    /// The policies asked for: the one given, the one of the request.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &ObjectIdentifier> {
        let requested = self
            .request
            .as_ref()
            .and_then(|request| request.req_policy.as_ref());
        self.policy.iter().chain(requested)
    }
}
