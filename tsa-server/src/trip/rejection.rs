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
    /// Seconds after which the request may come again.
    pub retry_after: Option<u32>,
    /// What the account has left, where that is the reason.
    pub credits_remaining: Option<u64>,
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
            retry_after: None,
            credits_remaining: None,
            cause: None,
        }
    }

    /// Nobody knows who asks, or they may not: 401.
    #[must_use]
    pub fn unauthorized(words: impl Into<Cow<'static, str>>) -> Self {
        Self::of_account(HttpStatus::UNAUTHORIZED, words)
    }

    /// The account asks too fast: 429.
    #[must_use]
    pub fn too_fast(seconds: u32) -> Self {
        let words = format!("too many requests of this account; try again in {seconds} s");
        Self {
            retry_after: Some(seconds),
            ..Self::of_account(HttpStatus::TOO_MANY_REQUESTS, words)
        }
    }

    /// The client address asks too fast: 429.
    #[must_use]
    pub fn too_fast_here(seconds: u32) -> Self {
        let words = format!("too many requests of this address; try again in {seconds} s");
        Self {
            retry_after: Some(seconds),
            ..Self::of_account(HttpStatus::TOO_MANY_REQUESTS, words)
        }
    }

    /// The account has too few credits: 402.
    #[must_use]
    pub fn no_credits(balance: u64) -> Self {
        let words = format!("no credits: a token costs 1, the account has {balance}");
        Self {
            credits_remaining: Some(balance),
            ..Self::of_account(HttpStatus::PAYMENT_REQUIRED, words)
        }
    }

    /// The account has too few credits for all that is asked at once: 402.
    #[must_use]
    pub fn too_few_credits(needed: u64, balance: u64) -> Self {
        let words = format!("no credits: all of it costs {needed}, the account has {balance}");
        Self {
            credits_remaining: Some(balance),
            ..Self::of_account(HttpStatus::PAYMENT_REQUIRED, words)
        }
    }

    /// The idempotency key belongs to another request: 422.
    #[must_use]
    pub fn key_bound() -> Self {
        let words = "the Idempotency-Key was used with another request that was granted";
        Self::of_account(HttpStatus::UNPROCESSABLE_ENTITY, words)
    }

    /// The idempotency key cannot be used: 400.
    #[must_use]
    pub fn bad_key() -> Self {
        let words = "one Idempotency-Key of 1 to 128 ASCII characters is read";
        Self::of_account(HttpStatus::BAD_REQUEST, words)
    }

    fn of_account(http_status: HttpStatus, words: impl Into<Cow<'static, str>>) -> Self {
        Self {
            http_status,
            ..Self::of_request(PkiFailureInfo::BAD_REQUEST, words)
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
        let words = "the clock of this authority is not trusted at the moment";
        Self {
            cause: Some(fault.to_string()),
            ..Self::of_request(PkiFailureInfo::TIME_NOT_AVAILABLE, words)
        }
    }

    /// The signer's certificate does not cover the time.
    #[must_use]
    pub fn certificate_over(not_after: GenTime) -> Self {
        let cause = format!("valid until {not_after}");
        Self::system_failure("the signer's certificate is not valid now", cause)
    }

    /// The signer's key was taken out of service.
    #[must_use]
    pub fn key_stopped() -> Self {
        let words = "the key for this policy has been taken out of service; nothing was charged";
        Self {
            words: words.into(),
            ..Self::system_failure("the signer", "its key is stopped")
        }
    }

    /// Something in here does not work.
    #[must_use]
    pub fn system_failure(what: &'static str, cause: impl fmt::Display) -> Self {
        let words = "this authority cannot make tokens at the moment; nothing was charged";
        Self {
            cause: Some(format!("{what}: {cause}")),
            ..Self::of_request(PkiFailureInfo::SYSTEM_FAILURE, words)
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
