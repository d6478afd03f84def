//! Paths, CRLs and names: bytes that a stranger chose, and an engine that a stranger convinced.

use tsa_core::tlv::{Reader, scan, value};
use tsa_core::{CertificateAnatomy, DigestAlgorithm};
use tsa_verify::{
    CertificateBag, CrlBag, CryptoProvider, GenTime, Indication, Lang, PathEvidence, PathPolicy,
    PathPurpose, PathReport, SignatureAnswer, SignatureScheme, TrustStore, inside, verify_path,
};

/// Bytes before the values of [`path`].
pub const PATH_HEAD_BYTES: usize = 4;

/// Most values that one input is taken apart into.
const VALUES_MAX: usize = 64;

/// An engine that says what it was told to.
#[derive(Clone, Copy)]
struct Fake(SignatureAnswer);

impl CryptoProvider for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn digest(&self, _: DigestAlgorithm, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn verify(&self, _: &SignatureScheme, _: &[u8], _: &[u8], signature: &[u8]) -> SignatureAnswer {
        match signature.first() {
            Some(0) => SignatureAnswer::DoesNotHold,
            Some(1) => SignatureAnswer::Unsupported,
            _ => self.0,
        }
    }
}

/// Values one after the other.
fn values(bytes: &[u8]) -> Vec<Vec<u8>> {
    let all = value(&[0x30], bytes);
    let Ok(scanned) = scan(&all) else {
        return Vec::new();
    };
    let list = Reader::new(&scanned).sequence("values");
    let list = list.and_then(|list| list.elements("values", VALUES_MAX));
    list.map_or_else(
        |_| Vec::new(),
        |list| list.iter().map(|one| one.raw.to_vec()).collect(),
    )
}

fn judged(
    others: &[Vec<u8>],
    anchors: &[&Vec<u8>],
    policy: &PathPolicy,
    answer: SignatureAnswer,
    first: &[u8],
) -> PathReport {
    let (mut bag, mut crls, mut trust) = (CertificateBag::new(), CrlBag::new(), TrustStore::new());
    for other in others {
        let _ = (bag.add(other), crls.add(other));
    }
    for anchor in anchors {
        let _ = trust.add(anchor);
    }
    let evidence = PathEvidence::new(first, &bag, &crls);
    verify_path(&evidence, &trust, policy, &Fake(answer))
}

/// Four bytes say who is trusted, what is asked, when, and what is looked at beside the verdict;
/// then values, the certificate in question first. Nothing passes without an anchor, or when no
/// signature holds; the order of a bag and what is in it twice decide nothing.
///
/// # Panics
/// When that does not hold.
pub fn path(bytes: &[u8]) {
    let Some((&[trusted, asked, days, look], rest)) = bytes.split_first_chunk() else {
        return;
    };
    let values = values(rest);
    let Some((first, others)) = values.split_first() else {
        return;
    };
    let day = 1_577_836_800 + 8_640_000 * i64::from(days);
    let mut policy = PathPolicy::at(GenTime::from_unix(day, 0).expect("a time of this century"));
    policy.requires_revocation = asked & 1 != 0;
    policy.policies.require_explicit = asked & 2 != 0;
    policy.policies.inhibit_mapping = asked & 4 != 0;
    policy.policies.inhibit_any = asked & 8 != 0;
    if asked & 16 != 0 {
        policy.purpose = PathPurpose::TimeStamping;
    }
    let is_trusted = |index: &usize| trusted & (1 << (index % 8)) != 0;
    let anchors: Vec<&Vec<u8>> = (0..)
        .zip(others)
        .filter(|(index, _)| is_trusted(index))
        .map(|(_, one)| one)
        .collect();
    let report = judged(others, &anchors, &policy, SignatureAnswer::Holds, first);
    let passed = |report: &PathReport| report.verdict().indication == Indication::TotalPassed;
    assert!(!passed(&report) || report.chain().last().is_some_and(|last| last.trust_anchor));
    // One of them each time: they take as long as the verdict.
    match look & 3 {
        0 => assert!(report.to_json().contains("findings")),
        1 => assert!(!report.text(Lang::Zh).is_empty()),
        2 => assert!(!report.text(Lang::En).is_empty()),
        _ => {}
    }
    let unsigned = |answer| {
        let unsigned = judged(others, &anchors, &policy, answer, first);
        let is_anchor = anchors.contains(&first);
        assert!(!passed(&unsigned) || is_anchor, "no signature holds");
    };
    match look >> 2 & 3 {
        0 => {
            let mut shuffled: Vec<Vec<u8>> = others.iter().rev().cloned().collect();
            shuffled.extend_from_slice(others);
            let again = judged(&shuffled, &anchors, &policy, SignatureAnswer::Holds, first);
            assert_eq!(again.findings(), report.findings());
        }
        1 => {
            let nobody = judged(others, &[], &policy, SignatureAnswer::Holds, first);
            assert!(!passed(&nobody), "nobody is trusted");
        }
        2 => unsigned(SignatureAnswer::DoesNotHold),
        _ => unsigned(SignatureAnswer::Unsupported),
    }
}

/// Values: names and constraints. Both comparisons of names agree, in both directions; what is
/// within a subtree reaches into it.
///
/// # Panics
/// When that does not hold.
pub fn names(bytes: &[u8]) {
    let values = values(bytes);
    for pair in values.windows(2) {
        let [first, second] = pair else { continue };
        let (by_key, by_parts) = inside::same_name(first, second);
        assert_eq!(by_key, by_parts);
        assert_eq!(inside::same_name(second, first), (by_key, by_parts));
        assert_eq!(inside::same_name(first, first), (true, true));
        if let Some((within, reaches)) = inside::within(first, second) {
            assert!(reaches || !within);
        }
        let _ = inside::constraints(first, second);
        if let Ok(anatomy) = CertificateAnatomy::read(second) {
            // A certificate whose own subject is excluded is never within.
            let subject = value(&[0xa4], anatomy.subject);
            let excluded = value(&[0xa1], &value(&[0x30], &subject));
            let answer = inside::constraints(&value(&[0x30], &excluded), second);
            let is_empty = anatomy.subject == [0x30, 0];
            assert!(is_empty || answer != Some("within"), "{answer:?}");
        }
    }
}
