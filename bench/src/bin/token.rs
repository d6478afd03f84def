//! What a token costs beside its bare signature, and beside OpenSSL's `TS_RESP_create_response`.
//!
//! `tsa-bench-token OPENSSL_LOOP [ROUNDS]`, started by `scripts/bench-token` on one core.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use serde_json::json;
use tsa_bench::keys::{Key, Kind, certs, pem};
use tsa_bench::maker::{Blind, Maker, StepTimes, request};
use tsa_bench::openssl::Loop;
use tsa_bench::rounds::{ROUNDS, run, timed};
use tsa_bench::trip::Trip;
use tsa_bench::{Fault, rows};
use tsa_core::TimeStampReq;
use tsa_server::clock::wall_time;
use tsa_verify::{
    CertificateBag, Evidence, GenTime, RingProvider, Subject, TrustStore, ValidationTime,
    VerificationPolicy, verify,
};

/// Tokens of a round of the steps.
const STEP_TOKENS: u32 = 300;

fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args_os().skip(1);
    let openssl = arguments.next().ok_or("name the loop around OpenSSL")?;
    let rounds = match arguments.next() {
        Some(rounds) => rounds.to_string_lossy().parse()?,
        None => ROUNDS,
    };
    let now = wall_time().ok_or("the clock shows no year that can be named")?;
    for kind in Kind::ALL {
        for chain in [true, false] {
            beside_signature(kind, chain, now, rounds)?;
        }
    }
    for chain in [true, false] {
        beside_openssl(&openssl, chain, now, rounds)?;
    }
    for chain in [true, false] {
        steps(chain, now, rounds)?;
    }
    Ok(())
}

/// Parsed request → response bytes, against ring's signature over the same attribute bytes.
fn beside_signature(kind: Kind, chain: bool, now: GenTime, rounds: usize) -> Result<(), Fault> {
    let request = request(chain)?;
    let mut maker = Maker::new(kind, now)?;
    let bytes = maker.to_be_signed(&request)?;
    let mut key = Key::load(kind, &certs().join(format!("keys/{}.pem", kind.stem())))?;
    let response = maker.respond(&request, &mut Blind)?;
    must_pass(&response, &request, now)?;
    let times = run(
        rounds,
        vec![
            timed(|| maker.respond(&request, &mut Blind)),
            timed(|| key.sign(&bytes).map(<[u8]>::len)),
        ],
    )?;
    rows::print(&json!({
        "row": "token",
        "key": kind.name(),
        "chain": chain,
        "response_bytes": response.len(),
        "token_ns": times.least(0),
        "signature_ns": times.least(1),
        "ratio": rows::ratio(times.ratio(0, 1)),
    }))
}

/// Request bytes → response bytes: tsa-core with ring, the server's trip, OpenSSL; P-256 for all.
fn beside_openssl(program: &OsStr, chain: bool, now: GenTime, rounds: usize) -> Result<(), Fault> {
    let request = request(chain)?;
    let bytes = request.to_der()?;
    let folder = tempfile::tempdir()?;
    let query = folder.path().join("request.tsq");
    std::fs::write(&query, &bytes)?;
    let file = |name: &str| OsString::from(certs().join(name));
    let arguments = [
        file("keys/tsa-p256.pem"),
        file("tsa-p256.pem"),
        file("intermediate.pem"),
        query.into(),
    ];
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let mut openssl = Loop::start(Path::new(program), &arguments)?;
    let mut openssl_signing = Loop::start(Path::new(program), &arguments)?;
    let mut maker = Maker::new(Kind::P256, now)?;
    let trip = Trip::new(Kind::P256, now)?;

    // The same work: each is judged by the same verifier.
    openssl.run("batch", 1)?;
    let theirs = openssl.last()?;
    must_pass(&theirs, &request, now)?;
    let ours = maker.answer(&bytes, &mut Blind)?;
    must_pass(&ours, &request, now)?;
    must_pass(&trip.answer(&bytes)?, &request, now)?;

    let times = run(
        rounds,
        vec![
            timed(|| maker.answer(&bytes, &mut Blind)),
            Box::new(|count| openssl.run("batch", count)),
            timed(|| trip.answer(&bytes)),
            Box::new(|count| openssl_signing.run("sign", count)),
        ],
    )?;
    rows::print(&json!({
        "row": "token-openssl",
        "chain": chain,
        "response_bytes": ours.len(),
        "openssl_response_bytes": theirs.len(),
        "core_ns": times.least(0),
        "openssl_ns": times.least(1),
        "openssl_signature_ns": times.least(3),
        "trip_ns": times.least(2),
        "ratio": rows::ratio(times.ratio(1, 0)),
        "trip_ratio": rows::ratio(times.ratio(1, 2)),
    }))
}

/// Where the time of a P-256 token goes.
fn steps(chain: bool, now: GenTime, rounds: usize) -> Result<(), Fault> {
    let bytes = request(chain)?.to_der()?;
    let mut maker = Maker::new(Kind::P256, now)?;
    let mut fastest: Option<Vec<(&str, f64)>> = None;
    let total = |steps: &[(&str, f64)]| -> f64 { steps.iter().map(|(_, nanos)| nanos).sum() };
    for _ in 0..rounds {
        let mut watch = StepTimes::start();
        for _ in 0..STEP_TOKENS {
            watch.begin();
            std::hint::black_box(maker.answer(&bytes, &mut watch)?);
        }
        let nanos = |sum: std::time::Duration| sum.as_secs_f64() * 1e9 / f64::from(STEP_TOKENS);
        let steps: Vec<_> = watch
            .sums()
            .map(|(step, sum)| (step.name(), nanos(sum)))
            .collect();
        if fastest
            .as_ref()
            .is_none_or(|best| total(&steps) < total(best))
        {
            fastest = Some(steps);
        }
    }
    for (step, nanos) in fastest.unwrap_or_default() {
        rows::print(&json!({ "row": "token-step", "chain": chain, "step": step, "ns": nanos }))?;
    }
    Ok(())
}

/// A loop that made something else than a good token would be no comparison.
fn must_pass(response: &[u8], request: &TimeStampReq, now: GenTime) -> Result<(), Fault> {
    let mut trust = TrustStore::new();
    trust.add(&pem(&certs().join("root.pem"))?)?;
    let mut bag = CertificateBag::new();
    for name in ["intermediate", "tsa-p256", "tsa-rsa3072", "tsa-ed25519"] {
        bag.add(&pem(&certs().join(format!("{name}.pem")))?)?;
    }
    let later = GenTime::from_unix(now.unix_seconds() + 3600, 0).ok_or("no such time")?;
    let report = verify(
        &Evidence::new(response, &bag),
        &Subject::of_request(request.clone()),
        &trust,
        &VerificationPolicy::at(ValidationTime::Now(later)),
        &RingProvider,
    );
    match report.verified() {
        Some(_) => Ok(()),
        None => Err(format!(
            "a response does not pass verification: {}",
            report.verdict().indication.name()
        )
        .into()),
    }
}
