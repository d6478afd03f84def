//! The request vectors of `testvectors/request`, asked of the running program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use tsa_core::PkiStatus;

use super::server::{Server, write_config};

/// The policy of the server that the vectors mean.
const POLICY: &str = "2.25.329800735698586629295641978511506172918";

fn read(path: &Path) -> (BTreeMap<String, String>, Vec<u8>) {
    let text = fs::read_to_string(path).unwrap();
    let (head, payload) = text.split_once("\n\n").unwrap();
    let line = |line: &str| {
        let (key, value) = line.split_once(": ").unwrap();
        (key.to_owned(), value.to_owned())
    };
    let payload: String = payload.split_whitespace().collect();
    let engine = base64::engine::general_purpose::STANDARD;
    (
        head.lines().map(line).collect(),
        engine.decode(payload).unwrap(),
    )
}

#[test]
fn every_request_vector_gets_the_answer_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    fs::write(
        data.join("tsa.toml"),
        config.replace("1.3.6.1.4.1.32473.1", POLICY),
    )
    .unwrap();
    let server = Server::start_in(&data, &[]);
    let mut connection = server.connect();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testvectors/request");
    let mut count = 0;
    for entry in fs::read_dir(vectors).unwrap() {
        let path = entry.unwrap().path();
        let (head, body) = read(&path);
        let reply = connection.post("/", &body);
        let response = reply.response();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match head["expect"].as_str() {
            "granted" => assert_eq!(response.status.status, PkiStatus::Granted, "{name}"),
            _ => {
                assert_eq!(response.status.status, PkiStatus::Rejection, "{name}");
                let fail_info = response.status.fail_info.unwrap().to_string();
                assert_eq!(fail_info, head["code"], "{name}: {:?}", response.status);
            }
        }
        count += 1;
    }
    assert!(count >= 50, "only {count} vectors were found");
}
