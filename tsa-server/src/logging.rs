//! Log lines on standard error, as text or JSON.
//!
//! Written by a thread of their own: a slow terminal or a full pipe must not slow requests. What
//! does not fit its queue is counted and dropped; the log is no record of tokens.

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging; lines are flushed when the guard is dropped.
///
/// # Errors
/// A filter that cannot be read, or a second start in one process.
pub fn start(log: &Log) -> Result<WorkerGuard, String> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) if !filter.is_empty() => {
            EnvFilter::try_new(&filter).map_err(|error| format!("RUST_LOG: `{filter}`: {error}"))?
        }
        _ => EnvFilter::try_new(&log.filter)
            .map_err(|error| format!("log.filter: `{}`: {error}", log.filter))?,
    };
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(is_terminal).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map(|()| guard).map_err(|error| error.to_string())
}
