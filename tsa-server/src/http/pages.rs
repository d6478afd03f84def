//! What a browser or a monitor reads: the landing page, certificates, health.

use hyper::StatusCode;
use hyper::header::{HOST, HeaderMap};

use super::Service;
use super::answer::{Answer, respond, text};
use crate::pem;
use crate::trip::Signers;

const LANDING: &str = include_str!("landing.html");

/// The page at a path.
pub(super) fn by_path(path: &str) -> Option<fn(&Service) -> Answer> {
    match path {
        "/root.pem" => Some(root),
        "/chain.pem" => Some(chain),
        "/sandbox/root.pem" => Some(sandbox_root),
        "/policy" => Some(policy),
        "/healthz" => Some(healthz),
        "/readyz" => Some(readyz),
        _ => None,
    }
}

/// What this is and how to use it, with the address under which the reader reached it.
pub(super) fn landing(service: &Service, headers: &HeaderMap) -> Answer {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host
        .filter(|host| is_plain(host))
        .unwrap_or("127.0.0.1:3161");
    let policy = service.authority.offering.get();
    let policy = policy.signers.default_offer().policy.to_string();
    let page = LANDING.replace("@HOST@", host).replace("@POLICY@", &policy);
    respond(StatusCode::OK, "text/html; charset=utf-8", page)
}

/// Nothing that could be markup or a shell's business: the page offers commands to copy.
fn is_plain(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(plain)
}

const PEM: &str = "application/x-pem-file";

fn root(service: &Service) -> Answer {
    let offering = service.authority.offering.get();
    certificates([offering.signers.default_offer().signer.root()])
}

fn sandbox_root(service: &Service) -> Answer {
    match &service.authority.offering.get().sandbox {
        Some(signers) => certificates([signers.default_offer().signer.root()]),
        None => text(StatusCode::NOT_FOUND, "There is no test authority here.\n"),
    }
}

fn chain(service: &Service) -> Answer {
    let offering = service.authority.offering.get();
    let signer = &offering.signers.default_offer().signer;
    certificates(signer.certificates().iter().map(Vec::as_slice))
}

fn certificates<'a>(ders: impl IntoIterator<Item = &'a [u8]>) -> Answer {
    match ders
        .into_iter()
        .map(pem::encode)
        .collect::<Result<String, _>>()
    {
        Ok(text) => respond(StatusCode::OK, PEM, text),
        Err(error) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("A certificate cannot be encoded: {error}.\n"),
        ),
    }
}

fn policy(service: &Service) -> Answer {
    let mut words =
        String::from("What this authority offers, by policy. The first is the default.\n");
    let offering = service.authority.offering.get();
    let default = offering.signers.default_offer();
    let others = offering
        .signers
        .iter()
        .filter(|offer| offer.policy != default.policy);
    for offer in std::iter::once(default).chain(others) {
        let hashes: Vec<&str> = offer.hashes.iter().map(|hash| hash.name()).collect();
        let signer = offer.signer.signer();
        words.push_str(&format!(
            "\npolicy        {}\nsignature     {} with {}\nhashes        {}\nvalid until   {}\n",
            offer.policy,
            offer.signer.profile().signature_algorithm(signer).algorithm,
            signer.digest_algorithm(),
            hashes.join(", "),
            offer.signer.not_after()
        ));
    }
    for offer in offering.sandbox.iter().flat_map(Signers::iter) {
        words.push_str(&format!(
            "\npolicy        {}\n              TEST: for sandbox accounts; proves nothing\n",
            offer.policy
        ));
    }
    let clock = service.authority.clock.source_name();
    words.push_str(&format!("\nclock         {clock}\n"));
    text(StatusCode::OK, words)
}

/// The process runs and answers.
fn healthz(_: &Service) -> Answer {
    text(StatusCode::OK, "ok\n")
}

/// A request would be granted now.
fn readyz(service: &Service) -> Answer {
    match service.authority.readiness() {
        Ok(()) => text(StatusCode::OK, "ready\n"),
        Err(rejection) => {
            let words = format!("not ready: {} ({})\n", rejection.words, rejection.fail_info);
            text(StatusCode::SERVICE_UNAVAILABLE, words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_cannot_put_markup_or_shell_into_the_page() {
        for host in ["127.0.0.1:3161", "[::1]:3161", "tsa.example"] {
            assert!(is_plain(host), "{host}");
        }
        for host in ["", "a b", "<script>", "a;rm", "a'b", "a\"b", "a$(b)", "a/b"] {
            assert!(!is_plain(host), "{host}");
        }
    }
}
