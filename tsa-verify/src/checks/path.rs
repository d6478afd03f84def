//! Check 12, second half: the path above the signer (RFC 5280 §6.1).
//!
//! The search and the rules live in [`crate::path`]; here each rule becomes a finding.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Case, without_certificate};
use crate::Text;
use crate::finding::{Answer, SubIndication};
use crate::path::{Defect, PathRule};
use crate::text::say;

pub(super) fn found(case: &Case<'_>) -> Answer {
    let facts = case.facts;
    if facts.signer.certificate().is_none() {
        return without_certificate();
    }
    let failed = |detail| Answer::failed(SubIndication::NoCertificateChainFound, detail);
    let Some(anchor) = facts.path_anchor() else {
        return match (facts.anchors.is_empty(), facts.path.cut_short) {
            (true, _) => failed(say!("没有给出任何信任锚", "no trust anchor was given")),
            (_, true) => failed(say!(
                "在工作量上限内没有找到通向信任锚的证书链",
                "no path to a trust anchor was found within the budget of work"
            )),
            _ => failed(say!(
                "没有证书链通向所给的 {count} 个信任锚",
                "no path leads to any of the {count} trust anchors given",
                count = facts.anchors.len()
            )),
        };
    };
    let certificates = facts.path_certificates();
    let mut names: Vec<String> = certificates.iter().map(|found| found.subject()).collect();
    let signer_is_anchor = facts
        .path
        .best
        .as_ref()
        .is_some_and(|best| best.signer_is_anchor);
    if !signer_is_anchor {
        names.push(anchor.subject());
    }
    let names = names.join(" ← ");
    if signer_is_anchor {
        return Answer::note(say!(
            "签名者证书本身就是信任锚：{names}",
            "the signer's certificate is itself a trust anchor: {names}",
            names = names
        ));
    }
    Answer::passed(say!("{names}", "{names}", names = names))
}

/// There is no path to look at.
pub(super) fn without_path(case: &Case<'_>) -> Answer {
    match case.facts.signer.certificate() {
        None => without_certificate(),
        Some(_) => Answer::blocked(
            SubIndication::NoCertificateChainFound,
            say!("没有证书链", "there is no path to look at"),
        ),
    }
}

fn defects<'c>(case: &'c Case<'_>, rule: PathRule) -> Vec<&'c Defect> {
    let defects = case
        .facts
        .path
        .best
        .as_ref()
        .map(|best| best.defects.as_slice());
    let defects = defects.unwrap_or_default().iter();
    defects.filter(|defect| defect.rule == rule).collect()
}

fn joined(defects: &[&Defect]) -> Text {
    let zh: Vec<&str> = defects
        .iter()
        .map(|defect| defect.detail.zh.as_str())
        .collect();
    let en: Vec<&str> = defects
        .iter()
        .map(|defect| defect.detail.en.as_str())
        .collect();
    Text {
        zh: zh.join("；"),
        en: en.join("; "),
    }
}

/// Passed when no defect breaks the rule.
fn judged(case: &Case<'_>, rule: PathRule, reason: SubIndication) -> Answer {
    if case.facts.path.best.is_none() {
        return without_path(case);
    }
    let defects = defects(case, rule);
    match defects.is_empty() {
        true => Answer::passed(say!("符合", "as it should be")),
        false => Answer::failed(reason, joined(&defects)),
    }
}

pub(super) fn signatures(case: &Case<'_>) -> Answer {
    let judged = judged(
        case,
        PathRule::Signature,
        SubIndication::CertificateChainGeneralFailure,
    );
    let unsupported = defects(case, PathRule::SignatureUnsupported);
    match judged.denies.is_none() && !unsupported.is_empty() {
        true => Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            joined(&unsupported),
        ),
        false => judged,
    }
}

pub(super) fn signature_algorithms(case: &Case<'_>) -> Answer {
    judged(
        case,
        PathRule::SignatureAlgorithm,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(super) fn validity(case: &Case<'_>) -> Answer {
    judged(
        case,
        PathRule::Validity,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(super) fn basic_constraints(case: &Case<'_>) -> Answer {
    judged(
        case,
        PathRule::BasicConstraints,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(super) fn key_usage(case: &Case<'_>) -> Answer {
    judged(
        case,
        PathRule::KeyUsage,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(super) fn extensions(case: &Case<'_>) -> Answer {
    judged(
        case,
        PathRule::Extensions,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(super) fn purposes(case: &Case<'_>) -> Answer {
    judged(
        case,
        PathRule::Purpose,
        SubIndication::ChainConstraintsFailure,
    )
}

/// What is not processed in this version denies the verdict, critical or not.
pub(super) fn constraints(case: &Case<'_>) -> Answer {
    let names = judged(
        case,
        PathRule::Names,
        SubIndication::ChainConstraintsFailure,
    );
    let unprocessed = defects(case, PathRule::Constraints);
    if names.denies.is_some() {
        return names;
    }
    if !unprocessed.is_empty() {
        let reason = SubIndication::ChainConstraintsFailure;
        return Answer::blocked(reason, joined(&unprocessed));
    }
    let certificates = case.facts.path_certificates();
    let on_path = certificates.iter().copied().chain(case.facts.path_anchor());
    let noted: BTreeSet<_> = on_path
        .clone()
        .flat_map(|certificate| certificate.extensions.without_effect.iter().copied())
        .collect();
    if !noted.is_empty() {
        let noted: Vec<_> = noted.into_iter().collect();
        return Answer::note(say!(
            "有策略方面的限制，因无策略要求而不起作用：{names}",
            "constraints on policies, without effect since none is required: {names}",
            names = crate::path::joined(&noted)
        ));
    }
    let mut constrained = on_path.filter(|found| found.extensions.name_constraints.is_some());
    match constrained.next() {
        None => Answer::passed(say!("没有此类约束", "there are none")),
        Some(_) => Answer::passed(say!("符合名称约束", "names are as constrained")),
    }
}

pub(super) fn anchor_validity(case: &Case<'_>) -> Answer {
    let (Some(anchor), Some(gen_time)) = (case.facts.path_anchor(), case.facts.gen_time()) else {
        return without_path(case);
    };
    let detail = say!(
        "信任锚「{name}」证书的有效期为 {from} 至 {to}",
        "the certificate of the anchor “{name}” says {from} to {to}",
        name = anchor.subject(),
        from = anchor.not_before,
        to = anchor.not_after
    );
    // An anchor is trusted because the caller says so (RFC 5280 §6.1.1 (d)).
    match anchor.is_valid_at(gen_time) {
        true => Answer::passed(detail),
        false => Answer::note(detail),
    }
}

pub(super) fn expired_since(case: &Case<'_>) -> Answer {
    let path = case.facts.path_certificates();
    let (Some(at), false) = (case.at, path.is_empty()) else {
        return without_path(case);
    };
    let expired: Vec<String> = path
        .iter()
        .filter(|certificate| certificate.end() < at)
        .map(|certificate| alloc::format!("{} ({})", certificate.subject(), certificate.not_after))
        .collect();
    match expired.is_empty() {
        true => Answer::passed(say!(
            "验证时间 {at} 时均未过期",
            "none has expired at the validation time {at}",
            at = at
        )),
        false => Answer::note(say!(
            "此后已过期，不影响签发时的效力：{names}",
            "expired since, which does not matter for a token made before: {names}",
            names = expired.join("; ")
        )),
    }
}
