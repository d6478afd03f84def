//! Puts the authority together and serves until told to stop.

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tsa_ledger::key::ApiKey;
use tsa_ledger::{Ledger, LedgerError, Place};

use crate::ca::Ca;
use crate::ca::keeper::Keeper;
use crate::clock::{KernelSource, SystemSource, TimeSource, TrustedClock, wall_micros, wall_time};
use crate::config::{ClockChoice, Config};
use crate::console::say;
use crate::data_dir::DataDir;
use crate::greeting::greet;
use crate::high_water::HighWater;
use crate::http::api::{Admin, Api, make_token};
use crate::http::{Service, listener};
use crate::ledger::{self, tell_of_low_balances};
use crate::out_of_service::Watch;
use crate::rate::Rates;
use crate::reload::{self, Reloader};
use crate::serial::{SerialSource, time_part};
use crate::trip::account::Accounts;
use crate::trip::{Authority, Current, Offering, SelfChecker};
use crate::{logging, webhooks};

/// Longest wait for work aside when everything else has stopped.
const WORK_ASIDE_MAX: Duration = Duration::from_secs(2);

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
    /// Nobody knows which keys are out of service.
    #[error("it cannot be told which keys are out of service: {0}")]
    Stops(String),
    /// The ledger cannot be used.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
}

/// Serves until Ctrl-C or SIGTERM. `read` reads everything anew at a SIGHUP.
///
/// # Errors
/// What keeps the service from starting.
pub fn run(
    data: &DataDir,
    config: &Config,
    (offering, read): (Offering, reload::Reader),
    database: &Place,
    accept_clock_step: bool,
) -> Result<(), ServeError> {
    let _log = logging::start(&config.log).map_err(ServeError::Log)?;
    let _lock = data.lock().map_err(ServeError::Data)?;
    let mut high_water = HighWater::open(&data.high_water()).map_err(ServeError::Data)?;
    if accept_clock_step {
        high_water.accept_clock_step();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::System)?;
    let opened = runtime.block_on(Opened::open(database, config))?;
    if let Some(serial) = opened.highest_serial {
        high_water.rise_above(serial);
    }
    let clock = clock(config, &high_water);
    let serials = SerialSource::new(high_water).map_err(ServeError::System)?;
    let authority = Arc::new(Authority {
        offering: Current::new(offering),
        clock,
        serials,
        accounts: opened.accounts,
        self_checker: SelfChecker::new(config.self_check.verify_one_in.get()),
        gen_time_digits: u8::try_from(config.gen_time_digits.get()).unwrap_or_default(),
    });
    let addresses = Arc::new(Rates::new(
        config.limits.address_requests_per_second_max.get(),
    ));
    make_token(data).map_err(ServeError::Data)?;
    let watched = (Arc::clone(&authority), Arc::clone(&opened.ledger));
    runtime.block_on(watch_stops(watched, data, config))?;
    let reloader = Arc::new(Reloader::new(&authority, config, read));
    let service = Arc::new(Service {
        authority: Arc::clone(&authority),
        limits: config.limits,
        api: Api::new(&authority, config, &addresses, &opened.webhooks),
        admin: Admin::new(&reloader, data, config, &addresses),
        crl: keeper(data, config),
        addresses,
        trusted_proxies: config.trusted_proxies.clone(),
    });
    raise_descriptor_limit();
    runtime.block_on(listen(
        config,
        service,
        opened.first_key.as_ref(),
        &reloader,
    ))?;
    runtime.block_on(opened.ledger.close());
    if let Err(error) = authority.serials.settle() {
        tracing::warn!(%error, "the mark above used serial numbers stays where it is");
    }
    // Work aside that does not end, such as a reload that waits for a token, does not keep the
    // process.
    runtime.shutdown_timeout(WORK_ASIDE_MAX);
    say("Stopped.");
    Ok(())
}

/// The ledger, ready to serve.
struct Opened {
    ledger: Arc<Ledger>,
    accounts: Accounts,
    /// Of the account that was made because there was none.
    first_key: Option<ApiKey>,
    /// Its time part.
    highest_serial: Option<i64>,
    /// Wakes who tells webhooks.
    webhooks: Arc<Notify>,
}

impl Opened {
    async fn open(database: &Place, config: &Config) -> Result<Self, LedgerError> {
        let (ledger, lows) = Ledger::open(database.clone(), wall_micros()).await?;
        let ledger = Arc::new(ledger);
        let first_key = ledger::make_first_account(&ledger, config).await?;
        let anonymous = ledger::anonymous(&ledger, config).await?;
        let highest_serial = ledger.highest_serial().await?;
        let command = config.low_balance_command.clone();
        let webhooks = Arc::new(Notify::new());
        let woken = Arc::clone(&webhooks);
        tokio::spawn(tell_of_low_balances(
            Arc::clone(&ledger),
            lows,
            command,
            woken,
        ));
        if !config.unmetered {
            let woken = Arc::clone(&webhooks);
            tokio::spawn(webhooks::tell(Arc::clone(&ledger), config.webhooks, woken));
        }
        let rates = Rates::new(config.limits.account_requests_per_second_max.get());
        Ok(Self {
            accounts: match config.unmetered {
                true => Accounts::unmetered(),
                false => Accounts::new(Arc::clone(&ledger), anonymous, rates),
            },
            ledger,
            first_key,
            highest_serial: highest_serial.as_deref().and_then(time_part),
            webhooks,
        })
    }
}

/// Takes keys out of service that are noted as stopped, before the first request and from then on:
/// none comes back with a start.
async fn watch_stops(
    (authority, ledger): (Arc<Authority>, Arc<Ledger>),
    data: &DataDir,
    config: &Config,
) -> Result<(), ServeError> {
    let watch = Arc::new(Watch {
        authority,
        ledger,
        data: data.clone(),
        ca: Ca::new(data, &config.ca),
    });
    watch.look().await.map_err(ServeError::Stops)?;
    tokio::spawn(watch.look_always());
    Ok(())
}

/// Who sees to the CRL, having looked once.
fn keeper(data: &DataDir, config: &Config) -> Arc<Keeper> {
    let keeper = Keeper::new(Ca::new(data, &config.ca));
    if let Some(now) = wall_time() {
        keeper.look(now);
    }
    Arc::new(keeper)
}

/// Sees to the CRL every second: what is done by hand beside this server is served at once.
async fn keep_crl(keeper: Arc<Keeper>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        second.tick().await;
        let keeper = Arc::clone(&keeper);
        // Files are read, and a key signs.
        let looked = tokio::task::spawn_blocking(move || wall_time().map(|now| keeper.look(now)));
        if let Err(error) = looked.await {
            tracing::error!(%error, "seeing to the CRL ended early");
        }
    }
}

fn clock(config: &Config, high_water: &HighWater) -> TrustedClock {
    let source: Box<dyn TimeSource> = match config.clock {
        ClockChoice::System => Box::new(SystemSource),
        ClockChoice::Kernel => Box::new(KernelSource::new(
            u64::from(config.clock_error_ms_max.get()) * 1000,
        )),
    };
    TrustedClock::new(source, high_water.floor().clock)
}

async fn listen(
    config: &Config,
    service: Arc<Service>,
    first_key: Option<&ApiKey>,
    reloader: &Arc<Reloader>,
) -> Result<(), ServeError> {
    let wanted = config.listen;
    let fail = |error| ServeError::Listen {
        address: wanted,
        error,
    };
    let socket = TcpListener::bind(wanted).await.map_err(fail)?;
    let address = socket.local_addr().map_err(fail)?;
    let mut signals = Signals::new().map_err(ServeError::System)?;
    let authority = Arc::clone(&service.authority);
    greet(config, address, &authority, first_key);
    tokio::spawn(reload::watch_ends(Arc::clone(&authority)));
    tokio::spawn(keep_crl(Arc::clone(&service.crl)));
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let stop = async {
        // The other end ends only with this function.
        let _ = begun.await;
    };
    let twice = async {
        while signals.next().await == Asked::ToReload {
            // What comes of it is in the log. Not waited for: a token that does not answer must not
            // keep the next signal, which may be to stop, from being heard.
            let reloader = Arc::clone(reloader);
            tokio::spawn(async move { reloader.reload().await });
        }
        say("Stopping: no new connections; requests under way are being answered …");
        let _ = begin.send(());
        while signals.next().await == Asked::ToReload {}
        say("Stopping at once.");
    };
    tokio::select! {
        () = listener::serve(socket, service, stop) => (),
        () = twice => (),
    }
    Ok(())
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    ToStop,
    ToReload,
}

/// What asks a program to end: Ctrl-C, the system, a terminal that closes. The signal of the last
/// one is also the usual way to have a configuration read anew.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    had_terminal: bool,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            had_terminal: io::stdin().is_terminal(),
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::ToStop,
            _ = self.terminate.recv() => Asked::ToStop,
            // A terminal that was there and is none any more has been closed.
            _ = self.hangup.recv() => match self.had_terminal && !io::stdin().is_terminal() {
                true => Asked::ToStop,
                false => Asked::ToReload,
            },
        }
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
