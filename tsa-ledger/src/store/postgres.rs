//! PostgreSQL: one database, many nodes.
//!
//! What a node remembers is a hint; what is true is decided under the lock of the one row that
//! numbers come from (`commit_tokens` in `migrations/postgres`), and is on the disk before anybody
//! hears of it. The connection that commits holds an advisory lock in the name of its node, so that
//! whoever connects next knows that nothing of the connection before can come any more.

use std::str::FromStr;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection as _, Executor as _, PgConnection, Row as _};
use tokio::time::{sleep, timeout};

use crate::claim::KEY_SECONDS;
use crate::refusal::{During, StoreFault};
use crate::store::{AuditWords, Database, migrator};
use crate::types::UnixMicros;

/// Begins a transaction that writes.
pub(crate) const BEGIN: &str = "BEGIN";

/// How an audit asks here: of one moment, and believing no index but where tokens are read in their
/// order, which is checked.
pub(crate) const AUDIT: AuditWords = AuditWords {
    begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_indexscan = off; \
            SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off",
    rules: &RULES,
    look: "SET LOCAL enable_indexscan = on",
};

const RULES: [(&str, &str); 2] = [
    (
        "no serial number comes twice",
        "SELECT count(*) - count(DISTINCT serial) FROM token",
    ),
    (
        "what protects postings and tokens from change is in place",
        "SELECT 14 - count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O' \
         AND tgrelid IN ('posting'::regclass, 'token'::regclass, 'account'::regclass, \
         'part'::regclass, 'stopped_key'::regclass) \
         AND tgname IN ('posting_stays', 'posting_remains', 'posting_is_kept', 'token_stays', \
         'token_remains', 'token_is_kept', 'account_remains', 'posting_between_accounts', \
         'part_stays', 'part_remains', 'part_is_kept', 'stop_stays', 'stop_remains', \
         'stop_is_kept')",
    ),
];

/// Why `backup` and `restore` do nothing here.
pub(crate) const COPIES: &str = "PostgreSQL makes its own copies, of one moment and while serving: \
    `pg_dump --format=custom --file=FILE URL`; `pg_restore --dbname=URL FILE` into an empty \
    database, and then `tsa-server audit`";

/// Connections that read, and write now and then. The one that commits tokens is not among them.
const READERS: u32 = 8;
/// How long who asks waits for a connection of the pool, and a connection for the database.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the connection before may take to end.
const FENCE: Duration = Duration::from_secs(10);
/// Names of advisory locks: of what one node does, and of the connections that commit.
pub(super) const ONE_NODE: i32 = 3161;
const COMMITS: i32 = 3162;
const PURGE: i32 = 2;

/// What every connection is told. On the disk means on the disk, and on that of standbys too where
/// the server says so; a server that does not write through cannot keep what this ledger promises.
/// What waited for a lock must see what was written meanwhile. No statement here is worth being
/// compiled first.
const SESSION: &str = "SELECT set_config('synchronous_commit', CASE \
    WHEN current_setting('synchronous_commit') = 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \
    false), current_setting('fsync'), \
    set_config('default_transaction_isolation', 'read committed', false), \
    set_config('jit', 'off', false)";

/// What is asked for every batch is planned once, for tables that will be large.
const PLANS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";
/// What is read for the index lies in the order of its keys, and only the beginning is wanted: not
/// all of a run, to be put in that order. A node that freezes in the midst of it is not waited for.
const INDEX_PLANS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; \
    SET enable_sort = off; SET idle_in_transaction_session_timeout = '10s'; \
    SET tcp_user_timeout = '10s'";

/// How the database is reached.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    typed: PgConnectOptions,
    any: AnyConnectOptions,
    /// Who commits: drawn at every start.
    node: i32,
}

impl Options {
    /// Reads an address.
    pub(crate) fn new(url: &str) -> Result<Self, StoreFault> {
        let what = "reading the database's address";
        let mut node = [0; 4];
        let filled = SystemRandom::new().fill(&mut node);
        filled.map_err(|_| StoreFault::new(what, "no random numbers"))?;
        let typed = PgConnectOptions::from_str(url).during(what)?;
        let any = AnyConnectOptions::from_str(url).during(what)?;
        Ok(Self {
            typed: typed.disable_statement_logging(),
            any: any.disable_statement_logging(),
            node: i32::from_be_bytes(node) & i32::MAX,
        })
    }

    /// The pool, after the tables are up to date.
    pub(crate) async fn open(&self) -> Result<sqlx::Pool<Database>, StoreFault> {
        let mut first = self.connect().await?;
        migrate(&mut first).await?;
        first.close().await.during("opening")?;
        AnyPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SESSION).await.map(drop) })
            })
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    // What was not used for a while may have ended with its server.
                    if meta.idle_for > Duration::from_millis(100) {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(self.any.clone())
            .await
            .during("opening")
    }

    async fn connect(&self) -> Result<PgConnection, StoreFault> {
        let what = "connecting";
        let connected = timeout(PATIENCE, self.typed.connect()).await;
        let connected = connected.map_err(|_| StoreFault::new(what, "no answer"))?;
        let mut connection = connected.during(what)?;
        let row = sqlx::query(SESSION)
            .fetch_one(&mut connection)
            .await
            .during(what)?;
        let fsync: String = row.try_get(1).during(what)?;
        if fsync != "on" {
            let words = "the server runs with fsync = off: a power cut would take tokens back that \
                         were paid for";
            return Err(StoreFault::new(what, words));
        }
        Ok(connection)
    }

    /// A connection for the one that commits, after the one before has certainly ended.
    pub(crate) async fn connect_writing(&self) -> Result<PgConnection, StoreFault> {
        let what = "taking over from the connection before";
        let mut connection = self.connect().await?;
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND classid::bigint = $1 AND objid::bigint = $2 AND granted \
             AND pid <> pg_backend_pid()",
        )
        .bind(i64::from(COMMITS))
        .bind(i64::from(self.node))
        .execute(&mut connection)
        .await
        .during(what)?;
        let fence = timeout(FENCE, self.fence(&mut connection)).await;
        fence.map_err(|_| StoreFault::new(what, "it does not end"))??;
        connection.execute(PLANS).await.during(what)?;
        Ok(connection)
    }

    /// A connection for the one that keeps the index.
    pub(super) async fn connect_indexing(&self) -> Result<PgConnection, StoreFault> {
        let mut connection = self.connect().await?;
        connection.execute(INDEX_PLANS).await.during("connecting")?;
        Ok(connection)
    }

    async fn fence(&self, connection: &mut PgConnection) -> Result<(), StoreFault> {
        let what = "taking over from the connection before";
        loop {
            let row = sqlx::query("SELECT pg_try_advisory_lock($1, $2)")
                .bind(COMMITS)
                .bind(self.node)
                .fetch_one(&mut *connection)
                .await
                .during(what)?;
            if row.try_get(0).during(what)? {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn migrate(connection: &mut PgConnection) -> Result<(), StoreFault> {
    const STEPS: [(&str, &str); 6] = [
        (
            "ledger",
            include_str!("../../migrations/postgres/0001_ledger.sql"),
        ),
        (
            "commit",
            include_str!("../../migrations/postgres/0002_commit.sql"),
        ),
        (
            "api",
            include_str!("../../migrations/postgres/0003_api.sql"),
        ),
        (
            "part",
            include_str!("../../migrations/postgres/0004_part.sql"),
        ),
        (
            "runs",
            include_str!("../../migrations/postgres/0005_runs.sql"),
        ),
        (
            "stop",
            include_str!("../../migrations/postgres/0006_stop.sql"),
        ),
    ];
    // Nodes that start together come one after the other: sqlx takes an advisory lock.
    let migrated = migrator(&STEPS).run(connection).await;
    migrated.map_err(|error| StoreFault::new("bringing the tables up to date", error))
}

/// Which history of the database this is: another when a standby has taken over, or a copy.
pub(crate) async fn history(connection: &mut PgConnection) -> Result<String, StoreFault> {
    let what = "asking for the history of the database";
    let row = sqlx::query("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")
        .fetch_one(connection)
        .await
        .during(what)?;
    row.try_get(0).during(what)
}

/// Forgets idempotency keys whose time is over, unless another node is at it.
pub(crate) async fn purge(pool: &sqlx::Pool<Database>, now: UnixMicros) -> Result<(), StoreFault> {
    let what = "forgetting old idempotency keys";
    let mut transaction = pool.begin().await.during(what)?;
    let row = sqlx::query("SELECT pg_try_advisory_xact_lock($1, $2)")
        .bind(ONE_NODE)
        .bind(PURGE)
        .fetch_one(&mut *transaction)
        .await
        .during(what)?;
    if row.try_get(0).during(what)? {
        sqlx::query("DELETE FROM idempotency WHERE at < $1")
            .bind(now.minus_seconds(KEY_SECONDS).0)
            .execute(&mut *transaction)
            .await
            .during(what)?;
    }
    transaction.commit().await.during(what)
}
