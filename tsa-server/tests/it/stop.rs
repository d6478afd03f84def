//! Stopping: no accepted request is dropped.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::server::{Connection, PROGRAM, Server, good_request, post_head};

#[test]
fn a_request_under_way_is_answered_and_then_the_program_ends() {
    let mut server = Server::start();
    let body = good_request(1).to_der().unwrap();
    let (first, rest) = body.split_at(10);
    let mut connection = server.connect();
    connection
        .send(post_head("/", body.len()).as_bytes())
        .unwrap();
    connection.send(first).unwrap();
    // The head has been read once the server waits for the body.
    std::thread::sleep(Duration::from_millis(300));
    server.terminate();
    std::thread::sleep(Duration::from_millis(300));
    connection.send(rest).unwrap();
    let reply = connection.receive().unwrap();
    assert!(reply.response().time_stamp_token.is_some());
    assert!(server.wait().success());
    let mark = std::fs::read_to_string(server.data().join("high-water")).unwrap();
    let serial_line = mark.lines().nth(1).unwrap();
    let micros: i64 = serial_line
        .strip_prefix("serial ")
        .unwrap()
        .parse()
        .unwrap();
    // Settled just above the one token that was made.
    let serial = reply.header("tsa-serial").unwrap();
    let used = i64::from_str_radix(&serial[..serial.len() - 16], 16).unwrap();
    assert_eq!(micros, used + 1);
}

#[test]
fn an_idle_keep_alive_connection_does_not_hold_up_the_end() {
    let mut server = Server::start();
    let mut connection = server.connect();
    connection.post("/", &good_request(1).to_der().unwrap());
    server.terminate();
    assert!(server.wait().success());
    assert!(connection.is_closed());
}

/// Starts the program in a terminal, says its address, and closes the terminal when told; the exit
/// status is the program's.
const IN_A_TERMINAL: &str = r#"
import os, pty, re, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
while not (found := re.search(rb"http://([0-9.:]+)/", said)):
    said += os.read(terminal, 4096)
print(found[1].decode(), flush=True)
sys.stdin.readline()
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

#[test]
fn a_closed_terminal_is_a_graceful_stop_even_when_nobody_reads_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Command::new("python3")
        .args([
            "-c",
            IN_A_TERMINAL,
            PROGRAM,
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(folder.path().join("tsa-data"))
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap());
    lines.read_line(&mut address).unwrap();
    let mut connection = Connection::new(address.trim_end().parse().unwrap());
    let reply = connection.post("/", &good_request(1).to_der().unwrap());
    assert!(reply.response().time_stamp_token.is_some());
    terminal.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(terminal.wait().unwrap().success());
    assert!(connection.is_closed());
}
