//! The vectors under `testvectors/token` and `testvectors/response`, and the cases of the forge
//! that are too big for files: each gets the verdict it says, by the check it says.
//!
//! Honest oddities are judged twice: read leniently they pass with their departure named, judged
//! strictly each departure is the failure. What is refused is refused by its own check and by no
//! other than those it lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tsa_forge::vector::{Vector, of_case};
use tsa_forge::{Forge, Form, cases};
use tsa_verify::{
    CertificateBag, DigestAlgorithm, Evidence, Finding, Lang, Outcome, Report, Subject,
    TimeStampReq, TrustStore, ValidationTime, VerificationPolicy, WholeProvider, judge,
};

use crate::support::{certificate, time};

/// Vectors whose expectation is right and not met by this version, with the reason.
const NOT_YET: &[(&str, &str)] = &[];

/// What one vector asks to be judged.
pub(crate) struct Question {
    vector: Vector,
    trust: TrustStore,
    bag: CertificateBag,
    subject: Subject,
}

impl Question {
    pub(crate) fn new(text: &str) -> Self {
        let vector = Vector::parse(text).unwrap();
        let mut trust = TrustStore::new();
        let named = vector
            .words("anchors")
            .into_iter()
            .filter(|name| *name != "none");
        let anchors = named.map(certificate).chain(vector.anchors.iter().cloned());
        anchors.for_each(|anchor| trust.add(&anchor).unwrap());
        let mut bag = CertificateBag::new();
        let named = vector.words("certificates").into_iter().map(certificate);
        let certificates = named.chain(vector.certificates.iter().cloned());
        certificates.for_each(|certificate| bag.add(&certificate).unwrap());
        let subject = subject(&vector);
        Self {
            vector,
            trust,
            bag,
            subject,
        }
    }

    pub(crate) fn judge(&self, strict: bool) -> Report {
        let at = ValidationTime::Given(time(self.vector.field("at").unwrap()));
        let mut policy = VerificationPolicy::at(at);
        policy.strict = strict;
        let evidence = Evidence::new(&self.vector.payload, &self.bag);
        let (subject, trust) = (&self.subject, &self.trust);
        let judgement = judge(&evidence, subject, trust, &policy, &WholeProvider);
        let verdict = judgement.verdict();
        let verified = judgement.verified().cloned();
        let outcomes = judgement.outcomes().to_vec();
        // The words change nothing.
        let report = judgement.report();
        assert_eq!(report.verdict(), verdict);
        assert_eq!(report.verified(), verified.as_ref());
        let in_words = report.findings().iter();
        let in_words = in_words.map(|found| (found.code, found.result, found.sub_indication));
        let outcomes = outcomes.iter();
        let outcomes = outcomes.map(|made| (made.code, made.result, made.sub_indication));
        assert!(outcomes.eq(in_words));
        report
    }
}

fn subject(vector: &Vector) -> Subject {
    let [algorithm, hex] = vector.words("digest")[..] else {
        panic!("digest: algorithm and value");
    };
    let digest = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16));
    let digest = digest.collect::<Result<_, _>>().unwrap();
    let algorithm: DigestAlgorithm = algorithm.parse().unwrap();
    let mut subject = Subject::of_digest(algorithm, digest);
    if let Some(request) = vector.bytes("request").unwrap() {
        subject = subject.with_request(TimeStampReq::from_der(&request).unwrap());
    }
    if let Some(policy) = vector.field("policy") {
        subject = subject.with_policy(policy.parse().unwrap());
    }
    subject
}

fn codes(report: &Report, outcome: Outcome) -> BTreeSet<&str> {
    let findings = report.findings().iter();
    let found = findings.filter(|finding| finding.result == outcome);
    found.map(|finding| finding.code).collect()
}

fn summary(report: &Report) -> String {
    let verdict = report.verdict();
    let reason = verdict.sub_indication.map_or("-", |reason| reason.name());
    // The first failure for the verdict's own reason decides; without one, what could not be made.
    let denying = |finding: &&&Finding| finding.sub_indication == verdict.sub_indication;
    let findings: Vec<&Finding> = report.findings().iter().collect();
    let failed = |finding: &&&Finding| finding.result == Outcome::Failed;
    let decides = findings.iter().filter(denying).find(failed);
    let decides = decides.or_else(|| findings.iter().find(denying));
    let code = decides.map_or("-", |finding| finding.code);
    let mut failed = codes(report, Outcome::Failed);
    failed.remove(code);
    format!("{} {reason} {code} also {failed:?}", verdict.indication)
}

fn expected_refusal(vector: &Vector) -> String {
    let field = |key| vector.field(key).unwrap();
    let also: BTreeSet<&str> = vector.words("also").into_iter().collect();
    let (expect, reason, code) = (field("expect"), field("reason"), field("code"));
    format!("{expect} {reason} {code} also {also:?}")
}

/// What is not as the vector says.
fn disagreement(question: &Question) -> Option<String> {
    let (vector, report) = (&question.vector, question.judge(false));
    let strict = question.judge(true);
    if vector.field("expect") != Some("TOTAL-PASSED") {
        let (expected, found) = (expected_refusal(vector), summary(&report));
        if strict.verified().is_some() {
            return Some(String::from("passes when judged strictly"));
        }
        return (expected != found).then(|| format!("expected {expected}\n    found    {found}"));
    }
    let Some(verified) = report.verified() else {
        return Some(format!("expected to pass, found {}", summary(&report)));
    };
    let gen_time = verified.gen_time().to_string();
    if Some(gen_time.as_str()) != vector.field("genTime") {
        return Some(format!("states {gen_time}"));
    }
    let deviations: BTreeSet<&str> = vector.words("deviations").into_iter().collect();
    let notes: BTreeSet<&str> = vector.words("notes").into_iter().collect();
    let named: BTreeSet<&str> = deviations.union(&notes).copied().collect();
    let found = codes(&report, Outcome::Note);
    if named != found {
        return Some(format!("expected to name {named:?}, names {found:?}"));
    }
    let failed = codes(&strict, Outcome::Failed);
    if deviations != failed {
        return Some(format!(
            "strictly expected to fail {deviations:?}, fails {failed:?}"
        ));
    }
    (strict.verified().is_some() != deviations.is_empty())
        .then(|| format!("strictly {}", summary(&strict)))
}

/// Text of every vector that is a file, by name.
pub(crate) fn stored() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testvectors");
    let mut texts = BTreeMap::new();
    for kind in [Form::Token, Form::Response] {
        for entry in std::fs::read_dir(folder.join(kind.folder())).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            texts.insert(name, std::fs::read_to_string(path).unwrap());
        }
    }
    texts
}

/// Text of every vector, by name.
fn vectors() -> BTreeMap<String, String> {
    let mut texts = stored();
    let forge = Forge::new().unwrap();
    for case in cases().filter(|case| !case.stored) {
        texts.insert(case.name.to_owned(), of_case(case, &forge));
    }
    texts
}

#[test]
fn every_vector_gets_its_verdict_by_its_own_check() {
    let not_yet: BTreeMap<&str, &str> = NOT_YET.iter().copied().collect();
    let mut wrong = Vec::new();
    let vectors = vectors();
    assert!(vectors.len() >= cases().count());
    for (name, text) in &vectors {
        match (
            disagreement(&Question::new(text)),
            not_yet.get(name.as_str()),
        ) {
            (Some(what), None) => wrong.push(format!("{name}: {what}")),
            (None, Some(_)) => wrong.push(format!("{name}: agrees, and is among NOT_YET")),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let gone = not_yet.keys().filter(|name| !vectors.contains_key(**name));
    wrong.extend(gone.map(|name| format!("{name}: among NOT_YET, and no vector")));
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        vectors.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_report_lets_a_name_write_on_the_terminal() {
    // A line break is the report's own; the others turn the direction of writing.
    let turns = [
        '\u{200e}'..='\u{200f}',
        '\u{202a}'..='\u{202e}',
        '\u{2066}'..='\u{2069}',
    ];
    let acts = |character: char| {
        (character.is_control() && character != '\n')
            || turns.iter().any(|range| range.contains(&character))
    };
    for (name, text) in stored() {
        let report = Question::new(&text).judge(false);
        for text in [report.text(Lang::En), report.text(Lang::Zh)] {
            assert!(!text.chars().any(acts), "{name}");
        }
        let raw = report.to_json();
        assert!(
            !raw.chars()
                .any(|character| character.is_control() && character != '\n'),
            "{name}"
        );
    }
}
