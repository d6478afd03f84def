//! The table of checks: one line each, with its stable code, its clause and its title.
//!
//! All checks run, in this order; none stops another. A check whose ground is missing says so and
//! is *not made*; it denies the verdict all the same, after the finding that caused it. Each check
//! is a pure function of the facts, the policy and the validation time. Codes never change their
//! meaning; the gaps between them are for later checks.
//!
//! # Choices where ETSI EN 319 102-1 leaves one
//!
//! - What breaks CMS or RFC 3161 syntax is `FORMAT_FAILURE`, so TOTAL-FAILED; a content that is
//!   detached is `SIGNED_DATA_NOT_FOUND`, since the data may turn up.
//! - messageDigest that is not the content's digest is `HASH_FAILURE`, as is an imprint that is not
//!   the file's. An attribute that protects the algorithms and contradicts them is
//!   `SIG_CRYPTO_FAILURE` (RFC 6211 §3). A `digestAlgorithm` other than the signature's is
//!   `SIG_CONSTRAINTS_FAILURE`, as is a `tsa` name that is none of the signer's names.
//! - `genTime` outside of the signer's own certificate is EXPIRED or `NOT_YET_VALID`; outside of an
//!   issuer's it is `CHAIN_CONSTRAINTS_FAILURE`. `genTime` after the validation time (less the
//!   stated accuracy) is `TIMESTAMP_ORDER_FAILURE`.
//! - Wrong key purposes, key usage or kind of the signer's certificate, of an issuer, and unknown
//!   critical extensions are `CHAIN_CONSTRAINTS_FAILURE`. A certificate signature that does not
//!   hold is `CERTIFICATE_CHAIN_GENERAL_FAILURE`.
//! - An algorithm or key that this program does not know is `CRYPTO_CONSTRAINTS_FAILURE`; one that
//!   is known and weak is `CRYPTO_CONSTRAINTS_FAILURE_NO_POE`, for an imprint
//!   `CRYPTO_CONSTRAINTS_FAILURE`.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::GenTime;

use crate::facts::Facts;
use crate::finding::{Answer, CheckOutcome, Finding, SubIndication};
use crate::text::{Detail, tell};
use crate::{Text, VerificationPolicy};

mod about;
mod attributes;
mod encoding;
mod identifier;
mod imprint;
mod later;
pub(crate) mod on_path;
pub(crate) mod page;
mod path;
mod request;
mod signature;
mod signed_data;
mod signer;
pub(crate) mod signer_certificate;
mod status;
pub(crate) mod strength;
mod tsa_name;
mod tst_info;

use on_path::PathCase;
pub(crate) use tsa_name::shown_general_name;

/// What a check sees.
pub(crate) struct Case<'c> {
    pub(crate) facts: &'c Facts<'c>,
    pub(crate) policy: &'c VerificationPolicy,
    /// The validation time; `None` when it is to be the token's own and the token has none.
    pub(crate) at: Option<GenTime>,
    path: PathCase<'c>,
}

impl<'c> Case<'c> {
    pub(crate) fn new(facts: &'c Facts<'c>, policy: &'c VerificationPolicy) -> Self {
        let at = policy.validation_time.instant(facts.gen_time());
        Self {
            facts,
            policy,
            at,
            path: path::case_of(facts, at),
        }
    }

    /// A harmless departure from a standard.
    fn deviation<'d>(&self, detail: impl Into<Detail<'d>>) -> Answer<'d> {
        Answer::deviation(self.policy.strict, detail)
    }
}

/// A pure function of the case.
type Judge = for<'c> fn(&'c Case<'c>) -> Answer<'c>;

/// One line of the table.
#[derive(Clone, Copy)]
struct Check {
    code: &'static str,
    clause: &'static str,
    zh: &'static str,
    en: &'static str,
    judge: Judge,
}

/// A check without its title.
const fn check(code: &'static str, clause: &'static str, judge: Judge) -> Check {
    Check {
        code,
        clause,
        zh: "",
        en: "",
        judge,
    }
}

impl Check {
    const fn of(self, zh: &'static str, en: &'static str) -> Self {
        Self { zh, en, ..self }
    }
}

#[rustfmt::skip]
const TABLE: &[Check] = &[
    check("TSV-010", "X.690 §8", encoding::readable)
        .of("报文可读", "the message can be read"),
    check("TSV-012", "X.690 §10, §11", encoding::canonical)
        .of("报文采用 DER 编码", "the message is DER"),
    check("TSV-014", "RFC 3161 §2.4.2", encoding::form)
        .of("响应或单独的令牌", "a response or a bare token"),
    check("TSV-020", "RFC 3161 §2.4.2", status::granted)
        .of("状态为已签发", "the status grants a token"),
    check("TSV-030", "RFC 5652 §5.1", signed_data::readable)
        .of("CMS 签名数据可读", "CMS SignedData can be read"),
    check("TSV-032", "RFC 3161 §2.4.2", signed_data::one_signer)
        .of("恰有一个签名者", "there is exactly one signer"),
    check("TSV-034", "RFC 3161 §2.4.2", signed_data::content_type)
        .of("内容类型为 TSTInfo", "the content type is id-ct-TSTInfo"),
    check("TSV-036", "RFC 3161 §2.4.2", signed_data::content_present)
        .of("含有被签名的内容", "the signed content is inside"),
    check("TSV-038", "RFC 5652 §5.1, §5.3", signed_data::versions)
        .of("版本号", "version numbers"),
    check("TSV-039", "RFC 5652 §10.2", signed_data::certificates)
        .of("所附证书", "the certificates inside"),
    check("TSV-040", "RFC 3161 §2.4.2", tst_info::well_formed)
        .of("TSTInfo 结构正确", "TSTInfo is well-formed"),
    check("TSV-042", "RFC 3161 §2.4.2", tst_info::canonical)
        .of("TSTInfo 采用 DER 编码", "TSTInfo is DER"),
    check("TSV-044", "RFC 3161 §2.4.2", tst_info::version)
        .of("TSTInfo 版本为 1", "TSTInfo has version 1"),
    check("TSV-046", "RFC 3161 §2.4.2", tst_info::serial_number)
        .of("序列号", "the serial number"),
    check("TSV-048", "RFC 3161 §2.4.2", tst_info::extensions)
        .of("没有无法识别的关键扩展", "no critical extension is unknown"),
    check("TSV-050", "RFC 3161 §2.4.2", tst_info::not_in_the_future)
        .of("时间不晚于验证时间", "the time is not after the validation time"),
    check("TSV-060", "RFC 3161 §2.4.2, RFC 8933", imprint::algorithm)
        .of("摘要算法可接受", "the imprint's algorithm is acceptable"),
    check("TSV-062", "RFC 3161 §2.4.1", imprint::length)
        .of("摘要长度与算法相符", "the imprint's length fits its algorithm"),
    check("TSV-064", "RFC 3161 §2.4.2", imprint::equals)
        .of("摘要与文件一致", "the imprint is that of the file"),
    check("TSV-070", "RFC 5652 §5.3", attributes::present)
        .of("含有签名属性", "there are signed attributes"),
    check("TSV-071", "RFC 5652 §5.3, §11", attributes::single)
        .of("每个签名属性只出现一次且只有一个值", "every signed attribute is there once, with one value"),
    check("TSV-072", "RFC 5652 §11.1", attributes::content_type)
        .of("contentType 属性与内容一致", "contentType is the content's type"),
    check("TSV-074", "RFC 5652 §11.2", attributes::message_digest)
        .of("messageDigest 属性与内容一致", "messageDigest is the content's digest"),
    check("TSV-076", "RFC 5652 §11.3", attributes::signing_time)
        .of("signingTime 属性与 genTime 相符", "signingTime agrees with genTime"),
    check("TSV-080", "RFC 5652 §5.3", signer::found)
        .of("找到签名者证书", "the signer's certificate is found"),
    check("TSV-082", "RFC 5816 §2.2.1", signer::identifier_present)
        .of("签名属性指明签名者证书", "a signed attribute names the signer's certificate"),
    check("TSV-084", "RFC 5035 §5.4", signer::digest_fits)
        .of("证书摘要与签名属性一致", "the certificate's digest is the one in the attribute"),
    check("TSV-086", "RFC 5035 §5.4", signer::issuer_serial_fits)
        .of("证书签发者和序列号与签名属性一致", "issuer and serial number are those in the attribute"),
    check("TSV-090", "RFC 8933 §3", signature::digest_agrees)
        .of("摘要算法与签名算法相符", "the digest algorithm is the signature's"),
    check("TSV-092", "RFC 6211 §3", signature::protection_agrees)
        .of("算法保护属性相符", "the attribute that protects the algorithms agrees"),
    check("TSV-094", "RFC 5652 §5.6", signature::holds)
        .of("签名成立", "the signature holds"),
    check("TSV-096", "RFC 5652 §5.4", signature::over_der)
        .of("签名针对 DER 编码的属性", "the signature covers the DER encoding"),
    check("TSV-098", "RFC 4055, RFC 5754, RFC 5758, RFC 8410", identifier::usual)
        .of("签名算法标识的形式符合规定", "the signature algorithm is identified as its standard says"),
    check("TSV-100", "NIST SP 800-131A", strength::token)
        .of("令牌签名的算法和密钥足够强", "algorithm and key of the token's signature are strong"),
    check("TSV-102", "NIST SP 800-131A", strength::path)
        .of("证书签名的算法和密钥足够强", "algorithms and keys of the certificates are strong"),
    check("TSV-110", "RFC 3161 §2.4.2", tsa_name::matches)
        .of("tsa 名称与签名者证书一致", "the tsa name is one of the signer's"),
    check("TSV-120", "RFC 3161 §2.4.2", request::imprint)
        .of("摘要与请求一致", "the imprint is the request's"),
    check("TSV-122", "RFC 3161 §2.4.2", request::nonce)
        .of("随机数一致", "the nonce is repeated"),
    check("TSV-124", "RFC 3161 §2.4.2", request::policy)
        .of("策略一致", "the policy is the one asked for"),
    check("PKX-010", "RFC 5280 §6.1", path::found)
        .of("证书链通向信任锚", "a path leads to a trust anchor"),
    check("PKX-020", "RFC 3161 §2.3", signer_certificate::purpose)
        .of("签名者证书仅用于时间戳（关键扩展）", "the signer's certificate is for time-stamping only, critically"),
    check("PKX-022", "RFC 5280 §4.2.1.3, §4.2.1.12", signer_certificate::key_usage)
        .of("签名者密钥可用于签名", "the signer's key may sign"),
    check("PKX-024", "RFC 3161 §2.3", signer_certificate::not_a_ca)
        .of("签名者不是 CA", "the signer is not a CA"),
    check("PKX-026", "RFC 5280 §6.1.3 (a)(2)", signer_certificate::validity)
        .of("签发时签名者证书有效", "the signer's certificate was valid at genTime"),
    check("PKX-030", "RFC 5280 §6.1.3 (a)(1)", path::signatures)
        .of("证书签名成立", "the certificates' signatures hold"),
    check("PKX-031", "RFC 5280 §4.1.1.2", path::signature_algorithms)
        .of("证书两处签名算法一致", "each certificate names one signature algorithm"),
    check("PKX-032", "RFC 5280 §6.1.3 (a)(2)", path::validity)
        .of("签发时上级证书有效", "the issuers' certificates were valid at genTime"),
    check("PKX-034", "RFC 5280 §6.1.4 (k)–(m)", path::basic_constraints)
        .of("上级均为 CA 且路径长度合规", "every issuer is a CA, and path lengths are kept"),
    check("PKX-036", "RFC 5280 §6.1.4 (n)", path::key_usage)
        .of("上级可签发证书", "every issuer may sign certificates"),
    check("PKX-038", "RFC 5280 §6.1.4 (o), §6.1.5 (f)", path::extensions)
        .of("没有无法处理的关键扩展", "no critical extension is unknown or unreadable"),
    check("PKX-040", "RFC 5280 §6.1.3 (b), (c)", path::constraints)
        .of("名称约束", "constraints on names"),
    check("PKX-041", "RFC 5280 §6.1.3 (d)–(f), §6.1.5 (g)", path::policies)
        .of("证书策略", "certificate policies"),
    check("PKX-042", "RFC 5280 §4.2.1.12", path::purposes)
        .of("上级的密钥用途允许时间戳", "the issuers' key purposes allow time-stamping"),
    check("PKX-050", "RFC 5280 §6.1.1 (d)", path::anchor_validity)
        .of("信任锚的有效期", "the anchor's own validity"),
    check("PKX-060", "RFC 3161 §4", path::expired_since)
        .of("验证时证书是否已过期", "certificates that have expired since"),
    check("PKX-070", "RFC 5280 §6.3, RFC 6960", later::revocation)
        .of("吊销状态", "revocation"),
    check("TSV-140", "ETSI EN 319 102-1 §5.6, RFC 4998", later::evidence)
        .of("后续证据", "later evidence"),
];

/// Makes every check, without a word.
pub(crate) fn outcomes(case: &Case<'_>) -> Vec<CheckOutcome> {
    let make = |check: &Check| {
        let answer = (check.judge)(case);
        CheckOutcome {
            code: check.code,
            result: answer.outcome,
            sub_indication: answer.denies,
        }
    };
    TABLE.iter().map(make).collect()
}

/// Makes every check, and says what was compared.
pub(crate) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let make = |check: &Check| {
        let title = (check.zh, check.en);
        (check.judge)(case).into_finding(check.code, check.clause, title)
    };
    TABLE.iter().map(make).collect()
}

/// Code, clause and title of every check, in the order they are made.
pub fn list() -> impl Iterator<Item = (&'static str, &'static str, Text)> {
    TABLE.iter().map(|check| {
        let title = Text {
            zh: String::from(check.zh),
            en: String::from(check.en),
        };
        (check.code, check.clause, title)
    })
}

/// There is no signed data to look at.
fn without_signed_data() -> Answer<'static> {
    Answer::blocked(
        SubIndication::SignedDataNotFound,
        tell!(
            "没有可读的签名数据",
            "there is no signed data that can be read"
        ),
    )
}

/// There is not exactly one signer.
fn without_signer_info() -> Answer<'static> {
    Answer::blocked(
        SubIndication::SignedDataNotFound,
        tell!("没有唯一的签名者", "there is no single signer to look at"),
    )
}

/// There is no `TSTInfo` to look at.
fn without_statement() -> Answer<'static> {
    Answer::blocked(
        SubIndication::SignedDataNotFound,
        tell!("没有可读的 TSTInfo", "there is no TSTInfo that can be read"),
    )
}

/// There is no signer's certificate to look at.
fn without_certificate() -> Answer<'static> {
    Answer::blocked(
        SubIndication::NoSigningCertificateFound,
        tell!(
            "没有签名者证书",
            "there is no certificate of the signer to look at"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn codes_are_unique() {
        for (index, check) in TABLE.iter().enumerate() {
            let twin = TABLE[..index].iter().find(|other| other.code == check.code);
            assert!(twin.is_none(), "{} is there twice", check.code);
        }
    }
}
