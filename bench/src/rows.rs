//! Results as rows of JSON, one a line on standard output; `report.py` reads them.

use std::io::Write;

use serde_json::Value;

use crate::Fault;
use crate::rounds::Ratio;

/// Prints a row.
///
/// # Errors
/// Nobody reads any more.
pub fn print(row: &Value) -> Result<(), Fault> {
    Ok(writeln!(std::io::stdout(), "{row}")?)
}

/// A ratio as it stands in a row.
#[must_use]
pub fn ratio(ratio: Ratio) -> Value {
    let Ratio {
        of_minima,
        least,
        greatest,
    } = ratio;
    serde_json::json!({ "of_minima": of_minima, "least": least, "greatest": greatest })
}
