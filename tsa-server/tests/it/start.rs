//! First start, second start, and every start that must not happen.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::server::{PROGRAM, Server, command, good_request, run, write_config};

/// Runs a start that must fail; what it says on standard error.
fn refused(data: &Path) -> String {
    let output = command(data, &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    said
}

#[test]
fn the_first_start_makes_everything_and_the_second_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let mut first = Server::start_in(&data, &[]);
    assert!(
        first
            .post(&good_request(1).to_der().unwrap())
            .response()
            .time_stamp_token
            .is_some()
    );
    first.kill();
    let names = [
        "root.pem",
        "root.key.pem",
        "chain.pem",
        "tsa.key.pem",
        "seal.pem",
        "seal.key.pem",
        "log.pem",
        "log.key.pem",
        "tsa.toml",
    ];
    let before: Vec<Vec<u8>> = names
        .map(|name| fs::read(data.join(name)).unwrap())
        .to_vec();
    for name in names.iter().filter(|name| name.ends_with(".key.pem")) {
        let mode = fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let second = Server::start_in(&data, &[]);
    assert!(
        second
            .post(&good_request(2).to_der().unwrap())
            .response()
            .time_stamp_token
            .is_some()
    );
    let after: Vec<Vec<u8>> = names
        .map(|name| fs::read(data.join(name)).unwrap())
        .to_vec();
    assert_eq!(before, after);
}

#[test]
fn two_servers_do_not_share_a_folder() {
    let server = Server::start();
    assert!(refused(server.data()).contains("another tsa-server serves from"));
}

#[test]
fn a_port_in_use_is_named() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .args(["serve", "--listen", &server.address.to_string(), "--data"])
        .arg(folder.path().join("tsa-data"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        said.contains(&format!("cannot listen on {}", server.address)),
        "{said}"
    );
}

#[test]
fn a_signer_that_would_make_bad_tokens_does_not_start() {
    // Certificate (and its chain), key, root, and the words that say what is wrong.
    let cases: [(&[&str], &str, &str, &str); 13] = [
        (&["bad-eku-missing"], "tsa-p256", "root", "xtended"),
        (&["bad-eku-not-critical"], "tsa-p256", "root", "critical"),
        (&["bad-eku-any"], "tsa-p256", "root", "purpose"),
        (&["bad-eku-code-signing"], "tsa-p256", "root", "purpose"),
        (
            &["bad-eku-timestamping-and-server-auth"],
            "tsa-p256",
            "root",
            "purpose",
        ),
        (
            &["bad-key-usage-key-agreement"],
            "tsa-p256",
            "root",
            "may sign",
        ),
        (&["bad-ca-as-signer"], "tsa-p256", "root", "CA"),
        (&["bad-expired"], "tsa-p256", "root", "EXPIRED"),
        (&["bad-not-yet-valid"], "tsa-p256", "root", "NOT_YET_VALID"),
        (&["bad-signature"], "tsa-p256", "root", "CHAIN"),
        (
            &["tsa-p256"],
            "tsa-p256",
            "bad-unrelated-root",
            "not issued by the root",
        ),
        (
            &["tsa-p256"],
            "tsa-p384",
            "root",
            "does not belong to the private key",
        ),
        (
            &["bad-under-intermediate-not-ca", "bad-intermediate-not-ca"],
            "tsa-p256",
            "root",
            "CA",
        ),
    ];
    for (chain, key, root, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("tsa-data");
        let mut whole = chain.to_vec();
        if chain.len() == 1 {
            whole.push("intermediate");
        }
        write_config(&data, key, &whole, root, "");
        let said = refused(&data);
        assert!(said.contains(words), "{chain:?}: {said}");
        let (status, _, checked) = run(&["check-config", "--data", data.to_str().unwrap()]);
        assert!(!status.success() && checked.contains(words), "{checked}");
    }
}

#[test]
fn a_wrong_configuration_or_key_file_is_refused_with_place_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let good = |data: &Path| {
        write_config(data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    };
    good(&data);
    let key = data.join("key.pem");
    assert!(
        run(&["check-config", "--data", data.to_str().unwrap()])
            .0
            .success()
    );

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused(&data).contains("chmod 600"));
    fs::remove_file(&key).unwrap();
    assert!(refused(&data).contains("key.pem"));
    good(&data);
    fs::write(data.join("chain.pem"), "no certificate").unwrap();
    assert!(refused(&data).contains("chain.pem"));
    good(&data);
    fs::write(data.join("high-water"), "garbage").unwrap();
    assert!(refused(&data).contains("high-water"));

    write_config(
        &data,
        "tsa-p256",
        &["tsa-p256"],
        "root",
        "clock = \"sundial\"",
    );
    let said = refused(&data);
    assert!(
        said.contains("tsa.toml") && said.contains("line 2"),
        "{said}"
    );
    let missing = folder.path().join("nothing.toml");
    let (status, _, said) = run(&["serve", "--config", missing.to_str().unwrap()]);
    assert!(!status.success() && said.contains("nothing.toml"), "{said}");
}

#[test]
fn chains_that_would_go_wrong_into_tokens_are_refused() {
    let cases: [(&[&str], &str, &str); 5] = [
        (
            &["tsa-p256", "intermediate", "root"],
            "root",
            "holds the root itself",
        ),
        (
            &["tsa-p256", "log", "intermediate"],
            "root",
            "not issued by certificate 2",
        ),
        (&["tsa-p256"], "root", "not issued by the root"),
        (
            &["tsa-p256", "tsa-p256", "intermediate"],
            "root",
            "not issued by certificate 2",
        ),
        (&["tsa-p256"], "intermediate", "the root is not a root"),
    ];
    for (chain, root, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("tsa-data");
        write_config(&data, "tsa-p256", chain, root, "");
        let said = refused(&data);
        assert!(
            said.contains(words) && said.contains("chain.pem"),
            "{chain:?}: {said}"
        );
    }
}

#[test]
fn an_empty_variable_is_none_and_a_closed_output_is_no_reason_to_die() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = Command::new(PROGRAM)
        .args(["init", "--data"])
        .arg(&data)
        .stdout(full)
        .status()
        .unwrap();
    assert!(status.success());
    let output = Command::new(PROGRAM)
        .args(["check-config", "--data"])
        .arg(&data)
        .envs([("TSA_LISTEN", ""), ("TSA_CLOCK", ""), ("TSA_CONFIG", "")])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn init_refuses_what_exists_and_makes_every_key_type() {
    let folder = tempfile::tempdir().unwrap();
    for key_type in ["p256", "p384", "rsa2048", "ed25519"] {
        let data = folder.path().join(key_type);
        let data = data.to_str().unwrap();
        let (status, said, error) = run(&["init", "--data", data, "--key-type", key_type]);
        assert!(status.success(), "{error}");
        assert!(said.contains("root.pem"), "{said}");
        assert!(
            run(&["check-config", "--data", data]).0.success(),
            "{key_type}"
        );
        let (status, _, said) = run(&["init", "--data", data]);
        assert!(
            !status.success() && said.contains("exists already"),
            "{said}"
        );
    }
}
