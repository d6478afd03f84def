//! The API keys of an account, as their owner sees to them.

use sqlx::Row as _;

use crate::key::{ApiKey, Scope};
use crate::ledger::Ledger;
use crate::refusal::{During, LedgerError, Refusal};
use crate::types::{AccountId, UnixMicros};

/// Keys that an account may have in use.
pub const KEYS_MAX: u32 = 100;

impl Ledger {
    /// Gives an account a key of its own making, and the number of it.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] with [`KEYS_MAX`] in use, or the store cannot be written.
    pub async fn issue_key(
        &self,
        account: AccountId,
        scope: Scope,
        expires_at: Option<UnixMicros>,
        now: UnixMicros,
    ) -> Result<(i64, ApiKey), LedgerError> {
        let key = ApiKey::random()?;
        let row = sqlx::query(
            "INSERT INTO api_key (account, secret_hash, scope, created_at, expires_at) \
             SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM api_key \
             WHERE account = $1 AND revoked_at IS NULL \
             AND (expires_at IS NULL OR expires_at > $4)) < $6 RETURNING id",
        )
        .bind(account.0)
        .bind(&key.hash()[..])
        .bind(scope.name())
        .bind(now.0)
        .bind(expires_at.map(|end| end.0))
        .bind(i64::from(KEYS_MAX))
        .fetch_optional(&self.store().pool)
        .await
        .during("adding a key")?;
        let row = row.ok_or(Refusal::TooMany { most: KEYS_MAX })?;
        Ok((row.try_get(0).during("adding a key")?, key))
    }
}
