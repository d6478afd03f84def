//! Keys that sign no token any more: noted for good, and asked for by every server on the ledger.
//!
//! What a key is, and who stops signing with it, is not known here.

use sqlx::Row as _;

use crate::ledger::Ledger;
use crate::refusal::{During, StoreFault, damaged};
use crate::types::UnixMicros;

/// A key that is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedKey {
    /// SHA-256 of its public key.
    pub key: [u8; 32],
    /// The operator's words.
    pub reason: String,
    /// Since when.
    pub at: UnixMicros,
}

impl Ledger {
    /// Stops a key for good. Whether it was not stopped before; the first words stay.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn stop_key(&self, stop: &StoppedKey) -> Result<bool, StoreFault> {
        let sql = "INSERT INTO stopped_key (key, reason, at) VALUES ($1, $2, $3) \
                   ON CONFLICT (key) DO NOTHING";
        let done = sqlx::query(sql)
            .bind(&stop.key[..])
            .bind(stop.reason.as_str())
            .bind(stop.at.0)
            .execute(&self.store().pool)
            .await
            .during("stopping a key")?;
        Ok(done.rows_affected() == 1)
    }

    /// Every key that is stopped, the earliest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stopped_keys(&self) -> Result<Vec<StoppedKey>, StoreFault> {
        let what = "reading stopped keys";
        let rows = sqlx::query("SELECT key, reason, at FROM stopped_key ORDER BY at, key")
            .fetch_all(&self.store().pool)
            .await
            .during(what)?;
        let read = |row: &crate::store::Row| {
            let key: Vec<u8> = row.try_get(0).during(what)?;
            Ok(StoppedKey {
                key: key.try_into().map_err(|_| damaged("a stopped key"))?,
                reason: row.try_get(1).during(what)?,
                at: UnixMicros(row.try_get(2).during(what)?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// What tokens have in common, each once, such as the certificates of every signer: those
    /// behind `after`, with their numbers, a few at a time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn shared_parts(&self, after: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreFault> {
        let what = "reading what tokens share";
        let rows = sqlx::query("SELECT id, bytes FROM part WHERE id > $1 ORDER BY id LIMIT 100")
            .bind(after)
            .fetch_all(&self.store().pool)
            .await
            .during(what)?;
        let read = |row: &crate::store::Row| {
            let (number, bytes) = (row.try_get(0), row.try_get(1));
            Ok((number.during(what)?, bytes.during(what)?))
        };
        rows.iter().map(read).collect()
    }
}
