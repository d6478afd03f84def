//! One request at a time: what is the same request, and who makes its token.
//!
//! A request is the same as an earlier one when both carry the same idempotency key, or when both
//! are the same bytes with a nonce that no two requests share by chance. The first of them claims
//! it; the others wait until a token is there, which they get too, or until there is none, and then
//! one of them goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{Context, SHA256};
use sqlx::Row as _;
use tokio::sync::Notify;

use crate::ledger::Ledger;
use crate::record::{self, StoredToken};
use crate::refusal::{During, LedgerError, Refusal, StoreFault};
use crate::store::{Database, Wanted};
use crate::types::{AccountId, UnixMicros};

/// How long a repetition is the same request, in seconds.
pub(crate) const SAME_REQUEST_SECONDS: i64 = 24 * 60 * 60;
/// How long idempotency keys are kept, in seconds.
pub(crate) const KEY_SECONDS: i64 = 31 * 24 * 60 * 60;

/// What makes a request the same as another of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKeys {
    account: AccountId,
    /// SHA-256 of the whole request.
    pub(crate) body: [u8; 32],
    /// SHA-256 of the idempotency key.
    pub(crate) idempotency: Option<[u8; 32]>,
    /// Whether its bytes alone tell it from all others.
    is_unique: bool,
}

/// A request that nobody else is working on.
#[derive(Debug)]
pub struct Claim {
    pub(crate) keys: RequestKeys,
    _entered: Entered,
}

/// What a request finds.
#[derive(Debug)]
pub enum Claimed {
    /// It is new; a token may be made.
    New(Claim),
    /// It was granted before: its token, at no cost.
    Stored(StoredToken),
}

impl RequestKeys {
    /// `is_unique` says that the request carries a nonce of 64 bits or more, so that its bytes tell
    /// it from all others.
    #[must_use]
    pub fn new(
        account: AccountId,
        request: &[u8],
        idempotency_key: Option<&[u8]>,
        is_unique: bool,
    ) -> Self {
        let sha256 = |bytes| hash(&ring::digest::digest(&SHA256, bytes));
        Self {
            account,
            body: sha256(request),
            idempotency: idempotency_key.map(sha256),
            is_unique,
        }
    }

    /// A part of a batch, or whatever else its sender has not named itself: `name` says what it is
    /// the same as.
    #[must_use]
    pub fn part(account: AccountId, name: &[&[u8]]) -> Self {
        // No key that somebody sends has a byte 0 in it.
        let mut context = Context::new(&SHA256);
        for part in name {
            context.update(&[0]);
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let key = hash(&context.finish());
        Self {
            body: key,
            idempotency: Some(key),
            ..Self::new(account, &[], None, false)
        }
    }

    /// Whose request it is.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// What tells it from all others, where its sender said so.
    #[must_use]
    pub fn name(&self) -> Option<[u8; 32]> {
        self.idempotency
    }

    /// What the record keeps of a request that its bytes tell from all others.
    pub(crate) fn request(&self) -> Option<[u8; 16]> {
        let (request, _) = self.body.split_first_chunk()?;
        self.is_unique.then_some(*request)
    }

    /// Whether the same request can come again and be known.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.is_unique || self.idempotency.is_some()
    }

    /// Under what others wait.
    fn places(&self) -> impl Iterator<Item = Place> {
        let bytes = self.is_unique.then_some((self.account, false, self.body));
        let key = self.idempotency.map(|key| (self.account, true, key));
        bytes.into_iter().chain(key)
    }
}

fn hash(digest: &ring::digest::Digest) -> [u8; 32] {
    digest.as_ref().try_into().unwrap_or_default()
}

/// SHA-256 of parts whose lengths are fixed.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    hash(&context.finish())
}

impl Ledger {
    /// Claims a request, or finds what an earlier one like it was granted. Waits while another is
    /// at it. Dropping the claim, or the hold made of it, gives the request free.
    ///
    /// # Errors
    /// [`Refusal::KeyBound`], or the store cannot be read.
    pub async fn claim(&self, keys: RequestKeys, now: UnixMicros) -> Result<Claimed, LedgerError> {
        loop {
            let entered = match self.in_flight().enter(&keys) {
                Ok(entered) => entered,
                Err(other) => {
                    other.await;
                    continue;
                }
            };
            if let Some(stored) = self.granted_before(&keys, now).await? {
                return Ok(Claimed::Stored(stored));
            }
            let _entered = entered;
            return Ok(Claimed::New(Claim { keys, _entered }));
        }
    }

    pub(crate) async fn granted_before(
        &self,
        keys: &RequestKeys,
        now: UnixMicros,
    ) -> Result<Option<StoredToken>, LedgerError> {
        if let Some(key) = &keys.idempotency
            && let Some((bound, leaf)) = self.bound_to(keys.account, key).await?
        {
            if bound != keys.body {
                return Err(Refusal::KeyBound.into());
            }
            return Ok(self.token_at(leaf).await?);
        }
        let Some(request) = keys.request() else {
            return Ok(None);
        };
        let stored = self.same_request(keys, &request, now).await?;
        if let (Some(stored), Some(key)) = (&stored, &keys.idempotency) {
            // Granted without the key: from now on it is bound, unless another node was faster.
            self.bind(*keys, stored.leaf, now).await?;
            if let Some((bound, _)) = self.bound_to(keys.account, key).await?
                && bound != keys.body
            {
                return Err(Refusal::KeyBound.into());
            }
        }
        Ok(stored)
    }

    async fn bound_to(
        &self,
        account: AccountId,
        key: &[u8; 32],
    ) -> Result<Option<(Vec<u8>, i64)>, StoreFault> {
        let sql = "SELECT request, leaf FROM idempotency WHERE account = $1 AND key = $2";
        let row = sqlx::query(sql)
            .bind(account.0)
            .bind(&key[..])
            .fetch_optional(&self.store().pool)
            .await
            .during("looking for an idempotency key")?;
        let read = |row: crate::store::Row| Ok((row.try_get(0)?, row.try_get(1)?));
        row.map(read)
            .transpose()
            .during("reading an idempotency key")
    }

    async fn same_request(
        &self,
        keys: &RequestKeys,
        request: &[u8; 16],
        now: UnixMicros,
    ) -> Result<Option<StoredToken>, StoreFault> {
        if !self.recent().may_hold(request) {
            return Ok(None);
        }
        let wanted = Wanted::Request(request);
        let Some(leaves) = self.leaves_of(keys.account, wanted).await? else {
            return Ok(None);
        };
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {} FROM token WHERE +account = $1 AND request = $2 AND +gen_time >= $3 \
             AND leaf IN ({}) LIMIT 1",
            record::COLUMNS,
            self.store().numbers("$4")
        ));
        let row = sqlx::query(sql)
            .bind(keys.account.0)
            .bind(&request[..])
            .bind(now.minus_seconds(SAME_REQUEST_SECONDS).0)
            .bind(record::json(&leaves))
            .fetch_optional(&self.store().pool)
            .await
            .during("looking for a repeated request")?;
        row.map(|row| record::read(&row)).transpose()
    }

    async fn token_at(&self, leaf: i64) -> Result<Option<StoredToken>, StoreFault> {
        let sql = format!("SELECT {} FROM token WHERE leaf = $1", record::COLUMNS);
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(leaf)
            .fetch_optional(&self.store().pool)
            .await
            .during("reading a token")?;
        row.map(|row| record::read(&row)).transpose()
    }
}

/// Binds a request's idempotency key to a token that was granted without it.
pub(crate) async fn bind_key(
    pool: &sqlx::Pool<Database>,
    keys: &RequestKeys,
    leaf: i64,
    at: UnixMicros,
) -> Result<(), StoreFault> {
    let Some(key) = keys.idempotency else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO idempotency (account, key, request, leaf, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    )
    .bind(keys.account().0)
    .bind(&key[..])
    .bind(&keys.body[..])
    .bind(leaf)
    .bind(at.0)
    .execute(pool)
    .await
    .during("binding an idempotency key")?;
    Ok(())
}

type Place = (AccountId, bool, [u8; 32]);

/// Requests that are being worked on.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Mutex<HashMap<Place, Option<Arc<Notify>>>>);

/// A request's stay among them.
#[derive(Debug)]
struct Entered {
    in_flight: Arc<InFlight>,
    keys: RequestKeys,
}

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Option<Arc<Notify>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a request, or says what to wait for.
    fn enter(
        self: &Arc<Self>,
        keys: &RequestKeys,
    ) -> Result<Entered, impl Future<Output = ()> + use<>> {
        let mut places = self.lock();
        for place in keys.places() {
            if let Some(other) = places.get_mut(&place) {
                let other = Arc::clone(other.get_or_insert_default());
                // Made while the lock is held: what ends from now on is heard.
                return Err(other.notified_owned());
            }
        }
        places.extend(keys.places().map(|place| (place, None)));
        Ok(Entered {
            in_flight: Arc::clone(self),
            keys: *keys,
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut places = self.in_flight.lock();
        for place in self.keys.places() {
            if let Some(Some(waiting)) = places.remove(&place) {
                waiting.notify_waiters();
            }
        }
    }
}
