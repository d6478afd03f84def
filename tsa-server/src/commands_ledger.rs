//! The commands about the ledger as a whole: audit, backup, restore.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;
use tsa_ledger::audit::{Audit, Finding};
use tsa_ledger::{Ledger, LedgerError, Place, StoredToken};

use crate::args::{AuditArguments, BackupArguments, Location, RestoreArguments};
use crate::clock::wall_micros;
use crate::config::{Config, ConfigError};
use crate::console::{complain, say};
use crate::data_dir::DataDir;
use crate::high_water::{HighWater, Mark};
use crate::ledger;
use crate::serial::time_part;
use crate::token_facts::tst_info;

/// A command about the ledger did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The ledger refuses, or cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The audit has found something.
    #[error("the ledger is not sound: {count} rules are broken")]
    Unsound {
        /// How many rules.
        count: usize,
    },
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The ledger is no file.
    #[error("{}", tsa_ledger::backup::POSTGRES)]
    OwnCopies,
    /// The system lacks something, or another server is running.
    #[error("{0}")]
    System(io::Error),
}

pub(crate) type Done = Result<(), LedgerCommandError>;

/// Does something with the ledger, and closes it.
pub(crate) fn with_ledger<T>(
    location: &Location,
    act: impl AsyncFnOnce(&Ledger) -> Result<T, LedgerCommandError>,
) -> Result<T, LedgerCommandError> {
    let path = location.config.clone();
    let path = path.unwrap_or_else(|| DataDir::new(&location.data).config());
    let config = path.exists().then(|| Config::load(&path)).transpose()?;
    runtime()?.block_on(async {
        let database = ledger::place(location);
        let opened = Ledger::visit(database, wall_micros()).await;
        let ledger = opened.map_err(LedgerError::from)?;
        if let Some(config) = &config
            && let Some(key) = ledger::make_first_account(&ledger, config).await?
        {
            let key = key.reveal();
            complain(format!("The first account was made; its key: {key}"));
        }
        let done = act(&ledger).await;
        ledger.close().await;
        done
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, LedgerCommandError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LedgerCommandError::System)
}

pub(crate) fn audit(arguments: &AuditArguments) -> Done {
    let audit = with_ledger(&arguments.location, async |ledger| {
        Ok(ledger.audit(differs).await.map_err(LedgerError::from)?)
    })?;
    if arguments.json {
        let finding = |finding: &Finding| json!({ "rule": finding.rule, "count": finding.count });
        let findings: Vec<_> = audit.findings.iter().map(finding).collect();
        say(json!({
            "sound": audit.is_sound(),
            "accounts": audit.accounts,
            "postings": audit.postings,
            "tokens": audit.tokens,
            "findings": findings,
        }));
    } else {
        for finding in &audit.findings {
            say(format!("broken {} times: {}", finding.count, finding.rule));
        }
        let (accounts, postings, tokens) = (audit.accounts, audit.postings, audit.tokens);
        say(format!(
            "{accounts} accounts, {postings} postings, {tokens} tokens"
        ));
    }
    must_be_sound(&audit)
}

fn must_be_sound(audit: &Audit) -> Done {
    match audit.findings.len() {
        0 => Ok(()),
        count => Err(LedgerCommandError::Unsound { count }),
    }
}

/// What a token says inside, where that is not what its record says.
fn differs(stored: &StoredToken) -> Option<&'static str> {
    let Ok(info) = tst_info(&stored.token) else {
        return Some("every token can be read");
    };
    let nanos = i128::from(stored.gen_time.0) * 1000;
    let imprint = &info.message_imprint;
    let algorithm = imprint.digest_algorithm();
    let agrees = info.serial_number.content() == stored.serial
        && imprint.hashed_message == stored.digest
        && algorithm.is_some_and(|algorithm| algorithm.name() == stored.algorithm)
        && info.gen_time.unix_nanos() == nanos;
    (!agrees).then_some("every token says what its record says: serial, imprint, time")
}

pub(crate) fn backup(arguments: &BackupArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let made = ledger.backup(&arguments.file).await;
        made.map_err(LedgerError::from)?;
        Ok(())
    })?;
    say(format!("Made {}", arguments.file.display()));
    Ok(())
}

/// Puts a sound copy in the place of the ledger. What was there is kept beside it. Serial numbers
/// go on above all that are known from either: the mark is kept apart, and raised where it is
/// lower.
pub(crate) fn restore(arguments: &RestoreArguments) -> Done {
    let Place::File(place) = ledger::place(&arguments.location) else {
        return Err(LedgerCommandError::OwnCopies);
    };
    let data = DataDir::new(&arguments.location.data);
    let _lock = data.lock().map_err(LedgerCommandError::System)?;
    let copy = beside(&place, ".restoring");
    fs::copy(&arguments.file, &copy).map_err(at(&arguments.file))?;
    let (audit, serial) = runtime()?.block_on(look_at(&copy))?;
    if !audit.is_sound() {
        for finding in &audit.findings {
            complain(format!("broken {} times: {}", finding.count, finding.rule));
        }
        fs::remove_file(&copy).map_err(at(&copy))?;
        return must_be_sound(&audit);
    }
    if let Some(serial) = serial.as_deref().and_then(time_part) {
        raise_mark(&data, serial).map_err(LedgerCommandError::System)?;
    }
    let replaced = beside(&place, &format!(".replaced-{}", wall_micros().0));
    for suffix in ["", "-wal", "-shm"] {
        let old = beside(&place, suffix);
        if old.exists() {
            fs::rename(&old, beside(&replaced, suffix)).map_err(at(&old))?;
        }
    }
    let synced = File::open(&copy).and_then(|file| file.sync_all());
    synced
        .and_then(|()| fs::rename(&copy, &place))
        .map_err(at(&copy))?;
    let (file, tokens) = (arguments.file.display(), audit.tokens);
    say(format!(
        "{file} is the ledger now, with {tokens} tokens; what was there is kept beside it."
    ));
    Ok(())
}

async fn look_at(copy: &Path) -> Result<(Audit, Option<Vec<u8>>), LedgerError> {
    let ledger = Ledger::visit(copy, wall_micros()).await?;
    let audit = ledger.audit(differs).await?;
    let serial = ledger.highest_serial().await?;
    ledger.close().await;
    Ok((audit, serial))
}

fn raise_mark(data: &DataDir, serial: i64) -> io::Result<()> {
    let mark = HighWater::open(&data.high_water())?;
    let Mark {
        serial: floor,
        clock,
    } = mark.floor();
    match floor > serial {
        true => Ok(()),
        false => mark.cover(Mark { serial, clock }),
    }
}

fn beside(place: &Path, suffix: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> LedgerCommandError {
    let path = path.to_owned();
    move |error| LedgerCommandError::File { path, error }
}
