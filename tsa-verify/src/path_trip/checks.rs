//! The checks of a path that is asked for on its own, in order. Codes and clauses are those of
//! [`crate::checks`], where they have the same meaning for the path of a token's signer.

use alloc::vec::Vec;

use super::{Facts, PathPolicy};
use crate::checks::on_path::{self, PathCase};
use crate::checks::{signer_certificate, strength};
use crate::finding::{Answer, Finding, SubIndication};
use crate::path::{Certificate, PathPurpose};
use crate::text::{tell, words};

/// A pure function of the case.
type Judge = for<'c> fn(&'c PathCase<'c>, &'c PathPolicy) -> Answer<'c>;

/// One line of the table.
struct Line {
    code: &'static str,
    clause: &'static str,
    zh: &'static str,
    en: &'static str,
    judge: Judge,
}

const fn line(
    code: &'static str,
    clause: &'static str,
    (zh, en): (&'static str, &'static str),
    judge: Judge,
) -> Line {
    Line {
        code,
        clause,
        zh,
        en,
        judge,
    }
}

#[rustfmt::skip]
const TABLE: &[Line] = &[
    line("PKX-010", "RFC 5280 §6.1",
        ("证书链通向信任锚", "a path leads to a trust anchor"),
        |case, _| on_path::found(case)),
    line("TSV-102", "NIST SP 800-131A",
        ("证书签名的算法和密钥足够强", "algorithms and keys of the certificates are strong"), strength),
    line("PKX-020", "RFC 3161 §2.3",
        ("证书仅用于时间戳（关键扩展）", "the certificate is for time-stamping only, critically"),
        |case, policy| for_time_stamping(case, policy, signer_certificate::purpose_of)),
    line("PKX-022", "RFC 5280 §4.2.1.3, §4.2.1.12",
        ("密钥可用于签名", "its key may sign"),
        |case, policy| for_time_stamping(case, policy, signer_certificate::key_usage_of)),
    line("PKX-024", "RFC 3161 §2.3",
        ("证书不是 CA 证书", "it is not a CA's"),
        |case, policy| for_time_stamping(case, policy, signer_certificate::not_a_ca_of)),
    line("PKX-026", "RFC 5280 §6.1.3 (a)(2)",
        ("证书有效", "the certificate is valid"), validity),
    line("PKX-030", "RFC 5280 §6.1.3 (a)(1)",
        ("证书签名成立", "the certificates' signatures hold"),
        |case, _| on_path::signatures(case)),
    line("PKX-031", "RFC 5280 §4.1.1.2",
        ("证书两处签名算法一致", "each certificate names one signature algorithm"),
        |case, _| on_path::signature_algorithms(case)),
    line("PKX-032", "RFC 5280 §6.1.3 (a)(2)",
        ("上级证书有效", "the issuers' certificates are valid"),
        |case, _| on_path::validity(case)),
    line("PKX-034", "RFC 5280 §6.1.4 (k)–(m)",
        ("上级均为 CA 且路径长度合规", "every issuer is a CA, and path lengths are kept"),
        |case, _| on_path::basic_constraints(case)),
    line("PKX-036", "RFC 5280 §6.1.4 (n)",
        ("上级可签发证书", "every issuer may sign certificates"),
        |case, _| on_path::key_usage(case)),
    line("PKX-038", "RFC 5280 §6.1.4 (o), §6.1.5 (f)",
        ("没有无法处理的关键扩展", "no critical extension is unknown or unreadable"),
        |case, _| on_path::extensions(case)),
    line("PKX-040", "RFC 5280 §6.1.3 (b), (c)",
        ("名称约束", "constraints on names"),
        |case, _| on_path::constraints(case)),
    line("PKX-041", "RFC 5280 §6.1.3 (d)–(f), §6.1.5 (g)",
        ("证书策略", "certificate policies"),
        |case, _| on_path::policies(case)),
    line("PKX-042", "RFC 5280 §4.2.1.12",
        ("上级的密钥用途允许时间戳", "the issuers' key purposes allow time-stamping"),
        |case, policy| match policy.purpose {
            PathPurpose::Any => no_purpose(),
            PathPurpose::TimeStamping => on_path::purposes(case),
        }),
    line("PKX-050", "RFC 5280 §6.1.1 (d)",
        ("信任锚的有效期", "the anchor's own validity"),
        |case, _| on_path::anchor_validity(case)),
    line("PKX-070", "RFC 5280 §6.3, RFC 6960",
        ("吊销状态", "revocation"), revocation),
];

/// The one check that tokens have no need of.
const READABLE: (&str, &str) = ("PKX-005", "RFC 5280 §4.1");

/// Makes every check.
pub(super) fn all(facts: &Facts<'_>, policy: &PathPolicy) -> Vec<Finding> {
    let case = facts.case(policy);
    let title = ("证书可读", "the certificate can be read");
    let first = readable(facts).into_finding(READABLE.0, READABLE.1, title);
    let made = TABLE.iter().map(|line| {
        let title = (line.zh, line.en);
        (line.judge)(&case, policy).into_finding(line.code, line.clause, title)
    });
    core::iter::once(first).chain(made).collect()
}

fn readable<'c>(facts: &'c Facts<'_>) -> Answer<'c> {
    match &facts.unreadable {
        None => Answer::passed(tell!("是", "it can")),
        Some(error) => Answer::failed(SubIndication::FormatFailure, words::decode_error(error)),
    }
}

fn no_purpose() -> Answer<'static> {
    Answer::not_asked(tell!(
        "未要求特定用途",
        "the certificate may be for any purpose"
    ))
}

fn for_time_stamping<'c>(
    case: &'c PathCase<'c>,
    policy: &PathPolicy,
    judge: fn(&'c Certificate<'c>) -> Answer<'c>,
) -> Answer<'c> {
    match (policy.purpose, case.first) {
        (PathPurpose::TimeStamping, Some(certificate)) => judge(certificate),
        _ => no_purpose(),
    }
}

fn validity<'c>(case: &'c PathCase<'c>, policy: &'c PathPolicy) -> Answer<'c> {
    match case.first {
        Some(certificate) => signer_certificate::validity_of(certificate, policy.at),
        None => on_path::without_path(case),
    }
}

fn strength<'c>(case: &'c PathCase<'c>, policy: &'c PathPolicy) -> Answer<'c> {
    let Some(best) = &case.path.best else {
        return on_path::without_path(case);
    };
    let path = &case.certificates;
    let signed = if best.signer_is_anchor { 0 } else { path.len() };
    strength::path_of(path, signed, case.anchor, policy.algorithms)
}

fn revocation<'c>(case: &'c PathCase<'c>, policy: &'c PathPolicy) -> Answer<'c> {
    match policy.requires_revocation {
        true => on_path::revocation(case),
        false => Answer::not_asked(tell!(
            "未检查吊销状态：按要求不检查",
            "revocation was not checked: switched off by the caller"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn codes_and_clauses_are_those_of_tokens() {
        for line in TABLE {
            let known = crate::checks::list()
                .any(|(code, clause, _)| (code, clause) == (line.code, line.clause));
            assert!(known, "{}", line.code);
        }
    }
}
