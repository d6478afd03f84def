//! The program itself: exit codes, output, arguments.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::{CONTENT, Token, certs_folder};

struct Folder(tempfile::TempDir);

impl Folder {
    /// `file` and the token `file.tsr`.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.path("file"), CONTENT).unwrap();
        std::fs::write(folder.path("file.tsr"), Token::p256().signed()).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        command(self.0.path()).args(arguments).output().unwrap()
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tsa-verify"));
    command
        .current_dir(folder)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C");
    command
}

fn root() -> String {
    certs_folder()
        .join("root.pem")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn exit_codes_have_a_fixed_meaning() {
    let folder = Folder::new();
    std::fs::write(folder.path("other"), b"another file").unwrap();
    std::fs::write(folder.path("other.tsr"), Token::p256().signed()).unwrap();
    let root = root();
    let at = "2026-06-01T08:00:00+08:00";
    let nonce = "1122334455667788";
    let table: Vec<(i32, Vec<&str>)> = vec![
        (0, vec!["file", "--trust", &root, "--at", at]),
        (
            0,
            vec![
                "file", "--trust", &root, "--at", "gentime", "--nonce", nonce,
            ],
        ),
        (
            0,
            vec![
                "file", "--trust", &root, "--at", "gentime", "--policy", "2.999.1", "--strict",
            ],
        ),
        (1, vec!["other", "--trust", &root, "--at", at]),
        (1, vec!["file", "--token", "other", "--trust", &root]),
        (2, vec!["file", "--at", at]),
        (
            2,
            vec!["file", "--trust", &root, "--at", "2026-01-01T00:00:00Z"],
        ),
        (
            2,
            vec!["file", "--trust", &root, "--at", at, "--nonce", "01"],
        ),
        (
            2,
            vec!["file", "--trust", &root, "--at", at, "--policy", "2.999.2"],
        ),
        (
            2,
            vec![
                "file",
                "--trust",
                &root,
                "--at",
                at,
                "--revocation",
                "require",
            ],
        ),
    ];
    for (code, arguments) in table {
        let output = folder.run(&arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {words}");
        assert!(code != 3 || !words.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn what_cannot_run_exits_with_3() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("empty")).unwrap();
    std::fs::write(folder.path("empty/README.txt"), b"no certificate").unwrap();
    std::fs::write(folder.path("other"), b"another file").unwrap();
    std::fs::write(folder.path("other.tsr"), Token::p256().signed()).unwrap();
    let root = root();
    let table: Vec<(i32, Vec<&str>)> = vec![
        (3, vec![]),
        (3, vec!["missing"]),
        (3, vec!["file", "--no-such-option"]),
        (3, vec!["file", "--fetch"]),
        (3, vec!["file", "--model", "chain"]),
        (3, vec!["file", "--trust", "missing.pem"]),
        (3, vec!["file", "--trust", "file"]),
        (3, vec!["file", "--at", "yesterday"]),
        (3, vec!["file", "--nonce", "xyz"]),
        (3, vec!["file", "--policy", "1.x"]),
        (3, vec!["file", "--digest", "00"]),
        (3, vec!["--digest", "0", "--token", "file.tsr"]),
        (3, vec!["--digest", "00"]),
        (3, vec!["-", "--token", "-"]),
        (3, vec!["file", "--token", "-", "--trust", "-"]),
        (3, vec!["file", "--trust", "-", "--trust", "-"]),
        (3, vec!["-", "--token", "file.tsr", "--intermediate", "-"]),
        (3, vec!["file", "--trust", "empty"]),
        (3, vec!["file", "--request", "file"]),
        (0, vec!["--help"]),
        (0, vec!["--version"]),
        (0, vec!["checks"]),
        (0, vec!["checks", "--format", "json"]),
        (3, vec!["checks", "file"]),
        (0, vec!["inspect", "file.tsr"]),
        (0, vec!["inspect", &root]),
        (3, vec!["inspect", "file"]),
        (3, vec!["inspect"]),
    ];
    for (code, arguments) in table {
        let output = folder.run(&arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {words}");
        assert!(code != 3 || !words.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn json_has_the_keys_that_programs_rely_on() {
    let folder = Folder::new();
    let root = root();
    let arguments = [
        "file", "--trust", &root, "--at", "gentime", "--format", "json",
    ];
    let output = folder.run(&arguments);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let table = [
        ("verdict", "\"TOTAL-PASSED\""),
        ("sub_indication", "null"),
        ("model", "\"genTime\""),
        ("revocation", "\"not-checked\""),
        ("gen_time", "\"2026-05-10T13:21:41.25Z\""),
        ("earliest", "\"2026-05-10T13:21:40.25Z\""),
        ("latest", "\"2026-05-10T13:21:42.25Z\""),
        ("accuracy_ns", "1000000000"),
        ("policy", "\"2.999.1\""),
        ("serial", "\"c0ffee\""),
        ("statement_verified", "true"),
        ("validation_time_source", "\"gentime\""),
    ];
    for (key, wanted) in table {
        assert_eq!(json.get(key).unwrap().to_string(), wanted, "{key}");
    }
    assert_eq!(json["imprint"]["algorithm"], "sha256");
    assert_eq!(json["signer"]["serial"], "1003");
    assert!(
        json["signer"]["subject"]
            .as_str()
            .unwrap()
            .contains("CN=TSA P-256")
    );
    assert_eq!(json["chain"].as_array().unwrap().len(), 3);
    for finding in json["findings"].as_array().unwrap() {
        for key in ["code", "clause", "check", "result", "detail"] {
            assert!(finding[key].is_string(), "{key} in {finding}");
        }
    }
    let inputs = json["inputs"].as_array().unwrap();
    let roles: Vec<_> = inputs
        .iter()
        .map(|input| input["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["token", "trust-anchor", "file"]);
}

#[test]
fn the_language_is_that_of_the_environment_unless_said() {
    let folder = Folder::new();
    let first_line = |command: &mut Command| {
        let output = command.args(["file", "--at", "gentime"]).output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_string()
    };
    let base = || command(folder.0.path());
    assert!(first_line(&mut base()).starts_with("Verdict: INDETERMINATE"));
    assert!(first_line(base().env("LANG", "zh_CN.UTF-8")).starts_with("结论：INDETERMINATE"));
    assert!(
        first_line(base().env("LANG", "zh_CN.UTF-8").env("LC_ALL", "C")).starts_with("Verdict")
    );
    assert!(first_line(base().args(["--lang", "zh"])).starts_with("结论："));
}

#[test]
fn standard_input_and_folders_of_anchors_are_read() {
    let folder = Folder::new();
    let anchors = folder.path("anchors");
    std::fs::create_dir(&anchors).unwrap();
    std::fs::copy(root(), anchors.join("root.pem")).unwrap();
    std::fs::write(anchors.join("README.txt"), "no certificate").unwrap();
    for (file, token, input) in [("-", "file.tsr", "file"), ("file", "-", "file.tsr")] {
        let output = command(folder.0.path())
            .args([
                file, "--token", token, "--trust", "anchors", "--at", "gentime",
            ])
            .stdin(Stdio::from(
                std::fs::File::open(folder.path(input)).unwrap(),
            ))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{file} {token}");
    }
}

#[test]
fn inspect_says_first_that_nothing_is_verified() {
    let folder = Folder::new();
    for (lang, first) in [("en", "UNVERIFIED"), ("zh", "未经验证")] {
        let output = folder.run(&["inspect", "file.tsr", "--lang", lang]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(first), "{text}");
        assert!(text.contains("2026-05-10T13:21:41.25Z"));
    }
    let output = folder.run(&["inspect", "file.tsr", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["verified"], false);
    assert_eq!(json["kind"], "token");
}

#[test]
fn a_digest_of_the_wrong_length_is_refused_with_words() {
    let folder = Folder::new();
    let digest = "00".repeat(64);
    let output = folder.run(&["--digest", &digest, "--token", "file.tsr"]);
    assert_eq!(output.status.code(), Some(3));
    let words = String::from_utf8(output.stderr).unwrap();
    let wanted = "--digest: 64 bytes; the token uses sha256, 32 bytes";
    assert!(words.contains(wanted), "{words}");
}

#[test]
fn comments_around_pem_may_be_in_any_encoding() {
    let folder = Folder::new();
    let pem = [
        &b"Subject: Autorit\xe9 de test\r\n"[..],
        &std::fs::read(root()).unwrap(),
    ];
    std::fs::write(folder.path("latin.pem"), pem.concat()).unwrap();
    let arguments = ["file", "--trust", "latin.pem", "--at", "gentime"];
    assert_eq!(folder.run(&arguments).status.code(), Some(0));
    let output = folder.run(&["inspect", "latin.pem"]);
    assert_eq!(output.status.code(), Some(0));
}
