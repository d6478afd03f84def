//! Tokens that an account has for many digests, and serial numbers of many tokens.

use std::collections::HashMap;

use sqlx::Row as _;

use crate::ledger::Ledger;
use crate::record::{Search, StoredToken};
use crate::refusal::{During, LedgerError};
use crate::store::Wanted;
use crate::types::AccountId;

/// Serial numbers looked up in one statement. A shorter list is filled up, so that there is one.
const CHUNK: usize = 64;

/// Tokens of one digest that are looked at: the earliest.
const EACH: u32 = 32;

impl Ledger {
    /// The account's tokens for each of the digests that has any, the earliest first.
    ///
    /// # Errors
    /// [`LedgerError::Store`].
    pub async fn tokens_of_digests(
        &self,
        account: AccountId,
        digests: &[&[u8]],
    ) -> Result<HashMap<Vec<u8>, Vec<StoredToken>>, LedgerError> {
        let mut found: HashMap<Vec<u8>, Vec<StoredToken>> = HashMap::new();
        for digest in digests {
            let leaves = self.leaves_of(account, Wanted::Digest(digest)).await?;
            if leaves.is_some_and(|leaves| leaves.is_empty()) || found.contains_key(*digest) {
                continue;
            }
            let search = Search {
                digest: Some(digest.to_vec()),
                limit: EACH,
                ..Search::default()
            };
            let tokens = self.tokens(account, &search).await?;
            if !tokens.is_empty() {
                found.insert(digest.to_vec(), tokens);
            }
        }
        Ok(found)
    }

    /// The serial numbers of the account's tokens at these places of the record.
    ///
    /// # Errors
    /// [`LedgerError::Store`].
    pub async fn serials_at(
        &self,
        account: AccountId,
        leaves: &[u64],
    ) -> Result<HashMap<u64, Vec<u8>>, LedgerError> {
        let what = "looking for serial numbers";
        let marks: Vec<String> = (2..2 + CHUNK).map(|n| format!("${n}")).collect();
        let marks = marks.join(", ");
        let sql =
            format!("SELECT leaf, serial FROM token WHERE account = $1 AND leaf IN ({marks})");
        let mut serials = HashMap::with_capacity(leaves.len());
        for chunk in leaves.chunks(CHUNK) {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(account.0);
            let filled = chunk.iter().chain(chunk.last().into_iter().cycle());
            for leaf in filled.take(CHUNK) {
                query = query.bind(i64::try_from(*leaf).unwrap_or(i64::MAX));
            }
            let rows = query.fetch_all(&self.store().pool).await.during(what)?;
            for row in rows {
                let leaf: i64 = row.try_get(0).during(what)?;
                serials.insert(leaf.unsigned_abs(), row.try_get(1).during(what)?);
            }
        }
        Ok(serials)
    }
}
