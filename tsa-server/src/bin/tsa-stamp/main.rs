//! `tsa-stamp`: time-stamps files, and puts `FILE.tsr` beside each.
//!
//! In scope: from the command line to an exit code. The way of one file is in [`run`]: found,
//! hashed, asked for, checked, stored, reported. Not in scope: verifying a token's signature and
//! certificates; that is what `tsa-verify` does.
//!
//! Exit codes: 0 every file is stamped, 1 some are not, 3 could not run, 130 interrupted.

mod answer;
mod arguments;
mod bulk;
mod client;
mod exchange;
mod hash;
mod money;
mod outcome;
mod progress;
mod run;
mod stop;
mod store;
mod walk;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use crate::arguments::Plan;
use crate::client::Client;
use crate::progress::Reporter;
use crate::stop::Stop;

/// Some files are not stamped.
const EXIT_INCOMPLETE: u8 = 1;
/// Nothing was tried.
const EXIT_NOT_RUN: u8 = 3;
/// 128 and the number of SIGINT, as shells have it.
const EXIT_INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let plan = match Plan::from_command_line() {
        Ok(plan) => plan,
        Err(arguments::Unusable::Shown(code)) => return ExitCode::from(code),
        Err(arguments::Unusable::Because(reasons)) => {
            for reason in reasons {
                complain(&reason);
            }
            return ExitCode::from(EXIT_NOT_RUN);
        }
    };
    match carry_out(&plan) {
        Ok(code) => code,
        Err(reason) => {
            complain(&reason);
            ExitCode::from(EXIT_NOT_RUN)
        }
    }
}

fn carry_out(plan: &Plan) -> Result<ExitCode, String> {
    let client = Client::new(&plan.server).map_err(|error| error.to_string())?;
    if let Some(warning) = plan.server.warning() {
        complain(&warning);
    }
    let stop = Arc::new(Stop::default());
    watch_for_interrupts(Arc::clone(&stop))?;
    let mut reporter = Reporter::new(plan.report);
    run::run(plan, &client, &stop, &mut reporter)
        .map_err(|error| format!("a thread could not be started: {error}"))?;
    let tally = reporter.finish(&stop);
    Ok(if stop.is_interrupted() {
        ExitCode::from(EXIT_INTERRUPTED)
    } else if tally.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_INCOMPLETE)
    })
}

/// The first Ctrl-C, SIGTERM or SIGHUP lets the answers under way be stored; the second ends the
/// program at once.
fn watch_for_interrupts(stop: Arc<Stop>) -> Result<(), String> {
    let handler = move || {
        if stop.interrupt() {
            complain("stopping after the answers under way; Ctrl-C again stops at once");
        } else {
            std::process::exit(i32::from(EXIT_INTERRUPTED));
        }
    };
    ctrlc::set_handler(handler).map_err(|error| format!("Ctrl-C cannot be caught: {error}"))
}

fn complain(words: &str) {
    // Nobody is left to be told when standard error is closed.
    drop(writeln!(
        std::io::stderr(),
        "tsa-stamp: {}",
        outcome::printable(words)
    ));
}
