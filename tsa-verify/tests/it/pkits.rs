//! NIST's Public Key Interoperability Test Suite: every case with its policy inputs, revocation
//! required.
//!
//! Each case is judged twice: with its own certificates and CRLs, and with all of the suite in one
//! bag, unordered. Both must give what the suite expects, and a refusal must come from the check
//! that the section of the suite is about.

use tsa_verify::{
    Algorithms, CertificateBag, CrlBag, Indication, PathEvidence, PathPolicy, PathReport,
    TrustStore, WholeProvider, WithDsa, verify_path,
};

use crate::random::Random;
use crate::support::time;
use suite::{Case, Files};

mod suite;

/// Cases that come out otherwise: name, what we say, why. One that no longer does fails.
const EXCEPTIONS: &[(&str, Indication, &str)] = &[];

/// By section of the suite (4.1 and so on): the checks that its refusals may come from.
const SECTIONS: [(&str, &[&str]); 16] = [
    ("401", &["PKX-005", "PKX-010", "PKX-030"]),
    ("402", &["PKX-026", "PKX-032"]),
    ("403", &["PKX-010"]),
    ("404", &["PKX-070"]),
    ("405", &["PKX-070", "PKX-034"]),
    ("406", &["PKX-034"]),
    ("407", &["PKX-036", "PKX-070"]),
    ("408", &["PKX-041"]),
    ("409", &["PKX-041"]),
    ("410", &["PKX-041"]),
    ("411", &["PKX-041"]),
    ("412", &["PKX-041"]),
    ("413", &["PKX-040"]),
    ("414", &["PKX-070"]),
    ("415", &["PKX-070"]),
    ("416", &["PKX-038"]),
];

fn judged(case: &Case, files: &Files, others: &CertificateBag, crls: &CrlBag) -> PathReport {
    let mut policy = PathPolicy::at(time("2022-05-01T00:00:00Z"));
    policy.policies.initial.clone_from(&case.policies);
    policy.policies.require_explicit = case.require_explicit;
    policy.policies.inhibit_mapping = case.inhibit_mapping;
    policy.policies.inhibit_any = case.inhibit_any;
    if case.name.contains("dsa") {
        policy.algorithms = Algorithms::Any;
    }
    let mut trust = TrustStore::new();
    trust
        .add(files.certificate("TrustAnchorRootCertificate.crt"))
        .unwrap();
    let evidence = PathEvidence::new(files.certificate(&case.certificate), others, crls);
    verify_path(&evidence, &trust, &policy, &WithDsa(WholeProvider))
}

/// Judges with what the case names, and nothing else.
fn with_own(case: &Case, files: &Files) -> PathReport {
    let mut others = CertificateBag::new();
    for name in &case.others {
        // Some are damaged on purpose, beyond being certificates.
        let _ = others.add(files.certificate(name));
    }
    let mut crls = CrlBag::new();
    for name in case
        .crls
        .iter()
        .map(String::as_str)
        .chain(["TrustAnchorRootCRL.crl"])
    {
        let _ = crls.add(files.crl(name));
    }
    judged(case, files, &others, &crls)
}

fn refusing(report: &PathReport) -> Option<&'static str> {
    let reason = report.verdict().sub_indication?;
    let mut findings = report.findings().iter();
    findings
        .find(|found| found.sub_indication == Some(reason))
        .map(|found| found.code)
}

/// What is wrong with the outcome of a case, if anything.
fn complaint(case: &Case, report: &PathReport) -> Option<String> {
    let actual = report.verdict().indication;
    let excepted = EXCEPTIONS.iter().find(|(name, ..)| *name == case.name);
    let passes = actual == Indication::TotalPassed;
    match excepted {
        Some((_, as_before, why)) if passes == case.passes => {
            return Some(format!("no longer {as_before} ({why}): drop the exception"));
        }
        Some((_, as_before, _)) if actual == *as_before => return None,
        _ => {}
    }
    let refusing = refusing(report);
    let section = SECTIONS.iter().find(|(id, _)| case.id.starts_with(id));
    let allowed = section.map_or(&[][..], |(_, allowed)| *allowed);
    if passes != case.passes || !refusing.is_none_or(|code| allowed.contains(&code)) {
        return Some(format!(
            "{actual} by {refusing:?}, expected: passes {}",
            case.passes
        ));
    }
    None
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_case_comes_out_as_nist_says() {
    let Some(files) = Files::read() else {
        println!("went without PKITS: neither TSA_CORPORA nor TSA_PKITS is set");
        return;
    };
    let cases = files.cases();
    assert!(cases.len() >= 257, "{} cases", cases.len());
    let complaints: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let complaint = complaint(case, &with_own(case, &files))?;
            Some(format!("{} {}: {complaint}", case.id, case.name))
        })
        .collect();
    assert_none(&complaints);
    println!(
        "PKITS: {} cases, {} exceptions",
        cases.len(),
        EXCEPTIONS.len()
    );
}

/// The order of a bag decides nothing, nor does anything in it that is not needed. A tenth of the
/// cases, or all with `TSA_SOAK=1`.
#[test]
fn every_case_comes_out_the_same_from_a_bag_of_everything() {
    let Some(files) = Files::read() else {
        println!("went without PKITS: neither TSA_CORPORA nor TSA_PKITS is set");
        return;
    };
    let mut random = Random::new();
    let [mut certificates, mut crls] = files.everything();
    let every = if std::env::var_os("TSA_SOAK").is_some() {
        1
    } else {
        10
    };
    let first = random.below(every);
    let mut complaints = Vec::new();
    let mut count = 0;
    for case in files.cases().iter().skip(first).step_by(every) {
        random.shuffle(&mut certificates);
        random.shuffle(&mut crls);
        let (mut bag, mut lists) = (CertificateBag::new(), CrlBag::new());
        for bytes in certificates.iter().chain(certificates.iter().take(20)) {
            let _ = bag.add(bytes);
        }
        for bytes in crls.iter().chain(crls.iter().take(20)) {
            let _ = lists.add(bytes);
        }
        let report = judged(case, &files, &bag, &lists);
        if let Some(complaint) = complaint(case, &report) {
            complaints.push(format!("{} {}: {complaint} ({random})", case.id, case.name));
        }
        count += 1;
    }
    assert_none(&complaints);
    println!("soak: pkits-one-bag {count} cases, {random}");
}

/// Where both are there, the second list of outcomes says the same, and names no case that the
/// first lacks.
#[test]
fn the_lists_of_outcomes_agree() {
    let Some(files) = Files::read() else {
        println!("went without PKITS: neither TSA_CORPORA nor TSA_PKITS is set");
        return;
    };
    let Some(rows) = files.second_list() else {
        println!("went without the second list of outcomes: TSA_CORPORA has it");
        return;
    };
    assert_eq!(rows.len(), 249);
    let cases = files.cases();
    for row in rows {
        let twin = cases.iter().find(|case| case.has_inputs_of(&row));
        let twin = twin.unwrap_or_else(|| panic!("{} is missing", row.name));
        assert_eq!(twin.passes, row.passes, "{}", row.name);
    }
}
