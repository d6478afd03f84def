//! What the API of platforms rests on: digests paid once, keys of batches, the outbox.

use tsa_ledger::account::Movement;
use tsa_ledger::key::Scope;
use tsa_ledger::webhook::{Delivery, Event, EventKind, EventKinds, WEBHOOKS_MAX};
use tsa_ledger::{AccountId, Credits, KEYS_MAX, NewToken, Refusal, RequestKeys, UnixMicros};

use super::shop::{Engine, START, Shop, Sold, keyed, named, on_both, plain, refusal, token};

on_both! {
    a_part_is_named_by_all_of_its_name,
    tokens_of_many_digests_are_those_of_the_account,
    the_key_of_a_batch_names_it_alone_for_thirty_days,
    an_account_has_so_many_keys_and_webhooks_and_no_more,
    a_sandbox_is_made_before_the_first_token,
    what_happens_is_told_in_its_order_one_at_a_time_and_again_when_a_lease_is_over,
}

fn at(seconds: i64) -> UnixMicros {
    START.minus_seconds(-seconds)
}

async fn a_part_is_named_by_all_of_its_name(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let bob = shop.customer("bob", 9).await;
    let part = |account: AccountId, name: &[&[u8]]| RequestKeys::part(account, name);
    let first = shop.buy(part(alice, &[b"digest", b"ab"]), START).await;
    let Sold::New(first) = first.unwrap() else {
        panic!("granted before");
    };
    for name in [
        &[b"digest".as_slice(), b"ba"][..],
        &[b"digest", b"a", b"b"],
        &[b"digesta", b"b"],
    ] {
        let other = shop.buy(part(alice, name), START).await.unwrap();
        assert!(matches!(other, Sold::New(_)), "{name:?}");
    }
    let again = shop.buy(part(alice, &[b"digest", b"ab"]), at(86_400 * 30));
    assert_eq!(again.await.unwrap(), Sold::Again(first));
    let other = shop.buy(part(bob, &[b"digest", b"ab"]), START).await;
    assert!(matches!(other.unwrap(), Sold::New(_)));
    assert_eq!(
        (shop.balance("alice").await, shop.balance("bob").await),
        (5, 8)
    );
    shop.must_be_sound().await;
}

async fn tokens_of_many_digests_are_those_of_the_account(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let bob = shop.customer("bob", 9).await;
    for (account, digest, number) in [(alice, 1, 1), (bob, 2, 2), (alice, 3, 3), (alice, 1, 4)] {
        let hold = shop.hold(plain(account, number), START).await.unwrap();
        let token = NewToken {
            digest: vec![digest; 32],
            ..token(at(number.cast_signed()))
        };
        shop.commit(hold, token, START).await.unwrap();
    }
    let digests: Vec<Vec<u8>> = (0..200).map(|digest| vec![digest; 32]).collect();
    let digests: Vec<&[u8]> = digests.iter().map(Vec::as_slice).collect();
    let found = shop
        .ledger
        .tokens_of_digests(alice, &digests)
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    let times: Vec<_> = found[&vec![1; 32]].iter().map(|it| it.gen_time).collect();
    assert_eq!(times, [at(1), at(4)]);
    let leaves: Vec<u64> = (0..100).collect();
    let serials = shop.ledger.serials_at(alice, &leaves).await.unwrap();
    assert_eq!(serials.len(), 3, "none of bob's");
}

async fn the_key_of_a_batch_names_it_alone_for_thirty_days(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let bob = shop.customer("bob", 9).await;
    let (one, other) = ([1; 32], [2; 32]);
    let begin = async |account, key: &[u8], request, time| {
        let begun = shop.ledger.begin_bulk(account, key, request, time).await;
        begun.map(|bulk| bulk.is_new).map_err(refusal)
    };
    assert_eq!(begin(alice, b"k", &one, START).await, Ok(true));
    assert_eq!(begin(alice, b"k", &one, at(5)).await, Ok(false));
    assert_eq!(
        begin(alice, b"k", &other, at(5)).await,
        Err(Refusal::KeyBound)
    );
    assert_eq!(begin(bob, b"k", &other, at(5)).await, Ok(true));
    let month = 31 * 86_400;
    assert_eq!(
        begin(alice, b"k", &other, at(month)).await,
        Err(Refusal::KeyBound)
    );
    assert_eq!(begin(alice, b"k", &other, at(month + 1)).await, Ok(true));
    // Of which nothing came, it is free again.
    let bulk = shop.ledger.begin_bulk(alice, b"x", &one, START).await;
    shop.ledger.forget_bulk(&bulk.unwrap()).await.unwrap();
    assert_eq!(begin(alice, b"x", &other, START).await, Ok(true));
    // The key of a single request is taken.
    shop.buy(keyed(alice, 1, "single"), START).await.unwrap();
    assert_eq!(
        begin(alice, b"single", &one, START).await,
        Err(Refusal::KeyBound)
    );
}

async fn an_account_has_so_many_keys_and_webhooks_and_no_more(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let ledger = &shop.ledger;
    for _ in 0..KEYS_MAX {
        ledger
            .issue_key(alice, Scope::Read, Some(at(60)), START)
            .await
            .unwrap();
    }
    let more = ledger.issue_key(alice, Scope::All, None, at(59)).await;
    assert_eq!(
        refusal(more.unwrap_err()),
        Refusal::TooMany { most: KEYS_MAX }
    );
    // What has expired is not in use.
    ledger
        .issue_key(alice, Scope::All, None, at(60))
        .await
        .unwrap();
    let events = EventKinds::new(&EventKind::EACH).unwrap();
    for _ in 0..WEBHOOKS_MAX {
        ledger
            .add_webhook(alice, "https://a.example/", events, START)
            .await
            .unwrap();
    }
    let more = ledger
        .add_webhook(alice, "https://a.example/", events, START)
        .await;
    assert_eq!(
        refusal(more.unwrap_err()),
        Refusal::TooMany { most: WEBHOOKS_MAX }
    );
    assert_eq!(EventKinds::new(&[]), None);
}

async fn a_sandbox_is_made_before_the_first_token(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.customer("alice", 9).await;
    let bob = shop.customer("bob", 9).await;
    shop.ledger.make_sandbox(&named("alice")).await.unwrap();
    assert!(
        shop.ledger
            .account(&named("alice"))
            .await
            .unwrap()
            .is_sandbox
    );
    shop.buy(plain(bob, 1), START).await.unwrap();
    let late = shop.ledger.make_sandbox(&named("bob")).await;
    assert_eq!(refusal(late.unwrap_err()), Refusal::OutOfRange);
    assert!(!shop.ledger.account(&named("bob")).await.unwrap().is_sandbox);
}

async fn what_happens_is_told_in_its_order_one_at_a_time_and_again_when_a_lease_is_over(
    engine: Engine,
) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    let bob = shop.customer("bob", 9).await;
    let ledger = &shop.ledger;
    let top_up = EventKinds::new(&[EventKind::TopUp]).unwrap();
    let (hook, secret) = ledger
        .add_webhook(alice, "https://a/", top_up, START)
        .await
        .unwrap();
    ledger
        .add_webhook(bob, "https://b/", top_up, START)
        .await
        .unwrap();
    let give = async |name: &str, credits, movement| {
        let name = named(name);
        let given = ledger.move_credits(&name, credits, movement, None, START);
        given.await.unwrap();
    };
    for (name, credits) in [("alice", 1), ("alice", 2), ("bob", 3)] {
        let credits = Credits::new(credits).unwrap();
        give(name, credits, Movement::Grant).await;
    }
    // What nobody wants to hear, and what is taken back, is not told.
    let low = Event {
        kind: EventKind::LowBalance,
        credits: Credits::ZERO,
        balance: Credits::ONE,
        detail: None,
        at: START,
    };
    ledger.happened(alice, &low).await.unwrap();
    give("bob", Credits::ONE, Movement::CorrectDown).await;

    let due = async |seconds| ledger.take_due(at(seconds), 60, 16).await.unwrap();
    let told = |due: &[Delivery]| -> Vec<(u64, u32)> {
        due.iter()
            .map(|it| (it.event.credits.get(), it.attempt))
            .collect()
    };
    let first = due(0).await;
    assert_eq!(told(&first), [(1, 1), (3, 1)]);
    assert_eq!(first[0].secret.0, secret.0);
    assert_eq!(first[0].event.balance.get(), 10);
    ledger.end_delivery(&first[1], at(1)).await.unwrap();
    // The second of alice's does not overtake the first, also when that is put off.
    ledger.put_off(&first[0], at(30)).await.unwrap();
    let again = due(30).await;
    assert_eq!(told(&again), [(1, 2)]);
    assert_eq!(again[0].event_id, first[0].event_id);
    assert_eq!(told(&due(89).await), []);
    let third = due(90).await;
    assert_eq!(told(&third), [(1, 3)]);
    ledger.end_delivery(&third[0], at(91)).await.unwrap();
    assert_eq!(told(&due(91).await), [(2, 1)]);
    assert!(ledger.remove_webhook(alice, hook.id).await.unwrap());
    assert!(!ledger.remove_webhook(alice, hook.id).await.unwrap());
    assert_eq!(told(&due(10_000).await), []);
    ledger.forget_deliveries(at(10_000)).await.unwrap();
}
