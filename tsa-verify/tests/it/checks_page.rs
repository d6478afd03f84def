//! `docs/checks.md` is what the code says, and the code does what it says there.

use std::collections::BTreeMap;

use tsa_verify::{
    CheckDescription, Finding, Model, Outcome, ValidationTime, VerificationPolicy,
    check_descriptions, checks_markdown,
};

use crate::support::{Token, bag, judge_with, summary, time, trust};
use crate::vectors::{Question, stored};

#[test]
fn the_page_is_written_by_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/checks.md");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(
        page == checks_markdown(),
        "write it by `tsa-verify checks --format markdown > docs/checks.md`"
    );
}

/// What a finding says that its line in the page does not.
fn unsaid(finding: &Finding, strict: bool, line: &CheckDescription) -> Option<String> {
    let reason = finding.sub_indication;
    let said = match (finding.result, reason) {
        (Outcome::Failed, Some(reason)) => {
            let departure = strict && line.departs && reason.name() == "FORMAT_FAILURE";
            line.denies.contains(&reason) || departure
        }
        (Outcome::NotMade, Some(reason)) => line.missing.contains(&reason),
        (Outcome::NotMade, None) => line.unasked.is_some(),
        _ => true,
    };
    let what = || format!("{} {:?} {reason:?}", finding.code, finding.result);
    (!said).then(what)
}

#[test]
fn every_finding_of_every_vector_is_as_the_page_says() {
    let lines: BTreeMap<&str, CheckDescription> =
        check_descriptions().map(|line| (line.code, line)).collect();
    let mut wrong = Vec::new();
    for (name, text) in stored() {
        let question = Question::new(&text);
        for strict in [false, true] {
            let report = question.judge(strict);
            for finding in report.findings() {
                match lines.get(finding.code) {
                    None => wrong.push(format!("{name}: {} has no line", finding.code)),
                    Some(line) => {
                        let unsaid = unsaid(finding, strict, line);
                        wrong.extend(unsaid.map(|what| format!("{name}: {what}")));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn by_the_model_of_etsi_a_token_does_not_outlive_its_certificates() {
    let token = Token::p256().signed();
    let judged = |at: &str, model| {
        let at = ValidationTime::Given(time(at));
        let policy = VerificationPolicy::at(at).with_model(model);
        let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &policy);
        (summary(&report), report.to_json())
    };
    let (before, after) = ("2026-06-01T00:00:00Z", "2060-06-01T00:00:00Z");
    assert!(judged(before, Model::Etsi).0.starts_with("TOTAL-PASSED"));
    assert!(judged(after, Model::GenTime).0.starts_with("TOTAL-PASSED"));
    let (summary, json) = judged(after, Model::Etsi);
    assert_eq!(summary, "INDETERMINATE OUT_OF_BOUNDS_NO_POE PKX-060");
    assert!(json.contains("\"model\": \"etsi\"") || json.contains("\"model\":\"etsi\""));
}
