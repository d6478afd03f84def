//! One credit per token, exactly once: keys, refusals, repetitions, crowds, copies.

mod disk;

use std::fs;
use std::path::Path;
use std::sync::Barrier;

use tsa_core::PkiFailureInfo;

use super::server::{Engine, Reply, Server, good_request, on_both, post_head, run, write_config};

on_both! {
    credentials_tell_who_pays_and_each_fault_has_its_answer,
    refusals_come_in_their_order,
    unmetered_nobody_pays_and_nothing_is_recorded,
    the_same_request_gets_the_same_bytes_at_no_cost,
    two_hundred_at_once_for_fifty_credits_get_fifty_tokens,
    fifty_at_once_with_one_idempotency_key_get_one_token,
    a_client_that_goes_away_is_charged_at_most_once_and_finds_its_token,
    a_low_balance_is_told_to_the_program_that_is_configured,
}

/// A nonce that no two requests share by chance.
fn unique_request(number: u64) -> Vec<u8> {
    good_request(number | (1 << 63)).to_der().unwrap()
}

impl Server {
    /// `tsa-server account …` beside the running server; what it says.
    pub(crate) fn account(&self, arguments: &[&str]) -> serde_json::Value {
        let all = [&["account"], arguments, &["--json"]].concat();
        let (status, said, error) = self.run(&all);
        assert!(status.success(), "{arguments:?}: {error}");
        serde_json::from_str(&said).unwrap()
    }

    /// A new account's key.
    pub(crate) fn customer(&self, name: &str, credits: u64) -> String {
        let credits = credits.to_string();
        let made = self.account(&["create", name, "--credits", &credits]);
        made["api_key"].as_str().unwrap().to_owned()
    }

    pub(crate) fn balance(&self, name: &str) -> u64 {
        self.account(&["show", name])["balance"].as_u64().unwrap()
    }

    /// Posts a request with more header lines.
    pub(crate) fn post_with(&self, headers: &str, body: &[u8]) -> Reply {
        let mut connection = self.connect();
        let head = post_head("/", body.len());
        let head = head.strip_suffix("\r\n").unwrap();
        let whole = [head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat();
        connection.send(&whole).unwrap();
        connection.receive().unwrap()
    }
}

pub(crate) fn must_be_sound(data: &Path) {
    let (status, said, error) = run(&["audit", "--data", data.to_str().unwrap()]);
    assert!(status.success(), "{said}{error}");
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}\r\n")
}

fn basic(account: &str, key: &str) -> String {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{account}:{key}"));
    format!("Authorization: Basic {pair}\r\n")
}

/// The status of a refusal, which is a rejection badRequest, and its words.
fn refusal(reply: &Reply) -> (u16, String) {
    let response = reply.response();
    assert_eq!(response.status.fail_info, Some(PkiFailureInfo::BAD_REQUEST));
    assert!(response.time_stamp_token.is_none());
    (reply.status, response.status.status_string.concat())
}

fn credentials_tell_who_pays_and_each_fault_has_its_answer(engine: Engine) {
    let server = Server::start_on(engine);
    let alice = server.customer("alice", 2);
    let poor = server.customer("poor", 0);
    server.account(&["key", "add", "alice", "--scope", "read"]);
    let reader = server.account(&["key", "add", "alice", "--scope", "read"]);
    let reader = reader["api_key"].as_str().unwrap();
    let good = unique_request(1);
    let granted = server.post_with(&bearer(&alice), &good);
    assert_eq!(granted.header("tsa-credits-remaining"), Some("1"));
    assert!(granted.header("tsa-serial").is_some());
    let granted = server.post_with(&basic("alice", &alice), &unique_request(2));
    assert_eq!(granted.header("tsa-credits-remaining"), Some("0"));
    let cases = [
        (bearer("tsa_unknown"), 401, "not known"),
        (basic("poor", &alice), 401, "does not belong"),
        (bearer(reader), 401, "may not be used"),
        ("Authorization: Digest x\r\n".into(), 401, "Authorization"),
        (bearer(&poor), 402, "no credits"),
        (bearer(&alice), 402, "no credits"),
    ];
    for (headers, status, words) in cases {
        let reply = server.post_with(&headers, &unique_request(3));
        let (is, said) = refusal(&reply);
        assert_eq!(is, status, "{headers}");
        assert!(said.contains(words), "{headers}: {said}");
        let asks = reply.header("www-authenticate").is_some();
        assert_eq!(asks, status == 401, "{headers}");
    }
    // Without a key the anonymous account pays.
    let reply = server.post(&good_request(4).to_der().unwrap());
    assert_eq!(reply.header("tsa-credits-remaining"), Some("999"));
    server.must_be_sound();
}

fn refusals_come_in_their_order(engine: Engine) {
    let server = Server::start_on(engine);
    let poor = bearer(&server.customer("poor", 0));
    let unknown = bearer("tsa_unknown");
    let bad_policy = good_request(1).with_policy("1.2.3".parse().unwrap());
    let bad_policy = bad_policy.to_der().unwrap();
    let cases: [(&str, &[u8], u16, PkiFailureInfo); 5] = [
        (&unknown, b"garbage", 401, PkiFailureInfo::BAD_REQUEST),
        (&poor, b"garbage", 200, PkiFailureInfo::BAD_DATA_FORMAT),
        (&poor, &bad_policy, 200, PkiFailureInfo::UNACCEPTED_POLICY),
        (&poor, &unique_request(1), 402, PkiFailureInfo::BAD_REQUEST),
        ("", b"garbage", 200, PkiFailureInfo::BAD_DATA_FORMAT),
    ];
    for (headers, body, status, fail_info) in cases {
        let reply = server.post_with(headers, body);
        assert_eq!(reply.status, status, "{headers}");
        assert_eq!(reply.response().status.fail_info, Some(fail_info));
    }
}

fn unmetered_nobody_pays_and_nothing_is_recorded(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let chain = ["tsa-p256", "intermediate"];
    write_config(&data, "tsa-p256", &chain, "root", "unmetered = true");
    let server = Server::start_with(&data, engine.database().as_deref());
    let before = server.account(&["show", "demo"]);
    let reply = server.post(&unique_request(1));
    assert!(reply.response().time_stamp_token.is_some());
    assert_eq!(reply.header("tsa-credits-remaining"), None);
    assert_eq!(server.account(&["show", "demo"]), before);
}

#[test]
fn a_public_server_without_an_anonymous_account_wants_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let config = config.replace("anonymous_account", "# anonymous_account");
    fs::write(data.join("tsa.toml"), config).unwrap();
    let server = Server::start_in(&data, &[]);
    let reply = server.post(&unique_request(1));
    assert_eq!(refusal(&reply).0, 401);
    let key = server.customer("alice", 1);
    let reply = server.post_with(&bearer(&key), &unique_request(1));
    assert!(reply.response().time_stamp_token.is_some());
}

#[test]
fn who_asks_too_fast_is_told_when_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let limits = "[limits]\naccount_requests_per_second_max = 1\n";
    write_config(
        &data,
        "tsa-p256",
        &["tsa-p256", "intermediate"],
        "root",
        limits,
    );
    let server = Server::start_in(&data, &[]);
    let key = bearer(&server.customer("alice", 9));
    // However slow this machine is, ten come faster than one a second at some time.
    let too_fast = (0..10).map(|number| server.post_with(&key, &unique_request(number)));
    let too_fast = too_fast
        .filter(|reply| reply.status == 429)
        .collect::<Vec<_>>();
    assert!(!too_fast.is_empty());
    assert!(refusal(&too_fast[0]).1.contains("too many requests"));
    assert_eq!(too_fast[0].header("retry-after"), Some("1"));
    // 429 comes before what the request says.
    let garbage = (0..10).map(|_| server.post_with(&key, b"garbage").status);
    assert!(garbage.collect::<Vec<_>>().contains(&429));
}

fn the_same_request_gets_the_same_bytes_at_no_cost(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let database = engine.database();
    let mut server = Server::start_with(&data, database.as_deref());
    let key = bearer(&server.customer("alice", 5));
    let first = server.post_with(&key, &unique_request(1));
    let idempotent = format!("{key}Idempotency-Key: order 7\r\n");
    let short = good_request(7).to_der().unwrap();
    let second = server.post_with(&idempotent, &short);
    assert_eq!(second.header("tsa-credits-remaining"), Some("3"));
    for is_restarted in [false, true] {
        if is_restarted {
            server.kill();
            server = Server::start_with(&data, database.as_deref());
        }
        let again = server.post_with(&key, &unique_request(1));
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("tsa-serial"), first.header("tsa-serial"));
        assert_eq!(again.header("tsa-credits-remaining"), Some("3"));
        let again = server.post_with(&idempotent, &short);
        assert_eq!(again.body, second.body);
        let other = server.post_with(&idempotent, &unique_request(9));
        let (status, words) = refusal(&other);
        assert!(
            status == 422 && words.contains("Idempotency-Key"),
            "{words}"
        );
    }
    let long = format!("{key}Idempotency-Key: {}\r\n", "x".repeat(129));
    assert_eq!(refusal(&server.post_with(&long, &short)).0, 400);
    // Another account's requests are its own.
    let bob = bearer(&server.customer("bob", 1));
    let of_bob = server.post_with(&bob, &unique_request(1));
    assert_ne!(of_bob.body, first.body);
    assert_eq!((server.balance("alice"), server.balance("bob")), (3, 0));
    server.must_be_sound();
}

/// So many requests at one time; their replies.
fn crowd(server: &Server, count: u64, send: impl Fn(u64) -> Reply + Sync) -> Vec<Reply> {
    let start = Barrier::new(usize::try_from(count).unwrap());
    let _ = server;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..count)
            .map(|number| {
                let (start, send) = (&start, &send);
                scope.spawn(move || {
                    start.wait();
                    send(number)
                })
            })
            .collect();
        let replies = clients.into_iter().map(|client| client.join().unwrap());
        replies.collect()
    })
}

fn two_hundred_at_once_for_fifty_credits_get_fifty_tokens(engine: Engine) {
    let server = Server::start_on(engine);
    let key = bearer(&server.customer("alice", 50));
    let send = |number| server.post_with(&key, &unique_request(number));
    let replies = crowd(&server, 200, send);
    let with = |status| {
        replies
            .iter()
            .filter(|reply| reply.status == status)
            .count()
    };
    assert_eq!((with(200), with(402)), (50, 150));
    assert_eq!(server.balance("alice"), 0);
    server.must_be_sound();
}

fn fifty_at_once_with_one_idempotency_key_get_one_token(engine: Engine) {
    let server = Server::start_on(engine);
    let alice = server.customer("alice", 50);
    let headers = format!("{}Idempotency-Key: one\r\n", bearer(&alice));
    let body = good_request(1).to_der().unwrap();
    let replies = crowd(&server, 50, |_| server.post_with(&headers, &body));
    assert!(replies.iter().all(|reply| reply.body == replies[0].body));
    assert!(replies[0].response().time_stamp_token.is_some());
    assert_eq!(server.balance("alice"), 49);
}

fn a_client_that_goes_away_is_charged_at_most_once_and_finds_its_token(engine: Engine) {
    let server = Server::start_on(engine);
    let key = bearer(&server.customer("alice", 5));
    let body = unique_request(1);
    for _ in 0..3 {
        let head = post_head("/", body.len());
        let head = head.strip_suffix("\r\n").unwrap();
        let whole = [head.as_bytes(), key.as_bytes(), b"\r\n", &body].concat();
        let mut gone = server.connect();
        gone.send(&whole).unwrap();
        drop(gone);
    }
    let reply = server.post_with(&key, &body);
    assert!(reply.response().time_stamp_token.is_some());
    assert_eq!(server.balance("alice"), 4);
    server.must_be_sound();
}

fn a_low_balance_is_told_to_the_program_that_is_configured(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let command = "low_balance_command = \"tell\"";
    write_config(
        &data,
        "tsa-p256",
        &["tsa-p256", "intermediate"],
        "root",
        command,
    );
    let script = "#!/bin/sh\necho \"$1 $2\" >>\"$(dirname \"$0\")/told\"\n";
    fs::write(data.join("tell"), script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(data.join("tell"), mode).unwrap();
    let server = Server::start_with(&data, engine.database().as_deref());
    let made = server.account(&["create", "alice", "--credits", "4", "--low-balance", "2"]);
    let key = bearer(made["api_key"].as_str().unwrap());
    for number in 0..4 {
        server.post_with(&key, &unique_request(number));
    }
    let told = (0..600).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        fs::read_to_string(data.join("told"))
            .ok()
            .filter(|told| told.ends_with('\n'))
    });
    assert_eq!(told.as_deref(), Some("alice 2\n"));
}

#[test]
fn a_backup_is_restored_and_no_serial_number_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let mut server = Server::start_in(&data, &[]);
    let key = bearer(&server.customer("alice", 9));
    let before = server.post_with(&key, &unique_request(1));
    let copy = folder.path().join("copy.sqlite");
    let (copy, place) = (copy.to_str().unwrap(), data.to_str().unwrap());
    assert!(run(&["backup", copy, "--data", place]).0.success());
    let lost = server.post_with(&key, &unique_request(2));
    let (status, _, said) = run(&["restore", copy, "--data", place]);
    assert!(
        !status.success() && said.contains("another tsa-server"),
        "{said}"
    );
    server.kill();
    let (status, _, said) = run(&["restore", copy, "--data", place]);
    assert!(status.success(), "{said}");
    let server = Server::start_in(&data, &[]);
    assert_eq!(server.balance("alice"), 8);
    assert_eq!(server.post_with(&key, &unique_request(1)).body, before.body);
    let next = server.post_with(&key, &unique_request(3));
    assert!(next.header("tsa-serial").unwrap() > lost.header("tsa-serial").unwrap());
    must_be_sound(&data);
}

#[test]
fn on_postgres_copies_are_made_by_its_own_programs() {
    let server = Server::start_on(Engine::Postgres);
    for command in ["backup", "restore"] {
        let (status, _, said) = server.run(&[command, "copy"]);
        assert!(!status.success() && said.contains("pg_dump"), "{said}");
    }
}
