//! The index while runs come, grow together and go: everything is found at every step.

use std::time::Duration;

use tsa_ledger::NewToken;
use tsa_ledger::record::Search;

use super::audit::{connect, wait_for_the_index};
use super::shop::{Engine, START, Shop, Sold, on_both, plain, request, token};

on_both! {
    runs_grow_together_and_everything_is_found_at_every_step,
    a_request_is_known_again_whether_the_index_holds_it_or_not,
}

fn digest(number: u8) -> Vec<u8> {
    // Some begin alike, so that one key is that of several.
    [vec![number / 2; 8], vec![number; 24]].concat()
}

async fn state(shop: &Shop, sql: &'static str) -> i64 {
    let mut connection = connect(shop).await;
    let read = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
    read.unwrap()
}

const LIVE: &str = "SELECT count(*) FROM index_run WHERE state = 'live'";
const OTHERS: &str = "SELECT count(*) FROM index_run WHERE state <> 'live'";

async fn runs_grow_together_and_everything_is_found_at_every_step(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 1000).await;
    let mut made = 0;
    for step in 0..12_u8 {
        for number in 0..=step {
            let hold = shop.hold(plain(alice, 0), START).await.unwrap();
            let new = NewToken {
                digest: digest(number),
                ..token(START)
            };
            shop.commit(hold, new, START).await.unwrap();
            made += 1;
        }
        if step % 2 == 0 {
            wait_for_the_index(&shop).await;
        }
        for number in [0, step / 2, step, step + 1] {
            let search = Search {
                digest: Some(digest(number)),
                limit: 100,
                ..Search::default()
            };
            let found = shop.ledger.tokens(alice, &search).await.unwrap();
            let expected = usize::from((step + 1).saturating_sub(number));
            assert_eq!(found.len(), expected, "{number} after step {step}");
        }
        shop.must_be_sound().await;
    }
    wait_for_the_index(&shop).await;
    // When nothing happens they become few, and nothing of the old ones stays.
    let mut runs = (i64::MAX, i64::MAX);
    for _ in 0..200 {
        runs = (state(&shop, LIVE).await, state(&shop, OTHERS).await);
        if runs == (1, 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(runs, (1, 0), "live runs, and others");
    let strays = "SELECT count(*) FROM index_chunk WHERE run NOT IN (SELECT run FROM index_run)";
    assert_eq!(state(&shop, strays).await, 0);
    assert_eq!(state(&shop, "SELECT entries FROM index_run").await, made);
    shop.must_be_sound().await;
}

async fn a_request_is_known_again_whether_the_index_holds_it_or_not(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 20).await;
    let mut first = Vec::new();
    for number in 0..6 {
        first.push(shop.buy(request(alice, number), START).await.unwrap());
        if number == 3 {
            wait_for_the_index(&shop).await;
        }
    }
    // Somebody who remembers nothing asks the database alone.
    let other = shop.reopen().await;
    for (number, first) in (0..6).zip(&first) {
        let again = other.buy(request(alice, number), START).await;
        assert_eq!(
            again.unwrap(),
            Sold::Again(first.token().to_vec()),
            "{number}"
        );
    }
    other.must_be_sound().await;
}
