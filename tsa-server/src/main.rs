//! The program `tsa-server`: what was typed → what is done → an exit code.
//!
//! 0 when all went well, 1 when not, 2 when the arguments make no sense.

use std::process::ExitCode;

use tsa_server::{args::Arguments, commands, console::complain};

fn main() -> ExitCode {
    match commands::run(Arguments::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("tsa-server: {error}"));
            ExitCode::FAILURE
        }
    }
}
