//! The address under which a service is reached from outside, as it is written into certificates.

use std::fmt;

/// Longest address, in bytes.
const BYTES_MAX: usize = 200;

/// `http://` or `https://`, a host, perhaps a port and a path; without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// An address that cannot be written into certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address as in http://tsa.example or https://tsa.example:8443/path, at most {BYTES_MAX} \
     bytes, without query, fragment, user and spaces"
)]
pub struct BadPublicUrl;

impl PublicUrl {
    /// Where the CRL of the development CA is served.
    #[must_use]
    pub fn crl(&self) -> String {
        format!("{}/crl.der", self.0)
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_end_matches('/');
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .ok_or(BadPublicUrl)?;
        let host = rest.split('/').next().unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%:/[]".contains(&byte);
        let is_url = text.len() <= BYTES_MAX
            && host.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && rest.bytes().all(is_plain)
            && text.parse::<hyper::Uri>().is_ok();
        is_url.then(|| Self(text.to_owned())).ok_or(BadPublicUrl)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_and_what_is_none_is_not() {
        for (text, crl) in [
            ("http://tsa.example", "http://tsa.example/crl.der"),
            (
                "https://tsa.example:8443/a/",
                "https://tsa.example:8443/a/crl.der",
            ),
            (
                "http://[2001:db8::1]:3161",
                "http://[2001:db8::1]:3161/crl.der",
            ),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().crl(), crl);
        }
        let long = format!("http://{}", "a".repeat(200));
        for text in [
            "",
            "tsa.example",
            "ftp://a",
            "http://",
            "http:///a",
            "http://a?b",
            "http://a#b",
            "http://u@a",
            "http://a b",
            "http://a\nb",
            "http://\u{e9}",
            &long,
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(BadPublicUrl), "{text}");
        }
    }
}
