//! `openssl verify` as the second opinion on every certificate that could sign a time-stamp.
//!
//! It accepts the sound ones and refuses the others for the reason they were made for. Where it
//! does not notice a defect, the table says so, and a version that begins to notice fails here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// 2026-01-01T00:00:00Z: inside every validity but those that are meant to be missed.
const AT: &str = "1767225600";

/// What OpenSSL says.
#[derive(Clone, Copy, Debug)]
enum Opinion {
    /// Rightly.
    Accepted,
    /// Rightly, and among its reasons is this number of `X509_V_ERR_…`.
    Refused(u32),
    /// Wrongly: the certificate is accepted though a rule forbids it.
    NotNoticed,
}
use Opinion::{Accepted, NotNoticed, Refused};

const SIGNATURE_FAILURE: u32 = 7;
const NOT_YET_VALID: u32 = 9;
const EXPIRED: u32 = 10;
const SELF_SIGNED_IN_CHAIN: u32 = 19;
const NO_LOCAL_ISSUER: u32 = 20;
const PATH_LENGTH: u32 = 25;
const PURPOSE: u32 = 26;
const NO_CERT_SIGN: u32 = 32;
const CRITICAL_EXTENSION: u32 = 34;
const NAME_NOT_PERMITTED: u32 = 47;
const KEY_TOO_SMALL: u32 = 66;
const DIGEST_TOO_WEAK: u32 = 68;
const INVALID_CA: u32 = 79;

/// Trust anchor, then the certificates offered beside the signer.
type Chain = &'static [&'static str];
const USUAL: Chain = &["root", "intermediate"];
const RSA: Chain = &["rsa-root", "rsa-intermediate"];

/// Signer, chain, opinion.
const TABLE: &[(&str, Chain, Opinion)] = &[
    ("tsa-p256", USUAL, Accepted),
    ("tsa-p384", USUAL, Accepted),
    ("tsa-rsa2048", USUAL, Accepted),
    ("tsa-rsa3072", USUAL, Accepted),
    ("tsa-rsa4096", USUAL, Accepted),
    ("tsa-ed25519", USUAL, Accepted),
    ("tsa-rsa-chain", RSA, Accepted),
    ("odd-key-usage-non-repudiation-only", USUAL, Accepted),
    (
        "odd-under-intermediate-name-constraints-permitted",
        &["root", "odd-intermediate-name-constraints-permitted"],
        Accepted,
    ),
    (
        "tsa-p256",
        &["bad-unrelated-root", "intermediate"],
        Refused(NO_LOCAL_ISSUER),
    ),
    ("tsa-p256", &["root"], Refused(NO_LOCAL_ISSUER)),
    ("seal", USUAL, Refused(PURPOSE)),
    ("log", USUAL, Refused(PURPOSE)),
    ("bad-eku-missing", USUAL, Refused(PURPOSE)),
    ("bad-eku-not-critical", USUAL, Refused(PURPOSE)),
    ("bad-eku-any", USUAL, Refused(PURPOSE)),
    ("bad-eku-code-signing", USUAL, Refused(PURPOSE)),
    (
        "bad-eku-timestamping-and-server-auth",
        USUAL,
        Refused(PURPOSE),
    ),
    ("bad-eku-timestamping-and-unknown", USUAL, NotNoticed),
    ("bad-key-usage-cert-sign", USUAL, Refused(PURPOSE)),
    ("bad-key-usage-key-agreement", USUAL, Refused(PURPOSE)),
    ("bad-ca-as-signer", USUAL, NotNoticed),
    (
        "bad-unknown-critical-extension",
        USUAL,
        Refused(CRITICAL_EXTENSION),
    ),
    ("bad-rsa1024", USUAL, Refused(KEY_TOO_SMALL)),
    ("bad-expired", USUAL, Refused(EXPIRED)),
    ("bad-not-yet-valid", USUAL, Refused(NOT_YET_VALID)),
    ("bad-signature", USUAL, Refused(SIGNATURE_FAILURE)),
    ("bad-sha1-signature", RSA, Refused(DIGEST_TOO_WEAK)),
    (
        "bad-issued-by-leaf",
        &["root", "intermediate", "tsa-p256"],
        Refused(INVALID_CA),
    ),
    ("bad-twin", USUAL, NotNoticed),
    (
        "bad-under-attacker",
        &["root", "bad-self-signed"],
        Refused(SELF_SIGNED_IN_CHAIN),
    ),
    (
        "bad-under-intermediate-not-ca",
        &["root", "bad-intermediate-not-ca"],
        Refused(INVALID_CA),
    ),
    (
        "bad-under-path-len",
        &["root", "intermediate", "bad-intermediate-below-path-len"],
        Refused(PATH_LENGTH),
    ),
    (
        "bad-under-intermediate-eku-without-timestamping",
        &["root", "bad-intermediate-eku-without-timestamping"],
        NotNoticed,
    ),
    (
        "bad-under-intermediate-expired",
        &["root", "bad-intermediate-expired"],
        Refused(EXPIRED),
    ),
    (
        "bad-under-intermediate-no-cert-sign",
        &["root", "bad-intermediate-no-cert-sign"],
        Refused(NO_CERT_SIGN),
    ),
    (
        "bad-under-intermediate-unknown-critical",
        &["root", "bad-intermediate-unknown-critical"],
        Refused(CRITICAL_EXTENSION),
    ),
    (
        "bad-under-intermediate-name-constraints",
        &["root", "bad-intermediate-name-constraints"],
        Refused(NAME_NOT_PERMITTED),
    ),
];

/// Exit status and everything said. A machine without OpenSSL fails here.
fn openssl(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(FOLDER)
        .output()
        .expect("these tests need the openssl command");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

fn verify(signer: &str, chain: Chain) -> (bool, String) {
    let (anchor, untrusted) = chain.split_first().unwrap();
    let file = |name: &str| format!("{name}.pem");
    let mut arguments: Vec<String> = [
        "verify",
        "-x509_strict",
        "-purpose",
        "timestampsign",
        "-auth_level",
        "2",
        "-attime",
        AT,
        "-no-CApath",
        "-no-CAstore",
        "-CAfile",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(file(anchor));
    for name in untrusted {
        arguments.extend(["-untrusted".to_owned(), file(name)]);
    }
    arguments.push(file(signer));
    openssl(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn openssl_accepts_and_refuses_as_the_table_says() {
    let mut surprises = Vec::new();
    for (signer, chain, opinion) in TABLE {
        let (accepted, said) = verify(signer, chain);
        let as_expected = match opinion {
            Accepted | NotNoticed => accepted,
            Refused(number) => !accepted && said.contains(&format!("error {number} at ")),
        };
        if !as_expected {
            surprises.push(format!(
                "{signer} under {chain:?}: {opinion:?} expected; {said}"
            ));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// No certificate is left without an opinion, be it as signer or in a signer's chain.
#[test]
fn the_table_speaks_of_every_certificate() {
    let mut spoken_of = BTreeSet::new();
    for (signer, chain, _) in TABLE {
        spoken_of.insert((*signer).to_owned());
        spoken_of.extend(chain.iter().map(|name| (*name).to_owned()));
    }
    assert_eq!(pem_files(Path::new(FOLDER)), spoken_of);
}

#[test]
fn openssl_reads_every_key() {
    let keys = pem_files(&Path::new(FOLDER).join("keys"));
    assert!(!keys.is_empty());
    for name in keys {
        let file = format!("keys/{name}.pem");
        let (read, said) = openssl(&["pkey", "-check", "-noout", "-in", &file]);
        assert!(read, "{file}: {said}");
    }
}

fn pem_files(folder: &Path) -> BTreeSet<String> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pem = paths.filter(|path| path.extension().is_some_and(|is| is == "pem"));
    pem.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}
