//! One POST to the time-stamp authority (RFC 3161 §3.4).
//!
//! In scope: the address, the account's key, TLS, and what an HTTP answer means. Not in scope:
//! trying again, see [`crate::exchange`]; the time-stamp response in the body, see
//! [`crate::answer`].

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Response;
use ureq::http::{HeaderMap, HeaderValue, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use crate::answer::Rejection;
use crate::exchange::ExchangeError;

/// Longest answer read. A token with its chain takes a few KiB.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
/// Longest answer of the API read: for as many digests as are sent at a time.
const DIGESTS_ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where to send requests, and as whom.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: Uri,
    pub(crate) api_key: Option<ApiKey>,
    pub(crate) timeout: Duration,
    pub(crate) connections: usize,
    pub(crate) tls_ca: Option<PathBuf>,
}

impl Server {
    /// What the user should know before anything is sent.
    pub(crate) fn warning(&self) -> Option<String> {
        let is_open = self.url.scheme_str() == Some("http") && !self.is_loopback();
        (is_open && self.api_key.is_some()).then(|| {
            let url = &self.url;
            format!("warning: the API key goes unencrypted to {url}; https would protect it")
        })
    }

    fn is_loopback(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }
}

/// An address that can be posted to.
pub(crate) fn server_url(text: &str) -> Result<Uri, String> {
    let url: Uri = text
        .parse()
        .map_err(|error| format!("the URL cannot be read: {error}"))?;
    if url.authority().is_some_and(|at| at.as_str().contains('@')) {
        return Err("the URL holds a name or password; give the key by TSA_API_KEY".into());
    }
    match (url.scheme_str(), url.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(url),
        _ => Err(format!(
            "{text} is not an address like http://127.0.0.1:3161/ or https://tsa.example/"
        )),
    }
}

/// A secret: shown nowhere.
pub(crate) struct ApiKey {
    header: HeaderValue,
}

impl ApiKey {
    pub(crate) fn new(key: String) -> Result<Self, String> {
        let mut header = HeaderValue::try_from(format!("Bearer {}", key.trim()))
            .map_err(|_| "the API key holds a character that no key has".to_string())?;
        header.set_sensitive(true);
        Ok(Self { header })
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// What came back for a request.
#[derive(Debug)]
pub(crate) enum Posted {
    /// An answer to be checked.
    Reply(Reply),
    /// The server asks to come again.
    Later {
        /// What it said.
        refusal: HttpRefusal,
        /// After how long, when it said so.
        after: Option<Duration>,
    },
}

/// An answer with a body, and what it says about money.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    /// `TSA-Credits-Remaining`
    pub(crate) credits_remaining: Option<u64>,
    /// `TSA-Credits-Charged`
    pub(crate) credits_charged: Option<u64>,
}

/// An HTTP status other than 2xx.
#[derive(Clone, Debug)]
pub(crate) struct HttpRefusal {
    pub(crate) status: u16,
    had_key: bool,
    location: Option<String>,
    rejection: Option<Rejection>,
    /// The words of a problem (RFC 9457).
    problem: Option<String>,
}

impl fmt::Display for HttpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match (self.status, self.had_key) {
            (401, true) => "the server does not accept the API key",
            (401, false) => "the server wants an API key: set TSA_API_KEY or use --api-key",
            (402, _) => "the account has no credits left",
            (403, _) => "the account may not do this",
            (429, _) => "too many requests at once",
            (503, _) => "the server cannot stamp at the moment",
            (300..=399, _) => "the server is elsewhere",
            (404 | 405, _) => "no time-stamp authority is at this URL",
            (413, _) => "the server finds the request too long",
            (500..=599, _) => "the server has failed",
            _ => "the server refuses the request",
        };
        write!(f, "{words} (HTTP {})", self.status)?;
        if let Some(location) = &self.location {
            write!(f, ": {location}")?;
        }
        if let Some(rejection) = &self.rejection {
            write!(f, "; {rejection}")?;
        }
        if let Some(problem) = &self.problem {
            write!(f, "; the server says: {problem}")?;
        }
        Ok(())
    }
}

/// Connections to the server, kept open between requests.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    url: Uri,
    api_url: String,
    authorization: Option<HeaderValue>,
}

impl Client {
    pub(crate) fn new(server: &Server) -> Result<Self, ClientError> {
        let roots = match &server.tls_ca {
            Some(path) => read_roots(path)?,
            None => RootCerts::WebPki,
        };
        let mut config = Config::builder()
            .http_status_as_error(false)
            // A redirected POST would arrive as GET; the user is told where to go instead.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("tsa-stamp/", env!("CARGO_PKG_VERSION")))
            .accept("application/timestamp-reply")
            .max_idle_connections(server.connections)
            .max_idle_connections_per_host(server.connections)
            .timeout_connect(Some(CONNECT_TIMEOUT.min(server.timeout)))
            .timeout_global(Some(server.timeout))
            .tls_config(TlsConfig::builder().root_certs(roots).build());
        if server.is_loopback() {
            // A proxy would look for the server on its own machine.
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().into(),
            api_url: api_url(&server.url),
            url: server.url.clone(),
            authorization: server.api_key.as_ref().map(|key| key.header.clone()),
        })
    }

    /// Sends a request once.
    pub(crate) fn post(&self, query: &[u8]) -> Result<Posted, ExchangeError> {
        let failed = |error| ExchangeError::from_transport(error, &self.url);
        let mut request = self
            .agent
            .post(&self.url)
            .content_type("application/timestamp-query");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let response = request.send(query).map_err(failed)?;
        self.posted(response, ANSWER_BYTES_MAX)
    }

    /// Sends digests to the server's API once; `key` names this very request.
    pub(crate) fn post_digests(&self, body: &str, key: &str) -> Result<Posted, ExchangeError> {
        let failed = |error| ExchangeError::from_transport(error, &self.url);
        let mut request = self
            .agent
            .post(&self.api_url)
            .content_type("application/json")
            .header("Accept", "application/json")
            .header("Idempotency-Key", key);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let response = request.send(body).map_err(failed)?;
        self.posted(response, DIGESTS_ANSWER_BYTES_MAX)
    }

    /// What came back.
    fn posted(
        &self,
        mut response: Response<Body>,
        bytes_max: u64,
    ) -> Result<Posted, ExchangeError> {
        let failed = |error| ExchangeError::from_transport(error, &self.url);
        let body = response
            .body_mut()
            .with_config()
            .limit(bytes_max)
            .read_to_vec()
            .map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers());
        if response.status().is_success() {
            return Ok(Posted::Reply(Reply {
                body,
                credits_remaining: number(headers, "tsa-credits-remaining"),
                credits_charged: number(headers, "tsa-credits-charged"),
            }));
        }
        let refusal = HttpRefusal {
            status,
            had_key: self.authorization.is_some(),
            location: text(headers, "location").map(str::to_string),
            rejection: Rejection::in_body(&body),
            problem: problem_in(headers, &body),
        };
        match status {
            429 | 502..=504 => Ok(Posted::Later {
                refusal,
                after: retry_after(headers),
            }),
            _ => Err(ExchangeError::Refused(refusal)),
        }
    }
}

/// The address for digests beside the one for requests.
fn api_url(url: &Uri) -> String {
    let path = url.path();
    let path = path
        .strip_suffix("/tsr")
        .unwrap_or(path)
        .trim_end_matches('/');
    let scheme = url.scheme_str().unwrap_or("http");
    let authority = url.authority().map_or("", |authority| authority.as_str());
    format!("{scheme}://{authority}{path}/api/v1/stamps")
}

/// The words of a problem (RFC 9457) in the body of an answer.
fn problem_in(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let is_problem = text(headers, "content-type")? == "application/problem+json";
    let problem: serde_json::Value = serde_json::from_slice(body).ok().filter(|_| is_problem)?;
    let words = problem.get("detail").or_else(|| problem.get("title"))?;
    words.as_str().map(str::to_owned)
}

fn read_roots(path: &PathBuf) -> Result<RootCerts, ClientError> {
    let unusable = |words: String| ClientError::Roots {
        path: path.clone(),
        words,
    };
    let pem = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let mut roots = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| unusable(e.to_string()))? {
            roots.push(certificate);
        }
    }
    if roots.is_empty() {
        return Err(unusable("holds no certificate in PEM".into()));
    }
    Ok(RootCerts::Specific(Arc::new(roots)))
}

/// Why requests cannot be sent at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ClientError {
    /// `--tls-ca` cannot be used.
    #[error("{}: {words}", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        words: String,
    },
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which is compared with the server's own.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = number(headers, "retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let date = |name| {
        let date = jiff::fmt::rfc2822::parse(text(headers, name)?).ok()?;
        Some(date.timestamp().as_second())
    };
    let seconds = date("retry-after")?.saturating_sub(date("date")?);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let pair = |pair: &(&'static str, &'static str)| {
                (pair.0.parse().unwrap(), HeaderValue::from_static(pair.1))
            };
            retry_after(&pairs.iter().map(pair).collect())
        };
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(headers(&[]), None);
        assert_eq!(headers(&[("retry-after", "7")]), seconds(7));
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT");
        assert_eq!(headers(&[later, date]), seconds(23));
        let earlier = ("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT");
        assert_eq!(headers(&[earlier, date]), seconds(0));
        assert_eq!(headers(&[later]), None);
        assert_eq!(headers(&[("retry-after", "soon"), date]), None);
    }

    #[test]
    fn the_api_is_beside_the_address_for_requests() {
        for (url, api) in [
            (
                "http://127.0.0.1:3161/",
                "http://127.0.0.1:3161/api/v1/stamps",
            ),
            (
                "https://tsa.example/tsr",
                "https://tsa.example/api/v1/stamps",
            ),
            ("https://tsa.example", "https://tsa.example/api/v1/stamps"),
            (
                "https://a.example/tsa/",
                "https://a.example/tsa/api/v1/stamps",
            ),
        ] {
            assert_eq!(api_url(&server_url(url).unwrap()), api);
        }
    }

    #[test]
    fn a_key_sent_in_the_clear_to_another_machine_is_warned_of() {
        let warned = |url: &str, key: bool| {
            let server = Server {
                url: server_url(url).unwrap(),
                api_key: key.then(|| ApiKey::new("k".into()).unwrap()),
                timeout: Duration::from_secs(1),
                connections: 1,
                tls_ca: None,
            };
            server.warning().is_some()
        };
        assert!(warned("http://tsa.example/", true));
        assert!(!warned("http://tsa.example/", false));
        assert!(!warned("https://tsa.example/", true));
        for local in [
            "http://localhost:1/",
            "http://127.0.0.2/",
            "http://[::1]:3161/",
        ] {
            assert!(!warned(local, true), "{local}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = ApiKey::new("s3cret".into()).unwrap();
        assert!(!format!("{key:?}").contains("s3cret"));
        assert!(!ApiKey::new("s3\ncret".into()).unwrap_err().contains("s3"));
    }
}
