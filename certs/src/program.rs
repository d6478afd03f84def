//! The program: `pki.toml` and `keys/*.pem` in, `*.pem` out, or a comparison with what is there.
//!
//! In scope: arguments and files. What may be declared: `declared.rs`; what becomes of it:
//! `certificate.rs` and `keys.rs`.

use crate::certificate::{self, Keys};
use crate::declared::Pki;
use crate::error::PkiError;
use crate::keys::TestKey;
use clap::Parser;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

/// Makes the development and test PKI from pki.toml
#[derive(Debug, Parser)]
struct Arguments {
    /// Write nothing; fail with a list if a file is not what pki.toml declares
    #[arg(long, conflicts_with = "new_keys")]
    check: bool,
    /// First make the keys that are declared and have no file
    #[arg(long)]
    new_keys: bool,
    /// The folder with pki.toml and keys/
    #[arg(long, value_name = "DIR", default_value = env!("CARGO_MANIFEST_DIR"))]
    folder: PathBuf,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tsa-certs: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Keys, certificates, then either the comparison or the files.
fn run(arguments: &Arguments) -> Result<(), PkiError> {
    let folder = &arguments.folder;
    let pki = Pki::parse(&read(&folder.join("pki.toml"))?)?;
    let keys = keys(&pki, &folder.join("keys"), arguments.new_keys)?;
    let mut certificates = BTreeMap::new();
    for name in pki.certificate.keys() {
        certificates.insert(name.as_str(), certificate::make(&pki, &keys, name)?);
    }

    let mut differences = stray(folder, &certificates.keys().copied().collect())?;
    differences.extend(stray(
        &folder.join("keys"),
        &pki.key.keys().map(String::as_str).collect(),
    )?);
    for (name, pem) in &certificates {
        let path = folder.join(format!("{name}.pem"));
        if !arguments.check {
            fs::write(&path, pem).map_err(at(&path))?;
        } else if !path.exists() {
            differences.push(format!("{} is missing", path.display()));
        } else if read(&path)? != *pem {
            differences.push(format!("{} differs", path.display()));
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(PkiError::Differs(differences))
    }
}

/// Reads the declared keys, or makes those that are missing if told to.
fn keys(pki: &Pki, folder: &Path, new_keys: bool) -> Result<Keys, PkiError> {
    let mut keys = Keys::new();
    for (name, kind) in &pki.key {
        let path = folder.join(format!("{name}.pem"));
        if path.exists() {
            keys.insert(name.clone(), TestKey::from_pem(name, *kind, &read(&path)?)?);
        } else if new_keys {
            let key = TestKey::generate(*kind)?;
            fs::write(&path, key.to_pem()?).map_err(at(&path))?;
            keys.insert(name.clone(), key);
        } else {
            return Err(PkiError::KeyMissing { name: name.clone() });
        }
    }
    Ok(keys)
}

/// The PEM files of a folder that nothing declares.
fn stray(folder: &Path, declared: &BTreeSet<&str>) -> Result<Vec<String>, PkiError> {
    let mut stray = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        if path.extension().is_some_and(|is| is == "pem") && !declared.contains(name) {
            stray.push(format!("{} is not declared", path.display()));
        }
    }
    stray.sort();
    Ok(stray)
}

fn read(path: &Path) -> Result<String, PkiError> {
    fs::read_to_string(path).map_err(at(path))
}

fn at(path: &Path) -> impl Fn(io::Error) -> PkiError {
    move |source| PkiError::File {
        path: path.to_owned(),
        source,
    }
}
