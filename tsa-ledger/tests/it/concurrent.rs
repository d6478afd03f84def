//! Many at once: nothing is spent twice, and nobody waits for ever.

use std::sync::Arc;

use tsa_ledger::{Claimed, Refusal};

use super::shop::{Engine, START, Shop, Sold, keyed, on_both, plain, request};

on_both! {
    two_hundred_for_the_last_fifty_credits_make_fifty_tokens,
    fifty_at_once_with_one_key_are_one_token_for_one_credit,
    who_waits_goes_on_when_the_first_gets_nothing,
    a_client_that_goes_away_while_its_token_is_written_finds_it_later,
}

async fn two_hundred_for_the_last_fifty_credits_make_fifty_tokens(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let alice = shop.customer("alice", 50).await;
    let buyers = (0..200).map(|number| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move { shop.buy(plain(alice, number), START).await })
    });
    let mut outcomes = Vec::new();
    for buyer in buyers.collect::<Vec<_>>() {
        outcomes.push(buyer.await.unwrap());
    }
    let sold = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused =
        |outcome: &&Result<Sold, Refusal>| outcome.as_ref().is_err_and(Refusal::is_no_credits);
    assert_eq!((sold, outcomes.iter().filter(refused).count()), (50, 150));
    assert_eq!(shop.balance("alice").await, 0);
    shop.must_be_sound().await;
}

async fn fifty_at_once_with_one_key_are_one_token_for_one_credit(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let alice = shop.customer("alice", 50).await;
    for keys in [keyed(alice, 1, "key"), request(alice, 2)] {
        let buyers = (0..50).map(|_| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.buy(keys, START).await.unwrap() })
        });
        let mut sold = Vec::new();
        for buyer in buyers.collect::<Vec<_>>() {
            sold.push(buyer.await.unwrap());
        }
        let is_new = |sold: &&Sold| matches!(sold, Sold::New(_));
        assert_eq!(sold.iter().filter(is_new).count(), 1);
        assert!(sold.iter().all(|other| other.token() == sold[0].token()));
    }
    assert_eq!(shop.balance("alice").await, 48);
    shop.must_be_sound().await;
}

async fn who_waits_goes_on_when_the_first_gets_nothing(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let alice = shop.customer("alice", 1).await;
    let keys = keyed(alice, 1, "key");
    let Claimed::New(first) = shop.ledger.claim(keys, START).await.unwrap() else {
        panic!("nothing was granted");
    };
    let second = tokio::spawn({
        let shop = Arc::clone(&shop);
        async move { shop.buy(keys, START).await }
    });
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    drop(first);
    assert!(matches!(second.await.unwrap(), Ok(Sold::New(_))));
}

async fn a_client_that_goes_away_while_its_token_is_written_finds_it_later(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 5).await;
    let hold = shop.hold(request(alice, 1), START).await.unwrap();
    let token = super::shop::token(START);
    let bytes = token.token.clone();
    {
        let mut commit = Box::pin(shop.ledger.commit(hold, token, START));
        // Polled once, and then dropped: it is in the writer's hands.
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(commit.as_mut().poll(context).is_ready())
        });
        assert!(!polled.await);
    }
    let again = shop.buy(request(alice, 1), START).await.unwrap();
    assert_eq!(again, Sold::Again(bytes));
    assert_eq!(shop.balance("alice").await, 4);
}
