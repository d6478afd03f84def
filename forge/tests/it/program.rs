//! The program: what it writes is what is committed, and `--check` tells when it is not.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn tsa_forge(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tsa-forge"));
    command.args(arguments).output().unwrap()
}

fn standard_error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_committed_vectors_are_those_that_are_made() {
    let checked = tsa_forge(&["--check"]);
    assert!(checked.status.success(), "{}", standard_error(&checked));
}

#[test]
fn check_lists_what_differs_and_writes_nothing() {
    let copy = tempfile::tempdir().unwrap();
    let folder = copy.path().to_str().unwrap();
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testvectors/CATALOGUE.md");
    fs::copy(catalogue, copy.path().join("CATALOGUE.md")).unwrap();
    let made = tsa_forge(&["--folder", folder]);
    assert!(made.status.success(), "{}", standard_error(&made));

    let altered = copy.path().join("token/no-signer.txt");
    fs::write(&altered, "altered").unwrap();
    fs::remove_file(copy.path().join("token/twin-first.txt")).unwrap();
    fs::write(copy.path().join("token/stray.txt"), "").unwrap();

    let checked = tsa_forge(&["--check", "--folder", folder]);
    assert!(!checked.status.success());
    let said = standard_error(&checked);
    assert!(said.contains("token/no-signer.txt differs"), "{said}");
    assert!(said.contains("token/twin-first.txt is missing"), "{said}");
    assert!(
        said.contains("token/stray.txt is made by no case"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&altered).unwrap(), "altered");
}
