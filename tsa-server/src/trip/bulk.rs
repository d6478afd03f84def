//! Many digests of one account become tokens: planned as a whole, worked through in a window.
//!
//! The plan says what is there already and whether the rest can be paid; nothing is charged before
//! that is known. Then each digest goes its own way, some hundreds at a time, so that the memory
//! taken does not grow with the batch. Whoever listens may go: what is under way is finished, the
//! rest is not begun, and the same batch sent again goes on from there.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tsa_core::GenTime;
use tsa_ledger::{AccountId, Bulk, Ledger, LedgerError, RequestKeys, StoredToken};

use super::account::{Caller, refused};
use super::digests::{Sameness, request_keys};
use super::reuse::serves;
use super::{Admitted, Authority, Rejection, Stops};
use crate::clock::wall_micros;

/// Digests that are under way at a time.
const WINDOW: usize = 512;

/// Digests looked up at a time.
const CHUNK: usize = 128;

/// One digest of a batch.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its place.
    pub index: u32,
    /// What its owner calls the thing.
    pub name: Option<String>,
    /// What is to be stamped, and by whom.
    pub admitted: Admitted,
}

/// A batch as it was asked for.
#[derive(Debug)]
pub struct BulkOrder {
    /// Its digests.
    pub parts: Vec<Part>,
    /// Whether new tokens are wanted, whatever is there.
    pub renew: bool,
    /// Its name.
    pub key: Option<Vec<u8>>,
    /// The digest of all of it.
    pub request: [u8; 32],
}

/// A batch that can be paid.
#[derive(Debug)]
pub struct Plan {
    parts: Vec<(Part, Option<Vec<u8>>)>,
    renew: bool,
    key: Option<Arc<[u8]>>,
    bulk: Option<Bulk>,
}

/// What became of one digest.
#[derive(Debug)]
pub struct Done {
    /// Its place.
    pub index: u32,
    /// Its token, or why there is none.
    pub outcome: Result<Stamp, Rejection>,
}

/// A token for a digest of a batch.
#[derive(Debug)]
pub struct Stamp {
    /// Its bytes.
    pub token: Vec<u8>,
    /// What the account calls the thing, as it is on record.
    pub name: Option<String>,
    /// What it has cost now.
    pub credits_charged: u64,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// New tokens.
    pub stamped: u64,
    /// Tokens that were there.
    pub known: u64,
    /// Digests without a token.
    pub failed: u64,
    /// What it has cost.
    pub charged: u64,
}

impl Authority {
    /// Looks at a batch as a whole: what is there already, and whether the rest can be paid.
    ///
    /// # Errors
    /// 422 when its key belongs to another, 402, or systemFailure. Nothing was charged then.
    pub async fn plan(
        self: &Arc<Self>,
        caller: &Caller,
        order: BulkOrder,
    ) -> Result<Plan, Rejection> {
        let (ledger, account) = self.payer(caller)?;
        // First the balance, then what is there: what is committed meanwhile counts in favour of
        // whoever asks, as when a batch that was cut is still under way.
        let balance = ledger.fresh_balance(account).await;
        let balance = balance.map_err(|fault| refused(&LedgerError::from(fault)))?;
        let bulk = match &order.key {
            Some(key) => {
                let begun = ledger.begin_bulk(account, key, &order.request, wall_micros());
                Some(begun.await.map_err(|error| refused(&error))?)
            }
            None => None,
        };
        let mut plan = Plan {
            parts: Vec::with_capacity(order.parts.len()),
            renew: order.renew,
            key: order.key.map(Arc::from),
            bulk,
        };
        let needed = self.look_up(ledger, account, order.parts, &mut plan).await;
        let rejection = match needed {
            Ok(needed) if needed <= balance.get() => return Ok(plan),
            Ok(needed) => Rejection::too_few_credits(needed, balance.get()),
            Err(rejection) => rejection,
        };
        plan.forget(ledger).await;
        Err(rejection)
    }

    /// Works through a batch. `told` hears of each digest as soon as its token is committed.
    pub async fn work_through(
        self: &Arc<Self>,
        caller: &Caller,
        mut plan: Plan,
        told: mpsc::Sender<Done>,
    ) -> Tally {
        let mut tally = Tally::default();
        let mut under_way = JoinSet::new();
        let mut parts = std::mem::take(&mut plan.parts).into_iter();
        loop {
            while under_way.len() < WINDOW && !told.is_closed() {
                let Some((part, known)) = parts.next() else {
                    break;
                };
                let (authority, caller) = (Arc::clone(self), caller.clone());
                let (renew, key) = (plan.renew, plan.key.clone());
                under_way.spawn(async move {
                    let index = part.index;
                    let outcome = authority.one(&caller, part, known, renew, key).await;
                    Done { index, outcome }
                });
            }
            // To the end of what is under way, whoever is gone.
            match under_way.join_next().await {
                None => break,
                Some(Ok(done)) => {
                    tally.count(&done.outcome);
                    let _ = told.send(done).await;
                }
                Some(Err(error)) => {
                    tally.failed += 1;
                    tracing::error!(%error, "a digest of a batch ended early");
                }
            }
        }
        if let (0, Ok((ledger, _))) = (tally.stamped + tally.known, self.payer(caller)) {
            plan.forget(ledger).await;
        }
        tally
    }

    async fn one(
        self: &Arc<Self>,
        caller: &Caller,
        part: Part,
        known: Option<Vec<u8>>,
        renew: bool,
        key: Option<Arc<[u8]>>,
    ) -> Result<Stamp, Rejection> {
        if let Some(serial) = known {
            let (ledger, account) = self.payer(caller)?;
            let stored = ledger.token_by_serial(account, &serial).await;
            let stored = stored.map_err(|error| refused(&error))?;
            let gone = || Rejection::system_failure("ledger", "a token that was there is gone");
            let StoredToken { token, name, .. } = stored.ok_or_else(gone)?;
            return Ok(Stamp {
                token,
                name,
                credits_charged: 0,
            });
        }
        let Part {
            index,
            name,
            admitted,
        } = part;
        let sameness = sameness(renew, key.as_deref(), index);
        let granted = self.stamp_digest(caller, admitted, name.clone(), sameness);
        let granted = granted.await?;
        Ok(Stamp {
            token: granted.token,
            name,
            credits_charged: granted.credits_charged,
        })
    }

    /// Finds what is there already; how many credits the rest needs.
    async fn look_up(
        self: &Arc<Self>,
        ledger: &Ledger,
        account: AccountId,
        parts: Vec<Part>,
        plan: &mut Plan,
    ) -> Result<u64, Rejection> {
        let now = self.now()?;
        let stops = Arc::clone(self.offering.stops());
        let (mut wanted, mut needed) = (HashSet::new(), 0);
        let mut parts = parts.into_iter();
        loop {
            let chunk: Vec<Part> = parts.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(needed);
            }
            if plan.renew {
                needed += self.not_granted(ledger, account, &chunk, plan).await?;
                plan.parts
                    .extend(chunk.into_iter().map(|part| (part, None)));
                continue;
            }
            for (part, known) in known(ledger, account, chunk, (now, &stops)).await? {
                if known.is_none() {
                    // The second of two that are the same finds the token of the first.
                    let keys = request_keys(account, &part.admitted, Sameness::Digest);
                    needed += u64::from(wanted.insert(keys.name()));
                }
                plan.parts.push((part, known));
            }
        }
    }

    /// Of a batch of new tokens that was cut, those that are still to be made.
    async fn not_granted(
        &self,
        ledger: &Ledger,
        account: AccountId,
        chunk: &[Part],
        plan: &Plan,
    ) -> Result<u64, Rejection> {
        let all = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if plan.bulk.as_ref().is_none_or(|bulk| bulk.is_new) {
            return Ok(all);
        }
        let keys = chunk.iter().map(|part| {
            let sameness = sameness(plan.renew, plan.key.as_deref(), part.index);
            request_keys(account, &part.admitted, sameness)
        });
        let keys: Vec<RequestKeys> = keys.collect();
        let bound = ledger.bound(account, &keys).await;
        let bound = bound.map_err(|error| refused(&error))?;
        Ok(all.saturating_sub(bound))
    }

    fn payer(&self, caller: &Caller) -> Result<(&Arc<Ledger>, AccountId), Rejection> {
        let nobody = || Rejection::system_failure("ledger", "nobody pays here");
        let payer = self.accounts.ledger().zip(caller.account());
        payer.ok_or_else(nobody)
    }
}

impl Plan {
    /// Frees the key of a batch of which nothing was granted.
    async fn forget(&self, ledger: &Ledger) {
        if let Some(bulk) = self.bulk.as_ref().filter(|bulk| bulk.is_new)
            && let Err(error) = ledger.forget_bulk(bulk).await
        {
            tracing::warn!(%error, "the key of a batch stays bound");
        }
    }
}

impl Tally {
    fn count(&mut self, outcome: &Result<Stamp, Rejection>) {
        match outcome {
            Ok(stamp) => {
                self.charged += stamp.credits_charged;
                match stamp.credits_charged {
                    0 => self.known += 1,
                    _ => self.stamped += 1,
                }
            }
            Err(_) => self.failed += 1,
        }
    }
}

fn sameness(renew: bool, key: Option<&[u8]>, index: u32) -> Sameness<'_> {
    match (renew, key) {
        (false, _) => Sameness::Digest,
        (true, Some(key)) => Sameness::Place { key, index },
        (true, None) => Sameness::Nothing,
    }
}

/// The parts of a chunk, each with the serial number of the earliest token that serves for it.
async fn known(
    ledger: &Ledger,
    account: AccountId,
    chunk: Vec<Part>,
    (now, stops): (GenTime, &Arc<Stops>),
) -> Result<Vec<(Part, Option<Vec<u8>>)>, Rejection> {
    let digests: Vec<&[u8]> = chunk
        .iter()
        .map(|part| part.admitted.imprint.hashed_message.as_slice())
        .collect();
    let found = ledger.tokens_of_digests(account, &digests).await;
    let found = found.map_err(|error| refused(&error))?;
    if found.is_empty() {
        return Ok(chunk.into_iter().map(|part| (part, None)).collect());
    }
    let stops = Arc::clone(stops);
    // Signatures are checked: not beside other requests.
    let judged = tokio::task::spawn_blocking(move || {
        let judge = |part: Part| {
            let stored = found.get(&part.admitted.imprint.hashed_message);
            let mut stored = stored.into_iter().flatten();
            let serves = stored.find(|stored| serves(&part.admitted, stored, now, &stops));
            let serial = serves.map(|stored| stored.serial.clone());
            (part, serial)
        };
        chunk.into_iter().map(judge).collect()
    });
    let ended = |error| Rejection::system_failure("a check ended early", error);
    judged.await.map_err(ended)
}
