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

use crate::refusal::{StoreFault, damaged};
use crate::runs::{self, Entry};
use crate::store::shelf::{Shelf, Value};
use crate::types::AccountId;
use grow::Stride;
pub(crate) use sound::Expected;

/// Tokens that one step takes in.
const STEP: i64 = 65_536;
/// Chunks that are read for one key. With more than that the key tells little.
pub(crate) const READ_MAX: usize = 4096;

/// The rule of an audit that takes all tokens.
pub(crate) const INDEX: &str = "the index holds every token up to its mark, and nothing else";

pub(crate) const WHAT: &str = "bringing the index up to date";

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

    /// The entries of tokens from one leaf on, as far as they are here, but not beyond `to`; how
    /// far that is.
    pub(crate) fn of(&self, from: i64, to: i64) -> Option<(i64, Vec<Entry>)> {
        let to = to.min(self.to);
        let of_these = |entry: &&Entry| (from..to).contains(&leaf(entry));
        (self.from <= from && from < to)
            .then(|| (to, self.entries.iter().filter(of_these).copied().collect()))
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
pub(crate) async fn heads(shelf: &mut Shelf<'_>) -> Result<(i64, i64), StoreFault> {
    let sql = "SELECT indexed, leaf FROM head WHERE id = 1";
    let heads = shelf
        .rows(sql, &[], |row| Ok((row.number(0)?, row.number(1)?)))
        .await?;
    heads
        .first()
        .copied()
        .ok_or_else(|| damaged("the heads, which are not there"))
}

/// Brings the index a step forward; up to where it is then, and the tokens are. Another program, or
/// another node, may have done it.
pub(crate) async fn advance(
    shelf: &mut Shelf<'_>,
    gathered: impl FnOnce(i64, i64) -> Option<(i64, Vec<Entry>)>,
) -> Result<(i64, i64), StoreFault> {
    if !shelf.begin().await? {
        return heads(shelf).await;
    }
    let (mut indexed, leaves) = heads(shelf).await?;
    let to = leaves.min(indexed + STEP);
    if indexed < to {
        let (to, mut entries) = match gathered(indexed, to) {
            Some(gathered) => gathered,
            None => (to, read_tokens(shelf, indexed, to).await?),
        };
        entries.sort_unstable();
        let run = grow::make_run(shelf, indexed, to, entries.len(), "live").await?;
        grow::write(shelf, run, &entries).await?;
        let stride = Stride::beside((to - indexed).unsigned_abs());
        grow::tidy(shelf, stride).await?;
        indexed = to;
    }
    shelf.commit_up_to(indexed).await?;
    Ok((indexed, leaves))
}

/// Puts runs together while there is nothing else to do, a step at a time; whether there is more.
pub(crate) async fn rest(shelf: &mut Shelf<'_>) -> Result<bool, StoreFault> {
    if !grow::is_untidy(shelf, Stride::AT_REST).await? || !shelf.begin().await? {
        return Ok(false);
    }
    grow::tidy(shelf, Stride::AT_REST).await?;
    shelf.commit().await?;
    Ok(true)
}

async fn read_tokens(shelf: &mut Shelf<'_>, from: i64, to: i64) -> Result<Vec<Entry>, StoreFault> {
    let sql = "SELECT account, substr(digest, 1, 8), substr(request, 1, 8), leaf FROM token \
               WHERE leaf >= $1 AND leaf < $2";
    let mut entries = Vec::new();
    let values = [Value::Number(from), Value::Number(to)];
    shelf
        .rows(sql, &values, |row| {
            let account = AccountId(row.number(0)?);
            let digest = row.bytes(1)?.unwrap_or_default();
            push(&mut entries, account, digest, row.bytes(2)?, row.number(3)?);
            Ok(())
        })
        .await?;
    Ok(entries)
}

/// The leaves under a key in chunks that may hold it, in no order; `None` when there are so many
/// chunks that the key tells little.
pub(crate) fn leaves_in<'a>(
    chunks: impl ExactSizeIterator<Item = &'a [u8]>,
    key: u64,
) -> Option<Vec<i64>> {
    if chunks.len() >= READ_MAX {
        return None;
    }
    let leaves = chunks.flat_map(|chunk| runs::find(chunk, key));
    Some(leaves.filter_map(|leaf| i64::try_from(leaf).ok()).collect())
}
