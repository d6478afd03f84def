//! Whether the index is what the tokens make of it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_util::TryStreamExt as _;
use sqlx::Row as _;

use super::push;
use crate::refusal::{During, StoreFault};
use crate::runs::{self, ENTRY, Entry, Run};
use crate::store::{Connection, Row};
use crate::types::AccountId;

/// What the index must hold, recomputed from the tokens in their order, run by run.
#[derive(Debug)]
pub(crate) struct Expected {
    /// Runs, and what their entries come to.
    runs: Vec<(Run, Sum)>,
    at: usize,
    /// How far the runs reach.
    covered: i64,
    indexed: i64,
}

/// Entries, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    hashes: u64,
}

impl Sum {
    fn add(&mut self, entry: &Entry) {
        let mut hasher = DefaultHasher::new();
        (entry.key, entry.leaf).hash(&mut hasher);
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(hasher.finish());
    }
}

impl Expected {
    /// Nothing is expected yet.
    pub(crate) async fn new(connection: &mut Connection) -> Result<Self, StoreFault> {
        let (indexed, live) = state(connection).await?;
        let mut covered = 0;
        for run in &live {
            // A gap, or leaves that come twice: nothing behind it counts.
            if run.from != covered {
                break;
            }
            covered = run.to;
        }
        Ok(Self {
            runs: live.into_iter().map(|run| (run, Sum::default())).collect(),
            at: 0,
            covered,
            indexed,
        })
    }

    /// The next token.
    pub(crate) fn add(
        &mut self,
        account: AccountId,
        digest: &[u8],
        request: Option<&[u8]>,
        leaf: i64,
    ) {
        while self
            .runs
            .get(self.at)
            .is_some_and(|(run, _)| run.to <= leaf)
        {
            self.at += 1;
        }
        let Some((_, sum)) = self
            .runs
            .get_mut(self.at)
            .filter(|(run, _)| run.from <= leaf)
        else {
            return;
        };
        let mut entries = Vec::with_capacity(2);
        push(&mut entries, account, digest, request, leaf);
        for entry in &entries {
            sum.add(entry);
        }
    }

    /// How many runs are not what they must be.
    pub(crate) async fn faults(self, connection: &mut Connection) -> Result<u64, StoreFault> {
        let mut faults = u64::from(self.covered != self.indexed);
        for (run, expected) in self.runs {
            let is_sound = match read_sum(connection, run.run).await? {
                Some(found) => found == expected && found.count == run.entries,
                None => false,
            };
            faults += u64::from(!is_sound);
        }
        Ok(faults)
    }
}

/// Up to where the index is, and its live runs.
async fn state(connection: &mut Connection) -> Result<(i64, Vec<Run>), StoreFault> {
    let what = "auditing the index";
    let head = sqlx::query("SELECT indexed FROM head")
        .fetch_one(&mut *connection)
        .await
        .during(what)?;
    let rows = sqlx::query(
        "SELECT run, from_leaf, to_leaf, entries FROM index_run WHERE state = 'live' ORDER BY 2",
    )
    .fetch_all(connection)
    .await
    .during(what)?;
    let read = |row: &Row| {
        let number = |column: usize| row.try_get::<i64, _>(column).during(what);
        Ok(Run {
            run: number(0)?,
            from: number(1)?,
            to: number(2)?,
            entries: number(3)?.unsigned_abs(),
        })
    };
    let runs = rows.iter().map(read).collect::<Result<_, StoreFault>>()?;
    Ok((head.try_get(0).during(what)?, runs))
}

/// What is in a run; `None` when it is out of order.
async fn read_sum(connection: &mut Connection, run: i64) -> Result<Option<Sum>, StoreFault> {
    let what = "auditing the index";
    let sql = "SELECT first, entries FROM index_chunk WHERE run = $1 ORDER BY first";
    let mut rows = sqlx::query(sql).bind(run).fetch(connection);
    let (mut sum, mut last) = (Sum::default(), None);
    while let Some(row) = rows.try_next().await.during(what)? {
        let first: &[u8] = row.try_get(0).during(what)?;
        let chunk: &[u8] = row.try_get(1).during(what)?;
        if !chunk.starts_with(first) || !chunk.len().is_multiple_of(ENTRY) {
            return Ok(None);
        }
        for entry in runs::decode(chunk) {
            if last.is_some_and(|last| last > entry) {
                return Ok(None);
            }
            last = Some(entry);
            sum.add(&entry);
        }
    }
    Ok(Some(sum))
}
