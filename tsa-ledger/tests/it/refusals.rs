//! One row for each refusal, and who wins where two apply.

use tsa_ledger::account::{Movement, Role};
use tsa_ledger::key::{ApiKey, Scope};
use tsa_ledger::{Credits, Refusal, UnixMicros};

use super::shop::{Engine, START, Shop, keyed, named, on_both, plain, refusal, request, token};

on_both! {
    each_wrong_key_gets_its_own_answer_and_the_first_that_applies,
    a_key_is_revoked_within_a_second_although_it_was_just_used,
    spending_is_refused_in_order_and_leaves_everything_as_it_was,
    a_hold_is_posted_in_time_or_not_at_all,
    credits_that_went_elsewhere_cannot_be_posted,
    accounts_are_told_apart_and_their_range_is_kept,
}

const LATER: UnixMicros = UnixMicros(START.0 + 10_000_000);

/// Keys of one account: good, expired, revoked, both, for reading only, expired and for reading.
async fn keys(shop: &Shop) -> Vec<ApiKey> {
    let name = named("alice");
    let soon = Some(UnixMicros(START.0 + 5_000_000));
    let mut keys = Vec::new();
    for (scope, expires, is_revoked) in [
        (Scope::All, None, false),
        (Scope::All, soon, false),
        (Scope::All, None, true),
        (Scope::Read, soon, true),
        (Scope::Read, None, false),
        (Scope::Read, soon, false),
    ] {
        let key = shop.ledger.add_key(&name, scope, expires, START).await;
        keys.push(key.unwrap());
        let id = shop.ledger.keys(&name).await.unwrap().last().unwrap().id;
        if is_revoked {
            shop.ledger.revoke_key(&name, id, START).await.unwrap();
        }
    }
    keys
}

async fn each_wrong_key_gets_its_own_answer_and_the_first_that_applies(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.customer("alice", 1).await;
    let keys: Vec<String> = keys(&shop).await.iter().map(ApiKey::reveal).collect();
    let unknown = ApiKey::random().unwrap().reveal();
    let (alice, bob) = (Some("alice"), Some("bob"));
    let cases = [
        ("not a key", None, Err(Refusal::UnknownKey)),
        (&unknown, alice, Err(Refusal::UnknownKey)),
        (&keys[0], None, Ok(())),
        (&keys[0], alice, Ok(())),
        (&keys[0], bob, Err(Refusal::OtherAccount)),
        (&keys[1], alice, Err(Refusal::ExpiredKey)),
        (&keys[1], bob, Err(Refusal::ExpiredKey)),
        (&keys[2], alice, Err(Refusal::RevokedKey)),
        (&keys[3], bob, Err(Refusal::RevokedKey)),
        (&keys[4], alice, Err(Refusal::OutOfScope)),
        (&keys[4], bob, Err(Refusal::OtherAccount)),
        (&keys[5], alice, Err(Refusal::ExpiredKey)),
    ];
    for (row, (key, account, expected)) in cases.into_iter().enumerate() {
        let holder = shop
            .ledger
            .authenticate(key, account, Scope::Stamp, LATER)
            .await;
        let found = holder.map(|holder| assert_eq!(&*holder.name, "alice"));
        assert_eq!(found.map_err(refusal), expected, "row {row}");
    }
    let reads = shop
        .ledger
        .authenticate(&keys[4], alice, Scope::Read, LATER)
        .await;
    assert!(reads.is_ok());
}

async fn a_key_is_revoked_within_a_second_although_it_was_just_used(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.customer("alice", 1).await;
    let name = named("alice");
    let key = shop
        .ledger
        .add_key(&name, Scope::All, None, START)
        .await
        .unwrap()
        .reveal();
    let use_at = async |at| shop.ledger.authenticate(&key, None, Scope::All, at).await;
    assert!(use_at(START).await.is_ok());
    let id = shop.ledger.keys(&name).await.unwrap()[0].id;
    shop.ledger.revoke_key(&name, id, START).await.unwrap();
    let refused = use_at(UnixMicros(START.0 + 1_000_000)).await.unwrap_err();
    assert_eq!(refusal(refused), Refusal::RevokedKey);
    let twice = shop.ledger.revoke_key(&name, id, LATER).await;
    assert!(twice.is_ok());
    let revoked_at = shop.ledger.keys(&name).await.unwrap()[0].revoked_at;
    assert_eq!(revoked_at, Some(START), "the first time counts");
    let none = shop
        .ledger
        .revoke_key(&name, id + 1, LATER)
        .await
        .unwrap_err();
    assert_eq!(refusal(none), Refusal::UnknownKey);
}

async fn spending_is_refused_in_order_and_leaves_everything_as_it_was(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 1).await;
    // The key is bound, and then there is nothing left: the key comes first.
    shop.buy(keyed(alice, 1, "key"), START).await.unwrap();
    let cases = [
        (keyed(alice, 2, "key"), Refusal::KeyBound),
        (keyed(alice, 3, "other"), no_credits(0)),
        (plain(alice, 4), no_credits(0)),
        (request(alice, 5), no_credits(0)),
    ];
    for (keys, expected) in cases {
        assert_eq!(shop.buy(keys, START).await, Err(expected));
    }
    // A refused request binds nothing: the same key serves another request later.
    move_credits(&shop, 1, Movement::Grant).await.unwrap();
    shop.buy(keyed(alice, 6, "other"), START).await.unwrap();
    shop.must_be_sound().await;
}

async fn a_hold_is_posted_in_time_or_not_at_all(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 1).await;
    let hold = shop.hold(plain(alice, 1), START).await.unwrap();
    assert_eq!(hold.credits(), Credits::ONE);
    assert_eq!(shop.buy(plain(alice, 2), START).await, Err(no_credits(0)));
    let late = UnixMicros(START.0 + 60_000_001);
    let refused = shop.commit(hold, token(late), late).await.unwrap_err();
    assert_eq!(refused, Refusal::HoldExpired);
    shop.buy(plain(alice, 2), late).await.unwrap();
    shop.must_be_sound().await;
}

async fn credits_that_went_elsewhere_cannot_be_posted(engine: Engine) {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 3).await;
    let holds = [
        shop.hold(plain(alice, 1), START).await.unwrap(),
        shop.hold(plain(alice, 2), START).await.unwrap(),
        shop.hold(plain(alice, 3), START).await.unwrap(),
    ];
    // The operator takes two back, beside everything that is held.
    move_credits(&shop, 2, Movement::CorrectDown).await.unwrap();
    let mut outcomes = Vec::new();
    for hold in holds {
        outcomes.push(shop.commit(hold, token(START), START).await.map(drop));
    }
    assert_eq!(outcomes, [Ok(()), Err(no_credits(0)), Err(no_credits(0))]);
    assert_eq!(shop.balance("alice").await, 0);
    shop.must_be_sound().await;
}

async fn accounts_are_told_apart_and_their_range_is_kept(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.customer("alice", 5).await;
    let again = shop
        .ledger
        .create_account(&named("alice"), Role::Customer, Credits::ONE, START)
        .await;
    assert_eq!(refusal(again.unwrap_err()), Refusal::NameTaken);
    let unknown = shop.ledger.account(&named("bob")).await;
    assert_eq!(refusal(unknown.unwrap_err()), Refusal::UnknownAccount);

    assert_eq!(
        move_credits(&shop, 6, Movement::CorrectDown).await,
        Err(Refusal::OutOfRange)
    );
    let most = Credits::MAX.get();
    assert_eq!(
        move_credits(&shop, most, Movement::Grant).await,
        Err(Refusal::OutOfRange)
    );
    assert_eq!(move_credits(&shop, 5, Movement::CorrectDown).await, Ok(0));
    assert_eq!(move_credits(&shop, 2, Movement::CorrectUp).await, Ok(2));
    assert_eq!(move_credits(&shop, 0, Movement::Grant).await, Ok(2));
    shop.must_be_sound().await;
}

async fn move_credits(shop: &Shop, credits: u64, movement: Movement) -> Result<u64, Refusal> {
    let credits = Credits::new(credits).unwrap();
    let balance = shop
        .ledger
        .move_credits(&named("alice"), credits, movement, Some("a test"), START)
        .await;
    balance.map(Credits::get).map_err(refusal)
}

fn no_credits(balance: u64) -> Refusal {
    Refusal::NoCredits {
        needed: Credits::ONE,
        balance: Credits::new(balance).unwrap(),
    }
}

#[test]
fn the_order_of_the_variants_is_the_order_of_precedence() {
    let in_order = [
        Refusal::UnknownKey,
        Refusal::RevokedKey,
        Refusal::ExpiredKey,
        Refusal::OtherAccount,
        Refusal::OutOfScope,
        Refusal::UnknownAccount,
        Refusal::NameTaken,
        Refusal::KeyBound,
        no_credits(0),
        Refusal::HoldExpired,
        Refusal::OutOfRange,
    ];
    assert!(in_order.is_sorted());
}
