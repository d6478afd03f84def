//! What was certainly not asked before: a memory of requests that says "no" or "perhaps".
//!
//! A request that repeats an earlier one byte for byte gets its token. Nearly every request is new,
//! and asking the database about each would cost as much as the rest of the ledger. So the requests
//! of the last day are remembered in Bloom filters, one after the other; what falls out of the last
//! is more than a day old. Only "perhaps" goes to the database.

use std::collections::VecDeque;

use crate::types::UnixMicros;

/// Requests of one filter; eight times as many bits each, and twice that is its size.
const ENTRIES: usize = 1 << 20;
/// Bits of one filter: 16 for each entry, of which one in a thousand strangers finds all set.
const BITS: u64 = (ENTRIES as u64) * 16;
/// Bits of one block: what the processor fetches at a time. All bits of an entry are in one.
const BLOCK: u64 = 512;
/// Bits set for an entry.
const PROBES: u64 = 7;
/// Filters at a time, of 2 MiB each. With more than so many requests in a day every one is looked
/// up, which is slower and as right.
const FILTERS_MAX: usize = 128;

/// The requests of the last day.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    filters: VecDeque<Bits>,
    /// Whether the requests from before the start are in.
    is_complete: bool,
    /// Whether there were too many for a day, and some had to be left out.
    has_dropped: bool,
}

#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
    entries: usize,
    latest: UnixMicros,
}

impl Filter {
    /// Whether the request may have been here.
    pub(crate) fn may_hold(&self, request: &[u8; 16]) -> bool {
        !self.is_complete
            || self.has_dropped
            || self.filters.iter().any(|bits| bits.may_hold(request))
    }

    /// Remembers a request; forgets those that were made before `horizon`.
    pub(crate) fn insert(&mut self, request: &[u8; 16], at: UnixMicros, horizon: UnixMicros) {
        while self
            .filters
            .front()
            .is_some_and(|bits| bits.latest < horizon)
        {
            self.filters.pop_front();
        }
        if self
            .filters
            .back()
            .is_none_or(|bits| bits.entries >= ENTRIES)
        {
            if self.filters.len() >= FILTERS_MAX {
                self.filters.pop_front();
                self.has_dropped = true;
            }
            self.filters.push_back(Bits::new());
        }
        if let Some(bits) = self.filters.back_mut() {
            bits.insert(request, at);
        }
    }

    /// Says that everything from before the start is in.
    pub(crate) fn complete(&mut self) {
        self.is_complete = true;
    }

    /// Says that there may be more than what is in.
    pub(crate) fn reopen(&mut self) {
        self.is_complete = false;
    }
}

impl Bits {
    fn new() -> Self {
        let words = usize::try_from(BITS / 64).unwrap_or(usize::MAX);
        Self {
            words: vec![0; words],
            entries: 0,
            latest: UnixMicros::default(),
        }
    }

    fn may_hold(&self, request: &[u8; 16]) -> bool {
        places(request).all(|(word, bit)| self.words.get(word).is_some_and(|word| word & bit != 0))
    }

    fn insert(&mut self, request: &[u8; 16], at: UnixMicros) {
        for (word, bit) in places(request) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= bit;
            }
        }
        self.entries += 1;
        self.latest = self.latest.max(at);
    }
}

/// Words and bits of a request, which is a digest and so random already.
fn places(request: &[u8; 16]) -> impl Iterator<Item = (usize, u64)> {
    let number = u128::from_le_bytes(*request);
    let halves = (
        u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default(),
        u64::try_from(number >> 64).unwrap_or_default(),
    );
    let block = halves.0 % (BITS / BLOCK) * BLOCK;
    (0..PROBES).map(move |probe| {
        let place = block + (halves.1 >> (9 * probe)) % BLOCK;
        (
            usize::try_from(place / 64).unwrap_or_default(),
            1 << (place % 64),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u64) -> [u8; 16] {
        let digest = ring::digest::digest(&ring::digest::SHA256, &number.to_le_bytes());
        digest.as_ref()[..16].try_into().unwrap()
    }

    #[test]
    fn what_was_inserted_is_held_and_few_others() {
        let mut filter = Filter::default();
        assert!(filter.may_hold(&request(0)), "not complete: perhaps");
        filter.complete();
        for number in 0..100_000 {
            filter.insert(&request(number), UnixMicros(1), UnixMicros(0));
        }
        assert!((0..100_000).all(|number| filter.may_hold(&request(number))));
        let strangers = (100_000..200_000).filter(|number| filter.may_hold(&request(*number)));
        assert!(strangers.count() < 100);
    }

    #[test]
    fn full_filters_are_followed_by_others_and_old_ones_forgotten() {
        let mut filter = Filter::default();
        filter.complete();
        let last = ENTRIES as u64;
        for number in 0..=last {
            filter.insert(&request(number), UnixMicros(5), UnixMicros(0));
        }
        assert_eq!(filter.filters.len(), 2);
        assert!(filter.may_hold(&request(0)) && filter.may_hold(&request(last)));
        filter.insert(&request(last + 1), UnixMicros(9), UnixMicros(6));
        assert_eq!(filter.filters.len(), 1);
        assert!(!filter.may_hold(&request(0)) && filter.may_hold(&request(last + 1)));
    }

    #[test]
    fn with_too_many_for_a_day_every_request_is_looked_up_also_once_it_is_complete() {
        let full = || Bits {
            words: Vec::new(),
            entries: ENTRIES,
            latest: UnixMicros(5),
        };
        let mut filter = Filter::default();
        filter.filters.extend((0..FILTERS_MAX).map(|_| full()));
        filter.insert(&request(1), UnixMicros(5), UnixMicros(0));
        filter.complete();
        assert_eq!(filter.filters.len(), FILTERS_MAX);
        assert!(filter.may_hold(&request(2)));
    }
}
