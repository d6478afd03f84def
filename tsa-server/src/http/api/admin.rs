//! `admin`: what the operator asks of a running server, with a token of their own.
//!
//! The token is in a file of the data folder that only its owner may read, and the requests are
//! taken from this machine unless the configuration says otherwise. Keys of accounts open nothing
//! here. There also where nobody pays. What a reload does is the business of [`crate::reload`].

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Peer;
use super::problem::Problem;
use super::wire::{Json, Parameters};
use super::{BASE, answered_by};
use crate::clock::wall_micros;
use crate::config::{AnonymousFrom, Config, Network};
use crate::data_dir::DataDir;
use crate::durable;
use crate::http::client_address::{client_address, site};
use crate::http::credentials::credentials;
use crate::rate::Rates;
use crate::reload::{Changes, Reloader};
use crate::signer::SecretSource;
use crate::trip::account::Credentials;

/// What the operator may ask, ready to answer.
#[derive(Clone, Debug)]
pub struct Admin(Router);

/// What its handlers answer from.
#[derive(Debug)]
pub(super) struct Desk {
    reloader: Arc<Reloader>,
    /// Where the token is; read for every request, so that a new one counts at once.
    token: SecretSource,
    from: AnonymousFrom,
    addresses: Arc<Rates<IpAddr>>,
    trusted_proxies: Vec<Network>,
}

/// What a reload has changed
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// Policies whose signer is another now
    signers: Vec<SignerChange>,
    /// Settings that are new in the configuration and wait for the next start
    at_next_start: Vec<&'static str>,
}

/// A policy whose signer is another now
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignerChange {
    /// The policy, in dotted decimal
    policy: String,
    /// `added`, `removed`, `key`, `certificates` or `settings`
    change: &'static str,
}

impl From<Changes> for Reloaded {
    fn from(changes: Changes) -> Self {
        let signers = changes.signers.into_iter();
        Self {
            signers: signers
                .map(|(policy, change)| SignerChange {
                    policy,
                    change: change.name(),
                })
                .collect(),
            at_next_start: changes.at_next_start,
        }
    }
}

/// Makes the operator's token where there is none.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn make_token(data: &DataDir) -> std::io::Result<()> {
    let path = data.admin_token();
    if path.exists() {
        return Ok(());
    }
    let mut bytes = [0; 32];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| std::io::Error::other("the operating system gives no random numbers"))?;
    let token = format!("tsa_admin_{}\n", base16ct::lower::encode_string(&bytes));
    durable::replace(&path, token.as_bytes(), durable::PRIVATE)
}

impl Admin {
    /// What the operator may ask of a service.
    #[must_use]
    pub fn new(
        reloader: &Arc<Reloader>,
        data: &DataDir,
        config: &Config,
        addresses: &Arc<Rates<IpAddr>>,
    ) -> Self {
        let desk = Desk {
            reloader: Arc::clone(reloader),
            token: SecretSource::File(data.admin_token()),
            from: config.admin_from,
            addresses: Arc::clone(addresses),
            trusted_proxies: config.trusted_proxies.clone(),
        };
        let router = Router::new()
            .route(&format!("{BASE}/admin/reload"), post(reload))
            .method_not_allowed_fallback(async || Problem::method_not_allowed().into_response())
            .fallback(async || Problem::not_found().into_response())
            .with_state(Arc::new(desk));
        Self(router)
    }

    /// Answers a request, which comes from `peer`.
    pub(in crate::http) async fn answer<B>(
        &self,
        mut request: hyper::Request<B>,
        peer: Option<IpAddr>,
    ) -> Response
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
    pub(in crate::http) fn has(path: &str) -> bool {
        let rest = path
            .strip_prefix(BASE)
            .and_then(|it| it.strip_prefix("/admin"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Reads configuration, keys and certificates anew and swaps them, as the signal HUP does
///
/// Requests under way end with the old. When something cannot be used, nothing changes. For the
/// operator: the token in `admin.token` of the data folder, from the server's own machine.
#[utoipa::path(post, path = "/api/v1/admin/reload", operation_id = "reload",
    tag = "admin", security(("operator" = [])),
    responses((status = 200, description = "All of it is swapped", body = Reloaded),
        super::problems::OfAdmin))]
pub(super) async fn reload(
    State(desk): State<Arc<Desk>>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    desk.admit(&head).await?;
    Parameters::of(&head.uri).end()?;
    let changes = desk.reloader.reload().await.map_err(Problem::refused)?;
    Ok(Json(StatusCode::OK, Reloaded::from(changes)).into_response())
}

impl Desk {
    /// Lets the operator through and nobody else.
    async fn admit(&self, request: &Parts) -> Result<(), Problem> {
        let peer = request.extensions.get::<Peer>().map(|peer| peer.0);
        let address = peer.map(|it| client_address(it, &request.headers, &self.trusted_proxies));
        let rated = address.map_or(Ok(()), |it| self.addresses.admit(site(it), wall_micros));
        rated.map_err(|seconds| Problem::too_fast(seconds, "of this client address"))?;
        let is_near = address.is_some_and(|it| it.is_loopback());
        if self.from == AnonymousFrom::Loopback && !is_near {
            return Err(Problem::not_from_here());
        }
        let Credentials::Key { account: None, key } = credentials(&request.headers) else {
            let words = "send the operator's token, `Authorization: Bearer TOKEN`";
            return Err(Problem::unauthorized(words));
        };
        let place = self.token.clone();
        // A file is read: not beside requests.
        let read = tokio::task::spawn_blocking(move || place.read()).await;
        let read = read.map_err(|error| error.to_string());
        let token = read.and_then(|read| read.map_err(|error| error.to_string()));
        let token = token.map_err(|reason| {
            tracing::error!(%reason, "the operator's token cannot be read");
            Problem::failure()
        })?;
        match is_same(token.reveal(), key.as_bytes()) {
            Some(true) => Ok(()),
            _ => {
                tracing::warn!(peer = ?address, "somebody without the token asked for a reload");
                Err(Problem::unauthorized("this is not the operator's token"))
            }
        }
    }
}

/// Compares two secrets in a time that says nothing of either: by a MAC under a key of the moment.
fn is_same(one: &[u8], other: &[u8]) -> Option<bool> {
    let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?;
    let tag = hmac::sign(&key, one);
    Some(hmac::verify(&key, other, tag.as_ref()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_whole_token() {
        assert_eq!(is_same(b"abc", b"abc"), Some(true));
        for other in [&b"abd"[..], b"ab", b"abcd", b""] {
            assert_eq!(is_same(b"abc", other), Some(false));
        }
    }

    #[test]
    fn the_operators_paths_are_these() {
        for (path, expected) in [
            ("/api/v1/admin", true),
            ("/api/v1/admin/reload", true),
            ("/api/v1/administrators", false),
            ("/api/v1/account", false),
        ] {
            assert_eq!(Admin::has(path), expected, "{path}");
        }
    }
}
