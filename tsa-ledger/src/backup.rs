//! A copy of the whole ledger, of one moment, while it is in use.

use std::path::Path;

use crate::ledger::Ledger;
use crate::refusal::{During, StoreFault};
use crate::store::postgres;

/// How a ledger on PostgreSQL is copied.
pub const POSTGRES: &str = postgres::COPIES;

impl Ledger {
    /// Writes a copy of the database to a file that must not exist. The copy is of one moment, and
    /// compact; issuing goes on meanwhile.
    ///
    /// # Errors
    /// The file exists or cannot be written, or the store cannot be read.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreFault> {
        if self.store().is_shared() {
            return Err(StoreFault::new("making a backup", postgres::COPIES));
        }
        let place = to
            .to_str()
            .ok_or_else(|| StoreFault::new("making a backup", "the path is not UTF-8"))?;
        sqlx::query("VACUUM INTO $1")
            .bind(place)
            .execute(&self.store().pool)
            .await
            .during("making a backup")?;
        Ok(())
    }
}
