//! Answers whose body is at hand.

use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

/// An answer whose body is at hand.
pub type Answer = Response<Full<Bytes>>;

/// Any answer: nearly always one whose body is at hand, else one of the API.
pub(super) type AnyAnswer = Response<Either<Full<Bytes>, axum::body::Body>>;

/// An answer in plain words.
pub(super) fn text(status: StatusCode, words: impl Into<Bytes>) -> Answer {
    respond(status, "text/plain; charset=utf-8", words)
}

pub(super) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Answer {
    let words = format!("This address answers {allowed} only.\n");
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, words);
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}
