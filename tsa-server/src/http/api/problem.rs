//! What is wrong with a request to the API (RFC 9457), in one shape for all of it.
//!
//! The `type` is a URN that never changes its meaning; `docs/api.md` lists them. What programs
//! decide by is the type; `title` and `detail` are for people. Nothing here names paths, keys or
//! causes inside.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use tsa_core::PkiFailureInfo;
use tsa_ledger::{LedgerError, Refusal};
use utoipa::ToSchema;

use crate::trip::Rejection;

/// Entries for fields, the most of them: who has more wrong has it wrong from the start.
pub(super) const FIELDS_MAX: usize = 100;

pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not granted (RFC 9457)
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem it is; never changes its meaning
    #[serde(rename = "type")]
    #[schema(pattern = "^urn:tsa:problem:[a-z-]+$")]
    kind: String,
    /// The kind in words
    title: &'static str,
    /// The HTTP status
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// This very problem in words
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// One entry for each field that is wrong, the first hundred of them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// What the account has left, where that is the reason
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    balance: Option<u64>,
    #[serde(skip)]
    retry_after: Option<u32>,
}

/// A field that is wrong
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer to the field of the body
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pointer: Option<String>,
    /// Name of the parameter or header
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<String>,
    /// What is wrong with it
    detail: String,
}

impl FieldError {
    pub(super) fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: Some(pointer.into()),
            parameter: None,
            detail: detail.into(),
        }
    }

    pub(super) fn of(parameter: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: None,
            parameter: Some(parameter.into()),
            detail: detail.into(),
        }
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str) -> Self {
        Self {
            kind: format!("urn:tsa:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            balance: None,
            retry_after: None,
        }
    }

    fn with_detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }

    pub(super) fn unreadable(detail: impl Into<String>) -> Self {
        let title = "The request cannot be read";
        Self::new(StatusCode::BAD_REQUEST, "unreadable", title).with_detail(detail)
    }

    pub(super) fn invalid(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(FIELDS_MAX);
        let title = "Fields of the request are wrong";
        Self {
            errors,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid-request", title)
        }
    }

    pub(super) fn unauthorized(detail: impl Into<String>) -> Self {
        let title = "The API key is missing or not accepted";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", title).with_detail(detail)
    }

    fn no_credits(detail: impl Into<String>, balance: Option<u64>) -> Self {
        let title = "The account has too few credits";
        Self {
            balance,
            ..Self::new(StatusCode::PAYMENT_REQUIRED, "no-credits", title).with_detail(detail)
        }
    }

    fn out_of_scope() -> Self {
        let title = "The API key may not be used for this";
        Self::new(StatusCode::FORBIDDEN, "out-of-scope", title)
    }

    pub(super) fn not_from_here() -> Self {
        let title = "The operator's requests are taken from the server's own machine only";
        Self::new(StatusCode::FORBIDDEN, "not-from-here", title)
    }

    /// For the operator alone, who may read paths and causes.
    pub(super) fn refused(reason: String) -> Self {
        let title = "The configuration cannot be used; the old one goes on";
        Self::new(StatusCode::CONFLICT, "configuration-refused", title).with_detail(reason)
    }

    pub(super) fn not_found() -> Self {
        let title = "There is nothing of this account at this address";
        Self::new(StatusCode::NOT_FOUND, "not-found", title)
    }

    pub(super) fn method_not_allowed() -> Self {
        let title = "The address does not know this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title)
    }

    pub(super) fn too_slow() -> Self {
        let title = "The request was not complete in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", title)
    }

    fn too_many(detail: impl Into<String>) -> Self {
        let title = "The account has as many of these as it may have";
        Self::new(StatusCode::CONFLICT, "too-many", title).with_detail(detail)
    }

    pub(super) fn too_long(bytes_max: usize) -> Self {
        let title = "The body is too long";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", title)
            .with_detail(format!("at most {bytes_max} bytes are read"))
    }

    pub(super) fn media_type() -> Self {
        let title = "The body has another type than this address takes";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", title)
            .with_detail("send one Content-Type header, application/json")
    }

    fn key_reused() -> Self {
        let title = "The Idempotency-Key belongs to another request";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", title)
    }

    pub(super) fn too_fast(seconds: u32, detail: impl Into<String>) -> Self {
        let title = "Too many requests";
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", title)
                .with_detail(detail)
        }
    }

    fn unavailable(kind: &str, title: &'static str) -> Self {
        Self {
            retry_after: Some(5),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title)
        }
    }

    /// Something in here does not work; the log says what.
    pub(super) fn failure() -> Self {
        let title = "The service cannot answer this at the moment; nothing was charged";
        Self::unavailable("unavailable", title)
    }
}

impl From<&Rejection> for Problem {
    fn from(rejection: &Rejection) -> Self {
        let words = || rejection.words.to_string();
        match (rejection.http_status, rejection.fail_info) {
            (StatusCode::PAYMENT_REQUIRED, _) => {
                Self::no_credits(words(), rejection.credits_remaining)
            }
            (StatusCode::UNPROCESSABLE_ENTITY, _) => Self::key_reused(),
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                Self::too_fast(rejection.retry_after.unwrap_or(1), words())
            }
            (StatusCode::UNAUTHORIZED, _) => Self::unauthorized(words()),
            (_, PkiFailureInfo::TIME_NOT_AVAILABLE) => {
                let title = "The clock of this authority is not trusted at the moment";
                Self::unavailable("time-not-available", title)
            }
            (_, PkiFailureInfo::SYSTEM_FAILURE) => Self::failure(),
            _ => Self::unreadable(words()),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        rejection.log();
        Self::from(&rejection)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match &error {
            LedgerError::Refused(Refusal::OutOfScope) => Self::out_of_scope(),
            LedgerError::Refused(refusal @ Refusal::TooMany { .. }) => {
                Self::too_many(refusal.to_string())
            }
            LedgerError::Refused(Refusal::UnknownAccount) => Self::not_found(),
            other => Self::from(crate::trip::account::refused(other)),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        let status = StatusCode::from_u16(self.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let schemes = HeaderValue::from_static("Bearer, Basic realm=\"time stamps\"");
            headers.insert(WWW_AUTHENTICATE, schemes);
        }
        response
    }
}
