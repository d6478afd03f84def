//! Other people's programs, run as their users would.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program says, both ways; an error when it fails.
pub(crate) fn say(program: impl AsRef<Path>, arguments: &[&Path]) -> Result<String, String> {
    let program = program.as_ref();
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!(
            "{} cannot be run ({error}): scripts/test installs it",
            program.display()
        )
    });
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    match output.status.success() {
        true => Ok(said),
        false => Err(format!("{}: {}\n{said}", program.display(), output.status)),
    }
}

/// The Python with pyHanko and lxml, which `scripts/lib/clients.sh` installs.
pub(crate) fn python() -> PathBuf {
    installed("TSA_CLIENTS_PYTHON", "clients-venv/bin/python")
}

/// The Python with libdigidocpp and `jsonschema_rs`, which `scripts/lib/clients.sh` installs.
pub(crate) fn digidoc_python() -> PathBuf {
    installed("TSA_DIGIDOC_PYTHON", "digidoc-venv/bin/python")
}

fn installed(variable: &str, below_tools: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a folder");
    let path = std::env::var_os(variable)
        .map_or_else(|| target.join("tools").join(below_tools), PathBuf::from);
    assert!(
        path.exists(),
        "{} is missing: scripts/test installs it ({variable} names another place)",
        path.display()
    );
    path
}

/// A program of `tests/programs`.
pub(crate) fn program_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/programs")
        .join(name)
}

/// All of `words` are in it.
pub(crate) fn demand(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "does not say `{word}`:\n{said}");
    }
}
