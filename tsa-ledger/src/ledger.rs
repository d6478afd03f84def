//! The ledger as a whole: opened once, asked by many.

use std::sync::Arc;

use sqlx::Row as _;
use tokio::sync::{mpsc, oneshot};

use crate::batch::Item;
use crate::claim::{Claim, InFlight, RequestKeys, SAME_REQUEST_SECONDS};
use crate::hold::{Hold, Tills};
use crate::key::KeyCache;
use crate::order::{NotIssued, Order, Receipt};
use crate::recent::Recent;
use crate::record::NewToken;
use crate::refusal::{During, LedgerError, Refusal, StoreFault};
use crate::store::{Place, Store};
use crate::types::{AccountId, Credits, UnixMicros};
use crate::writer::{Job, Part, Writer};

/// Balances that fell to their mark and wait to be heard of.
const LOW_BALANCES: usize = 64;

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    tills: Arc<Tills>,
    in_flight: Arc<InFlight>,
    recent: Arc<Recent>,
    keys: KeyCache,
    jobs: mpsc::Sender<Job>,
}

/// A balance that fell to the mark of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowBalance {
    /// The account.
    pub account: AccountId,
    /// What is left.
    pub balance: Credits,
}

impl Ledger {
    /// Opens the ledger in a database, made when missing. The receiver hears of balances that fall
    /// to their mark; it may be dropped.
    ///
    /// # Errors
    /// The database cannot be opened, or is none of ours.
    pub async fn open(
        place: impl Into<Place>,
        now: UnixMicros,
    ) -> Result<(Self, mpsc::Receiver<LowBalance>), StoreFault> {
        Self::open_for(Part::Serves, &place.into(), now).await
    }

    /// Opens the ledger for one thing that is to be done beside those that serve: what trails the
    /// tokens is left to them, so that nobody waits for a program that waits for its reader.
    ///
    /// # Errors
    /// The database cannot be opened, or is none of ours.
    pub async fn visit(place: impl Into<Place>, now: UnixMicros) -> Result<Self, StoreFault> {
        let (ledger, _) = Self::open_for(Part::Visits, &place.into(), now).await?;
        Ok(ledger)
    }

    async fn open_for(
        part: Part,
        place: &Place,
        now: UnixMicros,
    ) -> Result<(Self, mpsc::Receiver<LowBalance>), StoreFault> {
        let store = Store::open(place).await?;
        let (tills, recent) = (Arc::new(Tills::default()), Arc::new(Recent::default()));
        let (low, lows) = mpsc::channel(LOW_BALANCES);
        let shared = (store.clone(), Arc::clone(&tills), Arc::clone(&recent));
        let jobs = Writer::start(shared, low, part, now).await?;
        let ledger = Self {
            store,
            tills,
            in_flight: Arc::default(),
            recent,
            keys: KeyCache::default(),
            jobs,
        };
        Ok((ledger, lows))
    }

    /// Sets credits aside for a claimed request.
    ///
    /// # Errors
    /// [`Refusal::NoCredits`], or the store cannot be read.
    pub async fn hold(
        &self,
        claim: Claim,
        credits: Credits,
        now: UnixMicros,
    ) -> Result<Hold, LedgerError> {
        let account = claim.keys.account();
        let ticket = match self.tills.hold(account, credits, now) {
            Ok(ticket) => ticket,
            Err(_) => {
                // Credits may have come from elsewhere: the database knows.
                self.fresh_balance(account).await?;
                self.tills.hold(account, credits, now)?
            }
        };
        Ok(Hold { ticket, claim })
    }

    /// Issues a token: takes what was set aside and records the token, in one transaction. From
    /// here on it exists; before, there is neither token nor cost. It goes to its end even when
    /// nobody waits for it any more. Where another node was first to grant the same request, the
    /// receipt has its token, and this one costs nothing.
    ///
    /// # Errors
    /// [`Refusal::NoCredits`] when the credits were spent elsewhere after all,
    /// [`Refusal::HoldExpired`], [`Refusal::KeyBound`] when that happened elsewhere meanwhile, or
    /// the store cannot be written. Nothing was taken then.
    pub async fn commit(
        &self,
        hold: Hold,
        token: NewToken,
        now: UnixMicros,
    ) -> Result<Receipt, LedgerError> {
        let Hold { ticket, claim } = hold;
        let keys = claim.keys;
        let (reply, answer) = oneshot::channel();
        let item = Item {
            account: ticket.account,
            credits: ticket.credits,
            keys: claim.keys,
            token,
            at: now,
        };
        let order = Order {
            item,
            ticket,
            claim,
            reply,
        };
        match self.ask(Job::Commit(Box::new(order)), answer).await? {
            Ok(receipt) => Ok(receipt),
            Err(NotIssued::Failed(error)) => Err(error),
            Err(NotIssued::GrantedBefore) => self.given_again(&keys, now).await,
        }
    }

    /// The token of a request that another node has granted while it was under way here.
    async fn given_again(
        &self,
        keys: &RequestKeys,
        now: UnixMicros,
    ) -> Result<Receipt, LedgerError> {
        let gone = || StoreFault::new("giving a token again", "it is not to be found");
        let stored = self.granted_before(keys, now).await?.ok_or_else(gone)?;
        Ok(Receipt {
            leaf: stored.leaf,
            balance: self.fresh_balance(keys.account()).await?,
            serial: stored.serial,
            token: stored.token,
            is_new: false,
        })
    }

    /// What an account has and has not set aside, as far as is known without asking the database.
    #[must_use]
    pub fn free(&self, account: AccountId) -> Credits {
        self.tills.free(account)
    }

    /// The balance of an account as the database has it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn fresh_balance(&self, account: AccountId) -> Result<Credits, StoreFault> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Balance(account, reply), answer).await?
    }

    /// Waits for everything that is under way, and closes the database.
    pub async fn close(&self) {
        let (reply, done) = oneshot::channel();
        let _ = self.ask(Job::Close(reply), done).await;
        self.store.pool.close().await;
    }

    pub(crate) async fn bind(
        &self,
        keys: RequestKeys,
        leaf: u64,
        now: UnixMicros,
    ) -> Result<(), StoreFault> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Bind(keys, leaf, now, reply), answer).await?
    }

    async fn ask<T>(&self, job: Job, answer: oneshot::Receiver<T>) -> Result<T, StoreFault> {
        let gone = || StoreFault::new("writing", "the ledger is closed");
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn in_flight(&self) -> &Arc<InFlight> {
        &self.in_flight
    }

    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    pub(crate) fn key_cache(&self) -> &KeyCache {
        &self.keys
    }
}

/// Remembers the requests of the last day, after a beginning. Until that is done every request is
/// looked up.
pub(crate) async fn remember(
    store: Store,
    recent: Arc<Recent>,
    (beginning, now): (u64, UnixMicros),
) {
    const PAGE: i64 = 20_000;
    let horizon = now.minus_seconds(SAME_REQUEST_SECONDS);
    let mut below = i64::MAX;
    loop {
        let page = sqlx::query(
            "SELECT leaf, request, gen_time FROM token WHERE leaf < $1 ORDER BY leaf DESC LIMIT $2",
        )
        .bind(below)
        .bind(PAGE)
        .fetch_all(&store.pool)
        .await;
        let rows = match page.during("remembering requests") {
            Ok(rows) => rows,
            Err(fault) => {
                tracing::warn!(%fault, "every request will be looked up");
                return;
            }
        };
        let mut requests = Vec::with_capacity(rows.len());
        let mut latest = i64::MIN;
        for row in &rows {
            let (Ok(leaf), Ok(request), Ok(gen_time)) = (
                row.try_get::<i64, _>(0),
                row.try_get::<Option<Vec<u8>>, _>(1),
                row.try_get::<i64, _>(2),
            ) else {
                return;
            };
            below = leaf;
            latest = latest.max(gen_time);
            requests.extend(request.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()));
        }
        // Neighbours are of one time, to within minutes.
        if rows.is_empty() || UnixMicros(latest) < horizon {
            break;
        }
        recent.remember(&requests, UnixMicros(latest));
    }
    recent.complete(beginning);
}

impl Refusal {
    /// Whether it is for want of credits.
    #[must_use]
    pub fn is_no_credits(&self) -> bool {
        matches!(self, Self::NoCredits { .. })
    }
}
