//! What a check found, and what that does to the verdict.
//!
//! The vocabulary of ETSI EN 319 102-1 §5.1.3: indications and sub-indications. Not in scope: the
//! checks ([`crate::checks`]) and the fold over their findings ([`crate::verdict`]).

use core::fmt;

use serde::{Serialize, Serializer};

use crate::Text;
use crate::text::Detail;

/// The three values of a verdict, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Indication {
    /// Every check that denies a verdict was made and passed.
    TotalPassed,
    /// Neither proven nor disproven.
    Indeterminate,
    /// Disproven.
    TotalFailed,
}

impl Indication {
    /// The name in ETSI EN 319 102-1.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TotalPassed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::TotalFailed => "TOTAL-FAILED",
        }
    }
}

impl fmt::Display for Indication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Indication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Declares the sub-indications with their names and indications.
macro_rules! sub_indications {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $indication:ident,)*) => {
        /// Why a verdict is not TOTAL-PASSED (ETSI EN 319 102-1 §5.1.3).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SubIndication {
            $($(#[$doc])* $variant,)*
        }

        impl SubIndication {
            /// The name in ETSI EN 319 102-1.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The indication it belongs to.
            #[must_use]
            pub fn indication(self) -> Indication {
                match self { $(Self::$variant => Indication::$indication,)* }
            }
        }
    };
}

sub_indications! {
    /// Not of the form that the standards ask for.
    FormatFailure = "FORMAT_FAILURE" => TotalFailed,
    /// A digest is not that of the data.
    HashFailure = "HASH_FAILURE" => TotalFailed,
    /// A signature does not hold.
    SigCryptoFailure = "SIG_CRYPTO_FAILURE" => TotalFailed,
    /// The certificate has been revoked.
    Revoked = "REVOKED" => TotalFailed,
    /// `genTime` is after the end of the signer's certificate.
    Expired = "EXPIRED" => TotalFailed,
    /// `genTime` is before the beginning of the signer's certificate.
    NotYetValid = "NOT_YET_VALID" => TotalFailed,
    /// The signature breaks a constraint on signatures.
    SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE" => Indeterminate,
    /// A certificate breaks a constraint on certificates.
    ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE" => Indeterminate,
    /// The chain does not hold for another reason.
    CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE" => Indeterminate,
    /// An issuer has been revoked, and nothing proves that the certificate existed before.
    RevokedCaNoPoe = "REVOKED_CA_NO_POE" => Indeterminate,
    /// The signer's certificate is not there.
    NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND" => Indeterminate,
    /// No chain leads to a trust anchor.
    NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND" => Indeterminate,
    /// An algorithm or key is not acceptable, or not known here.
    CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE" => Indeterminate,
    /// As above, and nothing proves that the signature existed while it was acceptable.
    CryptoConstraintsFailureNoPoe = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" => Indeterminate,
    /// The verification policy could not be applied.
    PolicyProcessingError = "POLICY_PROCESSING_ERROR" => Indeterminate,
    /// Times are not in the order they must have.
    TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE" => Indeterminate,
    /// The signer's certificate has expired since, and nothing proves that the signature existed
    /// before.
    OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE" => Indeterminate,
    /// Information is missing that may become available.
    TryLater = "TRY_LATER" => Indeterminate,
    /// The signed data are not there.
    SignedDataNotFound = "SIGNED_DATA_NOT_FOUND" => Indeterminate,
}

impl fmt::Display for SubIndication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for SubIndication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// Made, and as it should be.
    Passed,
    /// Made, and not as it should be.
    Failed,
    /// Not made; the reason is in the detail.
    NotMade,
    /// Made; something to know that does not deny the verdict.
    Note,
}

impl Outcome {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotMade => "not-made",
            Self::Note => "note",
        }
    }
}

/// What a check answers: outcome, effect on the verdict, the values compared.
pub(crate) struct Answer<'c> {
    pub(crate) outcome: Outcome,
    /// Set exactly when the answer denies TOTAL-PASSED.
    pub(crate) denies: Option<SubIndication>,
    pub(crate) detail: Detail<'c>,
}

impl<'c> Answer<'c> {
    pub(crate) fn passed(detail: impl Into<Detail<'c>>) -> Self {
        Self::new(Outcome::Passed, None, detail)
    }

    pub(crate) fn note(detail: impl Into<Detail<'c>>) -> Self {
        Self::new(Outcome::Note, None, detail)
    }

    pub(crate) fn failed(reason: SubIndication, detail: impl Into<Detail<'c>>) -> Self {
        Self::new(Outcome::Failed, Some(reason), detail)
    }

    /// Not made, though the verdict depends on it. What was not looked at disproves nothing, so the
    /// reason is one of INDETERMINATE.
    pub(crate) fn blocked(reason: SubIndication, detail: impl Into<Detail<'c>>) -> Self {
        Self::new(Outcome::NotMade, Some(reason), detail)
    }

    /// Not made, because nothing asks for it.
    pub(crate) fn not_asked(detail: impl Into<Detail<'c>>) -> Self {
        Self::new(Outcome::NotMade, None, detail)
    }

    /// A harmless departure from the standard: a note, or a failure under a strict policy.
    pub(crate) fn deviation(strict: bool, detail: impl Into<Detail<'c>>) -> Self {
        match strict {
            true => Self::failed(SubIndication::FormatFailure, detail),
            false => Self::note(detail),
        }
    }

    fn new(outcome: Outcome, denies: Option<SubIndication>, detail: impl Into<Detail<'c>>) -> Self {
        Self {
            outcome,
            denies,
            detail: detail.into(),
        }
    }

    /// The line of the report, in words.
    pub(crate) fn into_finding(
        self,
        code: &'static str,
        clause: &'static str,
        (zh, en): (&'static str, &'static str),
    ) -> Finding {
        Finding {
            code,
            clause,
            check: Detail::Fixed(zh, en).into_text(),
            result: self.outcome,
            sub_indication: self.denies,
            detail: self.detail.into_text(),
        }
    }
}

/// What became of one check, without the words of a [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckOutcome {
    /// Stable code; it never changes its meaning.
    pub code: &'static str,
    /// What became of the check.
    pub result: Outcome,
    /// Why TOTAL-PASSED is denied, if this check denies it.
    pub sub_indication: Option<SubIndication>,
}

/// One line of the report: which check, by which clause, with which outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Stable code; it never changes its meaning.
    pub code: &'static str,
    /// The clause that asks for the check.
    pub clause: &'static str,
    /// What is checked.
    pub check: Text,
    /// What became of it.
    pub result: Outcome,
    /// Why TOTAL-PASSED is denied, if this finding denies it.
    pub sub_indication: Option<SubIndication>,
    /// The values compared, or why the check was not made.
    pub detail: Text,
}
