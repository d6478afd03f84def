//! `keys`: the API keys of an account, seen to by their owner.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use tsa_ledger::key::{KeyInfo, Scope};
use tsa_ledger::{LedgerError, Refusal};
use utoipa::ToSchema;

use super::Inner;
use super::account::name;
use super::guard::Caller;
use super::problem::{FieldError, Problem};
use super::wire::{Json, Parameters, parse, read_body, read_time, shown};
use crate::clock::wall_micros;

/// The keys of an account
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Keys {
    /// Keys, the oldest first, also those that are not taken any more
    keys: Vec<KeyView>,
}

/// A key, without what is secret
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyView {
    /// Its number
    id: i64,
    /// What it may be used for
    scope: KeyScope,
    /// When it was made
    #[schema(format = DateTime)]
    created_at: String,
    /// From when on it is not taken
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    expires_at: Option<String>,
    /// When it was revoked
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    revoked_at: Option<String>,
}

/// A new key
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewKey {
    /// Its number
    id: i64,
    /// What it may be used for
    scope: KeyScope,
    /// The key itself: shown now and never again
    key: String,
    /// From when on it is not taken
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    expires_at: Option<String>,
}

/// A key to be made
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyOrder {
    /// What it may be used for
    scope: KeyScope,
    /// From when on it is not taken; never without it
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// `all`, `stamp` (asking for tokens) or `read` (balance, statement, tokens)
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeyScope {
    All,
    Stamp,
    Read,
}

impl From<KeyScope> for Scope {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::All => Self::All,
            KeyScope::Stamp => Self::Stamp,
            KeyScope::Read => Self::Read,
        }
    }
}

impl From<Scope> for KeyScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::All => Self::All,
            Scope::Stamp => Self::Stamp,
            Scope::Read => Self::Read,
        }
    }
}

impl From<KeyInfo> for KeyView {
    fn from(key: KeyInfo) -> Self {
        Self {
            id: key.id,
            scope: key.scope.into(),
            created_at: shown(key.created_at),
            expires_at: key.expires_at.map(shown),
            revoked_at: key.revoked_at.map(shown),
        }
    }
}

/// The keys of the account that asks
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "keys",
    tag = "keys",
    responses((status = 200, description = "The keys", body = Keys), super::problems::OfGet))]
pub(super) async fn keys(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    Parameters::of(request.uri()).end()?;
    let keys = api.ledger.keys(&name(&caller)?).await?;
    let keys = keys.into_iter().map(KeyView::from).collect();
    Ok(Json(StatusCode::OK, Keys { keys }).into_response())
}

/// Makes a key; it is shown in the answer, and never again
#[utoipa::path(post, path = "/api/v1/keys", operation_id = "make_key",
    tag = "keys", request_body = KeyOrder,
    responses((status = 201, description = "The new key", body = NewKey),
        super::problems::OfCreation))]
pub(super) async fn add_key(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    Parameters::of(&head.uri).end()?;
    let body = read_body(&head.headers, body, super::SMALL_BODY_BYTES, api.body_time).await?;
    let order: KeyOrder = parse(&body)?;
    let expires_at = order.expires_at.as_deref().map(read_time).transpose();
    let expires_at = expires_at
        .map_err(|detail| Problem::invalid(vec![FieldError::at("/expires_at", detail)]))?;
    let issued = api.ledger.issue_key(
        caller.0.account,
        order.scope.into(),
        expires_at,
        wall_micros(),
    );
    let (id, key) = issued.await?;
    let made = NewKey {
        id,
        scope: order.scope,
        key: key.reveal(),
        expires_at: expires_at.map(shown),
    };
    Ok(Json(StatusCode::CREATED, made).into_response())
}

/// Revokes a key, from within a second on
#[utoipa::path(delete, path = "/api/v1/keys/{id}", operation_id = "revoke_key",
    tag = "keys",
    params(("id" = i64, Path, description = "Number of the key")),
    responses((status = 204, description = "It is revoked"), super::problems::OfOne))]
pub(super) async fn revoke_key(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    Parameters::of(request.uri()).end()?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let name = name(&caller)?;
    match api.ledger.revoke_key(&name, id, wall_micros()).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(LedgerError::Refused(Refusal::UnknownKey)) => Err(Problem::not_found()),
        Err(error) => Err(error.into()),
    }
}
