//! The database: where it is, how it is reached, and what differs between the two that it can be.
//!
//! Operators and owners ask through a pool of `Any`: the same statements on both databases, rows
//! of either, and nothing that is asked for every token. What is done for every token has a
//! connection of its own with the database's own types ([`Writing`]), because `Any` would carry
//! each of a batch's thousand values through a type of its own. Whatever is SQLite's or
//! PostgreSQL's alone is in [`sqlite`] and [`postgres`].

pub(crate) mod sqlite;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::SqliteConnection;

use crate::batch::{self, Item, Outcome};
use crate::index;
use crate::refusal::{During, StoreFault};
use crate::runs::Entry;

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

/// `sqlite:PATH`.
impl FromStr for Place {
    type Err = StoreFault;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.strip_prefix("sqlite:") {
            Some("") | None => {
                let words = "a ledger is at sqlite:PATH";
                Err(StoreFault::new("reading the database's address", words))
            }
            Some(path) => Ok(Self::File(path.into())),
        }
    }
}

/// Without the password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// The database of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) pool: sqlx::Pool<Database>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Sqlite(sqlite::Options),
}

/// The connection of the one that commits tokens.
#[derive(Debug)]
pub(crate) enum Writing {
    Sqlite(SqliteConnection),
}

impl Store {
    /// Opens the database, made when missing, and brings its tables up to date.
    pub(crate) async fn open(place: &Place) -> Result<Self, StoreFault> {
        // Both are known at all times; which of them it is is in the address.
        sqlx::any::install_default_drivers();
        let (pool, kind) = match place {
            Place::File(path) => {
                let options = sqlite::Options::new(path);
                (options.open().await?, Kind::Sqlite(options))
            }
        };
        Ok(Self { pool, kind })
    }

    /// A connection for the one that commits.
    pub(crate) async fn connect_writing(&self) -> Result<Writing, StoreFault> {
        match &self.kind {
            Kind::Sqlite(options) => Ok(Writing::Sqlite(options.connect().await?)),
        }
    }

    /// A transaction that writes.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, Database>, StoreFault> {
        let statement = match &self.kind {
            Kind::Sqlite(_) => sqlite::BEGIN,
        };
        self.pool.begin_with(statement).await.during("beginning")
    }
}

impl Writing {
    /// Commits a batch.
    pub(crate) async fn commit(&mut self, items: &[Item]) -> Result<Outcome, StoreFault> {
        match self {
            Self::Sqlite(connection) => batch::commit(connection, items).await,
        }
    }

    /// Up to where the index is, and up to where the tokens are.
    pub(crate) async fn heads(&mut self) -> Result<(i64, i64), StoreFault> {
        match self {
            Self::Sqlite(connection) => index::heads(connection).await,
        }
    }

    /// Brings the index a step forward; where it and the tokens are then. `gathered` has the
    /// entries of tokens that need not be read.
    pub(crate) async fn advance(
        &mut self,
        gathered: impl FnOnce(i64, i64) -> Option<Vec<Entry>>,
    ) -> Result<(i64, i64), StoreFault> {
        match self {
            Self::Sqlite(connection) => index::advance(connection, gathered).await,
        }
    }
}
