//! An open loop: requests leave when they are due, whether or not the answers to others are there.
//!
//! `tsa-bench-load PORT REQUEST_FILE NONCE_PLACE CONNECTIONS RATE SECONDS [bare]` sends so many
//! requests a second in all, each with a nonce of its own, and prints how many were answered with a
//! token, and the 50th and 99th percentile of the time from when a request was due to when its
//! answer was whole, in microseconds. A server that falls behind is not waited for: its answers
//! come late.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tsa_bench::Fault;
use tsa_server::clock::Stopwatch;

/// What one connection sends, and when.
#[derive(Clone)]
struct Plan {
    port: u16,
    request: Vec<u8>,
    /// Where in it the last four bytes of the nonce are.
    nonce: usize,
    first: u32,
    step: u32,
    count: u32,
    rate: f64,
    is_bare: bool,
    since: Stopwatch,
}

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, file, nonce, connections, rate, seconds, kind @ ..] = arguments.as_slice() else {
        return Err("say PORT REQUEST_FILE NONCE_PLACE CONNECTIONS RATE SECONDS [bare]".into());
    };
    let (connections, rate): (u32, f64) = (connections.parse()?, rate.parse()?);
    let seconds: u32 = seconds.parse()?;
    let each = rate * f64::from(seconds) / f64::from(connections);
    let plan = Plan {
        port: port.parse()?,
        request: std::fs::read(file)?,
        nonce: nonce.parse()?,
        first: 0,
        step: connections,
        count: format!("{each:.0}").parse()?,
        rate,
        is_bare: kind == ["bare"],
        since: Stopwatch::start(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut latencies = runtime.block_on(run(&plan))?;
    latencies.sort_unstable();
    let percentile = |part: usize| latencies.get(latencies.len() * part / 100).copied();
    let (Some(p50), Some(p99)) = (percentile(50), percentile(99)) else {
        return Err("nothing was sent".into());
    };
    let line = format!(
        "{} {} {}\n",
        latencies.len(),
        p50.as_micros(),
        p99.as_micros()
    );
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
    Ok(())
}

async fn run(plan: &Plan) -> Result<Vec<Duration>, Fault> {
    let mut streams = Vec::new();
    for _ in 0..plan.step {
        let stream = TcpStream::connect(("127.0.0.1", plan.port)).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    // Connecting is not measured: the first request is due when every connection is there.
    let since = Stopwatch::start();
    let connections = streams.into_iter().zip(0..).map(|(stream, first)| {
        let plan = Plan {
            first,
            since,
            ..plan.clone()
        };
        tokio::spawn(async move {
            let answered = connection(plan, stream).await;
            answered.map_err(|fault| fault.to_string())
        })
    });
    let mut latencies = Vec::new();
    for connection in connections.collect::<Vec<_>>() {
        latencies.extend(connection.await??);
    }
    Ok(latencies)
}

async fn connection(mut plan: Plan, stream: TcpStream) -> Result<Vec<Duration>, Fault> {
    let mut stream = BufReader::new(stream);
    let mut latencies = Vec::new();
    for turn in 0..plan.count {
        let number = plan.first + turn * plan.step;
        let due = Duration::from_secs_f64(f64::from(number) / plan.rate);
        if let Some(wait) = due.checked_sub(plan.since.elapsed()) {
            tokio::time::sleep(wait).await;
        }
        let place = plan.nonce..plan.nonce + 4;
        let nonce = plan.request.get_mut(place).ok_or("no nonce there")?;
        nonce.copy_from_slice(&number.to_be_bytes());
        let head = format!(
            "POST / HTTP/1.1\r\nHost: tsa\r\nContent-Type: application/timestamp-query\r\n\
             Content-Length: {}\r\n\r\n",
            plan.request.len()
        );
        stream
            .get_mut()
            .write_all(&[head.as_bytes(), &plan.request].concat())
            .await?;
        answer(&mut stream, plan.is_bare).await?;
        latencies.push(plan.since.elapsed().saturating_sub(due));
    }
    Ok(latencies)
}

/// Reads an answer, which must be a token, unless the server is the bare one.
async fn answer(stream: &mut BufReader<TcpStream>, is_bare: bool) -> Result<(), Fault> {
    let (mut length, mut has_serial) = (0, is_bare);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err("the server has closed the connection".into());
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse()?;
        }
        has_serial |= line.starts_with("tsa-serial:");
    }
    stream.read_exact(&mut vec![0; length]).await?;
    match has_serial {
        true => Ok(()),
        false => Err("an answer without a token".into()),
    }
}
