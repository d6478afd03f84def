//! One request until it is answered: which failures are tried again, how often, and after what
//! pause.
//!
//! Every attempt sends the same bytes. A request repeated with its nonce is the same request to
//! the server and is not charged twice, so an answer lost on the way costs nothing. Not in scope:
//! the HTTP of one attempt, see [`crate::client`].

use std::io;
use std::time::Duration;

use ureq::http::Uri;

use crate::client::{Client, HttpRefusal, Posted, Reply};
use crate::stop::Stop;

/// Pauses before the attempts that follow a broken connection.
const CONNECTION_PAUSES: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(4),
];

/// How often a server that is busy is asked again.
const BUSY_RETRIES_MAX: u32 = 5;

/// A busy server that names a longer pause is not waited for.
const BUSY_PAUSE_MAX: Duration = Duration::from_secs(120);

/// Sends a request until there is an answer or no hope.
pub(crate) fn exchange(client: &Client, query: &[u8], stop: &Stop) -> Result<Reply, ExchangeError> {
    patiently(|| client.post(query), stop)
}

/// Sends whatever it is until there is an answer or no hope.
pub(crate) fn patiently(
    send: impl Fn() -> Result<Posted, ExchangeError>,
    stop: &Stop,
) -> Result<Reply, ExchangeError> {
    let mut connection_pauses = CONNECTION_PAUSES.iter();
    let mut busy_retries = 0;
    loop {
        let pause = match send() {
            Ok(Posted::Reply(reply)) => return Ok(reply),
            Ok(Posted::Later { refusal, after }) => {
                let pause = busy_pause(busy_retries, after);
                busy_retries += 1;
                pause.ok_or(ExchangeError::Busy {
                    refusal,
                    after,
                    attempts: busy_retries,
                })?
            }
            Err(error) if error.is_passing() => match connection_pauses.next() {
                Some(pause) => *pause,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        };
        if !stop.sleep(pause) {
            return Err(ExchangeError::Stopped);
        }
    }
}

/// The pause a busy server gets: what it asks for, or doubling from one second. `None` when it
/// was asked often enough or wants too long.
fn busy_pause(retries: u32, after: Option<Duration>) -> Option<Duration> {
    let pause = after.unwrap_or_else(|| Duration::from_secs(1 << retries.min(6)));
    (retries < BUSY_RETRIES_MAX && pause <= BUSY_PAUSE_MAX).then_some(pause)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ExchangeError {
    /// Nobody listens.
    #[error(
        "nothing listens at {url}: start a server with `tsa-server`, or name another with --url \
         or TSA_URL"
    )]
    NobodyListens {
        /// Where.
        url: Uri,
    },
    /// The name has no address.
    #[error("the host of {url} is not known")]
    NoSuchHost {
        /// Where.
        url: Uri,
    },
    /// It takes too long.
    #[error("{url} does not answer in time ({what}); see --timeout")]
    Timeout {
        /// Where.
        url: Uri,
        /// What takes too long.
        what: String,
    },
    /// No connection, or a broken one.
    #[error("the connection to {url} failed: {error}")]
    Connection {
        /// Where.
        url: Uri,
        /// How.
        error: io::Error,
    },
    /// TLS does not come about: another attempt would end the same way.
    #[error("no secure connection to {url}: {words}")]
    Tls {
        /// Where.
        url: Uri,
        /// Why.
        words: String,
    },
    /// Longer than any time-stamp response.
    #[error("the answer of {url} is longer than {bytes_max} bytes, so it is no time stamp")]
    TooLong {
        /// Where.
        url: Uri,
        /// The bound.
        bytes_max: u64,
    },
    /// Not HTTP, or not as it should be.
    #[error("{url} does not speak HTTP as it should: {words}")]
    Protocol {
        /// Where.
        url: Uri,
        /// What is wrong.
        words: String,
    },
    /// An HTTP status that says no.
    #[error("{0}")]
    Refused(HttpRefusal),
    /// The server stays busy.
    #[error("{refusal}; given up after attempt {attempts}{}", wanted_pause(*after))]
    Busy {
        /// Its last words.
        refusal: HttpRefusal,
        /// The pause it wants.
        after: Option<Duration>,
        /// How often it was asked.
        attempts: u32,
    },
    /// The run ends.
    #[error("stopped before there was an answer")]
    Stopped,
}

fn wanted_pause(after: Option<Duration>) -> String {
    after.map_or_else(String::new, |pause| {
        format!(" since it wants a pause of {} s", pause.as_secs())
    })
}

impl ExchangeError {
    /// From the HTTP library's error.
    pub(crate) fn from_transport(error: ureq::Error, url: &Uri) -> Self {
        let url = url.clone();
        match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Self::NobodyListens { url }
            }
            // rustls reports a certificate it does not accept like this.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::Tls {
                url,
                words: error.to_string(),
            },
            ureq::Error::Io(error) => Self::Connection { url, error },
            ureq::Error::HostNotFound => Self::NoSuchHost { url },
            ureq::Error::Timeout(what) => Self::Timeout {
                url,
                what: what.to_string(),
            },
            ureq::Error::BodyExceedsLimit(bytes_max) => Self::TooLong { url, bytes_max },
            ureq::Error::Rustls(error) => Self::Tls {
                url,
                words: error.to_string(),
            },
            ureq::Error::Tls(words) => Self::Tls {
                url,
                words: words.to_string(),
            },
            error => Self::Protocol {
                url,
                words: error.to_string(),
            },
        }
    }

    /// Whether another attempt may end better.
    fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::NobodyListens { .. }
                | Self::NoSuchHost { .. }
                | Self::Timeout { .. }
                | Self::Connection { .. }
        )
    }

    /// Whether every other file would fail too.
    pub(crate) fn is_hopeless(&self) -> bool {
        match self {
            Self::NobodyListens { .. } | Self::NoSuchHost { .. } | Self::Tls { .. } => true,
            Self::Refused(refusal) => matches!(refusal.status, 300..=399 | 401..=405),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_is_waited_for_as_long_as_it_asks_within_bounds() {
        let seconds = Duration::from_secs;
        let table = [
            (0, None, Some(seconds(1))),
            (3, None, Some(seconds(8))),
            (0, Some(seconds(0)), Some(seconds(0))),
            (4, Some(seconds(120)), Some(seconds(120))),
            (0, Some(seconds(121)), None),
            (5, Some(seconds(1)), None),
        ];
        for (retries, after, pause) in table {
            assert_eq!(busy_pause(retries, after), pause, "{retries} {after:?}");
        }
    }
}
