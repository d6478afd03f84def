//! kill -9 in the middle of work: no serial number is ever used twice, and every request that was
//! made has one token for one credit, whether its reply arrived or not.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::server::{Connection, Engine, Random, Reply, Server, good_request, rounds, seed};

const CLIENTS: u64 = 8;

/// What a client sent, and what it got before it was cut off.
struct Sent {
    body: Vec<u8>,
    reply: Option<Reply>,
}

/// Stamps as fast as it can until cut off; each request has a nonce of its own.
fn stamp_until_cut(address: SocketAddr, first_nonce: u64, stamped: &AtomicBool) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut connection = Connection::new(address);
    for nonce in first_nonce.. {
        let body = good_request(nonce).to_der().unwrap();
        let reply = connection.try_post("/", &body).ok();
        let is_cut = reply.is_none();
        sent.push(Sent { body, reply });
        if is_cut {
            break;
        }
        stamped.store(true, Ordering::Relaxed);
    }
    sent
}

/// One round: work, kill; all that was sent.
fn round(server: &mut Server, round: u64, wait: Duration) -> Vec<Sent> {
    let address = server.address;
    let stamped = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let stamped = &stamped;
                let first_nonce = (1 << 63) | (round << 40) | (client << 32);
                scope.spawn(move || stamp_until_cut(address, first_nonce, stamped))
            })
            .collect();
        // In the middle of work, however slow the machine is today.
        while !stamped.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(wait);
        server.kill();
        let clients = clients.into_iter();
        clients.flat_map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn over_kills_and_restarts_every_request_is_one_token_for_one_credit() {
    over_kills_and_restarts(Engine::Sqlite, "kill-restart", rounds(100));
}

#[test]
fn on_postgres_too_every_request_is_one_token_for_one_credit() {
    over_kills_and_restarts(Engine::Postgres, "kill-restart-postgres", rounds(30));
}

fn over_kills_and_restarts(engine: Engine, name: &str, count: usize) {
    let database = engine.database();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let mut random = Random::new(seed());
    let mut server = Server::start_with(&data, database.as_deref()).with_plenty_of_credits();
    let granted = server.balance("demo");
    let (mut requests, mut lost) = (0, 0);
    let mut serials: HashMap<String, u64> = HashMap::new();
    let mut highest_before = String::new();
    for number in 0..count as u64 {
        let wait = Duration::from_millis(random.next() % 120);
        let sent = round(&mut server, number, wait);
        let mut received = sent
            .iter()
            .filter_map(|sent| sent.reply.as_ref())
            .peekable();
        assert!(
            received.peek().is_some(),
            "round {number}: nothing was stamped"
        );
        for reply in received {
            assert_eq!(reply.status, 200);
            let serial = reply.header("tsa-serial").unwrap().to_owned();
            assert!(
                serial > highest_before,
                "round {number}: {serial} of an earlier run"
            );
            let earlier = serials.insert(serial, number);
            assert_eq!(
                earlier, None,
                "round {number}: a serial number of another round"
            );
        }
        highest_before = serials.keys().max().unwrap().clone();

        // Asked again, each has its token: the one that was received, or the one that was lost.
        server = Server::start_with(&data, database.as_deref());
        let mut connection = server.connect();
        for Sent { body, reply } in &sent {
            let again = connection.post("/", body);
            assert!(
                again.response().time_stamp_token.is_some(),
                "round {number}"
            );
            match reply {
                Some(reply) => assert!(again.body == reply.body, "round {number}: another token"),
                None => lost += 1,
            }
        }
        requests += sent.len() as u64;
        // Nothing is held for the dead, and every request was paid once.
        assert_eq!(server.balance("demo"), granted - requests, "round {number}");
    }
    server.must_be_sound();
    println!(
        "soak: {name} {count} {requests} requests, one token and one credit each; {lost} \
         replies were lost and given again"
    );
}
