//! The commit point on PostgreSQL: what goes to `commit_tokens`, and what its rows say.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use crate::batch::{Batch, Committed, Debited, Item, Outcome, Seen};
use crate::claim::SAME_REQUEST_SECONDS;
use crate::refusal::{During, StoreFault, damaged};
use crate::types::{AccountId, Credits, UnixMicros};

/// Commits a batch in one round trip, which is one transaction.
///
/// A fault that is no constraint leaves it open whether the batch was committed: [`find`] says it,
/// on a connection of [`super::postgres::Options::connect_writing`].
pub(crate) async fn commit(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<Outcome, StoreFault> {
    let items = batch.items;
    let mut spent: BTreeMap<AccountId, i64> = BTreeMap::new();
    let mut later = Vec::with_capacity(items.len());
    for item in items.iter().rev() {
        let sum = spent.entry(item.account).or_default();
        later.push(*sum);
        *sum += item.credits.stored();
    }
    later.reverse();
    let is_keyed = items.iter().any(|item| item.keys.idempotency.is_some());
    let keyed = if is_keyed { items } else { &[] };
    let payers: Vec<i64> = spent.keys().map(|account| account.0).collect();
    let rows = sqlx::query(
        "SELECT * FROM commit_tokens($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
         $15, $16, $17, $18)",
    )
    .bind(batch.known)
    .bind(SAME_REQUEST_SECONDS * UnixMicros::SECOND)
    .bind(&batch.doubts)
    .bind(payers)
    .bind(spent.values().copied().collect::<Vec<_>>())
    .bind(each(items, |item| item.account.0))
    .bind(each(items, |item| item.credits.stored()))
    .bind(&later)
    .bind(each(items, |item| item.at.0))
    .bind(each(items, |item| item.token.serial.as_slice()))
    .bind(each(items, |item| item.token.algorithm))
    .bind(each(items, |item| item.token.digest.as_slice()))
    .bind(each(items, |item| item.keys.request().map(Vec::from)))
    .bind(each(items, |item| item.token.name.as_deref()))
    .bind(each(items, |item| item.token.gen_time.0))
    .bind(each(items, |item| item.token.token.as_slice()))
    .bind(each(keyed, |item| item.keys.idempotency.map(Vec::from)))
    .bind(each(keyed, |item| item.keys.body.to_vec()))
    .fetch_all(connection)
    .await
    .during("committing")?;
    outcome(items, &spent, &later, &rows)
}

fn each<'a, T>(items: &'a [Item], value: impl Fn(&'a Item) -> T) -> Vec<T> {
    items.iter().map(value).collect()
}

/// What the rows of `commit_tokens` say.
fn outcome(
    items: &[Item],
    spent: &BTreeMap<AccountId, i64>,
    later: &[i64],
    rows: &[PgRow],
) -> Result<Outcome, StoreFault> {
    let mut first_leaf = None;
    let mut debited: Vec<Debited> = Vec::new();
    let mut seen = Vec::new();
    let mut granted = Vec::new();
    for row in rows {
        let what: &str = row.try_get(0).during("committing")?;
        let number =
            |column: usize| -> Result<i64, StoreFault> { row.try_get(column).during("committing") };
        match what {
            "issued" => first_leaf = Some(number(1)?),
            "paid" => {
                let account = AccountId(number(1)?);
                let spent = spent.get(&account).copied().unwrap_or_default();
                debited.push(Debited {
                    account,
                    spent: credits(spent)?,
                    balance: credits(number(2)?)?,
                    low_mark: credits(number(3)?)?,
                });
            }
            "seen" => seen.push(seen_in(row, [2, 4])?),
            "short" => return Ok(Outcome::Short(AccountId(number(1)?), credits(number(2)?)?)),
            "behind" => return Ok(Outcome::Behind),
            _ => {
                let place = usize::try_from(number(1)? - 1).map_err(|_| damaged("a place"))?;
                granted.push(place);
            }
        }
    }
    let Some(first_leaf) = first_leaf else {
        return Ok(Outcome::Granted(granted));
    };
    let balance = |item: &Item, later: i64| {
        let of = debited.iter().find(|paid| paid.account == item.account);
        let last = of.map_or(0, |paid| paid.balance.stored());
        credits(last + later)
    };
    let after = items.iter().zip(later);
    let after = after.map(|(item, later)| balance(item, *later));
    let known = first_leaf + i64::try_from(items.len()).unwrap_or_default();
    Ok(Outcome::Committed(Committed {
        first_leaf,
        after: after.collect::<Result<_, _>>()?,
        debited,
        seen,
        known: Some(known),
    }))
}

fn credits(stored: i64) -> Result<Credits, StoreFault> {
    Credits::from_stored(stored).ok_or_else(|| damaged("a balance"))
}

/// Whether a batch was committed on a connection that ended before it could say so.
pub(crate) async fn find(
    connection: &mut PgConnection,
    items: &[Item],
) -> Result<Option<Committed>, StoreFault> {
    let what = "looking for a batch";
    let rows = sqlx::query(
        "SELECT token.leaf, posting.balance, account.low_balance \
         FROM unnest($1) WITH ORDINALITY AS item (serial, place) JOIN token USING (serial) \
         JOIN posting ON posting.id = token.posting JOIN account ON account.id = token.account \
         ORDER BY place",
    )
    .bind(each(items, |item| item.token.serial.as_slice()))
    .fetch_all(connection)
    .await
    .during(what)?;
    if rows.len() != items.len() {
        return Ok(None);
    }
    let mut debited: BTreeMap<AccountId, Debited> = BTreeMap::new();
    let mut after = Vec::with_capacity(items.len());
    let mut first_leaf = None;
    for (item, row) in items.iter().zip(&rows) {
        let number =
            |column: usize| -> Result<i64, StoreFault> { row.try_get(column).during(what) };
        let (leaf, balance, low_mark) = (number(0)?, credits(number(1)?)?, credits(number(2)?)?);
        first_leaf.get_or_insert(leaf);
        after.push(balance);
        let before = debited
            .get(&item.account)
            .map_or(0, |paid| paid.spent.stored());
        debited.insert(
            item.account,
            Debited {
                account: item.account,
                spent: credits(before + item.credits.stored())?,
                balance,
                low_mark,
            },
        );
    }
    Ok(Some(Committed {
        first_leaf: first_leaf.unwrap_or_default(),
        debited: debited.into_values().collect(),
        after,
        seen: Vec::new(),
        known: None,
    }))
}

/// Requests of tokens from a leaf on, a page of them.
pub(crate) async fn seen(
    connection: &mut PgConnection,
    from: i64,
    to: i64,
) -> Result<Vec<Seen>, StoreFault> {
    let rows = sqlx::query(
        "SELECT gen_time, request FROM token \
         WHERE leaf >= $1 AND leaf < $2 AND request IS NOT NULL",
    )
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await
    .during("seeing what others issued")?;
    rows.iter().map(|row| seen_in(row, [0, 1])).collect()
}

fn seen_in(row: &PgRow, columns: [usize; 2]) -> Result<Seen, StoreFault> {
    let [at, request] = columns;
    let what = "seeing what others issued";
    let request: &[u8] = row.try_get(request).during(what)?;
    Ok(Seen {
        at: UnixMicros(row.try_get(at).during(what)?),
        request: request.try_into().map_err(|_| damaged("a request"))?,
    })
}
