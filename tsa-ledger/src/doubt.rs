//! Batches of which nobody could say in time whether they were written.
//!
//! The connection ended while it committed, and for longer than anybody waits there was no other:
//! who waited was told that it failed. Now there is a connection again, and that of before has
//! ended for good. What was not written cost nothing. A token that was written is given to whoever
//! asks again with the same nonce or idempotency key; who has neither gets the credit back.

use sqlx::Row as _;

use crate::account::{self, Movement};
use crate::batch::Item;
use crate::refusal::{During, LedgerError, StoreFault};
use crate::store::{Store, Writing};

/// Looks for a batch, and gives back what was paid in it for nothing.
pub(crate) async fn resolve(
    store: &Store,
    connection: &mut Writing,
    items: &[Item],
) -> Result<(), LedgerError> {
    let Some(committed) = connection.find(items).await? else {
        tracing::warn!(tokens = items.len(), "a batch in doubt was not written");
        return Ok(());
    };
    let mut given_back = 0;
    for (item, leaf) in items.iter().zip(committed.first_leaf..) {
        if item.keys.is_repeatable() {
            continue;
        }
        give_back(store, item, leaf).await?;
        given_back += 1;
    }
    tracing::warn!(
        tokens = items.len(),
        given_back,
        "a batch in doubt was written after all"
    );
    Ok(())
}

/// Gives a token's credits back, once however often this is tried.
async fn give_back(store: &Store, item: &Item, leaf: i64) -> Result<(), LedgerError> {
    let what = "giving credits back";
    let reference = format!("token {leaf}: its requester was told that it failed");
    let mut transaction = store.begin().await?;
    // Whoever writes postings locks this first; an attempt before this one is over then.
    sqlx::query("UPDATE head SET posting = posting")
        .execute(&mut *transaction)
        .await
        .during(what)?;
    let row = sqlx::query(
        "SELECT count(*) FROM posting WHERE credit_account = $1 AND reason = 'correction' \
         AND reference = $2",
    )
    .bind(item.account.0)
    .bind(&reference)
    .fetch_one(&mut *transaction)
    .await
    .during(what)?;
    if row.try_get::<i64, _>(0).during(what)? == 0 {
        account::post(
            &mut transaction,
            item.account,
            item.credits,
            Movement::CorrectUp,
            Some(&reference),
            item.at,
        )
        .await?;
    }
    let committed: Result<(), StoreFault> = transaction.commit().await.during(what);
    Ok(committed?)
}
