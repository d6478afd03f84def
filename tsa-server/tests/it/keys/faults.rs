//! A token that stalls, drops sessions, goes away and comes back, under load: clients get a token
//! or a clean `systemFailure`, nothing is charged for nothing, and no PIN is ever locked.

use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tsa_core::PkiFailureInfo;

use super::softhsm::Token;
use crate::server::{Connection, good_request, rounds};

const CLIENTS: u64 = 6;

/// What the clients have got so far.
#[derive(Default)]
struct Tally {
    granted: AtomicU64,
    failed: AtomicU64,
    stop: AtomicBool,
}

impl Tally {
    /// Asks until told to stop; each answer is a token or `systemFailure`.
    fn ask(&self, address: SocketAddr, first_nonce: u64) {
        let mut connection = Connection::new(address);
        for nonce in first_nonce.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let reply = connection.post("/", &good_request(nonce).to_der().unwrap());
            assert_eq!(reply.status, 200);
            let response = reply.response();
            match response.time_stamp_token {
                Some(_) => self.granted.fetch_add(1, Ordering::Relaxed),
                None => {
                    let fail_info = response.status.fail_info;
                    assert_eq!(fail_info, Some(PkiFailureInfo::SYSTEM_FAILURE));
                    // Who is refused at once need not ask at once.
                    std::thread::sleep(Duration::from_millis(2));
                    self.failed.fetch_add(1, Ordering::Relaxed)
                }
            };
        }
    }

    /// Waits until so many more have been counted. A hang ends the test by its clients' patience.
    fn wait_for(&self, count: &AtomicU64, more: u64) {
        let before = count.load(Ordering::Relaxed);
        while count.load(Ordering::Relaxed) < before + more {
            assert!(!self.stop.load(Ordering::Relaxed), "a client has given up");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Ends the clients however a test ends.
struct StopAtEnd<'a>(&'a Tally);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

fn under_load(address: SocketAddr, work: impl FnOnce(&Tally)) -> Tally {
    let tally = Tally::default();
    std::thread::scope(|scope| {
        let stop = StopAtEnd(&tally);
        for client in 0..CLIENTS {
            let tally = &tally;
            scope.spawn(move || {
                let _stop = StopAtEnd(tally);
                tally.ask(address, (1 << 63) | (client << 40));
            });
        }
        work(&tally);
        drop(stop);
    });
    tally
}

/// Log-ins that the token would have counted as wrong.
fn wrong_logins(token: &Token) -> usize {
    let logins = fs::read_to_string(token.path("fault.logins")).unwrap_or_default();
    logins.lines().filter(|line| *line == "0xa0").count()
}

#[test]
fn whatever_a_token_does_clients_get_clean_answers_and_service_resumes() {
    let is_long = rounds(10) == 10;
    let stall = if is_long { "stall 30000" } else { "stall 3000" };
    let faults = [
        stall,
        "device-removed",
        "token-not-present",
        "session-invalid",
        "final-try",
        "folder away",
    ];
    // Each kind at least once.
    let count = rounds(20).max(faults.len());
    let token = Token::behind_faults();
    assert!(token.init("p256").status.success());
    token.configure("pkcs11.sign_seconds_max = 1");
    let server = token.serve().with_plenty_of_credits();
    let before = server.balance("demo");
    let (fault, folder, away) = (
        token.path("fault"),
        token.path("tokens"),
        token.path("away"),
    );
    let tally = under_load(server.address, |tally| {
        for round in 0..count {
            tally.wait_for(&tally.granted, 20);
            match faults[round % faults.len()] {
                "folder away" => fs::rename(&folder, &away).unwrap(),
                words => fs::write(&fault, words).unwrap(),
            }
            tally.wait_for(&tally.failed, 20);
            match faults[round % faults.len()] {
                "folder away" => fs::rename(&away, &folder).unwrap(),
                _ => fs::remove_file(&fault).unwrap(),
            }
        }
        tally.wait_for(&tally.granted, 20);
    });
    let (granted, failed) = (tally.granted.into_inner(), tally.failed.into_inner());
    assert_eq!(server.balance("demo"), before - granted);
    server.must_be_sound();
    assert_eq!(wrong_logins(&token), 0);
    println!(
        "soak: token-faults {count} faults of a token under load: {granted} tokens, {failed} times \
         systemFailure, nothing else; no PIN tried in vain"
    );
}

#[test]
fn a_pin_that_is_refused_while_serving_is_not_tried_again() {
    let token = Token::behind_faults();
    assert!(token.init("p256").status.success());
    let server = token.serve().with_plenty_of_credits();
    let tally = under_load(server.address, |tally| {
        tally.wait_for(&tally.granted, 20);
        fs::write(token.path("fault"), "pin-incorrect").unwrap();
        tally.wait_for(&tally.failed, 500);
    });
    assert!(tally.failed.into_inner() >= 500);
    assert_eq!(wrong_logins(&token), 1);
}

#[test]
fn a_token_that_never_answers_costs_bounded_waiting() {
    let token = Token::behind_faults();
    assert!(token.init("p256").status.success());
    token.configure("pkcs11.sign_seconds_max = 1\npkcs11.queue_max = 2\npkcs11.sessions_max = 1");
    let server = token.serve().with_plenty_of_credits();
    let before = server.balance("demo");
    fs::write(token.path("fault"), "hang").unwrap();
    let tally = under_load(server.address, |tally| {
        // With one signature a second given up, so many can only have been refused at once.
        tally.wait_for(&tally.failed, 300);
        fs::remove_file(token.path("fault")).unwrap();
        tally.wait_for(&tally.granted, 20);
    });
    assert_eq!(server.balance("demo"), before - tally.granted.into_inner());
    server.must_be_sound();
}
