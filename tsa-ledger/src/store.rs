//! The database: how it is opened, brought up to date, and written by one at a time.
//!
//! SQLite here, with the WAL, every commit on the disk before it is answered, and writers that take
//! their lock at the beginning (`BEGIN IMMEDIATE`), because a reader that becomes a writer is
//! turned away at once whatever its patience. Statements are plain SQL that PostgreSQL takes too;
//! what differs ([`Database`], [`BEGIN`], [`row_lists`]) is kept in this file.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlStr};

use crate::refusal::{During, StoreFault};

/// The database that statements are made for.
pub(crate) type Database = sqlx::Sqlite;
/// One connection to it.
pub(crate) type Connection = sqlx::SqliteConnection;
/// A row that was read.
pub(crate) type Row = sqlx::sqlite::SqliteRow;

/// Begins a transaction that writes.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Connections that read, and write now and then. The one that commits tokens is not among them.
const READERS: u32 = 4;

/// How long a writer waits for another program's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// The database of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) pool: sqlx::Pool<Database>,
    options: SqliteConnectOptions,
}

impl Store {
    /// Opens the database, made when missing, and brings its tables up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreFault> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("cache_size", "-32768")
            // Beside the commits, a task of its own empties the log (`crate::trail`); this many
            // pages are what a commit waits for when that does not keep up.
            .pragma("wal_autocheckpoint", "16384")
            .disable_statement_logging();
        let pool = PoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .during("opening")?;
        migrate(&pool).await?;
        Ok(Self { pool, options })
    }

    /// A connection of its own, for the one that commits.
    pub(crate) async fn connect(&self) -> Result<Connection, StoreFault> {
        self.options.connect().await.during("opening")
    }

    /// A transaction that writes.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, Database>, StoreFault> {
        self.pool.begin_with(BEGIN).await.during("beginning")
    }
}

async fn migrate(pool: &sqlx::Pool<Database>) -> Result<(), StoreFault> {
    const LEDGER: &str = include_str!("../migrations/sqlite/0001_ledger.sql");
    let migration = |version, description: &'static str, sql| {
        let sql = SqlStr::from_static(sql);
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            sql,
            false,
        )
    };
    let migrator = Migrator::with_migrations(vec![migration(1, "ledger", LEDGER)]);
    let migrated = migrator.run(pool).await;
    migrated.map_err(|error| StoreFault::new("bringing the tables up to date", error))
}

/// `(?, ?), (?, ?)`: `rows` lists of what `row` says, for statements that insert many rows. Without
/// numbers, which SQLite looks up one by one.
pub(crate) fn row_lists(head: &str, row: &str, rows: usize) -> String {
    let mut sql = String::with_capacity(head.len() + rows * (row.len() + 2));
    sql.push_str(head);
    for index in 0..rows {
        sql.push_str(if index == 0 { " " } else { ", " });
        sql.push_str(row);
    }
    sql
}
