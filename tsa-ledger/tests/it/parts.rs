//! What tokens share is stored once, and every token comes back byte for byte.

use sqlx::ConnectOptions as _;
use sqlx::any::AnyConnectOptions;
use tsa_ledger::record::Search;
use tsa_ledger::{NewToken, Place};

use super::shop::{Engine, START, Shop, on_both, request, token};

on_both! {
    tokens_come_back_byte_for_byte_whatever_they_share,
    what_nodes_and_runs_have_in_common_is_stored_once,
}

/// Tokens of two signers, one without, and one that has so little in common that it stays whole.
fn tokens() -> [NewToken; 5] {
    let shared = |byte: u8, head: &[u8], range: std::ops::Range<usize>| {
        let token = token(START);
        let bytes = [head, &[byte; 200], &token.serial].concat();
        NewToken {
            token: bytes,
            shared: Some(range),
            ..token
        }
    };
    [
        shared(1, b"one", 3..203),
        shared(1, b"another", 7..207),
        shared(2, b"", 0..200),
        shared(1, b"short", 5..68),
        NewToken {
            shared: None,
            ..shared(1, b"whole", 0..0)
        },
    ]
}

/// A number that the database tells.
async fn number(shop: &Shop, sql: &'static str) -> i64 {
    sqlx::any::install_default_drivers();
    let url = match &shop.place {
        Place::File(file) => format!("sqlite://{}", file.display()),
        Place::Postgres(url) => url.clone(),
    };
    let options: AnyConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let number = sqlx::query_scalar(sql).fetch_one(&mut connection);
    number.await.unwrap()
}

async fn tokens_come_back_byte_for_byte_whatever_they_share(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let tokens = tokens();
    for (number, token) in (0..).zip(&tokens) {
        let hold = shop.hold(request(alice, number), START).await.unwrap();
        let receipt = shop.commit(hold, token.clone(), START).await.unwrap();
        assert_eq!(receipt.token, token.token);
    }
    assert_eq!(number(&shop, "SELECT count(*) FROM part").await, 2);
    let with_part = "SELECT count(*) FROM token WHERE part IS NOT NULL";
    assert_eq!(number(&shop, with_part).await, 3);
    let stored = "SELECT CAST(max(length(token)) AS BIGINT) FROM token WHERE part IS NOT NULL";
    assert!(
        number(&shop, stored).await < 20,
        "the part is not in the row"
    );

    let shop = shop.reopen().await;
    shop.must_be_sound().await;
    let all = Search {
        limit: 9,
        ..Search::default()
    };
    let found = shop.ledger.tokens(alice, &all).await.unwrap();
    let found: Vec<&[u8]> = found.iter().map(|token| token.token.as_slice()).collect();
    assert_eq!(found, tokens.each_ref().map(|token| token.token.as_slice()));
    for (number, token) in (0..).zip(&tokens) {
        let by_serial = shop.ledger.token_by_serial(alice, &token.serial);
        assert_eq!(by_serial.await.unwrap().unwrap().token, token.token);
        let again = shop.buy(request(alice, number), START).await.unwrap();
        assert_eq!(again.token(), token.token);
    }
    let mut audited = Vec::new();
    let look = |token: &tsa_ledger::StoredToken| {
        audited.push(token.token.clone());
        None
    };
    assert!(shop.ledger.audit(look).await.unwrap().is_sound());
    assert_eq!(audited, tokens.map(|token| token.token));
}

async fn what_nodes_and_runs_have_in_common_is_stored_once(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    shop.buy(request(alice, 1), START).await.unwrap();
    let shop = shop.reopen().await;
    shop.buy(request(alice, 2), START).await.unwrap();
    if engine == Engine::Postgres {
        let other = shop.other_node().await;
        other.buy(request(alice, 3), START).await.unwrap();
    }
    assert_eq!(number(&shop, "SELECT count(*) FROM part").await, 1);
    let without = "SELECT count(*) FROM token WHERE part IS NULL";
    assert_eq!(number(&shop, without).await, 0);
    shop.must_be_sound().await;
}
