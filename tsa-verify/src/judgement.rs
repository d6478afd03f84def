//! A verdict without a word: every check made, and nothing written down yet.
//!
//! For programs that judge many tokens and read few reports: the words of a report take as long as
//! everything else that is not a signature. [`Judgement::report`] says them, by making the same
//! pure checks over the same facts again.

use alloc::vec::Vec;

use crate::checks::{self, Case};
use crate::facts::Facts;
use crate::finding::CheckOutcome;
use crate::verdict::{Verdict, VerifiedTimestamp, fold};
use crate::{CryptoProvider, Evidence, Report, Subject, TrustStore, VerificationPolicy};

/// What became of one token, and what it takes to say why.
#[derive(Debug)]
pub struct Judgement<'a> {
    pub(crate) evidence: Evidence<'a>,
    pub(crate) facts: Facts<'a>,
    pub(crate) trust: &'a TrustStore,
    pub(crate) policy: &'a VerificationPolicy,
    /// The name of the engine.
    pub(crate) engine: &'static str,
    outcomes: Vec<CheckOutcome>,
    verdict: Verdict,
    verified: Option<VerifiedTimestamp>,
}

impl<'a> Judgement<'a> {
    pub(crate) fn make(
        evidence: &Evidence<'a>,
        subject: &'a Subject,
        trust: &'a TrustStore,
        policy: &'a VerificationPolicy,
        crypto: &dyn CryptoProvider,
    ) -> Self {
        let facts = Facts::gather(evidence, subject, trust, crypto);
        let outcomes = checks::outcomes(&Case::new(&facts, policy));
        let (verdict, verified) = fold(&facts, &outcomes);
        Self {
            evidence: *evidence,
            facts,
            trust,
            policy,
            engine: crypto.name(),
            outcomes,
            verdict,
            verified,
        }
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What is proven: `Some` exactly when the verdict is TOTAL-PASSED.
    #[must_use]
    pub fn verified(&self) -> Option<&VerifiedTimestamp> {
        self.verified.as_ref()
    }

    /// What became of each check, in order.
    #[must_use]
    pub fn outcomes(&self) -> &[CheckOutcome] {
        &self.outcomes
    }

    /// The same in words.
    #[must_use]
    pub fn report(self) -> Report {
        Report::make(self)
    }

    /// Takes the verdict and what is proven out of the judgement.
    pub(crate) fn take_verdict(&mut self) -> (Verdict, Option<VerifiedTimestamp>) {
        (self.verdict, self.verified.take())
    }
}
