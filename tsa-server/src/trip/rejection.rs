//! A request that gets no token: what the requester reads, and what the log reads.
//!
//! Two texts on purpose: words for the client never name paths, keys or causes inside.

use std::borrow::Cow;
use std::fmt;

use tsa_core::{DecodeError, GenTime, PkiFailureInfo, PkiStatusInfo};

use crate::clock::ClockFault;

/// The status code of an HTTP answer.
pub type HttpStatus = hyper::StatusCode;

/// Why there is no token.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The status of the HTTP answer: 200 unless the account is the reason.
    pub http_status: HttpStatus,
    /// The reason, for programs.
    pub fail_info: PkiFailureInfo,
    /// The reason, for people who made the request.
    pub words: Cow<'static, str>,
    /// The cause, for the operator; `None` when the request itself is the cause.
    cause: Option<String>,
}

impl Rejection {
    /// A rejection that the request brought on itself.
    #[must_use]
    pub fn of_request(fail_info: PkiFailureInfo, words: impl Into<Cow<'static, str>>) -> Self {
        Self {
            http_status: HttpStatus::OK,
            fail_info,
            words: words.into(),
            cause: None,
        }
    }

    /// Bytes that are not a request in DER.
    #[must_use]
    pub fn unreadable(error: &DecodeError) -> Self {
        let words = format!("not a DER-encoded TimeStampReq: {error}");
        Self::of_request(PkiFailureInfo::BAD_DATA_FORMAT, words)
    }

    /// No time that may be stamped.
    #[must_use]
    pub fn time_not_available(fault: &ClockFault) -> Self {
        Self {
            http_status: HttpStatus::OK,
            fail_info: PkiFailureInfo::TIME_NOT_AVAILABLE,
            words: "the clock of this authority is not trusted at the moment".into(),
            cause: Some(fault.to_string()),
        }
    }

    /// The signer's certificate does not cover the time.
    #[must_use]
    pub fn certificate_over(not_after: GenTime) -> Self {
        let cause = format!("valid until {not_after}");
        Self::system_failure("the signer's certificate is not valid now", cause)
    }

    /// Something in here does not work.
    #[must_use]
    pub fn system_failure(what: &'static str, cause: impl fmt::Display) -> Self {
        Self {
            http_status: HttpStatus::OK,
            fail_info: PkiFailureInfo::SYSTEM_FAILURE,
            words: "this authority cannot make tokens at the moment; nothing was charged".into(),
            cause: Some(format!("{what}: {cause}")),
        }
    }

    /// The status as it goes on the wire.
    #[must_use]
    pub fn status_info(&self) -> PkiStatusInfo {
        PkiStatusInfo::rejection(self.fail_info, &self.words)
    }

    /// Why this authority, and not the request, is to blame; for the operator.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    pub(crate) fn log(&self) {
        let fail_info = self.fail_info;
        match &self.cause {
            Some(cause) => tracing::error!(%fail_info, %cause, "rejected"),
            None => tracing::info!(%fail_info, words = %self.words, "rejected"),
        }
    }
}
