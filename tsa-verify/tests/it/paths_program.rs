//! `tsa-verify path` as a program: exit codes, output, arguments.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::certs_folder;

fn certs(name: &str) -> String {
    let path: PathBuf = certs_folder().join(name);
    path.to_string_lossy().into_owned()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tsa-verify"))
        .arg("path")
        .args(arguments)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C")
        .output()
        .unwrap()
}

#[test]
fn exit_codes_are_those_of_tokens() {
    let (root, leaf) = (certs("root.pem"), certs("tsa-p256.pem"));
    let (above, at) = (certs("intermediate.pem"), "2026-06-01T00:00:00Z");
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_string_lossy().into_owned();
    let not_a_certificate = certs("pki.toml");
    let trusted = ["--trust", &root, "--certs", &above, "--at", at];
    let table: [(i32, &str, &[&str]); 11] = [
        (0, &leaf, &[]),
        (0, &leaf, &["--purpose", "timestamping"]),
        (2, &above, &["--purpose", "timestamping"]),
        (0, &above, &[]),
        (2, &leaf, &["--revocation", "require"]),
        (
            2,
            &leaf,
            &["--require-explicit-policy", "--policy", "2.999.99"],
        ),
        (
            0,
            &leaf,
            &[
                "--policy",
                "2.999.99",
                "--inhibit-policy-mapping",
                "--inhibit-any-policy",
            ],
        ),
        (1, &not_a_certificate, &[]),
        (3, "no such file", &[]),
        (3, &leaf, &["--policy", "x"]),
        (3, &leaf, &["--crl", &empty]),
    ];
    for (code, certificate, more) in table {
        let arguments = [&[certificate], &trusted[..], more].concat();
        let output = run(&arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
    }
    let expired = run(&[
        &leaf,
        "--trust",
        &root,
        "--certs",
        &above,
        "--at",
        "2099-01-01T00:00:00Z",
    ]);
    assert_eq!(expired.status.code(), Some(1));
}

#[test]
fn the_first_sentence_says_that_revocation_was_not_checked() {
    let (root, leaf, above) = (
        certs("root.pem"),
        certs("tsa-p256.pem"),
        certs("intermediate.pem"),
    );
    let at = "2026-06-01T00:00:00Z";
    let base = [&leaf[..], "--trust", &root, "--certs", &above, "--at", at];
    let table: [(&[&str], &str); 2] = [
        (
            &["--lang", "en"],
            "Verdict: TOTAL-PASSED: the certificate stands up to validation; revocation was not \
             checked.\n",
        ),
        (
            &["--lang", "zh"],
            "结论：TOTAL-PASSED——证书通过验证，未检查吊销状态。\n",
        ),
    ];
    for (more, expected) in table {
        let output = run(&[&base[..], more].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(expected), "{text}");
    }
    let output = run(&[&base[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["verdict"], "TOTAL-PASSED");
    assert_eq!(json["revocation"], "not-checked");
    assert_eq!(json["chain"].as_array().unwrap().len(), 3);
    assert_eq!(json["chain"][2]["trust_anchor"], true);
}

/// A bag that nobody trusts cannot stop a verdict by holding something that is not a certificate.
#[test]
fn what_cannot_be_read_among_the_others_is_named_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(certs("intermediate.pem"), folder.path().join("a.pem")).unwrap();
    std::fs::write(folder.path().join("b.der"), b"no certificate").unwrap();
    std::fs::write(folder.path().join("c.crl"), b"no CRL").unwrap();
    let (root, leaf) = (certs("root.pem"), certs("tsa-p256.pem"));
    let folder = folder.path().to_string_lossy().into_owned();
    let at = "2026-06-01T00:00:00Z";
    let base = [&leaf[..], "--trust", &root, "--certs", &folder, "--at", at];
    let output = run(&[&base[..], &["--crl", &folder, "--revocation", "off"]].concat());
    assert_eq!(output.status.code(), Some(0));
    let notes = String::from_utf8(output.stderr).unwrap();
    for name in ["b.der", "c.crl"] {
        assert!(notes.contains(name), "{notes}");
    }
}
