//! The program around the library: arguments, files, the clock, output.
//!
//! Two stages: what was typed ([`args`]) becomes a job whose parts have been read and checked
//! ([`job`]), which then runs ([`run`]). Not in scope: judging anything.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

mod args;
mod files;
#[cfg(feature = "forge")]
mod forge;
mod job;
mod path;
mod run;
mod wall_clock;

/// Exit code when there is no verdict: bad arguments, unreadable files.
const COULD_NOT_RUN: u8 = 3;

pub(crate) fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A failure to print leaves nothing to be done.
            let _ = error.print();
            // `--help` and `--version` are no errors.
            return ExitCode::from(if error.use_stderr() { COULD_NOT_RUN } else { 0 });
        }
    };
    let answer = match arguments.command {
        Some(Command::Inspect(inspect)) => run::inspect(&inspect),
        #[cfg(feature = "forge")]
        Some(Command::Forge(forge)) => forge::run(&forge),
        Some(Command::Checks(checks)) => run::checks(&checks),
        Some(Command::Path(arguments)) => path::run(&arguments),
        None => job::Job::from_arguments(&arguments.verify).and_then(|job| run::verify(&job)),
    };
    match answer {
        Ok((output, code)) => match write_out(&output) {
            Ok(()) => ExitCode::from(code),
            Err(error) => {
                eprintln!("tsa-verify: the report could not be written: {error}");
                ExitCode::from(COULD_NOT_RUN)
            }
        },
        Err(error) => {
            eprintln!("tsa-verify: {error}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn write_out(output: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(output.as_bytes())?;
    if !output.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}
