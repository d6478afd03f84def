//! What the operator asks of a running server: `POST /api/v1/admin/reload`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::desk::{Client, server, server_with};
use crate::server::{Server, good_request, rounds, run};

const RELOAD: &str = "/api/v1/admin/reload";
const CLIENTS: u64 = 4;

fn operator(server: &Server) -> Client {
    let token = fs::read_to_string(server.data().join("admin.token")).unwrap();
    Client::new(server, token.trim_end())
}

fn put(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

/// The configuration with the key and the certificates of another folder.
fn with_signer_of(config: &str, other: &Path) -> String {
    let names = [
        "key = \"tsa.key.pem\"",
        "certificates = \"chain.pem\"",
        "root = \"root.pem\"",
    ];
    names.iter().fold(config.to_owned(), |config, line| {
        let (setting, name) = line.split_once(" = ").unwrap();
        let path = other.join(name.trim_matches('"'));
        config.replacen(line, &format!("{setting} = \"{}\"", path.display()), 1)
    })
}

#[test]
fn keys_are_swapped_under_load_and_what_changed_is_told() {
    let server = server().with_plenty_of_credits();
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other");
    let made = run(&[
        "init",
        "--key-type",
        "p384",
        "--data",
        other.to_str().unwrap(),
    ]);
    assert!(made.0.success(), "{}", made.2);
    let config = server.data().join("tsa.toml");
    let own = fs::read_to_string(&config).unwrap();
    let kinds = [
        (
            own.clone(),
            fs::read(server.data().join("chain.pem")).unwrap(),
        ),
        (
            with_signer_of(&own, &other),
            fs::read(other.join("chain.pem")).unwrap(),
        ),
    ];
    let operator = operator(&server);
    let (stop, granted) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, stop, granted) = (&server, &stop, &granted);
            scope.spawn(move || {
                let mut connection = server.connect();
                for nonce in ((1 << 63) | (client << 40)).. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let reply = connection.post("/", &good_request(nonce).to_der().unwrap());
                    let response = reply.response();
                    assert!(response.time_stamp_token.is_some(), "{:?}", response.status);
                    granted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 1..=rounds(100) {
            let (text, chain) = &kinds[round % 2];
            put(&config, text);
            let told = operator.send("POST", RELOAD, &[], b"").ok();
            assert_eq!(told["signers"].as_array().unwrap().len(), 1, "{told}");
            assert_eq!(told["signers"][0]["change"], "key");
            assert_eq!(told["at_next_start"].as_array().unwrap().len(), 0);
            assert_eq!(&server.connect().get("/chain.pem").body, chain);
            let before = granted.load(Ordering::Relaxed);
            while granted.load(Ordering::Relaxed) < before + CLIENTS {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    server.must_be_sound();
    let granted = granted.into_inner();
    println!(
        "soak: admin-reload {} swaps of keys under load: {granted} granted",
        rounds(100)
    );
}

#[test]
fn what_cannot_be_used_is_refused_with_its_reason() {
    let server = server();
    let operator = operator(&server);
    let config = server.data().join("tsa.toml");
    let right = fs::read_to_string(&config).unwrap();
    let chain = server.connect().get("/chain.pem").body;
    for (wrong, words) in [
        ("listen = ".to_owned(), "TOML parse error"),
        (
            right.replacen("\"chain.pem\"", "\"seal.pem\"", 1),
            "does not belong to the private key",
        ),
        (
            right.replacen("\"tsa.key.pem\"", "\"none.pem\"", 1),
            "none.pem",
        ),
    ] {
        put(&config, &wrong);
        let answer = operator.send("POST", RELOAD, &[], b"");
        assert_eq!(answer.problem(), (409, "configuration-refused".into()));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{detail}");
        assert_eq!(server.connect().get("/chain.pem").body, chain);
        let granted = server.post(&good_request(7).to_der().unwrap());
        assert!(granted.response().time_stamp_token.is_some());
    }
    let later = right.replacen("gen_time_digits = 3", "gen_time_digits = 2", 1);
    put(
        &config,
        &later.replacen("hashes = [\"sha256\", ", "hashes = [", 1),
    );
    let told = operator.send("POST", RELOAD, &[], b"").ok();
    assert_eq!(
        told["at_next_start"],
        serde_json::json!(["gen_time_digits"])
    );
    assert_eq!(told["signers"][0]["change"], "settings", "{told}");
}

#[test]
fn nobody_but_the_operator_is_let_in() {
    let server = server();
    let key = server.customer("alice", 10);
    let path = server.data().join("admin.token");
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let token = fs::read_to_string(&path).unwrap();
    let token = token.trim_end();
    let near = &token[..token.len() - 1];
    for wrong in ["", &key, near, "tsa_admin_", &format!("{token}0")] {
        let answer = Client::new(&server, wrong).send("POST", RELOAD, &[], b"");
        assert_eq!(answer.problem(), (401, "unauthorized".into()), "{wrong}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let operator = operator(&server);
    let basic = [("authorization", "Basic YWxpY2U6eA==")];
    let answer = operator.send("POST", RELOAD, &basic, b"");
    assert_eq!(answer.problem(), (401, "unauthorized".into()));
    let answer = operator.send("GET", RELOAD, &[], b"");
    assert_eq!(answer.problem(), (405, "method-not-allowed".into()));
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = operator.send("POST", &format!("{RELOAD}?now=1"), &[], b"");
    assert_eq!(answer.problem(), (400, "invalid-request".into()));
    let answer = operator.send("POST", "/api/v1/admin/stop", &[], b"");
    assert_eq!(answer.problem(), (404, "not-found".into()));
    // The token opens nothing of accounts.
    let answer = operator.send("GET", "/api/v1/account", &[], b"");
    assert_eq!(answer.problem(), (401, "unauthorized".into()));
    // A new token counts at once; one that others can read does not count.
    fs::write(&path, "another token of the operator\n").unwrap();
    let answer = operator.send("POST", RELOAD, &[], b"");
    assert_eq!(answer.problem(), (401, "unauthorized".into()));
    let another = Client::new(&server, "another token of the operator");
    another.send("POST", RELOAD, &[], b"").ok();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let answer = another.send("POST", RELOAD, &[], b"");
    assert_eq!(answer.problem(), (503, "unavailable".into()));
}

#[test]
fn other_machines_are_let_in_only_where_the_configuration_says_so() {
    let proxied = |config: String| {
        config.replacen(
            "trusted_proxies = []",
            "trusted_proxies = [\"127.0.0.1\"]",
            1,
        )
    };
    let from = [("x-forwarded-for", "203.0.113.9")];
    let server = server_with(proxied);
    let answer = operator(&server).send("POST", RELOAD, &from, b"");
    assert_eq!(answer.problem(), (403, "not-from-here".into()));
    operator(&server).send("POST", RELOAD, &[], b"").ok();
    let server = server_with(|config| {
        proxied(config).replacen("admin_from = \"loopback\"", "admin_from = \"anywhere\"", 1)
    });
    operator(&server).send("POST", RELOAD, &from, b"").ok();
}

#[test]
fn there_is_an_operator_where_nobody_pays_too() {
    let server = server_with(|config| config.replacen("unmetered = false", "unmetered = true", 1));
    let told = operator(&server).send("POST", RELOAD, &[], b"").ok();
    assert_eq!(told["signers"].as_array().unwrap().len(), 0);
}

#[test]
fn a_token_of_a_stopped_key_answers_no_further_digest() {
    let server = server();
    let alice = Client::new(&server, &server.customer("alice", 10));
    let body = format!("{{\"digests\":[{{\"digest\":\"{}\"}}]}}", "5a".repeat(32));
    let json = [("content-type", "application/json")];
    let stamp = || {
        let answer = alice
            .send("POST", "/api/v1/stamps", &json, body.as_bytes())
            .ok();
        let result = &answer["results"][0];
        (
            result["stamp"]["serial"].as_str().unwrap().to_owned(),
            answer["summary"]["charged"].as_u64(),
        )
    };
    let (first, _) = stamp();
    assert_eq!(stamp().0, first);
    let config = server.data().join("tsa.toml");
    let own = fs::read_to_string(&config).unwrap();
    let policy = own
        .lines()
        .find(|line| line.starts_with("policy = "))
        .unwrap();
    let policy = policy.split('"').nth(1).unwrap();
    let arguments = [
        "incident",
        "--key",
        policy,
        "--from",
        "2026-01-01T00:00:00Z",
    ];
    let (status, said, error) = server.run(&arguments);
    assert!(
        status.success() && said.contains("1 of account alice"),
        "{said}{error}"
    );
    let other = server.data().join("other");
    let made = run(&["init", "--data", other.to_str().unwrap()]);
    assert!(made.0.success(), "{}", made.2);
    put(&config, &with_signer_of(&own, &other));
    operator(&server).send("POST", RELOAD, &[], b"").ok();
    let (second, charged) = stamp();
    assert_ne!(second, first, "{charged:?}");
    assert_eq!(stamp().0, second);
    assert_eq!(server.account(&["show", "alice"])["spent"], 2);
}
