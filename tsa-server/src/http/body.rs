//! Reading a body within bounds of size and time.

use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};

/// A body that was not read to its end.
#[derive(Debug)]
pub(super) enum BodyFault {
    /// Longer than allowed: 413.
    TooLong,
    /// Not all there in time: 408.
    TooSlow,
    /// The connection broke off or the framing is wrong: 400.
    Broken(String),
}

/// Reads a body of at most `bytes_max`, within `time_max`.
pub(super) async fn read<B>(
    body: B,
    bytes_max: usize,
    time_max: Duration,
) -> Result<Bytes, BodyFault>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    // A length that is announced as too long is refused before a byte is read.
    if body.size_hint().lower() > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(BodyFault::TooLong);
    }
    let body = body.map_err(|error| Broken(error.to_string()));
    let collected = tokio::time::timeout(time_max, Limited::new(body, bytes_max).collect());
    match collected.await {
        Err(_) => Err(BodyFault::TooSlow),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyFault::TooLong),
        Ok(Err(error)) => Err(BodyFault::Broken(error.to_string())),
    }
}

/// A broken body, whatever its transport calls it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(String);
