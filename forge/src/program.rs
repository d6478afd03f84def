//! The program that writes the vectors: cases in, files under `testvectors/` out.
//!
//! In scope: arguments and files, and the tables of the catalogue between their marks. What is
//! written: `vector.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use clap::Parser;

use crate::{Forge, cases, statements, vector};

/// Marks around what this program writes in the catalogue.
const BEGIN: &str = "<!-- forge: begin -->\n";
const END: &str = "<!-- forge: end -->";

/// Writes the vectors of tokens, responses and statements
#[derive(Debug, Parser)]
struct Arguments {
    /// Write nothing; fail with a list if a file is not what it would be
    #[arg(long)]
    check: bool,
    /// The folder of the vectors
    #[arg(long, value_name = "DIR",
          default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../testvectors"))]
    folder: PathBuf,
}

/// Why the vectors could not be written, or are not what they would be.
#[derive(Debug, thiserror::Error)]
enum ForgeError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the test PKI: {0}")]
    Pki(#[from] tsa_certs::PkiError),
    #[error("CATALOGUE.md lacks its marks")]
    NoMarks,
    #[error("not as they are made:\n  {}", .0.join("\n  "))]
    Differs(Vec<String>),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tsa-forge: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), ForgeError> {
    let folder = &arguments.folder;
    let forge = Forge::new()?;
    let mut files = texts(&forge);
    let catalogue = folder.join("CATALOGUE.md");
    files.insert("CATALOGUE.md".to_owned(), with_tables(&read(&catalogue)?)?);

    let mut differences = Vec::new();
    for (name, text) in &files {
        let path = folder.join(name);
        if arguments.check {
            match fs::read_to_string(&path) {
                Ok(found) if found == *text => {}
                Ok(_) => differences.push(format!("{name} differs")),
                Err(_) => differences.push(format!("{name} is missing")),
            }
        } else {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(at(parent))?;
            }
            fs::write(&path, text).map_err(at(&path))?;
        }
    }
    differences.extend(strays(folder, &files)?);
    match differences.is_empty() {
        true => Ok(()),
        false => Err(ForgeError::Differs(differences)),
    }
}

/// Path and text of every vector.
fn texts(forge: &Forge) -> BTreeMap<String, String> {
    let judged = cases().filter(|case| case.stored).map(|case| {
        let path = format!("{}/{}.txt", case.form.folder(), case.name);
        (path, vector::of_case(case, forge))
    });
    let stated = statements(forge)
        .filter(|(case, _)| case.stored)
        .map(|(case, statement)| {
            let path = format!("tst-info/{}.txt", case.name);
            (path, vector::of_statement(case, &statement))
        });
    judged.chain(stated).collect()
}

/// Files in the folders of this program that it does not make.
fn strays(folder: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>, ForgeError> {
    let made: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    let mut strays = Vec::new();
    for kind in ["response", "token", "tst-info"] {
        let inside = folder.join(kind);
        for entry in fs::read_dir(&inside).map_err(at(&inside))? {
            let name = entry.map_err(at(&inside))?.file_name();
            let name = format!("{kind}/{}", name.to_string_lossy());
            if !made.contains(name.as_str()) {
                strays.push(format!("{name} is made by no case"));
            }
        }
    }
    strays.sort();
    Ok(strays)
}

/// The catalogue with the tables of the cases between the marks.
fn with_tables(text: &str) -> Result<String, ForgeError> {
    let (before, rest) = text.split_once(BEGIN).ok_or(ForgeError::NoMarks)?;
    let (_, after) = rest.split_once(END).ok_or(ForgeError::NoMarks)?;
    let mut rows = BTreeMap::new();
    for case in cases().filter(|case| case.stored) {
        let expect = match case.expect.code() {
            "" => case.expect.verdict().to_owned(),
            code => format!("{} {code}", case.expect.verdict()),
        };
        rows.insert((case.form.folder(), case.name), (expect, case.row));
        if case.is_statement() {
            let read = if case.decode == "ok" {
                "read"
            } else {
                "refused"
            };
            rows.insert(("tst-info", case.name), (read.to_owned(), case.row));
        }
    }
    let mut tables =
        String::from("\n| file | expected | row | origin |\n| --- | --- | --- | --- |\n");
    for ((folder, name), (expect, row)) in rows {
        tables += &format!("| `{folder}/{name}.txt` | {expect} | {row} | forged |\n");
    }
    Ok(format!("{before}{BEGIN}{tables}\n{END}{after}"))
}

fn read(path: &Path) -> Result<String, ForgeError> {
    fs::read_to_string(path).map_err(at(path))
}

fn at(path: &Path) -> impl Fn(io::Error) -> ForgeError {
    move |source| ForgeError::File {
        path: path.to_owned(),
        source,
    }
}
