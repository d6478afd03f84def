//! Check 12, second half: the path above a certificate (RFC 5280 §6.1), whoever asks for it.
//!
//! The search and the rules live in [`crate::path`]; here each rule becomes a finding. The case is
//! what a time-stamp's path and one that is asked for on its own have in common.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::GenTime;

use super::without_certificate;
use crate::Text;
use crate::finding::{Answer, SubIndication};
use crate::path::{Certificate, Defect, PathFacts, PathRule, PolicySet, joined as joined_ids};
use crate::text::{Detail, say, tell};

/// What a check of a path sees.
#[derive(Clone, Debug)]
pub(crate) struct PathCase<'c> {
    pub(crate) path: &'c PathFacts,
    /// The certificate that a path is wanted for.
    pub(crate) first: Option<&'c Certificate<'c>>,
    /// Of the best path, that one first; without an anchor that is another.
    pub(crate) certificates: Vec<&'c Certificate<'c>>,
    pub(crate) anchor: Option<&'c Certificate<'c>>,
    /// How many anchors were given.
    pub(crate) anchors: usize,
    /// The time at which certificates must be valid.
    pub(crate) valid_at: Option<GenTime>,
    /// The validation time.
    pub(crate) now: Option<GenTime>,
}

pub(crate) fn found<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    if case.first.is_none() {
        return without_certificate();
    }
    let failed = |detail| Answer::failed(SubIndication::NoCertificateChainFound, detail);
    let Some(anchor) = case.anchor else {
        return match (case.anchors == 0, case.path.cut_short) {
            (true, _) => failed(tell!("没有给出任何信任锚", "no trust anchor was given")),
            (_, true) => failed(tell!(
                "在工作量上限内没有找到通向信任锚的证书链",
                "no path to a trust anchor was found within the budget of work"
            )),
            _ => failed(tell!(
                "没有证书链通向所给的 {count} 个信任锚",
                "no path leads to any of the {count} trust anchors given",
                count = case.anchors
            )),
        };
    };
    let is_anchor = case.path.best.as_ref();
    let is_anchor = is_anchor.is_some_and(|best| best.signer_is_anchor);
    let names = move || {
        let path = case.certificates.iter().copied();
        let above = (!is_anchor).then_some(anchor);
        let names: Vec<String> = path.chain(above).map(Certificate::subject).collect();
        names.join(" ← ")
    };
    if is_anchor {
        return Answer::note(tell!(
            "该证书本身就是信任锚：{names}",
            "the certificate is itself a trust anchor: {names}",
            names = names()
        ));
    }
    Answer::passed(tell!("{names}", "{names}", names = names()))
}

/// There is no path to look at.
pub(crate) fn without_path<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    match case.first {
        None => without_certificate(),
        Some(_) => Answer::blocked(
            SubIndication::NoCertificateChainFound,
            tell!("没有证书链", "there is no path to look at"),
        ),
    }
}

fn defects<'c>(case: &PathCase<'c>, rule: PathRule) -> Vec<&'c Defect> {
    let best = case.path.best.as_ref();
    let defects = best.map(|best| best.defects.as_slice());
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
fn judged<'c>(case: &'c PathCase<'c>, rule: PathRule, reason: SubIndication) -> Answer<'c> {
    if case.path.best.is_none() {
        return without_path(case);
    }
    let defects = defects(case, rule);
    match defects.is_empty() {
        true => Answer::passed(tell!("符合", "as it should be")),
        false => Answer::failed(reason, Detail::later(move || joined(&defects))),
    }
}

pub(crate) fn signatures<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    let judged = judged(
        case,
        PathRule::Signature,
        SubIndication::CertificateChainGeneralFailure,
    );
    let unsupported = defects(case, PathRule::SignatureUnsupported);
    let answer = match judged.denies.is_none() && !unsupported.is_empty() {
        true => Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            Detail::later(move || joined(&unsupported)),
        ),
        false => judged,
    };
    if !case.path.cut_short || answer.denies.is_none() {
        return answer;
    }
    let detail = Detail::later(|| {
        let detail = answer.detail.into_text();
        say!(
            "{zh}；因超出工作量上限，未能查看所有可能的证书链，可另行提供中间证书",
            "{en}; not every path could be tried within the budget of work: it may help to give \
             the intermediate certificate",
            zh = detail.zh,
            en = detail.en
        )
    });
    Answer { detail, ..answer }
}

pub(crate) fn signature_algorithms<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    judged(
        case,
        PathRule::SignatureAlgorithm,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(crate) fn validity<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    judged(
        case,
        PathRule::Validity,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(crate) fn basic_constraints<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    judged(
        case,
        PathRule::BasicConstraints,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(crate) fn key_usage<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    judged(
        case,
        PathRule::KeyUsage,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(crate) fn extensions<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    judged(
        case,
        PathRule::Extensions,
        SubIndication::ChainConstraintsFailure,
    )
}

pub(crate) fn purposes<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    judged(
        case,
        PathRule::Purpose,
        SubIndication::ChainConstraintsFailure,
    )
}

/// RFC 5280 §6.1.3 (b) and (c): a form of names that is not processed denies, critical or not.
pub(crate) fn constraints<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
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
        return Answer::blocked(reason, Detail::later(move || joined(&unprocessed)));
    }
    let on_path = case.certificates.iter().copied().chain(case.anchor);
    let mut constrained = on_path.filter(|found| found.extensions.name_constraints.is_some());
    match constrained.next() {
        None => Answer::passed(tell!("没有此类约束", "there are none")),
        Some(_) => Answer::passed(tell!("符合名称约束", "names are as constrained")),
    }
}

pub(crate) fn anchor_validity<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    let (Some(anchor), Some(at)) = (case.anchor, case.valid_at) else {
        return without_path(case);
    };
    let detail = tell!(
        "信任锚「{name}」证书的有效期为 {from} 至 {to}",
        "the certificate of the anchor “{name}” says {from} to {to}",
        name = anchor.subject(),
        from = anchor.not_before,
        to = anchor.not_after
    );
    // An anchor is trusted because the caller says so (RFC 5280 §6.1.1 (d)).
    match anchor.is_valid_at(at) {
        true => Answer::passed(detail),
        false => Answer::note(detail),
    }
}

pub(crate) fn expired_since<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    let path = &case.certificates;
    let (Some(at), false) = (case.now, path.is_empty()) else {
        return without_path(case);
    };
    let expired: Vec<String> = path
        .iter()
        .filter(|certificate| certificate.end() < at)
        .map(|certificate| alloc::format!("{} ({})", certificate.subject(), certificate.not_after))
        .collect();
    match expired.is_empty() {
        true => Answer::passed(tell!(
            "验证时间 {at} 时均未过期",
            "none has expired at the validation time {at}",
            at = at
        )),
        false => Answer::note(tell!(
            "此后已过期，不影响签发时的效力：{names}",
            "expired since, which does not matter for a token made before: {names}",
            names = expired.join("; ")
        )),
    }
}

/// RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a) and (b), §6.1.5 (g).
pub(crate) fn policies<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    let judged = judged(
        case,
        PathRule::Policies,
        SubIndication::ChainConstraintsFailure,
    );
    let Some(best) = case.path.best.as_ref().filter(|_| judged.denies.is_none()) else {
        return judged;
    };
    Answer::passed(match &best.policies {
        PolicySet::None => tell!(
            "没有适用的策略，也没有要求",
            "no policy holds, and none is required"
        ),
        PolicySet::Any => tell!("任意策略", "any policy"),
        PolicySet::These(policies) => {
            let policies: Vec<_> = policies.iter().copied().collect();
            tell!(
                "适用的策略：{policies}",
                "policies that hold: {policies}",
                policies = joined_ids(&policies)
            )
        }
    })
}

/// RFC 5280 §6.3, where it was asked for.
pub(crate) fn revocation<'c>(case: &'c PathCase<'c>) -> Answer<'c> {
    let Some(best) = &case.path.best else {
        return without_path(case);
    };
    let rules = [
        (PathRule::Revoked, SubIndication::Revoked),
        (PathRule::RevokedIssuer, SubIndication::RevokedCaNoPoe),
        (PathRule::OnHold, SubIndication::TryLater),
    ];
    for (rule, reason) in rules {
        let found = defects(case, rule);
        if !found.is_empty() {
            return Answer::failed(reason, Detail::later(move || joined(&found)));
        }
    }
    let unknown = defects(case, PathRule::RevocationUnknown);
    if !unknown.is_empty() {
        return Answer::blocked(
            SubIndication::TryLater,
            Detail::later(move || joined(&unknown)),
        );
    }
    if best.signer_is_anchor {
        return Answer::note(tell!(
            "该证书本身就是信任锚，无需检查",
            "the certificate is itself a trust anchor; there is nothing to ask"
        ));
    }
    match best.statuses.is_empty() {
        // The path of names only: its signatures do not hold.
        true => Answer::blocked(
            SubIndication::TryLater,
            tell!(
                "证书链的签名不成立，故未检查",
                "not checked, since the signatures of the path do not hold"
            ),
        ),
        false => Answer::passed(tell!("均未被吊销", "none is revoked")),
    }
}
