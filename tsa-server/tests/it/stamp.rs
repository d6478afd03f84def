//! `tsa-stamp` against the running server: files and folders become tokens beside them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tsa_core::TimeStampResp;

use super::server::{Server, good_request};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tsa-stamp");

fn stamp(server_url: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .current_dir(folder)
        .env("TSA_URL", server_url)
        .env_remove("TSA_API_KEY")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// The serial number of the token beside a file.
fn serial_beside(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let response = TimeStampResp::from_der(&bytes).unwrap();
    let token = response.time_stamp_token.unwrap();
    let scanned = tsa_core::tlv::scan_der(&token).unwrap();
    let element = tsa_core::tlv::Reader::new(&scanned)
        .next_element()
        .unwrap()
        .unwrap();
    let mut deviations = tsa_core::tlv::Deviations::default();
    let signed_data = tsa_core::SignedData::read(&element, &mut deviations).unwrap();
    signed_data
        .unverified_tst_info()
        .unwrap()
        .info
        .serial_number
        .to_hex()
}

#[test]
fn a_tree_is_stamped_once_and_a_changed_file_again() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("卷宗/deep");
    fs::create_dir_all(&deep).unwrap();
    let names = [
        "一 号.txt",
        "two.txt",
        "卷宗/three.txt",
        "卷宗/deep/four.txt",
    ];
    for name in names {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let url = server.url("/");
    let first = stamp(&url, folder.path(), &["--recursive", "."]);
    assert!(first.status.success(), "{}", said(&first));
    assert!(
        said(&first).contains("stamped 4, skipped 0, failed 0"),
        "{}",
        said(&first)
    );
    let tokens: Vec<Vec<u8>> = names
        .iter()
        .map(|name| fs::read(folder.path().join(format!("{name}.tsr"))).unwrap())
        .collect();

    let second = stamp(&url, folder.path(), &["--recursive", "."]);
    assert!(
        said(&second).contains("stamped 0, skipped 4"),
        "{}",
        said(&second)
    );

    fs::write(folder.path().join("two.txt"), "changed").unwrap();
    let token = folder.path().join("two.txt.tsr");
    let earlier = serial_beside(&token);
    let third = stamp(&url, folder.path(), &["--recursive", "."]);
    assert!(
        said(&third).contains("stamped 1, skipped 3"),
        "{}",
        said(&third)
    );
    assert_ne!(serial_beside(&token), earlier);
    // The earlier token still proves the earlier version: it is kept.
    let kept = folder.path().join(format!("two.txt.{earlier}.tsr"));
    assert_eq!(fs::read(kept).unwrap(), tokens[1]);
    assert_eq!(
        fs::read(folder.path().join("一 号.txt.tsr")).unwrap(),
        tokens[0]
    );
}

#[test]
fn what_cannot_be_stamped_is_said_and_the_rest_is_done() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good"), "good").unwrap();
    fs::write(folder.path().join("odd"), "odd").unwrap();
    fs::write(folder.path().join("odd.tsr"), "no token").unwrap();
    let output = stamp(&server.url("/"), folder.path(), &["good", "odd"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("odd: its .tsr file holds no token"),
        "{}",
        said(&output)
    );
    assert!(folder.path().join("good.tsr").exists());
    assert_eq!(
        fs::read(folder.path().join("odd.tsr")).unwrap(),
        b"no token"
    );

    let missing = stamp(&server.url("/"), folder.path(), &["missing"]);
    assert_eq!(missing.status.code(), Some(3));
    let policy = stamp(
        &server.url("/"),
        folder.path(),
        &["--policy", "1.2.3", "--json", "odd", "--force"],
    );
    assert_eq!(policy.status.code(), Some(1));
    assert!(
        said(&policy).contains("1.2.3 is not offered"),
        "{}",
        said(&policy)
    );
}

#[test]
fn a_killed_client_leaves_whole_tokens_only_and_goes_on_later() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let count = 600;
    for number in 0..count {
        fs::write(folder.path().join(format!("{number}")), format!("{number}")).unwrap();
    }
    let mut child = Command::new(PROGRAM)
        .args(["--quiet", "."])
        .current_dir(folder.path())
        .env("TSA_URL", server.url("/"))
        .spawn()
        .unwrap();
    while fs::read_dir(folder.path()).unwrap().count() < count + count / 10 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".tsr") && !name.starts_with('.') {
            assert!(!serial_beside(&path).is_empty());
        }
    }
    let rest = stamp(&server.url("/"), folder.path(), &["--quiet", "."]);
    assert!(rest.status.success(), "{}", said(&rest));
    for number in 0..count {
        serial_beside(&folder.path().join(format!("{number}.tsr")));
    }
    // The server is as well as before.
    assert!(
        server
            .post(&good_request(1).to_der().unwrap())
            .response()
            .time_stamp_token
            .is_some()
    );
}

#[test]
fn with_a_key_many_files_are_sent_at_a_time_and_the_cost_is_exact() {
    let server = Server::start();
    let key = server.customer("alice", 100);
    let folder = tempfile::tempdir().unwrap();
    for number in 0..70 {
        // Ten of them hold the same.
        let text = format!("text {}", number.max(9));
        fs::write(folder.path().join(format!("file {number}")), text).unwrap();
    }
    let run = |url: &str, arguments: &[&str]| {
        let output = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(folder.path())
            .env("TSA_URL", url)
            .env("TSA_API_KEY", &key)
            .output()
            .unwrap();
        said(&output)
    };
    let text = run(&server.url("/"), &["."]);
    assert!(text.contains("stamped 70, skipped 0, failed 0"), "{text}");
    assert!(text.contains("61 credits charged, 39 left"), "{text}");
    assert_eq!(server.balance("alice"), 39);
    let same = |number: u32| serial_beside(&folder.path().join(format!("file {number}.tsr")));
    assert_eq!(same(0), same(9));
    assert_ne!(same(10), same(11));

    // Where the account has a token already, it is that one, unless a new one is wanted.
    fs::remove_file(folder.path().join("file 10.tsr")).unwrap();
    fs::remove_file(folder.path().join("file 11.tsr")).unwrap();
    let text = run(&server.url("/tsr"), &["file 10", "file 11"]);
    assert!(text.contains("0 credits charged, 39 left"), "{text}");
    fs::remove_file(folder.path().join("file 10.tsr")).unwrap();
    fs::remove_file(folder.path().join("file 11.tsr")).unwrap();
    let text = run(&server.url("/"), &["--renew", "file 10", "file 11"]);
    assert!(text.contains("2 credits charged, 37 left"), "{text}");

    // Too few credits for all: as many as can be paid.
    server.account(&["grant", "alice", "35", "--take-back"]);
    for number in 12..15 {
        fs::write(
            folder.path().join(format!("new {number}")),
            format!("new {number}"),
        )
        .unwrap();
    }
    let text = run(&server.url("/"), &["--renew", "new 12", "new 13", "new 14"]);
    assert!(text.contains("stamped 2"), "{text}");
    assert_eq!(server.balance("alice"), 0);
}
