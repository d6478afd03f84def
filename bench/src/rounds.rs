//! Sides of a comparison, run in turns: a machine that is slow for a while is slow for all.
//!
//! Each round runs a batch of every side, every other round in the opposite order. What is said of
//! a side is its fastest round, because noise only adds; how far the rounds disagree is said by
//! the least and the greatest ratio within one.

use std::time::Duration;

use tsa_server::clock::Stopwatch;

use crate::Fault;

/// Rounds of a comparison. Odd, so that no order is the more frequent by much.
pub const ROUNDS: usize = 31;

/// How long a batch should take: long beside an interrupt, short beside a change of clock speed.
const BATCH: Duration = Duration::from_millis(10);

/// One side: runs so many in a row and says how long they took.
pub type Side<'a> = Box<dyn FnMut(u32) -> Result<Duration, Fault> + 'a>;

/// A side that is timed here, by what it does once.
pub fn timed<'a, T>(mut once: impl FnMut() -> Result<T, Fault> + 'a) -> Side<'a> {
    Box::new(move |count| {
        let stopwatch = Stopwatch::start();
        for _ in 0..count {
            std::hint::black_box(once()?);
        }
        Ok(stopwatch.elapsed())
    })
}

/// Nanoseconds for one of each side, by round.
#[derive(Clone, Debug)]
pub struct Times {
    sides: Vec<Vec<f64>>,
}

/// How one side stands to another.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// Of the fastest rounds.
    pub of_minima: f64,
    /// The least within a round.
    pub least: f64,
    /// The greatest within a round.
    pub greatest: f64,
}

/// Runs the sides in turns.
///
/// # Errors
/// What a side says.
pub fn run(rounds: usize, mut sides: Vec<Side<'_>>) -> Result<Times, Fault> {
    let mut counts = Vec::new();
    for side in &mut sides {
        counts.push(batch_count(side)?);
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(rounds); sides.len()];
    for round in 0..rounds {
        let mut turns: Vec<_> = sides.iter_mut().zip(&counts).zip(&mut times).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for ((side, count), times) in turns {
            // Whoever ran before has filled the caches with its own.
            side(count.div_ceil(10))?;
            times.push(side(*count)?.as_secs_f64() * 1e9 / f64::from(*count));
        }
    }
    Ok(Times { sides: times })
}

impl Times {
    /// The fastest round of a side, in nanoseconds for one.
    #[must_use]
    pub fn least(&self, side: usize) -> f64 {
        fold(self.rounds(side), f64::min)
    }

    /// The median of a side, in nanoseconds for one.
    #[must_use]
    pub fn median(&self, side: usize) -> f64 {
        median(self.rounds(side))
    }

    /// The median, over the rounds, of how many times as long `over` takes as `under`.
    #[must_use]
    pub fn median_ratio(&self, over: usize, under: usize) -> f64 {
        let pairs = self.rounds(over).zip(self.rounds(under));
        median(pairs.map(|(over, under)| over / under))
    }

    /// How many times as long `over` takes as `under`.
    #[must_use]
    pub fn ratio(&self, over: usize, under: usize) -> Ratio {
        let pairs = || self.rounds(over).zip(self.rounds(under));
        Ratio {
            of_minima: self.least(over) / self.least(under),
            least: fold(pairs().map(|(over, under)| over / under), f64::min),
            greatest: fold(pairs().map(|(over, under)| over / under), f64::max),
        }
    }

    fn rounds(&self, side: usize) -> impl Iterator<Item = f64> {
        self.sides.get(side).into_iter().flatten().copied()
    }
}

fn fold(values: impl Iterator<Item = f64>, choose: fn(f64, f64) -> f64) -> f64 {
    values.reduce(choose).unwrap_or(f64::NAN)
}

/// The middle one; the greater of two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How many of a side make a batch; warms it up on the way.
fn batch_count(side: &mut Side<'_>) -> Result<u32, Fault> {
    let mut count = 1_u32;
    loop {
        let took = side(count)?;
        if took >= BATCH || count > u32::MAX / 2 {
            let share = BATCH.as_secs_f64() / took.as_secs_f64().max(1e-9);
            return Ok(whole(f64::from(count) * share).max(1));
        }
        count *= 2;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number that is rounded down on purpose"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_runs_in_every_round_and_ratios_are_of_the_same_round() {
        // Sides that say what they took: 100 and 40 ns for one.
        let slow: Side<'_> = Box::new(|count| Ok(Duration::from_nanos(100) * count));
        let fast: Side<'_> = Box::new(|count| Ok(Duration::from_nanos(40) * count));
        let times = run(3, vec![slow, fast]).unwrap();
        assert_eq!(times.rounds(0).count(), 3);
        assert_eq!(times.rounds(1).count(), 3);
        let ratio = times.ratio(0, 1);
        for value in [ratio.of_minima, ratio.least, ratio.greatest] {
            assert!((value - 2.5).abs() < 1e-9, "{ratio:?}");
        }
    }

    #[test]
    fn the_spread_is_within_rounds_and_the_ratio_of_the_fastest() {
        let times = Times {
            sides: vec![vec![30.0, 20.0], vec![10.0, 20.0]],
        };
        let ratio = times.ratio(0, 1);
        assert!((ratio.of_minima - 2.0).abs() < 1e-9);
        assert!((ratio.least - 1.0).abs() < 1e-9);
        assert!((ratio.greatest - 3.0).abs() < 1e-9);
        assert!((times.median(0) - 30.0).abs() < 1e-9);
        assert!((times.median_ratio(0, 1) - 3.0).abs() < 1e-9);
    }
}
