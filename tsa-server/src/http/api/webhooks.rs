//! `webhooks`: where an account wants to be told of what happens to it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use tsa_ledger::webhook::{EventKind, EventKinds, Webhook};
use utoipa::ToSchema;

use super::Inner;
use super::guard::Caller;
use super::problem::{FieldError, Problem};
use super::wire::{Json, Parameters, parse, read_body, shown};
use crate::clock::wall_micros;
use crate::webhooks::{check_url, shown_secret};

/// The webhooks of an account
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Webhooks {
    /// Webhooks, the oldest first
    webhooks: Vec<WebhookView>,
}

/// A webhook
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookView {
    /// Its number
    id: i64,
    /// Where it is told
    url: String,
    /// Of what
    events: Vec<WebhookEvent>,
    /// Since when
    #[schema(format = DateTime)]
    created_at: String,
    /// What signatures are made with: shown when it is made, and never again
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

/// A webhook to be registered
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookOrder {
    /// Where it is told: an https address that the whole Internet can reach
    #[schema(max_length = 2048)]
    url: String,
    /// Of what
    #[schema(min_items = 1, max_items = 3)]
    events: Vec<WebhookEvent>,
}

/// `low_balance`: the balance fell to its mark; `top_up`: credits came; `batch_done`: a request of
/// two digests or more was worked through
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WebhookEvent {
    LowBalance,
    TopUp,
    BatchDone,
}

impl From<WebhookEvent> for EventKind {
    fn from(event: WebhookEvent) -> Self {
        match event {
            WebhookEvent::LowBalance => Self::LowBalance,
            WebhookEvent::TopUp => Self::TopUp,
            WebhookEvent::BatchDone => Self::BatchDone,
        }
    }
}

impl From<EventKind> for WebhookEvent {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::LowBalance => Self::LowBalance,
            EventKind::TopUp => Self::TopUp,
            EventKind::BatchDone => Self::BatchDone,
        }
    }
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url,
            events: webhook.events.iter().map(WebhookEvent::from).collect(),
            created_at: shown(webhook.created_at),
            secret: None,
        }
    }
}

/// The webhooks of the account that asks
#[utoipa::path(get, path = "/api/v1/webhooks", operation_id = "webhooks",
    tag = "webhooks",
    responses((status = 200, description = "The webhooks", body = Webhooks),
        super::problems::OfGet))]
pub(super) async fn webhooks(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    Parameters::of(request.uri()).end()?;
    let webhooks = api.ledger.webhooks(caller.0.account).await?;
    let webhooks = webhooks.into_iter().map(WebhookView::from).collect();
    Ok(Json(StatusCode::OK, Webhooks { webhooks }).into_response())
}

/// Registers a webhook; its secret is shown in the answer, and never again
#[utoipa::path(post, path = "/api/v1/webhooks", operation_id = "register_webhook",
    tag = "webhooks", request_body = WebhookOrder,
    responses((status = 201, description = "The new webhook", body = WebhookView,
            links(("remove" = (operation_id = "remove_webhook",
                parameters(("id" = "$response.body#/id")))))),
        super::problems::OfCreation))]
pub(super) async fn add_webhook(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    Parameters::of(&head.uri).end()?;
    let body = read_body(&head.headers, body, super::SMALL_BODY_BYTES, api.body_time).await?;
    let order: WebhookOrder = parse(&body)?;
    let mut errors = Vec::new();
    if let Err(detail) = check_url(&order.url, api.may_reach_private) {
        errors.push(FieldError::at("/url", detail));
    }
    let kinds: Vec<EventKind> = order.events.into_iter().map(EventKind::from).collect();
    let events = EventKinds::new(&kinds).filter(|_| kinds.len() <= EventKind::EACH.len());
    if events.is_none() {
        errors.push(FieldError::at("/events", "from 1 to 3 events"));
    }
    let events = events.filter(|_| errors.is_empty());
    let events = events.ok_or_else(|| Problem::invalid(errors))?;
    let added = api
        .ledger
        .add_webhook(caller.0.account, &order.url, events, wall_micros());
    let (webhook, secret) = added.await?;
    let view = WebhookView {
        secret: Some(shown_secret(&secret)),
        ..WebhookView::from(webhook)
    };
    Ok(Json(StatusCode::CREATED, view).into_response())
}

/// Removes a webhook, with all that it has not been told yet
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", operation_id = "remove_webhook",
    tag = "webhooks",
    params(("id" = i64, Path, description = "Number of the webhook")),
    responses((status = 204, description = "It is removed"), super::problems::OfOne))]
pub(super) async fn remove_webhook(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    Parameters::of(request.uri()).end()?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    match api.ledger.remove_webhook(caller.0.account, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found()),
    }
}
