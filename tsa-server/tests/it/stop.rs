//! Stopping: no accepted request is dropped.

use std::time::Duration;

use super::server::{Server, good_request, post_head};

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

#[test]
fn a_closed_terminal_is_a_graceful_stop_even_when_nobody_reads_the_output() {
    let mut server = Server::start();
    assert!(
        server
            .post(&good_request(1).to_der().unwrap())
            .response()
            .time_stamp_token
            .is_some()
    );
    let hangup = std::process::Command::new("kill")
        .args(["-HUP", &server.child.id().to_string()])
        .status()
        .unwrap();
    assert!(hangup.success());
    assert!(server.wait().success());
}
