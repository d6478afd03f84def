//! The description of the API is what is in `docs/`, and what the server does.

use std::path::Path;

use super::desk::server;
use crate::interop::desk::{demand, program, run, schemathesis};

#[test]
fn the_description_is_the_one_in_docs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let made = tsa_server::http::api::openapi::json();
    if std::env::var("TSA_UPDATE").as_deref() == Ok("1") {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/openapi.json is not what the code says: look at what changed, note it in \
         CHANGELOG.md, and run `TSA_UPDATE=1 cargo test -p tsa-server --test it described`"
    );
    let json: serde_json::Value = serde_json::from_str(made).unwrap();
    assert!(json["openapi"].as_str().unwrap().starts_with("3.1."));
}

/// Somebody else's program makes up requests, right and wrong ones, from the description, and
/// judges every answer by it.
#[test]
fn schemathesis_finds_no_answer_that_is_not_described() {
    let server = server();
    let key = server.customer("alice", 1_000_000_000);
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(schemathesis(), folder.path());
    command
        .args(["run", &server.url("/api/v1/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {key}")])
        // What is right by the description can be wrong all the same: a digest's length depends on
        // its algorithm, a policy may not be offered, a webhook must lead outside.
        .args([
            "--checks",
            "all",
            "--exclude-checks",
            "positive_data_acceptance",
        ])
        // One worker: Python 3.11 loses count of its recursion when two threads build syntax trees.
        .args(["--workers", "1", "--no-color", "--seed", "3161"])
        .args(["--max-examples", &crate::server::rounds(300).to_string()]);
    let said =
        run(&mut command).and_then(|said| demand(said, &["Tested: 13", "Fuzzing", "Stateful"]));
    if let Err(said) = said {
        panic!("{said}");
    }
    // It has not only been refused.
    let spent = server.account(&["show", "alice"])["spent"]
        .as_u64()
        .unwrap();
    assert!(spent > 0);
}
