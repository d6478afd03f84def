//! What the user sees: a bar or lines while files are done, a summary at the end.
//!
//! In scope: who is told what and where; adding up. Not in scope: the texts about one file, see
//! [`crate::outcome`].

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Report;
use crate::money::Cost;
use crate::outcome::{Outcome, Record, printable};
use crate::stop::Stop;
use crate::walk::PassedOver;

/// What the threads of a run report.
#[derive(Debug)]
pub(crate) enum Event {
    /// A file is done with.
    Done(Box<Record>),
    /// A file is only counted.
    PassedOver(PassedOver),
    /// A file is not stamped, since the run ends early.
    Left,
}

/// The bar, moved on by all threads.
#[derive(Debug)]
pub(crate) struct Meter {
    bar: ProgressBar,
    found: AtomicU64,
    done: AtomicU64,
    walked: AtomicBool,
}

impl Meter {
    fn new(visible: bool) -> Self {
        let bar = if visible {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style = "{bar:24} {bytes}/{total_bytes} {bytes_per_sec}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self {
            bar,
            found: AtomicU64::new(0),
            done: AtomicU64::new(0),
            walked: AtomicBool::new(false),
        }
    }

    /// A file to be stamped was found.
    pub(crate) fn found(&self, bytes: u64) {
        self.found.fetch_add(1, Ordering::Relaxed);
        self.bar.inc_length(bytes);
        self.show();
    }

    /// All files were found.
    pub(crate) fn walked(&self) {
        self.walked.store(true, Ordering::Relaxed);
    }

    /// Bytes were hashed, or need not be.
    pub(crate) fn passed(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    fn show(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let (done, found) = (&self.done, &self.found);
        let (done, found) = (done.load(Ordering::Relaxed), found.load(Ordering::Relaxed));
        let open = if self.walked.load(Ordering::Relaxed) {
            ""
        } else {
            "+"
        };
        self.bar.set_message(format!("{done}/{found}{open} files"));
    }
}

/// What became of all files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    stamped: u64,
    already_stamped: u64,
    passed_over: BTreeMap<PassedOver, u64>,
    failed: u64,
    left: u64,
    cost: Cost,
}

impl Tally {
    /// Whether every file has its token.
    pub(crate) fn is_complete(&self) -> bool {
        self.failed == 0 && self.left == 0
    }

    fn add(&mut self, event: &Event) {
        match event {
            Event::PassedOver(reason) => *self.passed_over.entry(*reason).or_default() += 1,
            Event::Left => self.left += 1,
            Event::Done(record) => match &record.outcome {
                Outcome::Stamped {
                    credits_charged,
                    credits_remaining,
                    ..
                } => {
                    self.stamped += 1;
                    self.cost.add(*credits_charged, *credits_remaining);
                }
                Outcome::AlreadyStamped(_) => self.already_stamped += 1,
                Outcome::PassedOver(reason) => {
                    *self.passed_over.entry(*reason).or_default() += 1;
                }
                Outcome::Failed(_) => self.failed += 1,
            },
        }
    }

    fn words(&self, interrupted: bool) -> String {
        let mut reasons = Vec::new();
        if self.already_stamped > 0 {
            reasons.push(format!("{} already stamped", self.already_stamped));
        }
        for (reason, count) in &self.passed_over {
            reasons.push(format!("{count} {}", reason.words(*count)));
        }
        let skipped = self.already_stamped + self.passed_over.values().sum::<u64>();
        let mut words = format!("stamped {}, skipped {skipped}", self.stamped);
        if !reasons.is_empty() {
            words += &format!(" ({})", reasons.join(", "));
        }
        words += &format!(", failed {}", self.failed);
        if interrupted {
            words += &format!("; interrupted, at least {} not stamped", self.left);
        } else if self.left > 0 {
            words += &format!("; stopped early, {} more not stamped", self.left);
        }
        if self.stamped > 0 {
            words += &format!("; {}", self.cost);
        }
        words
    }
}

/// Tells the user.
#[derive(Debug)]
pub(crate) struct Reporter {
    report: Report,
    /// Whether files that went well get a line each.
    lists_all: bool,
    meter: Arc<Meter>,
    tally: Tally,
}

impl Reporter {
    pub(crate) fn new(report: Report) -> Self {
        let has_bar = report != Report::Errors && io::stderr().is_terminal();
        Self {
            report,
            lists_all: report == Report::Words && !(has_bar && io::stdout().is_terminal()),
            meter: Arc::new(Meter::new(has_bar)),
            tally: Tally::default(),
        }
    }

    /// The bar, for the threads.
    pub(crate) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Tells of an event, or only counts it.
    pub(crate) fn note(&mut self, event: &Event) {
        self.tally.add(event);
        let Event::Done(record) = event else {
            return;
        };
        if !matches!(record.outcome, Outcome::PassedOver(_)) {
            self.meter.done();
        }
        if let Outcome::Failed(_) = record.outcome {
            self.complain(&record.line());
        }
        let is_listed = self.lists_all || record.note().is_some();
        match (self.report, &record.outcome) {
            (Report::Json, _) => {
                if let Ok(json) = record.json() {
                    self.print(&json);
                }
            }
            (Report::Errors, _) | (_, Outcome::Failed(_)) => {}
            (Report::Words, _) if is_listed => self.print(&record.line()),
            (Report::Words, _) => {}
        }
    }

    /// Ends with a summary.
    pub(crate) fn finish(self, stop: &Stop) -> Tally {
        self.meter.bar.finish_and_clear();
        let words = self.tally.words(stop.is_interrupted());
        match self.report {
            Report::Errors if self.tally.left == 0 => {}
            Report::Errors | Report::Json => self.complain(&words),
            Report::Words => self.print(&words),
        }
        self.tally
    }

    fn print(&self, line: &str) {
        // A reader that has gone away, as `head` does, is no reason to stop stamping.
        let write = || drop(writeln!(io::stdout(), "{line}"));
        self.meter.bar.suspend(write);
    }

    fn complain(&self, line: &str) {
        let line = printable(line);
        let write = || drop(writeln!(io::stderr(), "tsa-stamp: {line}"));
        self.meter.bar.suspend(write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_every_reason() {
        let mut tally = Tally::default();
        tally.add(&Event::PassedOver(PassedOver::Token));
        tally.add(&Event::PassedOver(PassedOver::Token));
        tally.add(&Event::PassedOver(PassedOver::Folder));
        assert!(tally.is_complete());
        assert_eq!(
            tally.words(false),
            "stamped 0, skipped 3 (2 other .tsr files, 1 folder (see --recursive)), failed 0"
        );
        tally.add(&Event::Done(Box::new(Record::failed("a".into(), &"no"))));
        tally.add(&Event::Left);
        assert!(!tally.is_complete());
        let words = tally.words(false);
        assert!(words.ends_with("failed 1; stopped early, 1 more not stamped"));
        assert!(tally.words(true).contains("interrupted, at least 1"));
    }
}
