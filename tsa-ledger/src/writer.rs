//! The one commit point: a task that writes what many requests wait for in one transaction.
//!
//! No token leaves before its posting and its record are durable: who waits gets a [`Receipt`], and
//! only from here. While one batch goes to the disk the next one gathers. The task owns the
//! connection that writes tokens, and gets a new one after every fault, so that service resumes
//! when the disk does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::account;
use crate::batch::{Committed, Debited, Item, Outcome};
use crate::claim::{self, Claim, RequestKeys, SAME_REQUEST_SECONDS};
use crate::filter::Filter;
use crate::hold::{Ticket, Tills};
use crate::index::Gathered;
use crate::ledger::LowBalance;
use crate::refusal::{LedgerError, Refusal, StoreFault};
use crate::store::{Store, Writing};
use crate::trail;
use crate::types::{AccountId, Credits, UnixMicros};

/// Tokens in one transaction.
const BATCH_MAX: usize = 512;
/// Jobs that wait; who comes then waits for a place.
const QUEUE: usize = 4096;
/// How long a batch waits for more tokens at a time: once from so many tokens a second on, twice
/// from so many. A transaction costs nearly the same for one token as for many.
const GATHER: Duration = Duration::from_millis(1);
const GATHER_FROM: [i64; 2] = [2000, 7000];
/// A batch of so many is worth its transaction.
const WORTHWHILE: usize = 128;
/// Tokens that the index may trail by, and for how long, in microseconds.
const TRAIL_TOKENS: i64 = 8192;
const TRAIL_MICROS: i64 = UnixMicros::SECOND / 2;
/// How long the database's log is left to grow, in microseconds: little is moved at a time, because
/// the commits beside it wait for the same disk.
const LOG_MICROS: i64 = UnixMicros::SECOND / 10;
/// How long nothing must happen for the index to catch up.
const QUIET: Duration = Duration::from_millis(250);

/// What is known when a token is issued.
#[derive(Debug)]
pub struct Receipt {
    /// Its place in the record and the log.
    pub leaf: u64,
    /// The balance after it.
    pub balance: Credits,
    /// The token itself.
    pub token: Vec<u8>,
}

/// Something to do between two transactions.
#[derive(Debug)]
pub(crate) enum Job {
    /// Issue a token.
    Commit(Box<Order>),
    /// Read a balance, now that nothing is half done.
    Balance(AccountId, oneshot::Sender<Result<Credits, StoreFault>>),
    /// Bind an idempotency key to a token that was issued without it.
    Bind(
        RequestKeys,
        u64,
        UnixMicros,
        oneshot::Sender<Result<(), StoreFault>>,
    ),
    /// Stop.
    Close(oneshot::Sender<()>),
}

/// A token to issue.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) item: Item,
    pub(crate) ticket: Ticket,
    pub(crate) claim: Claim,
    pub(crate) reply: oneshot::Sender<Result<Receipt, LedgerError>>,
}

/// The requests of the last day, and what the index does not hold yet.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<(Filter, Gathered)>);

impl Recent {
    fn lock(&self) -> MutexGuard<'_, (Filter, Gathered)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn may_hold(&self, request: &[u8; 16]) -> bool {
        self.lock().0.may_hold(request)
    }

    /// The leaves under a key that the index may not hold yet. To be asked before the index.
    pub(crate) fn leaves(&self, key: u64) -> Vec<i64> {
        self.lock().1.leaves(key).collect()
    }

    /// Remembers what the index held at the start.
    pub(crate) fn remember(&self, requests: &[[u8; 16]], at: UnixMicros) {
        let mut recent = self.lock();
        for request in requests {
            recent.0.insert(request, at, UnixMicros(i64::MIN));
        }
    }

    pub(crate) fn complete(&self) {
        self.lock().0.complete();
    }
}

/// The task's state.
#[derive(Debug)]
pub(crate) struct Writer {
    store: Store,
    connection: Option<Writing>,
    tills: Arc<Tills>,
    recent: Arc<Recent>,
    low: mpsc::Sender<LowBalance>,
    /// Up to where the index is, and up to where the tokens are.
    indexed: i64,
    leaves: i64,
    indexed_at: UnixMicros,
    purged_at: UnixMicros,
    /// When the batch before was there, and tokens a second then.
    committed_at: UnixMicros,
    rate: i64,
    log_emptied_at: UnixMicros,
    /// Asks that the log be emptied.
    empty_log: mpsc::Sender<()>,
}

impl Writer {
    /// Starts the task. `low` hears of balances that fall to their mark.
    pub(crate) async fn start(
        store: Store,
        tills: Arc<Tills>,
        recent: Arc<Recent>,
        low: mpsc::Sender<LowBalance>,
    ) -> Result<mpsc::Sender<Job>, StoreFault> {
        let mut connection = store.connect_writing().await?;
        // What a run that ended early has left: nobody remembers it but the index.
        let (mut indexed, leaves) = connection.heads().await?;
        while indexed < leaves {
            (indexed, _) = connection.advance(|_, _| None).await?;
        }
        let (empty_log, asked) = mpsc::channel(1);
        match store.connect_writing().await? {
            Writing::Sqlite(connection) => tokio::spawn(trail::empty_log(connection, asked)),
        };
        let writer = Self {
            store,
            connection: Some(connection),
            tills,
            recent,
            low,
            indexed: leaves,
            leaves,
            indexed_at: UnixMicros::default(),
            purged_at: UnixMicros::default(),
            committed_at: UnixMicros::default(),
            rate: 0,
            log_emptied_at: UnixMicros::default(),
            empty_log,
        };
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(writer.run(queue));
        Ok(jobs)
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH_MAX);
        loop {
            let limit = BATCH_MAX;
            let is_behind = self.indexed < self.leaves;
            let received = if is_behind {
                let next = queue.recv_many(&mut jobs, limit);
                tokio::time::timeout(QUIET, next).await
            } else {
                Ok(queue.recv_many(&mut jobs, limit).await)
            };
            match received {
                Ok(0) => return,
                Ok(_) => {}
                Err(_) => {
                    self.trail().await;
                    continue;
                }
            }
            self.gather(&mut queue, &mut jobs).await;
            if let Some(done) = self.work(&mut jobs).await {
                // Nobody may be left to hear it.
                let _ = done.send(());
                return;
            }
        }
    }

    /// Waits a moment for more in busy times. Who comes alone does not wait.
    async fn gather(&self, queue: &mut mpsc::Receiver<Job>, jobs: &mut Vec<Job>) {
        let times = GATHER_FROM.iter().filter(|from| self.rate >= **from);
        for _ in times {
            if jobs.len() >= WORTHWHILE {
                break;
            }
            tokio::time::sleep(GATHER).await;
            if !queue.is_empty() {
                queue.recv_many(jobs, BATCH_MAX - jobs.len()).await;
            }
        }
    }

    async fn work(&mut self, jobs: &mut Vec<Job>) -> Option<oneshot::Sender<()>> {
        let mut orders = Vec::with_capacity(jobs.len());
        let mut others = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Commit(order) => orders.push(*order),
                other => others.push(other),
            }
        }
        let now = orders.iter().map(|order| order.item.at).max();
        let tokens = i64::try_from(orders.len()).unwrap_or_default();
        if !orders.is_empty() {
            self.commit(orders).await;
        }
        let mut close = None;
        for job in others {
            match job {
                Job::Commit(_) => {}
                Job::Balance(account, reply) => {
                    let _ = reply.send(self.balance(account).await);
                }
                Job::Bind(keys, leaf, at, reply) => {
                    let _ = reply.send(self.bind(&keys, leaf, at).await);
                }
                Job::Close(done) => close = Some(done),
            }
        }
        if let Some(now) = now {
            let elapsed = now.since(self.committed_at).max(1);
            self.rate = tokens * UnixMicros::SECOND / elapsed;
            self.committed_at = now;
            let is_due = now.since(self.indexed_at) > TRAIL_MICROS
                || self.leaves - self.indexed > TRAIL_TOKENS;
            if is_due {
                self.trail().await;
                self.indexed_at = now;
            }
            if now.since(self.log_emptied_at) > LOG_MICROS {
                self.log_emptied_at = now;
                // When it is asked already, it is on its way.
                let _ = self.empty_log.try_send(());
            }
            if now.since(self.purged_at) > 3600 * UnixMicros::SECOND {
                self.purged_at = now;
                self.purge(now).await;
            }
        }
        if close.is_some() {
            self.trail().await;
        }
        close
    }

    /// Commits orders, as many as their accounts can pay, in their order.
    async fn commit(&mut self, mut orders: Vec<Order>) {
        refuse(&mut orders, |order| {
            match order.ticket.is_expired(order.item.at) {
                true => Some(Refusal::HoldExpired),
                false => None,
            }
        });
        while !orders.is_empty() {
            let (items, waiting): (Vec<Item>, Vec<_>) =
                orders.into_iter().map(Order::split).unzip();
            match self.transact(&items).await {
                Ok(Outcome::Committed(committed)) => {
                    self.settle(items, waiting, committed);
                    return;
                }
                Ok(Outcome::Short(account, balance)) => {
                    self.tills.learn(&[(account, balance)]);
                    orders = joined(items, waiting);
                    let mut left = balance;
                    refuse(&mut orders, |order| short(order, account, &mut left));
                }
                Err(fault) if fault.is_constraint() && items.len() > 1 => {
                    // One of them cannot be written; the others have nothing to do with it.
                    for order in joined(items, waiting) {
                        Box::pin(self.commit(vec![order])).await;
                    }
                    return;
                }
                Err(fault) => {
                    tracing::error!(%fault, tokens = items.len(), "batch not written");
                    let words = fault.to_string();
                    for waiting in waiting {
                        let fault = StoreFault::new("writing a batch", words.clone());
                        let _ = waiting.2.send(Err(fault.into()));
                    }
                    return;
                }
            }
        }
    }

    async fn transact(&mut self, items: &[Item]) -> Result<Outcome, StoreFault> {
        let mut connection = self.connected().await?;
        let outcome = connection.commit(items).await;
        // After a fault nobody knows what state it is in.
        if outcome.as_ref().err().is_none_or(StoreFault::is_constraint) {
            self.connection = Some(connection);
        }
        outcome
    }

    async fn connected(&mut self) -> Result<Writing, StoreFault> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.store.connect_writing().await,
        }
    }

    /// Everything is durable: balances are known, requests remembered, and then who waits hears.
    fn settle(&mut self, items: Vec<Item>, waiting: Vec<Waiting>, committed: Committed) {
        let Committed {
            first_leaf,
            debited,
            after,
        } = committed;
        self.leaves = first_leaf + i64::try_from(items.len()).unwrap_or_default();
        let balances = debited.iter().map(|paid| (paid.account, paid.balance));
        self.tills
            .settle(balances, waiting.iter().map(|(ticket, _, _)| ticket));
        {
            let mut recent = self.recent.lock();
            recent.1.begin(first_leaf, self.leaves - first_leaf);
            for (item, leaf) in items.iter().zip(first_leaf..) {
                let request = item.keys.request();
                if let Some(request) = &request {
                    let horizon = item.at.minus_seconds(SAME_REQUEST_SECONDS);
                    recent.0.insert(request, item.at, horizon);
                }
                let digest = &item.token.digest;
                recent.1.add(item.account, digest, request.as_ref(), leaf);
            }
        }
        self.warn_of_low_balances(&debited);
        let leaves = (0_u64..).map(|index| u64::try_from(first_leaf).unwrap_or_default() + index);
        for (((item, waiting), balance), leaf) in
            items.into_iter().zip(waiting).zip(after).zip(leaves)
        {
            let (ticket, claim, reply) = waiting;
            drop((ticket, claim));
            let token = item.token.token;
            // A client that is gone can ask again.
            let _ = reply.send(Ok(Receipt {
                leaf,
                balance,
                token,
            }));
        }
    }

    /// Tells once when a balance falls to its mark.
    fn warn_of_low_balances(&self, debited: &[Debited]) {
        for paid in debited {
            let before = paid.balance.get() + paid.spent.get();
            if paid.balance <= paid.low_mark && before > paid.low_mark.get() {
                // Who does not listen is not waited for: the log line says it too.
                let _ = self.low.try_send(LowBalance {
                    account: paid.account,
                    balance: paid.balance,
                });
            }
        }
    }

    async fn balance(&mut self, account: AccountId) -> Result<Credits, StoreFault> {
        let balance = account::balance(&self.store.pool, account).await?;
        self.tills.learn(&[(account, balance)]);
        Ok(balance)
    }

    async fn bind(
        &mut self,
        keys: &RequestKeys,
        leaf: u64,
        at: UnixMicros,
    ) -> Result<(), StoreFault> {
        let leaf = i64::try_from(leaf).unwrap_or(i64::MAX);
        claim::bind_key(&self.store.pool, keys, leaf, at).await
    }

    /// Brings the index up to the last token.
    async fn trail(&mut self) {
        let advanced = async {
            let mut connection = self.connected().await?;
            let recent = Arc::clone(&self.recent);
            let gathered = |from, to| recent.lock().1.of(from, to);
            let heads = connection.advance(gathered).await?;
            self.connection = Some(connection);
            Ok::<_, StoreFault>(heads)
        };
        match advanced.await {
            Ok((indexed, leaves)) => {
                (self.indexed, self.leaves) = (indexed, leaves);
                self.recent.lock().1.forget(indexed);
                // When it is asked already, it is on its way.
                let _ = self.empty_log.try_send(());
            }
            Err(fault) => tracing::error!(%fault, "the index stays behind"),
        }
    }

    async fn purge(&mut self, now: UnixMicros) {
        if let Err(fault) = trail::purge(&self.store, now).await {
            tracing::warn!(%fault, "old idempotency keys stay");
        }
    }
}

/// Who waits for an item.
type Waiting = (Ticket, Claim, oneshot::Sender<Result<Receipt, LedgerError>>);

impl Order {
    fn split(self) -> (Item, Waiting) {
        (self.item, (self.ticket, self.claim, self.reply))
    }
}

fn joined(items: Vec<Item>, waiting: Vec<Waiting>) -> Vec<Order> {
    let joined = items.into_iter().zip(waiting);
    let order = |(item, (ticket, claim, reply))| Order {
        item,
        ticket,
        claim,
        reply,
    };
    joined.map(order).collect()
}

/// Answers the orders for which there is a reason, and keeps the others.
fn refuse(orders: &mut Vec<Order>, mut reason: impl FnMut(&Order) -> Option<Refusal>) {
    let (kept, refused): (Vec<_>, Vec<_>) = std::mem::take(orders)
        .into_iter()
        .map(|order| (reason(&order), order))
        .partition(|(reason, _)| reason.is_none());
    orders.extend(kept.into_iter().map(|(_, order)| order));
    for (reason, order) in refused {
        let Order {
            ticket,
            claim,
            reply,
            ..
        } = order;
        drop((ticket, claim));
        if let Some(reason) = reason {
            let _ = reply.send(Err(reason.into()));
        }
    }
}

/// Whether an account cannot pay this order with what the orders before it have left.
fn short(order: &Order, account: AccountId, left: &mut Credits) -> Option<Refusal> {
    if order.item.account != account {
        return None;
    }
    let (needed, balance) = (order.item.credits, *left);
    match balance
        .get()
        .checked_sub(needed.get())
        .and_then(Credits::new)
    {
        Some(rest) => {
            *left = rest;
            None
        }
        None => Some(Refusal::NoCredits { needed, balance }),
    }
}
