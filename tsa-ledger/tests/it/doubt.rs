//! A database that goes away in the very moment of a commit, and stays away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tsa_ledger::{Ledger, Place};

use super::postgres::Postgres;
use super::shop::{START, Shop, Sold, keyed, plain, request, token};

/// What the way between node and database lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// Nothing that the database says to a commit.
    Silent,
    /// Nothing at all.
    Cut,
}

/// How every token here begins.
const TOKEN: &[u8] = b"token ";
const SOCKET: &str = ".s.PGSQL.5432";

/// A way to a server's socket from a socket of its own in a folder.
fn make_way(folder: &Path, server: PathBuf) -> watch::Sender<Way> {
    let listener = UnixListener::bind(folder.join(SOCKET)).unwrap();
    let (way, seen) = watch::channel(Way::Open);
    tokio::spawn(async move {
        while let Ok((node, _)) = listener.accept().await {
            if *seen.borrow() != Way::Cut {
                tokio::spawn(carry(node, server.clone(), seen.clone()));
            }
        }
    });
    way
}

async fn carry(node: UnixStream, server: PathBuf, mut way: watch::Receiver<Way>) {
    let server = UnixStream::connect(server).await.unwrap();
    let (mut from_node, mut to_node) = node.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let heard = way.clone();
    let is_silent = AtomicBool::new(false);
    let there = async {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = from_node.read(&mut bytes).await {
            let said = &bytes[..count];
            let is_commit = said.windows(TOKEN.len()).any(|bytes| bytes == TOKEN);
            if is_commit && *heard.borrow() == Way::Silent {
                is_silent.store(true, Ordering::Relaxed);
            }
            if to_server.write_all(said).await.is_err() {
                return;
            }
        }
    };
    let back = async {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            let is_heard = !is_silent.load(Ordering::Relaxed);
            if is_heard && to_node.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = way.wait_for(|way| *way == Way::Cut) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_that_it_failed_and_cannot_ask_again_gets_the_credit_back() {
    let url = Postgres::of_all().database();
    let name = super::nodes::name_in(&url).to_owned();
    let server = url
        .split("host=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let way = make_way(folder.path(), Path::new(server).join(SOCKET));
    let through = url.replace(server, folder.path().to_str().unwrap());
    let place = Place::Postgres(through);
    let shop = Arc::new(Shop {
        ledger: Ledger::open(place.clone(), START).await.unwrap().0.into(),
        place,
        folder: None,
    });
    let alice = shop.customer("alice", 9).await;
    // From here on a batch is one question.
    shop.buy(request(alice, 0), START).await.unwrap();
    let told = |sql: &str| Postgres::of_all().sql(&name, sql);
    let number = |sql: &str| told(sql).parse::<u64>().unwrap();
    let cases = [(plain(alice, 1), 1), (keyed(alice, 2, "key"), 1)];
    for (leaf, (keys, corrections)) in (1..).zip(cases) {
        let hold = shop.hold(keys, START).await.unwrap();
        way.send_replace(Way::Silent);
        let buyer = Arc::clone(&shop);
        let client = tokio::spawn(async move {
            let committed = buyer.ledger.commit(hold, token(START), START);
            committed.await.is_ok()
        });
        must_be(|| number("SELECT leaf FROM head"), leaf + 1).await;
        way.send_replace(Way::Cut);
        assert!(!client.await.unwrap(), "nobody can say that it was written");
        way.send_replace(Way::Open);
        must_be(|| number(CORRECTIONS), corrections).await;
    }
    let sold = shop.buy(keyed(alice, 2, "key"), START).await.unwrap();
    assert!(matches!(sold, Sold::Again(_)));
    assert_eq!(number(CORRECTIONS), 1, "what can be had is paid for");
    assert_eq!(shop.balance("alice").await, 7);
    shop.must_be_sound().await;
}

const CORRECTIONS: &str = "SELECT count(*) FROM posting WHERE reason = 'correction'";

/// Waits for a number.
async fn must_be(number: impl Fn() -> u64, expected: u64) {
    for _ in 0..600 {
        if number() == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(number(), expected);
}
