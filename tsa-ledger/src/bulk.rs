//! Batches: the key that a sender gave to many requests at once names no others.
//!
//! A batch is taken up again after a cut: what was granted is found by the keys of its parts
//! ([`crate::RequestKeys::part`]). Here is only which batch a key belongs to.

use sqlx::Row as _;

use crate::claim::{KEY_SECONDS, RequestKeys, sha256};
use crate::ledger::Ledger;
use crate::refusal::{During, LedgerError, Refusal};
use crate::types::{AccountId, UnixMicros};

/// A batch that is under way under a key.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    account: AccountId,
    key: [u8; 32],
    /// Whether this is the first time that it is sent.
    pub is_new: bool,
}

impl Ledger {
    /// Binds a key to a batch, `request` being the digest of all of it.
    ///
    /// # Errors
    /// [`Refusal::KeyBound`] when the key belongs to something else, or the store cannot be
    /// written.
    pub async fn begin_bulk(
        &self,
        account: AccountId,
        key: &[u8],
        request: &[u8; 32],
        now: UnixMicros,
    ) -> Result<Bulk, LedgerError> {
        let what = "beginning a batch";
        let key = sha256(&[key]);
        let mut transaction = self.store().begin().await?;
        // Kept as long as keys are; what is older is over.
        sqlx::query("DELETE FROM bulk WHERE account = $1 AND at < $2")
            .bind(account.0)
            .bind(now.minus_seconds(KEY_SECONDS).0)
            .execute(&mut *transaction)
            .await
            .during(what)?;
        let single = sqlx::query("SELECT leaf FROM idempotency WHERE account = $1 AND key = $2")
            .bind(account.0)
            .bind(&key[..])
            .fetch_optional(&mut *transaction)
            .await
            .during(what)?;
        if single.is_some() {
            return Err(Refusal::KeyBound.into());
        }
        let made = sqlx::query(
            "INSERT INTO bulk (account, key, request, at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, key) DO NOTHING",
        )
        .bind(account.0)
        .bind(&key[..])
        .bind(&request[..])
        .bind(now.0)
        .execute(&mut *transaction)
        .await
        .during(what)?;
        let row = sqlx::query("SELECT request FROM bulk WHERE account = $1 AND key = $2")
            .bind(account.0)
            .bind(&key[..])
            .fetch_one(&mut *transaction)
            .await
            .during(what)?;
        let bound: Vec<u8> = row.try_get(0).during(what)?;
        if bound != request {
            return Err(Refusal::KeyBound.into());
        }
        transaction.commit().await.during(what)?;
        Ok(Bulk {
            account,
            key,
            is_new: made.rows_affected() == 1,
        })
    }

    /// How many of these parts of a batch were granted.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn bound(
        &self,
        account: AccountId,
        parts: &[RequestKeys],
    ) -> Result<u64, LedgerError> {
        let what = "looking for parts of a batch";
        let mut bound = 0;
        for part in parts.iter().filter_map(|part| part.idempotency) {
            let row = sqlx::query("SELECT leaf FROM idempotency WHERE account = $1 AND key = $2")
                .bind(account.0)
                .bind(&part[..])
                .fetch_optional(&self.store().pool)
                .await
                .during(what)?;
            bound += u64::from(row.is_some());
        }
        Ok(bound)
    }

    /// Frees the key of a batch of which nothing was granted.
    ///
    /// # Errors
    /// The store cannot be written; the key stays bound.
    pub async fn forget_bulk(&self, bulk: &Bulk) -> Result<(), LedgerError> {
        sqlx::query("DELETE FROM bulk WHERE account = $1 AND key = $2")
            .bind(bulk.account.0)
            .bind(&bulk.key[..])
            .execute(&self.store().pool)
            .await
            .during("forgetting a batch")?;
        Ok(())
    }
}
