//! What every client needs: an authority to ask, the programs, and a way to run them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::KeyType;
use crate::server::{Server, write_config};

/// The policy of the authority, for clients that ask for one.
pub(super) const POLICY: &str = "1.3.6.1.4.1.32473.1";

/// A running authority with keys of one type, in a folder in which clients may work.
pub(super) struct Tsa {
    server: Server,
    folder: tempfile::TempDir,
}

impl Tsa {
    pub(super) fn start(key_type: &KeyType) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("tsa-data");
        let KeyType {
            key, chain, root, ..
        } = key_type;
        write_config(&data, key, chain, root, "");
        let server = Server::start_in(&data, &[]);
        Self { server, folder }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).unwrap();
    }

    pub(super) fn url(&self) -> String {
        self.server.url("/")
    }

    /// The certificate that users trust.
    pub(super) fn root(&self) -> PathBuf {
        self.server.data().join("root.pem")
    }

    /// The certificates below it, the signer's first.
    pub(super) fn chain(&self) -> PathBuf {
        self.server.data().join("chain.pem")
    }
}

/// A program that runs in `folder`, and speaks English.
pub(crate) fn program(name: impl Into<OsString>, folder: &Path) -> Command {
    let mut command = Command::new(name.into());
    command
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        // The authority is on this machine.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    command
}

/// Runs it to its end: all that it said, `Err` where it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().unwrap_or_else(|error| {
        let name = command.get_program().display();
        panic!("{name}: {error}; scripts/test installs what is missing")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(said)
    } else {
        Err(said)
    }
}

/// `said` if all of `words` are in it, else an error that says which is not.
pub(crate) fn demand(said: String, words: &[&str]) -> Result<String, String> {
    match words.iter().find(|word| !said.contains(**word)) {
        None => Ok(said),
        Some(missing) => Err(format!("does not say `{missing}`:\n{said}")),
    }
}

/// Bouncy Castle, and what is compiled into a folder.
pub(crate) fn java_class_path(classes: &Path) -> String {
    let libraries = ["bcprov", "bcutil", "bcpkix"];
    let libraries = libraries.map(|name| format!("/usr/share/java/{name}.jar"));
    for library in &libraries {
        assert!(
            Path::new(library).exists(),
            "{library} is missing: scripts/test installs it"
        );
    }
    format!("{}:{}", libraries.join(":"), classes.display())
}

/// A client program of `tests/clients`.
pub(crate) fn client_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}

/// The Python with the pinned packages.
pub(crate) fn python() -> PathBuf {
    installed("TSA_CLIENTS_PYTHON", "clients-venv/bin/python")
}

/// The program that tries an API by its description.
pub(crate) fn schemathesis() -> PathBuf {
    installed("TSA_SCHEMATHESIS", "schemathesis-venv/bin/schemathesis")
}

/// The folder of the pinned modules of Node.
pub(super) fn node_modules() -> PathBuf {
    installed("TSA_CLIENTS_NODE_MODULES", "clients-node/node_modules")
}

/// What `scripts/lib/clients.sh` installed, where its variable or habit says.
fn installed(variable: &str, below_tools: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = std::env::var_os(variable)
        .map_or_else(|| target.join("tools").join(below_tools), PathBuf::from);
    assert!(
        path.exists(),
        "{} is missing: scripts/test installs it ({variable} names another place)",
        path.display()
    );
    path
}
