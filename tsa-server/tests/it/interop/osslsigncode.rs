//! `osslsigncode` signs a Windows program with a time-stamp, and verifies it.
//!
//! It says in words alone what it thinks of the time-stamp: it ends with success even when it has
//! rejected that.

use std::path::{Path, PathBuf};

use super::assert_as_expected;
use super::desk::{Tsa, demand, program, python, run};

#[test]
fn osslsigncode_signs_with_a_time_stamp_and_verifies_it() {
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    std::fs::copy(windows_program(desk), desk.join("plain.exe")).unwrap();
    make_key(desk);
    let other = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../certs/bad-unrelated-root.pem"
    );
    assert_as_expected("osslsigncode -ts", |tsa| {
        sign(desk, tsa)?;
        let unknown = verify(desk, tsa, Path::new(other))?;
        demand(
            unknown,
            &["Timestamp Server Signature verification: failed"],
        )?;
        let words = [
            "Timestamp Server Signature verification: ok",
            "Signature verification: ok",
            "Number of verified signatures: 1",
            "Succeeded",
        ];
        demand(verify(desk, tsa, &tsa.root())?, &words)
    });
}

fn sign(desk: &Path, tsa: &Tsa) -> Result<String, String> {
    let mut sign = program("osslsigncode", desk);
    sign.args([
        "sign",
        "-certs",
        "author.pem",
        "-key",
        "author.key",
        "-h",
        "sha256",
    ])
    .args(["-ts", &tsa.url(), "-in", "plain.exe", "-out"])
    .arg(tsa.folder().join("signed.exe"));
    demand(run(&mut sign)?, &["Succeeded"])
}

fn verify(desk: &Path, tsa: &Tsa, trusted: &Path) -> Result<String, String> {
    let mut verify = program("osslsigncode", desk);
    verify
        .args(["verify", "-CAfile", "author.pem", "-TSA-CAfile"])
        .arg(trusted);
    run(verify.arg("-in").arg(tsa.folder().join("signed.exe")))
}

/// One of the launchers that Python's distlib brings along.
fn windows_program(desk: &Path) -> PathBuf {
    let folder = "import distlib; print(distlib.__path__[0])";
    let folder = run(program(python(), desk).args(["-c", folder])).unwrap();
    Path::new(folder.trim()).join("t64.exe")
}

fn make_key(desk: &Path) {
    let mut request = program("openssl", desk);
    request
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=Author",
        ])
        .args(["-days", "30", "-addext", "extendedKeyUsage=codeSigning"])
        .args(["-keyout", "author.key", "-out", "author.pem"]);
    run(&mut request).unwrap();
}
