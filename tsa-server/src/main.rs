//! The program `tsa-server`: what was typed → what is done → an exit code.
//!
//! 0 when all went well, 1 when not, 2 when the arguments make no sense.

use std::process::ExitCode;

use clap::Parser;
use tsa_server::{args::Arguments, commands};

fn main() -> ExitCode {
    match commands::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tsa-server: {error}");
            ExitCode::FAILURE
        }
    }
}
