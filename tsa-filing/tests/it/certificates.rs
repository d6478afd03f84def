//! Sealed certificates, as other people's programs see them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tsa_core::{AlgorithmIdentifier, oid};
use tsa_filing::certificate::{Document, Press, SealError, Sealer};

use crate::desk::{demand, program_file, python, say};
use crate::support::{self, MOMENT, Tsa, filing_document, repository, sealed, timestamp_document};

/// A sealed certificate in a file.
struct OnDisk {
    folder: TempDir,
    path: PathBuf,
}

fn on_disk(document: impl FnOnce(&Tsa) -> Document) -> OnDisk {
    let (press, tsa) = (Press::new().unwrap(), Tsa::new());
    let document = document(&tsa);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("certificate.pdf");
    std::fs::write(&path, sealed(&press, &tsa, &document).pdf()).unwrap();
    OnDisk { folder, path }
}

fn one_file() -> OnDisk {
    on_disk(|tsa| timestamp_document(tsa, &["产品设计图.docx"]))
}

#[test]
fn qpdf_finds_nothing_wrong() {
    let many: Vec<String> = (0..120).map(|index| format!("文件{index}.rs")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for certificate in [one_file(), on_disk(|tsa| filing_document(tsa, &many))] {
        let said = say("qpdf", &[Path::new("--check"), &certificate.path]).unwrap();
        demand(&said, &["No syntax or stream encoding errors found"]);
    }
}

#[test]
fn pdfsig_validates_the_seal() {
    let said = say("pdfsig", &[&one_file().path]).unwrap();
    demand(
        &said,
        &[
            "Signature Field Name: Seal",
            "CN=Document Seal",
            "ETSI.CAdES.detached",
            "Signature is Valid.",
            "Signature Field Name: DocumentTimeStamp",
            "Total document signed",
        ],
    );
}

#[test]
fn pyhanko_validates_seal_and_time_stamps_without_a_network() {
    let certificate = one_file();
    let root = repository("certs/root.pem");
    let check = program_file("check_seal.py");
    let said = say(python(), &[&check, &root, &certificate.path]).unwrap();
    demand(
        &said,
        &[
            "Seal bottom line True time-stamp True ENTIRE_REVISION LTA_UPDATES",
            "DocumentTimeStamp valid True intact True trusted True ENTIRE_FILE",
            "long-term validation AdESPassed.OK",
        ],
    );
    assert!(said.trim_end().ends_with("\nsound"), "{said}");
}

#[test]
fn pyhanko_refuses_a_certificate_with_one_bit_flipped() {
    let certificate = one_file();
    let root = repository("certs/root.pem");
    let sound = std::fs::read(&certificate.path).unwrap();
    // In the page's text, and in an attached token.
    for place in [40_000, 97_500] {
        let mut bytes = sound.clone();
        bytes[place] ^= 1;
        std::fs::write(&certificate.path, bytes).unwrap();
        let check = program_file("check_seal.py");
        let said = say(python(), &[&check, &root, &certificate.path]);
        assert!(!said.unwrap_or_default().trim_end().ends_with("\nsound"));
    }
}

#[test]
fn what_is_attached_is_what_was_given() {
    let tsa = Tsa::new();
    let document = timestamp_document(&tsa, &["甲.txt", "乙.txt"]);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("certificate.pdf");
    std::fs::write(&path, sealed(&Press::new().unwrap(), &tsa, &document).pdf()).unwrap();
    let said = say("pdfdetach", &[Path::new("-list"), &path]).unwrap();
    demand(
        &said,
        &["3 embedded files", "evidence.json", "0001.tsr", "0002.tsr"],
    );
    let arguments = [Path::new("-saveall"), Path::new("-o"), folder.path(), &path];
    say("pdfdetach", &arguments).unwrap();
    let saved = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(saved("evidence.json"), document.json());
    for (index, response) in document.responses().iter().enumerate() {
        assert_eq!(saved(&format!("000{}.tsr", index + 1)), **response);
    }
}

#[test]
fn certificates_of_single_files_are_attached() {
    let tsa = Tsa::new();
    let own = Arc::new(b"%PDF-1.7 stands for one".to_vec());
    let stamped = (0..2)
        .map(|index| tsa.stamp(index, "甲.txt", b"content"))
        .collect();
    let manifest = support::manifest("code-filing", "RJ");
    let document = Document::new(manifest, stamped, vec![Arc::clone(&own), own]).unwrap();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("certificate.pdf");
    std::fs::write(&path, sealed(&Press::new().unwrap(), &tsa, &document).pdf()).unwrap();
    let said = say("pdfdetach", &[Path::new("-list"), &path]).unwrap();
    demand(
        &said,
        &["5 embedded files", "0001.pdf", "0002.pdf", "0002.tsr"],
    );
}

#[test]
fn the_seal_changes_no_byte_of_what_was_printed() {
    let (press, tsa) = (Press::new().unwrap(), Tsa::new());
    let document = filing_document(&tsa, &["甲.txt"]);
    let printed = press.print(&document).unwrap();
    let sealed = sealed(&press, &tsa, &document);
    assert!(sealed.pdf().starts_with(printed.pdf()));
}

#[test]
fn a_seal_needs_a_certificate_and_an_algorithm_over_sha_256() {
    let mut parts = support::sealer_parts();
    parts.signature_algorithm = AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_384);
    let refused = Sealer::new(&parts);
    assert!(matches!(refused, Err(SealError::Algorithm)), "{refused:?}");
    let mut parts = support::sealer_parts();
    parts.certificates.clear();
    let refused = Sealer::new(&parts);
    assert!(
        matches!(refused, Err(SealError::Certificate(_))),
        "{refused:?}"
    );
}

#[test]
fn a_seal_longer_than_its_room_is_refused() {
    let (press, tsa) = (Press::new().unwrap(), Tsa::new());
    let printed = press.print(&filing_document(&tsa, &["甲.txt"])).unwrap();
    let sealer = support::sealer();
    let to_be_sealed = sealer.begin(printed, support::NOW).unwrap();
    let to_be_stamped = to_be_sealed.signed(vec![0; 64]);
    let refused = to_be_stamped.stamped(&vec![0; 20_000]);
    assert!(matches!(refused, Err(SealError::TooLong(_))));
}

#[test]
fn openssl_verifies_an_attached_token() {
    let certificate = one_file();
    let folder = certificate.folder.path();
    let arguments = [
        Path::new("-saveall"),
        Path::new("-o"),
        folder,
        &certificate.path,
    ];
    say("pdfdetach", &arguments).unwrap();
    let original = folder.join("original");
    std::fs::write(&original, "content of file 0").unwrap();
    let said = say(
        "openssl",
        &[
            Path::new("ts"),
            Path::new("-verify"),
            Path::new("-data"),
            &original,
            Path::new("-in"),
            &folder.join("0001.tsr"),
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

#[test]
fn the_text_can_be_copied_and_all_fonts_are_inside() {
    let certificate = on_disk(|tsa| filing_document(tsa, &["源代码.zip", "设计说明书.docx"]));
    let said = say("pdftotext", &[&certificate.path, Path::new("-")]).unwrap();
    demand(
        &said,
        &[
            "软件产品代码备案证书",
            "智能家居控制中枢软件",
            "深圳市启明物联科技有限公司",
            "源代码.zip",
            "2026-11-22 22:15:03",
            "第2页/共2页",
        ],
    );
    let said = say("pdffonts", &[&certificate.path]).unwrap();
    let fonts: Vec<&str> = said.lines().skip(2).collect();
    assert_eq!(fonts.len(), 2, "{said}");
    for font in fonts {
        assert!(font.contains(" yes yes yes "), "not embedded: {font}");
    }
}

#[test]
fn the_qr_code_leads_to_the_check_page() {
    let certificate = one_file();
    let stem = certificate.folder.path().join("page");
    let arguments = ["-r", "150", "-png", "-l", "1", "-singlefile"].map(Path::new);
    say(
        "pdftoppm",
        &[&arguments[..], &[&certificate.path, &stem]].concat(),
    )
    .unwrap();
    let picture = stem.with_extension("png");
    let said = say("zbarimg", &[Path::new("-q"), &picture]).unwrap();
    let expected = support::manifest("timestamp", "TS").check_url;
    assert!(said.contains(&format!("QR-Code:{expected}")), "{said}");
}
