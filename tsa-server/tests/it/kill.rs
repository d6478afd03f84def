//! kill -9 in the middle of work: no serial number is ever used twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::server::{Connection, Random, Server, good_request, rounds, seed};

const CLIENTS: u64 = 4;

/// Stamps as fast as it can until told to stop or cut off; the serial numbers it was given.
fn stamp_until_cut(
    address: std::net::SocketAddr,
    client: u64,
    stop: &AtomicBool,
    stamped: &AtomicBool,
) -> Vec<String> {
    let mut serials = Vec::new();
    let mut connection = Connection::new(address);
    let body = good_request(client).to_der().unwrap();
    while !stop.load(Ordering::Relaxed) {
        let Ok(reply) = connection.try_post("/", &body) else {
            break;
        };
        assert_eq!(reply.status, 200);
        serials.push(reply.header("tsa-serial").unwrap().to_owned());
        stamped.store(true, Ordering::Relaxed);
    }
    serials
}

#[test]
fn no_serial_number_comes_twice_over_kills_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let mut random = Random::new(seed());
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut highest_before = String::new();
    let count = rounds(200);
    for round in 0..count {
        let mut server = Server::start_in(&data, &[]);
        let address = server.address;
        let (stop, stamped) = (AtomicBool::new(false), AtomicBool::new(false));
        let serials: Vec<String> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    scope.spawn({
                        let (stop, stamped) = (&stop, &stamped);
                        move || stamp_until_cut(address, client, stop, stamped)
                    })
                })
                .collect();
            // In the middle of work, however slow the machine is today.
            while !stamped.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(random.next() % 120));
            server.kill();
            stop.store(true, Ordering::Relaxed);
            clients
                .into_iter()
                .flat_map(|client| client.join().unwrap())
                .collect()
        });
        assert!(!serials.is_empty(), "round {round}: nothing was stamped");
        for serial in &serials {
            assert!(
                *serial > highest_before,
                "round {round}: {serial} is not above {highest_before} of an earlier run"
            );
            if let Some(earlier) = seen.insert(serial.clone(), round) {
                panic!("serial number {serial} of round {earlier} came again in round {round}");
            }
        }
        highest_before = serials.into_iter().max().unwrap();
    }
    println!(
        "soak: kill-restart {count} {} tokens, every serial number once",
        seen.len()
    );
}
