//! CRLs made here: which are believed, and what they say of a path.

use tsa_core::Integer;
use tsa_core::tlv::value;
use tsa_verify::{
    CertificateBag, CrlBag, Indication, PathEvidence, PathPolicy, PathReport, RingProvider,
    verify_path,
};

use crate::paths_made::{
    Made, common_name, extension, intermediate, key_of, signed, signer, subject_of,
};
use crate::random::Random;
use crate::support::{Kind, algorithm_identifier, time, trust};

const PASSED: &str = "TOTAL-PASSED";
const OTHER_ROOT: &str = "bad-unrelated-root";
const AT: &str = "2026-06-01T00:00:00Z";

/// A CRL to be made; by default current at [`AT`] and empty.
#[derive(Clone)]
struct MadeCrl {
    issuer: Vec<u8>,
    this_update: &'static str,
    next_update: Option<&'static str>,
    /// Encoded.
    entries: Vec<Vec<u8>>,
    extensions: Vec<Vec<u8>>,
    signed_by: &'static str,
    kind: Kind,
}

impl MadeCrl {
    fn by(issuer: &[u8], key: &'static str) -> Self {
        Self {
            issuer: issuer.to_vec(),
            this_update: "20260501000000Z",
            next_update: Some("20260701000000Z"),
            entries: Vec::new(),
            extensions: vec![number(10)],
            signed_by: key,
            kind: Kind::P384,
        }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    fn der(&self) -> Vec<u8> {
        let kind = self.kind;
        let at = |text: &str| value(&[24], text.as_bytes());
        let entries = match self.entries.as_slice() {
            [] => Vec::new(),
            entries => value(&[0x30], &entries.concat()),
        };
        let fields = [
            vec![2, 1, 1],
            algorithm_identifier(&kind.algorithm()),
            self.issuer.clone(),
            at(self.this_update),
            self.next_update.map(at).unwrap_or_default(),
            entries,
            value(&[0xa0], &value(&[0x30], &self.extensions.concat())),
        ];
        let tbs = value(&[0x30], &fields.concat());
        let signature = kind.sign(self.signed_by, &tbs);
        signed(tbs, &kind.algorithm(), &signature)
    }
}

fn number(number: u64) -> Vec<u8> {
    let content = Integer::from(number);
    extension("2.5.29.20", false, &value(&[2], content.content()))
}

fn delta_of(base: u64) -> Vec<u8> {
    let content = Integer::from(base);
    extension("2.5.29.27", true, &value(&[2], content.content()))
}

fn issuing_point(content: &[u8]) -> Vec<u8> {
    extension("2.5.29.28", true, &value(&[0x30], content))
}

/// All certificates made here have the serial number 4242.
fn entry(serial: u64, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        extensions => value(&[0x30], &extensions.concat()),
    };
    let serial = value(&[2], Integer::from(serial).content());
    let date = value(&[24], b"20260401000000Z");
    value(&[0x30], &[serial, date, extensions].concat())
}

fn reason(code: u8) -> Vec<u8> {
    extension("2.5.29.21", false, &[10, 1, code])
}

fn issuer() -> Vec<u8> {
    common_name("CA with CRLs")
}

fn leaf() -> Made {
    signer(&issuer(), &common_name("Leaf"))
}

/// What `root` says of the intermediate.
fn of_root() -> MadeCrl {
    MadeCrl::by(&subject_of("root"), "root")
}

/// What the intermediate says of the leaf.
fn of_ca_below() -> MadeCrl {
    MadeCrl::by(&issuer(), "intermediate")
}

fn judged(leaf: &[u8], others: &[Vec<u8>], crls: &[Vec<u8>]) -> PathReport {
    judged_with(leaf, others, crls, &["root"])
}

fn judged_with(leaf: &[u8], others: &[Vec<u8>], crls: &[Vec<u8>], anchors: &[&str]) -> PathReport {
    let mut bag = CertificateBag::new();
    for other in others {
        bag.add(other).unwrap();
    }
    let mut lists = CrlBag::new();
    for crl in crls {
        lists.add(crl).unwrap();
    }
    let evidence = PathEvidence::new(leaf, &bag, &lists);
    let policy = PathPolicy::at(time(AT));
    verify_path(&evidence, &trust(anchors), &policy, &RingProvider)
}

/// The verdict, its reason and the check behind it.
fn summary(report: &PathReport) -> String {
    let verdict = report.verdict();
    let mut findings = report.findings().iter();
    let behind = findings.find(|found| found.sub_indication.is_some());
    match (verdict.sub_indication, behind) {
        (Some(reason), Some(found)) => {
            let detail = found.detail.en.rsplit(": ").next().unwrap().to_string();
            format!("{} {reason} {}: {detail}", verdict.indication, found.code)
        }
        _ => verdict.indication.to_string(),
    }
}

fn of_crls(of_root: &MadeCrl, of_ca: &MadeCrl) -> String {
    let above = intermediate(&issuer(), &[]).der();
    let report = judged(&leaf().der(), &[above], &[of_root.der(), of_ca.der()]);
    summary(&report)
}

fn unknown(why: &str) -> String {
    format!("INDETERMINATE TRY_LATER PKX-070: {why}")
}

#[test]
fn only_a_current_crl_by_the_issuer_is_believed() {
    let sound = of_ca_below();
    let stale = unknown("the CRL is stale, or does not say when the next one is due");
    let unusable =
        unknown("the CRL has a critical extension that is not processed, or is malformed");
    let table = [
        ("sound", sound.clone(), PASSED.to_string()),
        (
            "stale",
            sound.with(|crl| crl.next_update = Some("20260531235959Z")),
            stale.clone(),
        ),
        (
            "without nextUpdate",
            sound.with(|crl| crl.next_update = None),
            stale,
        ),
        (
            "of the future",
            sound.with(|crl| crl.this_update = "20260601000001Z"),
            unknown("the CRL was issued after the time in question"),
        ),
        (
            "by another",
            sound.with(|crl| crl.issuer = common_name("Another")),
            unknown("there is no CRL for it"),
        ),
        (
            "signed by another",
            sound.with(|crl| crl.signed_by = "root"),
            unknown("the CRL's signature does not hold"),
        ),
        (
            "unknown critical extension",
            sound.with(|crl| crl.extensions.push(extension("1.2.3.4", true, b"x"))),
            unusable.clone(),
        ),
        (
            "unknown critical extension of another entry",
            sound.with(|crl| {
                crl.entries = vec![entry(1, &[extension("1.2.3.4", true, b"x")])];
            }),
            unusable.clone(),
        ),
        (
            "number there twice",
            sound.with(|crl| crl.extensions.push(number(10))),
            unusable.clone(),
        ),
        (
            "an issuer of entries, though not indirect",
            sound.with(|crl| {
                let name = value(&[0xa4], &common_name("Another"));
                let name = extension("2.5.29.29", true, &value(&[0x30], &name));
                crl.entries = vec![entry(4_242, &[name])];
            }),
            unusable,
        ),
        (
            "only a delta",
            sound.with(|crl| crl.extensions.push(delta_of(9))),
            unknown("there are only delta CRLs, without the complete one they build upon"),
        ),
    ];
    for (what, crl, expected) in table {
        assert_eq!(of_crls(&of_root(), &crl), expected, "{what}");
    }
}

#[test]
fn scope_and_reasons_decide_whom_a_crl_is_about() {
    let other = "the CRL is about other certificates or another distribution point";
    let table: [(&str, &[u8], String); 6] = [
        ("users", &[0x81, 1, 0xff], PASSED.to_string()),
        ("authorities", &[0x82, 1, 0xff], unknown(other)),
        ("attributes", &[0x85, 1, 0xff], unknown(other)),
        ("indirect", &[0x84, 1, 0xff], PASSED.to_string()),
        (
            "key compromise",
            &[0x83, 2, 6, 0x40],
            unknown("the usable CRLs do not cover all reasons of revocation"),
        ),
        (
            "another point",
            &[0xa0, 7, 0xa0, 5, 0x86, 3, b'a', b':', b'b'],
            unknown(other),
        ),
    ];
    for (what, point, expected) in table {
        let crl = of_ca_below().with(|crl| crl.extensions.push(issuing_point(point)));
        assert_eq!(of_crls(&of_root(), &crl), expected, "{what}");
    }
}

#[test]
fn who_is_revoked_is_denied_whatever_the_reason() {
    let leaf_revoked = "TOTAL-FAILED REVOKED PKX-070: “CN=Leaf” has been revoked at \
                        2026-04-01T00:00:00Z, ";
    let table = [
        (vec![], format!("{leaf_revoked}without a reason")),
        (
            vec![reason(1)],
            format!("{leaf_revoked}reason keyCompromise"),
        ),
        (vec![reason(4)], format!("{leaf_revoked}reason superseded")),
        (
            vec![
                reason(1),
                extension("2.5.29.24", false, &value(&[24], b"20260301000000Z")),
            ],
            format!("{leaf_revoked}reason keyCompromise, invalid since 2026-03-01T00:00:00Z"),
        ),
    ];
    for (extensions, expected) in table {
        let crl = of_ca_below().with(|crl| crl.entries = vec![entry(4_242, &extensions)]);
        assert_eq!(of_crls(&of_root(), &crl), expected);
    }
    let revoked = |crl: &mut MadeCrl| crl.entries = vec![entry(4_242, &[])];
    let issuer = of_crls(&of_root().with(revoked), &of_ca_below());
    assert!(
        issuer.starts_with("INDETERMINATE REVOKED_CA_NO_POE PKX-070"),
        "{issuer}"
    );
    let hold = of_ca_below().with(|crl| crl.entries = vec![entry(4_242, &[reason(6)])]);
    let hold = of_crls(&of_root(), &hold);
    assert!(
        hold.starts_with("INDETERMINATE TRY_LATER PKX-070: “CN=Leaf”"),
        "{hold}"
    );
    let another = of_ca_below().with(|crl| crl.entries = vec![entry(4_243, &[])]);
    assert_eq!(of_crls(&of_root(), &another), PASSED);
}

#[test]
fn a_delta_crl_counts_when_it_builds_upon_the_complete_one() {
    let base = of_ca_below();
    let held = base.with(|crl| crl.entries = vec![entry(4_242, &[reason(6)])]);
    let delta = |base: u64, own: u64, codes: &[u8]| {
        of_ca_below().with(|crl| {
            crl.extensions = vec![number(own), delta_of(base)];
            let codes = codes.iter().map(|code| entry(4_242, &[reason(*code)]));
            crl.entries = codes.collect();
        })
    };
    let revoked = "TOTAL-FAILED REVOKED";
    let on_hold = "INDETERMINATE TRY_LATER";
    let table = [
        ("revoked since", &base, delta(10, 11, &[1]), revoked),
        ("nothing new", &base, delta(10, 11, &[]), PASSED),
        ("upon an older one", &base, delta(9, 11, &[1]), revoked),
        ("upon a newer one", &base, delta(11, 12, &[1]), PASSED),
        ("older than its base", &base, delta(8, 9, &[1]), PASSED),
        ("hold taken back", &held, delta(10, 11, &[8]), PASSED),
        ("hold made final", &held, delta(10, 11, &[1]), revoked),
        (
            "stale",
            &held,
            delta(10, 11, &[8]).with(|crl| crl.next_update = None),
            on_hold,
        ),
        (
            "by another key",
            &held,
            delta(10, 11, &[8]).with(|crl| crl.signed_by = "root"),
            on_hold,
        ),
    ];
    let above = intermediate(&issuer(), &[]).der();
    for (what, base, delta, expected) in table {
        let crls = [of_root().der(), base.der(), delta.der()];
        let report = judged(&leaf().der(), std::slice::from_ref(&above), &crls);
        let summary = summary(&report);
        assert!(summary.starts_with(expected), "{what}: {summary}");
    }
}

/// A thief of a key for CRLs cannot vouch for it, and a signer needs a path to the same anchor.
#[test]
fn a_signer_of_crls_needs_the_right_and_a_path_that_does_not_rest_on_itself() {
    let crl_usage = extension("2.5.29.15", true, &[3, 2, 1, 2]);
    let of_signer = |usage: &[u8]| Made {
        issuer: subject_of("root"),
        subject: issuer(),
        key: key_of("tsa-p384"),
        signed_by: ("root", Kind::P384),
        extensions: vec![usage.to_vec()],
        version: 3,
    };
    let other_key = of_ca_below().with(|crl| crl.signed_by = "tsa-p384");
    let above = intermediate(&issuer(), &[]).der();
    // What came closest is the issuer itself, with another key.
    let refused = unknown("the CRL's signature does not hold");
    let self_issued = |made: &Made| Made {
        issuer: issuer(),
        subject: issuer(),
        key: made.key.clone(),
        signed_by: ("intermediate", Kind::P384),
        extensions: made.extensions.clone(),
        version: 3,
    };
    let with_right = of_signer(&crl_usage);
    let without = of_signer(&extension("2.5.29.15", true, &[3, 2, 7, 0x80]));
    let table = [
        ("with the right", with_right.der(), PASSED.to_string()),
        ("without", without.der(), refused.clone()),
        (
            "resting on itself",
            self_issued(&with_right).der(),
            refused.clone(),
        ),
        ("with no path", with_right.der_unsigned(), refused.clone()),
    ];
    for (what, signer, expected) in table {
        let crls = [of_root().der(), other_key.der()];
        let report = judged(&leaf().der(), &[above.clone(), signer], &crls);
        assert_eq!(summary(&report), expected, "{what}");
    }
}

/// Of two paths the one that is not revoked is taken, and the order of the bags decides nothing.
#[test]
fn another_path_is_taken_when_an_issuer_is_revoked() {
    let revoked = intermediate(&issuer(), &[]);
    let mut cross = intermediate(&issuer(), &[]);
    (cross.issuer, cross.signed_by) = (subject_of(OTHER_ROOT), ("unrelated-root", Kind::P256));
    let explicit = extension("2.5.29.36", true, &value(&[0x30], &[0x80, 1, 0]));
    let no_policy = |number: u8| {
        let padding = extension("1.2.3.5", false, &[number]);
        intermediate(&issuer(), &[padding, explicit.clone()]).der()
    };
    let mut others: Vec<Vec<u8>> = (0..6).map(no_policy).collect();
    others.extend([revoked.der(), cross.der(), cross.der(), leaf().der()]);
    let of_other_root = MadeCrl::by(&subject_of(OTHER_ROOT), "unrelated-root");
    let of_other_root = of_other_root.with(|crl| crl.kind = Kind::P256);
    let revoking = of_root().with(|crl| crl.entries = vec![entry(4_242, &[reason(1)])]);
    let old = of_ca_below().with(|crl| crl.this_update = "20260401000000Z");
    let mut crls = [
        &revoking,
        &of_ca_below(),
        &old,
        &of_ca_below(),
        &of_other_root,
    ]
    .map(MadeCrl::der);
    let mut random = Random::new();
    for _ in 0..20 {
        random.shuffle(&mut others);
        random.shuffle(&mut crls);
        let anchors = ["root", OTHER_ROOT];
        let report = judged_with(&leaf().der(), &others, &crls, &anchors);
        assert_eq!(summary(&report), PASSED, "{random}");
        let report = judged(&leaf().der(), &others, &crls);
        assert_eq!(
            report.verdict().indication,
            Indication::Indeterminate,
            "{random}"
        );
    }
}

/// More values than a message may have: the entries are read one by one.
#[test]
fn a_crl_of_many_entries_is_read_to_its_last() {
    let of_root = of_root();
    let mut of_ca = of_ca_below();
    of_ca.entries = (1_000_000..1_350_000)
        .map(|serial| entry(serial, &[]))
        .collect();
    assert_eq!(of_crls(&of_root, &of_ca), PASSED);
    of_ca.entries.push(entry(4_242, &[reason(1)]));
    let found = of_crls(&of_root, &of_ca);
    assert!(found.starts_with("TOTAL-FAILED REVOKED PKX-070"), "{found}");
    // Every entry counts: behind one that cannot be read nothing is known.
    of_ca.entries.pop();
    of_ca.entries.push(value(&[0x30], &[5, 0]));
    let unusable = "the CRL has a critical extension that is not processed, or is malformed";
    assert_eq!(of_crls(&of_root, &of_ca), unknown(unusable));
}

/// A CRL is signed as DER; a length that is indefinite hides where it ends.
#[test]
fn a_crl_without_definite_lengths_is_none() {
    let sound = of_ca_below().der();
    let content = &sound[4..];
    let indefinite = [&[0x30, 0x80], content, &[0, 0]].concat();
    assert!(CrlBag::new().add(&sound).is_ok());
    assert!(CrlBag::new().add(&indefinite).is_err());
    assert!(CrlBag::new().add(&[sound, vec![0]].concat()).is_err());
}
