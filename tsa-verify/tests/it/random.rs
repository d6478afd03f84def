//! A small generator (xorshift). `TSA_SEED` sets the seed; a test that fails shows it.

use std::fmt;

#[derive(Debug)]
pub(crate) struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    pub(crate) fn new() -> Self {
        let given = std::env::var("TSA_SEED").ok();
        let seed = given
            .and_then(|seed| seed.parse().ok())
            .unwrap_or(2_026_u64);
        let seed = seed.max(1);
        Self { seed, state: seed }
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

impl fmt::Display for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TSA_SEED={}", self.seed)
    }
}
