//! Webhooks: who is told of what happens to an account, and what is still to be told.
//!
//! An outbox: what happens is written where it happens, in the same transaction where that is a
//! posting, and delivered later by whoever asks for what is due. Not in scope: HTTP, signatures,
//! how often is tried.

use ring::rand::{SecureRandom, SystemRandom};
use sqlx::Row as _;

use crate::ledger::Ledger;
use crate::refusal::{During, LedgerError, Refusal, StoreFault, damaged};
use crate::store::{Connection, Row};
use crate::types::{AccountId, Credits, UnixMicros};

/// Webhooks that an account may have.
pub const WEBHOOKS_MAX: u32 = 16;

/// Deliveries that wait for one webhook; what happens then is not told.
const WAITING_MAX: u32 = 1000;

/// What somebody can be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The balance fell to its mark.
    LowBalance,
    /// Credits came.
    TopUp,
    /// A batch was worked through.
    BatchDone,
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKinds(i64);

/// A webhook as its owner sees it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its number.
    pub id: i64,
    /// Where it is told.
    pub url: String,
    /// Of what.
    pub events: EventKinds,
    /// Since when.
    pub created_at: UnixMicros,
}

/// What a signature is made with. Its `Debug` form tells nothing.
#[derive(Clone)]
#[expect(
    missing_copy_implementations,
    reason = "a secret is not spread by accident"
)]
pub struct WebhookSecret(pub [u8; 32]);

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Credits that came, or were charged.
    pub credits: Credits,
    /// The balance then.
    pub balance: Credits,
    /// More, in words that are not read here.
    pub detail: Option<String>,
    /// When.
    pub at: UnixMicros,
}

/// Something to be told to one webhook, taken for one attempt.
#[derive(Clone, Debug)]
pub struct Delivery {
    id: i64,
    /// The event, by the name that every attempt has.
    pub event_id: [u8; 16],
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// Where it is told.
    pub url: String,
    /// What signs it.
    pub secret: WebhookSecret,
    /// What happened.
    pub event: Event,
    /// The number of this attempt, from 1.
    pub attempt: u32,
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

impl EventKind {
    /// Every kind.
    pub const EACH: [Self; 3] = [Self::LowBalance, Self::TopUp, Self::BatchDone];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LowBalance => "low_balance",
            Self::TopUp => "top_up",
            Self::BatchDone => "batch_done",
        }
    }

    fn bit(self) -> i64 {
        match self {
            Self::LowBalance => 1,
            Self::TopUp => 2,
            Self::BatchDone => 4,
        }
    }
}

impl EventKinds {
    /// The set of these; `None` when there is nothing in it.
    #[must_use]
    pub fn new(kinds: &[EventKind]) -> Option<Self> {
        let bits = kinds.iter().fold(0, |bits, kind| bits | kind.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// What is in it.
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::EACH
            .into_iter()
            .filter(move |kind| self.0 & kind.bit() != 0)
    }
}

fn random<const N: usize>() -> Result<[u8; N], StoreFault> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| StoreFault::new("drawing lots", "no random numbers"))?;
    Ok(bytes)
}

impl Ledger {
    /// Registers a webhook. The secret is told only now.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] with [`WEBHOOKS_MAX`] registered, or the store cannot be written.
    pub async fn add_webhook(
        &self,
        account: AccountId,
        url: &str,
        events: EventKinds,
        now: UnixMicros,
    ) -> Result<(Webhook, WebhookSecret), LedgerError> {
        let secret = WebhookSecret(random()?);
        let row = sqlx::query(
            "INSERT INTO webhook (account, url, events, secret, created_at) \
             SELECT $1, $2, $3, $4, $5 \
             WHERE (SELECT count(*) FROM webhook WHERE account = $1) < $6 RETURNING id",
        )
        .bind(account.0)
        .bind(url)
        .bind(events.0)
        .bind(&secret.0[..])
        .bind(now.0)
        .bind(i64::from(WEBHOOKS_MAX))
        .fetch_optional(&self.store().pool)
        .await
        .during("adding a webhook")?;
        let row = row.ok_or(Refusal::TooMany { most: WEBHOOKS_MAX })?;
        let webhook = Webhook {
            id: row.try_get(0).during("adding a webhook")?,
            url: url.to_owned(),
            events,
            created_at: now,
        };
        Ok((webhook, secret))
    }

    /// The webhooks of an account, the oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn webhooks(&self, account: AccountId) -> Result<Vec<Webhook>, LedgerError> {
        let rows = sqlx::query(
            "SELECT id, url, events, created_at FROM webhook WHERE account = $1 ORDER BY id",
        )
        .bind(account.0)
        .fetch_all(&self.store().pool)
        .await
        .during("reading webhooks")?;
        Ok(rows.iter().map(webhook).collect::<Result<_, _>>()?)
    }

    /// Removes a webhook of an account, with all that it has not been told; whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn remove_webhook(&self, account: AccountId, id: i64) -> Result<bool, LedgerError> {
        let what = "removing a webhook";
        let mut transaction = self.store().begin().await?;
        let removed = sqlx::query("DELETE FROM webhook WHERE id = $1 AND account = $2")
            .bind(id)
            .bind(account.0)
            .execute(&mut *transaction)
            .await
            .during(what)?;
        sqlx::query("DELETE FROM delivery WHERE webhook = $1 AND account = $2")
            .bind(id)
            .bind(account.0)
            .execute(&mut *transaction)
            .await
            .during(what)?;
        transaction.commit().await.during(what)?;
        Ok(removed.rows_affected() == 1)
    }

    /// Writes down that something happened, for the webhooks that want to hear of it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn happened(&self, account: AccountId, event: &Event) -> Result<(), LedgerError> {
        let mut transaction = self.store().begin().await?;
        enqueue(&mut transaction, account, event).await?;
        transaction.commit().await.during("telling webhooks")?;
        Ok(())
    }

    /// What is due, the first delivery of each webhook that has any, each taken for one attempt:
    /// until `lease_seconds` are over nobody else gets it, and no later one of the webhook.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn take_due(
        &self,
        now: UnixMicros,
        lease_seconds: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, LedgerError> {
        let what = "looking for what is to be told";
        let rows = sqlx::query(
            "SELECT delivery.id, event, delivery.account, account.name, url, secret, kind, \
             credits, balance, detail, at, attempts FROM delivery \
             JOIN webhook ON webhook.id = delivery.webhook \
             JOIN account ON account.id = delivery.account \
             WHERE delivery.id IN (SELECT min(id) FROM delivery \
             WHERE ended_at IS NULL GROUP BY webhook) \
             AND next_at <= $1 ORDER BY next_at, delivery.id LIMIT $2",
        )
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&self.store().pool)
        .await
        .during(what)?;
        let mut taken = Vec::new();
        for row in &rows {
            let delivery = delivery(row)?;
            let claimed = sqlx::query(
                "UPDATE delivery SET attempts = attempts + 1, next_at = $1 \
                 WHERE id = $2 AND attempts = $3 AND ended_at IS NULL",
            )
            .bind(now.minus_seconds(-lease_seconds).0)
            .bind(delivery.id)
            .bind(i64::from(delivery.attempt) - 1)
            .execute(&self.store().pool)
            .await
            .during(what)?;
            // Another node may have been quicker.
            if claimed.rows_affected() == 1 {
                taken.push(delivery);
            }
        }
        Ok(taken)
    }

    /// Ends a delivery: it was told, or nobody tries any more.
    ///
    /// # Errors
    /// The store cannot be written; it will be told again.
    pub async fn end_delivery(
        &self,
        delivery: &Delivery,
        now: UnixMicros,
    ) -> Result<(), LedgerError> {
        self.write_delivery(
            "UPDATE delivery SET ended_at = $1 WHERE id = $2",
            now,
            delivery,
        )
        .await
    }

    /// Puts a delivery off until `next_at`.
    ///
    /// # Errors
    /// The store cannot be written; it will be told when its lease is over.
    pub async fn put_off(
        &self,
        delivery: &Delivery,
        next_at: UnixMicros,
    ) -> Result<(), LedgerError> {
        let sql = "UPDATE delivery SET next_at = $1 WHERE id = $2 AND ended_at IS NULL";
        self.write_delivery(sql, next_at, delivery).await
    }

    async fn write_delivery(
        &self,
        sql: &'static str,
        time: UnixMicros,
        delivery: &Delivery,
    ) -> Result<(), LedgerError> {
        sqlx::query(sql)
            .bind(time.0)
            .bind(delivery.id)
            .execute(&self.store().pool)
            .await
            .during("writing what was told")?;
        Ok(())
    }

    /// Forgets deliveries that ended before a time.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn forget_deliveries(&self, before: UnixMicros) -> Result<(), LedgerError> {
        sqlx::query("DELETE FROM delivery WHERE ended_at < $1")
            .bind(before.0)
            .execute(&self.store().pool)
            .await
            .during("forgetting what was told")?;
        Ok(())
    }
}

/// Writes down that something happened, in the transaction in which it does.
pub(crate) async fn enqueue(
    connection: &mut Connection,
    account: AccountId,
    event: &Event,
) -> Result<(), StoreFault> {
    let id: [u8; 16] = random()?;
    sqlx::query(
        "INSERT INTO delivery \
         (webhook, account, event, kind, credits, balance, detail, at, next_at) \
         SELECT id, $1, $2, $3, $4, $5, $6, $7, $7 FROM webhook \
         WHERE account = $1 AND events & $3 <> 0 AND (SELECT count(*) FROM delivery \
         WHERE delivery.webhook = webhook.id AND ended_at IS NULL) < $8",
    )
    .bind(account.0)
    .bind(&id[..])
    .bind(event.kind.bit())
    .bind(event.credits.stored())
    .bind(event.balance.stored())
    .bind(event.detail.as_deref())
    .bind(event.at.0)
    .bind(i64::from(WAITING_MAX))
    .execute(connection)
    .await
    .map(drop)
    .during("telling webhooks")
}

fn webhook(row: &Row) -> Result<Webhook, StoreFault> {
    let what = "reading a webhook";
    Ok(Webhook {
        id: row.try_get(0).during(what)?,
        url: row.try_get(1).during(what)?,
        events: EventKinds(row.try_get(2).during(what)?),
        created_at: UnixMicros(row.try_get(3).during(what)?),
    })
}

fn delivery(row: &Row) -> Result<Delivery, StoreFault> {
    let what = "reading what is to be told";
    let number = |column: usize| row.try_get::<i64, _>(column).during(what);
    let bytes = |column: usize| row.try_get::<Vec<u8>, _>(column).during(what);
    let credits = |stored| Credits::from_stored(stored).ok_or_else(|| damaged("credits"));
    let kind = number(6)?;
    let kind = EventKind::EACH.into_iter().find(|it| it.bit() == kind);
    let secret = bytes(5)?.try_into();
    Ok(Delivery {
        id: number(0)?,
        event_id: bytes(1)?.try_into().map_err(|_| damaged("an event"))?,
        account: AccountId(number(2)?),
        account_name: row.try_get(3).during(what)?,
        url: row.try_get(4).during(what)?,
        secret: WebhookSecret(secret.map_err(|_| damaged("a secret"))?),
        event: Event {
            kind: kind.ok_or_else(|| damaged("an event"))?,
            credits: credits(number(7)?)?,
            balance: credits(number(8)?)?,
            detail: row.try_get(9).during(what)?,
            at: UnixMicros(number(10)?),
        },
        attempt: u32::try_from(number(11)?)
            .unwrap_or(u32::MAX - 1)
            .saturating_add(1),
    })
}
