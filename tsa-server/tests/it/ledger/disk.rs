//! Stores that cannot be written: a full disk, a lock, files that nobody may write.

use std::fs;
use std::process::Command;

use tsa_core::PkiFailureInfo;

use super::{bearer, must_be_sound, unique_request};
use crate::server::Server;

/// A folder of its own on a small disk; unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(kib: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kib}k");
        mount(&[
            "-t",
            "tmpfs",
            "-o",
            &size,
            "tmpfs",
            folder.path().to_str().unwrap(),
        ]);
        Self(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn mount(arguments: &[&str]) {
    let status = Command::new("mount").args(arguments).status();
    assert!(
        status.unwrap().success(),
        "this test mounts a small disk, as root: {arguments:?}"
    );
}

/// No token, and nothing was charged; the account stays at its balance.
fn must_fail(server: &Server, key: &str, number: u64) {
    let reply = server.post_with(key, &unique_request(number));
    assert_eq!(reply.status, 200);
    let fail_info = reply.response().status.fail_info;
    assert_eq!(fail_info, Some(PkiFailureInfo::SYSTEM_FAILURE));
}

#[test]
fn on_a_full_disk_nothing_is_charged_and_service_resumes_when_there_is_room() {
    let disk = SmallDisk::mount(16 * 1024);
    let data = disk.0.path().join("tsa-data");
    let server = Server::start_in(&data, &[]);
    let key = bearer(&server.customer("alice", 100_000));
    server.post_with(&key, &unique_request(0));
    let filler = data.join("filler");
    // `dd` stops when the disk is full.
    let of = format!("of={}", filler.display());
    Command::new("dd")
        .args(["if=/dev/zero", &of, "bs=4k"])
        .output()
        .unwrap();
    // What was set aside in the files is used up first, and a little of it comes free again when
    // the database's log is emptied: in between there are tokens.
    let (mut given, mut failures) = (1, 0);
    for number in 1..5000 {
        let reply = server.post_with(&key, &unique_request(number));
        let response = reply.response();
        if response.time_stamp_token.is_some() {
            given += 1;
        } else {
            assert_eq!(
                response.status.fail_info,
                Some(PkiFailureInfo::SYSTEM_FAILURE)
            );
            failures += 1;
        }
        if failures == 10 {
            break;
        }
    }
    assert_eq!(failures, 10, "the disk is full");
    fs::remove_file(&filler).unwrap();
    let reply = server.post_with(&key, &unique_request(6000));
    assert!(reply.response().time_stamp_token.is_some());
    assert_eq!(server.balance("alice"), 100_000 - given - 1);
    must_be_sound(&data);
}

#[test]
fn while_the_database_cannot_be_written_nothing_is_charged() {
    let server = Server::start();
    let key = bearer(&server.customer("alice", 9));
    server.post_with(&key, &unique_request(0));
    // Another program has begun to write and does not end.
    let database = server.data().join("ledger.sqlite");
    let lock = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                c.execute('BEGIN IMMEDIATE')\nprint(1, flush=True)\nsys.stdin.read()\n";
    let mut holder = Command::new("python3")
        .args(["-c", lock, database.to_str().unwrap()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut [0; 2]).unwrap();
    must_fail(&server, &key, 1);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    let reply = server.post_with(&key, &unique_request(1));
    assert!(reply.response().time_stamp_token.is_some());
    assert_eq!(server.balance("alice"), 7);
    must_be_sound(server.data());
}

/// Files that nobody may write, not even who has them open, until dropped.
struct Unwritable(Vec<std::path::PathBuf>);

impl Unwritable {
    fn new(files: Vec<std::path::PathBuf>) -> Self {
        let files = Self(files);
        files.set("+i");
        files
    }

    fn set(&self, attribute: &str) {
        let status = Command::new("chattr").arg(attribute).args(&self.0).status();
        assert!(
            status.unwrap().success(),
            "this test makes files immutable, as root, on ext4 or the like: {:?}",
            self.0
        );
    }
}

impl Drop for Unwritable {
    fn drop(&mut self) {
        self.set("-i");
    }
}

#[test]
fn while_the_database_is_read_only_nothing_is_charged() {
    let server = Server::start();
    let key = bearer(&server.customer("alice", 9));
    server.post_with(&key, &unique_request(0));
    let files = ["ledger.sqlite", "ledger.sqlite-wal"];
    let read_only = Unwritable::new(files.map(|name| server.data().join(name)).to_vec());
    for number in 1..4 {
        must_fail(&server, &key, number);
    }
    drop(read_only);
    let reply = server.post_with(&key, &unique_request(1));
    assert!(reply.response().time_stamp_token.is_some());
    assert_eq!(server.balance("alice"), 7);
    must_be_sound(server.data());
}
