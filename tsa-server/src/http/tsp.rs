//! `application/timestamp-query` in, `application/timestamp-reply` out (RFC 3161 §3.4).
//!
//! The order of refusals: 415, 413, 408 (405 comes before), then the account, then trip 1. Every
//! answer of trip 1 is a `TimeStampResp`.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use hyper::{Request, Response, StatusCode};

use super::Service;
use super::answer::{Answer, text};
use super::body::{self, BodyFault};
use crate::trip::Answer as TripAnswer;

const QUERY: &str = "application/timestamp-query";
const REPLY: HeaderValue = HeaderValue::from_static("application/timestamp-reply");
const SERIAL: HeaderName = HeaderName::from_static("tsa-serial");

pub(super) async fn answer<B>(service: &Service, request: Request<B>) -> Answer
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    if !is_query(request.headers()) {
        let words = format!("Send one Content-Type header, {QUERY}.\n");
        return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, words);
    }
    if has_coded_body(request.headers()) {
        let words = "A body is sent as it is, or in chunks.\n";
        return text(StatusCode::NOT_IMPLEMENTED, words);
    }
    let bytes_max = service.limits.body_bytes_max.get();
    let time_max = Duration::from_secs(u64::from(service.limits.request_seconds_max.get()));
    let max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let body = match body::read(request.into_body(), max, time_max).await {
        Ok(body) => body,
        Err(fault) => return refuse(&fault, bytes_max),
    };
    match service.authority.accounts.identify() {
        Ok(caller) => reply(service.authority.answer(&caller, &body).await),
        Err(rejection) => reply(rejection.into()),
    }
}

fn reply(answer: TripAnswer) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, REPLY);
    let serial = answer
        .serial
        .map(|serial| HeaderValue::try_from(serial.to_string()));
    if let Some(Ok(serial)) = serial {
        headers.insert(SERIAL, serial);
    }
    response
}

/// Exactly one Content-Type, of the right type; parameters are of no matter.
fn is_query(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(QUERY))
}

/// A transfer coding other than chunked (RFC 9112 §6.1).
fn has_coded_body(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    codings.any(|coding| {
        !coding
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"chunked")
    })
}

fn refuse(fault: &BodyFault, bytes_max: u32) -> Answer {
    let mut answer = match fault {
        BodyFault::TooLong => {
            let words = format!("A request has at most {bytes_max} bytes.\n");
            text(StatusCode::PAYLOAD_TOO_LARGE, words)
        }
        BodyFault::TooSlow => text(
            StatusCode::REQUEST_TIMEOUT,
            "The request was not complete in time.\n",
        ),
        BodyFault::Broken(reason) => text(
            StatusCode::BAD_REQUEST,
            format!("The request cannot be read: {reason}.\n"),
        ),
    };
    // What is left of the body would be taken for the next request.
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_content_type_of_the_right_type_is_a_query() {
        let cases: [(&[&str], bool); 8] = [
            (&["application/timestamp-query"], true),
            (&["Application/Timestamp-Query"], true),
            (&["application/timestamp-query; charset=binary"], true),
            (&[], false),
            (&["application/timestamp-reply"], false),
            (
                &["application/timestamp-query", "application/timestamp-query"],
                false,
            ),
            (&["multipart/form-data; boundary=x"], false),
            (&["application/timestamp-query-x"], false),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
            }
            assert_eq!(is_query(&headers), expected, "{values:?}");
        }
    }
}
