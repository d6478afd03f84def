//! Check 2: the status grants a token, and a token is there (RFC 3161 §2.4.2).

use tsa_core::PkiStatus;

use super::Case;
use crate::finding::{Answer, SubIndication};
use crate::text::{say, words};

pub(super) fn granted(case: &Case<'_>) -> Answer {
    let Ok(received) = &case.facts.received else {
        return Answer::blocked(
            SubIndication::SignedDataNotFound,
            say!("报文不可读", "the message cannot be read"),
        );
    };
    match (&received.status, received.token.is_some()) {
        (None, _) => Answer::not_asked(say!("单独的令牌没有状态", "a bare token has no status")),
        // RFC 3161 §2.4.2: what was modified shows in the token only.
        (Some(info), true) if info.status == PkiStatus::GrantedWithMods => {
            Answer::note(words::status(info))
        }
        (Some(info), true) if info.status.is_granted() => Answer::passed(words::status(info)),
        (Some(info), true) => Answer::failed(
            SubIndication::FormatFailure,
            say!(
                "附有令牌，状态却是：{zh}",
                "a token comes with the status {en}",
                zh = words::status(info).zh,
                en = words::status(info).en
            ),
        ),
        (Some(info), false) => Answer::failed(
            SubIndication::FormatFailure,
            say!(
                "没有令牌；状态：{zh}",
                "there is no token; the status is {en}",
                zh = words::status(info).zh,
                en = words::status(info).en
            ),
        ),
    }
}
