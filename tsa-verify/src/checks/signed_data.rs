//! Check 3: the envelope (RFC 5652 §5.1, RFC 3161 §2.4.2).

use alloc::collections::BTreeSet;

use tsa_core::tlv::Tag;
use tsa_core::{SignedData, SignerIdentifier, oid};

use super::{Case, without_signed_data};
use crate::finding::{Answer, SubIndication};
use crate::text::words::decode_error;
use crate::text::{shown_integer, tell};

pub(super) fn readable<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let data = match &case.facts.signed_data {
        None => return without_signed_data(),
        Some(Err(error)) => {
            return Answer::failed(
                SubIndication::FormatFailure,
                tell!(
                    "不可读：{zh}",
                    "it cannot be read: {en}",
                    zh = decode_error(error).zh,
                    en = decode_error(error).en
                ),
            );
        }
        Some(Ok(data)) => data,
    };
    if data.content_type == oid::ID_SIGNED_DATA {
        return Answer::passed(tell!("id-signedData", "id-signedData"));
    }
    let detail = tell!(
        "内容类型为 {found}，应为 {wanted}",
        "the content type is {found}, {wanted} expected",
        found = data.content_type,
        wanted = oid::ID_SIGNED_DATA
    );
    match data.content_type == oid::GMT_SIGNED_DATA {
        true => case.deviation(detail),
        false => Answer::failed(SubIndication::FormatFailure, detail),
    }
}

pub(super) fn one_signer<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(data) = case.facts.readable() else {
        return without_signed_data();
    };
    match data.signer_infos.len() {
        1 => Answer::passed(tell!("一个", "one")),
        count => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "有 {count} 个签名者，应恰有一个",
                "there are {count} signers, exactly one is required",
                count = count
            ),
        ),
    }
}

pub(super) fn content_type<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(data) = case.facts.readable() else {
        return without_signed_data();
    };
    let found = data.encap_content_type;
    match found == oid::ID_CT_TST_INFO {
        true => Answer::passed(tell!("id-ct-TSTInfo", "id-ct-TSTInfo")),
        false => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "eContentType 为 {found}，应为 {wanted}",
                "eContentType is {found}, {wanted} expected",
                found = found,
                wanted = oid::ID_CT_TST_INFO
            ),
        ),
    }
}

pub(super) fn content_present<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(data) = case.facts.readable() else {
        return without_signed_data();
    };
    match &data.encap_content {
        Some(content) => Answer::passed(tell!(
            "{bytes} 字节",
            "{bytes} bytes",
            bytes = content.len()
        )),
        None => Answer::failed(
            SubIndication::SignedDataNotFound,
            tell!("内容不在令牌内", "the content is detached"),
        ),
    }
}

pub(super) fn versions<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(data) = case.facts.readable() else {
        return without_signed_data();
    };
    let expected = expected_version(data);
    let wrong_signer = data.signer_infos.iter().find(|signer| {
        let expected = match signer.sid {
            SignerIdentifier::IssuerAndSerialNumber { .. } => 1,
            SignerIdentifier::SubjectKeyIdentifier(_) => 3,
        };
        signer.version.to_u64() != Some(expected)
    });
    if data.version.to_u64() != Some(expected) {
        return case.deviation(tell!(
            "SignedData 版本为 {found}，应为 {expected}",
            "SignedData has version {found}, {expected} expected",
            found = shown_integer(&data.version),
            expected = expected
        ));
    }
    match wrong_signer {
        Some(signer) => case.deviation(tell!(
            "SignerInfo 版本为 {found}，与签名者标识的形式不符",
            "SignerInfo has version {found}, which does not fit the form of sid",
            found = shown_integer(&signer.version)
        )),
        None => Answer::passed(tell!(
            "SignedData 版本 {expected}",
            "SignedData version {expected}",
            expected = expected
        )),
    }
}

/// What `certificates` holds besides the certificates that are needed.
pub(super) fn certificates<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(data) = case.facts.readable() else {
        return without_signed_data();
    };
    let choices = data.certificates.as_deref().unwrap_or_default();
    let different: BTreeSet<&[u8]> = choices.iter().map(|choice| choice.raw).collect();
    let repeated = choices.len() - different.len();
    let of_format = |tag| choices.iter().filter(|choice| choice.tag == tag).count();
    // RFC 5652 §10.2.2: extendedCertificate [0] and v1AttrCert [1] are obsolete.
    let obsolete = of_format(Tag::context(0)) + of_format(Tag::context(1));
    let detail = tell!(
        "共 {count} 项，其中 X.509 证书 {x509} 份，重复 {repeated} 份，已废弃的格式 {obsolete} 份",
        "{count} members: {x509} X.509 certificates; {repeated} repeated, {obsolete} in obsolete \
         formats",
        count = choices.len(),
        x509 = of_format(Tag::SEQUENCE),
        repeated = repeated,
        obsolete = obsolete
    );
    match repeated + obsolete {
        0 => Answer::passed(detail),
        _ => case.deviation(detail),
    }
}

/// RFC 5652 §5.1. The content type is never id-data, so 1 does not occur.
fn expected_version(data: &SignedData<'_>) -> u64 {
    let has = |number| {
        let certificates = data.certificates.iter().flatten();
        certificates
            .into_iter()
            .any(|choice| choice.tag == Tag::context(number))
    };
    // A CRL is a SEQUENCE; anything else in `crls` is of another format.
    let other_crl = data.crls.iter().any(|crl| crl.first() != Some(&0x30));
    match () {
        () if has(3) || other_crl => 5,
        () if has(2) => 4,
        () if has(1) || data.encap_content_type != oid::ID_DATA => 3,
        () => 1,
    }
}
