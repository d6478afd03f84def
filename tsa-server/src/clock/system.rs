//! The machine's clock, believed: `clock = "system"`.
//!
//! The one file of these programs that reads the time. A reading has no known error, so tokens
//! made from it state no accuracy.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the file that reads the clock"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tsa_core::GenTime;
use tsa_ledger::UnixMicros;

use super::{ClockFault, Reading, TimeSource};

/// Believes the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemSource;

impl TimeSource for SystemSource {
    fn name(&self) -> &'static str {
        "system"
    }

    fn read(&self) -> Result<Reading, ClockFault> {
        let time = wall_time().ok_or(ClockFault::OutOfRange)?;
        Ok(Reading {
            time,
            error_micros: None,
        })
    }
}

/// The machine's time, for things that are not stamped: dates of new certificates, log lines.
/// `None` when it is no year between 0 and 9999.
#[must_use]
pub fn wall_time() -> Option<GenTime> {
    let nanos = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).ok()?,
        Err(before) => -i128::try_from(before.duration().as_nanos()).ok()?,
    };
    GenTime::from_unix_nanos(nanos)
}

/// The machine's time for what the ledger dates: 0 when it cannot be told.
#[must_use]
pub fn wall_micros() -> UnixMicros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    });
    UnixMicros(micros)
}

/// Measures how long something takes, whatever happens to the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
