//! How long the ledger looks for a token by its digest.
//!
//! `tsa-bench-lookup DATABASE ACCOUNT TOKENS COUNT SEED` looks for so many of the first TOKENS
//! tokens, chosen at random, where the digest of token n is the SHA-256 of n as eight bytes, and
//! prints the 50th and 99th percentile in nanoseconds. What is found is checked.

use std::path::PathBuf;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use tsa_bench::Fault;
use tsa_ledger::Ledger;
use tsa_ledger::record::Search;
use tsa_server::clock::{Stopwatch, wall_micros};

/// When a ledger has done what it does after it was opened.
const SETTLED: Duration = Duration::from_secs(4);

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, account, tokens, count, seed] = arguments.as_slice() else {
        return Err("say DATABASE ACCOUNT TOKENS COUNT SEED".into());
    };
    let (tokens, count): (u64, usize) = (tokens.parse()?, count.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let looked = look(
        PathBuf::from(database),
        account,
        tokens,
        count,
        seed.parse()?,
    );
    let mut latencies = runtime.block_on(looked)?;
    latencies.sort_unstable();
    let percentile = |part: usize| latencies.get(latencies.len() * part / 100).copied();
    let (Some(p50), Some(p99)) = (percentile(50), percentile(99)) else {
        return Err("nothing was looked for".into());
    };
    let line = format!("{} {}\n", p50.as_nanos(), p99.as_nanos());
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
    Ok(())
}

async fn look(
    database: PathBuf,
    account: &str,
    tokens: u64,
    count: usize,
    mut random: u64,
) -> Result<Vec<Duration>, Fault> {
    let (ledger, _) = Ledger::open(&database, wall_micros()).await?;
    let account = ledger.account(&account.parse()?).await?.id;
    let mut latencies = Vec::with_capacity(count);
    // A ledger that was just opened reads the requests of the last day beside its work.
    let opened = Stopwatch::start();
    while latencies.len() < count {
        let is_settled = opened.elapsed() > SETTLED;
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let leaf = (random >> 20) % tokens;
        let search = Search {
            digest: Some(digest(&SHA256, &leaf.to_be_bytes()).as_ref().to_vec()),
            limit: 10,
            ..Search::default()
        };
        let stopwatch = Stopwatch::start();
        let found = ledger.tokens(account, &search).await?;
        if is_settled {
            latencies.push(stopwatch.elapsed());
        }
        if found.iter().all(|token| token.leaf != leaf) {
            return Err(format!("token {leaf} is not found").into());
        }
    }
    ledger.close().await;
    Ok(latencies)
}
