//! A mark on disk above every serial number that this node has used, and the last time it read.
//!
//! The mark is raised before it is reached, and a raise counts only once it is durable: after
//! `kill -9` or a power cut, the next start begins above everything the last one handed out. It is
//! raised ahead by a thread of its own, so that a request waits for the disk only when the disk is
//! slower than [`AHEAD_MICROS`]. The time beside it lets the next start see that the clock has gone
//! back since; it is written with the mark, so it may be older than the last token by as much as
//! the mark is ahead.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// How far above the present need the mark is set, in microseconds. Every start after a crash
/// begins so far ahead of the clock at most.
pub const AHEAD_MICROS: i64 = 1_000_000;

/// 9999-12-31T23:59:59.999999Z: no mark is above the last time that a token can name.
const MICROS_MAX: i64 = 253_402_300_799_999_999;

const HEADING: &str = "tsa-high-water 1";

/// What a run leaves for the next; both in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Above the time part of every serial number used.
    pub serial: i64,
    /// A reading of the clock on which a token rests.
    pub clock: i64,
}

/// The mark, shared by all requests.
#[derive(Debug)]
pub struct HighWater {
    shared: Arc<Shared>,
    wake: mpsc::SyncSender<Mark>,
    floor: Mark,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// The durable mark of serial numbers.
    durable: AtomicI64,
    /// Whether the thread has been asked to raise it.
    asked: AtomicBool,
    /// Held while the file is written.
    writing: Mutex<()>,
}

impl HighWater {
    /// Reads the mark, or begins at 0 when there is none.
    ///
    /// # Errors
    /// A file that cannot be read or is not a mark: guessing would risk a serial number twice.
    pub fn open(path: &Path) -> io::Result<Self> {
        let floor = match fs::read_to_string(path) {
            Ok(text) => parse(&text).ok_or_else(|| not_a_mark(path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Mark::default(),
            Err(error) => return Err(error),
        };
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            durable: AtomicI64::new(floor.serial),
            asked: AtomicBool::new(false),
            writing: Mutex::new(()),
        });
        let (wake, woken) = mpsc::sync_channel(1);
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("high-water".into())
            .spawn(move || {
                for need in woken {
                    if let Err(error) = worker.raise(need) {
                        tracing::error!(path = %worker.path.display(), %error, "mark not raised");
                    }
                    worker.asked.store(false, Ordering::Release);
                }
            })?;
        Ok(Self {
            shared,
            wake,
            floor,
        })
    }

    /// The mark that the last run left.
    #[must_use]
    pub fn floor(&self) -> Mark {
        self.floor
    }

    /// Begins above a serial number that is known from elsewhere, as from a restored ledger.
    pub fn rise_above(&mut self, serial: i64) {
        self.floor.serial = self.floor.serial.max(serial.saturating_add(1));
    }

    /// Forgets the clock of earlier runs: the operator says that it was wrong.
    pub fn accept_clock_step(&mut self) {
        self.floor.clock = 0;
    }

    /// Makes sure that `need.serial` is below the durable mark.
    ///
    /// # Errors
    /// The mark cannot be written; the serial number must not be used.
    pub fn cover(&self, need: Mark) -> io::Result<()> {
        let durable = self.shared.durable.load(Ordering::Acquire);
        if need.serial >= durable {
            // The disk takes its time: the other requests of this thread go elsewhere.
            return tokio::task::block_in_place(|| self.shared.raise(need));
        }
        let is_near = need.serial >= durable.saturating_sub(AHEAD_MICROS / 2);
        if is_near && !self.shared.asked.swap(true, Ordering::AcqRel) {
            // A full queue means that the thread is at it already.
            let _ = self.wake.try_send(need);
        }
        Ok(())
    }

    /// Brings the mark down to just above `last`: nothing more will be used.
    ///
    /// # Errors
    /// The mark cannot be written; the higher one stays, which is safe.
    pub fn settle(&self, last: Mark) -> io::Result<()> {
        let _writing = self
            .shared
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let serial = last.serial.saturating_add(1).max(self.floor.serial);
        let mark = Mark {
            serial,
            clock: last.clock.max(self.floor.clock),
        };
        write(&self.shared.path, mark)?;
        self.shared.durable.store(serial, Ordering::Release);
        Ok(())
    }
}

impl Shared {
    fn raise(&self, need: Mark) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have raised it while this one waited.
        let durable = self.durable.load(Ordering::Acquire);
        if durable > need.serial.saturating_add(AHEAD_MICROS / 2) {
            return Ok(());
        }
        let mark = Mark {
            serial: need.serial.saturating_add(AHEAD_MICROS),
            ..need
        };
        write(&self.path, mark)?;
        self.durable.store(mark.serial, Ordering::Release);
        Ok(())
    }
}

/// Replaces the file so that a crash leaves the old mark or the new one, whole.
fn write(path: &Path, mark: Mark) -> io::Result<()> {
    let mut next = path.as_os_str().to_owned();
    next.push(".next");
    let mut file = File::create(&next)?;
    let Mark { serial, clock } = mark;
    file.write_all(format!("{HEADING}\nserial {serial}\nclock {clock}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn parse(text: &str) -> Option<Mark> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let heading = lines.next()?;
    let mut number = |name: &str| -> Option<i64> {
        let digits = lines.next()?.strip_prefix(name)?.strip_prefix(' ')?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| *number <= MICROS_MAX);
        number.filter(|_| is_plain)
    };
    let mark = Mark {
        serial: number("serial")?,
        clock: number("clock")?,
    };
    (heading == HEADING && lines.next().is_none()).then_some(mark)
}

fn not_a_mark(path: &Path) -> io::Error {
    let words = format!(
        "{} is not a high-water mark; restore it, or delete it after making sure that this \
         machine's clock is not behind the last token",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(serial: i64) -> Mark {
        Mark { serial, clock: 7 }
    }

    #[test]
    fn a_restart_begins_above_everything_covered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("high-water");
        let first = HighWater::open(&path).unwrap();
        assert_eq!(first.floor(), Mark::default());
        first.cover(mark(1_000)).unwrap();
        let floor = HighWater::open(&path).unwrap().floor();
        assert!(floor.serial > 1_000);
        assert_eq!(floor.clock, 7);
        first.settle(mark(1_000)).unwrap();
        assert_eq!(HighWater::open(&path).unwrap().floor(), mark(1_001));
    }

    #[test]
    fn damage_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("high-water");
        let heading = "tsa-high-water 1\n";
        for rest in [
            "",
            "serial 5\n",
            "serial -5\nclock 1\n",
            "serial 5\nclock 1",
            "clock 1\nserial 5\n",
            "serial +5\nclock 1\n",
            "serial 9223372036854775807\nclock 1\n",
        ] {
            fs::write(&path, format!("{heading}{rest}")).unwrap();
            let error = HighWater::open(&path).unwrap_err();
            assert!(
                error.to_string().contains("not a high-water mark"),
                "{rest:?}: {error}"
            );
        }
    }

    #[test]
    fn a_mark_that_cannot_be_written_covers_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone").join("high-water");
        let high_water = HighWater::open(&path).unwrap();
        assert!(high_water.cover(mark(1)).is_err());
    }
}
