//! The commit point on PostgreSQL: what goes to `commit_tokens`, and what its rows say.

use std::collections::BTreeMap;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgBindIterExt as _, PgRow};
use sqlx::{Arguments as _, PgConnection, Row as _};

use crate::batch::{Batch, Committed, Debited, FIND_PART, Item, Outcome, STORE_PART, Seen};
use crate::claim::{SAME_REQUEST_SECONDS, sha256};
use crate::parts::{Cut, Parts};
use crate::refusal::{During, StoreFault, damaged};
use crate::types::{AccountId, Credits, UnixMicros};

/// Commits a batch in one round trip, which is one transaction.
///
/// A fault that is no constraint leaves it open whether the batch was committed: [`find`] says it,
/// on a connection of [`super::postgres::Options::connect_writing`].
pub(crate) async fn commit(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    parts: &Parts,
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
    let payers: Vec<i64> = spent.keys().map(|account| account.0).collect();
    let arguments = arguments(batch, parts, &payers, &spent, &later);
    let rows = sqlx::query_with(COMMIT, arguments.during("committing")?)
        .fetch_all(connection)
        .await
        .during("committing")?;
    outcome(items, &payers, &spent, &later, &rows)
}

const COMMIT: &str = "SELECT * FROM commit_tokens($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
    $12, $13, $14, $15, $16, $17, $18, $19, $20)";
/// About what an item takes besides its token.
const ITEM_BYTES: usize = 256;

/// What `commit_tokens` is told.
fn arguments(
    batch: &Batch<'_>,
    parts: &Parts,
    payers: &[i64],
    spent: &BTreeMap<AccountId, i64>,
    later: &[i64],
) -> Result<PgArguments, sqlx::Error> {
    let items = batch.items;
    let cuts: Vec<Cut<'_>> = items.iter().map(|item| parts.cut(&item.token)).collect();
    let payer = |item: &Item| {
        let place = payers.binary_search(&item.account.0).unwrap_or_default();
        i32::try_from(place + 1).unwrap_or(i32::MAX)
    };
    // An array is as long as the batch, or empty when there is nothing in it.
    let of = |is_any: bool| if is_any { items } else { &[] };
    let keyed = of(items.iter().any(|item| item.keys.idempotency.is_some()));
    let named = of(items.iter().any(|item| item.token.name.is_some()));
    let parted = match cuts.iter().any(|cut| cut.part().is_some()) {
        true => cuts.as_slice(),
        false => &[],
    };
    let mut all = PgArguments::default();
    all.reserve(20, cuts.iter().map(|cut| ITEM_BYTES + cut.len()).sum());
    let mut add = || -> Result<(), BoxDynError> {
        all.add(batch.known)?;
        all.add(SAME_REQUEST_SECONDS * UnixMicros::SECOND)?;
        all.add(payers)?;
        all.add(spent.values().bind_iter())?;
        all.add(spent.values().sum::<i64>())?;
        all.add(items.iter().map(payer).bind_iter())?;
        all.add(items.iter().map(|item| item.credits.stored()).bind_iter())?;
        all.add(later)?;
        all.add(items.iter().map(|item| item.at.0).bind_iter())?;
        all.add(
            items
                .iter()
                .map(|item| item.token.serial.as_slice())
                .bind_iter(),
        )?;
        all.add(items.iter().map(|item| item.token.algorithm).bind_iter())?;
        all.add(
            items
                .iter()
                .map(|item| item.token.digest.as_slice())
                .bind_iter(),
        )?;
        all.add(items.iter().map(|item| item.keys.request()).bind_iter())?;
        all.add(
            named
                .iter()
                .map(|item| item.token.name.as_deref())
                .bind_iter(),
        )?;
        all.add(items.iter().map(|item| item.token.gen_time.0).bind_iter())?;
        all.add(cuts.iter().copied().bind_iter())?;
        all.add(parted.iter().map(Cut::part).bind_iter())?;
        all.add(parted.iter().map(Cut::part_at).bind_iter())?;
        all.add(keyed.iter().map(|item| item.keys.idempotency).bind_iter())?;
        all.add(keyed.iter().map(|item| item.keys.body).bind_iter())
    };
    add().map_err(sqlx::Error::Encode)?;
    Ok(all)
}

/// What the rows of `commit_tokens` say.
fn outcome(
    items: &[Item],
    payers: &[i64],
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
            "issued" => {
                first_leaf = Some(number(1)?);
                let balances: Vec<i64> = row.try_get(5).during("committing")?;
                let marks: Vec<i64> = row.try_get(6).during("committing")?;
                for ((account, balance), mark) in payers.iter().zip(balances).zip(marks) {
                    let account = AccountId(*account);
                    let spent = spent.get(&account).copied().unwrap_or_default();
                    debited.push(Debited {
                        account,
                        spent: credits(spent)?,
                        balance: credits(balance)?,
                        low_mark: credits(mark)?,
                    });
                }
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

/// Stores what tokens share, unless it is there; its number, when what is there is that.
pub(crate) async fn store_part(
    connection: &mut PgConnection,
    part: &[u8],
) -> Result<Option<i64>, StoreFault> {
    let what = "storing a part of tokens";
    let hash = sha256(&[part]);
    sqlx::query(STORE_PART)
        .bind(hash)
        .bind(part)
        .execute(&mut *connection)
        .await
        .during(what)?;
    let row = sqlx::query(FIND_PART)
        .bind(hash)
        .fetch_one(connection)
        .await
        .during(what)?;
    let stored: &[u8] = row.try_get(1).during(what)?;
    let is_same = stored == part;
    Ok(is_same.then_some(row.try_get(0).during(what)?))
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
    .bind(
        items
            .iter()
            .map(|item| item.token.serial.as_slice())
            .bind_iter(),
    )
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
