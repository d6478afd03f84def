//! Bare signatures on demand, for the bound that a server is compared with.
//!
//! Each line of standard input is a number: so many P-256 signatures are made over bytes as long
//! as the attributes of a token, and the nanoseconds they took are printed.

use std::io::{BufRead, Write};

use tsa_bench::Fault;
use tsa_bench::keys::{Key, Kind, certs};
use tsa_bench::maker::{Maker, request};
use tsa_bench::rounds::timed;
use tsa_server::clock::wall_time;

fn main() -> Result<(), Fault> {
    let now = wall_time().ok_or("the clock shows no year that can be named")?;
    let bytes = Maker::new(Kind::P256, now)?.to_be_signed(&request(true)?)?;
    let mut key = Key::load(Kind::P256, &certs().join("keys/tsa-p256.pem"))?;
    let mut side = timed(|| key.sign(&bytes).map(<[u8]>::len));
    let mut output = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let took = side(line?.trim().parse()?)?;
        writeln!(output, "{}", took.as_nanos())?;
        output.flush()?;
    }
    Ok(())
}
