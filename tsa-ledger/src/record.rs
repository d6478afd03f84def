//! Issued tokens: what is kept of each, and how it is found again.
//!
//! A token is told only to the account it was issued to. The index by digest and request trails the
//! tokens a little; look-ups read what it does not hold yet from the tokens themselves.

use std::ops::Range;

use sqlx::Row as _;

use crate::ledger::Ledger;
use crate::parts;
use crate::refusal::{During, LedgerError, StoreFault, damaged};
use crate::store::{Row, Wanted};
use crate::types::{AccountId, Credits, UnixMicros};

/// A token to be issued, as far as the record knows it.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its serial number, 1 to 20 bytes.
    pub serial: Vec<u8>,
    /// The name of the imprint's digest algorithm.
    pub algorithm: &'static str,
    /// The imprint's digest.
    pub digest: Vec<u8>,
    /// What the account calls the thing, when it says.
    pub name: Option<String>,
    /// The time it states.
    pub gen_time: UnixMicros,
    /// Its bytes.
    pub token: Vec<u8>,
    /// Which of them many tokens have in common, when there are such: they are stored once.
    pub shared: Option<Range<usize>>,
}

/// A token that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// Its place in the record and in the log, from 0 without gaps.
    pub leaf: u64,
    /// Its serial number.
    pub serial: Vec<u8>,
    /// Who has paid for it.
    pub account: AccountId,
    /// The name of the imprint's digest algorithm.
    pub algorithm: String,
    /// The imprint's digest.
    pub digest: Vec<u8>,
    /// What the account calls the thing.
    pub name: Option<String>,
    /// The time it states.
    pub gen_time: UnixMicros,
    /// What it cost.
    pub cost: Credits,
    /// Its bytes.
    pub token: Vec<u8>,
}

/// What to look for among an account's tokens; everything that is given must agree.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The digest of the imprint, whatever its algorithm.
    pub digest: Option<Vec<u8>>,
    /// The name, as it was given.
    pub name: Option<String>,
    /// `genTime` from here on.
    pub from: Option<UnixMicros>,
    /// `genTime` before this.
    pub to: Option<UnixMicros>,
    /// Only tokens behind this one, the last of the page before: its time and its leaf.
    pub after: Option<(UnixMicros, u64)>,
    /// At most so many.
    pub limit: u32,
}

pub(crate) const COLUMNS: &str = "leaf, serial, account, algorithm, digest, name, gen_time, cost, \
    token, part_at, (SELECT bytes FROM part WHERE part.id = token.part) AS part_bytes";

impl Ledger {
    /// The account's token with this serial number.
    ///
    /// # Errors
    /// [`LedgerError::Store`].
    pub async fn token_by_serial(
        &self,
        account: AccountId,
        serial: &[u8],
    ) -> Result<Option<StoredToken>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM token WHERE serial = $1 AND account = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(serial)
            .bind(account.0)
            .fetch_optional(&self.store().pool)
            .await
            .during("looking for a token")?;
        Ok(row.map(|row| read(&row)).transpose()?)
    }

    /// The greatest serial number that was issued.
    ///
    /// # Errors
    /// [`LedgerError::Store`].
    pub async fn highest_serial(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        let what = "looking for the last serial number";
        let row = sqlx::query("SELECT serial FROM token ORDER BY serial DESC LIMIT 1")
            .fetch_optional(&self.store().pool)
            .await
            .during(what)?;
        Ok(row.map(|row| row.try_get(0)).transpose().during(what)?)
    }

    /// The account's tokens that agree with everything given, the earliest first.
    ///
    /// # Errors
    /// [`LedgerError::Store`].
    pub async fn tokens(
        &self,
        account: AccountId,
        search: &Search,
    ) -> Result<Vec<StoredToken>, LedgerError> {
        let leaves = match &search.digest {
            Some(digest) => self.leaves_of(account, Wanted::Digest(digest)).await?,
            None => None,
        };
        let micros = |time: Option<UnixMicros>| time.map(|time| time.0);
        let (after_time, after_leaf) = search.after.unwrap_or((UnixMicros(i64::MIN), 0));
        let listed = leaves.as_ref().map(|_| self.store().numbers("$9"));
        let sql = statement(search, listed.as_deref());
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(account.0)
            .bind(micros(search.from).unwrap_or(i64::MIN))
            .bind(micros(search.to).unwrap_or(i64::MAX))
            .bind(after_time.0)
            .bind(i64::try_from(after_leaf).unwrap_or(i64::MAX))
            .bind(i64::from(search.limit))
            .bind(search.name.as_deref())
            .bind(search.digest.as_deref());
        if let Some(leaves) = leaves {
            query = query.bind(json(&leaves));
        }
        let rows = query
            .fetch_all(&self.store().pool)
            .await
            .during("looking for tokens")?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Where tokens with this digest, or of this request, may be; `None` when the index does not
    /// tell, because there are too many.
    pub(crate) async fn leaves_of(
        &self,
        account: AccountId,
        wanted: Wanted<'_>,
    ) -> Result<Option<Vec<i64>>, StoreFault> {
        self.store().leaves(self.recent(), account, wanted).await
    }
}

/// The statement of a search; `listed` selects where to look, when the index says it. The database
/// must look there then, and not through all that the account has: a sign before a column keeps it
/// from using the indexes by that column.
fn statement(search: &Search, listed: Option<&str>) -> String {
    let sign = if listed.is_some() { "+" } else { "" };
    let mut sql = format!(
        "SELECT {COLUMNS} FROM token WHERE {sign}account = $1 AND {sign}gen_time >= $2 \
         AND {sign}gen_time < $3 AND ({sign}gen_time, leaf) > ($4, $5) \
         AND ($7 IS NULL OR name = $7) AND ($8 IS NULL OR digest = $8)"
    );
    if search.name.is_some() {
        sql.push_str(" AND name IS NOT NULL");
    }
    if let Some(listed) = listed {
        sql.push_str(&format!(" AND leaf IN ({listed})"));
    }
    sql.push_str(" ORDER BY gen_time, leaf LIMIT $6");
    sql
}

/// Numbers as one value of a statement.
pub(crate) fn json(leaves: &[i64]) -> String {
    let leaves: Vec<String> = leaves.iter().map(i64::to_string).collect();
    format!("[{}]", leaves.join(","))
}

/// A token from a row of [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<StoredToken, StoreFault> {
    let read = || -> Result<_, sqlx::Error> {
        Ok((
            row.try_get::<i64, _>(0)?,
            row.try_get::<Vec<u8>, _>(1)?,
            row.try_get::<i64, _>(2)?,
            row.try_get::<String, _>(3)?,
            row.try_get::<Vec<u8>, _>(4)?,
            row.try_get::<Option<String>, _>(5)?,
            row.try_get::<i64, _>(6)?,
            row.try_get::<i64, _>(7)?,
            row.try_get::<Vec<u8>, _>(8)?,
            row.try_get::<Option<i64>, _>(9)?,
            row.try_get::<Option<Vec<u8>>, _>(10)?,
        ))
    };
    let (leaf, serial, account, algorithm, digest, name, gen_time, cost, rest, part_at, part) =
        read().during("reading a token")?;
    Ok(StoredToken {
        leaf: u64::try_from(leaf).map_err(|_| damaged("a leaf number"))?,
        serial,
        account: AccountId(account),
        algorithm,
        digest,
        name,
        gen_time: UnixMicros(gen_time),
        cost: Credits::from_stored(cost).ok_or_else(|| damaged("a cost"))?,
        token: parts::whole(rest, part_at, part).ok_or_else(|| damaged("a part of a token"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn where_the_index_says_where_to_look_nothing_else_is_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.sqlite");
        let store = Store::open(&file.as_path().into()).await.unwrap();
        for (by_leaf, expected) in [
            (true, "USING INTEGER PRIMARY KEY"),
            (false, "token_by_time"),
        ] {
            let search = Search {
                digest: Some(vec![7; 32]),
                name: Some("a".to_owned()),
                ..Search::default()
            };
            let listed = by_leaf.then(|| store.numbers("$9"));
            let sql = format!(
                "EXPLAIN QUERY PLAN {}",
                statement(&search, listed.as_deref())
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
                .fetch_all(&store.pool)
                .await
                .unwrap();
            let steps: Vec<String> = rows
                .iter()
                .map(|row| row.try_get("detail").unwrap())
                .collect();
            assert!(
                steps.iter().any(|step| step.contains(expected)),
                "{steps:?}"
            );
            assert!(
                !steps.iter().any(|step| step.starts_with("SCAN token")),
                "{steps:?}"
            );
        }
    }
}
