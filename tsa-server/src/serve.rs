//! Puts the authority together and serves until told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Bytes;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::{KernelSource, SystemSource, TimeSource, TrustedClock};
use crate::config::{ClockChoice, Config};
use crate::data_dir::DataDir;
use crate::high_water::HighWater;
use crate::http::{Service, listener};
use crate::serial::SerialSource;
use crate::trip::account::Accounts;
use crate::trip::{Authority, SelfChecker, Signers};
use crate::{logging, pem};

/// The service cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The data folder cannot be used.
    #[error("{0}")]
    Data(io::Error),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The log filter is wrong, or logging runs already.
    #[error("{0}")]
    Log(String),
    /// The system lacks something.
    #[error("the operating system refuses to start the service: {0}")]
    System(io::Error),
    /// A certificate cannot be shown in PEM.
    #[error("a certificate cannot be encoded: {0}")]
    Pem(#[from] pem_rfc7468::Error),
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// What keeps the service from starting.
pub fn run(
    data: &DataDir,
    config: &Config,
    signers: Signers,
    accept_clock_step: bool,
) -> Result<(), ServeError> {
    let _log = logging::start(&config.log).map_err(ServeError::Log)?;
    let _lock = data.lock().map_err(ServeError::Data)?;
    let high_water = HighWater::open(&data.high_water()).map_err(ServeError::Data)?;
    let clock = clock(config, &high_water, accept_clock_step);
    let serials = SerialSource::new(high_water).map_err(ServeError::System)?;
    let root_pem = pem::encode(signers.default_offer().signer.root())?;
    let mut chain_pem = String::new();
    for certificate in signers.default_offer().signer.certificates() {
        chain_pem.push_str(&pem::encode(certificate)?);
    }
    let authority = Arc::new(Authority {
        signers,
        clock,
        serials,
        accounts: Accounts::unmetered(),
        self_checker: SelfChecker::new(config.self_check.verify_one_in.get()),
        gen_time_digits: u8::try_from(config.gen_time_digits.get()).unwrap_or_default(),
    });
    let service = Arc::new(Service {
        authority: Arc::clone(&authority),
        limits: config.limits,
        root_pem: Bytes::from(root_pem),
        chain_pem: Bytes::from(chain_pem),
    });
    raise_descriptor_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::System)?;
    runtime.block_on(listen(data, config, service))?;
    if let Err(error) = authority.serials.settle() {
        tracing::warn!(%error, "the mark above used serial numbers stays where it is");
    }
    println!("Stopped.");
    Ok(())
}

fn clock(config: &Config, high_water: &HighWater, accept_clock_step: bool) -> TrustedClock {
    let source: Box<dyn TimeSource> = match config.clock {
        ClockChoice::System => Box::new(SystemSource),
        ClockChoice::Kernel => Box::new(KernelSource::new(
            u64::from(config.clock_error_ms_max.get()) * 1000,
        )),
    };
    let floor = high_water.floor().clock;
    TrustedClock::new(source, if accept_clock_step { i64::MIN } else { floor })
}

async fn listen(data: &DataDir, config: &Config, service: Arc<Service>) -> Result<(), ServeError> {
    let wanted = config.listen;
    let fail = |error| ServeError::Listen {
        address: wanted,
        error,
    };
    let socket = TcpListener::bind(wanted).await.map_err(fail)?;
    let address = socket.local_addr().map_err(fail)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::System)?;
    greet(data, config, address, &service.authority);
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => (),
            _ = terminate.recv() => (),
        }
        println!("Stopping: no new connections; requests under way are being answered …");
    };
    listener::serve(socket, service, stop).await;
    Ok(())
}

/// What somebody who has just started this needs to know.
fn greet(data: &DataDir, config: &Config, address: SocketAddr, authority: &Authority) {
    let root = data.root();
    let root = root.display();
    println!();
    println!("Serving RFC 3161 time stamps on http://{address}/");
    println!("  policy   {}", authority.signers.default_offer().policy);
    println!(
        "  signer   {}",
        authority.signers.default_offer().signer.describe()
    );
    println!("  root     {root}");
    println!("  price    nothing: accounts are not part of this version, everyone is served");
    println!();
    println!("Try it:");
    println!("  openssl ts -query -data README.md -sha256 -cert -out q.tsq");
    println!(
        "  curl -s -H 'Content-Type: application/timestamp-query' --data-binary @q.tsq \
         http://{address}/ -o r.tsr"
    );
    println!("  openssl ts -verify -data README.md -in r.tsr -CAfile {root}");
    println!("  cargo run -q --release -p tsa-verify -- README.md --token r.tsr --trust {root}");
    println!();
    println!("Ctrl-C stops.");
    if config.clock == ClockChoice::System {
        tracing::warn!(
            "clock = \"system\": the machine's clock is believed and nobody checks it; tokens \
             state no accuracy"
        );
    }
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "this address can be reached by others, and without TLS");
    }
    if let Err(rejection) = authority.readiness() {
        let cause = rejection.cause().unwrap_or_default();
        tracing::error!(fail_info = %rejection.fail_info, cause, "no tokens for now");
    }
}

/// Connections are file descriptors: takes as many as the system allows.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
