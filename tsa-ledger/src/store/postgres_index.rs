//! The index on PostgreSQL: who asks it, and who keeps it up to date ([`crate::index`]).

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgBindIterExt as _, PgRow};
use sqlx::{PgConnection, Row as _};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::postgres::{ONE_NODE, Options};
use crate::batch::Batch;
use crate::claim::SAME_REQUEST_SECONDS;
use crate::index::{self, READ_MAX, WHAT};
use crate::recent::Recent;
use crate::refusal::{During, StoreFault, damaged};
use crate::runs::{self, Entry};
use crate::store::shelf::Shelf;
use crate::store::{Database, Wanted};
use crate::types::{AccountId, UnixMicros};

/// How often the index is looked to, and how soon again while runs are put together.
const TEND: Duration = Duration::from_millis(300);
const REST: Duration = Duration::from_millis(50);
/// The name of the advisory lock of who writes it.
const INDEX_LOCK: i32 = 1;

/// The chunks that hold the bytes of a key, of those where it can be between two bounds: in every
/// live run the last that begins before it, and what follows. The plan is in the words, so that it
/// is never one that reads all.
macro_rules! chunks {
    ($low:literal, $high:literal, $key:literal, $limit:literal) => {
        concat!(
            "FROM index_run CROSS JOIN LATERAL (SELECT coalesce((SELECT first FROM index_chunk \
             WHERE run = index_run.run AND first < ",
            $low,
            " ORDER BY first DESC LIMIT 1), '') AS first OFFSET 0) AS start \
             CROSS JOIN LATERAL (SELECT entries FROM index_chunk WHERE run = index_run.run \
             AND first >= start.first AND first <= ",
            $high,
            " OFFSET 0) AS chunk WHERE state = 'live' AND position(",
            $key,
            " IN chunk.entries) > 0 LIMIT ",
            $limit
        )
    };
}

/// Begins a transaction that writes the index; `false`, and none is begun, when another node is at
/// it. It waits for no disk: what a crash takes back is done again.
pub(crate) async fn begin(connection: &mut PgConnection) -> Result<bool, StoreFault> {
    let run = |sql| sqlx::query(sql);
    run("BEGIN").execute(&mut *connection).await.during(WHAT)?;
    let row = run(
        "SELECT pg_try_advisory_xact_lock($1, $2), set_config('synchronous_commit', 'off', TRUE)",
    )
    .bind(ONE_NODE)
    .bind(INDEX_LOCK)
    .fetch_one(&mut *connection)
    .await
    .during(WHAT)?;
    let is_ours: bool = row.try_get(0).during(WHAT)?;
    if !is_ours {
        run("ROLLBACK").execute(connection).await.during(WHAT)?;
    }
    Ok(is_ours)
}

/// Where an account's tokens with a digest, or of a request, may be; `None` for too many.
pub(crate) async fn leaves(
    pool: &sqlx::Pool<Database>,
    account: AccountId,
    wanted: Wanted<'_>,
) -> Result<Option<Vec<i64>>, StoreFault> {
    let what = "asking the index";
    let (Wanted::Digest(bytes) | Wanted::Request(bytes)) = wanted;
    let key = runs::key(account, bytes);
    let bound = |leaf| Entry { key, leaf }.to_bytes().to_vec();
    // One moment for both: what the index does not hold yet is in the last tokens.
    let sql = match wanted {
        Wanted::Digest(_) => concat!(
            "(SELECT chunk.entries, CAST(NULL AS BIGINT) ",
            chunks!("$1", "$2", "$4", "$3"),
            ") UNION ALL (SELECT NULL, leaf FROM token \
             WHERE leaf >= (SELECT indexed FROM head WHERE id = 1) \
             AND +account = $5 AND digest = $6 LIMIT $3)"
        ),
        Wanted::Request(_) => concat!(
            "(SELECT chunk.entries, CAST(NULL AS BIGINT) ",
            chunks!("$1", "$2", "$4", "$3"),
            ") UNION ALL (SELECT NULL, leaf FROM token \
             WHERE leaf >= (SELECT indexed FROM head WHERE id = 1) \
             AND +account = $5 AND request = $6 LIMIT $3)"
        ),
    };
    let rows = sqlx::query(sql)
        .bind(bound(0))
        .bind(bound(u64::MAX))
        .bind(i64::try_from(READ_MAX).unwrap_or(i64::MAX))
        .bind(key.to_be_bytes().to_vec())
        .bind(account.0)
        .bind(bytes)
        .fetch_all(pool)
        .await
        .during(what)?;
    let mut chunks = Vec::with_capacity(rows.len());
    let mut last = Vec::new();
    for row in &rows {
        let leaf: Option<i64> = row.try_get(1).during(what)?;
        match leaf {
            Some(leaf) => last.push(leaf),
            None => chunks.push(row.try_get::<&[u8], _>(0).during(what)?),
        }
    }
    if last.len() >= READ_MAX {
        return Ok(None);
    }
    let indexed = index::leaves_in(chunks.into_iter(), key);
    Ok(indexed.map(|leaves| [leaves, last].concat()))
}

/// Which of the doubtful items of a batch were granted before, by their places from 0, among the
/// tokens that the node has seen.
pub(crate) async fn granted(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<Vec<usize>, StoreFault> {
    let doubts = doubts(batch);
    // In this order nothing is missed that goes from one to the other.
    let mut found = find_behind_index(connection, &doubts).await?;
    found.extend(find_in_index(connection, &doubts).await?);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "SELECT DISTINCT found.place FROM unnest($1, $2, $3, $4, $5) \
         AS found (place, leaf, account, request, horizon) JOIN token USING (leaf) \
         WHERE token.account = found.account AND token.request = found.request \
         AND token.gen_time >= found.horizon",
    )
    .bind(found.iter().map(|(doubt, _)| doubt.place).bind_iter())
    .bind(found.iter().map(|(_, leaf)| *leaf).bind_iter())
    .bind(found.iter().map(|(doubt, _)| doubt.account.0).bind_iter())
    .bind(
        found
            .iter()
            .map(|(doubt, _)| doubt.request.as_slice())
            .bind_iter(),
    )
    .bind(found.iter().map(|(doubt, _)| doubt.horizon.0).bind_iter())
    .fetch_all(connection)
    .await
    .during(REPEATED)?;
    let place = |row: &PgRow| {
        let place: i64 = row.try_get(0).during(REPEATED)?;
        usize::try_from(place).map_err(|_| damaged("a place"))
    };
    rows.iter().map(place).collect()
}

const REPEATED: &str = "looking for repeated requests";

/// What the index does not hold yet.
async fn find_behind_index<'a>(
    connection: &mut PgConnection,
    doubts: &'a [Doubt],
) -> Result<Vec<(&'a Doubt, i64)>, StoreFault> {
    let rows = sqlx::query(
        "SELECT doubt.place, token.leaf FROM token \
         JOIN unnest($1) WITH ORDINALITY AS doubt (request, place) USING (request) \
         WHERE leaf >= (SELECT indexed FROM head WHERE id = 1)",
    )
    .bind(
        doubts
            .iter()
            .map(|doubt| doubt.request.as_slice())
            .bind_iter(),
    )
    .fetch_all(connection)
    .await
    .during(REPEATED)?;
    let read = |row: &PgRow| Ok((of_row(doubts, row)?, row.try_get(1).during(REPEATED)?));
    rows.iter().map(read).collect()
}

/// What it holds.
async fn find_in_index<'a>(
    connection: &mut PgConnection,
    doubts: &'a [Doubt],
) -> Result<Vec<(&'a Doubt, i64)>, StoreFault> {
    let bound = |leaf| {
        move |doubt: &Doubt| {
            let key = doubt.key;
            Entry { key, leaf }.to_bytes().to_vec()
        }
    };
    let key = |doubt: &Doubt| doubt.key.to_be_bytes().to_vec();
    let rows = sqlx::query(concat!(
        "SELECT doubt.place, found.entries \
         FROM unnest($1, $2, $3) WITH ORDINALITY AS doubt (low, high, key, place) \
         CROSS JOIN LATERAL (SELECT chunk.entries ",
        chunks!("doubt.low", "doubt.high", "doubt.key", "$4"),
        ") AS found"
    ))
    .bind(doubts.iter().map(bound(0)).bind_iter())
    .bind(doubts.iter().map(bound(u64::MAX)).bind_iter())
    .bind(doubts.iter().map(key).bind_iter())
    .bind(i64::try_from(READ_MAX).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
    .during(REPEATED)?;
    let mut found = Vec::new();
    for row in &rows {
        let doubt = of_row(doubts, row)?;
        let chunk: &[u8] = row.try_get(1).during(REPEATED)?;
        let leaves = runs::find(chunk, doubt.key).filter_map(|leaf| i64::try_from(leaf).ok());
        found.extend(leaves.map(|leaf| (doubt, leaf)));
    }
    Ok(found)
}

/// The doubt that a row is about: it begins with its place, from 1.
fn of_row<'a>(doubts: &'a [Doubt], row: &PgRow) -> Result<&'a Doubt, StoreFault> {
    let place: i64 = row.try_get(0).during(REPEATED)?;
    let place = usize::try_from(place - 1).map_err(|_| damaged("a place"))?;
    doubts.get(place).ok_or_else(|| damaged("a place"))
}

/// An item that may have been granted before.
#[derive(Debug)]
struct Doubt {
    /// Its place in the batch, from 0.
    place: i64,
    account: AccountId,
    request: [u8; 16],
    key: u64,
    /// From when on a token is that of the same request.
    horizon: UnixMicros,
}

fn doubts(batch: &Batch<'_>) -> Vec<Doubt> {
    let doubt = |place: &usize| {
        let item = batch.items.get(*place)?;
        let request = item.keys.request()?;
        Some(Doubt {
            place: i64::try_from(*place).ok()?,
            account: item.account,
            request,
            key: runs::key(item.account, &request),
            horizon: item.at.minus_seconds(SAME_REQUEST_SECONDS),
        })
    };
    batch.doubts.iter().filter_map(doubt).collect()
}

/// Keeps the index up to date, as long as anybody can ask for it. Every node tries, and one at a
/// time does it, so that the end of a node ends nothing.
pub(crate) async fn tend(options: Options, recent: Arc<Recent>, mut asked: mpsc::Receiver<()>) {
    let mut connection = None;
    let mut rested_at = None;
    let mut has_more = false;
    loop {
        let pause = if has_more { REST } else { TEND };
        if let Ok(None) = timeout(pause, asked.recv()).await {
            return;
        }
        let tended = async {
            let mut own = match connection.take() {
                Some(own) => own,
                None => {
                    let own = options.connect_indexing().await?;
                    // It may be another database by now, which took the place of the one before
                    // and has lost the last tokens: of their leaves others will be made.
                    recent.ungather();
                    own
                }
            };
            let mut shelf = Shelf::Postgres(&mut own);
            let before = index::heads(&mut shelf).await?;
            let (indexed, leaves) = match before.0 < before.1 {
                true => index::advance(&mut shelf, |from, to| recent.entries(from, to)).await?,
                false => before,
            };
            recent.forget(indexed);
            has_more = match (
                indexed < leaves,
                before.0 == before.1 && rested_at != Some(leaves),
            ) {
                (true, _) => indexed > before.0,
                (false, true) => index::rest(&mut shelf).await?,
                (false, false) => false,
            };
            if before.0 == before.1 && !has_more {
                rested_at = Some(leaves);
            }
            connection = Some(own);
            Ok::<_, StoreFault>(())
        };
        if let Err(fault) = tended.await {
            tracing::warn!(%fault, "the index stays behind");
            has_more = false;
        }
        // Somebody asks after every few batches: once for all of them is enough.
        if !has_more {
            sleep(TEND / 2).await;
        }
    }
}
