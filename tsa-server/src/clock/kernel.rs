//! The kernel's NTP state: `clock = "kernel"` (`adjtimex(2)`, read-only).
//!
//! Vouches for a time while a time service keeps the kernel clock synchronised, with the kernel's
//! own bound on the error (`maxerror`), which grows when the service stops. Who keeps the clock,
//! and from which servers, is not in scope.

use tsa_core::GenTime;

use super::{ClockFault, Reading, TimeSource};

/// Believes the kernel while it says that it is synchronised.
#[derive(Clone, Copy, Debug)]
pub struct KernelSource {
    error_micros_max: u64,
}

impl KernelSource {
    /// Refuses a time that may be wrong by more than `error_micros_max` microseconds.
    #[must_use]
    pub fn new(error_micros_max: u64) -> Self {
        Self { error_micros_max }
    }
}

impl TimeSource for KernelSource {
    fn name(&self) -> &'static str {
        "kernel"
    }

    fn read(&self) -> Result<Reading, ClockFault> {
        judge(&KernelState::read()?, self.error_micros_max)
    }
}

/// What `adjtimex` tells.
#[derive(Clone, Copy, Debug)]
struct KernelState {
    /// The return value: `TIME_OK`, …, `TIME_ERROR`.
    state: i32,
    status: i32,
    maxerror_micros: i64,
    seconds: i64,
    /// Nanoseconds or microseconds, as `STA_NANO` in the status says.
    subsecond: i64,
}

impl KernelState {
    #[expect(unsafe_code, reason = "adjtimex has no safe wrapper in a kept crate")]
    fn read() -> Result<Self, ClockFault> {
        // SAFETY: all-zero bytes are a valid `timex` (integers only); `modes` 0 asks to read.
        let mut timex: libc::timex = unsafe { std::mem::zeroed() };
        // SAFETY: `timex` is a live, writable `timex`, and the call keeps no pointer to it.
        let state = unsafe { libc::adjtimex(&raw mut timex) };
        if state < 0 {
            let os_error = std::io::Error::last_os_error()
                .raw_os_error()
                .unwrap_or_default();
            return Err(ClockFault::CannotCheck { os_error });
        }
        Ok(Self {
            state,
            status: timex.status,
            maxerror_micros: timex.maxerror,
            seconds: timex.time.tv_sec,
            subsecond: timex.time.tv_usec,
        })
    }
}

fn judge(kernel: &KernelState, error_micros_max: u64) -> Result<Reading, ClockFault> {
    if kernel.state == libc::TIME_OOP || kernel.state == libc::TIME_WAIT {
        return Err(ClockFault::LeapSecond);
    }
    if kernel.state == libc::TIME_ERROR || kernel.status & libc::STA_UNSYNC != 0 {
        return Err(ClockFault::NotSynchronised);
    }
    let error_micros =
        u64::try_from(kernel.maxerror_micros).map_err(|_| ClockFault::NotSynchronised)?;
    if error_micros > error_micros_max {
        return Err(ClockFault::ErrorTooLarge {
            error_micros,
            max_micros: error_micros_max,
        });
    }
    let nanos = match kernel.status & libc::STA_NANO {
        0 => kernel.subsecond.saturating_mul(1000),
        _ => kernel.subsecond,
    };
    let time = u32::try_from(nanos)
        .ok()
        .and_then(|nanos| GenTime::from_unix(kernel.seconds, nanos));
    let time = time.ok_or(ClockFault::OutOfRange)?;
    Ok(Reading {
        time,
        error_micros: Some(error_micros),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: KernelState = KernelState {
        state: libc::TIME_OK,
        status: libc::STA_NANO | libc::STA_PLL,
        maxerror_micros: 1500,
        seconds: 1_790_000_000,
        subsecond: 123_456_789,
    };

    #[test]
    fn each_state_has_its_verdict() {
        let good = judge(&GOOD, 1_000_000).unwrap();
        assert_eq!(good.time.to_string(), "2026-09-21T14:13:20.123456789Z");
        assert_eq!(good.error_micros, Some(1500));

        let micros = KernelState {
            status: libc::STA_PLL,
            subsecond: 123_456,
            ..GOOD
        };
        assert_eq!(
            judge(&micros, 1_000_000).unwrap().time.subsec_nanos(),
            123_456_000
        );

        let cases = [
            (
                KernelState {
                    state: libc::TIME_ERROR,
                    ..GOOD
                },
                ClockFault::NotSynchronised,
            ),
            (
                KernelState {
                    status: libc::STA_UNSYNC,
                    ..GOOD
                },
                ClockFault::NotSynchronised,
            ),
            (
                KernelState {
                    state: libc::TIME_OOP,
                    ..GOOD
                },
                ClockFault::LeapSecond,
            ),
            (
                KernelState {
                    state: libc::TIME_WAIT,
                    ..GOOD
                },
                ClockFault::LeapSecond,
            ),
            (
                KernelState {
                    maxerror_micros: 1_000_001,
                    ..GOOD
                },
                ClockFault::ErrorTooLarge {
                    error_micros: 1_000_001,
                    max_micros: 1_000_000,
                },
            ),
            (
                KernelState {
                    subsecond: -1,
                    ..GOOD
                },
                ClockFault::OutOfRange,
            ),
        ];
        for (state, fault) in cases {
            assert_eq!(judge(&state, 1_000_000), Err(fault), "{state:?}");
        }
    }

    #[test]
    fn the_running_kernel_answers() {
        let answer = KernelSource::new(u64::MAX).read();
        assert!(
            !matches!(answer, Err(ClockFault::CannotCheck { .. })),
            "{answer:?}"
        );
    }
}
