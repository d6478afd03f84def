//! How a token is judged: everything a caller may choose, with defaults for a court.
//!
//! Not in scope: whom to trust ([`crate::TrustStore`]) and what the token is compared with
//! ([`crate::Subject`]).

use alloc::vec::Vec;

use serde::Serialize;
use tsa_core::{DigestAlgorithm, GenTime};

/// The model of validity: at which time the chain is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Model {
    /// Every certificate is judged at `genTime` (RFC 3161 §4); a token outlives its signer's
    /// certificate.
    #[default]
    #[serde(rename = "genTime")]
    GenTime,
    /// As above, and no certificate may have expired at the validation time unless something proves
    /// that the token existed before (ETSI EN 319 102-1 §5.4, §5.6).
    #[serde(rename = "etsi")]
    Etsi,
}

impl Model {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GenTime => "genTime",
            Self::Etsi => "etsi",
        }
    }
}

/// The time of the validation, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValidationTime {
    /// The clock of the machine, read by the caller.
    Now(GenTime),
    /// Given by the person who asks.
    Given(GenTime),
    /// The token's own `genTime`: says whether it was sound when it was made.
    GenTime,
}

impl ValidationTime {
    /// The instant, when the token states this `genTime`.
    #[must_use]
    pub fn instant(self, gen_time: Option<GenTime>) -> Option<GenTime> {
        match self {
            Self::Now(instant) | Self::Given(instant) => Some(instant),
            Self::GenTime => gen_time,
        }
    }

    /// Where it came from: `now`, `given` or `gentime`.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Now(_) => "now",
            Self::Given(_) => "given",
            Self::GenTime => "gentime",
        }
    }
}

/// What is asked about revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Revocation {
    /// Checked where data are at hand; missing data are reported and deny nothing.
    #[default]
    IfAvailable,
    /// Without data the verdict is INDETERMINATE.
    Require,
    /// Not looked at.
    Off,
}

/// Whether weak algorithms deny the verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithms {
    /// MD5, SHA-1, 112-bit digests and RSA below 2048 bits deny it.
    #[default]
    Table,
    /// They are noted. For research; not for a court.
    Any,
}

/// How a token is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationPolicy {
    /// The time of the validation.
    pub validation_time: ValidationTime,
    /// The model of validity.
    pub model: Model,
    /// Whether every departure from the standards is a failure.
    pub strict: bool,
    /// Digest algorithms that an imprint may use.
    pub imprint_algorithms: Vec<DigestAlgorithm>,
    /// What is asked about revocation.
    pub revocation: Revocation,
    /// Whether weak algorithms deny the verdict.
    pub algorithms: Algorithms,
}

impl VerificationPolicy {
    /// The default policy at a validation time: model `genTime`, lenient reading, imprints by
    /// SHA-2 and SHA-3 of at least 256 bits or by SM3, revocation if available.
    #[must_use]
    pub fn at(validation_time: ValidationTime) -> Self {
        Self {
            validation_time,
            model: Model::GenTime,
            strict: false,
            imprint_algorithms: alloc::vec![
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
                DigestAlgorithm::Sha512_256,
                DigestAlgorithm::Sha3_256,
                DigestAlgorithm::Sha3_384,
                DigestAlgorithm::Sha3_512,
                DigestAlgorithm::Sm3,
            ],
            revocation: Revocation::IfAvailable,
            algorithms: Algorithms::Table,
        }
    }

    /// Makes every departure from the standards a failure.
    #[must_use]
    pub fn strict(self) -> Self {
        Self {
            strict: true,
            ..self
        }
    }

    /// Judges by this model.
    #[must_use]
    pub fn with_model(self, model: Model) -> Self {
        Self { model, ..self }
    }

    /// Asks this about revocation.
    #[must_use]
    pub fn with_revocation(self, revocation: Revocation) -> Self {
        Self { revocation, ..self }
    }

    /// Treats weak algorithms like this.
    #[must_use]
    pub fn with_algorithms(self, algorithms: Algorithms) -> Self {
        Self { algorithms, ..self }
    }
}
