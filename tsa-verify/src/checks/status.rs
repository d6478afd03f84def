//! Check 2: the status grants a token, and a token is there (RFC 3161 §2.4.2).

use tsa_core::PkiStatus;

use super::Case;
use crate::finding::{Answer, SubIndication};
use crate::text::{Detail, tell, words};

pub(super) fn granted<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Ok(received) = &case.facts.received else {
        return Answer::blocked(
            SubIndication::SignedDataNotFound,
            tell!("报文不可读", "the message cannot be read"),
        );
    };
    match (&received.status, received.token.is_some()) {
        (None, _) => Answer::not_asked(tell!("单独的令牌没有状态", "a bare token has no status")),
        // RFC 3161 §2.4.2: failInfo says why there is no token.
        (Some(info), true) if info.status.is_granted() && info.fail_info.is_some() => case
            .deviation(tell!(
                "{zh}；附有令牌却又说明了失败原因",
                "{en}; there is a reason for a failure, and a token",
                zh = words::status(info).zh,
                en = words::status(info).en
            )),
        // RFC 3161 §2.4.2: what was modified shows in the token only.
        (Some(info), true) if info.status == PkiStatus::GrantedWithMods => {
            Answer::note(Detail::later(|| words::status(info)))
        }
        (Some(info), true) if info.status.is_granted() => {
            Answer::passed(Detail::later(|| words::status(info)))
        }
        (Some(info), true) => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "附有令牌，状态却是：{zh}",
                "a token comes with the status {en}",
                zh = words::status(info).zh,
                en = words::status(info).en
            ),
        ),
        (Some(info), false) => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "没有令牌；状态：{zh}",
                "there is no token; the status is {en}",
                zh = words::status(info).zh,
                en = words::status(info).en
            ),
        ),
    }
}
