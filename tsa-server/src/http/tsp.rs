//! `application/timestamp-query` in, `application/timestamp-reply` out (RFC 3161 §3.4).
//!
//! The order of refusals: 415, 413, 408 (405 comes before), then the account (401, 429), then trip
//! 1. Every answer from the account on is a `TimeStampResp`.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
};
use hyper::{Request, Response, StatusCode};
use tokio::runtime::Handle;

use super::Service;
use super::answer::{Answer, text};
use super::body::{self, BodyFault};
use super::client_address::{client_address, site};
use super::credentials::{credentials, idempotency_key};
use crate::clock::wall_micros;
use crate::trip::{Answer as TripAnswer, Authority, Rejection};

const QUERY: &str = "application/timestamp-query";
const REPLY: HeaderValue = HeaderValue::from_static("application/timestamp-reply");
const SERIAL: HeaderName = HeaderName::from_static("tsa-serial");
const CREDITS_REMAINING: HeaderName = HeaderName::from_static("tsa-credits-remaining");
const CREDITS_CHARGED: HeaderName = HeaderName::from_static("tsa-credits-charged");
const SANDBOX: HeaderName = HeaderName::from_static("tsa-sandbox");
const SCHEMES: HeaderValue = HeaderValue::from_static("Bearer, Basic realm=\"time stamps\"");

pub(super) async fn answer<B>(
    service: &Service,
    request: Request<B>,
    peer: Option<IpAddr>,
) -> Answer
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
    let (head, body) = request.into_parts();
    let body = match body::read(body, max, time_max).await {
        Ok(body) => body,
        Err(fault) => return refuse(&fault, bytes_max),
    };
    let peer = peer.map(|peer| client_address(peer, &head.headers, &service.trusted_proxies));
    let rated = peer.map_or(Ok(()), |it| service.addresses.admit(site(it), wall_micros));
    if let Err(seconds) = rated {
        return reply(Rejection::too_fast_here(seconds).into());
    }
    let authority = Arc::clone(&service.authority);
    let stamping = Box::pin(stamp(authority, head.headers, body, peer));
    reply(ToItsEnd(Some(stamping)).await)
}

/// An answer that comes to its end, whoever waits for it: when the client goes away before, the
/// rest is done in a task of its own, so that what is under way is finished, and logged. As long
/// as somebody waits it is done where it is, since a task for each request would cost as much as
/// reading it.
struct ToItsEnd<F: Future<Output = TripAnswer> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output = TripAnswer> + Send + 'static> Future for ToItsEnd<F> {
    type Output = TripAnswer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TripAnswer> {
        let failed = |why| Rejection::system_failure("a request ended early", why).into();
        let Some(stamping) = self.0.as_mut() else {
            return Poll::Ready(failed("it was over"));
        };
        let polled = catch_unwind(AssertUnwindSafe(|| stamping.as_mut().poll(context)));
        if !matches!(polled, Ok(Poll::Pending)) {
            self.0 = None;
        }
        polled.unwrap_or_else(|_| Poll::Ready(failed("it panicked")))
    }
}

impl<F: Future<Output = TripAnswer> + Send + 'static> Drop for ToItsEnd<F> {
    fn drop(&mut self) {
        // Without a runtime the process is about to end, which a client must be ready for anyway.
        if let (Some(stamping), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(stamping);
        }
    }
}

async fn stamp(
    authority: Arc<Authority>,
    headers: HeaderMap,
    body: Bytes,
    peer: Option<IpAddr>,
) -> TripAnswer {
    let credentials = credentials(&headers);
    let caller = match authority.accounts.identify(&credentials, peer).await {
        Ok(caller) => caller,
        Err(rejection) => return rejection.into(),
    };
    match idempotency_key(&headers) {
        Ok(key) => authority.answer(&caller, &body, key).await,
        Err(()) => Rejection::bad_key().into(),
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
    if let Some(credits) = answer.credits_remaining {
        headers.insert(CREDITS_REMAINING, credits.into());
    }
    if let Some(credits) = answer.credits_charged {
        headers.insert(CREDITS_CHARGED, credits.into());
    }
    if answer.is_sandbox {
        headers.insert(SANDBOX, HeaderValue::from_static("true"));
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if answer.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, SCHEMES);
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
