//! What trails the tokens beside the index ([`crate::index`]): the database file behind its log,
//! the end of old idempotency keys.

use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use crate::claim::KEY_SECONDS;
use crate::refusal::{During, StoreFault};
use crate::store::Database;
use crate::types::UnixMicros;

/// Moves what is committed from the log to the database file, each time somebody asks for it, as
/// long as anybody can. Nobody waits for it.
pub(crate) async fn empty_log(mut connection: SqliteConnection, mut asked: mpsc::Receiver<()>) {
    while asked.recv().await.is_some() {
        let moved = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .execute(&mut connection)
            .await;
        if let Err(error) = moved {
            tracing::warn!(%error, "the log of the database is not emptied");
        }
    }
}

/// Forgets idempotency keys whose time is over.
pub(crate) async fn purge(pool: &sqlx::Pool<Database>, now: UnixMicros) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM idempotency WHERE at < $1")
        .bind(now.minus_seconds(KEY_SECONDS).0)
        .execute(pool)
        .await
        .map(drop)
        .during("forgetting old idempotency keys")
}
