//! Serial numbers: unique for ever, rising on this node, across nodes rising with their clocks.
//!
//! 128 bits: 64 of time in microseconds, made strictly rising, then 64 drawn at random at every
//! start. The first part keeps numbers apart within a run and above all earlier runs
//! ([`crate::high_water`]); the second keeps apart what no file can: other nodes, and a node that
//! came back from an old backup. Two nodes would have to draw the same 64 bits and then serve the
//! same microsecond; with a thousand starts a day for a hundred years the first alone happens with
//! a chance of 1 in 28,000. Should it, the database refuses a number that is there already, and
//! the token is never issued. RFC 3161 §2.4.2 allows 160 bits.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use ring::rand::{SecureRandom, SystemRandom};
use tsa_core::SerialNumber;

use crate::clock::Reading;
use crate::high_water::{HighWater, Mark};

/// Hands out serial numbers.
#[derive(Debug)]
pub struct SerialSource {
    high_water: HighWater,
    instance: [u8; 8],
    last: AtomicI64,
    /// The latest reading that a number was made for, in microseconds since 1970.
    clock: AtomicI64,
}

/// No serial number can be handed out now.
#[derive(Debug, thiserror::Error)]
#[error("the high-water mark of serial numbers cannot be written: {0}")]
pub struct SerialFault(#[from] io::Error);

impl SerialSource {
    /// Starts above the mark that the last run left.
    ///
    /// # Errors
    /// No randomness from the operating system.
    pub fn new(high_water: HighWater) -> io::Result<Self> {
        let mut instance = [0; 8];
        SystemRandom::new()
            .fill(&mut instance)
            .map_err(|_| io::Error::other("the operating system gives no random numbers"))?;
        let floor = high_water.floor();
        let (last, clock) = (AtomicI64::new(floor.serial), AtomicI64::new(floor.clock));
        Ok(Self {
            high_water,
            instance,
            last,
            clock,
        })
    }

    /// The next number, not below the time of the reading.
    ///
    /// # Errors
    /// [`SerialFault`]; the number is lost, and no token may be made.
    pub fn next(&self, reading: &Reading) -> Result<SerialNumber, SerialFault> {
        let now = reading.unix_micros();
        // `None` at the end of all numbers: better no token than one number twice.
        let rise = |last: i64| Some(now.max(last.checked_add(1)?));
        let risen = self
            .last
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, rise)
            .ok()
            .and_then(rise);
        let micros = risen.ok_or_else(|| io::Error::other("no serial numbers are left"))?;
        self.clock.fetch_max(now, Ordering::AcqRel);
        self.high_water.cover(Mark {
            serial: micros,
            clock: now,
        })?;
        let mut number = [0; 16];
        let (time, instance) = number.split_at_mut(8);
        time.copy_from_slice(&micros.to_be_bytes());
        instance.copy_from_slice(&self.instance);
        SerialNumber::from_unsigned(&number)
            .ok_or_else(|| SerialFault(io::Error::other("the clock shows a time before 1970")))
    }

    /// Whether a number could be handed out at this time.
    ///
    /// # Errors
    /// [`SerialFault`] as [`SerialSource::next`] would give.
    pub fn check(&self, reading: &Reading) -> Result<(), SerialFault> {
        let now = reading.unix_micros();
        let serial = now.max(self.last.load(Ordering::Acquire));
        self.high_water.cover(Mark { serial, clock: now })?;
        Ok(())
    }

    /// Says that no more numbers will be asked for.
    ///
    /// # Errors
    /// The mark cannot be written; the higher one stays, which is safe.
    pub fn settle(&self) -> io::Result<()> {
        let serial = self.last.load(Ordering::Acquire);
        self.high_water.settle(Mark {
            serial,
            clock: self.clock.load(Ordering::Acquire),
        })
    }
}

/// The time part of a serial number made here, in microseconds since 1970.
#[must_use]
pub fn time_part(serial: &[u8]) -> Option<i64> {
    let (time, _instance) = serial.split_last_chunk::<8>()?;
    let mut bytes = [0; 8];
    let start = bytes.len().checked_sub(time.len())?;
    bytes.get_mut(start..)?.copy_from_slice(time);
    Some(i64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::GenTime;

    fn at(seconds: i64) -> Reading {
        Reading {
            time: GenTime::from_unix(seconds, 0).unwrap(),
            error_micros: None,
        }
    }

    #[test]
    fn numbers_rise_within_a_run_and_over_restarts_even_when_the_clock_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("high-water");
        let mut all = Vec::new();
        for seconds in [1_800_000_000, 1_800_000_000, 1_700_000_000] {
            let source = SerialSource::new(HighWater::open(&path).unwrap()).unwrap();
            all.extend((0..3).map(|_| source.next(&at(seconds)).unwrap().to_string()));
        }
        assert!(all.iter().all(|serial| serial.len() == 30), "{all:?}");
        assert!(all.is_sorted(), "{all:?}");
        all.dedup();
        assert_eq!(all.len(), 9);
    }

    #[test]
    fn threads_never_share_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let high_water = HighWater::open(&folder.path().join("high-water")).unwrap();
        let source = SerialSource::new(high_water).unwrap();
        let run = || -> Vec<String> {
            (0..5_000)
                .map(|_| source.next(&at(1_800_000_000)).unwrap().to_string())
                .collect()
        };
        let mut all: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20_000);
    }
}
