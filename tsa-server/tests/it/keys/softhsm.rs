//! A token of `SoftHSM` in a folder of its own, and a server whose key is in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::server::{PROGRAM, Server, command};

/// Where Debian keeps the module.
pub(super) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

pub(super) const PIN: &str = "648219";

/// The policy that the clients of other languages ask for.
const POLICY: &str = "1.3.6.1.4.1.32473.1";

pub(super) struct Token {
    folder: tempfile::TempDir,
    module: PathBuf,
}

impl Token {
    /// An empty token with the label `tsa`.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        fs::create_dir(place.join("tokens")).unwrap();
        let words = format!(
            "directories.tokendir = {}/tokens\nlog.level = ERROR\n",
            place.display()
        );
        fs::write(place.join("softhsm2.conf"), words).unwrap();
        fs::write(place.join("pin"), format!("{PIN}\n")).unwrap();
        fs::set_permissions(place.join("pin"), fs::Permissions::from_mode(0o600)).unwrap();
        let token = Self {
            folder,
            module: MODULE.into(),
        };
        let arguments = [
            "--init-token",
            "--free",
            "--label",
            "tsa",
            "--so-pin",
            "12345678",
        ];
        let made = token.softhsm(&[&arguments[..], &["--pin", PIN]].concat());
        assert!(
            made.status.success(),
            "{made:?}; scripts/test installs softhsm2"
        );
        token
    }

    /// The same behind the module that fails when told.
    pub(super) fn behind_faults() -> Self {
        let here = Path::new(PROGRAM).parent().unwrap();
        let module = here.join("deps/libtsa_p11_fault.so");
        assert!(
            module.exists(),
            "{} is built with these tests",
            module.display()
        );
        Self {
            module,
            ..Self::new()
        }
    }

    pub(super) fn softhsm(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new("softhsm2-util");
        program.args(arguments);
        self.prepare(&mut program).output().unwrap()
    }

    /// A program that finds this token.
    pub(super) fn prepare<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        program
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .env("TSA_P11_FAULT_MODULE", MODULE)
            .env("TSA_P11_FAULT_FILE", self.path("fault"))
    }

    /// Makes the data folder, with the key in the token.
    pub(super) fn init(&self, key_type: &str) -> Output {
        let mut program = Command::new(PROGRAM);
        program.args([
            "init",
            "--key-type",
            key_type,
            "--pkcs11-token",
            "tsa",
            "--data",
        ]);
        program
            .arg(self.data())
            .arg("--pkcs11-module")
            .arg(&self.module);
        program.args([
            "--pkcs11-pin",
            &format!("file:{}", self.path("pin").display()),
        ]);
        let made = self.prepare(&mut program).output().unwrap();
        if made.status.success() {
            let config = fs::read_to_string(self.config()).unwrap();
            let policy = format!("policy = \"{POLICY}\"");
            let config = config.replacen(policy_line(&config), &policy, 1);
            fs::write(self.config(), config).unwrap();
        }
        made
    }

    /// Adds to what the configuration says of the token.
    pub(super) fn configure(&self, line: &str) {
        let config = fs::read_to_string(self.config()).unwrap();
        let config = config.replacen("\npkcs11.module", &format!("\n{line}\npkcs11.module"), 1);
        fs::write(self.config(), config).unwrap();
    }

    /// Another command with this folder.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(PROGRAM);
        program.args(arguments).arg("--data").arg(self.data());
        self.prepare(&mut program).output().unwrap()
    }

    pub(super) fn serve(&self) -> Server {
        let mut program = command(&self.data(), &[]);
        let log = fs::File::create(self.path("log")).unwrap();
        self.prepare(program.stderr(log));
        Server::start_by(program, &self.data())
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path("tsa-data")
    }

    fn config(&self) -> PathBuf {
        self.data().join("tsa.toml")
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn policy_line(config: &str) -> &str {
    let mut lines = config.lines();
    lines.find(|line| line.starts_with("policy = ")).unwrap()
}

pub(super) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
