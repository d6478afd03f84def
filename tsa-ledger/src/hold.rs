//! Credits set aside: held, then posted, given back or expired.
//!
//! Holds live in memory, and that is safe because nothing rests on them: the commit takes the
//! credits from the balance in the database, which refuses to go below zero whatever was held. A
//! hold only keeps a token from being made in vain. A crash leaves neither hold nor token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::claim::Claim;
use crate::refusal::Refusal;
use crate::types::{AccountId, Credits, UnixMicros};

/// How long credits stay set aside, in microseconds.
pub(crate) const HOLD_MICROS_MAX: i64 = 60 * UnixMicros::SECOND;

/// Credits set aside for one token. Dropped without a commit, they are free again, and whoever
/// waits for the same request goes on.
#[derive(Debug)]
pub struct Hold {
    pub(crate) ticket: Ticket,
    pub(crate) claim: Claim,
}

/// The hold as the writer knows it.
#[derive(Debug)]
pub(crate) struct Ticket {
    tills: Arc<Tills>,
    pub(crate) account: AccountId,
    pub(crate) credits: Credits,
    pub(crate) at: UnixMicros,
    number: u64,
}

/// What is known of balances, and what of them is set aside.
#[derive(Debug, Default)]
pub(crate) struct Tills {
    tills: Mutex<HashMap<AccountId, Till>>,
}

#[derive(Debug, Default)]
struct Till {
    balance: i64,
    held: i64,
    holds: HashMap<u64, (i64, UnixMicros)>,
    next: u64,
}

impl Hold {
    /// What is set aside.
    #[must_use]
    pub fn credits(&self) -> Credits {
        self.ticket.credits
    }

    /// Whose credits.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.ticket.account
    }
}

impl Tills {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Till>> {
        self.tills.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets credits aside, as far as is known here.
    pub(crate) fn hold(
        self: &Arc<Self>,
        account: AccountId,
        credits: Credits,
        at: UnixMicros,
    ) -> Result<Ticket, Refusal> {
        let mut tills = self.lock();
        let till = tills.entry(account).or_default();
        if till.free() < credits.stored() {
            till.expire(at);
        }
        let free = till.free();
        if free < credits.stored() {
            return Err(Refusal::NoCredits {
                needed: credits,
                balance: Credits::from_stored(free.max(0)).unwrap_or_default(),
            });
        }
        let number = till.next;
        till.next += 1;
        till.held += credits.stored();
        till.holds.insert(number, (credits.stored(), at));
        drop(tills);
        Ok(Ticket {
            tills: Arc::clone(self),
            account,
            credits,
            at,
            number,
        })
    }

    /// The balance that is not set aside.
    pub(crate) fn free(&self, account: AccountId) -> Credits {
        let free = self.lock().get(&account).map_or(0, Till::free);
        Credits::from_stored(free.max(0)).unwrap_or_default()
    }

    /// Learns balances from the database.
    pub(crate) fn learn(&self, balances: &[(AccountId, Credits)]) {
        let mut tills = self.lock();
        for (account, balance) in balances {
            tills.entry(*account).or_default().balance = balance.stored();
        }
    }

    /// Learns balances, and ends the holds whose credits went into them, at one moment: else what
    /// was spent would count twice.
    pub(crate) fn settle<'a>(
        &self,
        balances: impl Iterator<Item = (AccountId, Credits)>,
        spent: impl Iterator<Item = &'a Ticket>,
    ) {
        let mut tills = self.lock();
        for (account, balance) in balances {
            tills.entry(account).or_default().balance = balance.stored();
        }
        for ticket in spent {
            if let Some(till) = tills.get_mut(&ticket.account) {
                till.release(ticket.number);
            }
        }
    }
}

impl Till {
    fn free(&self) -> i64 {
        self.balance.saturating_sub(self.held)
    }

    fn release(&mut self, number: u64) {
        if let Some((credits, _)) = self.holds.remove(&number) {
            self.held -= credits;
        }
    }

    fn expire(&mut self, now: UnixMicros) {
        let held = &mut self.held;
        self.holds.retain(|_, (credits, at)| {
            let is_live = now.since(*at) <= HOLD_MICROS_MAX;
            if !is_live {
                *held -= *credits;
            }
            is_live
        });
    }
}

impl Ticket {
    /// Whether the credits were given back at `now`.
    pub(crate) fn is_expired(&self, now: UnixMicros) -> bool {
        now.since(self.at) > HOLD_MICROS_MAX
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(till) = self.tills.lock().get_mut(&self.account) {
            till.release(self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountId = AccountId(7);

    fn tills(balance: u64) -> Arc<Tills> {
        let tills = Arc::new(Tills::default());
        tills.learn(&[(ACCOUNT, Credits::new(balance).unwrap())]);
        tills
    }

    #[test]
    fn no_more_is_held_than_there_is_and_dropping_gives_it_back() {
        let tills = tills(2);
        let first = tills.hold(ACCOUNT, Credits::ONE, UnixMicros(0)).unwrap();
        let second = tills.hold(ACCOUNT, Credits::ONE, UnixMicros(0)).unwrap();
        let refused = tills
            .hold(ACCOUNT, Credits::ONE, UnixMicros(0))
            .unwrap_err();
        let (needed, balance) = (Credits::ONE, Credits::ZERO);
        assert_eq!(refused, Refusal::NoCredits { needed, balance });
        drop(first);
        assert_eq!(tills.free(ACCOUNT), Credits::ONE);
        tills.settle([(ACCOUNT, Credits::ONE)].into_iter(), [&second].into_iter());
        assert_eq!(tills.free(ACCOUNT), Credits::ONE);
        drop(second);
        assert_eq!(tills.free(ACCOUNT), Credits::ONE, "a hold ends once");
    }

    #[test]
    fn a_hold_of_which_nothing_came_expires() {
        let tills = tills(1);
        let stuck = tills.hold(ACCOUNT, Credits::ONE, UnixMicros(0)).unwrap();
        let later = UnixMicros(HOLD_MICROS_MAX);
        assert!(tills.hold(ACCOUNT, Credits::ONE, later).is_err());
        let later = UnixMicros(HOLD_MICROS_MAX + 1);
        assert!(stuck.is_expired(later));
        let next = tills.hold(ACCOUNT, Credits::ONE, later).unwrap();
        drop(stuck);
        assert_eq!(tills.free(ACCOUNT), Credits::ZERO);
        drop(next);
        assert_eq!(tills.free(ACCOUNT), Credits::ONE);
    }
}
