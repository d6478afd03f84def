//! A connection of either database, for the few statements of the index.
//!
//! Both understand the same words for it; what differs is how a transaction begins, and the types
//! that rows come in. Values go in and come out as what the index is made of: numbers and bytes.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, SqlStr, SqliteConnection};

use crate::index::WHAT;
use crate::refusal::{During, StoreFault};
use crate::store::{postgres_index, sqlite};

/// Where the index is kept.
#[derive(Debug)]
pub(crate) enum Shelf<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// What a statement is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Words(&'static str),
}

/// What a row says.
pub(crate) trait Columns {
    fn number(&self, column: usize) -> Result<i64, StoreFault>;
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreFault>;
}

impl Columns for SqliteRow {
    fn number(&self, column: usize) -> Result<i64, StoreFault> {
        self.try_get(column).during(WHAT)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreFault> {
        self.try_get(column).during(WHAT)
    }
}

impl Columns for PgRow {
    fn number(&self, column: usize) -> Result<i64, StoreFault> {
        self.try_get(column).during(WHAT)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreFault> {
        self.try_get(column).during(WHAT)
    }
}

/// A statement with its values, for the database that the connection is of.
macro_rules! query {
    ($database:ty, $sql:expr, $values:expr) => {{
        let mut query = sqlx::query::<$database>($sql);
        for value in $values {
            query = match *value {
                Value::Number(number) => query.bind(number),
                Value::Bytes(bytes) => query.bind(bytes),
                Value::Words(words) => query.bind(words),
            };
        }
        query
    }};
}

impl Shelf<'_> {
    /// Begins a transaction that changes the index; `false`, and none is begun, when another node
    /// is at it.
    pub(crate) async fn begin(&mut self) -> Result<bool, StoreFault> {
        match self {
            Self::Sqlite(_) => {
                self.execute(SqlStr::from_static(sqlite::BEGIN), &[])
                    .await?;
                Ok(true)
            }
            Self::Postgres(connection) => postgres_index::begin(connection).await,
        }
    }

    /// Ends it.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreFault> {
        self.execute(SqlStr::from_static("COMMIT"), &[]).await
    }

    /// Ends it, with the index up to this leaf. In one go, because whoever commits tokens waits for
    /// the row that says so: it is not held while words travel.
    pub(crate) async fn commit_up_to(&mut self, leaf: i64) -> Result<(), StoreFault> {
        let sql = format!("UPDATE head SET indexed = {leaf} WHERE id = 1; COMMIT");
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => sql.execute(&mut **connection).await.map(drop),
            Self::Postgres(connection) => sql.execute(&mut **connection).await.map(drop),
        }
        .during(WHAT)
    }

    /// Runs a statement.
    pub(crate) async fn execute(
        &mut self,
        sql: SqlStr,
        values: &[Value<'_>],
    ) -> Result<(), StoreFault> {
        match self {
            Self::Sqlite(connection) => {
                let query = query!(sqlx::Sqlite, sql, values);
                query.execute(&mut **connection).await.map(drop)
            }
            Self::Postgres(connection) => {
                let query = query!(sqlx::Postgres, sql, values);
                query.execute(&mut **connection).await.map(drop)
            }
        }
        .during(WHAT)
    }

    /// What `read` makes of each row of a statement.
    pub(crate) async fn rows<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&dyn Columns) -> Result<T, StoreFault>,
    ) -> Result<Vec<T>, StoreFault> {
        let mut all = Vec::new();
        match self {
            Self::Sqlite(connection) => {
                let mut rows = query!(sqlx::Sqlite, sql, values).fetch(&mut **connection);
                while let Some(row) = rows.try_next().await.during(WHAT)? {
                    all.push(read(&row)?);
                }
            }
            Self::Postgres(connection) => {
                let mut rows = query!(sqlx::Postgres, sql, values).fetch(&mut **connection);
                while let Some(row) = rows.try_next().await.during(WHAT)? {
                    all.push(read(&row)?);
                }
            }
        }
        Ok(all)
    }
}
