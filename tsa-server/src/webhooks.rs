//! Webhooks: what the outbox of the ledger holds is told, signed, and told again until it is heard.
//!
//! Each delivery is one POST of JSON with the headers `webhook-id`, `webhook-timestamp` and
//! `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`): the form
//! that Standard Webhooks describes. The id is the same for every attempt, so that a repetition is
//! known, and the timestamp is of the attempt, so that a replay is old. Any 2xx ends it. One
//! delivery of a webhook is under way at a time, in the order of what happened.

mod post;
mod target;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tsa_ledger::webhook::{Delivery, EventKind, WebhookSecret};
use tsa_ledger::{Ledger, UnixMicros};

use crate::clock::wall_micros;
use crate::config::WebhookConfig;
use crate::http::api_time;
use post::{Message, Post};
pub(crate) use target::check_url;

/// How long an attempt is one's own, in seconds: longer than it can take.
const LEASE_SECONDS: i64 = 60;

/// How often the outbox is looked at when nobody says that there is something.
const PAUSE: Duration = Duration::from_secs(1);

/// Deliveries under way at a time.
const AT_ONCE: u32 = 64;

/// Attempts at a delivery: with pauses that grow fourfold up to a day, some ten days.
const ATTEMPTS_MAX: u32 = 18;

/// The longest pause between two attempts, in seconds.
const PAUSE_SECONDS_MAX: i64 = 24 * 60 * 60;

/// How long ended deliveries are kept, in seconds.
const KEPT_SECONDS: i64 = 31 * 24 * 60 * 60;

/// A secret as its owner gets it.
pub(crate) fn shown_secret(secret: &WebhookSecret) -> String {
    format!("whsec_{}", STANDARD.encode(secret.0))
}

/// Tells webhooks, as long as the service runs. `woken` says that there may be something.
pub(crate) async fn tell(ledger: Arc<Ledger>, config: WebhookConfig, woken: Arc<Notify>) {
    let post = match Post::new(config.private_targets) {
        Ok(post) => Arc::new(post),
        Err(error) => {
            tracing::error!(%error, "webhooks are not told");
            return;
        }
    };
    let first_pause = i64::from(config.retry_seconds.get());
    let mut cleaned = UnixMicros::default();
    loop {
        let now = wall_micros();
        if now.since(cleaned) > 3600 * UnixMicros::SECOND {
            cleaned = now;
            let before = now.minus_seconds(KEPT_SECONDS);
            if let Err(error) = ledger.forget_deliveries(before).await {
                tracing::warn!(%error, "what webhooks were told stays");
            }
        }
        let due = match ledger.take_due(now, LEASE_SECONDS, AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "webhooks are not told for now");
                Vec::new()
            }
        };
        let is_idle = due.is_empty();
        let told = due
            .into_iter()
            .map(|delivery| attempt(&ledger, &post, delivery, first_pause));
        futures_util::future::join_all(told).await;
        if is_idle {
            let _ = tokio::time::timeout(PAUSE, woken.notified()).await;
        }
    }
}

/// One attempt at one delivery.
async fn attempt(ledger: &Ledger, post: &Arc<Post>, delivery: Delivery, first_pause: i64) {
    let message = message(&delivery, wall_micros());
    let (posted, url) = (Arc::clone(post), delivery.url.clone());
    let sent = tokio::task::spawn_blocking(move || posted.send(&url, &message)).await;
    let sent = sent.unwrap_or_else(|error| Err(error.to_string()));
    let now = wall_micros();
    let written = match &sent {
        Ok(()) => ledger.end_delivery(&delivery, now).await,
        Err(reason) => {
            let (account, attempt) = (&delivery.account_name, delivery.attempt);
            tracing::info!(
                account,
                attempt,
                reason,
                "a webhook did not take what it was told"
            );
            match pause_seconds(first_pause, delivery.attempt) {
                Some(seconds) => {
                    let next = now.minus_seconds(-seconds);
                    ledger.put_off(&delivery, next).await
                }
                None => ledger.end_delivery(&delivery, now).await,
            }
        }
    };
    if let Err(error) = written {
        tracing::error!(%error, "a webhook may be told the same again");
    }
}

/// The pause behind an attempt; `None` when there are no more.
fn pause_seconds(first: i64, attempt: u32) -> Option<i64> {
    if attempt >= ATTEMPTS_MAX {
        return None;
    }
    let growth = 4_i64.saturating_pow(attempt.saturating_sub(1));
    Some(first.saturating_mul(growth).min(PAUSE_SECONDS_MAX))
}

/// What is posted.
fn message(delivery: &Delivery, now: UnixMicros) -> Message {
    let id = format!("evt_{}", base16ct::lower::encode_string(&delivery.event_id));
    let timestamp = now.0.div_euclid(UnixMicros::SECOND).to_string();
    let body = body(delivery).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &delivery.secret.0);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    Message {
        signature: format!("v1,{}", STANDARD.encode(tag.as_ref())),
        id,
        timestamp,
        body,
    }
}

fn body(delivery: &Delivery) -> Value {
    let event = &delivery.event;
    let detail = event.detail.as_deref();
    let (credits, balance) = (event.credits.get(), event.balance.get());
    let account = &delivery.account_name;
    let data = match event.kind {
        EventKind::LowBalance => json!({ "account": account, "balance": balance }),
        EventKind::TopUp => json!({
            "account": account, "credits": credits, "balance": balance, "reference": detail,
        }),
        EventKind::BatchDone => {
            let summary = detail.and_then(|detail| serde_json::from_str::<Value>(detail).ok());
            json!({
                "account": account, "charged": credits, "balance": balance, "summary": summary,
            })
        }
    };
    json!({ "type": event.kind.name(), "timestamp": api_time(event.at), "data": data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_day_and_end() {
        let pauses: Vec<_> = (1..=ATTEMPTS_MAX).map(|it| pause_seconds(5, it)).collect();
        assert_eq!(pauses[..4], [Some(5), Some(20), Some(80), Some(320)]);
        assert_eq!(pauses[16], Some(86_400));
        assert_eq!(pauses[17], None);
        let days = pauses.iter().flatten().sum::<i64>() / 86_400;
        assert!((9..=11).contains(&days), "{days}");
    }
}
