//! The checks of RFC 5280 §6.1 on one path, without policies, name constraints and revocation.
//!
//! Lists every defect instead of stopping at the first, so that a report can name them all. Checks
//! of the signer's own certificate (purposes, usage, validity) are findings of their own, see
//! `checks::signer_certificate`.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::{GenTime, oid};

use super::Certificate;
use crate::Text;
use crate::text::say;

/// The rule that a path breaks; one finding for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PathRule {
    /// A certificate's signature holds with the key of the next.
    Signature,
    /// The same, where the engine cannot tell.
    SignatureUnsupported,
    /// Both places for the signature algorithm say the same.
    SignatureAlgorithm,
    /// Every issuer is valid at `genTime`.
    Validity,
    /// Every issuer is a CA, and the path is not longer than allowed.
    BasicConstraints,
    /// Every issuer may sign certificates.
    KeyUsage,
    /// Every issuer that names purposes names time-stamping or any.
    Purpose,
    /// No critical extension is unknown, twice or unreadable.
    Extensions,
    /// Constraints on names and policies.
    Constraints,
}

/// One broken rule, with the certificate that breaks it.
#[derive(Clone, Debug)]
pub(crate) struct Defect {
    pub(crate) rule: PathRule,
    pub(crate) detail: Text,
}

/// Judges the issuers on a path, and the extensions of every certificate on it. `path` begins with
/// the signer; the anchor is not part of it.
pub(crate) fn defects(path: &[&Certificate<'_>], gen_time: Option<GenTime>) -> Vec<Defect> {
    let mut found = Vec::new();
    for (index, certificate) in path.iter().enumerate() {
        let mut push = |rule, detail| found.push(Defect { rule, detail });
        extension_defects(certificate, &mut push);
        if certificate.anatomy.signature_algorithm != certificate.anatomy.tbs_signature_algorithm {
            let name = certificate.subject();
            push(
                PathRule::SignatureAlgorithm,
                say!(
                    "“{name}”的 signatureAlgorithm 与签名内容中的 signature 字段不一致",
                    "the certificate of “{name}” names two signature algorithms",
                    name = name
                ),
            );
        }
        if index == 0 {
            continue;
        }
        // RFC 5280 §4.2.1.9: self-issued certificates do not count.
        let between = path.get(1..index).unwrap_or_default();
        let below = between
            .iter()
            .filter(|below| !below.is_self_issued())
            .count();
        issuer_defects(certificate, below, &mut push);
        if let Some(gen_time) = gen_time
            && !certificate.is_valid_at(gen_time)
        {
            push(PathRule::Validity, validity_detail(certificate, gen_time));
        }
    }
    found
}

fn issuer_defects(
    certificate: &Certificate<'_>,
    below: usize,
    push: &mut impl FnMut(PathRule, Text),
) {
    let name = certificate.subject();
    let extensions = &certificate.extensions;
    let constraints = extensions.basic_constraints.unwrap_or_default();
    if !certificate.is_version_3 || !constraints.ca {
        push(
            PathRule::BasicConstraints,
            say!(
                "签发者“{name}”不是 CA（basicConstraints 中 cA 不为真）",
                "the issuer “{name}” is not a CA (basicConstraints does not say cA)",
                name = name
            ),
        );
    }
    if let Some(length) = constraints.path_len
        && u64::try_from(below).is_ok_and(|below| below > length)
    {
        push(
            PathRule::BasicConstraints,
            say!(
                "“{name}”只允许其下有 {length} 个中间 CA，实际有 {below} 个",
                "“{name}” allows {length} intermediate CAs below it, there are {below}",
                name = name,
                length = length,
                below = below
            ),
        );
    }
    if let Some(usage) = extensions.key_usage
        && !usage.may_sign_certificates()
    {
        push(
            PathRule::KeyUsage,
            say!(
                "签发者“{name}”的密钥用途为 {usage}，不含 keyCertSign",
                "the key usage of the issuer “{name}” is {usage}, without keyCertSign",
                name = name,
                usage = usage.to_shown()
            ),
        );
    }
    if let Some(purposes) = &extensions.extended_key_usage
        && !purposes.purposes.contains(&oid::ID_KP_TIME_STAMPING)
        && !purposes.purposes.contains(&oid::ANY_EXTENDED_KEY_USAGE)
    {
        push(
            PathRule::Purpose,
            say!(
                "签发者“{name}”的扩展密钥用途不含时间戳：{purposes}",
                "the key purposes of the issuer “{name}” leave out time-stamping: {purposes}",
                name = name,
                purposes = joined(&purposes.purposes)
            ),
        );
    }
}

fn extension_defects(certificate: &Certificate<'_>, push: &mut impl FnMut(PathRule, Text)) {
    let name = certificate.subject();
    let extensions = &certificate.extensions;
    for unknown in &extensions.unknown_critical {
        push(
            PathRule::Extensions,
            say!(
                "“{name}”含有无法识别的关键扩展 {unknown}",
                "“{name}” has a critical extension {unknown} that is unknown",
                name = name,
                unknown = unknown
            ),
        );
    }
    for unreadable in &extensions.unreadable {
        let (id, zh, en) = match unreadable {
            super::Unreadable::Twice(id) => (id, "重复出现", "is there twice"),
            super::Unreadable::Malformed(id) => (id, "无法解析", "cannot be read"),
        };
        let detail = Text {
            zh: alloc::format!("“{name}”的扩展 {id} {zh}"),
            en: alloc::format!("extension {id} of “{name}” {en}"),
        };
        push(PathRule::Extensions, detail);
    }
    for constraint in &extensions.unprocessed_critical {
        push(
            PathRule::Constraints,
            say!(
                "“{name}”含有关键约束 {constraint}，本版本尚不能处理",
                "“{name}” has a critical constraint {constraint}, not processed by this version",
                name = name,
                constraint = constraint
            ),
        );
    }
}

pub(crate) fn validity_detail(certificate: &Certificate<'_>, gen_time: GenTime) -> Text {
    say!(
        "genTime {gen_time} 不在“{name}”的有效期 {from} 至 {to} 内",
        "genTime {gen_time} is outside of the validity of “{name}”, {from} to {to}",
        gen_time = gen_time,
        name = certificate.subject(),
        from = certificate.not_before,
        to = certificate.not_after
    )
}

pub(crate) fn joined(identifiers: &[tsa_core::ObjectIdentifier]) -> String {
    let words: Vec<String> = identifiers
        .iter()
        .map(|identifier| alloc::format!("{identifier}"))
        .collect();
    words.join(", ")
}
