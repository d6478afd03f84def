//! Every address of the API: what it answers, and what is wrong with wrong requests.

use serde_json::{Value, json};

use super::desk::{Client, digest, order, server, server_with};
use crate::ledger::must_be_sound;
use crate::server::Server;

/// A fresh account with credits.
fn alice(server: &Server, credits: u64) -> Client {
    Client::new(server, &server.customer("alice", credits))
}

#[test]
fn a_digest_becomes_a_token_that_is_found_and_given_again() {
    let server = server();
    let client = alice(&server, 10);
    let reply = client.post("stamps", &order([1]));
    assert_eq!(reply.header("tsa-credits-charged"), Some("1"));
    assert_eq!(reply.header("tsa-credits-remaining"), Some("9"));
    assert_eq!(reply.header("tsa-sandbox"), None);
    let reply = reply.ok();
    let summary = json!({ "stamped": 1, "known": 0, "failed": 0, "charged": 1, "balance": 9 });
    assert_eq!(reply["summary"], summary);
    let result = &reply["results"][0];
    assert_eq!(result["result"], "stamped");
    let stamp = &result["stamp"];
    assert_eq!(stamp["digest"], digest(1));
    assert_eq!(stamp["name"], "file 1");
    assert_eq!(stamp["sandbox"], false);

    // The same digest again, by another name: the token that is there.
    let again = json!({ "digests": [{ "digest": digest(1).to_uppercase(), "name": "other" }] });
    let again = client.post("stamps", &again).ok();
    assert_eq!(again["results"][0]["result"], "known");
    assert_eq!(again["results"][0]["charged"], 0);
    assert_eq!(again["results"][0]["stamp"], *stamp);
    // Unless a new one is wanted.
    let mut renewed = order([1]);
    renewed["renew"] = json!(true);
    let renewed = client.post("stamps", &renewed).ok();
    assert_eq!(renewed["results"][0]["result"], "stamped");
    assert_ne!(renewed["results"][0]["stamp"]["serial"], stamp["serial"]);
    assert_eq!(client.balance(), 8);

    let serial = stamp["serial"].as_str().unwrap();
    for path in [format!("stamps/{serial}"), format!("stamps/{serial}.json")] {
        assert_eq!(client.get(&path).ok(), *stamp);
    }
    let tsr = client.get(&format!("stamps/{serial}.tsr"));
    assert_eq!(
        tsr.header("content-type"),
        Some("application/timestamp-reply")
    );
    let response = tsa_core::TimeStampResp::from_der(&tsr.body).unwrap();
    let token = base64(stamp["token"].as_str().unwrap());
    assert_eq!(response.time_stamp_token.unwrap(), token);
    // OpenSSL and the verifier of the tests see to the rest: here only that it is the same token.
    let found = client
        .get(&format!("stamps?digest={}&name=file%201", digest(1)))
        .ok();
    assert_eq!(found["stamps"].as_array().unwrap().len(), 2);
    assert_eq!(found["stamps"][0]["serial"], serial);
    assert!(found["stamps"][0].get("token").is_none());
    must_be_sound(server.data());
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

#[test]
fn a_token_of_a_raw_request_serves_too_when_it_has_its_certificates() {
    let server = server();
    let key = server.customer("alice", 10);
    let client = Client::new(&server, &key);
    let bearer = format!("Authorization: Bearer {key}\r\n");
    let imprint = "5a".repeat(32);
    let request = |cert_req: bool, nonce: u64| {
        crate::server::good_request(nonce)
            .with_cert_req(cert_req)
            .to_der()
            .unwrap()
    };
    let digests = json!({ "digests": [{ "digest": imprint }] });
    let bare = server.post_with(&bearer, &request(false, 1 << 63));
    assert_eq!(bare.header("tsa-credits-charged"), Some("1"));
    let first = client.post("stamps", &digests).ok();
    assert_eq!(first["results"][0]["result"], "stamped");
    let whole = server.post_with(&bearer, &request(true, 1 << 62));
    assert_eq!(whole.header("tsa-credits-remaining"), Some("7"));
    // The earliest that can be judged by itself.
    let second = client.post("stamps", &digests).ok();
    assert_eq!(second["results"][0]["stamp"], first["results"][0]["stamp"]);
    let again = server.post_with(&bearer, &request(true, 1 << 62));
    assert_eq!(again.header("tsa-credits-charged"), Some("0"));
    assert_eq!(client.balance(), 7);
}

#[test]
fn lists_go_on_where_their_cursor_says() {
    let server = server();
    let client = alice(&server, 30);
    client.post("stamps", &order(0..25)).ok();
    for (list, field, entries) in [("stamps", "stamps", 25), ("statement", "lines", 26)] {
        let (mut path, mut seen) = (format!("{list}?limit=7"), Vec::new());
        loop {
            let page = client.get(&path).ok();
            seen.extend(page[field].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => path = format!("{list}?limit=7&cursor={next}"),
                None => break,
            }
        }
        let all = client.get(list).ok()[field].as_array().unwrap().clone();
        assert_eq!(seen, all, "{list}");
        assert_eq!(all.len(), entries, "{list}");
    }
    let lines = client.get("statement").ok()["lines"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(lines[0]["change"], 30);
    assert_eq!(lines[0]["reason"], "grant");
    assert_eq!(lines[25]["change"], -1);
    assert_eq!(lines[25]["balance"], 5);
    let serial = lines[25]["serial"].as_str().unwrap();
    client.get(&format!("stamps/{serial}")).ok();
    let none = client.get("statement?to=2026-01-01T00:00:00Z").ok();
    assert_eq!(none, json!({ "lines": [] }));
    let none = client.get("stamps?from=2126-01-01T00:00:00%2B08:00").ok();
    assert_eq!(none, json!({ "stamps": [] }));
}

#[test]
fn an_account_is_shown_and_its_mark_is_set() {
    let server = server();
    let client = alice(&server, 5);
    let shown = json!({
        "account": "alice", "balance": 5, "granted": 5, "spent": 0, "low_balance": 0,
        "sandbox": false,
    });
    assert_eq!(client.get("account").ok(), shown);
    let change = [("content-type", "application/json")];
    let changed = client.send("PATCH", "/api/v1/account", &change, b"{\"low_balance\":3}");
    assert_eq!(changed.ok()["low_balance"], 3);
    let bad = client.send("PATCH", "/api/v1/account", &change, b"{\"low_balance\":-3}");
    assert_eq!(bad.problem(), (400, "invalid-request".into()));
    assert_eq!(bad.json()["errors"][0]["pointer"], "/low_balance");
}

#[test]
fn keys_are_made_shown_once_scoped_and_revoked() {
    let server = server();
    let owner = alice(&server, 5);
    let made = owner.post("keys", &json!({ "scope": "read" })).ok();
    let reader = Client::new(&server, made["key"].as_str().unwrap());
    assert_eq!(reader.balance(), 5);
    let refused = (403, "out-of-scope".to_owned());
    assert_eq!(reader.post("stamps", &order([1])).problem(), refused);
    assert_eq!(
        reader.post("keys", &json!({ "scope": "all" })).problem(),
        refused
    );
    assert_eq!(reader.get("keys").problem(), refused);
    let made = owner.post("keys", &json!({ "scope": "stamp" })).ok();
    let stamper = Client::new(&server, made["key"].as_str().unwrap());
    stamper.post("stamps", &order([1])).ok();
    assert_eq!(stamper.get("statement").problem(), refused);

    let over = json!({ "scope": "all", "expires_at": "2020-01-01T00:00:00Z" });
    let over = owner.post("keys", &over).ok();
    let over = Client::new(&server, over["key"].as_str().unwrap());
    assert_eq!(over.get("account").problem(), (401, "unauthorized".into()));

    let keys = owner.get("keys").ok();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 4);
    assert!(!keys.to_string().contains("tsa_"), "{keys}");
    let id = &made["id"];
    assert_eq!(owner.delete(&format!("keys/{id}")).status, 204);
    let revoked = || stamper.post("stamps", &order([2])).status == 401;
    // A revoked key is refused within a second.
    let mut tries = std::iter::repeat_with(revoked).take(100);
    assert!(tries.any(|is_revoked| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        is_revoked
    }));
    assert_eq!(
        owner.delete("keys/999999").problem(),
        (404, "not-found".into())
    );
    assert_eq!(owner.delete("keys/x").problem(), (404, "not-found".into()));
}

#[test]
fn each_wrong_field_has_its_entry() {
    let server = server();
    let client = alice(&server, 5);
    let digests = json!({ "digests": [
        { "digest": digest(1) },
        { "digest": "12", "name": "" },
        { "digest": "xy", "hash": "md7" },
        { "digest": digest(2), "hash": "sha512" },
        { "digest": "5a".repeat(20), "hash": "sha1" },
    ]});
    let reply = client.post("stamps", &digests);
    assert_eq!(reply.problem(), (400, "invalid-request".into()));
    let pointers: Vec<String> = reply.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "/digests/1/name",
        "/digests/1/digest",
        "/digests/2/digest",
        "/digests/2/hash",
        "/digests/3/digest",
        "/digests/4",
    ];
    assert_eq!(pointers, expected);
    assert_eq!(client.balance(), 5);
}

#[test]
fn what_cannot_be_read_is_named() {
    let server = server();
    let client = alice(&server, 5);
    let cases: [(Value, &str, &str); 8] = [
        (json!({}), "invalid-request", ""),
        (json!([]), "invalid-request", ""),
        (json!({ "digests": [] }), "invalid-request", "/digests"),
        (
            json!({ "digests": [{ "digest": 7 }] }),
            "invalid-request",
            "/digests/0/digest",
        ),
        (
            json!({ "digests": [{ "digest": digest(1), "x": 1 }] }),
            "invalid-request",
            "/digests/0/x",
        ),
        (
            json!({ "digests": [{ "digest": digest(1) }], "policy": "1.2.x" }),
            "invalid-request",
            "/policy",
        ),
        (
            json!({ "digests": [{ "digest": digest(1) }], "policy": "1.2.3" }),
            "invalid-request",
            "/digests/0",
        ),
        (
            json!({ "digests": [{ "digest": digest(1) }], "hash": "crc32" }),
            "invalid-request",
            "/hash",
        ),
    ];
    for (body, kind, pointer) in cases {
        let reply = client.post("stamps", &body);
        assert_eq!(reply.problem(), (400, kind.to_owned()), "{body}");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let json = [("content-type", "application/json")];
    for body in [
        "",
        "{",
        "{} {}",
        "\u{0}",
        "{\"digests\":[{\"digest\":\"\\ud800\"}]}",
    ] {
        let reply = client.send("POST", "/api/v1/stamps", &json, body.as_bytes());
        assert_eq!(reply.problem().0, 400, "{body}");
    }
    for path in [
        "stamps?limit=0",
        "stamps?limit=501",
        "stamps?digest=zz",
        "stamps?name=",
        "stamps?from=yesterday",
        "stamps?cursor=AAAA",
        "stamps?x=1",
        "stamps?limit=1&limit=2",
        "statement?cursor=Ag",
        "account?x",
    ] {
        assert_eq!(
            client.get(path).problem(),
            (400, "invalid-request".into()),
            "{path}"
        );
    }
    assert_eq!(client.balance(), 5);
}

#[test]
fn whoever_shows_no_key_or_a_wrong_one_gets_nothing() {
    let server = server();
    let key = server.customer("alice", 5);
    let nobody = Client::new(&server, "");
    let refused = (401, "unauthorized".to_owned());
    for path in [
        "account",
        "statement",
        "stamps",
        "stamps/00",
        "keys",
        "webhooks",
    ] {
        assert_eq!(nobody.get(path).problem(), refused, "{path}");
        assert!(nobody.get(path).header("www-authenticate").is_some());
    }
    assert_eq!(nobody.post("stamps", &order([1])).problem(), refused);
    use base64::Engine as _;
    let basic = |pair: String| {
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        nobody.send(
            "GET",
            "/api/v1/account",
            &[("authorization", &format!("Basic {pair}"))],
            b"",
        )
    };
    assert_eq!(basic(format!("alice:{key}")).ok()["account"], "alice");
    assert_eq!(basic(format!("demo:{key}")).problem(), refused);
    assert_eq!(basic("alice:tsa_00".into()).problem(), refused);
    // What is open: the description, and that there is nothing elsewhere.
    nobody.get("openapi.json").ok();
    assert_eq!(nobody.get("nothing").problem(), (404, "not-found".into()));
    let answer = nobody.send("GET", "/api", &[], b"");
    assert_eq!(answer.problem(), (404, "not-found".into()));
    let client = Client::new(&server, &key);
    let answer = client.delete("stamps");
    assert_eq!(answer.problem(), (405, "method-not-allowed".into()));
    assert!(answer.header("allow").is_some());
    let body = order([1]).to_string();
    for kind in ["text/plain", "application/timestamp-query", ""] {
        let answer = client.send(
            "POST",
            "/api/v1/stamps",
            &[("content-type", kind)],
            body.as_bytes(),
        );
        assert_eq!(answer.problem(), (415, "media-type".into()), "{kind}");
    }
    // What is announced as too long is refused before it is sent.
    for (path, length) in [("stamps", 9 << 20), ("keys", (64 << 10) + 1)] {
        let mut connection = server.connect();
        let head = format!(
            "POST /api/v1/{path} HTTP/1.1\r\nHost: tsa\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        connection.send(head.as_bytes()).unwrap();
        assert_eq!(connection.receive().unwrap().status, 413, "{path}");
    }
}

#[test]
fn a_sandbox_account_is_marked_everywhere() {
    let server = server();
    let made = server.account(&["create", "trial", "--credits", "5", "--sandbox"]);
    let key = made["api_key"].as_str().unwrap();
    let client = Client::new(&server, key);
    let account = client.get("account");
    assert_eq!(account.header("tsa-sandbox"), Some("true"));
    assert_eq!(account.ok()["sandbox"], true);
    let reply = client.post("stamps", &order([1]));
    assert_eq!(reply.header("tsa-sandbox"), Some("true"));
    let stamp = reply.ok()["results"][0]["stamp"].clone();
    assert_eq!(stamp["sandbox"], true);
    let real = Client::new(&server, &server.customer("alice", 5));
    let real = real.post("stamps", &order([1])).ok()["results"][0]["stamp"].clone();
    assert_ne!(stamp["policy"], real["policy"]);
    let token = base64(stamp["token"].as_str().unwrap());
    assert!(token.windows(4).any(|bytes| bytes == b"TEST"));
    assert!(
        !base64(real["token"].as_str().unwrap())
            .windows(4)
            .any(|bytes| bytes == b"TEST")
    );
    // By RFC 3161 too.
    let bearer = format!("Authorization: Bearer {key}\r\n");
    let request = crate::server::good_request(1 << 63).to_der().unwrap();
    let raw = server.post_with(&bearer, &request);
    assert_eq!(raw.header("tsa-sandbox"), Some("true"));
    assert!(raw.body.windows(4).any(|bytes| bytes == b"TEST"));
    let policy = real["policy"].as_str().unwrap();
    let with_real = json!({ "digests": [{ "digest": digest(2) }], "policy": policy });
    assert_eq!(client.post("stamps", &with_real).problem().0, 400);
    let root = client.send("GET", "/sandbox/root.pem", &[], b"");
    assert!(
        String::from_utf8(root.body)
            .unwrap()
            .contains("BEGIN CERTIFICATE")
    );
}

#[test]
fn who_asks_too_fast_is_told_when_to_come_again() {
    let limit = "address_requests_per_second_max = 0";
    let server = server_with(|config| config.replace(limit, &limit.replace('0', "2")));
    let client = alice(&server, 5);
    let forged = [("x-forwarded-for", "198.51.100.7")];
    let answers = (0..20).map(|_| client.send("GET", "/api/v1/account", &forged, b""));
    let refused: Vec<_> = answers.filter(|answer| answer.status == 429).collect();
    assert!(
        !refused.is_empty(),
        "a forged address would not be counted as one"
    );
    assert_eq!(refused[0].problem(), (429, "too-many-requests".into()));
    assert_eq!(refused[0].header("retry-after"), Some("1"));
    // Behind a proxy that is trusted each client is counted by itself.
    let proxied = server_with(|config| {
        let config = config.replace(limit, &limit.replace('0', "2"));
        config.replace("trusted_proxies = []", "trusted_proxies = [\"127.0.0.1\"]")
    });
    let client = alice(&proxied, 5);
    for number in 0..20 {
        let address = format!("198.51.100.{number}");
        let answer = client.send(
            "GET",
            "/api/v1/account",
            &[("x-forwarded-for", &address)],
            b"",
        );
        assert_eq!(answer.status, 200);
    }
    // Who comes through a proxy is not on this machine.
    let body = crate::server::good_request(1).to_der().unwrap();
    let reply = proxied.post_with("X-Forwarded-For: 198.51.100.99\r\n", &body);
    assert_eq!(reply.status, 401);
}
