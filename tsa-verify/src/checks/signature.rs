//! Check 8: the signature, and what it covers (RFC 5652 §5.4, §5.6, RFC 6211, RFC 8933).

use tsa_core::DigestAlgorithm;

use super::attributes::without_attributes;
use super::{Case, without_certificate, without_signer_info};
use crate::crypto::SignatureScheme;
use crate::facts::{SignatureFacts, Single};
use crate::finding::{Answer, SubIndication};
use crate::text::{Detail, say, tell, words};

pub(super) fn digest_agrees<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let (Some(info), Some(scheme)) = (case.facts.only_signer(), &case.facts.measured.scheme) else {
        return without_signer_info();
    };
    let Some(digest) = info.digest_algorithm.digest_algorithm() else {
        return Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            tell!(
                "未知的摘要算法：{found}",
                "an unknown digest algorithm: {found}",
                found = info.digest_algorithm.algorithm
            ),
        );
    };
    let detail = move || {
        let words = words::scheme(scheme);
        say!(
            "摘要算法 {digest}，签名算法 {zh}",
            "digest algorithm {digest}, signature algorithm {en}",
            digest = digest,
            zh = words.zh,
            en = words.en
        )
    };
    let stated = Detail::later(detail);
    let listed = case.facts.readable().is_some_and(|data| {
        let mut all = data.digest_algorithms.iter();
        all.any(|found| found.digest_algorithm() == Some(digest))
    });
    match scheme {
        SignatureScheme::Unknown(_) => {
            Answer::blocked(SubIndication::CryptoConstraintsFailure, stated)
        }
        // RFC 8419 §3.1: SHA-512 goes with Ed25519.
        SignatureScheme::Ed25519 if digest != DigestAlgorithm::Sha512 => case.deviation(stated),
        // RFC 9882 §3.3: a digest as strong as the key.
        SignatureScheme::MlDsa(set) if !set.is_matched_by(digest) => case.deviation(stated),
        _ if scheme.digest().is_some_and(|known| known != digest) => {
            Answer::failed(SubIndication::SigConstraintsFailure, stated)
        }
        // RFC 5652 §5.3: digestAlgorithms should name it.
        _ if !listed => case.deviation(tell!(
            "{zh}；SignedData 的 digestAlgorithms 未列出该摘要算法",
            "{en}; digestAlgorithms of SignedData does not list that digest algorithm",
            zh = detail().zh,
            en = detail().en
        )),
        _ => Answer::passed(stated),
    }
}

pub(super) fn protection_agrees<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.only_signer() else {
        return without_signer_info();
    };
    let failed = |detail| Answer::failed(SubIndication::SigCryptoFailure, detail);
    let protection = match &case.facts.attributes.algorithm_protection {
        Single::Absent => {
            return Answer::not_asked(tell!("没有该属性", "there is no such attribute"));
        }
        Single::Value(protection) => protection,
        _ => return failed(tell!("该属性无法解析", "it cannot be read")),
    };
    let signature_agrees = protection
        .signature_algorithm
        .as_ref()
        .is_some_and(|stated| stated.is_equivalent(&info.signature_algorithm));
    let digest_agrees = protection
        .digest_algorithm
        .is_equivalent(&info.digest_algorithm);
    match signature_agrees && digest_agrees {
        true => Answer::passed(tell!("一致", "it does")),
        false => failed(tell!(
            "属性中的算法与签名者信息中的不同",
            "it names other algorithms than the signer's information"
        )),
    }
}

pub(super) fn holds<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let facts = case.facts;
    let Some(scheme) = &facts.measured.scheme else {
        return without_signer_info();
    };
    if !facts.attributes.present {
        return without_attributes(case);
    }
    let Some(certificate) = facts.signer.certificate() else {
        return without_certificate();
    };
    match facts.measured.signature {
        SignatureFacts::HoldsOverDer | SignatureFacts::HoldsOverBytesAsSent => {
            Answer::passed(Detail::later(|| words::scheme(scheme)))
        }
        SignatureFacts::DoesNotHold => Answer::failed(
            SubIndication::SigCryptoFailure,
            tell!(
                "用签名者证书中的密钥验证不成立：{zh}",
                "it does not hold with the key in the signer's certificate ({en})",
                zh = words::scheme(scheme).zh,
                en = words::scheme(scheme).en
            ),
        ),
        SignatureFacts::Unsupported | SignatureFacts::NotTried => Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            Detail::later(|| {
                words::unsupported(scheme, certificate.anatomy.subject_public_key_info)
            }),
        ),
    }
}

pub(super) fn over_der<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let measured = &case.facts.measured;
    match measured.signature {
        SignatureFacts::HoldsOverDer if measured.attributes_not_der => case.deviation(tell!(
            "属性未按 DER 发送；签名针对其 DER 编码成立",
            "the attributes were not sent as DER; the signature holds over their DER encoding"
        )),
        SignatureFacts::HoldsOverDer => Answer::passed(tell!("是", "it does")),
        SignatureFacts::HoldsOverBytesAsSent => case.deviation(tell!(
            "签名只对按原样发送的属性成立，而它们不是 DER 编码",
            "the signature holds only over the attributes as they were sent, which is not DER"
        )),
        _ => Answer::blocked(
            SubIndication::SigConstraintsFailure,
            tell!("签名未被确认", "the signature was not found to hold"),
        ),
    }
}
