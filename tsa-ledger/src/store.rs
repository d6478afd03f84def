//! The database: where it is, how it is reached, and what differs between the two that it can be.
//!
//! Operators and owners ask through a pool of `Any`: the same statements on both databases, rows
//! of either, and nothing that is asked for every token. What is done for every token has a
//! connection of its own with the database's own types ([`Writing`]), because `Any` would carry
//! each of a batch's thousand values through a type of its own. Whatever is SQLite's or
//! PostgreSQL's alone is in [`sqlite`] and [`postgres`].

pub(crate) mod postgres;
mod postgres_commit;
mod postgres_index;
pub(crate) mod shelf;
pub(crate) mod sqlite;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{PgConnection, SqlStr, SqliteConnection};
use tokio::sync::mpsc;

use crate::batch::{self, Batch, Committed, Item, Outcome, Seen};
use crate::index;
use crate::parts::Parts;
use crate::recent::Recent;
use crate::refusal::{During, StoreFault};
use crate::runs::{self, Entry};
use crate::store::shelf::Shelf;
use crate::trail;
use crate::types::{AccountId, UnixMicros};

/// The database that most statements are made for: either.
pub(crate) type Database = sqlx::Any;
/// One connection to it.
pub(crate) type Connection = sqlx::AnyConnection;
/// A row that was read.
pub(crate) type Row = sqlx::any::AnyRow;

/// Where a ledger is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, which SQLite reads and writes.
    File(PathBuf),
    /// In a PostgreSQL database, at an address that may hold a password.
    Postgres(String),
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Place {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

/// `sqlite:PATH` or `postgres://…`.
impl FromStr for Place {
    type Err = StoreFault;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("postgres" | "postgresql", _)) => {
                postgres::Options::new(url).map(|_| Self::Postgres(url.to_owned()))
            }
            _ => {
                let words = "a ledger is at sqlite:PATH or postgres://USER@HOST/NAME";
                Err(StoreFault::new("reading the database's address", words))
            }
        }
    }
}

/// Without the password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:…"),
        }
    }
}

/// What tokens are looked for by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    Digest(&'a [u8]),
    Request(&'a [u8]),
}

/// The database of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) pool: sqlx::Pool<Database>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Sqlite(Box<sqlite::Options>),
    Postgres(Box<postgres::Options>),
}

/// How an audit asks, in a database's own words.
#[derive(Debug)]
pub(crate) struct AuditWords {
    /// Begins a transaction that reads everything as of one moment.
    pub(crate) begin: &'static str,
    /// Rules, and a statement for each that counts what breaks it.
    pub(crate) rules: &'static [(&'static str, &'static str)],
    /// Comes before all tokens are read in their order.
    pub(crate) look: &'static str,
}

/// The connection of the one that commits tokens, and what it knows to be stored.
#[derive(Debug)]
pub(crate) struct Writing {
    connection: Typed,
    parts: Parts,
}

#[derive(Debug)]
enum Typed {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Store {
    /// Opens the database, made when missing, and brings its tables up to date.
    pub(crate) async fn open(place: &Place) -> Result<Self, StoreFault> {
        // Both are known at all times; which of them it is is in the address.
        sqlx::any::install_default_drivers();
        let (pool, kind) = match place {
            Place::File(path) => {
                let options = sqlite::Options::new(path);
                (options.open().await?, Kind::Sqlite(options.into()))
            }
            Place::Postgres(url) => {
                let options = postgres::Options::new(url)?;
                (options.open().await?, Kind::Postgres(options.into()))
            }
        };
        Ok(Self { pool, kind })
    }

    /// A connection for the one that commits.
    pub(crate) async fn connect_writing(&self) -> Result<Writing, StoreFault> {
        let connection = match &self.kind {
            Kind::Sqlite(options) => Typed::Sqlite(options.connect().await?),
            Kind::Postgres(options) => Typed::Postgres(options.connect_writing().await?),
        };
        let parts = Parts::default();
        Ok(Writing { connection, parts })
    }

    /// A transaction that writes.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, Database>, StoreFault> {
        let statement = match &self.kind {
            Kind::Sqlite(_) => sqlite::BEGIN,
            Kind::Postgres(_) => postgres::BEGIN,
        };
        self.pool.begin_with(statement).await.during("beginning")
    }

    /// Whether other nodes write too.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.kind, Kind::Postgres(_))
    }

    /// Starts what goes on beside the commits, for as long as anybody can ask for it.
    pub(crate) async fn start_tending(
        &self,
        recent: Arc<Recent>,
        asked: mpsc::Receiver<()>,
    ) -> Result<(), StoreFault> {
        match &self.kind {
            Kind::Sqlite(options) => {
                tokio::spawn(trail::empty_log(options.connect().await?, asked));
            }
            Kind::Postgres(options) => {
                let options = options.as_ref().clone();
                tokio::spawn(postgres_index::tend(options, recent, asked));
            }
        }
        Ok(())
    }

    /// Forgets idempotency keys whose time is over.
    pub(crate) async fn purge(&self, now: UnixMicros) -> Result<(), StoreFault> {
        match &self.kind {
            Kind::Sqlite(_) => trail::purge(&self.pool, now).await,
            Kind::Postgres(_) => postgres::purge(&self.pool, now).await,
        }
    }

    /// Where an account's tokens with this digest, or of this request, may be; `None` when the
    /// index does not tell, because there are too many.
    pub(crate) async fn leaves(
        &self,
        recent: &Recent,
        account: AccountId,
        wanted: Wanted<'_>,
    ) -> Result<Option<Vec<i64>>, StoreFault> {
        match &self.kind {
            Kind::Sqlite(_) => {
                let (Wanted::Digest(bytes) | Wanted::Request(bytes)) = wanted;
                let key = runs::key(account, bytes);
                let recent = recent.leaves(key);
                let indexed = sqlite::leaves(&self.pool, key).await?;
                Ok(indexed.map(|leaves| [leaves, recent].concat()))
            }
            Kind::Postgres(_) => postgres_index::leaves(&self.pool, account, wanted).await,
        }
    }

    /// The numbers of a list in JSON, as a statement selects them from a parameter.
    pub(crate) fn numbers(&self, parameter: &str) -> String {
        match &self.kind {
            Kind::Sqlite(_) => format!("SELECT value FROM json_each({parameter})"),
            Kind::Postgres(_) => format!(
                "SELECT CAST(value AS BIGINT) \
                 FROM json_array_elements_text(CAST({parameter} AS JSON))"
            ),
        }
    }

    /// How an audit asks.
    pub(crate) fn audit_words(&self) -> &'static AuditWords {
        match &self.kind {
            Kind::Sqlite(_) => &sqlite::AUDIT,
            Kind::Postgres(_) => &postgres::AUDIT,
        }
    }
}

impl Writing {
    /// Commits a batch.
    pub(crate) async fn commit(&mut self, batch: &Batch<'_>) -> Result<Outcome, StoreFault> {
        // What tokens share is stored before them, and stays when the batch is refused.
        for part in self.parts.unknown(batch.items) {
            let number = match &mut self.connection {
                Typed::Sqlite(connection) => batch::store_part(connection, part).await?,
                Typed::Postgres(connection) => {
                    postgres_commit::store_part(connection, part).await?
                }
            };
            self.parts.learn(part, number);
        }
        let parts = &self.parts;
        match &mut self.connection {
            Typed::Sqlite(connection) => batch::commit(connection, batch.items, parts).await,
            Typed::Postgres(connection) => {
                if !batch.doubts.is_empty() {
                    let granted = postgres_index::granted(connection, batch).await?;
                    if !granted.is_empty() {
                        return Ok(Outcome::Granted(granted));
                    }
                }
                postgres_commit::commit(connection, batch, parts).await
            }
        }
    }

    /// Whether a batch was committed by the connection before this one, which could not say so.
    pub(crate) async fn find(&mut self, items: &[Item]) -> Result<Option<Committed>, StoreFault> {
        match &mut self.connection {
            // The file says at once whether a transaction was committed.
            Typed::Sqlite(_) => Ok(None),
            Typed::Postgres(connection) => postgres_commit::find(connection, items).await,
        }
    }

    /// Requests that were granted from one leaf to another, where others grant some too.
    pub(crate) async fn seen(&mut self, from: i64, to: i64) -> Result<Vec<Seen>, StoreFault> {
        match &mut self.connection {
            Typed::Sqlite(_) => Ok(Vec::new()),
            Typed::Postgres(connection) => postgres_commit::seen(connection, from, to).await,
        }
    }

    /// Which history of the database this is, where one can take the place of another.
    pub(crate) async fn history(&mut self) -> Result<Option<String>, StoreFault> {
        match &mut self.connection {
            Typed::Sqlite(_) => Ok(None),
            Typed::Postgres(connection) => postgres::history(connection).await.map(Some),
        }
    }

    /// Up to where the index is, and up to where the tokens are.
    pub(crate) async fn heads(&mut self) -> Result<(i64, i64), StoreFault> {
        index::heads(&mut self.shelf()).await
    }

    /// Brings the index a step forward where nobody else does; where it and the tokens are then.
    /// `gathered` has the entries of tokens that need not be read.
    pub(crate) async fn advance(
        &mut self,
        gathered: impl FnOnce(i64, i64) -> Option<(i64, Vec<Entry>)>,
    ) -> Result<(i64, i64), StoreFault> {
        match self.shelf() {
            mut shelf @ Shelf::Sqlite(_) => index::advance(&mut shelf, gathered).await,
            mut shelf @ Shelf::Postgres(_) => index::heads(&mut shelf).await,
        }
    }

    /// Does a little of what there is to do when there is nothing else; whether there is more.
    pub(crate) async fn rest(&mut self) -> Result<bool, StoreFault> {
        match self.shelf() {
            mut shelf @ Shelf::Sqlite(_) => index::rest(&mut shelf).await,
            Shelf::Postgres(_) => Ok(false),
        }
    }

    fn shelf(&mut self) -> Shelf<'_> {
        match &mut self.connection {
            Typed::Sqlite(connection) => Shelf::Sqlite(connection),
            Typed::Postgres(connection) => Shelf::Postgres(connection),
        }
    }
}

/// The steps by which tables came to be what they are, numbered from 1: what each is for, and its
/// statements.
fn migrator(steps: &[(&'static str, &'static str)]) -> Migrator {
    let migration = |(version, (description, sql)): (i64, &(&'static str, &'static str))| {
        let sql = SqlStr::from_static(sql);
        let kind = MigrationType::Simple;
        Migration::new(version, (*description).into(), kind, sql, false)
    };
    Migrator::with_migrations((1..).zip(steps).map(migration).collect())
}
