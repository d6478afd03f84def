//! A key in wrong hands: stopped everywhere and for good, revoked, its tokens listed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tsa_core::{GenTime, Integer, PkiFailureInfo, TimeStampReq};

use crate::server::{Engine, Server, good_request, on_both, run, write_config};

on_both! {
    a_list_stops_nothing,
    a_key_is_stopped_and_revoked_and_its_tokens_are_listed,
}

const LONG_AGO: &str = "2026-01-01T00:00:00Z";

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
enum Got {
    Token,
    Stopped,
}

fn ask(server: &Server, request: &TimeStampReq) -> Got {
    let reply = server.post(&request.to_der().unwrap());
    let response = reply.response();
    if response.time_stamp_token.is_some() {
        return Got::Token;
    }
    assert_eq!(
        response.status.fail_info,
        Some(PkiFailureInfo::SYSTEM_FAILURE)
    );
    let words = format!("{:?}", response.status);
    assert!(words.contains("taken out of service"), "{words}");
    Got::Stopped
}

/// Waits until a server stops: it looks once a second.
fn wait_until_stopped(server: &Server) {
    for nonce in 1_000_000.. {
        if ask(server, &good_request(nonce)) == Got::Stopped {
            return;
        }
        assert!(nonce < 1_012_000, "the key goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How many tokens the server grants until it stops.
fn granted_until_stopped(server: &Server) -> u64 {
    let mut granted = 0;
    while ask(server, &good_request(2_000_000 + granted)) == Got::Token {
        granted += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    granted
}

fn balance(server: &Server) -> u64 {
    let (status, said, error) = server.run(&["account", "show", "demo", "--json"]);
    assert!(status.success(), "{error}");
    let account: Value = serde_json::from_str(&said).unwrap();
    account["balance"].as_u64().unwrap()
}

fn incident(server: &Server, arguments: &[&str]) -> (bool, String) {
    let (status, said, error) = server.run(&[&["incident"], arguments].concat());
    (status.success(), said + &error)
}

/// The tokens and the report of a list in JSON.
fn read_json(said: &str) -> (Vec<Value>, Value) {
    let lines = said.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut lines: Vec<Value> = lines.collect();
    let last = lines.pop().unwrap();
    (lines, last["report"].clone())
}

/// The only folder of a report.
fn report_folder(data: &Path) -> std::path::PathBuf {
    let mut folders = fs::read_dir(data.join("incidents")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none());
    folder
}

fn policy_of(data: &Path) -> String {
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let line = config.lines().find(|line| line.starts_with("policy = "));
    line.unwrap().split('"').nth(1).unwrap().to_owned()
}

/// Grants seven tokens, two of them without certificates, which say nothing of their key but its
/// certificate's number.
fn seven_tokens(server: &Server) {
    for nonce in 0..5 {
        assert_eq!(ask(server, &good_request(nonce)), Got::Token);
    }
    for nonce in 5..7 {
        let mut request = good_request(nonce);
        request.cert_req = false;
        request.nonce = Some(Integer::from(nonce));
        assert_eq!(ask(server, &request), Got::Token);
    }
}

fn a_list_stops_nothing(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let server = Server::start_with(&data, engine.database().as_deref());
    seven_tokens(&server);
    let policy = policy_of(&data);
    let list = [
        "--key",
        &policy,
        "--from",
        LONG_AGO,
        "--list-only",
        "--format",
        "json",
    ];
    let (right, said) = incident(&server, &list);
    assert!(right, "{said}");
    let (tokens, report) = read_json(&said);
    assert_eq!((tokens.len(), report["tokens"].as_u64()), (7, Some(7)));
    assert_eq!(report["stopped_since"], Value::Null);
    assert!(!data.join("incidents").exists());
    assert_eq!(ask(&server, &good_request(8)), Got::Token);
    // Of the time that is named, and no other.
    let time = |token: &Value| token["gen_time"].as_str().unwrap().to_owned();
    let (from, to) = (time(&tokens[2]), time(&tokens[5]));
    let between = [
        &["--key", &policy, "--from", &from],
        &list[4..],
        &["--to", &to],
    ]
    .concat();
    let (right, said) = incident(&server, &between);
    assert!(right, "{said}");
    let instant = |text: &str| text.parse::<GenTime>().unwrap();
    let is_between = |token: &&Value| {
        let time = instant(&time(token));
        instant(&from) <= time && time < instant(&to)
    };
    let expected: Vec<&Value> = tokens.iter().filter(is_between).collect();
    assert_eq!(read_json(&said).0.iter().collect::<Vec<_>>(), expected);
}

fn a_key_is_stopped_and_revoked_and_its_tokens_are_listed(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let database = engine.database();
    let server = Server::start_with(&data, database.as_deref());
    seven_tokens(&server);
    let before = balance(&server);
    let policy = policy_of(&data);
    let order = [
        "--key",
        &policy,
        "--from",
        LONG_AGO,
        "--words",
        "the safe was open",
    ];
    let ((right, said), meanwhile) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| granted_until_stopped(&server));
        (incident(&server, &order), asking.join().unwrap())
    });
    assert!(right, "{said}");
    assert!(meanwhile > 0);
    let tokens = 7 + meanwhile;
    for expected in [
        "the safe was open",
        &format!("{tokens} of account demo"),
        "revoked, reason keyCompromise",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    wait_until_stopped(&server);
    assert_eq!(server.connect().get("/readyz").status, 503);
    // The list was made when the server had stopped, and has all until then.
    assert_eq!(balance(&server), before - meanwhile);
    let reports = report_folder(&data);
    let table = fs::read_to_string(reports.join("tokens.csv")).unwrap();
    assert_eq!(table.lines().count() as u64, 1 + tokens);
    let report: Value =
        serde_json::from_slice(&fs::read(reports.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["by_account"]["demo"], tokens);
    let text = fs::read_to_string(reports.join("report.txt")).unwrap();
    assert!(text.contains(report["list_sha256"].as_str().unwrap()));
    let (status, said, _) = server.run(&["check-config"]);
    assert!(
        status.success() && said.contains("OUT OF SERVICE"),
        "{said}"
    );
    for_good(
        server,
        (&data, engine),
        database.as_deref(),
        report["key"].as_str().unwrap(),
    );
}

/// Over a restart, and also where the ledger has been forgotten.
fn for_good(
    mut server: Server,
    (data, engine): (&Path, Engine),
    database: Option<&str>,
    key: &str,
) {
    server.kill();
    let mut server = Server::start_with(data, database);
    assert_eq!(ask(&server, &good_request(9)), Got::Stopped);
    server.kill();
    drop(server);
    if engine == Engine::Sqlite {
        fs::remove_file(data.join("ledger.sqlite")).unwrap();
    }
    let server = Server::start_with(data, engine.database().as_deref());
    assert_eq!(ask(&server, &good_request(10)), Got::Stopped);
    // A second time nothing is new.
    let (right, said) = incident(&server, &["--key", key, "--from", LONG_AGO]);
    assert!(right && said.contains("revoked already, since"), "{said}");
    assert!(said.contains("tokens        0 from"), "{said}");
    server.must_be_sound();
}

#[test]
fn every_node_on_a_database_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let (status, _, error) = run(&["init", "--data", one.to_str().unwrap()]);
    assert!(status.success(), "{error}");
    // The other has the key and the certificates, and no CA.
    fs::create_dir(&two).unwrap();
    for entry in fs::read_dir(&one).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "root.key.pem" {
            fs::copy(entry.path(), two.join(entry.file_name())).unwrap();
        }
    }
    let database = Engine::Postgres.database();
    let first = Server::start_with(&one, database.as_deref());
    // The CRL alone may be brought to a node, to be served there.
    fs::copy(one.join("crl.der"), two.join("crl.der")).unwrap();
    let second = Server::start_with(&two, database.as_deref());
    let crl = |server: &Server| server.connect().get("/crl.der").body;
    assert_eq!(crl(&second), crl(&first));
    assert_eq!(ask(&first, &good_request(1)), Got::Token);
    assert_eq!(ask(&second, &good_request(2)), Got::Token);
    let (right, said) = incident(&first, &["--key", &policy_of(&one), "--from", LONG_AGO]);
    assert!(right && said.contains("2 of account demo"), "{said}");
    wait_until_stopped(&first);
    wait_until_stopped(&second);
    assert!(!two.join("stopped-keys.json").exists());
}

#[test]
fn a_ledger_from_an_old_copy_does_not_bring_a_key_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let mut server = Server::start_with(&data, None);
    assert_eq!(ask(&server, &good_request(1)), Got::Token);
    let copy = folder.path().join("copy.sqlite");
    assert!(server.run(&["backup", copy.to_str().unwrap()]).0.success());
    let (right, said) = incident(&server, &["--key", &policy_of(&data), "--from", LONG_AGO]);
    assert!(right, "{said}");
    server.kill();
    assert!(server.run(&["restore", copy.to_str().unwrap()]).0.success());
    drop(server);
    // Nor does a CA that has lost what it revoked.
    for file in ["revoked.json", "crl.der"] {
        fs::remove_file(data.join(file)).unwrap();
    }
    let server = Server::start_with(&data, None);
    assert_eq!(ask(&server, &good_request(2)), Got::Stopped);
}

#[test]
fn a_revoked_certificate_stops_its_signer() {
    let server = Server::start();
    assert_eq!(ask(&server, &good_request(1)), Got::Token);
    let chain = server.data().join("chain.pem");
    let revoke = [
        "ca",
        "revoke",
        chain.to_str().unwrap(),
        "--reason",
        "superseded",
        "--data",
    ];
    let (status, _, error) = run(&[&revoke[..], &[server.data().to_str().unwrap()]].concat());
    assert!(status.success(), "{error}");
    wait_until_stopped(&server);
    // Reading the configuration anew does not bring it back.
    server.signal("HUP");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(ask(&server, &good_request(2)), Got::Stopped);
}

#[test]
fn another_ca_is_told_what_to_revoke() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let server = Server::start_with(&data, None);
    assert_eq!(ask(&server, &good_request(1)), Got::Token);
    // By a file, with a certificate of the key.
    let chain = data.join("chain.pem");
    let order = ["--key", chain.to_str().unwrap(), "--from", LONG_AGO];
    let (right, said) = incident(&server, &order);
    assert!(right, "{said}");
    for expected in [
        "ask the CA of certificate",
        "keyCompromise",
        "BEGIN CERTIFICATE",
        "1 of",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 1, "{said}");
    wait_until_stopped(&server);
    // By the serial number of its certificate.
    let json = fs::read(report_folder(&data).join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&json).unwrap();
    let serial = report["certificates"][0]["serial"].as_str().unwrap();
    let by_serial = [
        "--key",
        serial,
        "--from",
        LONG_AGO,
        "--list-only",
        "--format",
        "csv",
    ];
    let (right, said) = incident(&server, &by_serial);
    assert!(right && said.lines().count() == 2, "{said}");
}

/// Certificates of another CA, which has issued them by its root itself, in the place of the first
/// ones: the key of the development root, which is still there, is no key of that CA.
#[test]
fn the_development_ca_does_not_revoke_for_its_successor() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other) = (folder.path().join("tsa-data"), folder.path().join("other"));
    drop(Server::start_with(&data, None));
    let (status, _, error) = run(&["init", "--data", other.to_str().unwrap()]);
    assert!(status.success(), "{error}");
    for file in ["tsa.key.pem", "chain.pem", "root.pem"] {
        fs::copy(other.join(file), data.join(file)).unwrap();
    }
    let server = Server::start_with(&data, None);
    assert_eq!(ask(&server, &good_request(1)), Got::Token);
    let chain = data.join("chain.pem");
    let revoke = [
        "ca",
        "revoke",
        chain.to_str().unwrap(),
        "--reason",
        "superseded",
        "--data",
    ];
    let (status, _, error) = run(&[&revoke[..], &[data.to_str().unwrap()]].concat());
    assert!(
        !status.success() && error.contains("its own CA revokes it"),
        "{error}"
    );
    let by_serial = ["ca", "revoke", "77", "--reason", "superseded", "--data"];
    let (status, _, error) = run(&[&by_serial[..], &[data.to_str().unwrap()]].concat());
    assert!(
        !status.success() && error.contains("is not the certificate of the key"),
        "{error}"
    );
    // The same when the old key is gone.
    for key_is_there in [true, false] {
        if !key_is_there {
            fs::remove_file(data.join("root.key.pem")).unwrap();
        }
        let order = ["--key", &policy_of(&data), "--from", LONG_AGO];
        let (right, said) = incident(&server, &order);
        assert!(
            right && said.contains("ask the CA of certificate"),
            "{said}"
        );
    }
    let revoked = fs::read_to_string(data.join("revoked.json")).unwrap();
    assert!(revoked.contains("\"revoked\": []"), "{revoked}");
}

#[test]
fn what_cannot_be_meant_changes_nothing() {
    let server = Server::start();
    let policy = policy_of(server.data());
    for (key, from, to, words) in [
        (
            "1.2.3",
            LONG_AGO,
            "2027-01-01T00:00:00Z",
            "no signer has the policy",
        ),
        (
            "77",
            LONG_AGO,
            "2027-01-01T00:00:00Z",
            "no certificate here has the serial number",
        ),
        (
            "chain",
            LONG_AGO,
            "2027-01-01T00:00:00Z",
            "is no policy, no file",
        ),
        (
            &"0".repeat(64),
            LONG_AGO,
            "2027-01-01T00:00:00Z",
            "no certificate of the key",
        ),
        (
            &policy,
            "2027-01-01T00:00:00Z",
            LONG_AGO,
            "--to is not behind --from",
        ),
        (
            &policy,
            "2998-01-01T00:00:00Z",
            "2999-01-01T00:00:00Z",
            "--from lies ahead",
        ),
    ] {
        let (right, said) = incident(&server, &["--key", key, "--from", from, "--to", to]);
        assert!(!right && said.contains(words), "{key}: {said}");
    }
    assert!(!server.data().join("stopped-keys.json").exists());
    assert_eq!(ask(&server, &good_request(1)), Got::Token);
}

#[test]
fn a_server_without_a_record_says_what_it_cannot_list() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let more = "unmetered = true";
    write_config(
        &data,
        "tsa-p256",
        &["tsa-p256", "intermediate"],
        "root",
        more,
    );
    let server = Server::start_with(&data, None);
    assert_eq!(ask(&server, &good_request(1)), Got::Token);
    let order = ["--key", "1.3.6.1.4.1.32473.1", "--from", LONG_AGO];
    let (right, said) = incident(&server, &order);
    assert!(right && said.contains("records no tokens"), "{said}");
    wait_until_stopped(&server);
}
