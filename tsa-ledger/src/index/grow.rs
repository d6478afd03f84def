//! How runs come to be, grow together and go.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use crate::refusal::{StoreFault, damaged};
use crate::runs::{self, CHUNK, ENTRY, Entry, Run, Source};
use crate::store::shelf::{Columns, Shelf, Value};

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
    shelf: &mut Shelf<'_>,
    from: i64,
    to: i64,
    entries: usize,
    state: &'static str,
) -> Result<i64, StoreFault> {
    let sql = "INSERT INTO index_run (from_leaf, to_leaf, entries, state) \
               VALUES ($1, $2, $3, $4) RETURNING run";
    let values = [
        Value::Number(from),
        Value::Number(to),
        Value::Number(i64::try_from(entries).unwrap_or(i64::MAX)),
        Value::Words(state),
    ];
    let made = shelf.rows(sql, &values, |row| row.number(0)).await?;
    made.first()
        .copied()
        .ok_or_else(|| damaged("a run, which has no number"))
}

/// Writes sorted entries behind what a run has.
pub(super) async fn write(
    shelf: &mut Shelf<'_>,
    run: i64,
    entries: &[Entry],
) -> Result<(), StoreFault> {
    let chunks: Vec<&[Entry]> = entries.chunks(CHUNK).collect();
    for rows in chunks.chunks(ROWS) {
        let mut sql = String::from("INSERT INTO index_chunk (run, first, entries) VALUES ");
        for row in 0..rows.len() {
            let comma = if row == 0 { "" } else { ", " };
            let (first, entries) = (2 * row + 2, 2 * row + 3);
            let _ = write!(sql, "{comma}($1, ${first}, ${entries})");
        }
        let rows: Vec<Vec<u8>> = rows.iter().map(|chunk| runs::encode(chunk)).collect();
        let mut values = vec![Value::Number(run)];
        for entries in &rows {
            let first = entries.get(..ENTRY).unwrap_or_default();
            values.extend([Value::Bytes(first), Value::Bytes(entries)]);
        }
        let sql = AssertSqlSafe(sql).into_sql_str();
        shelf.execute(sql, &values).await?;
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
pub(super) async fn is_untidy(shelf: &mut Shelf<'_>, stride: Stride) -> Result<bool, StoreFault> {
    let live = runs_of(shelf, "live").await?;
    Ok(!runs::to_merge(&live, stride.fan_in).is_empty()
        || !runs_of(shelf, "growing").await?.is_empty()
        || !runs_of(shelf, "over").await?.is_empty())
}

/// Merges go on, and what was merged goes.
pub(super) async fn tidy(shelf: &mut Shelf<'_>, stride: Stride) -> Result<(), StoreFault> {
    let Stride { budget, fan_in } = stride;
    let mut growing = runs_of(shelf, "growing").await?;
    let is_free = |run: &Run| !growing.iter().any(|other| within(run, other));
    let live = runs_of(shelf, "live").await?;
    let free: Vec<Run> = live.iter().copied().filter(is_free).collect();
    for group in runs::to_merge(&free, fan_in) {
        let group = free.get(group).unwrap_or_default();
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        growing.push(Run {
            run: make_run(shelf, first.from, last.to, 0, "growing").await?,
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
        go_on(shelf, target, &sources, budget).await?;
    }
    for run in runs_of(shelf, "over").await?.iter().take(REMOVE_RUNS) {
        remove(shelf, run.run).await?;
    }
    let sql = "DELETE FROM index_run WHERE state = 'over' \
         AND NOT EXISTS (SELECT 1 FROM index_chunk WHERE index_chunk.run = index_run.run)";
    shelf.execute(SqlStr::from_static(sql), &[]).await
}

/// Removes the first chunks of a run.
async fn remove(shelf: &mut Shelf<'_>, run: i64) -> Result<(), StoreFault> {
    let sql = "DELETE FROM index_chunk WHERE run = $1 AND first <= coalesce(\
        (SELECT first FROM index_chunk WHERE run = $1 ORDER BY first LIMIT 1 OFFSET $2), $3)";
    let values = [
        Value::Number(run),
        Value::Number(REMOVE),
        Value::Bytes(&[u8::MAX; ENTRY]),
    ];
    shelf.execute(SqlStr::from_static(sql), &values).await
}

fn within(run: &Run, other: &Run) -> bool {
    other.from <= run.from && run.to <= other.to
}

/// The runs of a state, in the order of their leaves.
pub(super) async fn runs_of(
    shelf: &mut Shelf<'_>,
    state: &'static str,
) -> Result<Vec<Run>, StoreFault> {
    let sql = "SELECT run, from_leaf, to_leaf, entries FROM index_run WHERE state = $1 ORDER BY 2";
    let read = |row: &dyn Columns| {
        Ok(Run {
            run: row.number(0)?,
            from: row.number(1)?,
            to: row.number(2)?,
            entries: row.number(3)?.unsigned_abs(),
        })
    };
    shelf.rows(sql, &[Value::Words(state)], read).await
}

/// Takes a merge further; when it is done the new run takes the place of the old ones.
async fn go_on(
    shelf: &mut Shelf<'_>,
    target: Run,
    sources: &[Run],
    budget: u64,
) -> Result<(), StoreFault> {
    let sql = "SELECT entries FROM index_chunk WHERE run = $1 ORDER BY first DESC LIMIT 1";
    let last = shelf
        .rows(sql, &[Value::Number(target.run)], |row| {
            let last = row.bytes(0)?.and_then(|chunk| chunk.last_chunk::<ENTRY>());
            Ok(last.copied())
        })
        .await?;
    let after: Option<[u8; ENTRY]> = last.first().copied().flatten();
    let total = sources.iter().map(|run| run.entries).sum::<u64>().max(1);
    let mut read = Vec::with_capacity(sources.len());
    for run in sources {
        let share = u128::from(budget) * u128::from(run.entries) / u128::from(total);
        let chunks = 2 + usize::try_from(share).unwrap_or(usize::MAX) / CHUNK;
        let after = after.as_ref().map_or(&[][..], <[u8; ENTRY]>::as_slice);
        read.push(read_run(shelf, run.run, after, chunks).await?);
    }
    let is_done = !read.iter().any(|source| source.has_more);
    let merged = runs::merge(read);
    write(shelf, target.run, &merged).await?;
    let entries = target.entries + u64::try_from(merged.len()).unwrap_or_default();
    let state = if is_done { "live" } else { "growing" };
    if is_done {
        for run in sources {
            set_run(shelf, run.run, run.entries, "over").await?;
        }
    }
    set_run(shelf, target.run, entries, state).await
}

async fn set_run(
    shelf: &mut Shelf<'_>,
    run: i64,
    entries: u64,
    state: &'static str,
) -> Result<(), StoreFault> {
    let sql = SqlStr::from_static("UPDATE index_run SET entries = $1, state = $2 WHERE run = $3");
    let values = [
        Value::Number(i64::try_from(entries).unwrap_or(i64::MAX)),
        Value::Words(state),
        Value::Number(run),
    ];
    shelf.execute(sql, &values).await
}

/// The entries of a run behind `after`, from so many chunks.
async fn read_run(
    shelf: &mut Shelf<'_>,
    run: i64,
    after: &[u8],
    chunks: usize,
) -> Result<Source, StoreFault> {
    let sql = "SELECT entries FROM index_chunk WHERE run = $1 AND first >= coalesce(\
        (SELECT first FROM index_chunk WHERE run = $1 AND first <= $2 \
         ORDER BY first DESC LIMIT 1), $4) \
        ORDER BY first LIMIT $3";
    let values = [
        Value::Number(run),
        Value::Bytes(after),
        Value::Number(i64::try_from(chunks).unwrap_or(i64::MAX)),
        Value::Bytes(&[]),
    ];
    let mut entries = Vec::new();
    let read = shelf
        .rows(sql, &values, |row| {
            let chunk = row.bytes(0)?.unwrap_or_default();
            let behind = |entry: &Entry| entry.to_bytes().as_slice() > after;
            entries.extend(runs::decode(chunk).filter(behind));
            Ok(())
        })
        .await?;
    Ok(Source {
        entries,
        has_more: read.len() == chunks,
    })
}
