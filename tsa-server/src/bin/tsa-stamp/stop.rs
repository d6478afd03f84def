//! The end of a run before its end: by Ctrl-C, or because nothing more can succeed.
//!
//! In scope: the flag all threads look at, and sleeping that it ends. Not in scope: what each
//! thread does about it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

const RUNNING: u8 = 0;
const HOPELESS: u8 = 1;
const INTERRUPTED: u8 = 2;

/// How long a sleep does not notice that it should end.
const SLICE: Duration = Duration::from_millis(50);

/// Whether, and why, to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    state: AtomicU8,
}

impl Stop {
    /// The user wants to stop. False when that was known already.
    pub(crate) fn interrupt(&self) -> bool {
        self.state.fetch_max(INTERRUPTED, Ordering::Relaxed) < INTERRUPTED
    }

    /// Every further file would fail for the same reason. False when the run ended already.
    pub(crate) fn give_up(&self) -> bool {
        self.state.fetch_max(HOPELESS, Ordering::Relaxed) == RUNNING
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.state.load(Ordering::Relaxed) != RUNNING
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.state.load(Ordering::Relaxed) == INTERRUPTED
    }

    /// Sleeps; false when the run is to stop instead.
    pub(crate) fn sleep(&self, duration: Duration) -> bool {
        let mut left = duration;
        while !left.is_zero() && !self.is_stopping() {
            let slice = left.min(SLICE);
            thread::sleep(slice);
            left -= slice;
        }
        !self.is_stopping()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_outranks_giving_up_and_is_new_once() {
        let stop = Stop::default();
        assert!(!stop.is_stopping());
        assert!(stop.give_up() && !stop.give_up());
        assert!(stop.is_stopping() && !stop.is_interrupted());
        assert!(stop.interrupt());
        assert!(!stop.give_up() && stop.is_interrupted());
        assert!(!stop.interrupt());
        assert!(!stop.sleep(Duration::from_secs(3600)));
    }
}
