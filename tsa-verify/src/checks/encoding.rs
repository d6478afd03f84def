//! Check 1: bytes that can be read, and how far they are from DER (X.690).

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::tlv::Deviations;

use super::Case;
use crate::finding::{Answer, SubIndication};
use crate::text::tell;
use crate::text::words::{decode_error, rule};

pub(super) fn readable<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match &case.facts.received {
        Ok(_) => Answer::passed(tell!("可读", "it can be read")),
        Err(error) => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "不可读：{zh}",
                "it cannot be read: {en}",
                zh = decode_error(error).zh,
                en = decode_error(error).en
            ),
        ),
    }
}

pub(super) fn canonical<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match &case.facts.received {
        Ok(_) => deviations(case, &case.facts.deviations),
        Err(_) => Answer::blocked(
            SubIndication::SignedDataNotFound,
            tell!("报文不可读", "the message cannot be read"),
        ),
    }
}

/// Names the departures from DER.
pub(super) fn deviations<'c>(case: &Case<'_>, deviations: &'c Deviations) -> Answer<'c> {
    if deviations.is_empty() {
        return Answer::passed(tell!("符合 DER", "no departure from DER"));
    }
    let listed = || deviations.listed().iter().take(8);
    let zh = move || -> Vec<String> {
        listed()
            .map(|found| alloc::format!("{}（第 {} 字节处）", rule(found.rule), found.offset))
            .collect()
    };
    let en = move || -> Vec<String> {
        listed()
            .map(|found| alloc::format!("{} at byte {}", found.rule, found.offset))
            .collect()
    };
    case.deviation(tell!(
        "与 DER 有 {count} 处不同：{zh}",
        "{count} departures from DER: {en}",
        count = deviations.count(),
        zh = zh().join("；"),
        en = en().join("; ")
    ))
}

pub(super) fn form<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match &case.facts.received {
        Ok(received) if received.status.is_some() => Answer::passed(tell!(
            "时间戳响应（TimeStampResp）",
            "a response (TimeStampResp)"
        )),
        Ok(_) => Answer::passed(tell!(
            "单独的时间戳令牌，没有响应外层",
            "a bare token, without a response around it"
        )),
        Err(_) => Answer::blocked(
            SubIndication::SignedDataNotFound,
            tell!("报文不可读", "the message cannot be read"),
        ),
    }
}
