//! Where log lines go: a buffer, and a thread that empties it to standard error.
//!
//! A request only appends to the buffer. The thread is woken by the first line after a pause and
//! then waits a moment for more, so that thousands of lines are one write. A reader that does not
//! keep up costs lines, which are counted, never requests.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long lines are collected before they are written.
const COLLECT: Duration = Duration::from_millis(10);

/// Lines that wait for a slow reader, in bytes; more are dropped.
const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Room that is kept for the next lines, in bytes.
const SPARE_BYTES_MAX: usize = 512 * 1024;

/// How long the end of the program waits for the last lines to be taken.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Appends whole lines.
#[derive(Clone, Debug)]
pub(crate) struct LogWriter(Arc<Shared>);

/// Ends the thread, after the lines that are still waiting.
#[derive(Debug)]
pub struct LogGuard {
    shared: Arc<Shared>,
    ended: mpsc::Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    is_ending: bool,
}

/// Starts the thread. `lost` words the line about lines that were dropped.
///
/// # Errors
/// The operating system gives no thread.
pub(crate) fn start(
    mut out: impl Write + Send + 'static,
    lost: fn(u64) -> String,
) -> io::Result<(LogWriter, LogGuard)> {
    let shared = Arc::new(Shared::default());
    let (end, ended) = mpsc::channel();
    let worker = Arc::clone(&shared);
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || {
            let mut spare = Vec::new();
            while let Some((lines, dropped)) = worker.next(spare) {
                // Nobody is left to be told when even the log cannot be written.
                let _ = out.write_all(&lines);
                if dropped > 0 {
                    let _ = out.write_all(lost(dropped).as_bytes());
                }
                let _ = out.flush();
                spare = lines;
            }
            let _ = end.send(());
        })?;
    let writer = LogWriter(Arc::clone(&shared));
    Ok((writer, LogGuard { shared, ended }))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next lines and how many did not fit; `None` at the end. `spare` becomes the buffer for
    /// those that follow.
    fn next(&self, mut spare: Vec<u8>) -> Option<(Vec<u8>, u64)> {
        spare.clear();
        spare.shrink_to(SPARE_BYTES_MAX);
        let mut waiting = self.lock();
        while waiting.lines.is_empty() && !waiting.is_ending {
            waiting = self
                .wake
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !waiting.is_ending {
            drop(waiting);
            std::thread::sleep(COLLECT);
            waiting = self.lock();
        }
        if waiting.lines.is_empty() {
            return None;
        }
        let dropped = std::mem::take(&mut waiting.dropped);
        Some((std::mem::replace(&mut waiting.lines, spare), dropped))
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.lines.len() + line.len() > WAITING_BYTES_MAX {
            waiting.dropped += 1;
            return Ok(line.len());
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.0.wake.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.shared.lock().is_ending = true;
        self.shared.wake.notify_one();
        // A reader that takes nothing does not keep the program from ending.
        let _ = self.ended.recv_timeout(LAST_LINES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes what is written, after it was allowed to.
    struct Slow {
        taken: Arc<Mutex<Vec<u8>>>,
        may: mpsc::Receiver<()>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.may.recv();
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Slow, Arc<Mutex<Vec<u8>>>, mpsc::Sender<()>) {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (allow, may) = mpsc::channel();
        let out = Slow {
            taken: Arc::clone(&taken),
            may,
        };
        (out, taken, allow)
    }

    #[test]
    fn every_line_is_there_at_the_end_in_order() {
        let (out, taken, allow) = slow();
        let (mut writer, guard) = start(out, |_| String::new()).unwrap();
        drop(allow);
        let mut expected = Vec::new();
        for number in 0..20_000 {
            let line = format!("line {number}\n");
            writer.write_all(line.as_bytes()).unwrap();
            expected.extend_from_slice(line.as_bytes());
        }
        drop(guard);
        assert_eq!(*taken.lock().unwrap(), expected);
    }

    #[test]
    fn a_reader_that_stands_still_costs_lines_that_are_counted_and_no_time() {
        let (out, taken, allow) = slow();
        let (mut writer, guard) = start(out, |lost| format!("{lost} lost\n")).unwrap();
        writer.write_all(b"first\n").unwrap();
        // Until the thread has taken the line and stands in its write.
        while !writer.0.lock().lines.is_empty() {
            std::thread::sleep(COLLECT);
        }
        let line = vec![b'x'; 1024 * 1024];
        for _ in 0..7 {
            writer.write_all(&line).unwrap();
        }
        drop(allow);
        drop(guard);
        let taken = taken.lock().unwrap();
        assert!(taken.starts_with(b"first\n"));
        assert_eq!(
            taken.iter().filter(|byte| **byte == b'x').count(),
            4 * line.len()
        );
        assert!(taken.ends_with(b"3 lost\n"));
    }
}
