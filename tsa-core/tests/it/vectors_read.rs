//! Tokens, responses and statements under `testvectors/`: what reading says of each.
//!
//! Not in scope: requests (see `vectors.rs`), and whether what was read may be believed, which
//! `tsa-verify` tests over the same files.

use tsa_core::tlv::Deviations;
use tsa_core::{ReceivedToken, SignedData, TstInfo};

use crate::vectors::{Vector, files};

/// Reads a token or response to its bottom: `ok`, or the first error.
fn read_whole(payload: &[u8]) -> String {
    let received = match ReceivedToken::read(payload) {
        Ok(received) => received,
        Err(error) => return error.to_string(),
    };
    let Some(token) = received.token else {
        return String::from("ok");
    };
    match SignedData::read(&token, &mut Deviations::default()) {
        Err(error) => error.to_string(),
        Ok(data) => match data.unverified_tst_info() {
            Err(error) => format!("TSTInfo: {error}"),
            Ok(_) => String::from("ok"),
        },
    }
}

#[test]
fn tokens_and_responses_read_as_their_vectors_say() {
    let mut wrong = Vec::new();
    for kind in ["response", "token"] {
        let files = files(kind);
        assert!(!files.is_empty());
        for (name, text) in files {
            let vector = Vector::parse(&text);
            let (expected, found) = (vector.field("decode"), read_whole(&vector.payload));
            if expected != found {
                wrong.push(format!("{kind}/{name}: decode: {found}, not: {expected}"));
            }
            if found != "ok" {
                assert_ne!(vector.field("expect"), "TOTAL-PASSED", "{name}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn statements_read_as_their_vectors_say() {
    let mut wrong = Vec::new();
    let files = files("tst-info");
    assert!(!files.is_empty());
    for (name, text) in files {
        let vector = Vector::parse(&text);
        let found = match TstInfo::read(&vector.payload) {
            Err(error) => error.to_string(),
            Ok(reading) => {
                let named = vector
                    .header
                    .get("code")
                    .is_some_and(|code| code == "TSV-042");
                assert_eq!(named, !reading.deviations.is_empty(), "{name}");
                if !named {
                    let written = reading.info.to_der().unwrap();
                    assert_eq!(written, vector.payload, "{name}");
                }
                String::from("ok")
            }
        };
        let read = if found == "ok" { "read" } else { "refused" };
        assert_eq!(vector.field("expect"), read, "{name}");
        let expected = vector.field("decode");
        if expected != found {
            wrong.push(format!("{name}: decode: {found}, not: {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
