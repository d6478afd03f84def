//! Check 6: the signed attributes (RFC 5652 §5.3, §11).

use tsa_core::GenTime;

use super::{Case, without_signed_data, without_signer_info};
use crate::facts::Single;
use crate::finding::{Answer, SubIndication};
use crate::text::{hex, listed, shown_hex, tell};

/// How far signingTime may be from genTime before it is worth a note, in seconds.
const SIGNING_TIME_SECONDS_MAX: i64 = 300;

pub(super) fn present<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match (case.facts.only_signer(), case.facts.attributes.present) {
        (None, _) => without_signer_info(),
        (Some(_), true) => Answer::passed(tell!("有", "they are there")),
        (Some(_), false) => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "没有签名属性；令牌必须有",
                "there are none; a token must have them"
            ),
        ),
    }
}

/// There are no signed attributes to look at.
pub(super) fn without_attributes<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match case.facts.only_signer() {
        None => without_signer_info(),
        Some(_) => Answer::blocked(
            SubIndication::SigConstraintsFailure,
            tell!("没有签名属性", "there are no signed attributes"),
        ),
    }
}

pub(super) fn single<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let attributes = &case.facts.attributes;
    if !attributes.present {
        return without_attributes(case);
    }
    match attributes.wrong_count.is_empty() {
        true => Answer::passed(tell!("各出现一次", "each once")),
        false => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "重复出现，或不是恰有一个值：{types}",
                "there twice, or not with exactly one value: {types}",
                types = listed(&attributes.wrong_count)
            ),
        ),
    }
}

pub(super) fn content_type<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let facts = case.facts;
    let Some(data) = facts.readable() else {
        return without_signed_data();
    };
    if !facts.attributes.present {
        return without_attributes(case);
    }
    let wanted = data.encap_content_type;
    match &facts.attributes.content_type {
        Single::Value(found) if *found == wanted => {
            Answer::passed(tell!("{found}", "{found}", found = found))
        }
        Single::Value(found) => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "属性为 {found}，内容为 {wanted}",
                "the attribute says {found}, the content is {wanted}",
                found = found,
                wanted = wanted
            ),
        ),
        other => unusable(other),
    }
}

pub(super) fn message_digest<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let facts = case.facts;
    if !facts.attributes.present {
        return without_attributes(case);
    }
    let found = match &facts.attributes.message_digest {
        Single::Value(found) => found,
        other => return unusable(other),
    };
    match &facts.measured.content_digest {
        Some(digest) if digest == found => {
            Answer::passed(tell!("{digest}", "{digest}", digest = hex(digest)))
        }
        Some(digest) => Answer::failed(
            SubIndication::HashFailure,
            tell!(
                "属性为 {found}，内容的摘要为 {digest}",
                "the attribute says {found}, the content's digest is {digest}",
                found = shown_hex(found),
                digest = hex(digest)
            ),
        ),
        None => Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            tell!(
                "没有内容，或摘要算法无法计算",
                "there is no content, or its digest cannot be computed"
            ),
        ),
    }
}

pub(super) fn signing_time<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let signing_time = match &case.facts.attributes.signing_time {
        Single::Absent => {
            return Answer::not_asked(tell!("没有该属性", "there is no such attribute"));
        }
        Single::Value(time) => *time,
        // A wrong count has a check of its own.
        _ => {
            return case.deviation(tell!(
                "该属性无法解析；时间以 genTime 为准",
                "it cannot be read; genTime counts"
            ));
        }
    };
    let Some(gen_time) = case.facts.gen_time() else {
        return Answer::not_asked(tell!("没有 genTime", "there is no genTime"));
    };
    let far = GenTime::unix_seconds(&gen_time)
        .saturating_sub(signing_time.unix_seconds())
        .saturating_abs()
        > SIGNING_TIME_SECONDS_MAX;
    let detail = tell!(
        "signingTime {signing_time}，genTime {gen_time}；以 genTime 为准",
        "signingTime {signing_time}, genTime {gen_time}; genTime counts",
        signing_time = signing_time,
        gen_time = gen_time
    );
    match far {
        true => Answer::note(detail),
        false => Answer::passed(detail),
    }
}

/// A required attribute that is not there as it must be.
fn unusable<T>(attribute: &Single<T>) -> Answer<'static> {
    let detail = match attribute {
        Single::Absent => tell!("没有该属性", "it is not there"),
        Single::Malformed => tell!("无法解析", "it cannot be read"),
        _ => tell!(
            "重复出现，或不是恰有一个值",
            "it is there twice, or not with exactly one value"
        ),
    };
    Answer::failed(SubIndication::FormatFailure, detail)
}
