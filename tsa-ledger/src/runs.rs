//! The index by digest and request, as sorted runs: what is put together, and when.
//!
//! An entry is eight bytes under which a token is looked for, and the token's leaf. Tokens come in
//! the order of their leaves, entries are looked for by their keys, and the keys are random:
//! written one by one into a tree, every entry would touch a page of its own. So what was gathered
//! for a moment is sorted and written at once, as a run; and runs of about one size are merged into
//! a larger one, again in order. Every entry is written a few times, never to a random place.
//!
//! Only bytes and decisions here; where they are kept is the store's business.

use std::ops::Range;

use crate::types::AccountId;

/// Entries of one chunk: what is read at a time. Four fit a page of 4096 bytes, and none spills
/// over.
pub(crate) const CHUNK: usize = 56;

/// Bytes of an entry: key, then leaf, both big-endian, so that bytes sort as entries do.
pub(crate) const ENTRY: usize = 16;

/// So many runs of one size are merged while there is other work.
pub(crate) const FAN_IN: usize = 8;

/// So many when there is none: every run is looked through for every key.
pub(crate) const FAN_IN_AT_REST: usize = 2;

/// Entries of the smallest size worth telling apart.
const SMALL: u64 = 2048;

/// A key and the leaf of a token that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) key: u64,
    pub(crate) leaf: u64,
}

/// A sorted run, as its place in the index says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its number.
    pub(crate) run: i64,
    /// Of the tokens from this leaf on,
    pub(crate) from: i64,
    /// below this one.
    pub(crate) to: i64,
    /// Entries.
    pub(crate) entries: u64,
}

/// The key of a digest, or of a request, within an account: what one account has stamped a million
/// times is not in the way of another.
pub(crate) fn key(account: AccountId, bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (place, byte) in first.iter_mut().zip(bytes) {
        *place = *byte;
    }
    // An odd multiplier keeps accounts apart; digests are random already.
    let account = account
        .0
        .cast_unsigned()
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u64::from_be_bytes(first) ^ account
}

impl Entry {
    pub(crate) fn to_bytes(self) -> [u8; ENTRY] {
        ((u128::from(self.key) << 64) | u128::from(self.leaf)).to_be_bytes()
    }

    fn from_bytes(bytes: [u8; ENTRY]) -> Self {
        let [a, b, c, d, e, f, g, h, leaf @ ..] = bytes;
        Self {
            key: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            leaf: u64::from_be_bytes(leaf),
        }
    }
}

/// The bytes of a chunk.
pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY);
    for entry in entries {
        bytes.extend_from_slice(&entry.to_bytes());
    }
    bytes
}

/// The entries of a chunk; what is left of a damaged one.
pub(crate) fn decode(chunk: &[u8]) -> impl Iterator<Item = Entry> + '_ {
    let (entries, _) = chunk.as_chunks::<ENTRY>();
    entries.iter().map(|bytes| Entry::from_bytes(*bytes))
}

/// The leaves of a key in a chunk, in their order.
pub(crate) fn find(chunk: &[u8], key: u64) -> impl Iterator<Item = u64> + '_ {
    let (entries, _) = chunk.as_chunks::<ENTRY>();
    let key_of = |bytes: &[u8; ENTRY]| Entry::from_bytes(*bytes).key;
    let start = entries.partition_point(|bytes| key_of(bytes) < key);
    let found = entries.get(start..).unwrap_or_default();
    found
        .iter()
        .map(|bytes| Entry::from_bytes(*bytes))
        .take_while(move |entry| entry.key == key)
        .map(|entry| entry.leaf)
}

/// What is read of one run to be merged.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) entries: Vec<Entry>,
    /// Whether the run goes on behind them.
    pub(crate) has_more: bool,
}

/// Merges what was read of several runs, as far as all of them are read; at least one of them is
/// used up.
pub(crate) fn merge(sources: Vec<Source>) -> Vec<Entry> {
    let ends = sources.iter().filter(|source| source.has_more);
    let end = ends
        .filter_map(|source| source.entries.last())
        .min()
        .copied();
    let mut merged = Vec::with_capacity(sources.iter().map(|source| source.entries.len()).sum());
    for source in sources {
        let within = |entry: &&Entry| end.is_none_or(|end| **entry <= end);
        merged.extend(source.entries.iter().take_while(within));
    }
    // Made for what consists of sorted parts.
    merged.sort();
    merged
}

/// Which neighbours are to be merged, by their places: groups of at least `fan_in` that do not
/// overlap. `runs` in the order of their leaves.
pub(crate) fn to_merge(runs: &[Run], fan_in: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut rank = 0;
    // A small run before a larger one goes with the larger one: ranks fall towards the end.
    let mut ranks: Vec<u32> = Vec::with_capacity(runs.len());
    for run in runs.iter().rev() {
        rank = rank.max(size(run.entries));
        ranks.push(rank);
    }
    ranks.reverse();
    for group in ranks.chunk_by(|one, other| one == other) {
        if group.len() >= fan_in {
            groups.push(start..start + group.len());
        }
        start += group.len();
    }
    groups
}

/// The size of a run: 0, then one more for every eightfold.
fn size(entries: u64) -> u32 {
    match (entries / SMALL).checked_ilog2() {
        None => 0,
        Some(doublings) => 1 + doublings / 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: u64, leaf: u64) -> Entry {
        Entry { key, leaf }
    }

    #[test]
    fn a_chunk_is_read_as_it_was_written_and_searched_by_key() {
        let entries = [(1, 9), (5, 2), (5, 3), (5, u64::MAX), (u64::MAX, 0)];
        let entries = entries.map(|(key, leaf)| entry(key, leaf));
        let chunk = encode(&entries);
        assert_eq!(chunk.len(), entries.len() * ENTRY);
        assert_eq!(decode(&chunk).collect::<Vec<_>>(), entries);
        let cases: [(u64, &[u64]); 5] = [
            (0, &[]),
            (1, &[9]),
            (2, &[]),
            (5, &[2, 3, u64::MAX]),
            (u64::MAX, &[0]),
        ];
        for (key, expected) in cases {
            assert_eq!(find(&chunk, key).collect::<Vec<_>>(), expected);
        }
        assert_eq!(find(&[], 1).count(), 0);
        assert_eq!(
            decode(&chunk[..20]).count(),
            1,
            "what is left of a damaged one"
        );
    }

    #[test]
    fn accounts_do_not_share_keys() {
        let digest = [0xab; 32];
        assert_eq!(key(AccountId(3), &digest), key(AccountId(3), &digest[..8]));
        assert_ne!(key(AccountId(3), &digest), key(AccountId(4), &digest));
        assert_ne!(key(AccountId(3), &digest), key(AccountId(3), &[0; 32]));
        assert_eq!(key(AccountId(0), &[1]), 1 << 56, "a short one is filled up");
    }

    #[test]
    fn a_merge_goes_as_far_as_all_of_its_sources_are_read() {
        let source = |keys: &[u64], has_more| Source {
            entries: keys.iter().map(|key| entry(*key, 0)).collect(),
            has_more,
        };
        let keys = |sources| -> Vec<u64> { merge(sources).iter().map(|entry| entry.key).collect() };
        let all = vec![source(&[1, 4, 9], false), source(&[2, 3, 10], false)];
        assert_eq!(keys(all), [1, 2, 3, 4, 9, 10]);
        let partly = vec![
            source(&[1, 4, 9], false),
            source(&[2, 5], true),
            source(&[3, 7], true),
        ];
        assert_eq!(keys(partly), [1, 2, 3, 4, 5]);
        assert_eq!(keys(vec![]), [0; 0]);
    }

    /// Runs of these entries, one behind the other.
    fn runs(entries: &[u64]) -> Vec<Run> {
        let run = |(number, entries): (i64, &u64)| Run {
            run: number,
            from: number,
            to: number + 1,
            entries: *entries,
        };
        (0..).zip(entries).map(run).collect()
    }

    #[test]
    fn eight_neighbours_of_a_size_are_merged() {
        let (small, large) = (10, SMALL);
        let cases: [(&[u64], Option<Range<usize>>); 5] = [
            (&[small; 7], None),
            (&[small; 8], Some(0..8)),
            (
                &[large, small, small, small, small, small, small, small],
                None,
            ),
            (
                &[
                    small, large, small, large, large, large, large, large, small,
                ],
                Some(0..8),
            ),
            (&[large; 9], Some(0..9)),
        ];
        for (entries, expected) in cases {
            assert_eq!(
                to_merge(&runs(entries), FAN_IN),
                Vec::from_iter(expected),
                "{entries:?}"
            );
        }
    }

    #[test]
    fn runs_stay_few_and_entries_are_written_a_few_times() {
        let mut sizes: Vec<u64> = Vec::new();
        let (mut written, mut most, total) = (0, 0, 4000 * 1000);
        for _ in 0..4000 {
            sizes.push(1000);
            written += 1000;
            while let Some(group) = to_merge(&runs(&sizes), FAN_IN).pop() {
                let merged = sizes[group.clone()].iter().sum();
                written += merged;
                sizes.splice(group, [merged]);
            }
            most = most.max(sizes.len());
        }
        assert_eq!(sizes.iter().sum::<u64>(), total);
        assert!(most <= 32, "{most} runs");
        while let Some(group) = to_merge(&runs(&sizes), FAN_IN_AT_REST).pop() {
            let merged = sizes[group.clone()].iter().sum();
            sizes.splice(group, [merged]);
        }
        assert!(sizes.len() <= 5, "{} runs at rest", sizes.len());
        assert!(
            written <= 7 * total,
            "{written} entries written for {total}"
        );
    }
}
