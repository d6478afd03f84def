//! What this node remembers of requests that were granted: hints, which spare the database.
//!
//! Those of the last day are in a filter that says "no" or "perhaps"; what the index does not hold
//! yet is gathered for it. Where several nodes share a database, this one learns what the others
//! granted as it commits, or when it has nothing to do; how far it is stands beside it, and
//! whatever lies behind that is looked at in the database when it commits.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::batch::{Item, Seen};
use crate::claim::SAME_REQUEST_SECONDS;
use crate::filter::Filter;
use crate::index::Gathered;
use crate::runs::Entry;
use crate::types::UnixMicros;

/// The requests of the last day, and what the index does not hold yet.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    filter: Filter,
    gathered: Gathered,
    /// Up to where the requests of all tokens are in the filter.
    known: i64,
    /// How often it was begun anew.
    beginnings: u64,
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn may_hold(&self, request: &[u8; 16]) -> bool {
        self.lock().filter.may_hold(request)
    }

    /// The leaves under a key that the index may not hold yet. To be asked before the index.
    pub(crate) fn leaves(&self, key: u64) -> Vec<i64> {
        self.lock().gathered.leaves(key).collect()
    }

    /// The entries of tokens from one leaf on for the index, as far as they are here, but not
    /// beyond `to`; how far that is.
    pub(crate) fn entries(&self, from: i64, to: i64) -> Option<(i64, Vec<Entry>)> {
        self.lock().gathered.of(from, to)
    }

    /// Forgets what was gathered for the index: it may be of tokens that the database has lost.
    pub(crate) fn ungather(&self) {
        self.lock().gathered = Gathered::default();
    }

    /// Forgets what the index holds.
    pub(crate) fn forget(&self, indexed: i64) {
        self.lock().gathered.forget(indexed);
    }

    /// Remembers what the index held at the start.
    pub(crate) fn remember(&self, requests: &[[u8; 16]], at: UnixMicros) {
        let mut recent = self.lock();
        for request in requests {
            recent.filter.insert(request, at, UnixMicros(i64::MIN));
        }
    }

    /// Begins anew with a database that took the place of another: whatever is up to `leaves` is to
    /// be remembered again. Says that to who remembers.
    pub(crate) fn begin(&self, leaves: i64) -> u64 {
        let mut recent = self.lock();
        recent.filter.reopen();
        recent.gathered = Gathered::default();
        recent.known = leaves;
        recent.beginnings += 1;
        recent.beginnings
    }

    /// Says that everything from before that beginning is in.
    pub(crate) fn complete(&self, beginning: u64) {
        let mut recent = self.lock();
        if recent.beginnings == beginning {
            recent.filter.complete();
        }
    }

    /// Up to where the requests of all tokens are known here.
    pub(crate) fn known(&self) -> i64 {
        self.lock().known
    }

    /// Places, from 0, of items that somebody may have been granted since they were claimed. This
    /// node itself grants nothing that is claimed.
    pub(crate) fn doubts(&self, items: &[Item]) -> Vec<usize> {
        let recent = self.lock();
        let doubt = |(place, item): (usize, &Item)| {
            let request = item.keys.request()?;
            recent.filter.may_hold(&request).then_some(place)
        };
        items.iter().enumerate().filter_map(doubt).collect()
    }

    /// Remembers what was just granted here, and gathers it for the index; and, where several nodes
    /// share a database, what others granted before it, which is all there is up to `known`.
    pub(crate) fn settle(
        &self,
        items: &[Item],
        first_leaf: i64,
        seen: &[Seen],
        known: Option<i64>,
    ) {
        let mut recent = self.lock();
        let count = i64::try_from(items.len()).unwrap_or_default();
        recent.gathered.begin(first_leaf, count);
        for (item, leaf) in items.iter().zip(first_leaf..) {
            let request = item.keys.request();
            if let Some(request) = &request {
                recent.insert(request, item.at);
            }
            let digest = &item.token.digest;
            let gathered = &mut recent.gathered;
            gathered.add(item.account, digest, request.as_ref(), leaf);
        }
        drop(recent);
        if let Some(known) = known {
            self.see(seen, known);
        }
    }

    /// Learns what others granted: all there is up to `known`.
    pub(crate) fn see(&self, seen: &[Seen], known: i64) {
        let mut recent = self.lock();
        for seen in seen {
            recent.insert(&seen.request, seen.at);
        }
        recent.known = recent.known.max(known);
    }

    /// Takes note that there are no tokens from this leaf on: a database that took the place of
    /// another may have lost some.
    pub(crate) fn rewind(&self, leaves: i64) {
        let mut recent = self.lock();
        if leaves < recent.known {
            recent.known = leaves;
            recent.gathered = Gathered::default();
        }
    }

    /// Learns that a request was granted by somebody else.
    pub(crate) fn granted(&self, item: &Item) {
        if let Some(request) = item.keys.request() {
            self.lock().insert(&request, item.at);
        }
    }
}

impl State {
    fn insert(&mut self, request: &[u8; 16], at: UnixMicros) {
        let horizon = at.minus_seconds(SAME_REQUEST_SECONDS);
        self.filter.insert(request, at, horizon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_remembered_for_an_earlier_beginning_completes_nothing() {
        let recent = Recent::default();
        let (first, second) = (recent.begin(5), recent.begin(3));
        assert_eq!(recent.known(), 3);
        recent.complete(first);
        assert!(recent.may_hold(&[7; 16]), "perhaps");
        recent.complete(second);
        assert!(!recent.may_hold(&[7; 16]));
        recent.begin(9);
        assert!(recent.may_hold(&[7; 16]), "perhaps again");
    }
}
