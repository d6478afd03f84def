//! Checks 13 and 14: revocation and later evidence. Listed, and not offered by this version.

use super::Case;
use crate::finding::{Answer, SubIndication};
use crate::policy::Revocation;
use crate::text::say;

pub(super) fn revocation(case: &Case<'_>) -> Answer {
    match case.policy.revocation {
        Revocation::IfAvailable => Answer::not_asked(say!(
            "未检查吊销状态：本版本尚不提供此项检查",
            "revocation was not checked: not offered by this version"
        )),
        Revocation::Off => Answer::not_asked(say!(
            "未检查吊销状态：按要求不检查",
            "revocation was not checked: switched off by the caller"
        )),
        Revocation::Require => Answer::blocked(
            SubIndication::TryLater,
            say!(
                "要求检查吊销状态，但本版本尚不提供此项检查",
                "revocation is required, and its check is not offered by this version"
            ),
        ),
    }
}

pub(super) fn evidence(_: &Case<'_>) -> Answer {
    Answer::not_asked(say!(
        "本版本尚不提供后续证据（归档时间戳、证据记录、透明日志）的检查",
        "this version does not offer archive time-stamps, evidence records or transparency logs"
    ))
}
