//! `tsa-verify forge`: what it lists, and that its files get the verdicts it names.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn tsa_verify(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tsa-verify"));
    command.args(arguments).output().unwrap()
}

fn standard_output(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_list_names_every_case() {
    let text = standard_output(&tsa_verify(&["forge", "--list"]));
    let json = standard_output(&tsa_verify(&["forge", "--list", "--format", "json"]));
    let listed: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(listed.len(), tsa_forge::cases().count());
    assert_eq!(text.lines().count(), listed.len());
    for (line, case) in text.lines().zip(&listed) {
        assert!(line.starts_with(case["name"].as_str().unwrap()), "{line}");
        assert!(line.contains(case["expect"].as_str().unwrap()), "{line}");
        assert!(line.ends_with(case["comment"].as_str().unwrap()), "{line}");
    }
}

/// Writes a case and runs the command it names; the exit code.
fn judged(name: &str, folder: &Path) -> i32 {
    let out = folder.join(name);
    let written = tsa_verify(&["forge", "--case", name, "--out", out.to_str().unwrap()]);
    assert!(written.status.success(), "{written:?}");
    assert!(standard_output(&written).contains("Must be: "));
    let case = std::fs::read_to_string(out.join("case.json")).unwrap();
    let case: Value = serde_json::from_str(&case).unwrap();
    let command = case["command"]
        .as_str()
        .unwrap()
        .split(' ')
        .skip(1)
        .collect::<Vec<_>>();
    tsa_verify(&command).status.code().unwrap_or(-1)
}

#[test]
fn the_files_of_a_case_get_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    for (name, code) in [
        ("sound", 0),
        ("granted", 0),
        ("certificates-beside-the-token", 0),
        ("request-answered", 0),
        ("expired-today", 0),
        ("two-signers-attacker-first", 1),
        ("rejection-with-token", 1),
        ("nonce-other", 2),
        ("policy-not-allowed", 2),
        ("no-anchor", 2),
        ("anchor-for-another-purpose", 2),
    ] {
        assert_eq!(judged(name, folder.path()), code, "{name}");
    }
}

#[test]
fn a_case_that_nobody_knows_is_an_error() {
    let output = tsa_verify(&["forge", "--case", "no such"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--list"));
    assert_eq!(tsa_verify(&["forge"]).status.code(), Some(3));
}
