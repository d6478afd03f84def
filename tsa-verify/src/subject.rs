//! What is judged, and what it is compared with: the digest of a file, a request, a nonce, a
//! policy.
//!
//! Not in scope: reading files. Who has a file asks [`crate::imprint_algorithm`] how to digest it.

use alloc::vec::Vec;

use tsa_core::tlv::Deviations;
use tsa_core::{
    DigestAlgorithm, Integer, MessageImprint, ObjectIdentifier, ReceivedToken, SignedData,
    TimeStampReq,
};

use crate::{CertificateBag, CryptoProvider};

/// What is to be judged; later versions may add to it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Evidence<'a> {
    /// A response or a bare token, as received.
    pub token: &'a [u8],
    /// Certificates that the token may leave out: its signer's and those above it. Nobody trusts
    /// them.
    pub intermediates: &'a CertificateBag,
}

impl<'a> Evidence<'a> {
    /// A token or response, and certificates that it may leave out.
    #[must_use]
    pub fn new(token: &'a [u8], intermediates: &'a CertificateBag) -> Self {
        Self {
            token,
            intermediates,
        }
    }
}

/// What a token is compared with.
///
/// A token whose content nobody names proves nothing about any file: without a digest or request
/// the verdict is INDETERMINATE. A file that was given is what counts: when it cannot be digested
/// by the token's algorithm, no request and no digest stands in for it.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    digests: Vec<(DigestAlgorithm, Vec<u8>)>,
    file: File,
    request: Option<TimeStampReq>,
    nonce: Option<Integer>,
    policy: Option<ObjectIdentifier>,
}

/// Whether the caller had a file in hands, or only words about one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum File {
    #[default]
    NotSeen,
    Digested,
    /// Given, but not digested by the token's algorithm.
    NotDigested,
}

impl Subject {
    /// Data known by their digest only. Of a file at hand make [`Subject::of_content`] or
    /// [`Subject::of_file_digests`]: reports say "this file" of such a one only.
    #[must_use]
    pub fn of_digest(algorithm: DigestAlgorithm, digest: Vec<u8>) -> Self {
        Self::default().with_digest(algorithm, digest)
    }

    /// A file at hand: digested by the algorithm that the token names. If that is not known, or the
    /// engine does not have it, the comparison is not made and nothing passes.
    #[must_use]
    pub fn of_content(token: &[u8], content: &[u8], crypto: &dyn CryptoProvider) -> Self {
        let algorithm = imprint_algorithm(token);
        let digest =
            algorithm.and_then(|algorithm| Some((algorithm, crypto.digest(algorithm, content)?)));
        Self::of_file_digests(digest)
    }

    /// A file at hand that the caller has digested, by one or several algorithms. Without a digest
    /// the comparison is not made and nothing passes.
    #[must_use]
    pub fn of_file_digests(digests: impl IntoIterator<Item = (DigestAlgorithm, Vec<u8>)>) -> Self {
        let digests: Vec<_> = digests.into_iter().collect();
        Self {
            file: match digests.is_empty() {
                true => File::NotDigested,
                false => File::Digested,
            },
            digests,
            ..Self::default()
        }
    }

    /// A request: its imprint, and its nonce and policy when it has them.
    #[must_use]
    pub fn of_request(request: TimeStampReq) -> Self {
        Self::default().with_request(request)
    }

    /// Adds a digest of the same data by another algorithm.
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

    /// The digest of the file or data by this algorithm.
    pub(crate) fn digest(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        let found = self.digests.iter().find(|(known, _)| *known == algorithm);
        found.map(|(_, digest)| digest.as_slice())
    }

    pub(crate) fn has_digest(&self) -> bool {
        !self.digests.is_empty()
    }

    /// A file was given, digested or not.
    pub(crate) fn has_file(&self) -> bool {
        self.file != File::NotSeen
    }

    /// A file was given and not digested.
    pub(crate) fn file_not_digested(&self) -> bool {
        self.file == File::NotDigested
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

/// The algorithm by which a file must be digested to be compared with a token. Unverified, and of
/// no use for anything else.
#[must_use]
pub fn imprint_algorithm(token: &[u8]) -> Option<DigestAlgorithm> {
    let element = ReceivedToken::read(token).ok()?.token?;
    let signed_data = SignedData::read(&element, &mut Deviations::default()).ok()?;
    let reading = signed_data.unverified_tst_info().ok()?;
    reading.info.message_imprint.digest_algorithm()
}
