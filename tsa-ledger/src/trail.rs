//! What trails the tokens: the index by digest and request, the database file behind its log, the
//! end of old idempotency keys.
//!
//! The index is written in the order of its keys, many tokens at a time, which costs a fraction of
//! what it would cost token by token. How far it is stands in the database; the tokens behind that
//! are few, and looked through one by one until it has caught up.

use sqlx::{Row as _, SqliteConnection};
use tokio::sync::mpsc;

use crate::claim::KEY_SECONDS;
use crate::refusal::{During, StoreFault};
use crate::store::Store;
use crate::store::sqlite::BEGIN;
use crate::types::UnixMicros;

/// Up to where the index is, and up to where the tokens are.
pub(crate) async fn heads(connection: &mut SqliteConnection) -> Result<(i64, i64), StoreFault> {
    let row = sqlx::query("SELECT indexed, leaf FROM head")
        .fetch_one(connection)
        .await
        .during("reading the heads")?;
    let read = |column: usize| row.try_get(column).during("reading the heads");
    Ok((read(0)?, read(1)?))
}

/// Brings the index up to the last token; where both are then. Another program may have done it.
pub(crate) async fn advance(connection: &mut SqliteConnection) -> Result<i64, StoreFault> {
    let what = "bringing the index up to date";
    sqlx::query(BEGIN)
        .execute(&mut *connection)
        .await
        .during(what)?;
    let (indexed, leaves) = heads(connection).await?;
    let written = async {
        sqlx::query(
            "INSERT INTO token_index (digest, request, leaf) \
             SELECT substr(digest, 1, 8), coalesce(substr(request, 1, 8), x''), leaf FROM token \
             WHERE leaf >= $1 AND leaf < $2 ORDER BY 1, 2, 3",
        )
        .bind(indexed)
        .bind(leaves)
        .execute(&mut *connection)
        .await?;
        sqlx::query("UPDATE head SET indexed = $1")
            .bind(leaves)
            .execute(&mut *connection)
            .await?;
        sqlx::query("COMMIT").execute(&mut *connection).await
    };
    written.await.during(what)?;
    Ok(leaves)
}

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
pub(crate) async fn purge(store: &Store, now: UnixMicros) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM idempotency WHERE at < $1")
        .bind(now.minus_seconds(KEY_SECONDS).0)
        .execute(&store.pool)
        .await
        .map(drop)
        .during("forgetting old idempotency keys")
}
