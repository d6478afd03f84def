//! Tokens that wait to be issued: who waits for which, and who is sent away.

use tokio::sync::oneshot;

use crate::batch::Item;
use crate::claim::Claim;
use crate::hold::Ticket;
use crate::refusal::{LedgerError, Refusal};
use crate::types::{AccountId, Credits};

/// What is known when a token is issued.
#[derive(Debug)]
pub struct Receipt {
    /// Its place in the record and the log.
    pub leaf: u64,
    /// The balance after it.
    pub balance: Credits,
    /// The token's serial number.
    pub serial: Vec<u8>,
    /// The token itself.
    pub token: Vec<u8>,
    /// Whether it is the one that was to be issued. Else another node was first to grant the same
    /// request: this is its token, and nothing was charged for another.
    pub is_new: bool,
}

/// Why a token was not issued.
#[derive(Debug)]
pub(crate) enum NotIssued {
    /// It must not be, or cannot.
    Failed(LedgerError),
    /// The request was granted before: elsewhere, and after it was claimed here.
    GrantedBefore,
}

/// A token to issue.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) item: Item,
    pub(crate) ticket: Ticket,
    pub(crate) claim: Claim,
    pub(crate) reply: oneshot::Sender<Result<Receipt, NotIssued>>,
}

/// Who waits for an item.
pub(crate) type Waiting = (Ticket, Claim, oneshot::Sender<Result<Receipt, NotIssued>>);

impl Order {
    pub(crate) fn split(self) -> (Item, Waiting) {
        (self.item, (self.ticket, self.claim, self.reply))
    }

    /// What it holds is free again when its client hears of it.
    pub(crate) fn decline(self, why: NotIssued) {
        drop((self.ticket, self.claim));
        let _ = self.reply.send(Err(why));
    }
}

pub(crate) fn joined(items: Vec<Item>, waiting: Vec<Waiting>) -> Vec<Order> {
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
pub(crate) fn refuse(orders: &mut Vec<Order>, mut reason: impl FnMut(&Order) -> Option<Refusal>) {
    let reasons: Vec<Option<Refusal>> = orders.iter().map(&mut reason).collect();
    if reasons.iter().all(Option::is_none) {
        return;
    }
    let (kept, refused): (Vec<_>, Vec<_>) = reasons
        .into_iter()
        .zip(std::mem::take(orders))
        .partition(|(reason, _)| reason.is_none());
    orders.extend(kept.into_iter().map(|(_, order)| order));
    for (reason, order) in refused {
        if let Some(reason) = reason {
            order.decline(NotIssued::Failed(reason.into()));
        }
    }
}

/// Whether an account cannot pay this order with what the orders before it have left.
pub(crate) fn short(order: &Order, account: AccountId, left: &mut Credits) -> Option<Refusal> {
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
