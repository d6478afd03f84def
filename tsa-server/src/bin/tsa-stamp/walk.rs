//! Which files are to be stamped.
//!
//! In scope: the paths that were typed, the files of a folder or a tree, and why a file is passed
//! over. Symbolic links are followed where they were typed and nowhere else. Not in scope: reading
//! the files; whether a token exists already.

use std::collections::HashSet;
use std::fs::{self, FileType};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;
use walkdir::WalkDir;

use crate::store::{is_temporary_name, is_token_name};

/// A path that was typed and exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    File(PathBuf),
    Folder(PathBuf),
}

/// What a walk meets.
#[derive(Debug)]
pub(crate) enum Met {
    /// A file to be stamped.
    File {
        /// Where.
        path: PathBuf,
        /// Its size when it was found.
        bytes: u64,
    },
    /// A file that is not to be stamped.
    PassedOver {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: PassedOver,
    },
    /// A folder that cannot be read, or a file gone since it was seen.
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        error: String,
    },
}

/// Why a file is not stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PassedOver {
    /// A symbolic link below a folder.
    SymbolicLink,
    /// A pipe, a socket or a device.
    Special,
    /// A `.tsr` file, other than the token of a file beside it.
    Token,
    /// A temporary file of this program.
    Temporary,
    /// A folder in a folder, without `--recursive`.
    Folder,
}

impl PassedOver {
    /// For a summary, after a number.
    pub(crate) fn words(self, count: u64) -> &'static str {
        match (self, count) {
            (Self::SymbolicLink, 1) => "symbolic link",
            (Self::SymbolicLink, _) => "symbolic links",
            (Self::Special, 1) => "pipe, socket or device",
            (Self::Special, _) => "pipes, sockets or devices",
            (Self::Token, 1) => "other .tsr file",
            (Self::Token, _) => "other .tsr files",
            (Self::Temporary, 1) => "temporary file of another or a killed run",
            (Self::Temporary, _) => "temporary files of other or killed runs",
            (Self::Folder, 1) => "folder (see --recursive)",
            (Self::Folder, _) => "folders (see --recursive)",
        }
    }
}

/// Checks what was typed before anything is done: each path once, and all of them there.
pub(crate) fn roots(typed: &[PathBuf], recursive: bool) -> Result<Vec<Root>, Vec<String>> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for path in typed {
        match identified(path) {
            Ok(identified) => found.push(identified),
            Err(error) => missing.push(format!("{}: {error}", path.display())),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let folders: HashSet<PathBuf> = found
        .iter()
        .filter(|(_, root)| matches!(root, Root::Folder(_)))
        .map(|(identity, _)| identity.clone())
        .collect();
    let is_walked = |identity: &Path, root: &Root| {
        let mut above = identity.ancestors().skip(1);
        match root {
            Root::File(path) if path.is_symlink() => false,
            _ if recursive => above.any(|folder| folders.contains(folder)),
            Root::File(_) => above.next().is_some_and(|folder| folders.contains(folder)),
            Root::Folder(_) => false,
        }
    };
    let mut seen = HashSet::new();
    found.retain(|(identity, root)| !is_walked(identity, root) && seen.insert(identity.clone()));
    Ok(found.into_iter().map(|(_, root)| root).collect())
}

/// A path, and one that is the same however it was typed.
fn identified(path: &Path) -> io::Result<(PathBuf, Root)> {
    let file_type = fs::metadata(path)?.file_type();
    if file_type.is_dir() {
        return Ok((path.canonicalize()?, Root::Folder(path.to_path_buf())));
    }
    if !file_type.is_file() {
        return Err(io::Error::other("is neither a regular file nor a folder"));
    }
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
    // A link and its target get two tokens, so the link's own name counts.
    let name = path.file_name().unwrap_or_default();
    Ok((folder.join(name), Root::File(path.to_path_buf())))
}

/// Meets every file until told to break.
pub(crate) fn walk(
    roots: &[Root],
    recursive: bool,
    mut meet: impl FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for root in roots {
        match root {
            Root::File(path) => {
                let bytes = fs::metadata(path).map(|metadata| metadata.len());
                meet(judged(path.clone(), bytes.map_err(|e| e.to_string())))?;
            }
            Root::Folder(folder) => walk_folder(folder, recursive, &mut meet)?,
        }
    }
    ControlFlow::Continue(())
}

fn walk_folder(
    folder: &Path,
    recursive: bool,
    meet: &mut impl FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let depth_max = if recursive { usize::MAX } else { 1 };
    let entries = WalkDir::new(folder).min_depth(1).max_depth(depth_max);
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                meet(Met::Unreadable {
                    path: error.path().unwrap_or(folder).to_path_buf(),
                    error: words(&error),
                })?;
                continue;
            }
        };
        if entry.file_type().is_file() {
            let bytes = entry.metadata().map(|metadata| metadata.len());
            let met = judged(entry.into_path(), bytes.map_err(|error| words(&error)));
            if !is_token_beside_its_file(&met) {
                meet(met)?;
            }
        } else if let Some(reason) = not_a_file(entry.file_type(), recursive) {
            let path = entry.into_path();
            meet(Met::PassedOver { path, reason })?;
        }
    }
    ControlFlow::Continue(())
}

fn judged(path: PathBuf, bytes: Result<u64, String>) -> Met {
    let name = path.file_name().unwrap_or_default();
    let reason = if is_token_name(name) {
        Some(PassedOver::Token)
    } else if is_temporary_name(name) {
        Some(PassedOver::Temporary)
    } else {
        None
    };
    match (reason, bytes) {
        (Some(reason), _) => Met::PassedOver { path, reason },
        (None, Ok(bytes)) => Met::File { path, bytes },
        (None, Err(error)) => Met::Unreadable { path, error },
    }
}

/// Such a token is reported with its file, and may have been made by this very run.
fn is_token_beside_its_file(met: &Met) -> bool {
    let own = format!(".tsr.tmp-{}", std::process::id());
    match met {
        Met::PassedOver {
            path,
            reason: PassedOver::Token,
        } => path.with_extension("").is_file(),
        Met::PassedOver {
            path,
            reason: PassedOver::Temporary,
        } => path
            .as_os_str()
            .as_encoded_bytes()
            .ends_with(own.as_bytes()),
        _ => false,
    }
}

fn not_a_file(file_type: FileType, recursive: bool) -> Option<PassedOver> {
    if file_type.is_symlink() {
        Some(PassedOver::SymbolicLink)
    } else if file_type.is_dir() {
        (!recursive).then_some(PassedOver::Folder)
    } else {
        Some(PassedOver::Special)
    }
}

/// The system's words, without the path that is told beside them.
fn words(error: &walkdir::Error) -> String {
    match error.io_error() {
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        for name in ["a", "a.tsr", "lone.tsr", ".hidden", ".a.tsr.tmp-1", "sub/b"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        folder
    }

    fn met(folder: &Path, recursive: bool) -> (Vec<String>, Vec<PassedOver>) {
        let (mut files, mut passed_over) = (Vec::new(), Vec::new());
        let roots = roots(&[folder.to_path_buf()], recursive).unwrap();
        let whole = walk(&roots, recursive, |met| {
            match met {
                Met::File { path, .. } => {
                    let name = path.strip_prefix(folder).unwrap();
                    files.push(name.to_string_lossy().into_owned());
                }
                Met::PassedOver { reason, .. } => passed_over.push(reason),
                Met::Unreadable { path, error } => panic!("{}: {error}", path.display()),
            }
            ControlFlow::Continue(())
        });
        assert!(whole.is_continue());
        files.sort();
        passed_over.sort();
        (files, passed_over)
    }

    #[test]
    fn a_folder_gives_its_own_files_and_a_tree_all() {
        let folder = tree();
        let (files, passed_over) = met(folder.path(), false);
        assert_eq!(files, [".hidden", "a"]);
        let expected = [PassedOver::Token, PassedOver::Temporary, PassedOver::Folder];
        assert_eq!(passed_over, expected);
        let (files, passed_over) = met(folder.path(), true);
        assert_eq!(files, [".hidden", "a", "sub/b"]);
        assert_eq!(passed_over, [PassedOver::Token, PassedOver::Temporary]);
    }

    #[cfg(unix)]
    #[test]
    fn links_below_a_folder_are_passed_over_and_typed_ones_followed() {
        let folder = tree();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("a", &link).unwrap();
        let (_, passed_over) = met(folder.path(), true);
        assert!(passed_over.contains(&PassedOver::SymbolicLink));
        let typed = [folder.path().to_path_buf(), link.clone()];
        let roots = roots(&typed, true).unwrap();
        assert!(roots.contains(&Root::File(link)));
    }

    #[test]
    fn a_path_typed_twice_is_one() {
        let folder = tree();
        let path = |name: &str| folder.path().join(name);
        let typed = [path("a"), path("sub/../a"), path("sub"), path("sub/b")];
        assert_eq!(roots(&typed, false).unwrap().len(), 2);
        let typed = [folder.path().to_path_buf(), path("a"), path("sub")];
        assert_eq!(roots(&typed, false).unwrap().len(), 2);
        assert_eq!(roots(&typed, true).unwrap().len(), 1);
    }

    #[test]
    fn all_that_is_missing_is_named() {
        let typed = [PathBuf::from("/no/such/1"), PathBuf::from("/no/such/2")];
        assert_eq!(roots(&typed, false).unwrap_err().len(), 2);
    }
}
