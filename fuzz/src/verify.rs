//! A whole verification with an engine that obeys the input: what holds for every verdict.
//!
//! The fuzzer cannot make a digest or a signature fit, so the engine here lets them fit where the
//! input says so ([`engine`]); what is left is what a forger would have to get past. Nothing passes
//! that this file's own, much smaller reading does not allow.

use std::sync::atomic::Ordering::Relaxed;

use tsa_verify::{
    CertificateBag, CryptoProvider, Evidence, Finding, Indication, KnownLinks, Lang, Report,
    RingProvider, TrustStore, VerificationPolicy, judge as without_words, limits, verify as judge,
};

mod case;
mod engine;
mod rendering;
mod stated;

pub(crate) use case::value_length;
pub use case::{CONTROL_BYTES, Case, Control};

use engine::{Counts, Engine};
use stated::Stated;

/// Judges a token with a bag, anchors, a subject and an engine out of the input; see [`Case`] for
/// its form.
///
/// # Panics
/// When a property of verdicts or reports does not hold.
pub fn verify(bytes: &[u8]) {
    let case = Case::read(bytes);
    let stated = Stated::read(case.token);
    let setting = Setting::of(&case, &stated);
    let engine = Engine::new(&case.control, &stated);
    let report = setting.judge(&setting.policy, &engine);
    check_work(engine.counts(), &setting);
    check_pass(&report, &setting, Some(engine.counts()));
    // One of them each time: they take longer than the verification.
    match case.control.rendering() {
        0 => rendering::check_text_of(&report, Lang::Zh),
        1 => rendering::check_text_of(&report, Lang::En),
        2 => rendering::check_json(&report),
        _ => rendering::check_inspection(case.token),
    }
    match case.control.second_look() {
        0 => same_again(&report, &setting, &engine),
        1 => order_of_the_bag(&report, &setting, &engine),
        2 => nobody_trusted(&setting, &engine),
        3 => nothing_signed(&setting, &engine),
        4 => strict_passes_less(&setting, &engine),
        _ => remembered_links(&report, &setting, &engine),
    }
}

/// The same with the engine that comes along, so that what holds is what was signed.
///
/// # Panics
/// When a property of verdicts or reports does not hold.
pub fn verify_with_ring(bytes: &[u8]) {
    let case = Case::read(bytes);
    let stated = Stated::read(case.token);
    let setting = Setting::of(&case, &stated);
    let report = setting.judge(&setting.policy, &RingProvider);
    check_pass(&report, &setting, None);
    rendering::check_text_of(&report, Lang::Zh);
    rendering::check_text_of(&report, Lang::En);
    rendering::check_json(&report);
    rendering::check_inspection(case.token);
    let again = setting.judge(&setting.policy, &RingProvider);
    check_same(&report, &again);
    assert_eq!(again.to_json(), report.to_json());
}

/// Whether the token of an input passes: for those who want to know that some do.
#[must_use]
pub fn passes(bytes: &[u8]) -> bool {
    let case = Case::read(bytes);
    let stated = Stated::read(case.token);
    let setting = Setting::of(&case, &stated);
    passed(&setting.judge(&setting.policy, &Engine::new(&case.control, &stated)))
}

/// All that a verification takes but the engine.
struct Setting<'c> {
    case: &'c Case<'c>,
    subject: tsa_verify::Subject,
    policy: VerificationPolicy,
    anchors: TrustStore,
    bag: CertificateBag,
    /// Bytes of certificates, and how many there are.
    pool_bytes: usize,
    pool: usize,
}

impl<'c> Setting<'c> {
    fn of(case: &'c Case<'c>, stated: &Stated<'c>) -> Self {
        let mut anchors = TrustStore::new();
        for anchor in case.anchors(&stated.certificates) {
            // Not every value is a certificate.
            let _ = anchors.add(anchor);
        }
        let bag = bag_of(case.bag());
        let given = case.values.iter().map(|value| value.len()).sum::<usize>();
        Self {
            subject: case.subject(stated),
            policy: case.control.policy(),
            pool_bytes: given + case.token.len(),
            pool: bag.len() + stated.certificates.len(),
            case,
            anchors,
            bag,
        }
    }

    fn judge(&self, policy: &VerificationPolicy, engine: &dyn CryptoProvider) -> Report {
        let evidence = Evidence::new(self.case.token, &self.bag);
        judge(&evidence, &self.subject, &self.anchors, policy, engine)
    }
}

fn bag_of<'a>(certificates: impl Iterator<Item = &'a [u8]>) -> CertificateBag {
    let mut bag = CertificateBag::new();
    for certificate in certificates {
        let _ = bag.add(certificate);
    }
    bag
}

fn passed(report: &Report) -> bool {
    report.verdict().indication == Indication::TotalPassed
}

/// What was asked of the engine is bounded by the limits, not by the input.
fn check_work(counts: &Counts, setting: &Setting<'_>) {
    // The path that is reported in the end is looked at once more, and the token itself is checked
    // over DER and as sent.
    let weighed = limits::PATH_SIGNATURE_MICROS_MAX / limits::PATH_SIGNATURE_MICROS_MIN;
    let most = weighed + limits::PATH_CERTIFICATES_MAX + 3;
    let checks = counts.signatures.load(Relaxed);
    assert!(checks <= most, "{checks} signature checks");
    let signed = counts.signed_bytes.load(Relaxed);
    // Each certificate is below the bound by itself when it is counted.
    let most = limits::PATH_SIGNED_BYTES_MAX + 4 * setting.pool_bytes;
    assert!(signed <= most, "{signed} bytes under signatures");
    // The content once, and each certificate for two identifiers, the chosen one twice.
    let digests = counts.digests.load(Relaxed);
    assert!(digests <= 3 + 2 * setting.pool, "{digests} digests");
    let digested = counts.digested_bytes.load(Relaxed);
    assert!(
        digested <= 5 * setting.pool_bytes,
        "{digested} bytes digested"
    );
}

/// What a verdict of TOTAL-PASSED needs at least.
fn check_pass(report: &Report, setting: &Setting<'_>, counts: Option<&Counts>) {
    let Some(verified) = report.verified() else {
        assert!(!passed(report), "passed, and nothing is verified");
        assert!(report.verdict().sub_indication.is_some(), "no reason");
        return;
    };
    assert!(passed(report), "verified without a verdict");
    assert_eq!(report.verdict().sub_indication, None);
    let denies = report
        .findings()
        .iter()
        .find(|found| found.sub_indication.is_some());
    assert!(denies.is_none(), "{denies:?}");
    let chain = verified.chain();
    let anchor = chain.last().expect("a path");
    let mut anchors = setting.anchors.descriptions();
    let is_ours = anchors.any(|(_, sha256)| tsa_verify::hex(&sha256) == anchor.sha256);
    assert!(anchor.trust_anchor && is_ours, "{anchor:?}");
    if let Some(counts) = counts {
        // One signature for each step up, and the token's own.
        let held = counts.held.load(Relaxed);
        assert!(held >= chain.len(), "{held} of {} signatures", chain.len());
    }
    let content = Stated::read(setting.case.token).info.expect("read");
    assert_eq!(content.gen_time, verified.gen_time());
    assert_eq!(&content.message_imprint, verified.imprint());
    assert!(setting.case.compares_with(&content));
    let at = setting
        .policy
        .validation_time
        .instant(Some(content.gen_time));
    let earliest = verified.interval().map(|(earliest, _)| earliest);
    let earliest = earliest.unwrap_or(content.gen_time);
    assert!(at.is_some_and(|at| earliest <= at), "from the future");
}

/// The same again, and the same without words.
fn same_again(report: &Report, setting: &Setting<'_>, engine: &Engine<'_>) {
    let evidence = Evidence::new(setting.case.token, &setting.bag);
    let (subject, anchors) = (&setting.subject, &setting.anchors);
    let again = without_words(&evidence, subject, anchors, &setting.policy, engine);
    assert_eq!(again.verdict(), report.verdict());
    assert_eq!(again.verified(), report.verified());
    for (made, found) in again.outcomes().iter().zip(report.findings()) {
        let made = (made.code, made.result, made.sub_indication);
        assert_eq!(made, (found.code, found.result, found.sub_indication));
    }
    check_same(report, &again.report());
}

/// Verdict and findings are the same, word for word.
fn check_same(report: &Report, other: &Report) {
    assert_eq!(report.verdict(), other.verdict());
    assert_eq!(report.verified(), other.verified());
    assert_eq!(report.findings().len(), other.findings().len());
    for (found, other) in report.findings().iter().zip(other.findings()) {
        let of = |finding: &Finding| (finding.code, finding.result, finding.sub_indication);
        assert_eq!(of(found), of(other));
        assert_eq!(found.detail, other.detail, "{}", found.code);
    }
}

/// The order of the bag decides nothing.
fn order_of_the_bag(report: &Report, setting: &Setting<'_>, engine: &Engine<'_>) {
    let reversed = bag_of(setting.case.bag().rev());
    let evidence = Evidence::new(setting.case.token, &reversed);
    let (subject, anchors) = (&setting.subject, &setting.anchors);
    let other = judge(&evidence, subject, anchors, &setting.policy, engine);
    assert_eq!(passed(&other), passed(report), "the order decides");
}

fn nobody_trusted(setting: &Setting<'_>, engine: &Engine<'_>) {
    let evidence = Evidence::new(setting.case.token, &setting.bag);
    let (subject, nobody) = (&setting.subject, TrustStore::new());
    let report = judge(&evidence, subject, &nobody, &setting.policy, engine);
    assert!(!passed(&report), "passed without an anchor");
    check_pass(&report, setting, None);
}

fn nothing_signed(setting: &Setting<'_>, engine: &Engine<'_>) {
    for engine in [engine.refusing(), engine.without_signatures()] {
        let report = setting.judge(&setting.policy, &engine);
        assert!(!passed(&report), "passed without a signature");
    }
}

/// What passes strictly passes leniently too.
fn strict_passes_less(setting: &Setting<'_>, engine: &Engine<'_>) {
    let strict = setting.judge(&setting.policy.clone().strict(), engine);
    if passed(&strict) {
        let mut lenient = setting.policy.clone();
        lenient.strict = false;
        assert!(passed(&setting.judge(&lenient, engine)), "strict only");
    }
}

/// Answers that are remembered change no verdict.
fn remembered_links(report: &Report, setting: &Setting<'_>, engine: &Engine<'_>) {
    let certificates: Vec<&[u8]> = setting.case.values.iter().take(4).copied().collect();
    let remembering = KnownLinks::new(engine.clone(), &certificates);
    check_same(report, &setting.judge(&setting.policy, &remembering));
}
