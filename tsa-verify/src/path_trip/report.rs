//! The report about a path, for programs and for people.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use serde::{Serialize, Serializer};

use super::{Facts, PathEvidence, PathPolicy};
use crate::crypto::digests::sha256;
use crate::finding::{Finding, Indication, Outcome, SubIndication};
use crate::path::{PathPurpose, PolicySet};
use crate::policy::Algorithms;
use crate::report::{FindingView, Input, push_findings, push_inputs};
use crate::text::{hex, quoted_name, shown};
use crate::verdict::{CertificateDescription, Verdict, denied};
use crate::{CryptoProvider, Lang, TrustStore};

/// The outcome of one path validation.
#[derive(Clone, Debug)]
pub struct PathReport {
    verdict: Verdict,
    certificate: Option<CertificateDescription>,
    chain: Vec<CertificateDescription>,
    policies: PolicySet,
    findings: Vec<Finding>,
    inputs: Vec<Input>,
    policy: PathPolicy,
    cut_short: bool,
    engine: &'static str,
}

impl PathReport {
    pub(super) fn make(
        evidence: &PathEvidence<'_>,
        facts: &Facts<'_>,
        findings: Vec<Finding>,
        trust: &TrustStore,
        policy: &PathPolicy,
        crypto: &dyn CryptoProvider,
    ) -> Self {
        let case = facts.case(policy);
        let best = facts.path.best.as_ref();
        let is_anchor = best.is_some_and(|best| best.signer_is_anchor);
        let describe = CertificateDescription::of;
        let below = case.certificates.iter();
        let below = below.map(|certificate| describe(certificate, is_anchor));
        let anchor = case.anchor.filter(|_| !is_anchor);
        let reason = denied(findings.iter().map(|finding| finding.sub_indication));
        Self {
            verdict: Verdict {
                indication: reason.map_or(Indication::TotalPassed, SubIndication::indication),
                sub_indication: reason,
            },
            certificate: case.first.map(|found| describe(found, is_anchor)),
            chain: below.chain(anchor.map(|one| describe(one, true))).collect(),
            policies: best.map(|best| best.policies.clone()).unwrap_or_default(),
            findings,
            inputs: inputs(evidence, trust),
            policy: policy.clone(),
            cut_short: facts.path.cut_short,
            engine: crypto.name(),
        }
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Every check, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The certificate, its issuers, and the trust anchor last; empty when there is no path.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDescription] {
        &self.chain
    }

    /// The digests of everything that was looked at.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Says where the certificate was read from.
    #[must_use]
    pub fn with_certificate_name(mut self, name: &str) -> Self {
        let inputs = self.inputs.iter_mut();
        for input in inputs.filter(|input| input.role == "certificate") {
            input.name = shown(name);
        }
        self
    }

    /// As JSON. Keys are added, never renamed.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists only: writing them cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// For people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.head(&mut out, lang);
        let _ = push_findings(&mut out, &self.findings, lang);
        let _ = self.ground(&mut out, lang);
        out
    }

    fn head(&self, out: &mut String, lang: Lang) -> core::fmt::Result {
        let Verdict {
            indication,
            sub_indication,
        } = self.verdict;
        let reason =
            sub_indication.map_or_else(String::new, |reason| alloc::format!(" ({reason})"));
        let words = self.words(lang);
        match lang {
            Lang::Zh => writeln!(out, "结论：{indication}{reason}——{words}。")?,
            Lang::En => writeln!(out, "Verdict: {indication}{reason}: {words}.")?,
        }
        let mut behind = self
            .findings
            .iter()
            .filter(|found| found.sub_indication.is_some())
            .filter(|found| found.sub_indication == sub_indication);
        if let Some(finding) = behind.next() {
            let title = finding.check.in_lang(lang);
            let detail = finding.detail.in_lang(lang);
            match lang {
                Lang::Zh => writeln!(out, "原因：“{title}”（{}）：{detail}", finding.code)?,
                Lang::En => writeln!(out, "Reason: {title} ({}): {detail}", finding.code)?,
            }
        }
        if let Some(certificate) = &self.certificate {
            let label = pick(lang, "证书：", "Certificate: ");
            writeln!(out, "{label}{}", quoted_name(&certificate.subject, lang))?;
        }
        for issuer in self.chain.iter().skip(1) {
            let label = match issuer.trust_anchor {
                false => pick(lang, "上级：", "Issuer: "),
                true => pick(
                    lang,
                    "信任锚（由验证人给定）：",
                    "Trust anchor (given by the user): ",
                ),
            };
            writeln!(out, "{label}{}", quoted_name(&issuer.subject, lang))?;
        }
        if self.cut_short {
            let words = pick(
                lang,
                "查找证书链时达到工作量上限，未尝试所有可能。",
                "The search reached its budget of work; not every possibility was tried.",
            );
            writeln!(out, "{words}")?;
        }
        Ok(())
    }

    /// The verdict in words; the first sentence says what was not checked.
    fn words(&self, lang: Lang) -> String {
        let verdict = match self.verdict.indication {
            Indication::TotalPassed => pick(
                lang,
                "证书通过验证",
                "the certificate stands up to validation",
            ),
            Indication::Indeterminate => pick(lang, "无法得出结论", "neither proven nor disproven"),
            Indication::TotalFailed => pick(
                lang,
                "证书未能通过验证",
                "the certificate does not stand up to validation",
            ),
        };
        let weak = match self.policy.algorithms {
            Algorithms::Any => pick(
                lang,
                "（按要求允许弱算法）",
                " with weak algorithms allowed, as asked for",
            ),
            Algorithms::Table => "",
        };
        let revocation = match (self.is_revocation_checked(), lang) {
            (true, Lang::Zh) => "",
            (true, Lang::En) => "",
            (false, Lang::Zh) => "，未检查吊销状态",
            (false, Lang::En) => "; revocation was not checked",
        };
        alloc::format!("{verdict}{weak}{revocation}")
    }

    fn is_revocation_checked(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|found| found.code == "PKX-070" && found.result != Outcome::NotMade)
    }

    /// What the verdict rests on.
    fn ground(&self, out: &mut String, lang: Lang) -> core::fmt::Result {
        writeln!(out, "\n{}", pick(lang, "验证依据：", "What this rests on:"))?;
        let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        let view = View::of(self);
        let policies = match view.initial_policies.is_empty() {
            true => pick(lang, "任意", "any").to_string(),
            false => view.initial_policies.join(", "),
        };
        let at = self.policy.at.to_string();
        let lines = [
            (pick(lang, "程序：", "program: "), program),
            (
                pick(lang, "密码引擎：", "cryptographic engine: "),
                self.engine,
            ),
            (pick(lang, "验证时间：", "validation time: "), &at),
            (pick(lang, "用途：", "purpose: "), view.purpose),
            (
                pick(lang, "可接受的证书策略：", "acceptable policies: "),
                &policies,
            ),
            (pick(lang, "算法：", "algorithms: "), view.algorithms),
            (
                pick(lang, "吊销检查：", "revocation: "),
                view.revocation_wanted,
            ),
        ];
        for (label, value) in lines {
            writeln!(out, "  {label}{value}")?;
        }
        for (set, words) in [
            (
                view.require_explicit_policy,
                pick(lang, "要求明确的证书策略", "a policy is required"),
            ),
            (
                view.inhibit_policy_mapping,
                pick(lang, "不允许策略映射", "policies are not mapped"),
            ),
            (
                view.inhibit_any_policy,
                pick(lang, "anyPolicy 不起作用", "anyPolicy does not count"),
            ),
        ] {
            if set {
                writeln!(out, "  {words}")?;
            }
        }
        push_inputs(out, &self.inputs, lang)
    }
}

/// Picks a language.
fn pick(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn inputs(evidence: &PathEvidence<'_>, trust: &TrustStore) -> Vec<Input> {
    let input = |role: &str, bytes: &[u8]| Input {
        role: role.to_string(),
        name: String::new(),
        sha256: hex(&sha256(bytes)),
    };
    let others = evidence.others.certificates();
    let crls = evidence.crls.crls();
    // The names of anchors are harmless already.
    let anchors = trust.descriptions().map(|(name, digest)| Input {
        role: "trust-anchor".to_string(),
        name,
        sha256: hex(&digest),
    });
    core::iter::once(input("certificate", evidence.certificate))
        .chain(others.map(|raw| input("intermediate", raw)))
        .chain(crls.map(|raw| input("crl", raw)))
        .chain(anchors)
        .collect()
}

#[derive(Serialize)]
struct View<'r> {
    verdict: Indication,
    sub_indication: Option<SubIndication>,
    revocation: &'static str,
    certificate: Option<&'r CertificateDescription>,
    chain: &'r [CertificateDescription],
    /// `None` for any policy.
    policies: Option<Vec<String>>,
    cut_short: bool,
    findings: Vec<FindingView<'r>>,
    program: &'static str,
    version: &'static str,
    engine: &'static str,
    validation_time: String,
    purpose: &'static str,
    initial_policies: Vec<String>,
    require_explicit_policy: bool,
    inhibit_policy_mapping: bool,
    inhibit_any_policy: bool,
    algorithms: &'static str,
    revocation_wanted: &'static str,
    inputs: &'r [Input],
}

impl<'r> View<'r> {
    fn of(report: &'r PathReport) -> Self {
        let policy = &report.policy;
        let inputs = &policy.policies;
        Self {
            verdict: report.verdict.indication,
            sub_indication: report.verdict.sub_indication,
            revocation: match report.is_revocation_checked() {
                true => "checked",
                false => "not-checked",
            },
            certificate: report.certificate.as_ref(),
            chain: &report.chain,
            policies: match &report.policies {
                PolicySet::None => Some(Vec::new()),
                PolicySet::Any => None,
                PolicySet::These(these) => Some(these.iter().map(ToString::to_string).collect()),
            },
            cut_short: report.cut_short,
            findings: report.findings.iter().map(FindingView::of).collect(),
            program: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            engine: report.engine,
            validation_time: policy.at.to_string(),
            purpose: match policy.purpose {
                PathPurpose::Any => "any",
                PathPurpose::TimeStamping => "timestamping",
            },
            initial_policies: inputs.initial.iter().map(ToString::to_string).collect(),
            require_explicit_policy: inputs.require_explicit,
            inhibit_policy_mapping: inputs.inhibit_mapping,
            inhibit_any_policy: inputs.inhibit_any,
            algorithms: match policy.algorithms {
                Algorithms::Table => "table",
                Algorithms::Any => "any",
            },
            revocation_wanted: match policy.requires_revocation {
                true => "require",
                false => "off",
            },
            inputs: &report.inputs,
        }
    }
}

impl Serialize for PathReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View::of(self).serialize(serializer)
    }
}
