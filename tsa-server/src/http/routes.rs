//! Which path and method mean what.
//!
//! `Service::handle` is the whole service as a plain function from request to answer, so that
//! tests and other listeners can call it without a socket.

use std::net::IpAddr;
use std::sync::Arc;

use http_body_util::Either;
use hyper::body::{Body, Bytes};
use hyper::{Method, Request, StatusCode};

use super::answer::{Answer, AnyAnswer, method_not_allowed, text};
use super::api::{Admin, Api};
use super::{Service, crl, pages, tsp};

impl Service {
    /// Answers one request, which comes from `peer`.
    ///
    /// A future is moved before it runs, whole, so whatever is large in it is behind a pointer.
    pub(super) async fn handle<B>(
        self: Arc<Self>,
        request: Request<B>,
        peer: Option<IpAddr>,
    ) -> AnyAnswer
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: std::fmt::Display + Into<axum::BoxError>,
    {
        if Admin::has(request.uri().path()) {
            return Box::pin(self.admin.answer(request, peer))
                .await
                .map(Either::Right);
        }
        if let Some(api) = self.api.as_ref().filter(|_| Api::has(request.uri().path())) {
            return Box::pin(api.answer(request, peer)).await.map(Either::Right);
        }
        self.plain(request, peer).await.map(Either::Left)
    }

    async fn plain<B>(&self, request: Request<B>, peer: Option<IpAddr>) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: std::fmt::Display,
    {
        let method = request.method();
        let is_get = method == Method::GET || method == Method::HEAD;
        match request.uri().path() {
            "/" | "/tsr" if method == Method::POST => tsp::answer(self, request, peer).await,
            "/" if is_get => pages::landing(self, request.headers()),
            "/" => method_not_allowed("GET, HEAD, POST"),
            "/tsr" => method_not_allowed("POST"),
            "/crl.der" if is_get => crl::answer(&self.crl, request.headers()),
            "/crl.der" => method_not_allowed("GET, HEAD"),
            path => match pages::by_path(path) {
                None => text(StatusCode::NOT_FOUND, "There is nothing at this address.\n"),
                Some(_) if !is_get => method_not_allowed("GET, HEAD"),
                Some(page) => page(self),
            },
        }
    }
}
