//! Tokens a second with the cargo feature `aws-lc` beside those with ring.
//!
//! `tsa-bench-engines [ROUNDS]`, started by `scripts/bench-engines` on one core. Both engines sign
//! in one process, so that everything else is the same: the server's whole trip, with the clock,
//! the durable serial number and the self-check as configured by default.

use serde_json::json;
use tsa_bench::keys::{certs, pem};
use tsa_bench::maker::request;
use tsa_bench::rounds::{ROUNDS, Side, run, timed};
use tsa_bench::trip::Trip;
use tsa_bench::{Fault, rows};
use tsa_core::GenTime;
use tsa_server::clock::wall_time;
use tsa_server::signer::{Engine, FileKey, Signer};

/// The keys, by their names in tables and in `certs/`.
const KEYS: [(&str, &str); 4] = [
    ("RSA-3072", "tsa-rsa3072"),
    ("P-384", "tsa-p384"),
    ("Ed25519", "tsa-ed25519"),
    ("P-256", "tsa-p256"),
];

/// How far the same work may differ from itself on a machine that is quiet.
const NOISE_MAX: f64 = 0.03;

/// As long as the attributes that are signed.
const MESSAGE: [u8; 270] = [7; 270];

fn main() -> Result<(), Fault> {
    let rounds = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse()?,
        None => ROUNDS,
    };
    let now = wall_time().ok_or("the clock shows no year that can be named")?;
    for (name, stem) in KEYS {
        compare(name, stem, now, rounds)?;
    }
    Ok(())
}

fn compare(name: &str, stem: &str, now: GenTime, rounds: usize) -> Result<(), Fault> {
    let request = request(true)?.to_der()?;
    let trip = |engine| Trip::with(stem, engine, now);
    let (ring, aws_lc) = (trip(Engine::Ring)?, trip(Engine::AwsLc)?);
    let pkcs8 = pem(&certs().join(format!("keys/{stem}.pem")))?;
    let key = |engine| FileKey::from_pkcs8_by(engine, &pkcs8);
    let (ring_key, aws_lc_key) = (key(Engine::Ring)?, key(Engine::AwsLc)?);
    let signing = |key: &'_ FileKey| -> Result<Vec<u8>, Fault> { Ok(key.sign(&MESSAGE)?) };
    let sides: Vec<Side<'_>> = vec![
        timed(|| ring.answer(&request)),
        timed(|| aws_lc.answer(&request)),
        timed(|| signing(&ring_key)),
        timed(|| signing(&aws_lc_key)),
        timed(|| ring.answer(&request)),
    ];
    let times = run(rounds, sides)?;
    let noise = times.median_ratio(4, 0);
    if (noise - 1.0).abs() > NOISE_MAX {
        let words = format!("{name}: the same work took {noise:.2} times as long as itself");
        return Err(format!("{words}: the machine is not quiet").into());
    }
    let ratio = |over, under| {
        let spread = times.ratio(over, under);
        let median = times.median_ratio(over, under);
        json!({ "median": median, "least": spread.least, "greatest": spread.greatest })
    };
    rows::print(&json!({
        "row": "engines",
        "key": name,
        "rounds": rounds,
        "ring_ns": times.median(0),
        "aws_lc_ns": times.median(1),
        "ring_signature_ns": times.median(2),
        "aws_lc_signature_ns": times.median(3),
        "ratio": ratio(0, 1),
        "signature_ratio": ratio(2, 3),
    }))
}
