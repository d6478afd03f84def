//! The index by digest and request in its tables: runs of chunks.
//!
//! It trails the tokens by less than a second. Each step forward is one transaction: what came
//! since the last is written as a run, merges go on by as much as keeps up with that, and chunks of
//! runs that were merged are removed. Whoever looks for a key sees the live runs of one moment, and
//! asks each of them for one chunk. What is put together, and when, is in [`crate::runs`].

mod grow;
mod sound;
#[cfg(test)]
mod tests;

use futures_util::TryStreamExt as _;
use sqlx::{Row as _, SqliteConnection};

use crate::refusal::{During, StoreFault};
use crate::runs::{self, Entry};
use crate::store::Database;
use crate::store::sqlite::BEGIN;
use crate::types::AccountId;
use grow::Stride;
pub(crate) use sound::Expected;

/// Tokens that one step takes in.
const STEP: i64 = 65_536;
/// Chunks that are read for one key. With more than that the key tells little.
const READ_MAX: usize = 4096;

/// The rule of an audit that takes all tokens.
pub(crate) const INDEX: &str = "the index holds every token up to its mark, and nothing else";

const WHAT: &str = "bringing the index up to date";

/// What was issued since the index was brought up to date.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    entries: Vec<Entry>,
    /// Of all tokens from this leaf on.
    from: i64,
    /// Below this one.
    to: i64,
}

impl Gathered {
    /// Makes ready for a batch of tokens that begins with this leaf.
    pub(crate) fn begin(&mut self, leaf: i64, count: i64) {
        if leaf != self.to {
            self.entries.clear();
            self.from = leaf;
        }
        self.to = leaf + count;
    }

    /// Adds a token of the batch.
    pub(crate) fn add(
        &mut self,
        account: AccountId,
        digest: &[u8],
        request: Option<&[u8; 16]>,
        leaf: i64,
    ) {
        let request = request.map(<[u8; 16]>::as_slice);
        push(&mut self.entries, account, digest, request, leaf);
    }

    /// Forgets what the index holds.
    pub(crate) fn forget(&mut self, indexed: i64) {
        self.entries.retain(|entry| leaf(entry) >= indexed);
        self.from = self.from.max(indexed);
    }

    /// The leaves under a key.
    pub(crate) fn leaves(&self, key: u64) -> impl Iterator<Item = i64> + '_ {
        let of_key = self.entries.iter().filter(move |entry| entry.key == key);
        of_key.map(leaf)
    }

    /// The entries of these tokens, when all of them are here.
    pub(crate) fn of(&self, from: i64, to: i64) -> Option<Vec<Entry>> {
        let is_here = self.from <= from && to <= self.to;
        let of_these = |entry: &&Entry| (from..to).contains(&leaf(entry));
        is_here.then(|| self.entries.iter().filter(of_these).copied().collect())
    }
}

fn leaf(entry: &Entry) -> i64 {
    i64::try_from(entry.leaf).unwrap_or(i64::MAX)
}

fn push(
    entries: &mut Vec<Entry>,
    account: AccountId,
    digest: &[u8],
    request: Option<&[u8]>,
    leaf: i64,
) {
    let leaf = leaf.cast_unsigned();
    let entry = |bytes| Entry {
        key: runs::key(account, bytes),
        leaf,
    };
    entries.push(entry(digest));
    entries.extend(request.map(entry));
}

/// Up to where the index is, and up to where the tokens are.
pub(crate) async fn heads(connection: &mut SqliteConnection) -> Result<(i64, i64), StoreFault> {
    let row = sqlx::query("SELECT indexed, leaf FROM head")
        .fetch_one(connection)
        .await
        .during("reading the heads")?;
    let read = |column: usize| row.try_get(column).during("reading the heads");
    Ok((read(0)?, read(1)?))
}

/// Brings the index a step forward; up to where it is then, and the tokens are. Another program may
/// have done it.
pub(crate) async fn advance(
    connection: &mut SqliteConnection,
    gathered: impl FnOnce(i64, i64) -> Option<Vec<Entry>>,
) -> Result<(i64, i64), StoreFault> {
    execute(connection, BEGIN).await?;
    let (indexed, leaves) = heads(connection).await?;
    let to = leaves.min(indexed + STEP);
    if indexed < to {
        let mut entries = match gathered(indexed, to) {
            Some(entries) => entries,
            None => read_tokens(connection, indexed, to).await?,
        };
        entries.sort_unstable();
        let run = grow::make_run(connection, indexed, to, entries.len(), "live").await?;
        grow::write(connection, run, &entries).await?;
        sqlx::query("UPDATE head SET indexed = $1")
            .bind(to)
            .execute(&mut *connection)
            .await
            .during(WHAT)?;
        let stride = Stride::beside((to - indexed).unsigned_abs());
        grow::tidy(connection, stride).await?;
    }
    execute(connection, "COMMIT").await?;
    Ok((to, leaves))
}

/// Puts runs together while there is nothing else to do, a step at a time; whether there is more.
pub(crate) async fn rest(connection: &mut SqliteConnection) -> Result<bool, StoreFault> {
    if !grow::is_untidy(connection, Stride::AT_REST).await? {
        return Ok(false);
    }
    execute(connection, BEGIN).await?;
    grow::tidy(connection, Stride::AT_REST).await?;
    execute(connection, "COMMIT").await?;
    Ok(true)
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreFault> {
    let done = sqlx::query(sql).execute(connection).await;
    done.map(drop).during(WHAT)
}

async fn read_tokens(
    connection: &mut SqliteConnection,
    from: i64,
    to: i64,
) -> Result<Vec<Entry>, StoreFault> {
    let sql = "SELECT account, substr(digest, 1, 8), substr(request, 1, 8), leaf FROM token \
               WHERE leaf >= $1 AND leaf < $2";
    let mut rows = sqlx::query(sql).bind(from).bind(to).fetch(connection);
    let mut entries = Vec::new();
    while let Some(row) = rows.try_next().await.during(WHAT)? {
        let digest: Vec<u8> = row.try_get(1).during(WHAT)?;
        let request: Option<Vec<u8>> = row.try_get(2).during(WHAT)?;
        let account = AccountId(row.try_get(0).during(WHAT)?);
        let leaf = row.try_get(3).during(WHAT)?;
        push(&mut entries, account, &digest, request.as_deref(), leaf);
    }
    Ok(entries)
}

/// The leaves under a key, in their order; `None` when there are so many that the key tells little.
///
/// Each run is asked for the chunks that may hold the key; only those in which its bytes are found
/// leave the database, since a row costs more on its way here than the search in a chunk.
pub(crate) async fn leaves(
    pool: &sqlx::Pool<Database>,
    key: u64,
) -> Result<Option<Vec<i64>>, StoreFault> {
    let what = "asking the index";
    let bound = |leaf| Entry { key, leaf }.to_bytes().to_vec();
    let rows = sqlx::query(
        "SELECT index_chunk.entries FROM index_run JOIN index_chunk \
         ON index_chunk.run = index_run.run AND first <= $2 AND first >= coalesce(\
         (SELECT max(first) FROM index_chunk WHERE run = index_run.run AND first < $1), x'') \
         WHERE state = 'live' AND instr(index_chunk.entries, $4) > 0 LIMIT $3",
    )
    .bind(bound(0))
    .bind(bound(u64::MAX))
    .bind(i64::try_from(READ_MAX).unwrap_or(i64::MAX))
    .bind(key.to_be_bytes().to_vec())
    .fetch_all(pool)
    .await
    .during(what)?;
    if rows.len() == READ_MAX {
        return Ok(None);
    }
    let mut leaves = Vec::new();
    for row in &rows {
        let chunk: &[u8] = row.try_get(0).during(what)?;
        leaves.extend(runs::find(chunk, key).filter_map(|leaf| i64::try_from(leaf).ok()));
    }
    Ok(Some(leaves))
}
