//! Who may ask for what: the client's rate, the key and its scope, the account's rate, before any
//! request of the API is read.
//!
//! A key is always needed here, also where requests of RFC 3161 do without: a web page that
//! somebody looks at on the authority's own machine must not spend credits or make keys.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use tsa_ledger::key::{Holder, Scope};

use super::Inner;
use super::problem::Problem;
use crate::clock::wall_micros;
use crate::http::client_address::{client_address, site};
use crate::http::credentials::credentials;
use crate::trip::account::Credentials;

const SANDBOX: HeaderName = HeaderName::from_static("tsa-sandbox");

/// Somebody who may ask what is asked.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Holder);

/// Lets a request through to its handler.
pub(super) async fn guard(State(api): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    match api.admit(&head).await {
        Ok(holder) => {
            let is_sandbox = holder.is_sandbox;
            head.extensions.insert(Caller(holder));
            let mut response = next.run(Request::from_parts(head, body)).await;
            if is_sandbox {
                let headers = response.headers_mut();
                headers.insert(SANDBOX, HeaderValue::from_static("true"));
            }
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// Where a request comes from, carried by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

impl Inner {
    async fn admit(&self, request: &Parts) -> Result<Holder, Problem> {
        let now = wall_micros();
        let peer = request.extensions.get::<Peer>().map(|peer| peer.0);
        let address = peer.map(|it| client_address(it, &request.headers, &self.trusted_proxies));
        let rated = address.map_or(Ok(()), |it: IpAddr| self.addresses.admit(site(it), || now));
        rated.map_err(|seconds| Problem::too_fast(seconds, "of this client address"))?;
        let (account, key) = match credentials(&request.headers) {
            Credentials::Key { account, key } => (account, key),
            Credentials::None => {
                let words = "send an API key, `Authorization: Bearer KEY`";
                return Err(Problem::unauthorized(words));
            }
            Credentials::Unreadable => {
                let words = "one Authorization header is read, Bearer or Basic";
                return Err(Problem::unauthorized(words));
            }
        };
        let needed = scope(&request.method, request.uri.path());
        let authenticated = self
            .ledger
            .authenticate(&key, account.as_deref(), needed, now);
        let holder = authenticated.await?;
        let rated = self.authority.accounts.admit(holder.account);
        rated.map_err(|seconds| Problem::too_fast(seconds, "of this account"))?;
        Ok(holder)
    }
}

/// What a key must be for.
fn scope(method: &Method, path: &str) -> Scope {
    let is_owners = ["/keys", "/webhooks"]
        .iter()
        .filter_map(|part| path.strip_prefix(super::BASE)?.strip_prefix(part))
        .any(|rest| rest.is_empty() || rest.starts_with('/'));
    match *method {
        _ if is_owners => Scope::All,
        Method::GET | Method::HEAD => Scope::Read,
        Method::POST if path.strip_prefix(super::BASE) == Some("/stamps") => Scope::Stamp,
        _ => Scope::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_webhooks_are_for_keys_that_may_do_everything() {
        let cases = [
            (Method::GET, "/api/v1/account", Scope::Read),
            (Method::HEAD, "/api/v1/statement", Scope::Read),
            (Method::PATCH, "/api/v1/account", Scope::All),
            (Method::POST, "/api/v1/stamps", Scope::Stamp),
            (Method::GET, "/api/v1/stamps/0a.tsr", Scope::Read),
            (Method::GET, "/api/v1/keys", Scope::All),
            (Method::DELETE, "/api/v1/keys/7", Scope::All),
            (Method::GET, "/api/v1/webhooks", Scope::All),
            (Method::GET, "/api/v1/keysmith", Scope::Read),
        ];
        for (method, path, expected) in cases {
            assert_eq!(scope(&method, path), expected, "{method} {path}");
        }
    }
}
