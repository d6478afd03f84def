//! Webhooks: told what they want to hear, signed, told again until it is taken, and not led inside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::desk::{Client, order, server, server_with};
use crate::server::PATIENCE;

/// What a webhook was told.
struct Told {
    headers: Vec<(String, String)>,
    body: String,
}

impl Told {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name}")).1.as_str()
    }

    /// The body, when the signature is of whoever knows the secret.
    fn signed(&self, secret: &str) -> Value {
        let secret = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let (id, timestamp) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let content = format!("{id}.{timestamp}.{}", self.body);
        let signature = self
            .header("webhook-signature")
            .strip_prefix("v1,")
            .unwrap();
        let signature = STANDARD.decode(signature).unwrap();
        ring::hmac::verify(&key, content.as_bytes(), &signature).unwrap();
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Takes one delivery and answers it.
fn receive(listener: &TcpListener, status: &str) -> Told {
    let (stream, _) = listener.accept().unwrap();
    read(stream, status)
}

fn read(stream: TcpStream, status: &str) -> Told {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("POST /hook HTTP/1.1"), "{line}");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let told = Told {
        headers,
        body: String::new(),
    };
    let mut body = vec![0; told.header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.get_mut().write_all(answer.as_bytes()).unwrap();
    Told {
        body: String::from_utf8(body).unwrap(),
        ..told
    }
}

#[test]
fn what_happens_is_told_in_its_order_signed_and_until_it_is_taken() {
    let server = server();
    let client = Client::new(&server, &server.customer("alice", 5));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let hook = json!({ "url": url, "events": ["low_balance", "top_up", "batch_done"] });
    let made = client.post("webhooks", &hook).ok();
    let secret = made["secret"].as_str().unwrap();
    let listed = client.get("webhooks").ok();
    assert_eq!(listed["webhooks"][0]["url"], url);
    assert!(listed["webhooks"][0].get("secret").is_none());

    server.account(&["grant", "alice", "10", "--reference", "order 7"]);
    let refused = receive(&listener, "500 Not Now");
    let moved = receive(&listener, "302 Found\r\nLocation: http://127.0.0.1:1/");
    let taken = receive(&listener, "204 No Content");
    let event = taken.signed(secret);
    assert_eq!(event["type"], "top_up");
    let data = json!({ "account": "alice", "credits": 10, "balance": 15, "reference": "order 7" });
    assert_eq!(event["data"], data);
    for earlier in [&refused, &moved] {
        assert_eq!(earlier.signed(secret), event);
        assert_eq!(earlier.header("webhook-id"), taken.header("webhook-id"));
    }

    client.post("stamps", &order(0..3)).ok();
    let done = receive(&listener, "200 OK").signed(secret);
    assert_eq!(done["type"], "batch_done");
    let summary = json!({ "stamped": 3, "known": 0, "failed": 0 });
    assert_eq!(done["data"]["summary"], summary);
    assert_eq!(done["data"]["balance"], 12);

    let change = [("content-type", "application/json")];
    client.send("PATCH", "/api/v1/account", &change, b"{\"low_balance\":11}");
    client.post("stamps", &order([100])).ok();
    let low = receive(&listener, "200 OK").signed(secret);
    assert_eq!(low["type"], "low_balance");
    assert_eq!(low["data"], json!({ "account": "alice", "balance": 11 }));

    // Removed, it is told nothing more: the next one to hear is another.
    assert_eq!(
        client.delete(&format!("webhooks/{}", made["id"])).status,
        204
    );
    server.account(&["grant", "alice", "1"]);
    let other = json!({ "url": url, "events": ["top_up"] });
    let other = client.post("webhooks", &other).ok();
    server.account(&["grant", "alice", "2"]);
    let heard = receive(&listener, "200 OK").signed(other["secret"].as_str().unwrap());
    assert_eq!(heard["data"]["credits"], 2);
}

#[test]
fn a_webhook_does_not_lead_inside() {
    let server =
        server_with(|config| config.replace("private_targets = true", "private_targets = false"));
    let client = Client::new(&server, &server.customer("alice", 5));
    for url in [
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "file:///etc/passwd",
    ] {
        let hook = json!({ "url": url, "events": ["top_up"] });
        let reply = client.post("webhooks", &hook);
        assert_eq!(reply.problem(), (400, "invalid-request".into()), "{url}");
        assert_eq!(reply.json()["errors"][0]["pointer"], "/url", "{url}");
    }
    let hook = json!({ "url": "https://hooks.example.org/", "events": [] });
    assert_eq!(
        client.post("webhooks", &hook).json()["errors"][0]["pointer"],
        "/events"
    );
    let hook = json!({ "url": "https://hooks.example.org/", "events": ["top_up"] });
    for _ in 0..16 {
        client.post("webhooks", &hook).ok();
    }
    assert_eq!(
        client.post("webhooks", &hook).problem(),
        (409, "too-many".into())
    );
}
