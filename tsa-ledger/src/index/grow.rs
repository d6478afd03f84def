//! How runs come to be, grow together and go.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, SqliteConnection};

use super::{WHAT, execute};
use crate::refusal::{During, StoreFault};
use crate::runs::{self, CHUNK, ENTRY, Entry, Run, Source};
use crate::store::sqlite::row_lists;

/// Chunks in one statement.
const ROWS: usize = 64;
/// Entries that a merge goes on by in one step, at least.
const MERGE_MIN: u64 = 4096;
/// Entries that a merge goes on by in one step when there is nothing else to do.
const REST_ENTRIES: u64 = 16_384;
/// Chunks that are removed of a run in one step, and of how many runs.
const REMOVE: i64 = 1024;
const REMOVE_RUNS: usize = 4;

pub(super) async fn make_run(
    connection: &mut SqliteConnection,
    from: i64,
    to: i64,
    entries: usize,
    state: &str,
) -> Result<i64, StoreFault> {
    let row = sqlx::query(
        "INSERT INTO index_run (from_leaf, to_leaf, entries, state) VALUES ($1, $2, $3, $4) \
         RETURNING run",
    )
    .bind(from)
    .bind(to)
    .bind(i64::try_from(entries).unwrap_or(i64::MAX))
    .bind(state)
    .fetch_one(connection)
    .await
    .during(WHAT)?;
    row.try_get(0).during(WHAT)
}

/// Writes sorted entries behind what a run has.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    run: i64,
    entries: &[Entry],
) -> Result<(), StoreFault> {
    let head = "INSERT INTO index_chunk (run, first, entries) VALUES";
    let chunks: Vec<&[Entry]> = entries.chunks(CHUNK).collect();
    for rows in chunks.chunks(ROWS) {
        let sql = row_lists(head, "(?, ?, ?)", rows.len());
        let mut query = sqlx::query::<Sqlite>(sqlx::AssertSqlSafe(sql));
        for chunk in rows {
            let first = chunk.first().map(|entry| entry.to_bytes().to_vec());
            query = query.bind(run).bind(first).bind(runs::encode(chunk));
        }
        query.execute(&mut *connection).await.during(WHAT)?;
    }
    Ok(())
}

/// How far one step goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stride {
    /// Entries that each merge goes on by.
    budget: u64,
    /// How many runs of a size make a merge worth it.
    fan_in: usize,
}

impl Stride {
    /// What keeps up with so many new tokens.
    pub(super) fn beside(tokens: u64) -> Self {
        Self {
            budget: MERGE_MIN + 4 * tokens,
            fan_in: runs::FAN_IN,
        }
    }

    /// What nobody has to wait for long.
    pub(super) const AT_REST: Self = Self {
        budget: REST_ENTRIES,
        fan_in: runs::FAN_IN_AT_REST,
    };
}

/// Whether there is something to merge or to remove.
pub(super) async fn is_untidy(
    connection: &mut SqliteConnection,
    stride: Stride,
) -> Result<bool, StoreFault> {
    let live = runs_of(connection, "live").await?;
    Ok(!runs::to_merge(&live, stride.fan_in).is_empty()
        || !runs_of(connection, "growing").await?.is_empty()
        || !runs_of(connection, "over").await?.is_empty())
}

/// Merges go on, and what was merged goes.
pub(super) async fn tidy(
    connection: &mut SqliteConnection,
    stride: Stride,
) -> Result<(), StoreFault> {
    let Stride { budget, fan_in } = stride;
    let mut growing = runs_of(connection, "growing").await?;
    let is_free = |run: &Run| !growing.iter().any(|other| within(run, other));
    let live = runs_of(connection, "live").await?;
    let free: Vec<Run> = live.iter().copied().filter(is_free).collect();
    for group in runs::to_merge(&free, fan_in) {
        let group = free.get(group).unwrap_or_default();
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        growing.push(Run {
            run: make_run(connection, first.from, last.to, 0, "growing").await?,
            from: first.from,
            to: last.to,
            entries: 0,
        });
    }
    for target in growing {
        let sources: Vec<Run> = live
            .iter()
            .copied()
            .filter(|run| within(run, &target))
            .collect();
        go_on(connection, target, &sources, budget).await?;
    }
    for run in runs_of(connection, "over").await?.iter().take(REMOVE_RUNS) {
        remove(connection, run.run).await?;
    }
    execute(
        connection,
        "DELETE FROM index_run WHERE state = 'over' \
         AND NOT EXISTS (SELECT 1 FROM index_chunk WHERE index_chunk.run = index_run.run)",
    )
    .await
}

/// Removes the first chunks of a run.
async fn remove(connection: &mut SqliteConnection, run: i64) -> Result<(), StoreFault> {
    sqlx::query(
        "DELETE FROM index_chunk WHERE run = $1 AND first <= coalesce(\
         (SELECT first FROM index_chunk WHERE run = $1 ORDER BY first LIMIT 1 OFFSET $2), $3)",
    )
    .bind(run)
    .bind(REMOVE)
    .bind([u8::MAX; ENTRY].to_vec())
    .execute(connection)
    .await
    .map(drop)
    .during(WHAT)
}

fn within(run: &Run, other: &Run) -> bool {
    other.from <= run.from && run.to <= other.to
}

/// The runs of a state, in the order of their leaves.
pub(super) async fn runs_of(
    connection: &mut SqliteConnection,
    state: &str,
) -> Result<Vec<Run>, StoreFault> {
    let rows = sqlx::query(
        "SELECT run, from_leaf, to_leaf, entries FROM index_run WHERE state = $1 ORDER BY 2",
    )
    .bind(state)
    .fetch_all(connection)
    .await
    .during(WHAT)?;
    let read = |row: &SqliteRow| {
        let number = |column: usize| row.try_get::<i64, _>(column).during(WHAT);
        Ok(Run {
            run: number(0)?,
            from: number(1)?,
            to: number(2)?,
            entries: number(3)?.unsigned_abs(),
        })
    };
    rows.iter().map(read).collect()
}

/// Takes a merge further; when it is done the new run takes the place of the old ones.
async fn go_on(
    connection: &mut SqliteConnection,
    target: Run,
    sources: &[Run],
    budget: u64,
) -> Result<(), StoreFault> {
    let sql = "SELECT substr(entries, -16) FROM index_chunk WHERE run = $1 \
               ORDER BY first DESC LIMIT 1";
    let last = sqlx::query(sql)
        .bind(target.run)
        .fetch_optional(&mut *connection)
        .await
        .during(WHAT)?;
    let after: Option<Vec<u8>> = last.map(|row| row.try_get(0)).transpose().during(WHAT)?;
    let after = after.unwrap_or_default();
    let total = sources.iter().map(|run| run.entries).sum::<u64>().max(1);
    let mut read = Vec::with_capacity(sources.len());
    for run in sources {
        let share = u128::from(budget) * u128::from(run.entries) / u128::from(total);
        let chunks = 2 + usize::try_from(share).unwrap_or(usize::MAX) / CHUNK;
        read.push(read_run(connection, run.run, &after, chunks).await?);
    }
    let is_done = !read.iter().any(|source| source.has_more);
    let merged = runs::merge(read);
    write(connection, target.run, &merged).await?;
    let entries = target.entries + u64::try_from(merged.len()).unwrap_or_default();
    let state = if is_done { "live" } else { "growing" };
    if is_done {
        for run in sources {
            set_run(connection, run.run, run.entries, "over").await?;
        }
    }
    set_run(connection, target.run, entries, state).await
}

async fn set_run(
    connection: &mut SqliteConnection,
    run: i64,
    entries: u64,
    state: &str,
) -> Result<(), StoreFault> {
    sqlx::query("UPDATE index_run SET entries = $1, state = $2 WHERE run = $3")
        .bind(i64::try_from(entries).unwrap_or(i64::MAX))
        .bind(state)
        .bind(run)
        .execute(connection)
        .await
        .map(drop)
        .during(WHAT)
}

/// The entries of a run behind `after`, from so many chunks.
async fn read_run(
    connection: &mut SqliteConnection,
    run: i64,
    after: &[u8],
    chunks: usize,
) -> Result<Source, StoreFault> {
    let rows = sqlx::query(
        "SELECT entries FROM index_chunk WHERE run = $1 AND first >= coalesce(\
         (SELECT max(first) FROM index_chunk WHERE run = $1 AND first <= $2), x'') \
         ORDER BY first LIMIT $3",
    )
    .bind(run)
    .bind(after)
    .bind(i64::try_from(chunks).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
    .during(WHAT)?;
    let mut entries = Vec::with_capacity(rows.len() * CHUNK);
    for row in &rows {
        let chunk: &[u8] = row.try_get(0).during(WHAT)?;
        let behind = |entry: &Entry| entry.to_bytes().as_slice() > after;
        entries.extend(runs::decode(chunk).filter(behind));
    }
    Ok(Source {
        entries,
        has_more: rows.len() == chunks,
    })
}
