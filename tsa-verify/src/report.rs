//! The report: verdict, findings and everything they depend on, for programs and for people.
//!
//! What a token states is in a report even when the verdict is not TOTAL-PASSED, marked as
//! unverified; a program that wants to rely on a time asks [`Report::verified`].

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use tsa_core::{Accuracy, GenTime};

use crate::checks::Case;
use crate::crypto::digests::sha256;
use crate::facts::Facts;
use crate::finding::Finding;
use crate::policy::{Algorithms, Revocation};
use crate::text::{hex, shown, shown_hex, shown_integer};
use crate::verdict::{
    CertificateDescription, Verdict, VerifiedTimestamp, described_chain, interval,
};
use crate::{Judgement, Lang};

mod ground;
mod json;
mod text;

pub(crate) use ground::{findings as push_findings, inputs as push_inputs};
pub(crate) use json::FindingView;

/// What a token states, whether true or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) gen_time: GenTime,
    pub(crate) interval: Option<(GenTime, GenTime)>,
    pub(crate) accuracy_ns: Option<u64>,
    pub(crate) policy: String,
    pub(crate) serial: String,
    pub(crate) imprint_algorithm: String,
    pub(crate) imprint_value: String,
}

/// One input or anchor, by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Input {
    /// What it was used as: `token`, `file`, `request`, `intermediate`, `trust-anchor`.
    pub role: String,
    /// Where it came from, or whose it is; harmless to show.
    pub name: String,
    /// Its SHA-256.
    pub sha256: String,
}

/// The outcome of one verification.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) verdict: Verdict,
    pub(crate) verified: Option<VerifiedTimestamp>,
    pub(crate) statement: Option<Statement>,
    pub(crate) signer: Option<CertificateDescription>,
    pub(crate) chain: Vec<CertificateDescription>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) subject_name: Option<String>,
    /// The caller had the file, not only its digest.
    pub(crate) file_given: bool,
    pub(crate) model: &'static str,
    pub(crate) strict: bool,
    pub(crate) validation_time: Option<String>,
    pub(crate) validation_time_source: &'static str,
    pub(crate) algorithms: &'static str,
    pub(crate) revocation_wanted: &'static str,
    pub(crate) engine: &'static str,
}

impl Report {
    pub(crate) fn make(mut judgement: Judgement<'_>) -> Self {
        let (verdict, verified) = judgement.take_verdict();
        let Judgement {
            evidence,
            facts,
            trust,
            policy,
            engine,
            ..
        } = &judgement;
        let case = Case::new(facts, policy);
        let (at, findings) = (case.at, crate::checks::findings(&case));
        let mut report = Self {
            verdict,
            verified,
            statement: statement(facts),
            signer: facts
                .signer
                .certificate()
                .map(|certificate| CertificateDescription::of(certificate, false)),
            chain: described_chain(facts),
            findings,
            inputs: Vec::new(),
            subject_name: None,
            file_given: facts.subject.has_file(),
            model: policy.model.name(),
            strict: policy.strict,
            validation_time: at.map(|at| at.to_string()),
            validation_time_source: policy.validation_time.source(),
            algorithms: match policy.algorithms {
                Algorithms::Table => "table",
                Algorithms::Any => "any",
            },
            revocation_wanted: match policy.revocation {
                Revocation::IfAvailable => "if-available",
                Revocation::Require => "require",
                Revocation::Off => "off",
            },
            engine,
        };
        report.push_input("token", "", &sha256(evidence.token));
        for certificate in evidence.intermediates.certificates() {
            report.push_input("intermediate", "", &sha256(certificate));
        }
        for (name, digest) in trust.descriptions() {
            // Already harmless.
            report.inputs.push(Input {
                role: "trust-anchor".to_string(),
                name,
                sha256: hex(&digest),
            });
        }
        report
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

    /// Every check, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The digests of everything that was looked at.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Names an input that the caller has read, with its SHA-256: `file`, `request` or another
    /// role.
    #[must_use]
    pub fn with_input(mut self, role: &str, name: &str, sha256: &[u8; 32]) -> Self {
        self.push_input(role, name, sha256);
        self
    }

    /// Names the file that the token is about.
    #[must_use]
    pub fn with_subject_name(self, name: &str) -> Self {
        Self {
            subject_name: Some(shown(name)),
            ..self
        }
    }

    /// Says where the token was read from.
    #[must_use]
    pub fn with_token_name(mut self, name: &str) -> Self {
        for input in self.inputs.iter_mut().filter(|input| input.role == "token") {
            input.name = shown(name);
        }
        self
    }

    /// As JSON, in the shape that `docs/` describes.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::render(self)
    }

    /// For people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        text::render(self, lang)
    }

    fn push_input(&mut self, role: &str, name: &str, sha256: &[u8]) {
        self.inputs.push(Input {
            role: shown(role),
            name: shown(name),
            sha256: hex(sha256),
        });
    }
}

fn statement(facts: &Facts<'_>) -> Option<Statement> {
    let info = facts.tst_info()?;
    let imprint = &info.message_imprint;
    Some(Statement {
        gen_time: info.gen_time,
        interval: interval(info.gen_time, info.accuracy.as_ref()),
        accuracy_ns: info.accuracy.as_ref().and_then(Accuracy::to_nanos),
        policy: info.policy.to_string(),
        serial: shown_integer(&info.serial_number),
        imprint_algorithm: match imprint.digest_algorithm() {
            Some(known) => known.name().to_string(),
            None => imprint.hash_algorithm.algorithm.to_string(),
        },
        imprint_value: shown_hex(&imprint.hashed_message),
    })
}
