//! The one place of this program that reads the machine's clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tsa_core::GenTime;

/// The time now; `None` before 1970 or after the year 9999.
#[expect(
    clippy::disallowed_methods,
    reason = "`--at now` asks for the machine's clock; the report names where the time came from"
)]
pub(crate) fn now() -> Option<GenTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    GenTime::from_unix(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos())
}

/// Begins to measure how long work takes, for progress on a terminal only.
#[expect(
    clippy::disallowed_methods,
    reason = "progress, no part of any verdict"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Seconds since [`start`].
#[expect(
    clippy::disallowed_methods,
    reason = "progress, no part of any verdict"
)]
pub(crate) fn seconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}
