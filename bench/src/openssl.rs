//! A loop in C around OpenSSL, run as a child that is told when to run a batch.
//!
//! It takes the time itself, so neither pipe nor waking counts. Commands are lines: `batch N` runs
//! N and answers the nanoseconds they took; `sign N` likewise for bare signatures, `check N` for
//! bare checks of one; `last` answers the last response in hexadecimal.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Fault;

/// A running loop; ends when it is dropped.
#[derive(Debug)]
pub struct Loop {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Loop {
    /// Starts a program and waits until it is ready.
    ///
    /// # Errors
    /// It does not start, or says why it cannot.
    pub fn start(program: &Path, arguments: &[&OsStr]) -> Result<Self, Fault> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let commands = child.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut started = Self {
            child,
            commands,
            answers,
        };
        match started.line()?.as_str() {
            "ready" => Ok(started),
            other => Err(format!("{}: {other}", program.display()).into()),
        }
    }

    /// Runs `count` of a command.
    ///
    /// # Errors
    /// It ended, or answered nonsense.
    pub fn run(&mut self, command: &str, count: u32) -> Result<Duration, Fault> {
        let answer = self.ask(&format!("{command} {count}"))?;
        Ok(Duration::from_nanos(
            answer.parse().map_err(|_| answer.clone())?,
        ))
    }

    /// The last response that was made.
    ///
    /// # Errors
    /// It ended, or answered nonsense.
    pub fn last(&mut self) -> Result<Vec<u8>, Fault> {
        let text = self.ask("last")?;
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
            .collect()
    }

    fn ask(&mut self, command: &str) -> Result<String, Fault> {
        writeln!(self.commands, "{command}")?;
        self.line()
    }

    fn line(&mut self) -> Result<String, Fault> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        // Nothing is left to do for one that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
