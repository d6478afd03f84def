//! The checks of RFC 5280 §6.1 on one path; [`super::policy_graph`] has those of policies.
//!
//! Lists every defect instead of stopping at the first, so that a report can name them all. Checks
//! of the first certificate (purposes, usage, validity) are findings of their own, see
//! `checks::signer_certificate`. What the anchor's certificate says of its own use is held against
//! it as against any issuer (RFC 5937 §3); its validity and its own signature are not. Not in
//! scope: revocation.

use alloc::string::String;

use tsa_core::{GenTime, oid};

use super::Certificate;
use super::constraints::{NameAnswer, NameAnswers, judged};
use super::defects::{Defects, PathRule, Step};
use super::policy_graph::{self, PolicySet};
use super::question::{PathPurpose, Question};
use crate::Text;
use crate::text::{listed, say};

/// Judges the issuers on a path, and the extensions of every certificate on it. `path` begins with
/// the signer and ends with the anchor, if that is another. What is returned are the policies.
pub(super) fn judge(
    path: &[Step<'_, '_>],
    question: &Question,
    names: &mut NameAnswers,
    found: &mut Defects,
) -> PolicySet {
    for (index, step) in path.iter().enumerate() {
        extension_defects(step, found);
        if step.is_anchor {
            issuer_defects(path, index, question, found);
            name_defects(path, index, names, found);
            continue;
        }
        let anatomy = &step.certificate.anatomy;
        if anatomy.signature_algorithm != anatomy.tbs_signature_algorithm {
            found.push(PathRule::SignatureAlgorithm, || {
                say!(
                    "「{name}」的 signatureAlgorithm 与签名内容中的 signature 字段不一致",
                    "the certificate of “{name}” names two signature algorithms",
                    name = step.name()
                )
            });
        }
        if index == 0 {
            continue;
        }
        issuer_defects(path, index, question, found);
        name_defects(path, index, names, found);
        if let Some(at) = question.at
            && !step.certificate.is_valid_at(at)
        {
            found.push(PathRule::Validity, || {
                validity_text(step.name(), step.certificate, at)
            });
        }
    }
    policy_graph::judge(path, &question.policies, found)
}

/// What the issuer at `index` may do.
fn issuer_defects(path: &[Step<'_, '_>], index: usize, question: &Question, found: &mut Defects) {
    let Some(step) = path.get(index) else {
        return;
    };
    ca_defects(path, index, step, found);
    let extensions = &step.certificate.extensions;
    if let Some(usage) = extensions.key_usage
        && !usage.may_sign_certificates()
    {
        found.push(PathRule::KeyUsage, || {
            say!(
                "签发者「{name}」的密钥用途为 {usage}，不含 keyCertSign",
                "the key usage of the issuer “{name}” is {usage}, without keyCertSign",
                name = step.name(),
                usage = usage.to_shown()
            )
        });
    }
    if let Some(purposes) = &extensions.extended_key_usage
        && question.purpose == PathPurpose::TimeStamping
        && !purposes.purposes.contains(&oid::ID_KP_TIME_STAMPING)
        && !purposes.purposes.contains(&oid::ANY_EXTENDED_KEY_USAGE)
    {
        found.push(PathRule::Purpose, || {
            say!(
                "签发者「{name}」的扩展密钥用途不含时间戳：{purposes}",
                "the key purposes of the issuer “{name}” leave out time-stamping: {purposes}",
                name = step.name(),
                purposes = joined(&purposes.purposes)
            )
        });
    }
}

/// What the issuer at `index` allows of the names below.
fn name_defects(path: &[Step<'_, '_>], index: usize, names: &mut NameAnswers, found: &mut Defects) {
    let Some((step, constraints)) = path.get(index).and_then(|step| {
        let constraints = step.certificate.extensions.name_constraints.as_ref()?;
        Some((step, constraints))
    }) else {
        return;
    };
    for (number, below) in path.iter().enumerate().take(index) {
        // RFC 5280 §6.1.3 (b): a self-issued certificate is exempt, unless it is the last.
        if number > 0 && below.is_self_issued {
            continue;
        }
        let answer = names
            .entry((step.number, below.number))
            .or_insert_with(|| judged(constraints, below.certificate));
        match *answer {
            NameAnswer::Within => {}
            NameAnswer::Outside => found.push(PathRule::Names, || {
                say!(
                    "「{below}」的名称不在「{name}」的名称约束之内",
                    "a name of “{below}” is outside of the name constraints of “{name}”",
                    below = below.name(),
                    name = step.name()
                )
            }),
            NameAnswer::NotProcessed => found.push(PathRule::Constraints, || {
                say!(
                    "「{name}」的名称约束涉及「{below}」的某个名称，其形式或写法无法处理",
                    "the name constraints of “{name}” bear on a name of “{below}” whose form or \
                     spelling cannot be processed",
                    below = below.name(),
                    name = step.name()
                )
            }),
        }
    }
}

/// Whether the issuer at `index` is a CA, for this many below it.
fn ca_defects(path: &[Step<'_, '_>], index: usize, step: &Step<'_, '_>, found: &mut Defects) {
    let version_3 = step.certificate.is_version_3;
    let constraints = step.certificate.extensions.basic_constraints;
    let constraints = constraints.unwrap_or_default();
    // A root of version 1 has no extensions to say it; its owner says so by trusting it.
    let is_ca = match step.is_anchor {
        true => !version_3 || constraints.ca,
        false => version_3 && constraints.ca,
    };
    if !is_ca {
        found.push(PathRule::BasicConstraints, || {
            say!(
                "签发者「{name}」不是 CA（basicConstraints 中 cA 不为真）",
                "the issuer “{name}” is not a CA (basicConstraints does not say cA)",
                name = step.name()
            )
        });
    }
    // RFC 5280 §4.2.1.9: self-issued certificates do not count.
    let between = path.get(1..index).unwrap_or_default();
    let below = between.iter().filter(|below| !below.is_self_issued).count();
    if let Some(length) = constraints.path_len
        && u64::try_from(below).is_ok_and(|below| below > length)
    {
        found.push(PathRule::BasicConstraints, || {
            say!(
                "「{name}」只允许其下有 {length} 个中间 CA，实际有 {below} 个",
                "“{name}” allows {length} intermediate CAs below it, there are {below}",
                name = step.name(),
                length = length,
                below = below
            )
        });
    }
}

fn extension_defects(step: &Step<'_, '_>, found: &mut Defects) {
    let extensions = &step.certificate.extensions;
    for unknown in &extensions.unknown_critical {
        found.push(PathRule::Extensions, || {
            say!(
                "「{name}」含有无法识别的关键扩展 {unknown}",
                "“{name}” has a critical extension {unknown} that is unknown",
                name = step.name(),
                unknown = unknown
            )
        });
    }
    for unreadable in &extensions.unreadable {
        found.push(PathRule::Extensions, || {
            let name = step.name();
            let (id, zh, en) = match unreadable {
                super::Unreadable::Twice(id) => (id, "重复出现", "is there twice"),
                super::Unreadable::Malformed(id) => (id, "无法解析", "cannot be read"),
            };
            Text {
                zh: alloc::format!("「{name}」的扩展 {id} {zh}"),
                en: alloc::format!("extension {id} of “{name}” {en}"),
            }
        });
    }
}

/// Words for an instant outside of a certificate's validity.
pub(crate) fn validity_detail(certificate: &Certificate<'_>, at: GenTime) -> Text {
    validity_text(&certificate.subject(), certificate, at)
}

fn validity_text(name: &str, certificate: &Certificate<'_>, at: GenTime) -> Text {
    say!(
        "{at} 不在「{name}」的有效期 {from} 至 {to} 内",
        "{at} is outside of the validity of “{name}”, {from} to {to}",
        at = at,
        name = name,
        from = certificate.not_before,
        to = certificate.not_after
    )
}

pub(crate) fn joined(identifiers: &[tsa_core::ObjectIdentifier]) -> String {
    listed(identifiers)
}
