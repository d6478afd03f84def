//! The program `tsa-server`: what was typed → what is done → an exit code.
//!
//! 0 when all went well, 1 when not, 2 when the arguments make no sense.

use std::process::ExitCode;

use tsa_server::signer::pkcs11::finish;
use tsa_server::{args::Arguments, commands, console::complain};

/// A request is a hundred small pieces of memory: this allocator gives and takes them in a third of
/// the time of the system's, whose names it takes too (`malloc`), so that SQLite and a PKCS#11
/// module get theirs from it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = commands::run(Arguments::read());
    finish();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("tsa-server: {error}"));
            ExitCode::FAILURE
        }
    }
}
