//! Judges RFC 3161 time-stamp tokens: bytes become facts, facts findings, findings a verdict, the
//! verdict a report.
//!
//! In scope: the token, its signer, the path to a trust anchor (RFC 3161, RFC 5652, RFC 5035,
//! RFC 5816, RFC 5280), with the verdict of ETSI EN 319 102-1; and paths on their own, with CRLs
//! ([`verify_path`]). Not in scope, and never here: a clock (time is a parameter), the network,
//! files. Not in this version: revocation of a token's path, later evidence, a table of algorithms
//! with dates; each is a finding that says so.
//!
//! Nothing that a token states can be read before it is proven: [`Report::verified`] has a value
//! exactly when the verdict is TOTAL-PASSED.
//!
//! # The way of a token
//!
//! ```
//! use tsa_verify::{
//!     CertificateBag, Evidence, GenTime, Subject, TrustStore, ValidationTime, VerificationPolicy,
//!     WholeProvider, verify,
//! };
//!
//! let token = b"not a token";
//! let subject = Subject::of_content(token, b"the file", &WholeProvider);
//! // The time now, read from your own clock. With `ValidationTime::GenTime` the token would say
//! // itself when it is judged, and a time in the future would not be noticed.
//! let now: GenTime = "2026-06-01T00:00:00Z".parse()?;
//! let report = verify(
//!     &Evidence::new(token, &CertificateBag::new()),
//!     &subject,
//!     &TrustStore::new(),
//!     &VerificationPolicy::at(ValidationTime::Now(now)),
//!     &WholeProvider,
//! );
//! assert_eq!(report.verdict().indication.name(), "TOTAL-FAILED");
//! assert!(report.verified().is_none());
//! # Ok::<(), tsa_verify::ParseGenTimeError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod checks;
mod crypto;
mod facts;
mod finding;
mod inspect;
mod judgement;
mod name;
mod path;
mod path_trip;
mod policy;
mod report;
mod revocation;
mod subject;
mod text;
mod trust;
mod verdict;

pub mod evidence_format;
#[doc(hidden)]
pub mod inside;
pub mod limits;

pub use checks::list as checks;
pub use checks::page::{
    CheckDescription, descriptions as check_descriptions, listed as checks_text,
    markdown as checks_markdown,
};
pub use crypto::{
    CryptoProvider, DigestContext, KnownLinks, MlDsaSet, PublicKey, RingProvider, SignatureAnswer,
    SignatureScheme, inherit_dsa_parameters,
};
#[cfg(feature = "rustcrypto")]
pub use crypto::{WholeProvider, WithDsa};
pub use finding::{CheckOutcome, Finding, Indication, Outcome, SubIndication};
pub use inspect::{Inspection, inspect};
pub use judgement::Judgement;
pub use path::{PathPurpose, PolicyInputs};
pub use path_trip::{PathEvidence, PathPolicy, PathReport, verify_path};
pub use policy::{Algorithms, Model, Revocation, ValidationTime, VerificationPolicy};
pub use report::{Input, Report};
pub use revocation::{CrlBag, CrlError};
pub use subject::{Evidence, Subject, imprint_algorithm};
pub use text::{Lang, Text, hex, shown};
pub use trust::{CertificateBag, CertificateError, TrustStore};
pub use verdict::{CertificateDescription, Verdict, VerifiedTimestamp};

/// The types of `tsa-core` that callers meet here.
pub use tsa_core::{
    Accuracy, AlgorithmIdentifier, DecodeError, DigestAlgorithm, GenTime, Integer, MessageImprint,
    ObjectIdentifier, ParseGenTimeError, ParseOidError, SerialNumber, TimeStampReq,
};

/// Judges a token, in words. Never panics, whatever the bytes; the work is bounded by [`limits`].
#[must_use]
pub fn verify(
    evidence: &Evidence<'_>,
    subject: &Subject,
    trust: &TrustStore,
    policy: &VerificationPolicy,
    crypto: &dyn CryptoProvider,
) -> Report {
    judge(evidence, subject, trust, policy, crypto).report()
}

/// Judges a token as [`verify`] does, and leaves the words for later: a verdict in a third of the
/// time that is not spent on signatures.
#[must_use]
pub fn judge<'a>(
    evidence: &Evidence<'a>,
    subject: &'a Subject,
    trust: &'a TrustStore,
    policy: &'a VerificationPolicy,
    crypto: &dyn CryptoProvider,
) -> Judgement<'a> {
    Judgement::make(evidence, subject, trust, policy, crypto)
}
