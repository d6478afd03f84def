//! An account's statement: every posting that touched it, with the balance after each.

use sqlx::Row as _;

use crate::ledger::Ledger;
use crate::refusal::{During, LedgerError, StoreFault, damaged};
use crate::store::Row;
use crate::types::{AccountId, Credits, UnixMicros};

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of the posting.
    pub posting: u64,
    /// When.
    pub at: UnixMicros,
    /// How much.
    pub credits: Credits,
    /// Whether the account received it; else it paid.
    pub is_received: bool,
    /// The balance after it.
    pub balance: Credits,
    /// `grant`, `token` or `correction`.
    pub reason: String,
    /// The token it paid for, by its place in the record.
    pub leaf: Option<u64>,
    /// An order, a case, an operator's words.
    pub reference: Option<String>,
}

/// Which lines.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// From this time on.
    pub from: UnixMicros,
    /// Before this time.
    pub to: UnixMicros,
    /// Only postings behind this one: the last of the page before.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
}

impl Ledger {
    /// A page of an account's statement, the oldest posting first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn statement(
        &self,
        account: AccountId,
        period: Period,
    ) -> Result<Vec<Line>, LedgerError> {
        let side = |column: &str, is_received: u8, more: &str| {
            format!(
                "SELECT * FROM (SELECT id, at, credits, {is_received}, balance, reason, leaf, \
                 reference FROM posting WHERE {column} = $1 AND id > $2 AND at >= $3 AND at < $4 \
                 {more} ORDER BY id LIMIT $5) AS side"
            )
        };
        let sql = format!(
            "{} UNION ALL {} ORDER BY 1 LIMIT $5",
            side("debit_account", 0, ""),
            side("credit_account", 1, "AND reason <> 'token'")
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(account.0)
            .bind(i64::try_from(period.after).unwrap_or(i64::MAX))
            .bind(period.from.0)
            .bind(period.to.0)
            .bind(i64::from(period.limit))
            .fetch_all(&self.store().pool)
            .await
            .during("reading a statement")?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row) -> Result<Line, StoreFault> {
    let number = |column: usize| -> Result<i64, StoreFault> {
        row.try_get(column).during("reading a posting")
    };
    let credits =
        |column: usize| Credits::from_stored(number(column)?).ok_or_else(|| damaged("a posting"));
    let whole = |number: i64| u64::try_from(number).map_err(|_| damaged("a posting"));
    let leaf: Option<i64> = row.try_get(6).during("reading a posting")?;
    Ok(Line {
        posting: whole(number(0)?)?,
        at: UnixMicros(number(1)?),
        credits: credits(2)?,
        is_received: number(3)? == 1,
        balance: credits(4)?,
        reason: row.try_get(5).during("reading a posting")?,
        leaf: leaf.map(whole).transpose()?,
        reference: row.try_get(7).during("reading a posting")?,
    })
}
