//! HTTP around the protocol: methods, types, sizes, times, framing.

use std::io::Write;
use std::process::{Command, Stdio};

use super::server::{Server, good_request, post_head, write_config};

#[test]
fn what_is_no_query_is_refused_before_it_is_read() {
    let server = Server::start();
    let query = "Content-Type: application/timestamp-query\r\n";
    let head = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nHost: tsa\r\n{headers}\r\n");
    let cases = [
        (head("PUT /", "Content-Length: 0\r\n"), 405),
        (head("DELETE /tsr", ""), 405),
        (head("GET /tsr", ""), 405),
        (head("POST /healthz", "Content-Length: 0\r\n"), 405),
        (head("GET /nowhere", ""), 404),
        (head("POST /nowhere", "Content-Length: 0\r\n"), 404),
        (head("POST /", "Content-Length: 0\r\n"), 415),
        (
            head(
                "POST /",
                "Content-Type: text/plain\r\nContent-Length: 0\r\n",
            ),
            415,
        ),
        (
            head("POST /", &format!("{query}{query}Content-Length: 0\r\n")),
            415,
        ),
        (
            head("POST /", &format!("{query}Content-Length: 65537\r\n")),
            413,
        ),
        (
            head("POST /", &format!("{query}Content-Length: 0\r\n")),
            200,
        ),
    ];
    for (request, status) in cases {
        let mut connection = server.connect();
        connection.send(request.as_bytes()).unwrap();
        let reply = connection.receive().unwrap();
        assert_eq!(reply.status, status, "{request}");
        assert_eq!(reply.header("allow").is_some(), status == 405, "{request}");
    }
}

#[test]
fn a_body_may_come_in_chunks_but_not_without_end() {
    let server = Server::start();
    let body = good_request(1).to_der().unwrap();
    let head = "POST / HTTP/1.1\r\nHost: tsa\r\nContent-Type: application/timestamp-query\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let mut connection = server.connect();
    connection.send(head.as_bytes()).unwrap();
    for byte in &body {
        connection
            .send(&[b"1\r\n", &[*byte][..], b"\r\n"].concat())
            .unwrap();
    }
    connection.send(b"0\r\n\r\n").unwrap();
    assert!(
        connection
            .receive()
            .unwrap()
            .response()
            .time_stamp_token
            .is_some()
    );

    let mut connection = server.connect();
    connection.send(head.as_bytes()).unwrap();
    let chunk = [b"1000\r\n", &[0x30; 0x1000][..], b"\r\n"].concat();
    // The server answers as soon as it has seen too much; writing on may fail then.
    let _ = (0..1000).try_for_each(|_| connection.send(&chunk));
    if let Ok(reply) = connection.receive() {
        assert_eq!(reply.status, 413);
    }
    assert!(connection.is_closed());
}

#[test]
fn a_slow_body_and_a_slow_head_end_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let limits = "listen = \"127.0.0.1:0\"\n[limits]\nrequest_seconds_max = 1\n";
    write_config(
        &data,
        "tsa-p256",
        &["tsa-p256", "intermediate"],
        "root",
        limits,
    );
    let server = Server::start_in(&data, &[]);

    let mut slow_body = server.connect();
    slow_body.send(post_head("/", 100).as_bytes()).unwrap();
    slow_body.send(&[0x30]).unwrap();
    assert_eq!(slow_body.receive().unwrap().status, 408);

    let mut slow_head = server.connect();
    slow_head.send(b"POST / HTTP/1.1\r\nHost:").unwrap();
    assert!(slow_head.is_closed() || slow_head.receive().unwrap().status == 408);

    // A byte now and then keeps no connection open: four times the limit is long enough.
    let mut dribbling = server.connect();
    dribbling.send(b"POST / HTTP/1.1\r\nX: ").unwrap();
    let is_ended = (0..40).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        dribbling.send(b"x").is_err()
    });
    assert!(is_ended, "a head that never ends is waited for");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start();
    let mut connection = server.connect();
    let mut all = Vec::new();
    for nonce in 0..50 {
        let body = good_request(nonce).to_der().unwrap();
        all.extend_from_slice(post_head("/", body.len()).as_bytes());
        all.extend_from_slice(&body);
    }
    connection.send(&all).unwrap();
    let serials: Vec<String> = (0..50)
        .map(|_| {
            connection
                .receive()
                .unwrap()
                .header("tsa-serial")
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(serials.is_sorted());
}

#[test]
fn http_2_is_spoken_by_prior_knowledge() {
    let server = Server::start();
    let mut curl = Command::new("curl")
        .args([
            "-s",
            "--http2-prior-knowledge",
            "-w",
            "%{http_version} %{http_code}",
            "-o",
        ])
        .args([
            "/dev/null",
            "-H",
            "Content-Type: application/timestamp-query",
        ])
        .args(["--data-binary", "@-", &server.url("/")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs the curl command");
    let body = good_request(1).to_der().unwrap();
    curl.stdin.take().unwrap().write_all(&body).unwrap();
    let output = curl.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 200");
}

#[test]
fn pages_and_certificates_are_there() {
    let server = Server::start();
    let mut connection = server.connect();
    let landing = connection.get("/");
    let page = String::from_utf8(landing.body.clone()).unwrap();
    assert_eq!(
        landing.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    for needed in [
        "openssl ts -query",
        "curl -s",
        "root.pem",
        "时间戳",
        "2.25.",
        "http://tsa/",
    ] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains('@') || page.contains("@request.tsq"));
    for (path, needed) in [
        ("/root.pem", "BEGIN CERTIFICATE"),
        ("/chain.pem", "BEGIN CERTIFICATE"),
        ("/policy", "sha256"),
        ("/healthz", "ok"),
        ("/readyz", "ready"),
    ] {
        let reply = connection.get(path);
        assert_eq!(reply.status, 200, "{path}");
        assert!(
            String::from_utf8(reply.body).unwrap().contains(needed),
            "{path}"
        );
    }
    let on_disk = std::fs::read(server.data().join("root.pem")).unwrap();
    assert_eq!(connection.get("/root.pem").body, on_disk);
}

#[test]
fn garbage_and_idle_connections_do_not_stop_honest_clients() {
    let server = Server::start();
    let mut idle: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for connection in idle.iter_mut().take(100) {
        connection
            .send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP at all")
            .unwrap();
    }
    let reply = server.post(&good_request(1).to_der().unwrap());
    assert!(reply.response().time_stamp_token.is_some());
}

#[test]
fn an_answer_does_not_wait_for_what_comes_behind_the_request() {
    let server = Server::start();
    let body = good_request(1).to_der().unwrap();
    let whole = [post_head("/", body.len()).as_bytes(), &body].concat();
    // RFC 9112 §2.2: an empty line behind a request is ignored. Half a request may come any time.
    for behind in [&b"\r\n"[..], b"POST / HTTP/1.1\r\nHo"] {
        let mut connection = server.connect();
        connection.send(&[&whole, behind].concat()).unwrap();
        assert!(
            connection
                .receive()
                .unwrap()
                .response()
                .time_stamp_token
                .is_some()
        );
    }
}

#[test]
fn connections_on_which_nothing_moves_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let limits = "[limits]\nrequest_seconds_max = 1\n";
    write_config(
        &data,
        "tsa-p256",
        &["tsa-p256", "intermediate"],
        "root",
        limits,
    );
    let server = Server::start_in(&data, &[]).with_plenty_of_credits();
    let mut silent = Vec::new();
    for first_bytes in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\n", b"GET /he"] {
        let mut connection = server.connect();
        connection.send(first_bytes).unwrap();
        silent.push(connection);
    }
    for mut connection in silent {
        assert!(connection.is_closed() || connection.receive().is_ok());
    }
    // One that asks and asks and never reads: its answers are not kept without bound.
    let mut greedy = server.connect();
    greedy.set_write_timeout();
    let body = good_request(1).to_der().unwrap();
    let request = [post_head("/", body.len()).as_bytes(), &body].concat();
    let flood = request.repeat(1000);
    let stopped = (0..1000).any(|_| greedy.send(&flood).is_err());
    assert!(
        stopped,
        "a thousand thousand requests were taken from a client that reads nothing"
    );
    assert!(
        server.resident_kib() < 64 * 1024,
        "{} KiB",
        server.resident_kib()
    );
}

#[test]
fn transfer_codings_and_long_headers_are_refused() {
    let server = Server::start();
    let head = "POST / HTTP/1.1\r\nHost: tsa\r\nContent-Type: application/timestamp-query\r\n";
    let mut connection = server.connect();
    let coded = format!("{head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    connection.send(coded.as_bytes()).unwrap();
    assert_eq!(connection.receive().unwrap().status, 501);
    let mut connection = server.connect();
    let long = format!("{head}X: {}\r\n\r\n", "x".repeat(40_000));
    let _ = connection.send(long.as_bytes());
    if let Ok(reply) = connection.receive() {
        assert_eq!(reply.status, 431);
    }
}
