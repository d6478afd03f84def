//! Check 4: the statement (RFC 3161 §2.4.2).

use alloc::vec::Vec;

use tsa_core::{Accuracy, GenTime, SerialNumber};

use super::{Case, encoding, without_signed_data, without_statement};
use crate::finding::{Answer, SubIndication};
use crate::text::words::decode_error;
use crate::text::{listed, shown_integer, tell};

/// How far `genTime` may be ahead of the validation time, whatever accuracy the token states:
/// 10 minutes. Otherwise a token could excuse any time by its own words.
const AHEAD_NANOS_MAX: u64 = 600 * 1_000_000_000;

pub(super) fn well_formed<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match &case.facts.statement {
        None => without_signed_data(),
        Some(Ok(_)) => Answer::passed(tell!("结构正确", "well-formed")),
        Some(Err(error)) => Answer::failed(
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
    match &case.facts.statement {
        Some(Ok(reading)) => encoding::deviations(case, &reading.deviations),
        _ => without_statement(),
    }
}

pub(super) fn version<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    match info.version.to_u64() {
        Some(1) => Answer::passed(tell!("1", "1")),
        _ => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "版本为 {found}，应为 1",
                "version {found}, 1 expected",
                found = shown_integer(&info.version)
            ),
        ),
    }
}

pub(super) fn serial_number<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let serial = &info.serial_number;
    match SerialNumber::new(serial.clone()) {
        None => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "序列号为负或超过 160 位：{serial}",
                "the serial number is negative or above 160 bits: {serial}",
                serial = shown_integer(serial)
            ),
        ),
        Some(_) if serial.to_u64() == Some(0) => {
            Answer::note(tell!("序列号为 0", "the serial number is 0"))
        }
        Some(_) => Answer::passed(tell!(
            "{serial}",
            "{serial}",
            serial = shown_integer(serial)
        )),
    }
}

pub(super) fn extensions<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    // No extension of TSTInfo is known here, so every critical one is unknown.
    let critical: Vec<_> = info
        .extensions
        .iter()
        .filter(|found| found.critical)
        .collect();
    let names = |extensions: &[&tsa_core::Extension]| {
        let identifiers: Vec<_> = extensions.iter().map(|extension| extension.id).collect();
        listed(&identifiers)
    };
    if !critical.is_empty() {
        return Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "无法识别的关键扩展：{names}",
                "unknown critical extensions: {names}",
                names = names(&critical)
            ),
        );
    }
    match info.extensions.is_empty() {
        true => Answer::passed(tell!("没有扩展", "there are no extensions")),
        false => Answer::note(tell!(
            "非关键扩展，未予考虑：{names}",
            "extensions that are not critical and were not considered: {names}",
            names = names(&info.extensions.iter().collect::<Vec<_>>())
        )),
    }
}

pub(super) fn not_in_the_future<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let Some(at) = case.at else {
        return without_statement();
    };
    let earliest = earliest(info.gen_time, info.accuracy.as_ref());
    match earliest > at {
        false => Answer::passed(tell!(
            "genTime {gen_time}，验证时间 {at}",
            "genTime {gen_time}, validation time {at}",
            gen_time = info.gen_time,
            at = at
        )),
        true => Answer::failed(
            SubIndication::TimestampOrderFailure,
            tell!(
                "genTime {gen_time} 晚于验证时间 {at}；请核对本机时钟或所给时间",
                "genTime {gen_time} is after the validation time {at}; is that clock right?",
                gen_time = info.gen_time,
                at = at
            ),
        ),
    }
}

/// `genTime` less its accuracy, of which [`AHEAD_NANOS_MAX`] count at most; `genTime` itself when
/// none is stated.
fn earliest(gen_time: GenTime, accuracy: Option<&Accuracy>) -> GenTime {
    let nanos = accuracy.and_then(Accuracy::to_nanos).unwrap_or_default();
    let nanos = nanos.min(AHEAD_NANOS_MAX);
    GenTime::from_unix_nanos(gen_time.unix_nanos() - i128::from(nanos)).unwrap_or(gen_time)
}
