//! Keys, certificates and configuration swapped by the signal HUP while requests are under way.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::softhsm::Token;
use crate::server::{Connection, Server, good_request, rounds, write_config};

const CLIENTS: u64 = 4;

/// Puts a file in its place whole, as an editor does.
fn put(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

/// Asks until told to stop; every answer must be a token.
fn stamp(address: SocketAddr, first_nonce: u64, stop: &AtomicBool, granted: &AtomicU64) {
    let mut connection = Connection::new(address);
    for nonce in first_nonce.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let reply = connection.post("/", &good_request(nonce).to_der().unwrap());
        let response = reply.response();
        assert!(response.time_stamp_token.is_some(), "{:?}", response.status);
        granted.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until the chain that is served is this one.
fn wait_for_chain(server: &Server, chain: &[u8]) {
    for _ in 0..12_000 {
        if server.connect().get("/chain.pem").body == chain {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the chain is not swapped");
}

/// Waits until the log says this once more than `before` times.
fn wait_for_log(token: &Token, words: &str, before: usize) {
    for _ in 0..12_000 {
        let log = fs::read_to_string(token.path("log")).unwrap();
        if log.matches(words).count() > before {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the log does not say `{words}`");
}

#[test]
fn keys_are_swapped_under_load_without_a_failed_request() {
    let count = rounds(100);
    // In turn: a key in a token, one in a file, an RSA key in a file.
    let token = Token::new();
    assert!(token.init("p256").status.success());
    let data = token.data();
    let mut kinds = vec![(
        fs::read_to_string(data.join("tsa.toml")).unwrap(),
        fs::read(data.join("chain.pem")).unwrap(),
    )];
    for key in ["tsa-p256", "tsa-rsa2048"] {
        let folder = data.join(key);
        write_config(&folder, key, &[key, "intermediate"], "root", "");
        let config = fs::read_to_string(folder.join("tsa.toml")).unwrap();
        let config = ["key", "chain", "root"]
            .iter()
            .fold(config, |config, name| {
                config.replace(&format!("\"{name}.pem\""), &format!("\"{key}/{name}.pem\""))
            });
        // The certificates as the server writes them.
        let chain = fs::read_to_string(folder.join("chain.pem")).unwrap();
        kinds.push((config, chain.into_bytes()));
    }
    let server = token.serve().with_plenty_of_credits();
    let (stop, granted) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (address, stop, granted) = (server.address, &stop, &granted);
            scope.spawn(move || stamp(address, (1 << 63) | (client << 40), stop, granted));
        }
        for round in 1..=count {
            let (config, chain) = &kinds[round % kinds.len()];
            put(&data.join("tsa.toml"), config);
            server.signal("HUP");
            wait_for_chain(&server, chain);
            let before = granted.load(Ordering::Relaxed);
            while granted.load(Ordering::Relaxed) < before + CLIENTS {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    server.must_be_sound();
    let granted = granted.into_inner();
    println!("soak: reload {count} swaps of keys under load: {granted} requests, all granted");
}

#[test]
fn what_cannot_be_used_is_refused_and_the_old_goes_on() {
    let token = Token::new();
    assert!(token.init("p256").status.success());
    let data = token.data();
    let right = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let chain = fs::read(data.join("chain.pem")).unwrap();
    let server = token.serve();
    let granted = |nonce| {
        let reply = server.post(&good_request(nonce).to_der().unwrap());
        reply.response().time_stamp_token.is_some()
    };
    let wrong = [
        ("listen = ".to_owned(), "tsa.toml"),
        (
            right.replacen("token = \"tsa\"", "token = \"tsb\"", 1),
            "no token `tsb`",
        ),
        (
            right.replacen("\"chain.pem\"", "\"seal.pem\"", 1),
            "does not belong to the private key",
        ),
    ];
    for (number, (config, words)) in wrong.iter().enumerate() {
        put(&data.join("tsa.toml"), config);
        server.signal("HUP");
        wait_for_log(&token, "the old one goes on", number);
        wait_for_log(&token, words, 0);
        assert!(granted(number as u64 + 1));
        assert_eq!(server.connect().get("/chain.pem").body, chain);
    }
    let more = right.replacen("gen_time_digits = 3", "gen_time_digits = 2", 1);
    put(&data.join("tsa.toml"), &more);
    server.signal("HUP");
    wait_for_log(&token, "that takes a new start", 0);
    assert!(granted(100));
}
