//! Checks 13 and 14: revocation and later evidence. Listed, and not offered by this version.

use super::Case;
use crate::finding::{Answer, SubIndication};
use crate::policy::Revocation;
use crate::text::tell;

pub(super) fn revocation<'c>(case: &'c Case<'c>) -> Answer<'c> {
    match case.policy.revocation {
        Revocation::IfAvailable => Answer::not_asked(tell!(
            "未检查吊销状态：本版本尚不提供此项检查",
            "revocation was not checked: not offered by this version"
        )),
        Revocation::Off => Answer::not_asked(tell!(
            "未检查吊销状态：按要求不检查",
            "revocation was not checked: switched off by the caller"
        )),
        Revocation::Require => Answer::blocked(
            SubIndication::TryLater,
            tell!(
                "要求检查吊销状态，但本版本尚不提供此项检查",
                "revocation is required, and its check is not offered by this version"
            ),
        ),
    }
}

pub(super) fn evidence<'c>(_: &'c Case<'c>) -> Answer<'c> {
    Answer::not_asked(tell!(
        "本版本尚不提供后续证据（归档时间戳、证据记录、透明日志）的检查",
        "this version does not offer archive time-stamps, evidence records or transparency logs"
    ))
}
