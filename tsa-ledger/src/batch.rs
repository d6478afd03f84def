//! One transaction for many tokens: credits move and tokens are recorded, all of them or none.
//!
//! The statements of the commit point, and nothing of who waits for it ([`crate::writer`]). What
//! changes once for a batch (the next numbers, balances) is written once; rows go in many to a
//! statement.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sqlx::query::Query;
use sqlx::{Row as _, Sqlite, SqliteConnection};

use crate::claim::{RequestKeys, sha256};
use crate::parts::Parts;
use crate::record::NewToken;
use crate::refusal::{During, StoreFault, damaged};
use crate::store::sqlite::{BEGIN, row_lists};
use crate::types::{AccountId, Credits, UnixMicros};

/// The account that spent credits go to.
pub(crate) const REVENUE: i64 = 2;

/// Stores a part under its hash, and finds it again.
pub(crate) const STORE_PART: &str =
    "INSERT INTO part (hash, bytes) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
pub(crate) const FIND_PART: &str = "SELECT id, bytes FROM part WHERE hash = $1";

/// One token of a batch.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) account: AccountId,
    pub(crate) credits: Credits,
    pub(crate) keys: RequestKeys,
    pub(crate) token: NewToken,
    pub(crate) at: UnixMicros,
}

/// Tokens to commit together, and what their node knows.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) items: &'a [Item],
    /// Up to where it has seen the requests of all tokens.
    pub(crate) known: i64,
    /// Places, from 0, of those that may be repetitions of requests it has seen.
    pub(crate) doubts: Vec<usize>,
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Everything is durable.
    Committed(Committed),
    /// Nothing was changed: the items at these places, from 0, were granted before. Only where
    /// several nodes share a database.
    Granted(Vec<usize>),
    /// Nothing was changed: others have issued too much that this node has not seen.
    Behind,
    /// Nothing was changed: this account has no more than that for the whole of it.
    Short(AccountId, Credits),
}

/// What a batch left.
#[derive(Debug)]
pub(crate) struct Committed {
    /// The leaf of the first token; the others follow.
    pub(crate) first_leaf: i64,
    /// Its accounts.
    pub(crate) debited: Vec<Debited>,
    /// The balance after each token.
    pub(crate) after: Vec<Credits>,
    /// What other nodes have issued before it.
    pub(crate) seen: Vec<Seen>,
    /// Up to where this node has seen everything then; as before when it is not said.
    pub(crate) known: Option<i64>,
}

/// A request that another node has granted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) request: [u8; 16],
    pub(crate) at: UnixMicros,
}

/// An account that paid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Debited {
    pub(crate) account: AccountId,
    pub(crate) spent: Credits,
    /// After the whole batch.
    pub(crate) balance: Credits,
    /// At which its owner wants to be told.
    pub(crate) low_mark: Credits,
}

/// Numbers that a batch was given.
struct Numbers {
    leaf: i64,
    posting: i64,
}

/// Commits a batch.
///
/// A crash before the last statement leaves nothing of it: no credit taken, no token recorded. A
/// crash behind it leaves all of it, and the tokens are given to whoever asks again.
pub(crate) async fn commit(
    connection: &mut SqliteConnection,
    items: &[Item],
    parts: &Parts,
) -> Result<Outcome, StoreFault> {
    let run = |sql| sqlx::query(sql);
    run(BEGIN)
        .execute(&mut *connection)
        .await
        .during("beginning")?;
    let written = write(connection, items, parts).await;
    if let Ok(Outcome::Committed(_)) = written {
        // The commit point.
        run("COMMIT")
            .execute(&mut *connection)
            .await
            .during("committing")?;
    } else {
        run("ROLLBACK")
            .execute(&mut *connection)
            .await
            .during("rolling back")?;
    }
    written
}

async fn write(
    connection: &mut SqliteConnection,
    items: &[Item],
    parts: &Parts,
) -> Result<Outcome, StoreFault> {
    let numbers = take_numbers(connection, items.len()).await?;
    let mut spent: BTreeMap<AccountId, i64> = BTreeMap::new();
    for item in items {
        *spent.entry(item.account).or_default() += item.credits.stored();
    }
    let mut debited = Vec::with_capacity(spent.len());
    for (account, credits) in &spent {
        let spent = Credits::from_stored(*credits).ok_or_else(|| damaged("a cost"))?;
        match debit(connection, *account, spent).await? {
            Ok(paid) => debited.push(paid),
            Err(balance) => return Ok(Outcome::Short(*account, balance)),
        }
    }
    sqlx::query("UPDATE account SET credited = credited + $1 WHERE id = $2")
        .bind(spent.values().sum::<i64>())
        .bind(REVENUE)
        .execute(&mut *connection)
        .await
        .during("crediting")?;
    let after = running(items, &debited)?;
    insert_postings(connection, items, &numbers, &after).await?;
    insert_tokens(connection, items, parts, &numbers).await?;
    bind_keys(connection, items, numbers.leaf).await?;
    Ok(Outcome::Committed(Committed {
        first_leaf: numbers.leaf,
        debited,
        after,
        seen: Vec::new(),
        known: None,
    }))
}

/// The balance after each token: from those after the whole batch back to its beginning.
fn running(items: &[Item], debited: &[Debited]) -> Result<Vec<Credits>, StoreFault> {
    let before = |paid: &Debited| (paid.account, paid.balance.stored() + paid.spent.stored());
    let mut running: BTreeMap<AccountId, i64> = debited.iter().map(before).collect();
    let after = items.iter().map(|item| {
        let balance = running.entry(item.account).or_default();
        *balance -= item.credits.stored();
        Credits::from_stored(*balance).ok_or_else(|| damaged("a balance"))
    });
    after.collect()
}

async fn take_numbers(
    connection: &mut SqliteConnection,
    count: usize,
) -> Result<Numbers, StoreFault> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let row = sqlx::query(
        "UPDATE head SET leaf = leaf + $1, posting = posting + $1 \
         RETURNING leaf - $1, posting - $1 + 1",
    )
    .bind(count)
    .fetch_one(&mut *connection)
    .await
    .during("taking numbers")?;
    Ok(Numbers {
        leaf: row.try_get(0).during("taking numbers")?,
        posting: row.try_get(1).during("taking numbers")?,
    })
}

/// Takes credits; or, when there are too few, says what there is.
async fn debit(
    connection: &mut SqliteConnection,
    account: AccountId,
    spent: Credits,
) -> Result<Result<Debited, Credits>, StoreFault> {
    let debited = sqlx::query(
        "UPDATE account SET debited = debited + $1 \
         WHERE id = $2 AND credited - debited >= $1 RETURNING credited - debited, low_balance",
    )
    .bind(spent.stored())
    .bind(account.0)
    .fetch_optional(&mut *connection)
    .await
    .during("debiting")?;
    let Some(row) = debited else {
        return Ok(Err(balance(connection, account).await?));
    };
    let credits = |column: usize| {
        let stored = row.try_get(column).during("debiting")?;
        Credits::from_stored(stored).ok_or_else(|| damaged("a balance"))
    };
    Ok(Ok(Debited {
        account,
        spent,
        balance: credits(0)?,
        low_mark: credits(1)?,
    }))
}

/// The balance of an account as it stands in the database.
async fn balance(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<Credits, StoreFault> {
    let row = sqlx::query("SELECT credited - debited FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_one(&mut *connection)
        .await
        .during("reading a balance")?;
    let balance = row.try_get(0).during("reading a balance")?;
    Credits::from_stored(balance).ok_or_else(|| damaged("a balance"))
}

/// Rows to a statement, the most first: a batch goes in a few statements, all of them prepared.
const CHUNKS: [usize; 7] = [128, 64, 32, 16, 8, 4, 1];

/// The statements, by chunk.
static POSTINGS: LazyLock<[String; CHUNKS.len()]> = LazyLock::new(|| {
    let head = "INSERT INTO posting (id, debit_account, credits, balance, leaf, at, \
                credit_account, reason) VALUES";
    CHUNKS.map(|rows| row_lists(head, "(?, ?, ?, ?, ?, ?, 2, 'token')", rows))
});

static TOKENS: LazyLock<[String; CHUNKS.len()]> = LazyLock::new(|| {
    let head = "INSERT INTO token (leaf, serial, account, posting, algorithm, digest, request, \
                name, gen_time, cost, token, part, part_at) VALUES";
    CHUNKS.map(|rows| row_lists(head, "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows))
});

/// The next chunk of what is left: its statement and its length.
fn chunk(
    statements: &'static [String; CHUNKS.len()],
    left: usize,
) -> Option<(&'static str, usize)> {
    let mut chunks = statements.iter().zip(CHUNKS);
    let (sql, rows) = chunks.find(|(_, rows)| *rows <= left)?;
    Some((sql.as_str(), rows))
}

type Statement<'q> = Query<'q, Sqlite, <Sqlite as sqlx::Database>::Arguments>;

async fn insert_postings(
    connection: &mut SqliteConnection,
    items: &[Item],
    numbers: &Numbers,
    after: &[Credits],
) -> Result<(), StoreFault> {
    let mut rows = items.iter().zip(after).zip(0_i64..);
    let mut left = items.len();
    while let Some((sql, count)) = chunk(&POSTINGS, left) {
        left -= count;
        let mut query: Statement<'_> = sqlx::query(sql);
        for ((item, balance), index) in rows.by_ref().take(count) {
            query = query
                .bind(numbers.posting + index)
                .bind(item.account.0)
                .bind(item.credits.stored())
                .bind(balance.stored())
                .bind(numbers.leaf + index)
                .bind(item.at.0);
        }
        query.execute(&mut *connection).await.during("posting")?;
    }
    Ok(())
}

async fn insert_tokens(
    connection: &mut SqliteConnection,
    items: &[Item],
    parts: &Parts,
    numbers: &Numbers,
) -> Result<(), StoreFault> {
    let mut rows = items.iter().zip(0_i64..);
    let mut left = items.len();
    while let Some((sql, count)) = chunk(&TOKENS, left) {
        left -= count;
        let mut query: Statement<'_> = sqlx::query(sql);
        for (item, index) in rows.by_ref().take(count) {
            let token = &item.token;
            let cut = parts.cut(token);
            query = query
                .bind(numbers.leaf + index)
                .bind(token.serial.as_slice())
                .bind(item.account.0)
                .bind(numbers.posting + index)
                .bind(token.algorithm)
                .bind(token.digest.as_slice())
                .bind(item.keys.request().map(|request| request.to_vec()))
                .bind(token.name.as_deref())
                .bind(token.gen_time.0)
                .bind(item.credits.stored())
                .bind(cut.bytes())
                .bind(cut.part())
                .bind(cut.part_at());
        }
        query
            .execute(&mut *connection)
            .await
            .during("recording tokens")?;
    }
    Ok(())
}

/// Stores what tokens share, unless it is there; its number, when what is there is that.
pub(crate) async fn store_part(
    connection: &mut SqliteConnection,
    part: &[u8],
) -> Result<Option<i64>, StoreFault> {
    let what = "storing a part of tokens";
    let hash = sha256(&[part]).to_vec();
    sqlx::query(STORE_PART)
        .bind(&hash)
        .bind(part)
        .execute(&mut *connection)
        .await
        .during(what)?;
    let row = sqlx::query(FIND_PART)
        .bind(&hash)
        .fetch_one(connection)
        .await
        .during(what)?;
    let stored: &[u8] = row.try_get(1).during(what)?;
    let is_same = stored == part;
    Ok(is_same.then_some(row.try_get(0).during(what)?))
}

/// A key stays with the first grant; a second one cannot come while the first holds the claim.
async fn bind_keys(
    connection: &mut SqliteConnection,
    items: &[Item],
    first_leaf: i64,
) -> Result<(), StoreFault> {
    for (item, index) in items.iter().zip(0_i64..) {
        bind_key(connection, &item.keys, first_leaf + index, item.at).await?;
    }
    Ok(())
}

/// Binds a request's idempotency key, if it has one, to a token.
async fn bind_key(
    connection: &mut SqliteConnection,
    keys: &RequestKeys,
    leaf: i64,
    at: UnixMicros,
) -> Result<(), StoreFault> {
    let Some(key) = keys.idempotency else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO idempotency (account, key, request, leaf, at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(keys.account().0)
    .bind(&key[..])
    .bind(&keys.body[..])
    .bind(leaf)
    .bind(at.0)
    .execute(connection)
    .await
    .during("binding an idempotency key")?;
    Ok(())
}
