//! Bundles, as other people's programs see them.

use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tsa_filing::bundle::{AsicE, BundleError, asic_s};
use tsa_filing::certificate::{Document, Press};
use zip::ZipArchive;

use crate::desk::{demand, digidoc_python, program_file, python, say};
use crate::support::{
    MOMENT, Tsa, certificate, crl, imprint, repository, sealed, timestamp_document,
};

const NAMES: &[&str] = &["产品设计图.docx", "../a b%&<>'\".txt", "emoji 😀.png"];

fn document(tsa: &Tsa) -> Document {
    timestamp_document(tsa, NAMES)
}

/// A bundle with every sort of part.
fn bundle<W: Write + Seek>(out: W) -> W {
    let tsa = Tsa::new();
    let (press, document) = (Press::new().unwrap(), document(&tsa));
    let own = sealed(&press, &tsa, &timestamp_document(&tsa, &NAMES[..1]));
    let certs = [certificate("root"), certificate("intermediate")];
    let crls = [crl("root"), crl("intermediate")];
    let whole = sealed(&press, &tsa, &document);
    let mut bundle = AsicE::begin(out).unwrap();
    bundle.certificate(&document, whole.pdf()).unwrap();
    bundle.file_certificate(0, own.pdf()).unwrap();
    bundle.application(b"{}\n").unwrap();
    bundle.proofs(&certs, &crls).unwrap();
    bundle.log(b"origin\n0\n", &[(1, b"proof\n")]).unwrap();
    for (index, name) in NAMES.iter().enumerate() {
        let content = format!("content of file {index}");
        let size = u64::try_from(content.len()).unwrap();
        let original = bundle.original(index, (name, size), content.as_bytes());
        original.unwrap();
    }
    let to_be_stamped = bundle.close().unwrap();
    let token = tsa.token(to_be_stamped.imprint());
    to_be_stamped.stamped(&token).unwrap()
}

fn on_disk() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bundle.asice");
    bundle(File::create(&path).unwrap());
    (folder, path)
}

/// ETSI's schema, which comes with libdigidocpp.
fn schema() -> PathBuf {
    let python = digidoc_python();
    let libraries = python.parent().unwrap().parent().unwrap().join("lib");
    let version = std::fs::read_dir(libraries).unwrap().next().unwrap();
    let packages = version.unwrap().path().join("site-packages");
    packages.join("pydigidoc/schema/en_31916201v010101.xsd")
}

#[test]
fn the_manifest_covers_every_part_and_openssl_verifies_its_token() {
    let (_folder, path) = on_disk();
    let arguments = [
        program_file("check_asice.py"),
        path,
        repository("certs/root.pem"),
        repository("certs/intermediate.pem"),
        schema(),
    ];
    let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
    let said = say(python(), &arguments).unwrap();
    assert_eq!(said, "sound\n");
}

#[test]
fn libdigidocpp_finds_a_single_file_valid_and_a_changed_one_not() {
    let content = b"one file";
    let token = Tsa::new().token(&imprint(content));
    let folder = TempDir::new().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        let out = File::create(&path).unwrap();
        let file = ("报告.txt", u64::try_from(content.len()).unwrap());
        asic_s(out, file, content, &token).unwrap();
        path
    };
    let (sound, changed) = (
        write("sound.asics", content),
        write("changed.asics", b"0ne file"),
    );
    let arguments = [
        program_file("check_asics.py"),
        repository("certs/intermediate.pem"),
        sound,
        changed,
    ];
    let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
    let said = say(digidoc_python(), &arguments).unwrap();
    demand(&said, &["sound.asics VALID", "changed.asics invalid"]);
}

#[test]
fn unzip_and_file_know_what_it_is() {
    let (_folder, path) = on_disk();
    let said = say("unzip", &[Path::new("-t"), &path]).unwrap();
    demand(&said, &["No errors detected in compressed data"]);
    let mut head = [0; 70];
    File::open(&path).unwrap().read_exact(&mut head).unwrap();
    // Where readers look for the type without unpacking (EN 319 162-1 §A.1).
    assert_eq!(&head[30..38], b"mimetype");
    assert_eq!(&head[38..69], b"application/vnd.etsi.asic-e+zip");
}

#[test]
fn the_parts_are_where_the_format_says() {
    let written = bundle(Cursor::new(Vec::new()));
    let mut archive = ZipArchive::new(written).unwrap();
    let names: Vec<_> = archive.file_names().map(Result::unwrap).collect();
    let expected = [
        "mimetype",
        "certificate.pdf",
        "evidence.json",
        "tokens/0001.tsr",
        "tokens/0002.tsr",
        "tokens/0003.tsr",
        "certificates/0001.pdf",
        "application.json",
        "certs/0001.cer",
        "certs/0002.cer",
        "crls/0001.crl",
        "crls/0002.crl",
        "log/checkpoint",
        "log/0002.tlog-proof",
        "files/0001-产品设计图.docx",
        "files/0002-_a b%&__'_.txt",
        "files/0003-emoji 😀.png",
        "META-INF/ASiCManifest001.xml",
        "META-INF/timestamp001.tst",
    ];
    assert_eq!(names, expected);
    let mut json = Vec::new();
    let mut part = archive.by_name("evidence.json").unwrap();
    part.read_to_end(&mut json).unwrap();
    assert_eq!(json, document(&Tsa::new()).json());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let begin = || AsicE::begin(Cursor::new(Vec::new())).unwrap();
    let mut twice = begin();
    twice.application(b"{}").unwrap();
    assert!(matches!(
        twice.application(b"{}"),
        Err(BundleError::Twice(_))
    ));
    let content = &b"content"[..];
    for size in [6, 8] {
        let refused = begin().original(0, ("a.txt", size), content);
        assert!(matches!(refused, Err(BundleError::Size { .. })), "{size}");
    }
}

#[test]
fn openssl_verifies_the_token_of_a_single_file() {
    let content = b"one file";
    let token = Tsa::new().token(&imprint(content));
    let out = Cursor::new(Vec::new());
    let written = asic_s(out, ("报告.pdf", 8), &content[..], &token).unwrap();
    let mut archive = ZipArchive::new(written).unwrap();
    let names: Vec<_> = archive.file_names().map(Result::unwrap).collect();
    assert_eq!(names, ["mimetype", "报告.pdf", "META-INF/timestamp.tst"]);
    let folder = TempDir::new().unwrap();
    archive.extract(folder.path()).unwrap();
    let said = say(
        "openssl",
        &[
            Path::new("ts"),
            Path::new("-verify"),
            Path::new("-data"),
            &folder.path().join("报告.pdf"),
            Path::new("-in"),
            &folder.path().join("META-INF/timestamp.tst"),
            Path::new("-token_in"),
            Path::new("-attime"),
            Path::new(MOMENT),
            Path::new("-CAfile"),
            &repository("certs/root.pem"),
            Path::new("-untrusted"),
            &repository("certs/intermediate.pem"),
        ],
    );
    demand(&said.unwrap(), &["Verification: OK"]);
}
