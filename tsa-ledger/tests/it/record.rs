//! The record and the statement: found again by all that is asked for, told to nobody else.

use tsa_ledger::record::Search;
use tsa_ledger::statement::Period;
use tsa_ledger::{NewToken, Place, Refusal, UnixMicros};

use super::shop::{
    Engine, START, Shop, Sold, keyed, named, new_database, on_both, plain, request, token,
};

on_both! {
    tokens_are_found_by_serial_digest_name_and_time_and_by_their_owner_only,
    a_long_list_comes_in_pages,
    the_same_request_gets_the_same_token_for_a_day_also_after_a_restart,
    an_idempotency_key_leads_to_its_token_for_thirty_days_and_to_nothing_else,
    a_key_that_comes_with_a_repeated_request_is_bound_to_its_token,
    the_statement_runs_from_posting_to_posting,
    a_balance_that_falls_to_its_mark_is_told_once,
}

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

fn later(micros: i64) -> UnixMicros {
    UnixMicros(START.0 + micros)
}

async fn tokens_are_found_by_serial_digest_name_and_time_and_by_their_owner_only(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (alice, bob) = (
        shop.customer("alice", 9).await,
        shop.customer("bob", 9).await,
    );
    let mut serials = Vec::new();
    for (index, (digest, name)) in [(1, Some("a")), (2, None), (1, Some("b"))]
        .into_iter()
        .enumerate()
    {
        let at = later(i64::try_from(index).unwrap() * 10);
        let hold = shop.hold(plain(alice, 0), at).await.unwrap();
        let new = NewToken {
            digest: vec![digest; 32],
            name: name.map(str::to_owned),
            ..token(at)
        };
        serials.push(new.serial.clone());
        shop.commit(hold, new, at).await.unwrap();
    }
    let search =
        |digest: Option<u8>, name: Option<&str>, from: Option<i64>, to: Option<i64>| Search {
            digest: digest.map(|byte| vec![byte; 32]),
            name: name.map(str::to_owned),
            from: from.map(later),
            to: to.map(later),
            after: None,
            limit: 10,
        };
    let cases = [
        (search(None, None, None, None), vec![0, 1, 2]),
        (search(Some(1), None, None, None), vec![0, 2]),
        (search(Some(3), None, None, None), vec![]),
        (search(None, Some("b"), None, None), vec![2]),
        (search(Some(1), Some("b"), Some(5), None), vec![2]),
        (search(None, None, Some(10), Some(20)), vec![1]),
        (search(Some(1), None, None, Some(20)), vec![0]),
    ];
    // While the index trails, and when it has caught up.
    let shop = match_all(shop, alice, bob, &cases).await.reopen().await;
    let shop = match_all(shop, alice, bob, &cases).await;
    for (leaf, serial) in serials.iter().enumerate() {
        let found = shop
            .ledger
            .token_by_serial(alice, serial)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.leaf, leaf as u64);
        assert!(
            shop.ledger
                .token_by_serial(bob, serial)
                .await
                .unwrap()
                .is_none()
        );
    }
}

async fn a_long_list_comes_in_pages(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    for number in 0..3 {
        shop.buy(plain(alice, number), later(10)).await.unwrap();
    }
    let page = Search {
        limit: 2,
        ..Search::default()
    };
    let first = shop.ledger.tokens(alice, &page).await.unwrap();
    let after = first.last().map(|token| (token.gen_time, token.leaf));
    let rest = Search { after, ..page };
    let second = shop.ledger.tokens(alice, &rest).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 1));
}

async fn match_all(
    shop: Shop,
    alice: tsa_ledger::AccountId,
    bob: tsa_ledger::AccountId,
    cases: &[(Search, Vec<u64>)],
) -> Shop {
    for (search, expected) in cases {
        let found = shop.ledger.tokens(alice, search).await.unwrap();
        let leaves: Vec<u64> = found.iter().map(|token| token.leaf).collect();
        assert_eq!(&leaves, expected, "{search:?}");
        assert!(shop.ledger.tokens(bob, search).await.unwrap().is_empty());
    }
    shop
}

async fn the_same_request_gets_the_same_token_for_a_day_also_after_a_restart(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (alice, bob) = (
        shop.customer("alice", 9).await,
        shop.customer("bob", 9).await,
    );
    let sold = shop.buy(request(alice, 1), START).await.unwrap();
    let again = Sold::Again(sold.token().to_vec());
    assert_eq!(
        shop.buy(request(alice, 1), later(1)).await,
        Ok(again.clone())
    );
    let shop = shop.reopen().await;
    assert_eq!(shop.buy(request(alice, 1), later(DAY)).await, Ok(again));
    assert!(matches!(
        shop.buy(request(bob, 1), START).await,
        Ok(Sold::New(_))
    ));
    assert!(matches!(
        shop.buy(request(alice, 1), later(DAY + 1)).await,
        Ok(Sold::New(_))
    ));
    // Without a nonce the same bytes may be meant twice.
    for _ in 0..2 {
        assert!(matches!(
            shop.buy(plain(alice, 2), START).await,
            Ok(Sold::New(_))
        ));
    }
    assert_eq!(shop.balance("alice").await, 5);
}

async fn an_idempotency_key_leads_to_its_token_for_thirty_days_and_to_nothing_else(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (alice, bob) = (
        shop.customer("alice", 9).await,
        shop.customer("bob", 9).await,
    );
    let sold = shop.buy(keyed(alice, 1, "key"), START).await.unwrap();
    let again = Ok(Sold::Again(sold.token().to_vec()));
    let shop = shop.reopen().await;
    assert_eq!(
        shop.buy(keyed(alice, 1, "key"), later(30 * DAY)).await,
        again
    );
    assert_eq!(
        shop.buy(keyed(alice, 2, "key"), START).await,
        Err(Refusal::KeyBound)
    );
    assert!(matches!(
        shop.buy(keyed(bob, 2, "key"), START).await,
        Ok(Sold::New(_))
    ));
    assert!(matches!(
        shop.buy(keyed(alice, 2, "Key"), START).await,
        Ok(Sold::New(_))
    ));
    // Later tokens are the time to forget keys that are a month old.
    shop.buy(plain(alice, 3), later(32 * DAY)).await.unwrap();
    shop.ledger.fresh_balance(alice).await.unwrap();
    let sold = shop.buy(keyed(alice, 2, "key"), later(32 * DAY)).await;
    assert!(matches!(sold, Ok(Sold::New(_))));
    shop.must_be_sound().await;
}

async fn a_key_that_comes_with_a_repeated_request_is_bound_to_its_token(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let sold = shop.buy(request(alice, 1), START).await.unwrap();
    let both = |number: u64| {
        let body = number.to_be_bytes();
        tsa_ledger::RequestKeys::new(alice, &body, Some(b"key"), true)
    };
    let again = Ok(Sold::Again(sold.token().to_vec()));
    assert_eq!(shop.buy(both(1), START).await, again);
    assert_eq!(shop.buy(both(2), START).await, Err(Refusal::KeyBound));
    assert_eq!(shop.balance("alice").await, 8);
}

async fn the_statement_runs_from_posting_to_posting(engine: Engine) {
    use tsa_ledger::account::Movement::{CorrectDown, CorrectUp, Grant};
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 2).await;
    shop.customer("bob", 7).await;
    shop.buy(plain(alice, 1), later(1)).await.unwrap();
    for (credits, movement, at) in [(5, Grant, 2), (3, CorrectDown, 3), (1, CorrectUp, 4)] {
        let credits = tsa_ledger::Credits::new(credits).unwrap();
        let moved = shop
            .ledger
            .move_credits(
                &named("alice"),
                credits,
                movement,
                Some("order 7"),
                later(at),
            )
            .await;
        moved.unwrap();
    }
    let period = Period {
        from: START,
        to: later(100),
        after: 0,
        limit: 10,
    };
    let lines = shop.ledger.statement(alice, period).await.unwrap();
    let seen: Vec<(u64, bool, u64, &str)> = lines
        .iter()
        .map(|line| {
            let balance = line.balance.get();
            (
                line.credits.get(),
                line.is_received,
                balance,
                line.reason.as_str(),
            )
        })
        .collect();
    let expected = [
        (2, true, 2, "grant"),
        (1, false, 1, "token"),
        (5, true, 6, "grant"),
        (3, false, 3, "correction"),
        (1, true, 4, "correction"),
    ];
    assert_eq!(seen, expected);
    assert_eq!(lines[1].leaf, Some(0));
    assert_eq!(lines[2].reference.as_deref(), Some("order 7"));
    let rest = Period {
        after: lines[1].posting,
        limit: 2,
        ..period
    };
    assert_eq!(
        shop.ledger.statement(alice, rest).await.unwrap(),
        lines[2..4]
    );
    let account = shop.ledger.account(&named("alice")).await.unwrap();
    let (granted, spent) = (account.granted.get(), account.spent.get());
    assert_eq!((granted, spent, account.balance.get()), (5, 1, 4));
}

async fn a_balance_that_falls_to_its_mark_is_told_once(engine: Engine) {
    let shop = Shop::open(engine).await;
    let place = match engine {
        Engine::Sqlite => Place::File(shop.file().with_file_name("low.sqlite")),
        Engine::Postgres => new_database(),
    };
    let (ledger, mut lows) = tsa_ledger::Ledger::open(place, START).await.unwrap();
    let low = Shop {
        ledger: ledger.into(),
        ..shop
    };
    let alice = low.customer("alice", 4).await;
    low.ledger
        .set_low_balance(&named("alice"), tsa_ledger::Credits::new(2).unwrap())
        .await
        .unwrap();
    for number in 0..4 {
        low.buy(plain(alice, number), START).await.unwrap();
    }
    let told = lows.try_recv().unwrap();
    assert_eq!((told.account, told.balance.get()), (alice, 2));
    assert!(lows.try_recv().is_err());
}

#[test]
fn what_a_run_left_unindexed_when_it_was_killed_is_found_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    for place in [
        Place::File(folder.path().join("ledger.sqlite")),
        new_database(),
    ] {
        let runtime = || tokio::runtime::Runtime::new().unwrap();
        let mut sold = Vec::new();
        for _ in 0..2 {
            // Dropped with everything that runs in it: as killed as can be in one process.
            runtime().block_on(async {
                let opened = tsa_ledger::Ledger::open(place.clone(), START).await;
                let shop = Shop {
                    ledger: opened.unwrap().0.into(),
                    place: place.clone(),
                    folder: None,
                };
                let alice = match shop.ledger.account(&named("alice")).await {
                    Ok(account) => account.id,
                    Err(_) => shop.customer("alice", 9).await,
                };
                sold.push(shop.buy(request(alice, 1), START).await.unwrap());
            });
        }
        assert_eq!(sold[1], Sold::Again(sold[0].token().to_vec()), "{place:?}");
    }
}
