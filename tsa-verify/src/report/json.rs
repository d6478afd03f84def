//! The report as JSON. Keys are added, never renamed.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use super::{Input, Report};
use crate::finding::{Finding, Indication, Outcome, SubIndication};
use crate::verdict::CertificateDescription;

#[derive(Serialize)]
struct View<'r> {
    verdict: Indication,
    sub_indication: Option<SubIndication>,
    model: &'static str,
    revocation: &'static str,
    /// Whether what follows is proven (TOTAL-PASSED) or merely what the token states.
    statement_verified: bool,
    gen_time: Option<String>,
    earliest: Option<String>,
    latest: Option<String>,
    accuracy_ns: Option<u64>,
    policy: Option<&'r str>,
    serial: Option<&'r str>,
    imprint: Option<Imprint<'r>>,
    signer: Option<&'r CertificateDescription>,
    chain: &'r [CertificateDescription],
    findings: Vec<FindingView<'r>>,
    program: &'static str,
    version: &'static str,
    engine: &'static str,
    strict: bool,
    validation_time: Option<&'r str>,
    validation_time_source: &'static str,
    algorithms: &'static str,
    algorithm_table: Option<&'static str>,
    revocation_wanted: &'static str,
    subject: Option<&'r str>,
    inputs: &'r [Input],
}

#[derive(Serialize)]
struct Imprint<'r> {
    algorithm: &'r str,
    value: &'r str,
}

/// One finding, in both languages.
#[derive(Serialize)]
pub(crate) struct FindingView<'r> {
    code: &'static str,
    clause: &'static str,
    check: &'r str,
    check_zh: &'r str,
    result: Outcome,
    sub_indication: Option<SubIndication>,
    detail: &'r str,
    detail_zh: &'r str,
}

impl<'r> FindingView<'r> {
    pub(crate) fn of(finding: &'r Finding) -> Self {
        Self {
            code: finding.code,
            clause: finding.clause,
            check: &finding.check.en,
            check_zh: &finding.check.zh,
            result: finding.result,
            sub_indication: finding.sub_indication,
            detail: &finding.detail.en,
            detail_zh: &finding.detail.zh,
        }
    }
}

impl<'r> View<'r> {
    fn of(report: &'r Report) -> Self {
        let statement = report.statement.as_ref();
        let interval = statement.and_then(|said| said.interval);
        Self {
            verdict: report.verdict.indication,
            sub_indication: report.verdict.sub_indication,
            model: report.model,
            revocation: "not-checked",
            statement_verified: report.verified.is_some(),
            gen_time: statement.map(|said| said.gen_time.to_string()),
            earliest: interval.map(|(earliest, _)| earliest.to_string()),
            latest: interval.map(|(_, latest)| latest.to_string()),
            accuracy_ns: statement.and_then(|said| said.accuracy_ns),
            policy: statement.map(|said| said.policy.as_str()),
            serial: statement.map(|said| said.serial.as_str()),
            imprint: statement.map(|said| Imprint {
                algorithm: &said.imprint_algorithm,
                value: &said.imprint_value,
            }),
            signer: report.signer.as_ref(),
            chain: &report.chain,
            findings: report.findings.iter().map(FindingView::of).collect(),
            program: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            engine: report.engine,
            strict: report.strict,
            validation_time: report.validation_time.as_deref(),
            validation_time_source: report.validation_time_source,
            algorithms: report.algorithms,
            algorithm_table: None,
            revocation_wanted: report.revocation_wanted,
            subject: report.subject_name.as_deref(),
            inputs: &report.inputs,
        }
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View::of(self).serialize(serializer)
    }
}

pub(super) fn render(report: &Report) -> String {
    // Texts, numbers and lists only: writing them cannot fail.
    serde_json::to_string_pretty(report).unwrap_or_default()
}
