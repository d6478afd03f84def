//! `evidence.json`: its schema says what is written, and what is not.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tsa_filing::certificate::Document;
use tsa_verify::evidence_format::{Log, Manifest};

use crate::desk::{digidoc_python, program_file, say};
use crate::support::{Tsa, filing_document, repository, timestamp_document};

fn documents() -> [Document; 2] {
    let tsa = Tsa::new();
    [
        timestamp_document(&tsa, &["产品设计图.docx"]),
        filing_document(&tsa, &["a\u{202e}\n.txt", ""]),
    ]
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    for document in documents() {
        let read = Manifest::from_json(document.json()).unwrap();
        assert_eq!(&read, document.manifest());
        assert_eq!(read.to_json().unwrap(), document.json());
    }
}

#[test]
fn the_schema_admits_what_is_written_and_nothing_else() {
    let [one, several] = documents();
    let mut logged = one.manifest().clone();
    logged.log = Some(Log {
        origin: "log.example/tsa".to_owned(),
        size: 3,
        root: "5a".repeat(32),
    });
    logged.files[0].log_entry = Some(2);
    let text = String::from_utf8(one.json().to_vec()).unwrap();
    let cases = [
        ("one", text.clone(), true),
        (
            "several",
            String::from_utf8(several.json().to_vec()).unwrap(),
            true,
        ),
        (
            "logged",
            String::from_utf8(logged.to_json().unwrap()).unwrap(),
            true,
        ),
        (
            "version",
            text.replace("\"version\": 1", "\"version\": 2"),
            false,
        ),
        ("mode", text.replace("hash-only", "other"), false),
        ("number", text.replace("\"TS", "\"ts"), false),
        ("time", text.replace("14:15:03Z", "14:15:03+08:00"), false),
        (
            "path",
            text.replace("tokens/0001.tsr", "../0001.tsr"),
            false,
        ),
        ("extra", text.replacen('{', "{\"extra\": 1,", 1), false),
        (
            "without",
            text.replace("\"statement\"", "\"statment\""),
            false,
        ),
    ];
    let folder = TempDir::new().unwrap();
    let write = |(name, text, _): &(&str, String, bool)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut arguments = vec![
        program_file("check_manifest.py"),
        repository("tsa-verify/src/evidence_format/evidence.schema.json"),
    ];
    arguments.extend(cases.iter().map(write));
    let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
    let said = say(digidoc_python(), &arguments).unwrap();
    for (name, _, sound) in &cases {
        let verdict = said
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name} ")));
        assert_eq!(verdict == Some("valid"), *sound, "{name}: {verdict:?}");
    }
}
