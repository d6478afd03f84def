//! Paths and bags that are made to cost time: each has its verdict all the same.
//!
//! What blows up does not end, so no test here looks at a clock.

use tsa_core::tlv::value;
use tsa_verify::{
    CertificateBag, CrlBag, Indication, PathEvidence, PathPolicy, PathReport, RingProvider,
    verify_path,
};

use crate::paths_made::{
    Made, common_name, encoded_oid, extension, intermediate, key_of, name_constraints, of_ca,
    signer,
};
use crate::random::Random;
use crate::support::{Kind, time, trust};

fn judged(leaf: &[u8], others: &[Vec<u8>], change: impl FnOnce(&mut PathPolicy)) -> PathReport {
    let mut bag = CertificateBag::new();
    for other in others {
        bag.add(other).unwrap();
    }
    let mut policy = PathPolicy::at(time("2026-06-01T00:00:00Z"));
    policy.requires_revocation = false;
    change(&mut policy);
    let crls = CrlBag::new();
    let evidence = PathEvidence::new(leaf, &bag, &crls);
    verify_path(&evidence, &trust(&["root"]), &policy, &RingProvider)
}

fn summary(report: &PathReport) -> String {
    let mut findings = report.findings().iter();
    let denying = findings.find(|found| found.sub_indication.is_some());
    let code = denying.map_or("", |found| found.code);
    format!("{} {code}", report.verdict().indication)
}

fn policies(count: usize) -> Vec<Vec<u8>> {
    let policy = |number| encoded_oid(&format!("2.999.{number}"));
    (0..count).map(policy).collect()
}

/// certificatePolicies of so many, and policyMappings from each to each.
fn mapped_to_each_other(count: usize) -> Vec<Vec<u8>> {
    let list: Vec<Vec<u8>> = policies(count)
        .iter()
        .map(|policy| value(&[0x30], policy))
        .collect();
    let mut pairs = Vec::new();
    for one in policies(count) {
        for other in policies(count) {
            pairs.push(value(&[0x30], &[one.clone(), other].concat()));
        }
    }
    vec![
        extension("2.5.29.32", false, &value(&[0x30], &list.concat())),
        extension("2.5.29.33", true, &value(&[0x30], &pairs.concat())),
    ]
}

/// Ten issuers one below the other, all with the same key.
fn chain(more: &dyn Fn(usize) -> Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let name = |depth: usize| common_name(&format!("CA {depth}"));
    let below = |depth: usize| Made {
        issuer: name(depth - 1),
        subject: name(depth),
        key: key_of("intermediate"),
        signed_by: ("intermediate", Kind::P384),
        extensions: of_ca(&more(depth)),
        version: 3,
    };
    let top = intermediate(&name(0), &more(0)).der();
    let mut certificates = vec![top];
    certificates.extend((1..10).map(|depth| below(depth).der()));
    certificates
}

/// As a tree this has 16 to the power of 10 leaves.
#[test]
fn policies_that_map_to_each_other_at_every_level_are_judged() {
    let above = chain(&|_| mapped_to_each_other(16));
    let mut leaf = signer(&common_name("CA 9"), &common_name("Leaf"));
    let own = |number: usize| {
        let policy = value(&[0x30], &encoded_oid(&format!("2.999.{number}")));
        extension("2.5.29.32", false, &value(&[0x30], &policy))
    };
    for (number, expected) in [(7, "TOTAL-PASSED "), (16, "INDETERMINATE PKX-041")] {
        leaf.extensions.truncate(2);
        leaf.extensions.push(own(number));
        let report = judged(&leaf.der(), &above, |policy| {
            policy.policies.require_explicit = true;
            policy.policies.initial = vec!["2.999.3".parse().unwrap()];
        });
        assert_eq!(summary(&report), expected);
    }
}

#[test]
fn a_policy_too_many_is_not_read() {
    for (count, expected) in [(256, "TOTAL-PASSED "), (257, "INDETERMINATE PKX-038")] {
        let list: Vec<Vec<u8>> = policies(count)
            .iter()
            .map(|policy| value(&[0x30], policy))
            .collect();
        let list = extension("2.5.29.32", false, &value(&[0x30], &list.concat()));
        let issuer = common_name("CA");
        let above = intermediate(&issuer, &[list]).der();
        let leaf = signer(&issuer, &common_name("Leaf")).der();
        assert_eq!(
            summary(&judged(&leaf, &[above], |_| {})),
            expected,
            "{count}"
        );
    }
}

/// Each has another key; that of the right one is named in the leaf, or it is among those tried.
#[test]
fn ten_thousand_issuers_of_one_name_have_a_verdict() {
    let issuer = common_name("One of many");
    let key_identifier = value(&[0x30], &value(&[0x80], b"right"));
    let subject_key = |identifier: &[u8]| extension("2.5.29.14", false, &value(&[4], identifier));
    let mut others: Vec<Vec<u8>> = (0..10_000_u32)
        .map(|number| {
            let mut made = intermediate(&issuer, &[subject_key(&number.to_be_bytes())]);
            let at = made.key.len() - 8;
            made.key.splice(at..at + 4, number.to_be_bytes());
            made.der_unsigned()
        })
        .collect();
    others.push(intermediate(&issuer, &[subject_key(b"right")]).der());
    Random::new().shuffle(&mut others);
    let mut leaf = signer(&issuer, &common_name("Leaf"));
    let report = judged(&leaf.der(), &others, |_| {});
    assert_ne!(report.verdict().indication, Indication::TotalFailed);
    leaf.extensions
        .push(extension("2.5.29.35", false, &key_identifier));
    let report = judged(&leaf.der(), &others, |_| {});
    assert_eq!(summary(&report), "TOTAL-PASSED ");
}

/// Many subtrees at every level, many names at the end.
#[test]
fn constraints_at_every_level_upon_many_names_have_a_verdict() {
    let label = "x".repeat(60);
    let host = |number: usize| value(&[0x82], format!("a{number}.{label}.test").as_bytes());
    let bases: Vec<Vec<u8>> = (0..100).map(host).collect();
    let constraints = extension("2.5.29.30", true, &name_constraints(1, &bases));
    let above = chain(&|_| vec![constraints.clone()]);
    let names: Vec<Vec<u8>> = (100..200).map(host).collect();
    let mut leaf = signer(&common_name("CA 9"), &common_name("Leaf"));
    let names = value(&[0x30], &names.concat());
    leaf.extensions.push(extension("2.5.29.17", false, &names));
    assert_eq!(
        summary(&judged(&leaf.der(), &above, |_| {})),
        "TOTAL-PASSED "
    );
}
