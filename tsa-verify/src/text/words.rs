//! Chinese and English words for what `tsa-core` and the engine name in English only: why bytes
//! cannot be read, departures from DER, statuses, schemes and keys.
//!
//! Names of fields and types stay as the standards write them. What has no words here, because a
//! later `tsa-core` knows more, is said in English in both languages.

use alloc::string::{String, ToString};

use tsa_core::tlv::Rule;
use tsa_core::{DecodeError, DecodeErrorKind, PkiStatus, PkiStatusInfo};

use super::{quoted_name, say, shown};
use crate::crypto::{PublicKey, SignatureScheme};
use crate::{Lang, Text};

/// Why bytes cannot be read, and where.
pub(crate) fn decode_error(error: &DecodeError) -> Text {
    let zh = match &error.kind {
        DecodeErrorKind::Truncated => String::from("数据在一个值的中途结束"),
        DecodeErrorKind::Length => String::from("长度超出所在的值，或不是长度"),
        DecodeErrorKind::TagForm => String::from("不是标签"),
        DecodeErrorKind::Trailing { count } => alloc::format!("值之后还有 {count} 个字节"),
        DecodeErrorKind::Limit { what, max } => {
            alloc::format!("{}超过上限 {max}", reason(what))
        }
        DecodeErrorKind::Content(what) => String::from(reason(what)),
        DecodeErrorKind::NotDer(broken) => alloc::format!("不是 DER：{}", rule(*broken)),
        DecodeErrorKind::Missing { field, expected } => {
            alloc::format!("缺少 {field}（应为 {expected}）")
        }
        DecodeErrorKind::UnexpectedTag {
            field,
            expected,
            found,
        } => alloc::format!("{field}：应为 {expected}，实为 {found}"),
        DecodeErrorKind::UnexpectedField { field, found } => {
            alloc::format!("{field} 中多出 {found}")
        }
        DecodeErrorKind::Value {
            field,
            reason: what,
        } => alloc::format!("{field}：{}", reason(what)),
        other => other.to_string(),
    };
    Text {
        zh: alloc::format!("{zh}（第 {} 字节处）", error.offset),
        en: error.to_string(),
    }
}

/// The reasons of `tsa-core`, and those of the certificate reader here.
const REASONS: [(&str, &str); 57] = [
    ("message bytes", "报文字节数"),
    ("values", "值的个数"),
    ("nesting levels", "嵌套层数"),
    ("attribute values", "属性值个数"),
    ("attributes", "属性个数"),
    ("certificate identifiers", "证书标识个数"),
    ("digest algorithms", "摘要算法个数"),
    ("extensions", "扩展个数"),
    ("signerInfos", "签名者个数"),
    ("status strings", "状态说明条数"),
    ("purposes", "用途个数"),
    ("names", "名称个数"),
    ("certificates", "证书个数"),
    ("crls", "CRL 个数"),
    (
        "a segment of a string has another type",
        "字符串的一段类型不同",
    ),
    ("a UTF8String is not UTF-8", "UTF8String 不是 UTF-8"),
    (
        "a segment of a BIT STRING follows one with unused bits",
        "BIT STRING 中间一段有未用位",
    ),
    (
        "a primitive type in constructed form",
        "基本类型用了构造形式",
    ),
    ("a BOOLEAN is one byte long", "BOOLEAN 应为一个字节"),
    (
        "an INTEGER has at least one byte",
        "INTEGER 至少应有一个字节",
    ),
    ("a NULL is empty", "NULL 应为空"),
    (
        "an OBJECT IDENTIFIER ends inside an arc, is empty, or pads an arc",
        "OBJECT IDENTIFIER 不完整、为空或有多余的零",
    ),
    (
        "a SEQUENCE or SET in primitive form",
        "SEQUENCE 或 SET 用了基本形式",
    ),
    (
        "a BIT STRING has at least one byte",
        "BIT STRING 至少应有一个字节",
    ),
    (
        "a BIT STRING leaves at most seven bits unused",
        "BIT STRING 的未用位最多七位",
    ),
    (
        "an empty BIT STRING has no unused bits",
        "空的 BIT STRING 没有未用位",
    ),
    (
        "a BIT STRING in constructed form",
        "BIT STRING 用了构造形式",
    ),
    ("an EXPLICIT tag holds no value", "EXPLICIT 标签内没有值"),
    ("an object identifier of unusual length", "对象标识符过长"),
    ("seconds are negative or above 2^32", "秒数为负或超过 2^32"),
    ("a field is not an INTEGER", "有字段不是 INTEGER"),
    ("a field is not in its shortest form", "有字段不是最短形式"),
    (
        "millis and micros are 1 to 999",
        "millis 和 micros 应为 1 至 999",
    ),
    ("not ASCII", "不是 ASCII"),
    (
        "not in UTC: it must end in `Z`",
        "不是 UTC 时间，应以 Z 结尾",
    ),
    (
        "not of the form YYYYMMDDhhmmss[.s…]Z",
        "不是 YYYYMMDDhhmmss[.s…]Z 的形式",
    ),
    ("not a number", "不是数字"),
    ("no such date", "没有这一日期"),
    ("no such time of day", "没有这一时刻"),
    ("a fraction without digits", "小数部分没有数字"),
    ("more than nine digits in the fraction", "小数部分超过九位"),
    ("at least one extension is needed", "至少应有一个扩展"),
    ("at least one string is needed", "至少应有一条说明"),
    ("empty", "为空"),
    ("detached", "不在令牌内"),
    ("more than 32 bits", "超过 32 位"),
    ("not a SEQUENCE", "不是 SEQUENCE"),
    ("not a SET", "不是 SET"),
    ("not a UTF8String", "不是 UTF8String"),
    ("not UTF-8", "不是 UTF-8"),
    ("not SignedData", "不是 SignedData"),
    ("not a time", "不是时间"),
    ("missing", "缺失"),
    ("not an OCTET STRING", "不是 OCTET STRING"),
    ("not a whole number of bytes", "不是整数个字节"),
    ("not as long as its algorithm makes it", "长度与算法不符"),
    (
        "not one of the six that RFC 3161 knows",
        "不是 RFC 3161 规定的六种之一",
    ),
];

fn reason(english: &'static str) -> &'static str {
    REASONS
        .iter()
        .find(|(known, _)| *known == english)
        .map_or(english, |(_, chinese)| chinese)
}

/// A departure from DER, in Chinese.
pub(crate) fn rule(rule: Rule) -> String {
    String::from(match rule {
        Rule::IndefiniteLength => "长度不定",
        Rule::NonMinimalLength => "长度不是最短形式",
        Rule::NonMinimalTag => "标签不是最短形式",
        Rule::ConstructedString => "字符串用了构造形式",
        Rule::NonMinimalInteger => "INTEGER 不是最短形式",
        Rule::BooleanValue => "TRUE 不是 FF",
        Rule::BitStringPadding => "BIT STRING 的未用位不为零",
        Rule::NamedBitListTrailingZeros => "命名位表末尾有多余的零",
        Rule::UnsortedSet => "SET OF 未按升序排列",
        Rule::DefaultEncoded => "写出了 DEFAULT 值",
        Rule::GeneralizedTimeForm => "GeneralizedTime 不是规范形式",
        other => return other.to_string(),
    })
}

/// A status with its reason and the authority's own words.
pub(crate) fn status(info: &PkiStatusInfo) -> Text {
    let chinese = match info.status {
        PkiStatus::Granted => "已签发",
        PkiStatus::GrantedWithMods => "已签发，但有改动",
        PkiStatus::Rejection => "拒绝签发",
        PkiStatus::Waiting => "等待处理",
        PkiStatus::RevocationWarning => "即将吊销",
        PkiStatus::RevocationNotification => "已吊销",
    };
    let mut zh = alloc::format!("{chinese}（{}）", info.status);
    let mut en = info.status.to_string();
    if let Some(reason) = info.fail_info {
        zh.push_str(&alloc::format!("，原因 {reason}"));
        en.push_str(&alloc::format!(" ({reason})"));
    }
    for (index, text) in info.status_string.iter().enumerate() {
        let text = shown(text);
        zh.push_str(if index == 0 { "，附言" } else { "" });
        zh.push_str(&quoted_name(&text, Lang::Zh));
        en.push_str(if index == 0 { ": " } else { " " });
        en.push_str(&quoted_name(&text, Lang::En));
    }
    Text { zh, en }
}

/// A signature scheme.
pub(crate) fn scheme(scheme: &SignatureScheme) -> Text {
    let zh = match scheme {
        SignatureScheme::RsaPkcs1(digest) => alloc::format!("RSA PKCS#1 v1.5（{digest}）"),
        SignatureScheme::RsaPss {
            digest,
            mgf_digest,
            salt_bytes,
        } => alloc::format!("RSASSA-PSS（{digest}，MGF1 {mgf_digest}，盐长 {salt_bytes} 字节）"),
        SignatureScheme::Ecdsa(digest) => alloc::format!("ECDSA（{digest}）"),
        SignatureScheme::Sm2 => String::from("SM2（sm3）"),
        SignatureScheme::Dsa(digest) => alloc::format!("DSA（{digest}）"),
        other => other.to_shown(),
    };
    Text {
        zh,
        en: scheme.to_shown(),
    }
}

/// Why the engine has no answer, as far as scheme and key tell.
pub(crate) fn unsupported(wanted: &SignatureScheme, subject_public_key_info: &[u8]) -> Text {
    let found = PublicKey::read(subject_public_key_info);
    let reason = match (wanted, &found) {
        (_, Some(PublicKey::Ec { curve: None, .. })) => say!(
            "；曲线须由名称给出（RFC 5480 §2.1.1）",
            "; a curve has to be given by name (RFC 5480 §2.1.1)"
        ),
        (SignatureScheme::Dsa(_), _) => say!(
            "；DSA 只在旧的证书路径中验证",
            "; DSA is checked in certification paths of old only"
        ),
        _ => say!("", ""),
    };
    let (scheme, key) = (scheme(wanted), key(found.as_ref()));
    say!(
        "本程序无法验证此算法或密钥：{scheme_zh}，密钥 {key_zh}{reason_zh}",
        "this program cannot check this algorithm or key: {scheme_en}, key {key_en}{reason_en}",
        scheme_zh = scheme.zh,
        key_zh = key.zh,
        reason_zh = reason.zh,
        scheme_en = scheme.en,
        key_en = key.en,
        reason_en = reason.en
    )
}

/// A public key; `None` when it cannot be read.
pub(crate) fn key(key: Option<&PublicKey<'_>>) -> Text {
    match key {
        None => say!("（不可读）", "(cannot be read)"),
        Some(PublicKey::Ec { curve: None, .. }) => {
            say!("EC（曲线由参数给出）", "EC with explicit parameters")
        }
        Some(key) => say!("{shown}", "{shown}", shown = key.to_shown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_for_unreadable_bytes_is_said_in_chinese() {
        let ascii_word = |text: &str| {
            let words = text.split(|character: char| !character.is_ascii_lowercase());
            words.map(str::len).max().unwrap_or_default() > 3
        };
        let error = |kind| DecodeError { kind, offset: 7 };
        let tag = tsa_core::tlv::Tag::SEQUENCE;
        let kinds = [
            DecodeErrorKind::Truncated,
            DecodeErrorKind::Length,
            DecodeErrorKind::TagForm,
            DecodeErrorKind::Trailing { count: 2 },
            DecodeErrorKind::Limit {
                what: "values",
                max: 9,
            },
            DecodeErrorKind::Content("a NULL is empty"),
            DecodeErrorKind::NotDer(Rule::UnsortedSet),
            DecodeErrorKind::Missing {
                field: "sid",
                expected: tag,
            },
            DecodeErrorKind::UnexpectedTag {
                field: "sid",
                expected: tag,
                found: tag,
            },
            DecodeErrorKind::UnexpectedField {
                field: "sid",
                found: tag,
            },
            DecodeErrorKind::Value {
                field: "sid",
                reason: "no such date",
            },
        ];
        for kind in kinds {
            let text = decode_error(&error(kind));
            assert!(!ascii_word(&text.zh), "{}", text.zh);
            assert!(text.en.ends_with(" at byte 7"), "{}", text.en);
        }
    }

    #[test]
    fn a_reason_that_is_not_known_here_stays_in_english() {
        assert_eq!(reason("something new"), "something new");
        assert_eq!(reason("not a SET"), "不是 SET");
    }
}
