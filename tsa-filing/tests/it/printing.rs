//! Printing: any text comes out, and always the same.

use std::sync::Arc;

use tsa_filing::certificate::{Document, DocumentError, Kind, Press, PrintError, Stamped};

use crate::support::{self, Tsa, document, filing_document, imprint, manifest, repository};

#[test]
fn the_fonts_are_the_ones_their_notice_names() {
    let notice = std::fs::read_to_string(repository("tsa-filing/fonts/NOTICE.md")).unwrap();
    for name in ["NotoSansSC-Regular.otf", "NotoSerifSC-Headings.otf"] {
        let bytes = std::fs::read(repository("tsa-filing/fonts").join(name)).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let row = notice
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}`")));
        assert!(
            row.unwrap().contains(&tsa_verify::hex(digest.as_ref())),
            "{name}"
        );
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = filing_document(&Tsa::new(), &["甲.txt", "乙.txt"]);
    let first = Press::new().unwrap().print(&document).unwrap();
    let second = Press::new().unwrap().print(&document).unwrap();
    assert_eq!(first.pdf(), second.pdf());
}

#[test]
fn no_character_keeps_a_certificate_from_being_printed() {
    let press = Press::new().unwrap();
    // Every character of the first 64 Ki but for a few alike, and samples behind them.
    let all = ('\0'..='\u{ffff}').chain(('\u{10000}'..=char::MAX).step_by(997));
    let all: Vec<char> = all.filter(|one| !('가'..='힣').contains(one)).collect();
    let names: Vec<String> = all.chunks(4000).map(|some| some.iter().collect()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut manifest = manifest("code-filing", "RJ");
    manifest.title = names[0].to_owned();
    manifest.issuer = names[0].chars().take(40).collect();
    manifest.statement = names[1].to_owned();
    manifest.fields = vec![support::field("registrant", names[2])];
    let printed = press.print(&document(&Tsa::new(), manifest, &names));
    assert!(printed.unwrap().pdf().len() > 100_000);
}

#[test]
fn long_and_empty_texts_find_their_place() {
    let press = Press::new().unwrap();
    let tsa = Tsa::new();
    let long = "长".repeat(20_000);
    let unbroken = "x".repeat(5_000);
    let mut manifest = manifest("code-filing", "RJ");
    manifest.title = unbroken.clone();
    manifest.statement = long.clone();
    manifest.fields = (0..60)
        .map(|_| support::field("registrant", "某公司"))
        .collect();
    manifest.check_url = unbroken.clone();
    manifest.issuer = "机构".repeat(200);
    assert!(
        press
            .print(&document(&tsa, manifest, &[&long, &unbroken, ""]))
            .is_ok()
    );
    let mut empty = support::manifest("timestamp", "TS");
    empty.issuer = String::new();
    empty.check_url = String::new();
    assert!(press.print(&document(&tsa, empty, &[""])).is_ok());
}

#[test]
fn every_kind_is_printed() {
    let press = Press::new().unwrap();
    for kind in Kind::built_in().unwrap() {
        let mut manifest = manifest(&kind.kind, &kind.prefix);
        let fields = kind.field.iter();
        manifest.fields = fields.map(|one| support::field(&one.key, "值")).collect();
        let printed = press.print(&document(&Tsa::new(), manifest, &["数据.csv"]));
        assert!(printed.is_ok(), "{}: {printed:?}", kind.kind);
    }
}

#[test]
fn a_kind_of_an_operator_needs_no_code() {
    let text = std::fs::read_to_string(repository("tsa-filing/kinds/timestamp.toml")).unwrap();
    let kind = Kind::from_toml(&text.replacen("\"timestamp\"", "\"photo\"", 1)).unwrap();
    let press = Press::new().unwrap();
    let photo = document(&Tsa::new(), manifest("photo", "TS"), &["照片.jpg"]);
    let refused = press.print(&photo);
    assert!(matches!(refused, Err(PrintError::UnknownKind(kind)) if kind == "photo"));
    assert!(press.with_kind(kind).print(&photo).is_ok());
}

#[test]
fn a_document_says_what_its_tokens_say_or_is_none() {
    let tsa = Tsa::new();
    let good = tsa.stamp(0, "甲.txt", b"content");
    assert_eq!(good.file.gen_time, support::NOW);
    assert_eq!(good.file.digest.algorithm, "sha256");
    assert_eq!(good.file.token, "tokens/0001.tsr");
    let none = Document::new(manifest("timestamp", "TS"), Vec::new(), Vec::new());
    assert!(matches!(none, Err(DocumentError::NoFile)));
    let many = (0..201).map(|_| Arc::new(Vec::new())).collect();
    let many = Document::new(manifest("timestamp", "TS"), vec![good], many);
    assert!(matches!(many, Err(DocumentError::TooManyCertificates(201))));
    let file = || {
        (
            "甲.txt".to_owned(),
            1,
            tsa_verify::evidence_format::Mode::Deposit,
        )
    };
    for wrong in [&b""[..], b"0", &[0x30, 0x00], &[0xff; 40]] {
        let read = Stamped::read(0, file(), &imprint(b"content"), wrong.to_vec());
        assert!(matches!(read, Err(DocumentError::Token { ordinal: 1, .. })));
    }
    let other = tsa.token(&imprint(b"other content"));
    let read = Stamped::read(6, file(), &imprint(b"content"), other);
    assert!(matches!(read, Err(DocumentError::OtherFile { ordinal: 7 })));
}
