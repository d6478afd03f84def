//! Bodies and parameters of the API: read within bounds, with one entry for each field that is
//! wrong, and written as JSON.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tsa_ledger::UnixMicros;

use super::problem::{FieldError, Problem};
use crate::http::body::{self, BodyFault};

/// An answer in JSON, for nobody's cache.
pub(super) struct Json<T>(pub(super) StatusCode, pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.1) {
            Ok(body) => typed(self.0, "application/json", body),
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written");
                Problem::failure().into_response()
            }
        }
    }
}

/// A body of some type, for nobody's cache.
pub(super) fn typed(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Reads a body of JSON.
pub(super) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    time_max: Duration,
) -> Result<Bytes, Problem> {
    if !is_json(headers) {
        return Err(Problem::media_type());
    }
    body::read(body, bytes_max, time_max)
        .await
        .map_err(|fault| match fault {
            BodyFault::TooLong => Problem::too_long(bytes_max),
            BodyFault::TooSlow => Problem::too_slow(),
            BodyFault::Broken(reason) => Problem::unreadable(reason),
        })
}

/// What a body says; the first field that has another form than it should is named.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data => {
                Problem::invalid(vec![FieldError::at(pointer, error.to_string())])
            }
            _ => Problem::unreadable(format!("the body is no JSON: {error}")),
        }
    })?;
    let rest = reader.end();
    rest.map_err(|error| Problem::unreadable(format!("the body is no JSON: {error}")))?;
    Ok(read)
}

/// RFC 6901.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                key.replace('~', "~0").replace('/', "~1")
            }
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&name);
    }
    pointer
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value.to_str().ok().and_then(|it| it.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The parameters of a request, taken out one by one; what is wrong is gathered.
#[derive(Debug)]
pub(super) struct Parameters<'u> {
    pairs: Vec<(Cow<'u, str>, Cow<'u, str>)>,
    pub(super) errors: Vec<FieldError>,
}

impl<'u> Parameters<'u> {
    /// Reads the query of an address.
    pub(super) fn of(uri: &'u hyper::Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self {
            pairs: form_urlencoded::parse(query.as_bytes()).collect(),
            errors: Vec::new(),
        }
    }

    /// A parameter by name, as `read` understands it.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let mut values = Vec::new();
        self.pairs.retain(|(known, value)| {
            let is_it = known == name;
            if is_it {
                values.push(value.clone());
            }
            !is_it
        });
        match values.as_slice() {
            [] => None,
            [value] => match read(value) {
                Ok(value) => Some(value),
                Err(detail) => {
                    self.errors.push(FieldError::of(name, detail));
                    None
                }
            },
            _ => {
                self.errors
                    .push(FieldError::of(name, "is there more than once"));
                None
            }
        }
    }

    /// A time.
    pub(super) fn take_time(&mut self, name: &str) -> Option<UnixMicros> {
        self.take(name, read_time)
    }

    /// How many there may be on a page.
    pub(super) fn take_limit(&mut self) -> u32 {
        let read = |text: &str| match text.parse() {
            Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
            _ => Err(format!("a whole number from 1 to {LIMIT_MAX}")),
        };
        self.take("limit", read).unwrap_or(LIMIT)
    }

    /// Nothing may be left over or wrong.
    pub(super) fn end(mut self) -> Result<(), Problem> {
        let over = self.pairs.iter().map(|(name, _)| name.to_string());
        let over = over.map(|name| FieldError::of(name, "there is no such parameter"));
        self.errors.extend(over);
        match self.errors.is_empty() {
            true => Ok(()),
            false => Err(Problem::invalid(self.errors)),
        }
    }
}

/// Lines of a page, where nothing else is asked for, and the most of them.
const LIMIT: u32 = 100;
const LIMIT_MAX: u32 = 500;

/// RFC 3339.
pub(super) fn read_time(text: &str) -> Result<UnixMicros, String> {
    let is_plain = text.is_ascii() && text.as_bytes().get(10).is_some_and(|it| b"Tt".contains(it));
    let time: Option<jiff::Timestamp> = text.parse().ok().filter(|_| is_plain);
    let time = time.ok_or("a time as in RFC 3339, like 2026-11-22T08:00:00Z")?;
    Ok(UnixMicros(time.as_microsecond()))
}

/// RFC 3339, in UTC.
pub(crate) fn shown(time: UnixMicros) -> String {
    let shown = jiff::Timestamp::from_microsecond(time.0);
    shown.map_or_else(|_| time.0.to_string(), |shown| shown.to_string())
}
