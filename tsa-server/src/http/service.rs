//! Which path and method mean what.
//!
//! [`Service::handle`] is the whole service as a plain function from request to answer, so that
//! tests and other listeners can call it without a socket.

use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::{pages, tsp};
use crate::config::Limits;
use crate::trip::Authority;

/// An answer whose body is at hand.
pub type Answer = Response<Full<Bytes>>;

/// Everything that answers requests.
#[derive(Debug)]
pub struct Service {
    /// The authority behind `POST /`.
    pub authority: Arc<Authority>,
    /// Bounds of size and time.
    pub limits: Limits,
    /// The root certificate in PEM.
    pub root_pem: Bytes,
    /// The chain below the root in PEM.
    pub chain_pem: Bytes,
}

impl Service {
    /// Answers one request.
    pub async fn handle<B>(self: Arc<Self>, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: std::fmt::Display,
    {
        let method = request.method();
        let is_get = method == Method::GET || method == Method::HEAD;
        match request.uri().path() {
            "/" | "/tsr" if method == Method::POST => tsp::answer(&self, request).await,
            "/" if is_get => pages::landing(&self, request.headers()),
            "/" => method_not_allowed("GET, HEAD, POST"),
            "/tsr" => method_not_allowed("POST"),
            path => match pages::by_path(path) {
                None => text(StatusCode::NOT_FOUND, "There is nothing at this address.\n"),
                Some(_) if !is_get => method_not_allowed("GET, HEAD"),
                Some(page) => page(&self),
            },
        }
    }
}

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

fn method_not_allowed(allowed: &'static str) -> Answer {
    let words = format!("This address answers {allowed} only.\n");
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, words);
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}
