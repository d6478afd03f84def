//! Batches: what they cost, cut and taken up again, short of credits, in a crowd.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use super::desk::{Client, digest, order, server};
use crate::ledger::must_be_sound;
use crate::server::{PATIENCE, Random, Server, rounds, seed};

const NDJSON: (&str, &str) = ("accept", "application/x-ndjson");

/// The lines of a whole stream: one for each digest, in any order, and the summary.
fn whole(lines: &[Value], digests: usize) -> Value {
    let (last, results) = lines.split_last().unwrap();
    let mut seen: Vec<u64> = results
        .iter()
        .map(|line| line["index"].as_u64().unwrap())
        .collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..digests as u64), "each digest once");
    for line in results {
        let number = line["index"].as_u64().unwrap();
        assert_ne!(line["result"], "failed", "{line}");
        assert!(line["stamp"]["token"].as_str().is_some(), "{number}");
    }
    last["summary"].clone()
}

#[test]
fn ten_thousand_of_which_three_thousand_are_known_cost_seven_thousand() {
    let server = server();
    let client = Client::new(&server, &server.customer("alice", 10_000));
    let known = client.post("stamps", &order(0..3000));
    assert_eq!(known.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(whole(&known.lines(), 3000)["charged"], 3000);
    let all = client.post("stamps", &order(0..10_000));
    let summary = json!({
        "stamped": 7000, "known": 3000, "failed": 0, "charged": 7000, "balance": 0,
    });
    assert_eq!(whole(&all.lines(), 10_000), summary);
    // No token is of another digest than it was asked for.
    for line in all
        .lines()
        .iter()
        .step_by(97)
        .filter(|line| line.get("stamp").is_some())
    {
        let index = line["index"].as_u64().unwrap();
        assert_eq!(line["stamp"]["digest"], digest(index));
    }
    // With nothing left all of it can still be had.
    let again = client.post("stamps", &order(0..10_000));
    assert_eq!(whole(&again.lines(), 10_000)["charged"], 0);
    let too_many = client.post("stamps", &order(0..10_001));
    assert_eq!(too_many.problem(), (400, "invalid-request".into()));
    must_be_sound(server.data());
}

#[test]
fn too_few_credits_for_all_of_it_take_nothing() {
    let server = server();
    let client = Client::new(&server, &server.customer("poor", 10));
    let refused = client.post_with("stamps", &[("idempotency-key", "k")], &order(0..11));
    assert_eq!(refused.problem(), (402, "no-credits".into()));
    assert_eq!(refused.json()["balance"], 10);
    assert_eq!(client.balance(), 10);
    // The key was bound by nothing that was granted.
    let less = client.post_with("stamps", &[("idempotency-key", "k")], &order(0..3));
    assert_eq!(less.ok()["summary"]["charged"], 3);
    let other = client.post_with("stamps", &[("idempotency-key", "k")], &order(0..2));
    assert_eq!(other.problem(), (422, "key-reused".into()));
    let same = client.post_with("stamps", &[("idempotency-key", "k")], &order(0..3));
    assert_eq!(same.ok()["summary"]["known"], 3);
    // What is there already is not counted, and neither is what comes twice.
    let most = client.post("stamps", &order((0..10).chain(0..10)));
    assert_eq!(
        most.ok()["summary"],
        json!({
            "stamped": 7, "known": 13, "failed": 0, "charged": 7, "balance": 0,
        })
    );
    server.account(&["grant", "poor", "1"]);
    assert_eq!(
        client.post("stamps", &order(0..11)).ok()["summary"]["charged"],
        1
    );
    must_be_sound(server.data());
}

#[test]
fn a_renewed_batch_is_paid_once_under_its_key() {
    let server = server();
    let client = Client::new(&server, &server.customer("alice", 100));
    client.post("stamps", &order(0..5)).ok();
    let mut renewed = order(0..5);
    renewed["renew"] = json!(true);
    let key = [("idempotency-key", "renewal 1")];
    let first = client.post_with("stamps", &key, &renewed).ok();
    assert_eq!(first["summary"]["charged"], 5);
    let again = client.post_with("stamps", &key, &renewed).ok();
    assert_eq!(again["summary"]["charged"], 0);
    for (one, other) in first["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(again["results"].as_array().unwrap())
    {
        assert_eq!(one["stamp"], other["stamp"]);
    }
    let unnamed = client.post("stamps", &renewed).ok();
    assert_eq!(unnamed["summary"]["charged"], 5);
}

#[test]
fn the_same_digest_from_many_at_once_is_one_token() {
    let server = server();
    let key = server.customer("alice", 1000);
    let replies: Vec<Value> = std::thread::scope(|scope| {
        let ask = || {
            scope.spawn(|| {
                Client::new(&server, &key)
                    .post("stamps", &order(0..20))
                    .ok()
            })
        };
        let asked: Vec<_> = (0..8).map(|_| ask()).collect();
        asked.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let charged: u64 = replies
        .iter()
        .map(|reply| reply["summary"]["charged"].as_u64().unwrap())
        .sum();
    assert_eq!(charged, 20);
    let mut serials: HashMap<u64, Value> = HashMap::new();
    for result in replies
        .iter()
        .flat_map(|reply| reply["results"].as_array().unwrap())
    {
        let stamp = &result["stamp"]["serial"];
        let known = serials
            .entry(result["index"].as_u64().unwrap())
            .or_insert_with(|| stamp.clone());
        assert_eq!(known, stamp);
    }
    assert_eq!(Client::new(&server, &key).balance(), 980);
}

/// Sends a batch and goes away after so many bytes of the answer; the serial numbers seen.
fn cut(server: &Server, key: &str, name: &str, body: &str, bytes: usize) -> HashMap<u64, String> {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST /api/v1/stamps HTTP/1.1\r\nHost: tsa\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\nIdempotency-Key: {name}\r\n\
         Content-Type: application/json\r\n\
         Accept: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let _ = (&mut stream).take(bytes as u64).read_to_end(&mut seen);
    let _ = stream.shutdown(Shutdown::Both);
    let text = String::from_utf8_lossy(&seen).into_owned();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| {
            let serial = line["stamp"]["serial"].as_str()?.to_owned();
            Some((line["index"].as_u64()?, serial))
        })
        .collect()
}

#[test]
fn a_batch_that_was_cut_goes_on_where_it_was() {
    let server = server();
    let mut random = Random::new(seed());
    let count = rounds(50);
    // As many as a batch may have, when there is time.
    let size = if count == 50 { 10_000 } else { 2000 };
    let known = size * 3 / 10;
    let each = (size - known) as u64;
    let mut resumed = 0;
    for round in 0..count as u64 {
        let name = format!("c{round}");
        let key = server.customer(&name, size as u64);
        let client = Client::new(&server, &key);
        let first = round << 32;
        client.post("stamps", &order(first..first + known as u64));
        let mut body = order(first..first + size as u64);
        // Every second one wants new tokens for what is known too: then the key alone tells.
        let renew = round % 2 == 1;
        if renew {
            body["digests"]
                .as_array_mut()
                .unwrap()
                .truncate(size - known);
            body["renew"] = json!(true);
        }
        let text = body.to_string();
        let mut seen: HashMap<u64, String> = HashMap::new();
        for _ in 0..3 {
            let bytes = random.below(size * 2000);
            for (index, serial) in cut(&server, &key, "batch", &text, bytes) {
                let before = seen.insert(index, serial.clone());
                assert!(
                    before.is_none_or(|it| it == serial),
                    "round {round}: another token"
                );
                resumed += 1;
            }
        }
        let headers = [NDJSON, ("idempotency-key", "batch")];
        let lines = client.post_with("stamps", &headers, &body).lines();
        let summary = whole(&lines, if renew { size - known } else { size });
        assert_eq!(summary["balance"], 0, "round {round}: {summary}");
        for line in &lines {
            let index = line["index"].as_u64();
            if let Some(serial) = index.and_then(|index| seen.get(&index)) {
                assert_eq!(line["stamp"]["serial"], **serial, "round {round}");
            }
        }
        let spent = server.account(&["show", &name])["spent"].as_u64().unwrap();
        assert_eq!(spent, known as u64 + each, "round {round}");
    }
    must_be_sound(server.data());
    println!(
        "soak: batch-cut {count} batches of {size} digests cut three times each, {resumed} results \
         seen before the cuts; each cost exactly what was new"
    );
}
