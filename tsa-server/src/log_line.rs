//! A log line as plain text: time, level, target, message, then `name=value` for every field.
//!
//! For everything that is no terminal: there is a line for each token, and the usual formatter,
//! which can do colours and spans, takes several times as long. Control characters in values are
//! escaped, so that a line stays one line.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes events as lines of text, each with the time that `T` says.
pub(crate) struct PlainLine<T>(pub(crate) T);

impl<S, N, T> FormatEvent<S, N> for PlainLine<T>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> FormatFields<'w> + 'static,
    T: FormatTime,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        self.0.format_time(&mut writer)?;
        let metadata = event.metadata();
        write!(writer, " {:>5} ", metadata.level().as_str())?;
        writer.write_str(metadata.target())?;
        writer.write_char(':')?;
        let mut fields = Fields {
            out: &mut writer,
            outcome: Ok(()),
        };
        event.record(&mut fields);
        fields.outcome?;
        writer.write_char('\n')
    }
}

struct Fields<'w, W> {
    out: &'w mut W,
    outcome: fmt::Result,
}

impl<W: Write> Fields<'_, W> {
    fn push(&mut self, field: &Field, value: impl FnOnce(&mut W) -> fmt::Result) {
        let written = self.out.write_char(' ').and_then(|()| match field.name() {
            "message" => value(self.out),
            name => {
                self.out.write_str(name)?;
                self.out.write_char('=')?;
                value(self.out)
            }
        });
        self.outcome = self.outcome.and(written);
    }
}

impl<W: Write> Visit for Fields<'_, W> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, |out| write!(out, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.push(field, |out| Escaped(out).write_str(value)),
            _ => self.push(field, |out| write!(out, "{value:?}")),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, |out| write!(Escaped(out), "{value:?}"));
    }
}

/// Escapes control characters.
struct Escaped<'w, W>(&'w mut W);

impl<W: Write> Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return self.0.write_str(text);
        }
        text.chars().try_for_each(|character| match character {
            control if control.is_control() => write!(self.0, "{}", control.escape_unicode()),
            other => self.0.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut lines = self.0.lock().map_err(|_| io::ErrorKind::Other)?;
            lines.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Noon;

    impl FormatTime for Noon {
        fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
            writer.write_str("12:00")
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_its_values_hold() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .event_format(PlainLine(Noon))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let stranger = "a\nb\u{1b}[2J\u{85}中";
            let error = io::Error::other(stranger);
            tracing::info!(target: "t", number = 7, %error, text = stranger, "{stranger}");
            tracing::warn!(target: "t", yes = true, signed = -1, "plain");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let shown = "a\\u{a}b\\u{1b}[2J\\u{85}中";
        let expected = format!(
            "12:00  INFO t: {shown} number=7 error={shown} text=\"a\\nb\\u{{1b}}[2J\\u{{85}}中\"\n\
             12:00  WARN t: plain yes=true signed=-1\n"
        );
        assert_eq!(text, expected);
    }
}
