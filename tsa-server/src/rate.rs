//! How fast an account may ask: a bucket that fills with time.
//!
//! Bounded memory: only accounts that exist have a bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tsa_ledger::{AccountId, UnixMicros};

/// Requests of all accounts.
#[derive(Debug)]
pub struct Rates {
    /// Requests a second; 0 is no limit.
    per_second: u32,
    buckets: Mutex<HashMap<AccountId, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Millionths of a request that may come now.
    filling: i64,
    at: UnixMicros,
}

/// One request.
const WHOLE: i64 = 1_000_000;

impl Rates {
    /// At most so many requests a second for each account, and as many at once; 0 is no limit.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second,
            buckets: Mutex::default(),
        }
    }

    /// Lets a request pass.
    ///
    /// # Errors
    /// The seconds after which it may come again.
    pub fn admit(&self, account: AccountId, now: UnixMicros) -> Result<(), u32> {
        if self.per_second == 0 {
            return Ok(());
        }
        let full = i64::from(self.per_second) * WHOLE;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(account).or_insert(Bucket {
            filling: full,
            at: now,
        });
        // A millionth of a request for each microsecond and each request a second.
        let filled = now.since(bucket.at).saturating_mul(self.per_second.into());
        bucket.filling = bucket.filling.saturating_add(filled).min(full);
        bucket.at = now;
        if bucket.filling < WHOLE {
            return Err(1);
        }
        bucket.filling -= WHOLE;
        Ok(())
    }
}
