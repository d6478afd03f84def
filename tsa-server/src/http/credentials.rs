//! Who a request says it comes from: `Authorization: Bearer KEY`, or Basic with `account:KEY` (RFC
//! 6750 §2.1, RFC 7617), and the key that makes a repetition the same request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap};

use crate::trip::account::Credentials;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Longest idempotency key, in characters.
const IDEMPOTENCY_KEY_MAX: usize = 128;

/// The credentials of a request.
pub(super) fn credentials(headers: &HeaderMap) -> Credentials {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next(), values.next()) else {
        return Credentials::Unreadable;
    };
    match value {
        None => Credentials::None,
        Some(value) => value
            .to_str()
            .ok()
            .and_then(read)
            .unwrap_or(Credentials::Unreadable),
    }
}

fn read(value: &str) -> Option<Credentials> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Key {
            account: None,
            key: rest.to_owned(),
        });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (account, key) = pair.split_once(':')?;
    Some(Credentials::Key {
        account: Some(account.to_owned()),
        key: key.to_owned(),
    })
}

/// The idempotency key of a request; `Err` when there is one that cannot be used.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&[u8]>, ()> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let key = value.as_bytes();
            let is_key = (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len())
                && key.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
            is_key.then_some(Some(key)).ok_or(())
        }
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn credentials_are_one_header_of_two_schemes() {
        let key = |account: Option<&str>, key: &str| Credentials::Key {
            account: account.map(str::to_owned),
            key: key.to_owned(),
        };
        let basic = format!("Basic {}", STANDARD.encode("demo:tsa_1:2"));
        let cases: [(&[&str], Credentials); 9] = [
            (&[], Credentials::None),
            (&["Bearer tsa_1"], key(None, "tsa_1")),
            (&["bearer  tsa_1 "], key(None, "tsa_1")),
            (&[&basic], key(Some("demo"), "tsa_1:2")),
            (&["Basic !!!"], Credentials::Unreadable),
            (&["Basic ZGVtbw=="], Credentials::Unreadable),
            (&["Digest x"], Credentials::Unreadable),
            (&["tsa_1"], Credentials::Unreadable),
            (&["Bearer a", "Bearer a"], Credentials::Unreadable),
        ];
        for (values, expected) in cases {
            let found = credentials(&headers("authorization", values));
            assert_eq!(found, expected, "{values:?}");
        }
    }

    #[test]
    fn an_idempotency_key_has_1_to_128_characters() {
        let (longest, longer) = ("x".repeat(128), "x".repeat(129));
        type Case<'a> = (&'a [&'a str], Result<Option<&'a [u8]>, ()>);
        let cases: [Case<'_>; 7] = [
            (&[], Ok(None)),
            (&["a"], Ok(Some(b"a"))),
            (&["a b~"], Ok(Some(b"a b~"))),
            (&["\u{e9}"], Err(())),
            (&[&longest], Ok(Some(longest.as_bytes()))),
            (&[&longer], Err(())),
            (&["a", "a"], Err(())),
        ];
        for (values, expected) in cases {
            let headers = headers("idempotency-key", values);
            assert_eq!(idempotency_key(&headers), expected, "{values:?}");
        }
    }
}
