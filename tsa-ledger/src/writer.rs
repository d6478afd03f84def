//! The one commit point: a task that writes what many requests wait for in one transaction.
//!
//! No token leaves before its posting and its record are durable: who waits gets a [`Receipt`], and
//! only from here. While one batch goes to the disk the next one gathers. The task owns the
//! connection that writes tokens, and gets a new one after every fault, so that service resumes
//! when the disk does.

mod beside;
mod connection;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::account;
use crate::batch::{Batch, Committed, Debited, Item, Outcome};
use crate::claim::{self, RequestKeys};
use crate::hold::Tills;
use crate::ledger::{LowBalance, remember};
use crate::order::{NotIssued, Order, Receipt, Waiting, joined, refuse, short};
use crate::recent::Recent;
use crate::refusal::{Refusal, StoreFault};
use crate::store::{Store, Writing};
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
/// How long nothing must happen between two steps of what is done when there is nothing to do.
const REST: Duration = Duration::from_millis(50);
/// So many tokens without an index come of an import: it is at rest before anybody is served.
const IMPORTED: i64 = 50_000;

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

/// What a program that has opened the ledger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Serves, and sees to what trails the tokens.
    Serves,
    /// Does one thing, beside those that serve.
    Visits,
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
    /// Nothing is left to do when there is nothing to do.
    is_at_rest: bool,
    part: Part,
    /// Of the database, as of the connection before.
    history: Option<String>,
    purged_at: UnixMicros,
    /// When the batch before was there, and tokens a second then.
    committed_at: UnixMicros,
    rate: i64,
    woken_at: UnixMicros,
    /// Wakes what goes on beside the commits.
    beside: mpsc::Sender<()>,
    /// Whether nobody knows if the batch that just failed was written, and those that are to be
    /// looked for as soon as there is a connection.
    is_in_doubt: bool,
    doubtful: Vec<Vec<Item>>,
}

impl Writer {
    /// Starts the task. `low` hears of balances that fall to their mark.
    pub(crate) async fn start(
        (store, tills, recent): (Store, Arc<Tills>, Arc<Recent>),
        low: mpsc::Sender<LowBalance>,
        part: Part,
        now: UnixMicros,
    ) -> Result<mpsc::Sender<Job>, StoreFault> {
        let mut connection = store.connect_writing().await?;
        // What a run that ended early has left: nobody remembers it but the index.
        let (mut indexed, leaves) = connection.heads().await?;
        let is_import = leaves - indexed >= IMPORTED;
        while indexed < leaves && !store.is_shared() {
            (indexed, _) = connection.advance(|_, _| None).await?;
        }
        let (beside, asked) = mpsc::channel(1);
        if part == Part::Serves {
            while is_import && connection.rest().await? {}
            store.start_tending(Arc::clone(&recent), asked).await?;
            while leaves - indexed >= IMPORTED && store.is_shared() {
                tracing::info!(indexed, leaves, "making the index before anybody is served");
                sleep(QUIET).await;
                indexed = connection.heads().await?.0;
            }
        }
        let beginning = recent.begin(leaves);
        let history = connection.history().await?;
        if part == Part::Serves {
            let remembering = remember(store.clone(), Arc::clone(&recent), (beginning, now));
            tokio::spawn(remembering);
        }
        let writer = Self {
            store,
            connection: Some(connection),
            tills,
            recent,
            low,
            indexed,
            leaves,
            indexed_at: UnixMicros::default(),
            is_at_rest: false,
            part,
            history,
            purged_at: UnixMicros::default(),
            committed_at: now,
            rate: 0,
            woken_at: UnixMicros::default(),
            beside,
            is_in_doubt: false,
            doubtful: Vec::new(),
        };
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(writer.run(queue));
        Ok(jobs)
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH_MAX);
        loop {
            let limit = BATCH_MAX;
            let is_behind = self.indexed < self.leaves || self.store.is_shared();
            let next = queue.recv_many(&mut jobs, limit);
            let received = match (self.part, is_behind, self.is_at_rest) {
                (Part::Visits, ..) | (Part::Serves, false, true) => Ok(next.await),
                (Part::Serves, true, _) => tokio::time::timeout(QUIET, next).await,
                (Part::Serves, false, false) => tokio::time::timeout(REST, next).await,
            };
            match received {
                Ok(0) => return,
                Ok(_) => {}
                Err(_) if is_behind => {
                    self.trail().await;
                    continue;
                }
                Err(_) => {
                    self.rest().await;
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
            sleep(GATHER).await;
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
            if now.since(self.woken_at) > LOG_MICROS {
                self.woken_at = now;
                // When it is asked already, it is on its way.
                let _ = self.beside.try_send(());
            }
            if now.since(self.purged_at) > 3600 * UnixMicros::SECOND {
                self.purged_at = now;
                self.purge(now).await;
            }
        }
        if close.is_some() && self.part == Part::Serves {
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
                Ok(Outcome::Granted(places)) => {
                    orders = self.give_again(joined(items, waiting), &places);
                }
                // Unless others go on faster than this node can read.
                Ok(Outcome::Behind) => orders = joined(items, waiting),
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
                    if std::mem::take(&mut self.is_in_doubt) {
                        self.doubtful.push(items);
                    }
                    let words = fault.to_string();
                    for waiting in waiting {
                        let fault = StoreFault::new("writing a batch", words.clone());
                        let _ = waiting.2.send(Err(NotIssued::Failed(fault.into())));
                    }
                    return;
                }
            }
        }
    }

    async fn transact(&mut self, items: &[Item]) -> Result<Outcome, StoreFault> {
        let is_shared = self.store.is_shared();
        let mut is_second = false;
        loop {
            let mut connection = self.connected().await?;
            let batch = Batch {
                items,
                known: self.recent.known(),
                doubts: if is_shared {
                    self.recent.doubts(items)
                } else {
                    Vec::new()
                },
            };
            let fault = match connection.commit(&batch).await {
                Ok(outcome) => {
                    self.connection = Some(connection);
                    if matches!(outcome, Outcome::Behind) {
                        self.catch_up().await?;
                    }
                    return Ok(outcome);
                }
                Err(fault) => fault,
            };
            if fault.is_constraint() {
                self.connection = Some(connection);
                // Another node may have bound the same key at the same moment.
                if !is_shared || is_second || items.len() > 1 {
                    return Err(fault);
                }
            } else {
                // Nobody knows what state it is in.
                drop(connection);
                if !is_shared {
                    return Err(fault);
                }
                tracing::warn!(%fault, tokens = items.len(), "looking whether a batch was written");
                match self.find(items).await {
                    Ok(Some(committed)) => return Ok(Outcome::Committed(committed)),
                    Ok(None) => {}
                    Err(fault) => {
                        self.is_in_doubt = true;
                        return Err(fault);
                    }
                }
                if is_second {
                    return Err(fault);
                }
            }
            is_second = true;
        }
    }

    /// Sends those away who were granted the same elsewhere, and keeps the others.
    fn give_again(&self, orders: Vec<Order>, places: &[usize]) -> Vec<Order> {
        let mut kept = Vec::with_capacity(orders.len());
        for (place, order) in orders.into_iter().enumerate() {
            match places.contains(&place) {
                true => {
                    self.recent.granted(&order.item);
                    order.decline(NotIssued::GrantedBefore);
                }
                false => kept.push(order),
            }
        }
        kept
    }

    /// Everything is durable: balances are known, requests remembered, and then who waits hears.
    fn settle(&mut self, items: Vec<Item>, waiting: Vec<Waiting>, committed: Committed) {
        let Committed {
            first_leaf,
            debited,
            after,
            seen,
            known,
        } = committed;
        self.leaves = first_leaf + i64::try_from(items.len()).unwrap_or_default();
        let balances = debited.iter().map(|paid| (paid.account, paid.balance));
        self.tills
            .settle(balances, waiting.iter().map(|(ticket, _, _)| ticket));
        self.recent.settle(&items, first_leaf, &seen, known);
        self.warn_of_low_balances(&debited);
        let leaves = (0_u64..).map(|index| u64::try_from(first_leaf).unwrap_or_default() + index);
        for (((item, waiting), balance), leaf) in
            items.into_iter().zip(waiting).zip(after).zip(leaves)
        {
            let (ticket, claim, reply) = waiting;
            drop((ticket, claim));
            let (serial, token) = (item.token.serial, item.token.token);
            // A client that is gone can ask again.
            let _ = reply.send(Ok(Receipt {
                leaf,
                balance,
                serial,
                token,
                is_new: true,
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
}
