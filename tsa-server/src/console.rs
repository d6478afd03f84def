//! Words on standard output.
//!
//! Somebody may have closed it, or its disk may be full: that must not stop a time-stamp authority.

use std::fmt::Display;
use std::io::Write;

/// Prints a line; a line that cannot be printed is lost.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints a line on standard error; a line that cannot be printed is lost.
pub fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
