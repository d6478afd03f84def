//! What one account has, no other sees: for every address, what B gets of what is A's.

use serde_json::{Value, json};

use super::desk::{Client, digest, order, server};

/// Everything that an account can have, made for A; asked for by B.
#[test]
fn b_sees_nothing_of_a() {
    let server = server();
    let a = Client::new(&server, &server.customer("a", 50));
    let b = Client::new(&server, &server.customer("b", 50));
    let key = [("idempotency-key", "the very same")];
    let stamp = a.post_with("stamps", &key, &order([1])).ok()["results"][0]["stamp"].clone();
    let serial = stamp["serial"].as_str().unwrap().to_owned();
    let key_id = a.post("keys", &json!({ "scope": "read" })).ok()["id"].to_string();
    let hook = json!({ "url": "http://127.0.0.1:9/", "events": ["top_up"] });
    let hook_id = a.post("webhooks", &hook).ok()["id"].to_string();
    let page = a.get("stamps?limit=1").ok();
    let cursor = page["next"].as_str().unwrap().to_owned();

    // 404, as for what nobody has.
    for path in [
        format!("stamps/{serial}"),
        format!("stamps/{serial}.tsr"),
        format!("stamps/{serial}.json"),
        "stamps/0123456789abcdef".to_owned(),
    ] {
        assert_eq!(b.get(&path).problem(), (404, "not-found".into()), "{path}");
    }
    for path in [format!("keys/{key_id}"), format!("webhooks/{hook_id}")] {
        assert_eq!(
            b.delete(&path).problem(),
            (404, "not-found".into()),
            "{path}"
        );
    }
    let empty = json!({ "stamps": [] });
    for path in [
        "stamps".to_owned(),
        format!("stamps?digest={}", digest(1)),
        "stamps?name=file%201".to_owned(),
        format!("stamps?cursor={cursor}"),
    ] {
        assert_eq!(b.get(&path).ok(), empty, "{path}");
    }
    assert_eq!(b.get("webhooks").ok(), json!({ "webhooks": [] }));
    let own = |list: Value| list.as_array().unwrap().len();
    assert_eq!(own(b.get("keys").ok()["keys"].clone()), 1);
    assert_eq!(own(b.get("statement").ok()["lines"].clone()), 1);
    assert_eq!(b.get("account").ok()["account"], "b");

    // The same digest and the same Idempotency-Key are B's own: B pays, and gets another token.
    let reply = b.post_with("stamps", &key, &order([1]));
    assert_eq!(reply.header("tsa-credits-charged"), Some("1"));
    let other = reply.ok()["results"][0]["stamp"].clone();
    assert_ne!(other["serial"], stamp["serial"]);
    // A key of A with B's name is nobody's.
    assert_eq!(a.balance(), 49);
    // All of A is still there.
    assert_eq!(own(a.get("keys").ok()["keys"].clone()), 2);
    assert_eq!(own(a.get("webhooks").ok()["webhooks"].clone()), 1);
    assert_eq!(a.get(&format!("stamps/{serial}")).ok(), stamp);
}
