//! The clock as the authority sees it: a time that may be stamped, or the reason why not.
//!
//! A source says what time it is and how far that may be wrong; [`TrustedClock`] adds what no
//! source can know, that time must not go back, not even over a restart. "Cannot be checked" and
//! "is wrong" are different faults (the operator's next step differs).
//!
//! Not in scope: setting a clock, or asking the network for the time.

mod kernel;
mod system;

use std::sync::atomic::{AtomicI64, Ordering};

use tsa_core::GenTime;

pub use kernel::KernelSource;
pub use system::{Stopwatch, SystemSource, wall_micros, wall_time};

/// How much an honest pair of readings may seem to go back: threads race between reading the
/// clock and noting it.
const RACE_MICROS_MAX: i64 = 10_000;

/// How often the clock is read before it is said to have gone back.
const READINGS: usize = 3;

/// What a source believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time.
    pub time: GenTime,
    /// The largest error, in microseconds; `None` when nobody has measured it.
    pub error_micros: Option<u64>,
}

impl Reading {
    /// The time in microseconds since 1970, rounded down.
    #[must_use]
    pub fn unix_micros(&self) -> i64 {
        i64::try_from(self.time.unix_nanos().div_euclid(1000)).unwrap_or(i64::MAX)
    }
}

/// Why no time may be stamped now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockFault {
    /// The state of the clock cannot be learnt.
    #[error("the clock's state cannot be read (system error {os_error})")]
    CannotCheck {
        /// `errno` of the failed call.
        os_error: i32,
    },
    /// Nothing keeps the clock right.
    #[error("the clock is not synchronised")]
    NotSynchronised,
    /// The clock may be more wrong than allowed.
    #[error("the clock may be wrong by {error_micros} µs, more than the {max_micros} µs allowed")]
    ErrorTooLarge {
        /// Largest error, in microseconds.
        error_micros: u64,
        /// The configured bound, in microseconds.
        max_micros: u64,
    },
    /// A leap second is being inserted; `genTime` cannot name it.
    #[error("a leap second is in progress")]
    LeapSecond,
    /// The clock stands before a time that has been stamped or seen.
    #[error("the clock went back by {micros} µs; it is trusted again when it has caught up")]
    SteppedBack {
        /// How far, in microseconds.
        micros: u64,
    },
    /// The time is none that a token can name.
    #[error("the clock shows no time between the years 0 and 9999")]
    OutOfRange,
}

/// Somewhere to read the time.
pub trait TimeSource: Send + Sync {
    /// The name in the configuration.
    fn name(&self) -> &'static str;

    /// Reads the time and its error.
    ///
    /// # Errors
    /// Why this source does not vouch for a time now.
    fn read(&self) -> Result<Reading, ClockFault>;
}

/// A source whose time never goes back.
pub struct TrustedClock {
    source: Box<dyn TimeSource>,
    /// The latest time seen, in microseconds since 1970.
    latest: AtomicI64,
}

impl TrustedClock {
    /// Trusts `source` from `floor` on, the latest time that was stamped before this start, in
    /// microseconds since 1970.
    #[must_use]
    pub fn new(source: Box<dyn TimeSource>, floor: i64) -> Self {
        Self {
            source,
            latest: AtomicI64::new(floor),
        }
    }

    /// The name of the source.
    #[must_use]
    pub fn source_name(&self) -> &'static str {
        self.source.name()
    }

    /// The time, when it may be stamped.
    ///
    /// # Errors
    /// Why not.
    pub fn read(&self) -> Result<Reading, ClockFault> {
        for _ in 1..READINGS {
            match self.read_once() {
                // Or this thread stood still between reading and noting, while others went on.
                Err(ClockFault::SteppedBack { .. }) => {}
                other => return other,
            }
        }
        self.read_once()
    }

    fn read_once(&self) -> Result<Reading, ClockFault> {
        let reading = self.source.read()?;
        let now = reading.unix_micros();
        let latest = self.latest.fetch_max(now, Ordering::AcqRel);
        let back = latest.saturating_sub(now);
        if back <= 0 {
            return Ok(reading);
        }
        if back > RACE_MICROS_MAX {
            let micros = back.unsigned_abs();
            return Err(ClockFault::SteppedBack { micros });
        }
        // Another thread has read a later time: no token names an earlier one than the token
        // before it, and what that adds to the error is said.
        let time = GenTime::from_unix_nanos(i128::from(latest) * 1000);
        Ok(Reading {
            time: time.ok_or(ClockFault::OutOfRange)?,
            error_micros: reading
                .error_micros
                .map(|error| error.saturating_add(back.unsigned_abs())),
        })
    }
}

impl std::fmt::Debug for TrustedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let latest = self.latest.load(Ordering::Acquire);
        f.debug_struct("TrustedClock")
            .field("source", &self.source.name())
            .field("latest", &latest)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Shows the times it was given, in seconds, one after the other.
    struct Script(Mutex<Vec<GenTime>>);

    impl TimeSource for Script {
        fn name(&self) -> &'static str {
            "script"
        }

        fn read(&self) -> Result<Reading, ClockFault> {
            let mut times = self.0.lock().map_err(|_| ClockFault::OutOfRange)?;
            let time = times.pop().ok_or(ClockFault::OutOfRange)?;
            Ok(Reading {
                time,
                error_micros: None,
            })
        }
    }

    fn clock(seconds: &[i64], floor_seconds: i64) -> TrustedClock {
        let times = seconds.iter().rev();
        let times = times
            .map(|seconds| GenTime::from_unix(*seconds, 0).unwrap())
            .collect();
        let script = Script(Mutex::new(times));
        TrustedClock::new(Box::new(script), floor_seconds * 1_000_000)
    }

    #[test]
    fn a_step_back_is_refused_until_time_has_caught_up() {
        let clock = clock(&[100, 90, 90, 90, 99, 99, 99, 100, 101], 0);
        assert!(clock.read().is_ok());
        assert_eq!(
            clock.read(),
            Err(ClockFault::SteppedBack { micros: 10_000_000 })
        );
        assert_eq!(
            clock.read(),
            Err(ClockFault::SteppedBack { micros: 1_000_000 })
        );
        assert!(clock.read().is_ok());
        assert!(clock.read().is_ok());
    }

    #[test]
    fn a_thread_that_noted_its_reading_late_reads_again() {
        let clock = clock(&[100, 90, 101], 0);
        assert!(clock.read().is_ok());
        assert_eq!(
            clock.read().map(|reading| reading.time.unix_seconds()),
            Ok(101)
        );
    }

    #[test]
    fn a_step_back_over_a_restart_is_refused() {
        let clock = clock(&[100, 100, 100, 201], 200);
        assert_eq!(
            clock.read(),
            Err(ClockFault::SteppedBack {
                micros: 100_000_000
            })
        );
        assert!(clock.read().is_ok());
    }
}
