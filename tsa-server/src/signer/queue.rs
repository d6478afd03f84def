//! Signatures that are made elsewhere: a bounded queue, and a thread for each way to the key.
//!
//! A hardware key takes its time, and sometimes does not answer at all. Whoever wants a signature
//! gives the queue a piece of work and waits for its end, or as long as patience lasts. The work is
//! done by a thread that has the key in hand. When the queue is full, or nothing moves, the answer
//! is a fault at once: memory and waiting are bounded whatever the hardware does.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::SignerFault;
use crate::clock::Stopwatch;

/// How work asks for a signature of a message.
pub type Sign<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, SignerFault> + 'a;

/// A piece of work, and what then tells who waits for it.
type Job = Box<dyn FnOnce(&mut dyn Link) -> Tell + Send>;
type Tell = Box<dyn FnOnce() + Send>;

/// How long a thread goes on with what is in the line before it tells who waits, where signatures
/// are made in no time: to wake somebody for each of them costs a good part of one. When the key
/// stands still in the midst of it, those before are told as late as that one.
const TOGETHER: Duration = Duration::from_millis(1);

/// A way to the key that one thread has for itself.
pub(super) trait Link {
    /// Signs a message.
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SignerFault>;

    /// Sees to the way itself when there is nothing to sign.
    fn tend(&mut self);

    /// How long it can do without that.
    fn rest(&self) -> Duration;
}

/// The queue in front of a key. Its threads end when it is dropped, after the work they have begun.
pub struct SigningQueue {
    shared: Arc<Shared>,
    patience: Duration,
}

struct Shared {
    line: Mutex<Line>,
    arrived: Condvar,
    jobs_max: usize,
    /// Whether somebody has waited in vain since the last job was begun.
    stands_still: AtomicBool,
}

struct Line {
    jobs: VecDeque<Job>,
    is_open: bool,
}

/// What a thread finds in the line.
enum Next {
    Job(Job),
    Nothing,
    Closed,
}

impl SigningQueue {
    /// A queue of at most `jobs_max`, before as many threads as there are links.
    pub(super) fn start<L: Link + Send + 'static>(
        links: Vec<L>,
        jobs_max: usize,
        patience: Duration,
    ) -> std::io::Result<Self> {
        let line = Line {
            jobs: VecDeque::new(),
            is_open: true,
        };
        let shared = Arc::new(Shared {
            line: Mutex::new(line),
            arrived: Condvar::new(),
            jobs_max,
            stands_still: AtomicBool::new(false),
        });
        let queue = Self { shared, patience };
        for link in links {
            let shared = Arc::clone(&queue.shared);
            let name = "tsa-signer".to_owned();
            thread::Builder::new()
                .name(name)
                .spawn(move || work(&shared, link))?;
        }
        Ok(queue)
    }

    /// Has `work` done by a thread that holds the key, and waits for what comes of it.
    ///
    /// # Errors
    /// The queue is full or stands still, or the work was not done in time.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Sign<'_>) -> T + Send + 'static,
    ) -> Result<T, SignerFault> {
        let (begin, done) = oneshot::channel();
        self.put(begin, work)?;
        match tokio::time::timeout(self.patience, done).await {
            Ok(done) => done.map_err(|_| ended_early()),
            Err(_) => Err(self.gave_up()),
        }
    }

    /// The same, for a thread that may stand still: at a start, and in commands.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub fn run_here<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Sign<'_>) -> T + Send + 'static,
    ) -> Result<T, SignerFault> {
        let (begin, done) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        self.put(begin, move |sign| {
            // Nobody listens any more when patience is over.
            let _ = tell.send(work(sign));
        })?;
        let received = told.recv_timeout(self.patience);
        drop(done);
        received.map_err(|error| match error {
            RecvTimeoutError::Timeout => self.gave_up(),
            RecvTimeoutError::Disconnected => ended_early(),
        })
    }

    fn put<T: Send + 'static>(
        &self,
        done: oneshot::Sender<T>,
        work: impl FnOnce(&mut Sign<'_>) -> T + Send + 'static,
    ) -> Result<(), SignerFault> {
        let job = Box::new(move |link: &mut dyn Link| {
            // Who has given up gets no signature, and no further attempt at one.
            let mut sign = |message: &[u8]| match done.is_closed() {
                true => Err(SignerFault::Failed("nobody waits for it any more".into())),
                false => link.sign(message),
            };
            let result = (!done.is_closed()).then(|| work(&mut sign));
            let tell: Tell = Box::new(move || {
                // Nobody listens any more when patience is over.
                let _ = result.map(|result| done.send(result));
            });
            tell
        });
        let mut line = self.shared.line();
        let is_full = line.jobs.len() >= self.shared.jobs_max;
        let stands_still = self.shared.stands_still.load(Ordering::Relaxed);
        if is_full || (stands_still && !line.jobs.is_empty()) {
            return Err(match stands_still {
                true => self.late(),
                false => SignerFault::Busy(line.jobs.len()),
            });
        }
        line.jobs.push_back(job);
        drop(line);
        self.shared.arrived.notify_one();
        Ok(())
    }

    fn gave_up(&self) -> SignerFault {
        self.shared.stands_still.store(true, Ordering::Relaxed);
        self.late()
    }

    fn late(&self) -> SignerFault {
        SignerFault::Late(self.patience.as_secs())
    }
}

impl Drop for SigningQueue {
    fn drop(&mut self) {
        self.shared.line().is_open = false;
        self.shared.arrived.notify_all();
    }
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        // Jobs run outside the lock: what is in the line is whole whoever panicked.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, rest: Duration) -> Next {
        let wait = |line: &mut Line| line.jobs.is_empty() && line.is_open;
        let waited = self.arrived.wait_timeout_while(self.line(), rest, wait);
        let (mut line, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match line.jobs.pop_front() {
            Some(job) => Next::Job(job),
            None if line.is_open => Next::Nothing,
            None => Next::Closed,
        }
    }
}

fn work(shared: &Shared, mut link: impl Link) {
    let mut done: Vec<Tell> = Vec::new();
    link.tend();
    loop {
        match shared.next(link.rest()) {
            Next::Job(job) => {
                work_on(shared, &mut link, job, &mut done);
                done.drain(..).for_each(|tell| tell());
            }
            Next::Nothing => link.tend(),
            Next::Closed => return,
        }
    }
}

/// Does a piece of work, and more for as long as they are [`TOGETHER`].
fn work_on(shared: &Shared, link: &mut impl Link, first: Job, done: &mut Vec<Tell>) {
    let watch = Stopwatch::start();
    let mut next = Some(first);
    while let Some(job) = next {
        shared.stands_still.store(false, Ordering::Relaxed);
        // One piece of work that goes wrong must not take the way to the key with it. Who waits for
        // it hears that it ended; what the token makes of it, the next one finds out.
        match panic::catch_unwind(AssertUnwindSafe(|| job(link))) {
            Ok(tell) => done.push(tell),
            Err(_) => tracing::error!("a piece of work ended early in the thread that signs"),
        }
        next = match watch.elapsed() < TOGETHER {
            true => shared.line().jobs.pop_front(),
            false => None,
        };
    }
}

fn ended_early() -> SignerFault {
    SignerFault::Failed("the thread that signs ended early".into())
}

impl std::fmt::Debug for SigningQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningQueue")
            .field("jobs", &self.shared.line().jobs.len())
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Signs when it is let, by answering with the message.
    struct Gate(mpsc::Receiver<()>);

    impl Link for Gate {
        fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
            match self.0.recv() {
                Ok(()) => Ok(message.to_vec()),
                Err(_) => Err(SignerFault::Failed("closed".into())),
            }
        }

        fn tend(&mut self) {}

        fn rest(&self) -> Duration {
            Duration::from_secs(3600)
        }
    }

    fn gated(jobs_max: usize, patience: Duration) -> (SigningQueue, mpsc::Sender<()>) {
        let (open, gate) = mpsc::channel();
        let queue = SigningQueue::start(vec![Gate(gate)], jobs_max, patience).unwrap();
        (queue, open)
    }

    #[test]
    fn what_is_let_through_is_signed() {
        let (queue, open) = gated(4, Duration::from_secs(60));
        open.send(()).unwrap();
        assert_eq!(
            queue.run_here(|sign| sign(b"m")).unwrap(),
            Ok(b"m".to_vec())
        );
    }

    #[test]
    fn work_that_panics_takes_no_thread_along() {
        let (queue, open) = gated(4, Duration::from_secs(60));
        for _ in 0..3 {
            let ended = queue.run_here(|_| -> () { panic!("on purpose") });
            assert!(ended.is_err());
        }
        open.send(()).unwrap();
        let signed = queue.run_here(|sign| sign(b"m"));
        assert_eq!(signed.unwrap(), Ok(b"m".to_vec()));
    }

    #[test]
    fn a_full_queue_and_one_that_stands_still_refuse_at_once() {
        let (queue, open) = gated(2, Duration::from_millis(50));
        let (begun, has_begun) = mpsc::channel();
        let wait = |queue: &SigningQueue| {
            let begun = begun.clone();
            let (done, waiting) = oneshot::channel();
            let put = queue.put(done, move |sign| {
                begun.send(()).unwrap();
                sign(b"m")
            });
            put.map(|()| waiting)
        };
        let first = wait(&queue).unwrap();
        has_begun.recv().unwrap();
        let (_second, third) = (wait(&queue).unwrap(), wait(&queue).unwrap());
        assert!(matches!(wait(&queue), Err(SignerFault::Busy(2))));
        drop(third);
        // One who has waited in vain spares those who come later the waiting.
        queue.gave_up();
        assert!(matches!(wait(&queue), Err(SignerFault::Late(_))));
        open.send(()).unwrap();
        open.send(()).unwrap();
        assert_eq!(first.blocking_recv().unwrap(), Ok(b"m".to_vec()));
        // The second is begun; the third is skipped, since nobody waits for it.
        has_begun.recv().unwrap();
        open.send(()).unwrap();
        // It must be waited for until it is begun.
        let _fourth = loop {
            match wait(&queue) {
                Ok(waiting) => break waiting,
                Err(_) => thread::yield_now(),
            }
        };
        has_begun.recv().unwrap();
    }
}
