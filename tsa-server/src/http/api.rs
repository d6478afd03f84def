//! The API of platform backends, under `/api/v1`: accounts, tokens of many digests, keys, hooks.
//!
//! One handler a path, each in the file of its subject; who may ask is decided before any of them
//! (`guard.rs`). The description of it all is made from the same code ([`openapi`]) and kept in
//! `docs/openapi.json`. `docs/api.md` is for those who use it. Not in scope: how a token is made
//! ([`crate::trip`]), how a webhook is told (`webhooks.rs`).

mod account;
mod admin;
mod cursor;
mod guard;
mod keys;
mod lookup;
pub mod openapi;
mod order;
mod parameters;
mod problem;
mod problems;
mod stamp;
mod stamps;
mod webhooks;
mod wire;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use hyper::Request;
use hyper::body::Bytes;
use tokio::sync::{Notify, Semaphore};
use tower_service::Service as _;
use tsa_ledger::Ledger;

use crate::config::{Config, Network};
use crate::rate::Rates;
use crate::trip::Authority;
pub use admin::Admin;
pub(crate) use admin::make_token;
use guard::Peer;
use problem::Problem;
pub(crate) use wire::shown;

/// Where all of it is.
const BASE: &str = "/api/v1";

/// Longest body where no digests are sent, and longest that is read without a place among the
/// long ones.
const SMALL_BODY_BYTES: usize = 64 * 1024;

/// The API, ready to answer.
#[derive(Clone, Debug)]
pub struct Api(Router);

/// What its handlers answer from.
#[derive(Debug)]
struct Inner {
    authority: Arc<Authority>,
    ledger: Arc<Ledger>,
    /// Requests of a client address.
    addresses: Arc<Rates<IpAddr>>,
    trusted_proxies: Vec<Network>,
    /// Long bodies at a time.
    places: Arc<Semaphore>,
    body_bytes_max: usize,
    body_time: Duration,
    may_reach_private: bool,
    /// Wakes who tells webhooks.
    webhooks: Arc<Notify>,
}

impl Api {
    /// The API of an authority; `None` where nobody pays, since there are no accounts.
    #[must_use]
    pub fn new(
        authority: &Arc<Authority>,
        config: &Config,
        addresses: &Arc<Rates<IpAddr>>,
        webhooks: &Arc<Notify>,
    ) -> Option<Self> {
        let limits = &config.limits;
        let usize = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let inner = Inner {
            ledger: Arc::clone(authority.accounts.ledger()?),
            authority: Arc::clone(authority),
            addresses: Arc::clone(addresses),
            trusted_proxies: config.trusted_proxies.clone(),
            places: Arc::new(Semaphore::new(usize(limits.batches_max.get()))),
            body_bytes_max: usize(limits.batch_bytes_max.get()),
            body_time: Duration::from_secs(u64::from(limits.request_seconds_max.get()) * 3),
            may_reach_private: config.webhooks.private_targets,
            webhooks: Arc::clone(webhooks),
        };
        Some(Self(router(Arc::new(inner))))
    }

    /// Answers a request, which comes from `peer`.
    pub(super) async fn answer<B>(&self, mut request: Request<B>, peer: Option<IpAddr>) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if let Some(peer) = peer {
            request.extensions_mut().insert(Peer(peer));
        }
        answered_by(&self.0, request).await
    }

    /// Whether a path is one of these.
    pub(super) fn has(path: &str) -> bool {
        path.strip_prefix("/api")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

async fn answered_by<B>(router: &Router, request: Request<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let answered: Result<Response, Infallible> = router.clone().call(request.map(Body::new)).await;
    answered.unwrap_or_else(|never| match never {})
}

fn router(inner: Arc<Inner>) -> Router {
    let account = get(account::account).patch(account::change_account);
    let stamps = get(lookup::stamps).post(stamps::stamp);
    let keys = get(keys::keys).post(keys::add_key);
    let webhooks = get(webhooks::webhooks).post(webhooks::add_webhook);
    let at = |path: &str| format!("{BASE}{path}");
    let guarded = Router::new()
        .route(&at("/account"), account)
        .route(&at("/statement"), get(account::statement))
        .route(&at("/stamps"), stamps)
        .route(&at("/stamps/{serial}"), get(lookup::stamp))
        .route(&at("/keys"), keys)
        .route(&at("/keys/{id}"), delete(keys::revoke_key))
        .route(&at("/webhooks"), webhooks)
        .route(&at("/webhooks/{id}"), delete(webhooks::remove_webhook))
        .method_not_allowed_fallback(async || Problem::method_not_allowed().into_response())
        .route_layer(axum::middleware::from_fn_with_state(
            Arc::clone(&inner),
            guard::guard,
        ))
        .with_state(inner);
    let open = Router::new()
        .route(&at("/openapi.json"), get(openapi::description))
        .method_not_allowed_fallback(async || Problem::method_not_allowed().into_response());
    guarded
        .merge(open)
        .fallback(async || Problem::not_found().into_response())
}
