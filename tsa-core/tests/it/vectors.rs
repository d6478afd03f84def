//! The vectors under `testvectors/`: what this crate can judge of each, that those made here are
//! as they are made, and that the catalogue is complete.
//!
//! `UPDATE_VECTORS=1 cargo test -p tsa-core vectors` writes those made here anew. Whether a server
//! gives the expected answers is tested with the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tsa_core::{PkiFailureInfo, TimeStampReq};

use crate::vector_requests::{Made, requests};

const BASE64_COLUMNS: usize = 64;

/// One vector: its header lines by key, and its payload.
pub(crate) struct Vector {
    pub(crate) header: BTreeMap<String, String>,
    pub(crate) payload: Vec<u8>,
}

impl Vector {
    pub(crate) fn parse(text: &str) -> Self {
        let (header, payload) = text
            .split_once("\n\n")
            .expect("a blank line after the header");
        let line = |line: &str| {
            let (key, value) = line.split_once(": ").expect("`key: value`");
            (key.to_owned(), value.to_owned())
        };
        let lines: Vec<_> = header.lines().map(line).collect();
        let header: BTreeMap<_, _> = lines.iter().cloned().collect();
        assert_eq!(header.len(), lines.len(), "a key stands twice");
        // Certificates that a vector brings along stand behind its payload.
        let payload = payload.split("-----BEGIN").next().unwrap_or_default();
        let payload = STANDARD.decode(payload.split_whitespace().collect::<String>());
        Self {
            header,
            payload: payload.expect("base64"),
        }
    }

    pub(crate) fn field(&self, key: &str) -> &str {
        self.header
            .get(key)
            .unwrap_or_else(|| panic!("no `{key}:` line"))
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testvectors")
}

/// File name and text of every vector in a folder of `testvectors/`.
pub(crate) fn files(kind: &str) -> BTreeMap<String, String> {
    let folder = folder().join(kind);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    entries.map(read).collect()
}

fn text(made: &Made) -> String {
    let expect = match made.code {
        "" => "expect: granted".to_owned(),
        code => format!("expect: rejected\ncode: {code}"),
    };
    let base64 = STANDARD.encode(&made.payload);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(BASE64_COLUMNS)
        .map(|line| std::str::from_utf8(line).expect("base64"))
        .collect();
    format!(
        "{expect}\ndecode: {}\ncomment: {}\n\n{}\n",
        made.decode,
        made.comment,
        lines.join("\n")
    )
}

#[test]
fn vectors_made_here_are_as_they_are_made() {
    let update = env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1");
    let made = requests();
    let names: BTreeSet<_> = made.iter().map(|made| made.name).collect();
    assert_eq!(names.len(), made.len(), "a name stands twice");
    for vector in made {
        let path = folder()
            .join("request")
            .join(format!("{}.txt", vector.name));
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text(&vector)).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            found,
            text(&vector),
            "{}: UPDATE_VECTORS=1 writes it anew",
            path.display()
        );
    }
}

#[test]
fn requests_decode_as_their_vectors_say() {
    let codes = [
        PkiFailureInfo::BAD_ALG,
        PkiFailureInfo::BAD_REQUEST,
        PkiFailureInfo::BAD_DATA_FORMAT,
        PkiFailureInfo::UNACCEPTED_POLICY,
        PkiFailureInfo::UNACCEPTED_EXTENSION,
    ]
    .map(|failure| failure.to_string());
    let files = files("request");
    assert!(files.len() >= requests().len());
    let mut seen = BTreeSet::new();
    for (name, text) in files {
        let vector = Vector::parse(&text);
        match vector.field("expect") {
            "granted" => {
                assert!(!vector.header.contains_key("code"), "{name}");
                assert_eq!(vector.field("decode"), "ok", "{name}");
            }
            "rejected" => {
                let code = vector.field("code").to_owned();
                assert!(codes.contains(&code), "{name}: {code}");
                seen.insert(code);
            }
            other => panic!("{name}: expect: {other}"),
        }
        assert!(!vector.field("comment").is_empty(), "{name}");
        let found = match TimeStampReq::from_der(&vector.payload) {
            Ok(request) => {
                assert_eq!(request.to_der().unwrap(), vector.payload, "{name}");
                "ok".to_owned()
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, vector.field("decode"), "{name}");
        if found != "ok" {
            assert_eq!(vector.field("code"), "badDataFormat", "{name}");
        }
    }
    assert_eq!(
        seen,
        codes.into_iter().collect(),
        "each answer has a vector"
    );
}

#[test]
fn the_catalogue_lists_every_vector() {
    let text = fs::read_to_string(folder().join("CATALOGUE.md")).unwrap();
    let listed: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once('`'))
        .map(|(path, _)| path.to_owned())
        .collect();
    let kinds = ["request", "response", "token", "tst-info", "fuzz"];
    let of_kind = |kind: &str| {
        let names = files(kind).into_keys();
        names
            .map(|name| format!("{kind}/{name}"))
            .collect::<Vec<_>>()
    };
    let present: BTreeSet<String> = kinds.into_iter().flat_map(of_kind).collect();
    assert_eq!(listed, present);
}
