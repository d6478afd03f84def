//! Check 7: which certificate signed (RFC 5652 §5.3, RFC 5035 §5.4, RFC 5816 §2.2.1).

use alloc::vec::Vec;

use tsa_core::tlv::{Reader, Tag, scan, value};
use tsa_core::{DigestAlgorithm, EssCertId, SignerIdentifier};

use super::attributes::without_attributes;
use super::{Case, without_certificate, without_signer_info};
use crate::facts::{EssList, EssMatch, Single};
use crate::finding::{Answer, SubIndication};
use crate::limits::FIELD_ELEMENTS_MAX;
use crate::name::Name;
use crate::path::Certificate;
use crate::text::words::decode_error;
use crate::text::{Detail, say, shown_integer, tell};

pub(super) fn found<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let signer = &case.facts.signer;
    if case.facts.only_signer().is_none() {
        return without_signer_info();
    }
    let Some(certificate) = signer.certificate() else {
        return Answer::failed(
            SubIndication::NoSigningCertificateFound,
            tell!(
                "令牌带有 {sent} 份证书（另有 {unreadable} 份无法解析），另给出 {given} 份，\
                 其中没有签名者证书；可另行提供",
                "not among {sent} certificates in the token ({unreadable} more cannot be read) and \
                 {given} others; it can be given as an intermediate",
                sent = signer.from_token,
                unreadable = signer.unreadable,
                given = signer.pool.len() - signer.from_token
            ),
        );
    };
    let detail = move || {
        say!(
            "「{subject}」，其证书由「{issuer}」签发，序列号 {serial}",
            "“{subject}”, certified by “{issuer}”, serial number {serial}",
            subject = certificate.subject(),
            issuer = certificate.issuer(),
            serial = shown_integer(&certificate.anatomy.serial_number)
        )
    };
    if is_encoded_otherwise(case, certificate) {
        return case.deviation(tell!(
            "{zh}；sid 中的签发者名称与证书中的相同，但编码不同",
            "{en}; sid has the issuer's name in another encoding",
            zh = detail().zh,
            en = detail().en
        ));
    }
    match signer.sid_matches {
        1 => Answer::passed(Detail::later(detail)),
        // Twins: the digest decides.
        count => Answer::note(tell!(
            "{zh}；有 {count} 份不同的证书具有同一标识，以证书摘要为准",
            "{en}; {count} different certificates have this identifier, the digest decides",
            zh = detail().zh,
            en = detail().en,
            count = count
        )),
    }
}

/// Whether `sid` names the issuer by other bytes than the certificate does.
fn is_encoded_otherwise(case: &Case<'_>, certificate: &Certificate<'_>) -> bool {
    match case.facts.only_signer().map(|info| &info.sid) {
        Some(SignerIdentifier::IssuerAndSerialNumber { issuer, .. }) => {
            *issuer != certificate.anatomy.issuer
        }
        _ => false,
    }
}

pub(super) fn identifier_present<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let attributes = &case.facts.attributes;
    if !attributes.present {
        return without_attributes(case);
    }
    let lists = [
        ("SigningCertificateV2", &attributes.ess_v2),
        ("SigningCertificate", &attributes.ess_v1),
    ];
    let failed = |detail| Answer::failed(SubIndication::SigConstraintsFailure, detail);
    let mut named = Vec::new();
    for (name, list) in lists {
        match list {
            Single::Absent => {}
            Single::Value(Ok(list)) if !list.is_empty() => named.push(name),
            Single::Value(Ok(_)) => {
                return failed(tell!("{name} 为空", "{name} is empty", name = name));
            }
            Single::Value(Err(error)) => {
                return failed(tell!(
                    "{name} 不可读：{zh}",
                    "{name} cannot be read: {en}",
                    name = name,
                    zh = decode_error(error).zh,
                    en = decode_error(error).en
                ));
            }
            Single::Malformed | Single::WrongCount => {
                return failed(tell!(
                    "{name} 不是恰有一个值",
                    "{name} is not there once with one value",
                    name = name
                ));
            }
        }
    }
    match named.as_slice() {
        [] => failed(tell!(
            "没有 SigningCertificateV2，也没有 SigningCertificate",
            "there is neither SigningCertificateV2 nor SigningCertificate"
        )),
        ["SigningCertificate"] => Answer::note(tell!(
            "仅有第 1 版 SigningCertificate，以 SHA-1 指明证书",
            "only SigningCertificate version 1, which names the certificate by SHA-1"
        )),
        _ if has_weak_digest(case) => case.deviation(tell!(
            "SigningCertificateV2 以过弱的摘要算法指明证书",
            "SigningCertificateV2 names the certificate by a weak digest"
        )),
        _ => Answer::passed(tell!("{names}", "{names}", names = named.join(", "))),
    }
}

/// Version 2 of the list was made to leave SHA-1 behind (RFC 5035 §1).
fn has_weak_digest(case: &Case<'_>) -> bool {
    let weak = |identifier: &EssCertId| {
        let algorithm = identifier.hash_algorithm.digest_algorithm();
        matches!(
            algorithm,
            Some(DigestAlgorithm::Md5 | DigestAlgorithm::Sha1)
        )
    };
    match &case.facts.attributes.ess_v2 {
        Single::Value(Ok(list)) => list.first().is_some_and(weak),
        _ => false,
    }
}

fn has_no_usable_list(case: &Case<'_>) -> bool {
    let usable =
        |list: &Single<EssList>| matches!(list, Single::Value(Ok(list)) if !list.is_empty());
    let attributes = &case.facts.attributes;
    !usable(&attributes.ess_v1) && !usable(&attributes.ess_v2)
}

fn without_identifier() -> Answer<'static> {
    Answer::blocked(
        SubIndication::SigConstraintsFailure,
        tell!(
            "没有可用的证书标识属性",
            "there is no attribute that names the certificate"
        ),
    )
}

pub(super) fn digest_fits<'c>(case: &'c Case<'c>) -> Answer<'c> {
    if case.facts.signer.certificate().is_none() {
        return without_certificate();
    }
    match case.facts.signer.ess {
        EssMatch::Fits => Answer::passed(tell!("一致", "it is")),
        EssMatch::None => without_identifier(),
        EssMatch::Differs => Answer::failed(
            SubIndication::NoSigningCertificateFound,
            tell!(
                "具有签名者标识的证书中，没有一份的摘要与签名属性一致",
                "no certificate with the signer's identifier has the digest in the attribute"
            ),
        ),
        EssMatch::Unknown => Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            tell!(
                "证书摘要所用算法无法计算",
                "the digest algorithm of the attribute cannot be computed"
            ),
        ),
    }
}

pub(super) fn issuer_serial_fits<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(certificate) = case.facts.signer.certificate() else {
        return without_certificate();
    };
    if has_no_usable_list(case) {
        return without_identifier();
    }
    let identifiers: Vec<&EssCertId> = case.facts.attributes.signer_identifiers().collect();
    let stated = || {
        identifiers
            .iter()
            .filter_map(|identifier| identifier.issuer_serial.as_ref())
    };
    if stated().next().is_none() {
        return Answer::not_asked(tell!(
            "属性未写明签发者和序列号",
            "the attribute states neither"
        ));
    }
    let wrong = stated().find(|(names, serial)| {
        *serial != certificate.anatomy.serial_number || !names_issuer(names, certificate)
    });
    match wrong {
        None => Answer::passed(tell!("一致", "they are")),
        Some((_, serial)) => Answer::failed(
            SubIndication::SigConstraintsFailure,
            tell!(
                "属性写明的是另一份证书（序列号 {serial}）",
                "the attribute states another certificate (serial number {serial})",
                serial = shown_integer(serial)
            ),
        ),
    }
}

/// Whether the encoded `GeneralNames` are one directoryName, that of the certificate's issuer.
fn names_issuer(names: &[u8], certificate: &Certificate<'_>) -> bool {
    let wrapped = value(&[0x30], names);
    let Ok(scanned) = scan(&wrapped) else {
        return false;
    };
    let read = Reader::new(&scanned)
        .sequence("issuer")
        .and_then(|reader| reader.elements("issuer", FIELD_ELEMENTS_MAX));
    match read.as_deref() {
        Ok([name]) if name.tag == Tag::context(4) => name
            .explicit("directoryName")
            .is_ok_and(|name| Name::is_same(name.raw, certificate.anatomy.issuer)),
        _ => false,
    }
}
