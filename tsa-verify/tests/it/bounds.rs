//! What hostile input may cost: bounded work and the verdict that is due, whatever stands in a bag.
//!
//! Work is counted, by an engine that counts; no test looks at a clock. What the program takes in
//! time and memory is measured by `scripts/bench-bounds` and stands in `docs/bounds.md`.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tsa_verify::{
    CertificateBag, CryptoProvider, DigestAlgorithm, Evidence, Report, SignatureAnswer,
    SignatureScheme, Subject, TrustStore, ValidationTime, VerificationPolicy, WholeProvider,
    inside, limits, verify,
};

use tsa_forge::{Forge, cases};

use crate::support::{certificate, certs_folder, time};

/// Counts what the engine inside is asked.
#[derive(Default)]
struct Counting {
    checks: AtomicUsize,
    digests: AtomicUsize,
}

impl CryptoProvider for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        self.digests.fetch_add(1, Relaxed);
        WholeProvider.digest(algorithm, bytes)
    }

    fn verify(
        &self,
        scheme: &SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer {
        self.checks.fetch_add(1, Relaxed);
        WholeProvider.verify(scheme, subject_public_key_info, message, signature)
    }
}

/// A case of the forge, judged; `given` is put into the caller's bag.
fn judged(name: &str, given: &[&str], engine: &Counting) -> Report {
    let forge = Forge::new().unwrap();
    let case = cases().find(|case| case.name == name).unwrap();
    let input = case.input(&forge);
    let mut anchors = TrustStore::new();
    for anchor in &input.anchors {
        anchors.add(anchor).unwrap();
    }
    let mut bag = CertificateBag::new();
    let given = given.iter().map(|name| certificate(name));
    for certificate in input.bag.iter().cloned().chain(given) {
        bag.add(&certificate).unwrap();
    }
    let subject = Subject::of_content(&input.bytes, &input.file, &WholeProvider);
    let policy = VerificationPolicy::at(ValidationTime::Given(time(input.at)));
    let evidence = Evidence::new(&input.bytes, &bag);
    verify(&evidence, &subject, &anchors, &policy, engine)
}

/// Case, most signature checks, whether it passes. The token's own check is among them.
#[rustfmt::skip]
const CROWDS: &[(&str, usize, bool)] = &[
    // The key identifier in the signer's certificate is a digest of the right key.
    ("ten-thousand-intermediates-and-the-real-one", 3, true),
    // Names lead nowhere from the others.
    ("ten-thousand-intermediates-of-the-right-key", 3, true),
    ("five-hundred-intermediates-in-the-name-of-the-root", 700, true),
    ("five-thousand-intermediates-in-the-name-of-the-root-rsa", 5_200, true),
    // 700 of 600,000 each, and 20 for those of the names in the end.
    ("ten-thousand-intermediates", 900, false),
];

#[test]
fn a_crowd_in_the_bag_costs_a_bounded_number_of_checks() {
    for (name, checks_max, passes) in CROWDS {
        let engine = Counting::default();
        let report = judged(name, &[], &engine);
        assert_eq!(report.verified().is_some(), *passes, "{name}");
        let checks = engine.checks.load(Relaxed);
        assert!(checks <= *checks_max, "{name}: {checks} checks");
        let digests = engine.digests.load(Relaxed);
        assert!(digests <= 8, "{name}: {digests} digests");
    }
}

#[test]
fn what_the_caller_gives_is_tried_before_what_the_token_brings() {
    let engine = Counting::default();
    let report = judged("ten-thousand-intermediates", &["intermediate"], &engine);
    assert!(report.verified().is_some());
    assert_eq!(engine.checks.load(Relaxed), 3);
}

#[test]
fn what_cannot_be_read_costs_no_check_at_all() {
    let names = [
        "nested-100000",
        "nested-100000-indefinite",
        "nested-100000-never-closed",
        "nested-100000-unsigned",
        "length-2-gib",
        "oid-1-mb-attribute",
    ];
    for name in names {
        let engine = Counting::default();
        let report = judged(name, &[], &engine);
        assert!(report.verified().is_none(), "{name}");
        assert_eq!(engine.checks.load(Relaxed), 0, "{name}");
    }
}

#[test]
fn a_policy_tree_costs_one_check_a_certificate() {
    let engine = Counting::default();
    let report = judged("policy-tree", &[], &engine);
    assert!(report.verified().is_none());
    assert!(engine.checks.load(Relaxed) <= limits::PATH_CERTIFICATES_MAX + 1);
}

/// Found by fuzzing: the same certificates twice were searched in another way, and another of two
/// equally bad paths was named.
#[test]
fn a_certificate_that_is_there_twice_makes_no_bag_larger() {
    let names = std::fs::read_dir(certs_folder())
        .unwrap()
        .filter_map(|file| {
            let path = file.unwrap().path();
            let is_certificate = path.extension().is_some_and(|extension| extension == "pem");
            is_certificate.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
        });
    let mut names: Vec<String> = names.collect();
    names.sort();
    let certificates: Vec<Vec<u8>> = names.iter().map(|name| certificate(name)).collect();
    let is_large = |count: usize, times: usize| {
        let few = certificates.iter().take(count).map(Vec::as_slice);
        inside::is_large_bag(&few.collect::<Vec<_>>().repeat(times))
    };
    let smallest = (0..certificates.len()).find(|count| is_large(*count, 1));
    let smallest = smallest.expect("many certificates are many");
    assert!(smallest > limits::PATH_SMALL_BAG_MAX);
    assert!(!is_large(smallest - 1, 3));
}
