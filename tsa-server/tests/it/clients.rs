//! OpenSSL's `ts` as client and judge, for every key type it can verify.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::{Connection, Server, run, write_config};

/// Runs a program in a folder; what it printed, when it succeeded.
fn succeed(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("this test needs the {program} command: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(text)
    } else {
        Err(text)
    }
}

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "what is stamped").unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a request with OpenSSL, has it answered, and has OpenSSL verify the answer.
    fn stamp_and_verify(
        &self,
        server: &Server,
        query: &[&str],
        verify: &[&str],
    ) -> Result<String, String> {
        let mut arguments = vec!["ts", "-query", "-data", "file", "-out", "q.tsq"];
        arguments.extend_from_slice(query);
        succeed(self.path(), "openssl", &arguments)?;
        let fail = |error: std::io::Error| error.to_string();
        let body = std::fs::read(self.path().join("q.tsq")).map_err(fail)?;
        let reply = Connection::new(server.address).post("/", &body);
        std::fs::write(self.path().join("r.tsr"), &reply.body).map_err(fail)?;
        let mut arguments = vec!["ts", "-verify", "-in", "r.tsr"];
        arguments.extend_from_slice(verify);
        succeed(self.path(), "openssl", &arguments)
    }
}

fn text(path: PathBuf) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn openssl_accepts_tokens_of_every_key_type_it_knows() {
    let keys: [(&str, &[&str], &str); 6] = [
        ("tsa-p256", &["tsa-p256", "intermediate"], "root"),
        ("tsa-p384", &["tsa-p384", "intermediate"], "root"),
        ("tsa-rsa2048", &["tsa-rsa2048", "intermediate"], "root"),
        ("tsa-rsa3072", &["tsa-rsa3072", "intermediate"], "root"),
        ("tsa-rsa4096", &["tsa-rsa4096", "intermediate"], "root"),
        (
            "tsa-rsa2048",
            &["tsa-rsa-chain", "rsa-intermediate"],
            "rsa-root",
        ),
    ];
    for (key, chain, root) in keys {
        let desk = Desk::new();
        let data = desk.path().join("tsa-data");
        write_config(&data, key, chain, root, "");
        let server = Server::start_in(&data, &[]);
        let root = text(data.join("root.pem"));
        let chain = text(data.join("chain.pem"));
        for hash in ["-sha256", "-sha384", "-sha512"] {
            let with_chain = ["-queryfile", "q.tsq", "-CAfile", &root];
            let said = desk
                .stamp_and_verify(&server, &[hash, "-cert"], &with_chain)
                .unwrap();
            assert!(said.contains("Verification: OK"), "{key}: {said}");
            let without = ["-data", "file", "-CAfile", &root, "-untrusted", &chain];
            let said = desk
                .stamp_and_verify(&server, &[hash, "-no_nonce"], &without)
                .unwrap();
            assert!(said.contains("Verification: OK"), "{key}: {said}");
        }
    }
}

#[test]
fn a_fresh_installation_of_every_key_type_serves_openssl() {
    for key_type in ["p256", "p384", "rsa2048"] {
        let desk = Desk::new();
        let data = desk.path().join("tsa-data");
        let data_text = text(data.clone());
        assert!(
            run(&["init", "--data", &data_text, "--key-type", key_type])
                .0
                .success()
        );
        let server = Server::start_in(&data, &[]);
        let root = text(data.join("root.pem"));
        let verify = ["-data", "file", "-CAfile", &root];
        let said = desk
            .stamp_and_verify(&server, &["-sha256", "-cert"], &verify)
            .unwrap();
        assert!(said.contains("Verification: OK"), "{key_type}: {said}");
        std::fs::write(desk.path().join("file"), "something else").unwrap();
        let refused = succeed(
            desk.path(),
            "openssl",
            &[
                "ts", "-verify", "-in", "r.tsr", "-data", "file", "-CAfile", &root,
            ],
        );
        assert!(refused.unwrap_err().contains("message imprint mismatch"));
    }
}

#[test]
fn a_policy_is_granted_by_name_or_refused() {
    let desk = Desk::new();
    let data = desk.path().join("tsa-data");
    write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let server = Server::start_in(&data, &[]);
    let root = text(data.join("root.pem"));
    let verify = ["-queryfile", "q.tsq", "-CAfile", &root];
    let offered = ["-sha256", "-cert", "-tspolicy", "1.3.6.1.4.1.32473.1"];
    assert!(desk.stamp_and_verify(&server, &offered, &verify).is_ok());
    let unknown = ["-sha256", "-cert", "-tspolicy", "1.3.6.1.4.1.32473.2"];
    let refused = desk
        .stamp_and_verify(&server, &unknown, &verify)
        .unwrap_err();
    assert!(
        refused.contains("unacceptedPolicy")
            || refused.contains("not granted")
            || refused.contains("Rejected")
            || refused.contains("unsupported"),
        "{refused}"
    );
}
