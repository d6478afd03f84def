//! What is asked of a path (RFC 5280 §6.1.1): the time, the purpose, the inputs about policies.

use alloc::vec::Vec;

use tsa_core::{GenTime, ObjectIdentifier};

/// What the last certificate of a path is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathPurpose {
    /// Anything: key purposes are not looked at.
    #[default]
    Any,
    /// Signing time-stamps (RFC 3161 §2.3).
    TimeStamping,
}

/// The inputs of RFC 5280 §6.1.1 (c) and (e) to (g). The default requires no policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyInputs {
    /// user-initial-policy-set; empty for any policy.
    pub initial: Vec<ObjectIdentifier>,
    /// initial-explicit-policy: the path must be valid for a policy of the set.
    pub require_explicit: bool,
    /// initial-policy-mapping-inhibit
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit
    pub inhibit_any: bool,
}

/// One question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The time at which every certificate must be valid; `None` when nobody knows.
    pub(crate) at: Option<GenTime>,
    pub(crate) purpose: PathPurpose,
    pub(crate) policies: PolicyInputs,
}

impl Question {
    /// The path of a time-stamp's signer.
    pub(crate) fn of_signer(gen_time: Option<GenTime>) -> Self {
        Self {
            at: gen_time,
            purpose: PathPurpose::TimeStamping,
            policies: PolicyInputs::default(),
        }
    }

    /// The path of a CRL's signer (RFC 5280 §6.3.3 (f)).
    pub(crate) fn of_crl_signer(at: GenTime) -> Self {
        Self {
            at: Some(at),
            purpose: PathPurpose::Any,
            policies: PolicyInputs::default(),
        }
    }
}
