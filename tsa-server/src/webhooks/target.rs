//! Where webhooks may lead: to what the whole Internet can reach, and nowhere inside.
//!
//! The address that a name has when it is connected to is what counts, not the one it had when the
//! webhook was registered.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

const URL_BYTES_MAX: usize = 2048;

/// Checks where a webhook is to lead, as far as its text says.
pub(crate) fn check_url(text: &str, may_reach_private: bool) -> Result<(), String> {
    if text.len() > URL_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "a URL of at most {URL_BYTES_MAX} visible ASCII characters"
        ));
    }
    let url: Uri = text.parse().map_err(|_| "is no URL".to_owned())?;
    let is_taken = match url.scheme_str() {
        Some("https") => true,
        Some("http") => may_reach_private,
        _ => false,
    };
    if !is_taken {
        return Err("an https address is needed".into());
    }
    let host = url.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| "a host is needed".to_owned())?;
    if url.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err("no name and no password may be in it".into());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_inside = match bare.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            // Some forms of an address are numbers that only the system reads as one.
            let last = name.rsplit('.').next().unwrap_or_default();
            let is_number = last.starts_with(|first: char| first.is_ascii_digit());
            is_number || name == "localhost" || name.ends_with(".localhost") || !name.contains('.')
        }
    };
    match is_inside && !may_reach_private {
        true => Err("leads to where the Internet does not reach".into()),
        false => Ok(()),
    }
}

/// Whether it is the address of one machine that anybody can reach (IANA's registries of special
/// addresses; RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // Shared by carriers; protocols; benchmarks; the old relays to IPv6.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 88 && c == 99);
    !is_special
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // What has been given out to anybody is below 2000::/3; some of it is special all the same.
    let is_unicast = first & 0xe000 == 0x2000;
    let is_special = match (first, second) {
        (0x2001, ..0x0200 | 0x0db8) | (0x3fff, ..0x1000) => true,
        // These have an address of IPv4 inside, to which they lead.
        (0x2002, _) => true,
        _ => false,
    };
    is_unicast && !is_special
}

/// Looks names up, and gives out only addresses that may be reached.
pub(super) struct Guarded {
    may_reach: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    names: DefaultResolver,
}

impl Guarded {
    pub(super) fn new(may_reach: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>) -> Self {
        Self {
            may_reach,
            names: DefaultResolver::default(),
        }
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guarded")
    }
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in found.iter().filter(|it| (self.may_reach)(it.ip())) {
            allowed.push(*address);
        }
        match allowed.is_empty() {
            true => Err(ureq::Error::HostNotFound),
            false => Ok(allowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_reached() {
        let inside = [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
        ];
        for address in inside {
            let parsed: IpAddr = address.parse().unwrap();
            assert!(!is_public(parsed), "{address}");
        }
        for address in ["9.9.9.9", "100.128.0.1", "2620:fe::fe", "2a00::1"] {
            let parsed: IpAddr = address.parse().unwrap();
            assert!(is_public(parsed), "{address}");
        }
    }

    #[test]
    fn a_webhook_leads_to_a_public_https_address() {
        for good in [
            "https://hooks.example.org/tsa?x=1",
            "https://9.9.9.9:8443/",
            "https://[2620:fe::fe]/",
        ] {
            assert_eq!(check_url(good, false), Ok(()), "{good}");
        }
        let long = format!("https://example.org/{}", "x".repeat(2048));
        for bad in [
            "",
            "hooks.example.org",
            "http://hooks.example.org/",
            "ftp://example.org/",
            "https://",
            "https://user:secret@example.org/",
            "https://localhost/",
            "https://a.localhost/",
            "https://intranet/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/",
            "https://exam ple.org/",
            "https://例子.org/",
            &long,
        ] {
            assert!(check_url(bad, false).is_err(), "{bad}");
        }
        assert_eq!(check_url("http://127.0.0.1:9/", true), Ok(()));
        assert!(check_url("ftp://127.0.0.1:9/", true).is_err());
    }

    #[test]
    fn a_name_that_leads_inside_is_not_connected_to() {
        let agent = |may_reach: bool| {
            let guarded = Guarded::new(Arc::new(move |_| may_reach));
            ureq::Agent::with_parts(
                ureq::config::Config::builder().proxy(None).build(),
                ureq::unversioned::transport::DefaultConnector::default(),
                guarded,
            )
        };
        let refused = agent(false).get("http://localhost:9/").call();
        assert!(matches!(refused, Err(ureq::Error::HostNotFound)));
        let reached = agent(true).get("http://localhost:9/").call();
        assert!(!matches!(reached, Err(ureq::Error::HostNotFound)));
    }
}
