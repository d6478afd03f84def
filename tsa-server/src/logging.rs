//! Log lines on standard error, as text or JSON.
//!
//! Written by a thread of their own (`log_writer`): a slow terminal or a full pipe must
//! not slow requests. The log is no record of tokens.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::wall_time;
use crate::config::{Log, LogFormat};
use crate::log_line::PlainLine;
use crate::log_writer::{self, LogGuard};

/// Starts logging; lines are flushed when the guard is dropped.
///
/// # Errors
/// A filter that cannot be read, a second start in one process, or no thread.
pub fn start(log: &Log) -> Result<LogGuard, String> {
    let filter = filter(log)?;
    let lost = match log.format {
        LogFormat::Text => |lines| format!("{lines} log lines were lost\n"),
        LogFormat::Json => |lines| format!("{{\"level\":\"WARN\",\"lost_lines\":{lines}}}\n"),
    };
    let (writer, guard) =
        log_writer::start(std::io::stderr(), lost).map_err(|error| error.to_string())?;
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(Now)
        .with_writer(writer);
    let started = match log.format {
        LogFormat::Text if is_terminal => builder.with_ansi(true).try_init(),
        LogFormat::Text => builder.event_format(PlainLine(Now)).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map(|()| guard).map_err(|error| error.to_string())
}

/// The time of a line, to the microsecond, as tokens are written: quicker than the usual way.
struct Now;

impl FormatTime for Now {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        match wall_time() {
            Some(time) => write!(writer, "{}", time.truncated(6)),
            None => writer.write_str("?"),
        }
    }
}

/// The filter of the environment, or that of the configuration.
///
/// # Errors
/// A filter that cannot be read.
pub fn filter(log: &Log) -> Result<EnvFilter, String> {
    match std::env::var("RUST_LOG") {
        Ok(filter) if !filter.is_empty() => parse("RUST_LOG", &filter),
        _ => parse("log.filter", &log.filter),
    }
}

fn parse(origin: &str, filter: &str) -> Result<EnvFilter, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for part in filter.split(',').map(str::trim) {
        // A word alone would be taken for the name of a module, and silence everything else.
        let is_level = LEVELS.iter().any(|level| part.eq_ignore_ascii_case(level));
        if !is_level && !part.contains(['=', ':', '[']) {
            let levels = LEVELS.join(", ");
            return Err(format!("{origin}: `{part}` is none of {levels}"));
        }
    }
    EnvFilter::try_new(filter).map_err(|error| format!("{origin}: `{filter}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn filters_that_would_silence_everything_are_refused() {
        for good in ["info", "WARN", "warn,tsa::token=info", "hyper=off,debug"] {
            assert!(parse("here", good).is_ok(), "{good}");
        }
        for bad in ["inof", "", "no=such=thing", "info,typo"] {
            assert!(parse("here", bad).is_err(), "{bad}");
        }
    }
}
