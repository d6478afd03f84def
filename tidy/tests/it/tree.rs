//! The files under test: those git tracks or would track, or, outside a checkout, those on disk.
//!
//! Everything is read once, so that the rules are functions of text and can be shown firing on
//! trees made up in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use walkdir::WalkDir;

/// Folders that building and running make; git ignores them, a walk has to be told.
const MADE: &[&str] = &[
    "target",
    "tsa-data",
    "artifacts",
    "corpus",
    "coverage",
    "node_modules",
];

/// Files by path from the root, with `/` between the parts; `None` stands for bytes that are no
/// text.
#[derive(Debug)]
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Reads what belongs to the repository at `root`.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let paths = match tracked(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        let mut files = BTreeMap::new();
        for path in paths {
            // A link has no text of its own, and a file may be deleted but not yet committed.
            let place = root.join(&path);
            if fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_file()) {
                files.insert(path, text_of(fs::read(&place)?));
            }
        }
        Ok(Self { files })
    }

    /// A tree that exists only in a test.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned())));
        Self {
            files: files.collect(),
        }
    }

    /// Every file that is text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Whether `path` names a file or a folder; the empty path is the root.
    pub(crate) fn path_exists(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

fn text_of(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

/// Tracked and untracked files without the ignored ones; `None` where git is no help.
fn tracked(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        // The tests may run as another user than the one who cloned.
        .args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "-coz",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let list = String::from_utf8(output.stdout).ok()?;
    Some(list.split_terminator('\0').map(str::to_owned).collect())
}

fn walked(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let entries = WalkDir::new(root).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        let made = entry.file_type().is_dir() && (name == ".git" || MADE.contains(&name.as_ref()));
        entry.depth() == 0 || !made
    });
    for entry in entries {
        let entry = entry?;
        if let Ok(path) = entry.path().strip_prefix(root) {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            paths.push(parts.join("/"));
        }
    }
    Ok(paths)
}
