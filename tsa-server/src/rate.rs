//! How fast somebody may ask: a bucket that fills with time.
//!
//! Bounded memory: accounts exist or they have no bucket, and of client addresses only so many are
//! remembered; full buckets are forgotten first, since a new one is full too.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tsa_ledger::{AccountId, UnixMicros};

/// Requests of everybody: of accounts, or of client addresses.
#[derive(Debug)]
pub struct Rates<K = AccountId> {
    /// Requests a second; 0 is no limit.
    per_second: u32,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Millionths of a request that may come now.
    filling: i64,
    at: UnixMicros,
}

/// One request.
const WHOLE: i64 = 1_000_000;

/// Buckets remembered at a time.
const REMEMBERED: usize = 100_000;

impl<K: Eq + Hash> Rates<K> {
    /// At most so many requests a second for each, and as many at once; 0 is no limit.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second,
            buckets: Mutex::default(),
        }
    }

    /// Lets a request pass, which comes `now`: that is asked only where there is a limit.
    ///
    /// # Errors
    /// The seconds after which it may come again.
    pub fn admit(&self, who: K, now: impl FnOnce() -> UnixMicros) -> Result<(), u32> {
        if self.per_second == 0 {
            return Ok(());
        }
        let now = now();
        let full = i64::from(self.per_second) * WHOLE;
        let filled = |bucket: &Bucket| {
            // A millionth of a request for each microsecond and each request a second.
            let filled = now.since(bucket.at).saturating_mul(self.per_second.into());
            bucket.filling.saturating_add(filled).min(full)
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED && !buckets.contains_key(&who) {
            buckets.retain(|_, bucket| filled(bucket) < full);
            if buckets.len() >= REMEMBERED {
                // More clients than can be remembered: all begin anew.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(who).or_insert(Bucket {
            filling: full,
            at: now,
        });
        bucket.filling = filled(bucket);
        bucket.at = now;
        if bucket.filling < WHOLE {
            return Err(1);
        }
        bucket.filling -= WHOLE;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_fills_and_is_forgotten_when_it_is_full() {
        let rates = Rates::<u32>::new(2);
        let at = |millis: i64| UnixMicros(millis * 1000);
        let table = [
            (0, Ok(())),
            (0, Ok(())),
            (0, Err(1)),
            (499, Err(1)),
            (500, Ok(())),
            (500, Err(1)),
            (9000, Ok(())),
        ];
        for (millis, expected) in table {
            assert_eq!(rates.admit(7, || at(millis)), expected, "{millis} ms");
        }
        for who in 8..200_000 {
            assert_eq!(rates.admit(who, || at(9000)), Ok(()));
        }
        assert!(rates.buckets.lock().unwrap().len() <= REMEMBERED);
    }
}
