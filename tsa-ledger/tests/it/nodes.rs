//! Several nodes on one database, connections that end, a server that is restarted.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tsa_ledger::account::Movement;
use tsa_ledger::record::Search;
use tsa_ledger::{Claimed, Credits, Ledger, LedgerError, Place, Refusal, RequestKeys};

use super::postgres::Postgres;
use super::shop::{Engine, START, Shop, Sold, keyed, named, new_database, plain, request, token};

async fn nodes(count: usize) -> Vec<Arc<Shop>> {
    let first = Shop::open(Engine::Postgres).await;
    let mut nodes = Vec::new();
    for _ in 1..count {
        nodes.push(Arc::new(first.other_node().await));
    }
    nodes.push(Arc::new(first));
    nodes
}

/// Runs buyers one after the other on each of the nodes, all nodes at once.
async fn crowd(
    nodes: &[Arc<Shop>],
    buyers: u64,
    keys: impl Fn(u64) -> RequestKeys,
) -> Vec<Result<Sold, Refusal>> {
    let mut running = Vec::new();
    for (node, number) in nodes.iter().cycle().zip(0..buyers) {
        let (node, keys) = (Arc::clone(node), keys(number));
        running.push(tokio::spawn(async move { node.buy(keys, START).await }));
    }
    let mut sold = Vec::new();
    for buyer in running {
        sold.push(buyer.await.unwrap());
    }
    sold
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_at_every_node_is_one_token_for_one_credit() {
    let nodes = nodes(3).await;
    let alice = nodes[0].customer("alice", 1000).await;
    let rounds = 20;
    for round in 0..rounds {
        for keys in [
            request(alice, round),
            keyed(alice, round, &format!("key {round}")),
        ] {
            let sold = crowd(&nodes, 12, |_| keys).await;
            let sold: Vec<Sold> = sold.into_iter().map(Result::unwrap).collect();
            let is_new = |sold: &&Sold| matches!(sold, Sold::New(_));
            assert_eq!(sold.iter().filter(is_new).count(), 1, "round {round}");
            assert!(sold.iter().all(|other| other.token() == sold[0].token()));
        }
    }
    assert_eq!(nodes[1].balance("alice").await, 1000 - 2 * rounds);
    nodes[2].must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_come_twice_to_different_nodes_and_cost_once() {
    let nodes = nodes(3).await;
    let alice = nodes[0].customer("alice", 10_000).await;
    // Request and repetition are a few places from each other, and so at different nodes.
    let sold = crowd(&nodes, 3000, |number| {
        request(alice, (number / 30) * 10 + number % 10)
    });
    let mut tokens: HashMap<Vec<u8>, usize> = HashMap::new();
    for sold in sold.await {
        *tokens.entry(sold.unwrap().token().to_vec()).or_default() += 1;
    }
    assert_eq!(tokens.len(), 1000);
    assert!(tokens.values().all(|times| *times == 3));
    assert_eq!(nodes[0].balance("alice").await, 9000);
    nodes[0].must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_with_two_requests_at_two_nodes_is_bound_to_one() {
    let nodes = nodes(2).await;
    let alice = nodes[0].customer("alice", 100).await;
    for round in 0..10 {
        let key = format!("key {round}");
        let sold = crowd(&nodes, 2, |number| keyed(alice, number, &key)).await;
        let bound = sold.iter().filter(|sold| **sold == Err(Refusal::KeyBound));
        assert_eq!(bound.count(), 1, "{sold:?}");
    }
    assert_eq!(nodes[0].balance("alice").await, 90);
    nodes[0].must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_fifty_credits_are_fifty_tokens_whoever_sells_them() {
    let nodes = nodes(3).await;
    let alice = nodes[0].customer("alice", 50).await;
    let sold = crowd(&nodes, 200, |number| plain(alice, number)).await;
    let refused =
        |sold: &&Result<Sold, Refusal>| matches!(sold, Err(refusal) if refusal.is_no_credits());
    let granted = sold.iter().filter(|sold| sold.is_ok()).count();
    assert_eq!((granted, sold.iter().filter(refused).count()), (50, 150));
    assert_eq!(nodes[2].balance("alice").await, 0);
    nodes[1].must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_come_and_go_while_all_nodes_sell() {
    let nodes = nodes(3).await;
    let alice = nodes[0].customer("alice", 1000).await;
    let operator = tokio::spawn({
        let node = Arc::clone(&nodes[1]);
        async move {
            for movement in [Movement::Grant, Movement::CorrectDown].repeat(20) {
                let name = named("alice");
                let moved = node
                    .ledger
                    .move_credits(&name, Credits::ONE, movement, None, START);
                moved.await.unwrap();
            }
        }
    });
    let sold = crowd(&nodes, 600, |number| plain(alice, number)).await;
    operator.await.unwrap();
    assert!(sold.iter().all(Result::is_ok));
    assert_eq!(nodes[0].balance("alice").await, 400);
    nodes[0].must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_balance_is_told_by_one_node_once() {
    let place = new_database();
    let (first, mut first_lows) = Ledger::open(place.clone(), START).await.unwrap();
    let (second, mut second_lows) = Ledger::open(place.clone(), START).await.unwrap();
    let nodes: Vec<Arc<Shop>> = [first, second]
        .into_iter()
        .map(|ledger| {
            Arc::new(Shop {
                ledger: ledger.into(),
                place: place.clone(),
                folder: None,
            })
        })
        .collect();
    let alice = nodes[0].customer("alice", 60).await;
    let mark = Credits::new(20).unwrap();
    let name = named("alice");
    nodes[0].ledger.set_low_balance(&name, mark).await.unwrap();
    crowd(&nodes, 60, |number| plain(alice, number)).await;
    let told = [first_lows.try_recv(), second_lows.try_recv()];
    assert_eq!(
        told.iter().filter(|told| told.is_ok()).count(),
        1,
        "{told:?}"
    );
    assert!(first_lows.try_recv().is_err() && second_lows.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_kept_by_who_is_left() {
    let nodes = nodes(2).await;
    let alice = nodes[0].customer("alice", 10).await;
    nodes[0].buy(request(alice, 1), START).await.unwrap();
    nodes[0].ledger.close().await;
    let Place::Postgres(url) = &nodes[1].place else {
        panic!("a ledger on PostgreSQL");
    };
    let indexed = || Postgres::of_all().sql(name_in(url), "SELECT indexed FROM head");
    let is_done = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        indexed() == "1"
    });
    assert!(is_done, "the index stays behind");
    let search = Search {
        digest: Some(vec![0x5a; 32]),
        limit: 10,
        ..Search::default()
    };
    assert_eq!(
        nodes[1].ledger.tokens(alice, &search).await.unwrap().len(),
        1
    );
    nodes[1].must_be_sound().await;
}

#[tokio::test]
async fn a_server_that_does_not_write_through_is_refused() {
    let server = Postgres::start();
    server.sql("postgres", "ALTER SYSTEM SET fsync = off");
    server.sql("postgres", "SELECT pg_reload_conf()");
    let place = Place::Postgres(server.database());
    let refused = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        (server.sql("postgres", "SHOW fsync") == "off").then_some(())
    });
    refused.expect("the server takes a setting");
    let error = Ledger::open(place, START).await.unwrap_err();
    assert!(error.to_string().contains("fsync"), "{error}");
}

/// Buys until it gets an answer, as an honest client does: the same request again and again. The
/// token, and how often there was none.
async fn insist(node: &Shop, keys: RequestKeys) -> (Vec<u8>, u64) {
    let mut failures = 0;
    loop {
        match try_buy(node, keys).await {
            Ok(token) => return (token, failures),
            Err(LedgerError::Store(_)) => {
                failures += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

async fn try_buy(node: &Shop, keys: RequestKeys) -> Result<Vec<u8>, LedgerError> {
    let claim = match node.ledger.claim(keys, START).await? {
        Claimed::Stored(stored) => return Ok(stored.token),
        Claimed::New(claim) => claim,
    };
    let hold = node.ledger.hold(claim, Credits::ONE, START).await?;
    let receipt = node.ledger.commit(hold, token(START), START).await?;
    Ok(receipt.token)
}

/// Buys at all nodes while `trouble` goes on; every request has one token and cost one credit.
async fn through_trouble(nodes: &[Arc<Shop>], trouble: impl AsyncFnOnce()) {
    let alice = nodes[0].customer("alice", 1_000_000).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicU64::new(0));
    let mut running = Vec::new();
    for index in 0..24 {
        // Two clients to a request, at different nodes.
        let pair = [index % nodes.len(), (index + 1) % nodes.len()];
        let pair = pair.map(|index| Arc::clone(&nodes[index]));
        let (is_over, next) = (Arc::clone(&is_over), Arc::clone(&next));
        running.push(tokio::spawn(async move {
            let (mut bought, mut failures) = (0, 0);
            while !is_over.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let keys = match number % 2 {
                    0 => request(alice, number),
                    _ => keyed(alice, number, &number.to_string()),
                };
                let (one, other) = tokio::join!(insist(&pair[0], keys), insist(&pair[1], keys));
                assert_eq!(one.0, other.0, "two tokens for one request");
                bought += 1;
                failures += one.1 + other.1;
            }
            (bought, failures)
        }));
    }
    trouble().await;
    is_over.store(true, Ordering::Relaxed);
    let (mut bought, mut failures) = (0, 0);
    for client in running {
        let (more, failed) = client.await.unwrap();
        bought += more;
        failures += failed;
    }
    assert!(bought > 0);
    assert_eq!(nodes[0].balance("alice").await, 1_000_000 - bought);
    nodes[0].must_be_sound().await;
    println!("{bought} requests, {failures} times without an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_while_they_commit_cost_nothing_twice() {
    let nodes = nodes(3).await;
    let Place::Postgres(url) = nodes[0].place.clone() else {
        panic!("a ledger on PostgreSQL");
    };
    let cut = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' \
         AND pid <> pg_backend_pid()",
        name_in(&url)
    );
    through_trouble(&nodes, async || {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            Postgres::of_all().sql("postgres", &cut);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_restarted_under_load_loses_nothing() {
    let server = Postgres::start();
    let place = Place::Postgres(server.database());
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let opened = Ledger::open(place.clone(), START).await.unwrap();
        nodes.push(Arc::new(Shop {
            ledger: opened.0.into(),
            place: place.clone(),
            folder: None,
        }));
    }
    through_trouble(&nodes, async || {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            server.restart();
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_made_after_a_standby_took_over_is_known_to_a_node_that_had_known_more() {
    let server = Postgres::start();
    let url = server.database();
    let open = async |url: &str| Shop {
        ledger: open_at(url).await,
        place: Place::Postgres(url.to_owned()),
        folder: None,
    };
    let first = open(&url).await;
    let alice = first.customer("alice", 20).await;
    let kept = insist(&first, request(alice, 1)).await.0;
    server.copy();
    // Lost with the database: it had not come to the standby.
    insist(&first, request(alice, 2)).await;
    // Before the first node is back there are as many tokens as it knew of, and more.
    let mut others = Vec::new();
    let alone = async |aside: String| {
        let second = open(&aside).await;
        for number in 3..7 {
            others.push(insist(&second, request(alice, number)).await.0);
        }
        second.ledger.close().await;
    };
    server.fall_back(name_in(&url), alone).await;
    assert_eq!(insist(&first, request(alice, 1)).await.0, kept);
    for (number, token) in (3..7).zip(others) {
        let again = insist(&first, request(alice, number)).await.0;
        assert_eq!(again, token, "request {number}");
    }
    insist(&first, request(alice, 2)).await;
    assert_eq!(first.balance("alice").await, 20 - 6);
    super::audit::wait_for_the_index(&first).await;
    first.must_be_sound().await;
}

async fn open_at(url: &str) -> Arc<Ledger> {
    let place = Place::Postgres(url.to_owned());
    Arc::new(Ledger::open(place, START).await.unwrap().0)
}

/// The name of the database at an address.
pub(crate) fn name_in(url: &str) -> &str {
    let path = std::path::Path::new(url.split('?').next().unwrap());
    path.file_name().unwrap().to_str().unwrap()
}
