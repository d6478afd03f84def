//! SQLite: one file, one writer at a time.
//!
//! With the WAL, every commit on the disk before it is answered, and writers that take their lock
//! at the beginning (`BEGIN IMMEDIATE`), because a reader that becomes a writer is turned away at
//! once whatever its patience.

use std::path::Path;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, Executor as _, Row as _, SqliteConnection};

use crate::index::{READ_MAX, leaves_in};
use crate::refusal::{During, StoreFault};
use crate::runs::Entry;
use crate::store::{AuditWords, Database, migrator};

/// Begins a transaction that writes.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// How an audit asks here. The index is looked through beside the tokens ([`crate::index`]).
pub(crate) const AUDIT: AuditWords = AuditWords {
    begin: "BEGIN",
    rules: &RULES,
    look: "SELECT 1",
};

const RULES: [(&str, &str); 3] = [
    (
        "the database file is whole",
        "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    ),
    (
        "no serial number comes twice",
        "SELECT count(*) - count(DISTINCT serial) FROM token NOT INDEXED",
    ),
    (
        "what protects postings and tokens from change is in place",
        "SELECT 9 - count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN \
         ('posting_stays', 'posting_remains', 'token_stays', 'token_remains', 'account_remains', \
         'part_stays', 'part_remains', 'stop_stays', 'stop_remains')",
    ),
];

/// Connections that read, and write now and then. The one that commits tokens is not among them.
const READERS: u32 = 4;

/// What every connection is told; those of the pool know a file by its address only. A writer waits
/// ten seconds for another program's transaction. Beside the commits, a task of its own empties the
/// log (`crate::trail`); so many pages are what a commit waits for when that does not keep up.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768; \
    PRAGMA wal_autocheckpoint = 16384";

/// How the file is opened.
#[derive(Clone, Debug)]
pub(crate) struct Options(SqliteConnectOptions);

impl Options {
    pub(crate) fn new(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .disable_statement_logging();
        Self(options)
    }

    /// The pool, after the tables are up to date.
    pub(crate) async fn open(&self) -> Result<sqlx::Pool<Database>, StoreFault> {
        let mut first = self.connect().await?;
        migrate(&mut first).await?;
        first.close().await.during("opening")?;
        let options = AnyConnectOptions::from_url(&self.0.to_url_lossy()).during("opening")?;
        AnyPoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(PRAGMAS).await.map(drop) })
            })
            .connect_with(options.disable_statement_logging())
            .await
            .during("opening")
    }

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, StoreFault> {
        let mut connection = self.0.connect().await.during("opening")?;
        connection.execute(PRAGMAS).await.during("opening")?;
        Ok(connection)
    }
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreFault> {
    const STEPS: [(&str, &str); 4] = [
        (
            "ledger",
            include_str!("../../migrations/sqlite/0001_ledger.sql"),
        ),
        ("api", include_str!("../../migrations/sqlite/0002_api.sql")),
        (
            "part",
            include_str!("../../migrations/sqlite/0003_part.sql"),
        ),
        (
            "stop",
            include_str!("../../migrations/sqlite/0004_stop.sql"),
        ),
    ];
    let migrated = migrator(&STEPS).run(connection).await;
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

/// The leaves under a key that the index holds, in their order; `None` for too many.
///
/// Each run is asked for the chunks that may hold the key; only those in which its bytes are found
/// leave the database, since a row costs more on its way here than the search in a chunk.
pub(crate) async fn leaves(
    pool: &sqlx::Pool<Database>,
    key: u64,
) -> Result<Option<Vec<i64>>, StoreFault> {
    let what = "asking the index";
    let bound = |leaf| Entry { key, leaf }.to_bytes().to_vec();
    let rows = sqlx::query(
        "SELECT index_chunk.entries FROM index_run JOIN index_chunk \
         ON index_chunk.run = index_run.run AND first <= $2 AND first >= coalesce(\
         (SELECT max(first) FROM index_chunk WHERE run = index_run.run AND first < $1), x'') \
         WHERE state = 'live' AND instr(index_chunk.entries, $4) > 0 LIMIT $3",
    )
    .bind(bound(0))
    .bind(bound(u64::MAX))
    .bind(i64::try_from(READ_MAX).unwrap_or(i64::MAX))
    .bind(key.to_be_bytes().to_vec())
    .fetch_all(pool)
    .await
    .during(what)?;
    let chunks = rows
        .iter()
        .map(|row| row.try_get::<&[u8], _>(0).during(what));
    let chunks = chunks.collect::<Result<Vec<_>, _>>()?;
    Ok(leaves_in(chunks.into_iter(), key))
}
