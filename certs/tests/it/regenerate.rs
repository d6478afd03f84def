//! Making the certificates again changes no byte, and `--check` would tell if it did.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn tsa_certs(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tsa-certs"))
        .args(arguments)
        .output()
        .unwrap()
}

fn standard_error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with `pki.toml` and the keys, and the certificates made from them.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("keys")).unwrap();
    fs::copy(
        Path::new(FOLDER).join("pki.toml"),
        copy.path().join("pki.toml"),
    )
    .unwrap();
    for entry in fs::read_dir(Path::new(FOLDER).join("keys")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(
            entry.path(),
            copy.path().join("keys").join(entry.file_name()),
        )
        .unwrap();
    }
    let made = tsa_certs(&["--folder", copy.path().to_str().unwrap()]);
    assert!(made.status.success(), "{}", standard_error(&made));
    copy
}

fn check(folder: &Path) -> Output {
    tsa_certs(&["--check", "--folder", folder.to_str().unwrap()])
}

#[test]
fn the_committed_certificates_are_the_declared_ones() {
    let checked = check(Path::new(FOLDER));
    assert!(checked.status.success(), "{}", standard_error(&checked));
}

#[test]
fn certificates_made_elsewhere_are_the_same() {
    let copy = copy();
    for entry in fs::read_dir(copy.path()).unwrap() {
        let name = entry.unwrap().file_name();
        if Path::new(&name).extension().is_some_and(|is| is == "pem") {
            let committed = fs::read(Path::new(FOLDER).join(&name)).unwrap();
            assert_eq!(
                fs::read(copy.path().join(&name)).unwrap(),
                committed,
                "{name:?}"
            );
        }
    }
}

#[test]
fn check_lists_what_differs_and_writes_nothing() {
    let copy = copy();
    let altered = copy.path().join("tsa-p256.pem");
    fs::write(&altered, "not a certificate").unwrap();
    fs::remove_file(copy.path().join("seal.pem")).unwrap();
    fs::write(copy.path().join("undeclared.pem"), "").unwrap();

    let checked = check(copy.path());
    assert!(!checked.status.success());
    let said = standard_error(&checked);
    assert!(said.contains("tsa-p256.pem differs"), "{said}");
    assert!(said.contains("seal.pem is missing"), "{said}");
    assert!(said.contains("undeclared.pem is not declared"), "{said}");
    assert_eq!(fs::read_to_string(&altered).unwrap(), "not a certificate");
}

#[test]
fn a_missing_key_is_made_only_on_request() {
    let copy = copy();
    let key = copy.path().join("keys/twin.pem");
    fs::remove_file(&key).unwrap();
    let folder = copy.path().to_str().unwrap();

    let refused = tsa_certs(&["--folder", folder]);
    assert!(!refused.status.success());
    assert!(standard_error(&refused).contains("keys/twin.pem does not exist"));
    assert!(!key.exists());

    let made = tsa_certs(&["--new-keys", "--folder", folder]);
    assert!(made.status.success(), "{}", standard_error(&made));
    assert!(key.exists());
    assert!(check(copy.path()).status.success());
}
