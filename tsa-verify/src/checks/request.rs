//! Check 11: the token answers the request (RFC 3161 §2.4.2).

use super::{Case, without_statement};
use crate::finding::{Answer, SubIndication};
use crate::text::{shown_hex, shown_integer, tell};

pub(super) fn imprint<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(requested) = case.facts.subject.request_imprint() else {
        return Answer::not_asked(tell!("没有给出请求", "no request was given"));
    };
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    match requested.is_equivalent(&info.message_imprint) {
        true => Answer::passed(tell!("一致", "it is")),
        false => Answer::failed(
            SubIndication::HashFailure,
            tell!(
                "请求中为 {requested}，令牌中为 {found}",
                "the request has {requested}, the token {found}",
                requested = shown_hex(&requested.hashed_message),
                found = shown_hex(&info.message_imprint.hashed_message)
            ),
        ),
    }
}

pub(super) fn nonce<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let subject = case.facts.subject;
    if subject.nonces().next().is_none() {
        return Answer::not_asked(tell!(
            "没有给出要比对的随机数",
            "no nonce was given to compare with"
        ));
    }
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    // Integers are kept minimal, so this compares numbers, not encodings.
    let wrong = subject
        .nonces()
        .find(|wanted| info.nonce.as_ref() != Some(*wanted));
    let found = move || match &info.nonce {
        Some(nonce) => shown_integer(nonce),
        None => alloc::string::String::from("-"),
    };
    match wrong {
        None => Answer::passed(tell!("{found}", "{found}", found = found())),
        Some(wanted) => Answer::failed(
            SubIndication::SigConstraintsFailure,
            tell!(
                "应为 {wanted}，令牌中为 {found}",
                "{wanted} expected, the token has {found}",
                wanted = shown_integer(wanted),
                found = found()
            ),
        ),
    }
}

pub(super) fn policy<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let subject = case.facts.subject;
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let found = info.policy;
    let mut wanted = subject.policies().peekable();
    if wanted.peek().is_none() {
        return Answer::not_asked(tell!(
            "没有给出要比对的策略；令牌中为 {found}",
            "no policy was given to compare with; the token has {found}",
            found = found
        ));
    }
    match wanted.find(|wanted| **wanted != found) {
        None => Answer::passed(tell!("{found}", "{found}", found = found)),
        Some(wanted) => Answer::failed(
            SubIndication::SigConstraintsFailure,
            tell!(
                "应为 {wanted}，令牌中为 {found}",
                "{wanted} expected, the token has {found}",
                wanted = wanted,
                found = found
            ),
        ),
    }
}
