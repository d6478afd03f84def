//! Encrypted key files: those of OpenSSL are read here, and ours there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::server::{PROGRAM, Server, command, good_request, run, write_config};

const PASSPHRASE: &str = "correct horse 电池";

/// A folder that signs with an encrypted key, whose configuration says `more` of it.
fn folder_with(openssl: &[&str], more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let plain = data.join("plain.pem");
    fs::rename(data.join("key.pem"), &plain).unwrap();
    let done = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-in"])
        .arg(&plain)
        .arg("-out")
        .arg(data.join("key.pem"))
        .args(openssl)
        .args(["-passout", &format!("pass:{PASSPHRASE}")])
        .output()
        .unwrap();
    assert!(done.status.success(), "{openssl:?}: {done:?}");
    write_private(
        &data.join("key.pem"),
        &fs::read(data.join("key.pem")).unwrap(),
    );
    write_private(&data.join("passphrase"), PASSPHRASE.as_bytes());
    let config = data.join("tsa.toml");
    let words = fs::read_to_string(&config).unwrap() + more;
    fs::write(config, words).unwrap();
    folder
}

fn write_private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn checked(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["check-config", "--data"]);
    command.arg(folder.path().join("tsa-data"));
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const FROM_FILE: &str = "passphrase = \"file:passphrase\"\n";
const SCRYPT: [&str; 3] = ["-v2", "aes-256-cbc", "-scrypt"];

#[test]
fn keys_that_openssl_encrypted_are_read() {
    let cases: [&[&str]; 6] = [
        &SCRYPT,
        &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA256"],
        &[
            "-v2",
            "aes-256-cbc",
            "-v2prf",
            "hmacWithSHA512",
            "-iter",
            "100000",
        ],
        &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"],
        &[
            "-scrypt",
            "-scrypt_N",
            "32768",
            "-scrypt_r",
            "6",
            "-scrypt_p",
            "2",
        ],
        &["-v2", "aes-256-cbc", "-scrypt", "-outform", "DER"],
    ];
    for openssl in cases {
        let output = checked(&folder_with(openssl, FROM_FILE)).output().unwrap();
        assert!(output.status.success(), "{openssl:?}: {}", said(&output));
    }
}

#[test]
fn what_is_no_longer_strong_or_costs_too_much_is_refused_in_words() {
    let cases: [(&[&str], &str); 4] = [
        (&["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"], "SHA-1"),
        (&["-v1", "PBE-SHA1-3DES"], "cannot be read"),
        (
            &["-v2", "des3", "-v2prf", "hmacWithSHA256"],
            "cannot be read",
        ),
        (
            &[
                "-v2",
                "aes-256-cbc",
                "-v2prf",
                "hmacWithSHA256",
                "-iter",
                "10000001",
            ],
            "more work than any honest file",
        ),
    ];
    for (openssl, words) in cases {
        let output = checked(&folder_with(openssl, FROM_FILE)).output().unwrap();
        let said = said(&output);
        assert!(
            !output.status.success() && said.contains(words),
            "{openssl:?}: {said}"
        );
        assert!(
            said.contains("key.pem") && !said.contains(PASSPHRASE),
            "{said}"
        );
    }
}

#[test]
fn a_passphrase_comes_from_the_environment_or_from_systemd() {
    let folder = folder_with(&SCRYPT, "passphrase = \"env:TSA_TEST_PASSPHRASE\"\n");
    let output = checked(&folder)
        .env("TSA_TEST_PASSPHRASE", PASSPHRASE)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = checked(&folder)
        .env_remove("TSA_TEST_PASSPHRASE")
        .output()
        .unwrap();
    assert!(
        said(&output).contains("TSA_TEST_PASSPHRASE is not set"),
        "{output:?}"
    );
    let output = checked(&folder)
        .env("TSA_TEST_PASSPHRASE", "another")
        .output()
        .unwrap();
    assert!(!output.status.success());

    let folder = folder_with(&SCRYPT, "passphrase = \"credential:tsa-key\"\n");
    let credentials = folder.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    let credential = credentials.join("tsa-key");
    write_private(&credential, PASSPHRASE.as_bytes());
    let started = |mode| {
        fs::set_permissions(&credential, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = checked(&folder);
        command
            .env("CREDENTIALS_DIRECTORY", &credentials)
            .output()
            .unwrap()
    };
    // systemd gives access by a list of users, which shows as the group's bits.
    for mode in [0o400, 0o440] {
        assert!(started(mode).status.success(), "{mode:o}");
    }
    assert!(said(&started(0o444)).contains("mode 444"));
    let output = checked(&folder)
        .env_remove("CREDENTIALS_DIRECTORY")
        .output()
        .unwrap();
    assert!(said(&output).contains("LoadCredential="), "{output:?}");
}

#[test]
fn a_wrong_or_a_missing_passphrase_is_no_start() {
    let folder = folder_with(&SCRYPT, "");
    let data = folder.path().join("tsa-data");
    let output = command(&data, &[]).output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("it is encrypted"), "{output:?}");

    let folder = folder_with(&SCRYPT, FROM_FILE);
    let passphrase = folder.path().join("tsa-data/passphrase");
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o604)).unwrap();
    assert!(said(&checked(&folder).output().unwrap()).contains("mode 604"));
    fs::remove_file(&passphrase).unwrap();
    let words = said(&checked(&folder).output().unwrap());
    assert!(
        words.contains("the passphrase of") && words.contains("No such file"),
        "{words}"
    );
}

#[test]
fn a_first_start_encrypts_its_keys_when_told_and_openssl_opens_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let passphrase = folder.path().join("passphrase");
    write_private(&passphrase, format!("{PASSPHRASE}\n").as_bytes());
    let place = format!("file:{}", passphrase.display());
    let arguments = [
        "init",
        "--data",
        data.to_str().unwrap(),
        "--passphrase",
        &place,
    ];
    let (status, _, error) = run(&arguments);
    assert!(status.success(), "{error}");
    for name in ["root", "tsa", "seal", "log", "test-tsa"] {
        let key = data.join(format!("{name}.key.pem"));
        let text = fs::read_to_string(&key).unwrap();
        assert!(
            text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY"),
            "{name}"
        );
        if name == "log" {
            // Ed25519 with its public key beside it (RFC 5958), which OpenSSL 3.0 cannot read.
            continue;
        }
        let opened = Command::new("openssl")
            .args([
                "pkey",
                "-noout",
                "-passin",
                &format!("pass:{PASSPHRASE}"),
                "-in",
            ])
            .arg(&key)
            .output()
            .unwrap();
        assert!(opened.status.success(), "{name}: {opened:?}");
    }
    let server = Server::start_in(&data, &[]);
    let reply = server.post(&good_request(1).to_der().unwrap());
    assert!(reply.response().time_stamp_token.is_some());
}
