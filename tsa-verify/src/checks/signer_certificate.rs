//! Check 12, first half: the signer's own certificate (RFC 3161 §2.3, RFC 5280 §4.2.1).

use tsa_core::{GenTime, oid};

use super::{Case, without_certificate, without_statement};
use crate::finding::{Answer, SubIndication};
use crate::path::{Certificate, joined, validity_detail};
use crate::text::{Detail, tell};

pub(super) fn purpose<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match case.facts.signer.certificate() {
        Some(certificate) => purpose_of(certificate),
        None => without_certificate(),
    }
}

pub(crate) fn purpose_of<'c>(certificate: &'c Certificate<'c>) -> Answer<'c> {
    let failed = |detail| Answer::failed(SubIndication::ChainConstraintsFailure, detail);
    let Some(usage) = &certificate.extensions.extended_key_usage else {
        return failed(tell!("没有扩展密钥用途", "there is no extended key usage"));
    };
    if usage.purposes != [oid::ID_KP_TIME_STAMPING] {
        return failed(tell!(
            "用途为 {purposes}，应仅为 {wanted}",
            "the purposes are {purposes}, only {wanted} is allowed",
            purposes = joined(&usage.purposes),
            wanted = oid::ID_KP_TIME_STAMPING
        ));
    }
    match usage.critical {
        true => Answer::passed(tell!("是，且为关键扩展", "it is, and critical")),
        false => failed(tell!(
            "用途正确，但该扩展不是关键扩展",
            "the purpose is right, but the extension is not critical"
        )),
    }
}

pub(super) fn key_usage<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match case.facts.signer.certificate() {
        Some(certificate) => key_usage_of(certificate),
        None => without_certificate(),
    }
}

pub(crate) fn key_usage_of<'c>(certificate: &'c Certificate<'c>) -> Answer<'c> {
    let Some(usage) = certificate.extensions.key_usage else {
        return Answer::passed(tell!(
            "证书未限制密钥用途",
            "the certificate does not restrict its key"
        ));
    };
    let failed = |detail| Answer::failed(SubIndication::ChainConstraintsFailure, detail);
    match (usage.may_sign(), usage.has_other_uses()) {
        (true, false) => Answer::passed(tell!("{shown}", "{shown}", shown = usage.to_shown())),
        (false, _) => failed(tell!(
            "{shown}：不含 digitalSignature 或 nonRepudiation",
            "{shown}: neither digitalSignature nor nonRepudiation",
            shown = usage.to_shown()
        )),
        // RFC 3161 §2.3: the key is reserved for time-stamping.
        (true, true) => failed(tell!(
            "{shown}：除 digitalSignature 和 nonRepudiation 外还有其他用途",
            "{shown}: more than digitalSignature and nonRepudiation",
            shown = usage.to_shown()
        )),
    }
}

pub(super) fn not_a_ca<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match case.facts.signer.certificate() {
        Some(certificate) => not_a_ca_of(certificate),
        None => without_certificate(),
    }
}

pub(crate) fn not_a_ca_of<'c>(certificate: &'c Certificate<'c>) -> Answer<'c> {
    let constraints = certificate.extensions.basic_constraints.unwrap_or_default();
    match constraints.ca {
        false => Answer::passed(tell!("不是", "it is not")),
        true => Answer::failed(
            SubIndication::ChainConstraintsFailure,
            tell!("签名者证书是 CA 证书", "the signer's certificate is a CA's"),
        ),
    }
}

pub(super) fn validity<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(certificate) = case.facts.signer.certificate() else {
        return without_certificate();
    };
    let Some(gen_time) = case.facts.gen_time() else {
        return without_statement();
    };
    validity_of(certificate, gen_time)
}

pub(crate) fn validity_of<'c>(certificate: &'c Certificate<'c>, gen_time: GenTime) -> Answer<'c> {
    let detail = || Detail::later(move || validity_detail(certificate, gen_time));
    if gen_time < certificate.not_before {
        return Answer::failed(SubIndication::NotYetValid, detail());
    }
    if gen_time > certificate.end() {
        return Answer::failed(SubIndication::Expired, detail());
    }
    Answer::passed(tell!(
        "有效期 {from} 至 {to}，{at} 在其内",
        "valid from {from} to {to}, which includes {at}",
        from = certificate.not_before,
        to = certificate.not_after,
        at = gen_time
    ))
}
