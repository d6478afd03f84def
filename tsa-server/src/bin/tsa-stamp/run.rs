//! The way of all files: found by one thread, hashed by some, asked for and stored by a few,
//! reported by the caller's.
//!
//! Queues between them are short, so a million files need no more memory than ten. A stopping run
//! drains them: what is in them is counted as not tried. Not in scope: each step itself.

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tsa_core::MessageImprint;

use crate::answer::{AnswerError, Query, QueryError, Statement};
use crate::arguments::Plan;
use crate::bulk::{Bulk, Stamped};
use crate::client::Client;
use crate::exchange::{ExchangeError, exchange};
use crate::hash::{BUFFER_BYTES, HashError};
use crate::outcome::{Earlier, Outcome, Record};
use crate::progress::{Event, Meter, Reporter};
use crate::stop::Stop;
use crate::store::{Existing, Slot, StoreError, existing, token_path};
use crate::walk::{Met, PassedOver, walk};

/// Files waiting between two steps.
const QUEUE_FILES: usize = 128;

/// Files sent at a time, and how long one waits for the next.
const AT_ONCE_MAX: usize = 64;
const GATHER: Duration = Duration::from_millis(5);

/// After so many failures of the server in a row, further files are not tried.
const SERVER_FAILURES_MAX: u32 = 5;

/// A file to be hashed.
struct Found {
    path: PathBuf,
    bytes: u64,
}

/// A file to be asked for.
struct Ready {
    file: PathBuf,
    imprint: MessageImprint,
    earlier: Option<(Box<Statement>, Earlier)>,
}

type Shared<T> = Arc<Mutex<Receiver<T>>>;

/// Stamps what the plan names; returns when all threads are done.
pub(crate) fn run(
    plan: &Plan,
    client: &Client,
    stop: &Stop,
    reporter: &mut Reporter,
) -> io::Result<()> {
    let steps = Steps {
        plan,
        client,
        stop,
        meter: reporter.meter(),
        server_failures: AtomicU32::new(0),
    };
    let steps = &steps;
    thread::scope(|scope| {
        let (found, to_hash) = sync_channel(QUEUE_FILES);
        let (ready, to_stamp) = sync_channel(QUEUE_FILES);
        let (events, to_report) = sync_channel(QUEUE_FILES);
        let to_hash: Shared<Found> = Arc::new(Mutex::new(to_hash));
        let to_stamp: Shared<Ready> = Arc::new(Mutex::new(to_stamp));
        let spawn = |name: &str, step: Box<dyn FnOnce() + Send>| {
            let named = thread::Builder::new().name(name.into());
            named.spawn_scoped(scope, step).map(drop).inspect_err(|_| {
                stop.give_up();
            })
        };
        let told = events.clone();
        spawn("walk", Box::new(move || steps.find(&found, &told)))?;
        for _ in 0..plan.jobs {
            let (from, to, told) = (Arc::clone(&to_hash), ready.clone(), events.clone());
            spawn("hash", Box::new(move || steps.hash_all(&from, &to, &told)))?;
        }
        for _ in 0..plan.server.connections {
            let (from, told) = (Arc::clone(&to_stamp), events.clone());
            let stamp = move || match steps.plan.server.api_key {
                // What comes by the API has its certificates always.
                Some(_) if steps.plan.cert_req => steps.stamp_all_in_bulk(&from, &told),
                _ => steps.stamp_all(&from, &told),
            };
            spawn("stamp", Box::new(stamp))?;
        }
        // The ends held here would keep the queues open.
        drop((to_hash, to_stamp, ready, events));
        for event in to_report {
            reporter.note(&event);
        }
        Ok(())
    })
}

fn next<T>(queue: &Mutex<Receiver<T>>) -> Option<T> {
    queue.lock().ok()?.recv().ok()
}

/// As many as there are, up to what is sent at a time; none at the end.
fn next_many<T>(queue: &Mutex<Receiver<T>>) -> Vec<T> {
    let Ok(queue) = queue.lock() else {
        return Vec::new();
    };
    let mut many: Vec<T> = queue.recv().into_iter().collect();
    while many.len() < AT_ONCE_MAX
        && let Ok(next) = queue.recv_timeout(GATHER)
    {
        many.push(next);
    }
    many
}

/// What all threads share.
struct Steps<'a> {
    plan: &'a Plan,
    client: &'a Client,
    stop: &'a Stop,
    meter: Arc<Meter>,
    server_failures: AtomicU32,
}

impl Steps<'_> {
    fn find(&self, to: &SyncSender<Found>, told: &SyncSender<Event>) {
        let walked = walk(&self.plan.roots, self.plan.recursive, |met| {
            if self.stop.is_interrupted() {
                return ControlFlow::Break(());
            }
            let is_taken = match met {
                Met::File { path, bytes } => {
                    self.meter.found(bytes);
                    to.send(Found { path, bytes }).is_ok()
                }
                Met::PassedOver { path, reason } => told.send(passed_over(path, reason)).is_ok(),
                Met::Unreadable { path, error } => told
                    .send(Event::Done(Box::new(Record::failed(path, &error))))
                    .is_ok(),
            };
            if is_taken {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        if walked.is_continue() {
            self.meter.walked();
        }
    }

    fn hash_all(&self, from: &Shared<Found>, to: &SyncSender<Ready>, told: &SyncSender<Event>) {
        let mut buffer = vec![0; BUFFER_BYTES];
        while let Some(found) = next(from) {
            let mut left = found.bytes;
            let is_taken = match self.hash(&found, &mut buffer, &mut left) {
                Ok(Hashed::ToStamp(ready)) => to.send(ready).is_ok(),
                Ok(Hashed::AlreadyStamped(record)) => told.send(Event::Done(record)).is_ok(),
                Err(error) => told.send(error.event(found.path, None)).is_ok(),
            };
            self.meter.passed(left);
            if !is_taken {
                return;
            }
        }
    }

    /// What stands beside the file is looked at first: a file that cannot be stamped anyway is not
    /// read.
    fn hash(&self, found: &Found, buffer: &mut [u8], left: &mut u64) -> Result<Hashed, FileError> {
        if self.stop.is_stopping() {
            return Err(HashError::Stopped.into());
        }
        let beside = existing(&token_path(&found.path))?;
        if let (Existing::Unreadable(error), false) = (&beside, self.plan.force) {
            return Err(FileError::NoToken(error.to_string()));
        }
        let read = |count: u64| {
            *left = left.saturating_sub(count);
            self.meter.passed(count);
        };
        let digest = self.plan.digest;
        let imprint = digest.of_file(&found.path, buffer, self.stop, read)?;
        let file = found.path.clone();
        let Existing::Token(statement) = beside else {
            let earlier = None;
            return Ok(Hashed::ToStamp(Ready {
                file,
                imprint,
                earlier,
            }));
        };
        Ok(match self.shortfall(&statement, &imprint) {
            Some(shortfall) => Hashed::ToStamp(Ready {
                file,
                imprint,
                earlier: Some((statement, shortfall)),
            }),
            None => Hashed::AlreadyStamped(Box::new(Record {
                file,
                imprint: Some(imprint),
                outcome: Outcome::AlreadyStamped(statement),
            })),
        })
    }

    /// Why the token that is there is not the one that is wanted.
    fn shortfall(&self, there: &Statement, imprint: &MessageImprint) -> Option<Earlier> {
        if there.imprint.digest_algorithm() != imprint.digest_algorithm() {
            Some(Earlier::Digest)
        } else if !there.imprint.is_equivalent(imprint) {
            Some(Earlier::Content)
        } else if self
            .plan
            .policy
            .is_some_and(|policy| policy != there.policy)
        {
            Some(Earlier::Policy)
        } else {
            None
        }
    }

    fn stamp_all(&self, from: &Shared<Ready>, told: &SyncSender<Event>) {
        while let Some(ready) = next(from) {
            if told.send(self.event(ready)).is_err() {
                return;
            }
        }
    }

    fn event(&self, ready: Ready) -> Event {
        let outcome = self.stamp(&ready);
        self.told(ready, outcome)
    }

    fn told(&self, ready: Ready, outcome: Result<Outcome, FileError>) -> Event {
        match outcome {
            Ok(outcome) => Event::Done(Box::new(Record {
                file: ready.file,
                imprint: Some(ready.imprint),
                outcome,
            })),
            Err(error) if self.is_known_end(&error) => Event::Left,
            Err(error) => error.event(ready.file, Some(ready.imprint)),
        }
    }

    fn stamp(&self, ready: &Ready) -> Result<Outcome, FileError> {
        if self.stop.is_stopping() {
            return Err(HashError::Stopped.into());
        }
        let earlier = ready.earlier.as_ref();
        let slot = Slot::open(&ready.file, earlier.map(|(statement, _)| &**statement))?;
        let query = Query::new(ready.imprint.clone(), self.plan.policy, self.plan.cert_req)?;
        let reply = exchange(self.client, query.der(), self.stop)?;
        let statement = query.check(&reply.body)?;
        self.server_failures.store(0, Ordering::Relaxed);
        let kept = slot.commit(&reply.body).map_err(FileError::Unwritten)?;
        Ok(Outcome::Stamped {
            statement: Box::new(statement),
            kept: kept.zip(earlier.map(|(_, why)| *why)),
            credits_charged: reply.credits_charged,
            credits_remaining: reply.credits_remaining,
        })
    }

    /// Many files at a time, where the server can take them so.
    fn stamp_all_in_bulk(&self, from: &Shared<Ready>, told: &SyncSender<Event>) {
        let bulk = Bulk::new(self.client, self.plan, self.stop);
        loop {
            let many = next_many(from);
            if many.is_empty() {
                return;
            }
            for event in self.stamp_many(&bulk, many) {
                if told.send(event).is_err() {
                    return;
                }
            }
        }
    }

    fn stamp_many(&self, bulk: &Bulk<'_>, many: Vec<Ready>) -> Vec<Event> {
        let mut events = Vec::with_capacity(many.len());
        let mut waiting = Vec::with_capacity(many.len());
        for ready in many {
            if self.stop.is_stopping() {
                events.push(Event::Left);
                continue;
            }
            let earlier = ready.earlier.as_ref();
            match Slot::open(&ready.file, earlier.map(|(statement, _)| &**statement)) {
                Ok(slot) => waiting.push((ready, slot)),
                Err(error) => {
                    events.push(FileError::from(error).event(ready.file, Some(ready.imprint)));
                }
            }
        }
        let imprints: Vec<&MessageImprint> = waiting.iter().map(|it| &it.0.imprint).collect();
        let answers = match bulk.ask(&imprints) {
            Ok(Some(answers)) => answers,
            Ok(None) => {
                // One by one; the places are made anew.
                let alone = waiting.into_iter().map(|(ready, _)| self.event(ready));
                events.extend(alone);
                return events;
            }
            Err(ExchangeError::Stopped) => {
                events.extend(waiting.into_iter().map(|_| Event::Left));
                return events;
            }
            Err(error) => {
                let words = error.to_string();
                let is_known_end = self.is_known_end(&FileError::Exchange(error));
                let event = |(ready, _): (Ready, Slot)| match is_known_end {
                    true => Event::Left,
                    false => {
                        FileError::Refused(words.clone()).event(ready.file, Some(ready.imprint))
                    }
                };
                events.extend(waiting.into_iter().map(event));
                return events;
            }
        };
        for ((ready, slot), answer) in waiting.into_iter().zip(answers) {
            let outcome = self.put(slot, &ready, answer);
            events.push(self.told(ready, outcome));
        }
        events
    }

    fn put(
        &self,
        slot: Slot,
        ready: &Ready,
        answer: Result<Stamped, String>,
    ) -> Result<Outcome, FileError> {
        let answer = answer.map_err(FileError::Refused)?;
        self.server_failures.store(0, Ordering::Relaxed);
        let kept = slot.commit(&answer.tsr).map_err(FileError::Unwritten)?;
        let earlier = ready.earlier.as_ref();
        Ok(Outcome::Stamped {
            statement: Box::new(answer.statement),
            kept: kept.zip(earlier.map(|(_, why)| *why)),
            credits_charged: Some(answer.charged),
            credits_remaining: Some(answer.balance),
        })
    }

    /// Ends the run when nothing more can succeed. True when another file has told why before.
    fn is_known_end(&self, error: &FileError) -> bool {
        match error {
            FileError::Exchange(ExchangeError::Stopped) => false,
            FileError::Exchange(error) if error.is_hopeless() => !self.stop.give_up(),
            FileError::Exchange(_) | FileError::Answer(_) | FileError::Refused(_) => {
                let before = self.server_failures.fetch_add(1, Ordering::Relaxed);
                if before + 1 >= SERVER_FAILURES_MAX {
                    self.stop.give_up();
                }
                false
            }
            FileError::Unwritten(_) => {
                // Every further answer would be paid for and lost too.
                self.stop.give_up();
                false
            }
            _ => false,
        }
    }
}

/// What a file's digest leads to.
enum Hashed {
    ToStamp(Ready),
    AlreadyStamped(Box<Record>),
}

/// Links and special files are told one by one, the rest is counted.
fn passed_over(path: PathBuf, reason: PassedOver) -> Event {
    match reason {
        PassedOver::SymbolicLink | PassedOver::Special => Event::Done(Box::new(Record {
            file: path,
            imprint: None,
            outcome: Outcome::PassedOver(reason),
        })),
        _ => Event::PassedOver(reason),
    }
}

/// Why a file is not stamped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
enum FileError {
    #[error("{0}")]
    Hash(#[from] HashError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("its .tsr file holds no token ({0}); --force replaces it")]
    NoToken(String),
    #[error("{0}")]
    Query(#[from] QueryError),
    #[error("{0}")]
    Exchange(#[from] ExchangeError),
    #[error("{0}")]
    Answer(#[from] AnswerError),
    #[error("{0}")]
    Refused(String),
    #[error("a token was granted and could not be written: {0}")]
    Unwritten(StoreError),
}

impl FileError {
    fn event(self, file: PathBuf, imprint: Option<MessageImprint>) -> Event {
        match self {
            Self::Hash(HashError::Stopped) | Self::Exchange(ExchangeError::Stopped) => Event::Left,
            error => Event::Done(Box::new(Record {
                file,
                imprint,
                outcome: Outcome::Failed(error.to_string()),
            })),
        }
    }
}
