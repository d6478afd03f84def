//! Check 2: the status grants a token, and a token is there (RFC 3161 §2.4.2).

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::PkiStatusInfo;

use super::Case;
use crate::finding::{Answer, SubIndication};
use crate::text::{say, shown};

pub(super) fn granted(case: &Case<'_>) -> Answer {
    let Ok(received) = &case.facts.received else {
        return Answer::blocked(
            SubIndication::SignedDataNotFound,
            say!("报文不可读", "the message cannot be read"),
        );
    };
    match (&received.status, received.token.is_some()) {
        (None, _) => Answer::not_asked(say!("单独的令牌没有状态", "a bare token has no status")),
        (Some(info), true) if info.status.is_granted() => {
            let words = words(info);
            Answer::passed(say!("{words}", "{words}", words = words))
        }
        (Some(info), true) => Answer::failed(
            SubIndication::FormatFailure,
            say!(
                "状态为 {words}，却附有令牌",
                "a token comes with the status {words}",
                words = words(info)
            ),
        ),
        (Some(info), false) => Answer::failed(
            SubIndication::FormatFailure,
            say!(
                "没有令牌；状态为 {words}",
                "there is no token; the status is {words}",
                words = words(info)
            ),
        ),
    }
}

fn words(info: &PkiStatusInfo) -> String {
    let mut words = alloc::format!("{}", info.status);
    if let Some(reason) = info.fail_info {
        words.push_str(&alloc::format!(" ({reason})"));
    }
    let texts: Vec<String> = info.status_string.iter().map(|text| shown(text)).collect();
    if !texts.is_empty() {
        words.push_str(&alloc::format!(": “{}”", texts.join("” “")));
    }
    words
}
