//! What somebody who has just started the authority needs to know.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use tsa_core::{ObjectIdentifier, oid};
use tsa_ledger::key::ApiKey;

use crate::config::{AnonymousFrom, ClockChoice, Config};
use crate::console::say;
use crate::trip::Authority;

/// What `openssl ts -verify` of OpenSSL 3 cannot verify (docs/interop.md, docs/keys.md).
const BEYOND_OPENSSL: [(ObjectIdentifier, &str); 5] = [
    (oid::ED25519, "Ed25519"),
    (oid::SM2_WITH_SM3, "SM2"),
    (oid::ML_DSA_44, "ML-DSA"),
    (oid::ML_DSA_65, "ML-DSA"),
    (oid::ML_DSA_87, "ML-DSA"),
];

/// Says where the authority is and how to try it, and warns of what is not fit for production.
pub fn greet(
    config: &Config,
    address: SocketAddr,
    authority: &Authority,
    first_key: Option<&ApiKey>,
) {
    let offering = authority.offering.get();
    let offer = offering.signers.default_offer();
    let root = config.signers.first().map(|signer| signer.root.as_path());
    let root = quoted(root.unwrap_or(Path::new("root.pem")));
    let url = quoted_text(&format!("http://{}/", reachable(address)));
    say("");
    say(format!("Serving RFC 3161 time stamps on http://{address}/"));
    say(format!("  policy   {}", offer.policy));
    say(format!("  signer   {}", offer.signer.describe()));
    say(format!("  root     {root}"));
    say("  price    one credit a token");
    match &config.anonymous_account {
        Some(account) => say(format!(
            "  account  {}, which pays for requests without a key{}",
            account.0,
            match config.anonymous_from {
                AnonymousFrom::Loopback => " from this machine",
                AnonymousFrom::Anywhere => "",
            }
        )),
        None => say("  account  every request needs the API key of one"),
    }
    if let Some(key) = first_key {
        say(format!("  api key  {}", key.reveal()));
        say("           of that account, made just now with 1000 credits; it is shown only once");
    }
    say("");
    say("Try it:");
    say("  openssl ts -query -data README.md -sha256 -cert -out q.tsq");
    say(format!(
        "  curl -s -H 'Content-Type: application/timestamp-query' --data-binary @q.tsq \
         {url} -o r.tsr"
    ));
    let algorithm = offer.signer.signer().signature_algorithm().algorithm;
    let beyond = BEYOND_OPENSSL.iter().find(|(it, _)| *it == algorithm);
    say(match beyond {
        Some((_, name)) => {
            format!("  (`openssl ts -verify` of OpenSSL 3 cannot verify {name}; tsa-verify can)")
        }
        None => format!("  openssl ts -verify -data README.md -in r.tsr -CAfile {root}"),
    });
    say(format!(
        "  cargo run -q --release -p tsa-verify -- README.md --token r.tsr --trust {root}"
    ));
    say("");
    say("Ctrl-C stops.");
    warn(config, address, authority);
}

fn warn(config: &Config, address: SocketAddr, authority: &Authority) {
    if config.clock == ClockChoice::System {
        tracing::warn!(
            "clock = \"system\": the machine's clock is believed and nobody checks it; tokens \
             state no accuracy"
        );
    }
    if config.unmetered {
        tracing::warn!("unmetered: nobody pays, and no token is recorded");
    }
    if config.anonymous_account.is_some() && config.anonymous_from == AnonymousFrom::Anywhere {
        tracing::warn!("anyone who reaches this address spends the credits of one account");
    }
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "this address can be reached by others, and without TLS");
    }
    if let Err(rejection) = authority.readiness() {
        let cause = rejection.cause().unwrap_or_default();
        tracing::error!(fail_info = %rejection.fail_info, cause, "no tokens for now");
    }
}

/// An address to talk to: `0.0.0.0` and `[::]` are only to listen on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn quoted(path: &Path) -> String {
    quoted_text(&path.display().to_string())
}

/// A word as a shell takes it.
fn quoted_text(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:+,@%=".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        for (word, expected) in [
            ("tsa-data/root.pem", "tsa-data/root.pem"),
            ("with space/数据/root.pem", "'with space/数据/root.pem'"),
            ("it's", "'it'\\''s'"),
            ("http://[::1]:3161/", "'http://[::1]:3161/'"),
        ] {
            assert_eq!(quoted_text(word), expected);
        }
    }

    #[test]
    fn nobody_is_told_to_connect_to_everywhere() {
        let shown = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(shown("0.0.0.0:3161"), "127.0.0.1:3161");
        assert_eq!(shown("[::]:3161"), "[::1]:3161");
        assert_eq!(shown("192.0.2.1:3161"), "192.0.2.1:3161");
    }
}
