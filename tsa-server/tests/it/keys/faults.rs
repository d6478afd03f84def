//! A token that stalls, drops sessions, goes away and comes back, under load: clients get a token
//! or a clean `systemFailure`, nothing is charged for nothing, and no PIN is ever locked.

use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tsa_core::PkiFailureInfo;

use super::softhsm::Token;
use crate::server::{Connection, Server, good_request, rounds};

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

#[test]
fn a_reload_that_waits_for_a_token_keeps_nobody_from_stopping() {
    let token = Token::behind_faults();
    assert!(token.init("p256").status.success());
    let mut server = token.serve();
    assert!(granted(&server, 1));
    fs::write(token.path("fault"), "hang-open").unwrap();
    server.signal("HUP");
    server.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    // The key that is there goes on.
    assert!(granted(&server, 2));
    server.terminate();
    for _ in 0..6000 {
        if let Some(status) = server.child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the server does not stop");
}

fn granted(server: &Server, nonce: u64) -> bool {
    let reply = server.post(&good_request(nonce).to_der().unwrap());
    reply.response().time_stamp_token.is_some()
}

/// The policy of the other signer.
const OTHER: &str = "1.3.6.1.4.1.32473.2";

/// Two tokens of one module, and a signer with each.
fn two_tokens() -> Token {
    let token = Token::new();
    assert!(token.init("p256").status.success());
    let second = [
        "--init-token",
        "--free",
        "--label",
        "second",
        "--so-pin",
        "12345678",
    ];
    let made = token.softhsm(&[&second[..], &["--pin", super::softhsm::PIN]].concat());
    assert!(made.status.success(), "{made:?}");
    let data = token.data();
    let (other, pin) = (data.join("other"), token.path("pin"));
    let mut program = std::process::Command::new(crate::server::PROGRAM);
    program.args(["init", "--pkcs11-token", "second", "--pkcs11-module"]);
    program
        .arg(super::softhsm::MODULE)
        .arg("--data")
        .arg(&other);
    program.args(["--pkcs11-pin", &format!("file:{}", pin.display())]);
    let made = token.prepare(&mut program).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let own = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let more = format!(
        "\n[[signer]]\npolicy = \"{OTHER}\"\npkcs11.module = \"{}\"\npkcs11.token = \"second\"\n\
         pkcs11.key_label = \"tsa\"\npkcs11.pin = \"file:{}\"\ncertificates = \"{}\"\n\
         root = \"{}\"\n",
        super::softhsm::MODULE,
        pin.display(),
        other.join("chain.pem").display(),
        other.join("root.pem").display(),
    );
    fs::write(data.join("tsa.toml"), own + &more).unwrap();
    token
}

/// One of them goes away: the other's signer hears nothing of it.
#[test]
fn a_token_that_is_gone_takes_no_other_tokens_sessions_along() {
    let token = two_tokens();
    let server = token.serve().with_plenty_of_credits();
    let ask_other = |nonce| {
        let mut request = good_request(nonce);
        request.req_policy = Some(OTHER.parse().unwrap());
        let reply = server.post(&request.to_der().unwrap());
        reply.response().time_stamp_token.is_some()
    };
    assert!(granted(&server, 1) && ask_other(2));
    // The folder of the second token is the one that was made last.
    let folders = fs::read_dir(token.path("tokens")).unwrap();
    let mut folders: Vec<_> = folders.map(|it| it.unwrap().path()).collect();
    folders.sort_by_key(|path| fs::metadata(path).unwrap().created().unwrap());
    let (gone, away) = (folders.pop().unwrap(), token.path("away"));
    fs::rename(&gone, &away).unwrap();
    let log = || fs::read_to_string(token.path("log")).unwrap();
    let is_anew = || log().contains("starting the PKCS#11 module anew");
    // A while beyond it, so that all who have a session there ask again.
    let mut further = 200;
    for nonce in 100_u64.. {
        ask_other(nonce << 20);
        assert!(granted(&server, nonce), "the token that is there must sign");
        further -= u32::from(is_anew());
        if further == 0 {
            break;
        }
    }
    assert!(log().contains("the token does not sign"));
    fs::rename(&away, &gone).unwrap();
    for nonce in 1_u64..12_000 {
        if ask_other(nonce << 40) {
            assert!(granted(&server, 7));
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the other token does not come back");
}

/// Another token in its place, with a key of the same name: what that signs is nobody's token.
#[test]
fn a_token_in_the_place_of_another_signs_nothing() {
    let (token, stranger) = (Token::new(), Token::new());
    for token in [&token, &stranger] {
        assert!(token.init("p256").status.success());
    }
    let server = token.serve().with_plenty_of_credits();
    assert!(granted(&server, 1));
    let log = || fs::read_to_string(token.path("log")).unwrap();
    let (folder, away) = (token.path("tokens"), token.path("away"));
    fs::rename(&folder, &away).unwrap();
    fs::rename(stranger.path("tokens"), &folder).unwrap();
    let words = "another one has its name now";
    for nonce in 2.. {
        let reply = server.post(&good_request(nonce).to_der().unwrap());
        if let Some(stamp) = reply.response().time_stamp_token {
            // Sessions from before may go on for a while.
            fs::write(token.path("stamp"), stamp).unwrap();
            verify(&token);
        } else if log().contains(words) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!granted(&server, 3));
    fs::rename(&folder, stranger.path("tokens")).unwrap();
    fs::rename(&away, &folder).unwrap();
    for nonce in 1_u64..12_000 {
        if granted(&server, nonce << 40) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the token that belongs there does not come back");
}

/// `openssl` finds the signature of a token right.
fn verify(token: &Token) {
    let status = std::process::Command::new("openssl")
        .args([
            "ts",
            "-verify",
            "-token_in",
            "-in",
            "stamp",
            "-digest",
            &"5a".repeat(32),
        ])
        .args(["-CAfile", "tsa-data/root.pem"])
        .current_dir(token.path("."))
        .status()
        .unwrap();
    assert!(status.success());
}
