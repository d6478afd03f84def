//! `/crl.der`: the CRL of the development CA (RFC 2585 §4.2), and how long a cache may keep it.

use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LAST_MODIFIED,
};
use jiff::fmt::rfc2822::DateTimePrinter;
use tsa_core::GenTime;

use super::answer::{Answer, respond, text};
use crate::ca::Published;
use crate::ca::keeper::Keeper;
use crate::clock::wall_time;
use crate::digest::digest;

/// Longest time that a cache may keep a CRL, in seconds: so long a revocation may go unnoticed.
const CACHE_SECONDS_MAX: i64 = 300;

/// The CRL as it is now.
pub(super) fn answer(keeper: &Keeper, headers: &HeaderMap) -> Answer {
    let Some(crl) = keeper.served() else {
        return text(StatusCode::NOT_FOUND, "There is no CRL here.\n");
    };
    let tag = tag(&crl);
    let mut answer = match is_known(headers, &tag) {
        true => {
            let mut answer = text(StatusCode::NOT_MODIFIED, "");
            answer.headers_mut().remove(hyper::header::CONTENT_TYPE);
            answer
        }
        false => respond(StatusCode::OK, "application/pkix-crl", crl.der.clone()),
    };
    let age = wall_time().map_or(0, |now| seconds_to_keep(&crl, now));
    let modified = modified(&crl);
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(name, value);
        }
    };
    set(ETAG, &tag);
    set(CACHE_CONTROL, &format!("public, max-age={age}"));
    if let Some(modified) = &modified {
        set(LAST_MODIFIED, modified);
    }
    answer
}

/// Never past `nextUpdate`.
fn seconds_to_keep(crl: &Published, now: GenTime) -> i64 {
    let left = crl.next_update.unix_seconds() - now.unix_seconds();
    left.clamp(0, CACHE_SECONDS_MAX)
}

fn tag(crl: &Published) -> String {
    let digest = digest(tsa_core::DigestAlgorithm::Sha256, &crl.der).unwrap_or_default();
    let half = digest.get(..16).unwrap_or_default();
    format!("\"{}\"", base16ct::lower::encode_string(half))
}

fn modified(crl: &Published) -> Option<String> {
    let time = jiff::Timestamp::from_second(crl.this_update.unix_seconds()).ok()?;
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .ok()
}

/// Whether the client has this one (RFC 9110 §13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    let mut tags = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    tags.any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_keeps_a_crl_for_minutes_and_never_past_its_end() {
        let at = |seconds: i64| GenTime::from_unix(1_790_000_000 + seconds, 0).unwrap();
        let crl = Published {
            der: vec![1],
            issuer: Vec::new(),
            number: 1,
            revoked: 0,
            this_update: at(0),
            next_update: at(1000),
        };
        for (now, expected) in [(0, 300), (700, 300), (701, 299), (1000, 0), (2000, 0)] {
            assert_eq!(seconds_to_keep(&crl, at(now)), expected);
        }
        assert_eq!(modified(&crl).unwrap(), "Mon, 21 Sep 2026 14:13:20 GMT");
    }

    #[test]
    fn who_has_it_is_known_by_its_tag() {
        for (value, expected) in [
            ("\"a\"", true),
            ("\"b\", W/\"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            assert_eq!(is_known(&headers, "\"a\""), expected, "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
