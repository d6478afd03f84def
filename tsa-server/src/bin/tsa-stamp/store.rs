//! `FILE.tsr`: the token that is there, and the one that is put there.
//!
//! In scope: reading what an earlier run left, keeping it when a newer token takes its place, and
//! writing so that a crash at any point leaves the whole old file or the whole new one. Not in
//! scope: what the bytes mean, see [`crate::answer`].

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use tsa_core::limits::MESSAGE_BYTES_MAX;

use crate::answer::{AnswerError, Statement};

/// Names longer than this are not repeated in the name of the temporary file, since names end at
/// 255 bytes on most systems.
const NAME_BYTES_REPEATED_MAX: usize = 200;

/// Room made for an answer before it is asked for: a full disk must not cost anything either.
/// Tokens with a chain of RSA certificates take half of it.
const RESERVED: [u8; 16 * 1024] = [0; 16 * 1024];

/// `FILE.tsr`
pub(crate) fn token_path(file: &Path) -> PathBuf {
    with_suffix(file, ".tsr")
}

/// Whether a name ends in `.tsr`.
pub(crate) fn is_token_name(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(b".tsr")
}

/// Whether a name is one of this program's temporary files: `.….tsr.tmp-` and a number.
pub(crate) fn is_temporary_name(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    let stem = name
        .get(..name.len().saturating_sub(digits))
        .unwrap_or_default();
    digits > 0 && stem.starts_with(b".") && stem.ends_with(b".tsr.tmp-")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// What stands at `FILE.tsr`.
#[derive(Debug)]
pub(crate) enum Existing {
    /// Nothing.
    Nothing,
    /// A token.
    Token(Box<Statement>),
    /// A file that is no token.
    Unreadable(AnswerError),
}

/// Reads what stands at `FILE.tsr`.
pub(crate) fn existing(token_path: &Path) -> Result<Existing, StoreError> {
    let metadata = match fs::symlink_metadata(token_path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Existing::Nothing),
        Err(error) => return Err(StoreError::at(token_path, error)),
    };
    let bytes_max = u64::try_from(MESSAGE_BYTES_MAX).unwrap_or(u64::MAX);
    if !metadata.is_file() || metadata.len() > bytes_max {
        return Err(StoreError::Occupied {
            path: token_path.to_path_buf(),
        });
    }
    let bytes = fs::read(token_path).map_err(|error| StoreError::at(token_path, error))?;
    Ok(match Statement::read_stored(&bytes) {
        Ok(statement) => Existing::Token(Box::new(statement)),
        Err(error) => Existing::Unreadable(error),
    })
}

/// A place for a token, made before anything is sent: a folder that cannot be written to must not
/// cost anything. Undone when dropped without [`Slot::commit`].
#[derive(Debug)]
pub(crate) struct Slot {
    target: PathBuf,
    temporary: Temporary,
    kept: Option<Kept>,
}

impl Slot {
    /// Opens the temporary file beside `FILE.tsr`, and gives the earlier token there, if any, its
    /// second name `FILE.SERIAL.tsr`.
    pub(crate) fn open(file: &Path, earlier: Option<&Statement>) -> Result<Self, StoreError> {
        let target = token_path(file);
        let mut temporary = Temporary::create(&target)?;
        let reserved = temporary.file.write_all(&RESERVED);
        reserved.map_err(|error| StoreError::at(&target, error))?;
        let kept = match earlier {
            Some(earlier) => Some(Kept::new(file, &target, earlier)?),
            None => None,
        };
        Ok(Self {
            target,
            temporary,
            kept,
        })
    }

    /// Puts the answer in its place, byte for byte. Returns where the earlier token is now.
    pub(crate) fn commit(mut self, answer: &[u8]) -> Result<Option<PathBuf>, StoreError> {
        // A crash here leaves FILE.tsr as it was, and a temporary file.
        self.temporary.write(answer)?;
        // The commit point: before it the old state stands, after it the new one.
        fs::rename(&self.temporary.path, &self.target)
            .map_err(|error| StoreError::at(&self.target, error))?;
        if let Some(kept) = &mut self.kept {
            kept.is_new = false;
        }
        sync_folder(&self.target).map_err(|error| StoreError::at(&self.target, error))?;
        Ok(self.kept.as_ref().map(|kept| kept.path.clone()))
    }
}

/// The temporary file; removed when dropped.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    file: File,
}

impl Temporary {
    fn create(target: &Path) -> Result<Self, StoreError> {
        let path = temporary_path(target);
        let create = || OpenOptions::new().write(true).create_new(true).open(&path);
        let opened = match create() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A run with the same process number was killed here.
                fs::remove_file(&path).and_then(|()| create())
            }
            opened => opened,
        };
        match opened {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(StoreError::at(target, error)),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let begun = self.file.rewind();
        begun
            .and_then(|()| self.file.write_all(bytes))
            .and_then(|()| self.file.set_len(length))
            .and_then(|()| self.file.sync_all())
            .map_err(|error| StoreError::at(&self.path, error))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a commit the name is gone already.
        drop(fs::remove_file(&self.path));
    }
}

/// The second name of an earlier token, so that `FILE.tsr` is never missing. Removed when dropped
/// while it is new.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    is_new: bool,
}

impl Kept {
    fn new(file: &Path, target: &Path, earlier: &Statement) -> Result<Self, StoreError> {
        let path = with_suffix(file, &format!(".{}.tsr", earlier.serial));
        let at_path = |error| StoreError::at(&path, error);
        let linked = fs::hard_link(target, &path);
        if linked.is_ok() {
            return Ok(Self { path, is_new: true });
        }
        let bytes = fs::read(target).map_err(|error| StoreError::at(target, error))?;
        if path.try_exists().map_err(at_path)? {
            return if fs::read(&path).map_err(at_path)? == bytes {
                Ok(Self {
                    path,
                    is_new: false,
                })
            } else {
                Err(StoreError::Occupied { path })
            };
        }
        // A file system without second names.
        let mut copy = Temporary::create(&path)?;
        copy.write(&bytes)?;
        fs::rename(&copy.path, &path).map_err(at_path)?;
        Ok(Self { path, is_new: true })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.is_new {
            drop(fs::remove_file(&self.path));
        }
    }
}

fn temporary_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    let mut temporary = OsString::from(".");
    if name.len() <= NAME_BYTES_REPEATED_MAX {
        temporary.push(name);
    } else {
        let digest = ring::digest::digest(&ring::digest::SHA256, name.as_encoded_bytes());
        for byte in digest.as_ref().iter().take(16) {
            temporary.push(format!("{byte:02x}"));
        }
        temporary.push(".tsr");
    }
    temporary.push(format!(".tmp-{}", std::process::id()));
    target.with_file_name(temporary)
}

/// Makes the new name last through a power failure.
#[cfg(unix)]
fn sync_folder(target: &Path) -> io::Result<()> {
    let folder = target.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Why `FILE.tsr` could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// The system refuses.
    #[error("{}: {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Something stands there that is no token of this file.
    #[error("{} is in the way: it is no token, and is left as it is", path.display())]
    Occupied {
        /// Where.
        path: PathBuf,
    },
}

impl StoreError {
    fn at(path: &Path, error: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_names_are_recognised_and_no_others() {
        let long = "n".repeat(240);
        for name in ["a", "a b\n.txt", "文件", long.as_str()] {
            let temporary = temporary_path(&token_path(Path::new(name)));
            let temporary = temporary.file_name().unwrap();
            assert!(is_temporary_name(temporary), "{temporary:?}");
            assert!(temporary.len() <= 255);
        }
        for name in [".tsr.tmp-", "a.tsr.tmp-1", ".a.tsr", ".a.tmp-1", "12", ""] {
            assert!(!is_temporary_name(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_slot_that_is_not_used_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        drop(Slot::open(&file, None).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let kept = Slot::open(&file, None).unwrap().commit(b"answer").unwrap();
        assert_eq!(kept, None);
        assert_eq!(fs::read(token_path(&file)).unwrap(), b"answer");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_token_is_told_from_nothing_and_from_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tsr");
        assert!(matches!(existing(&path), Ok(Existing::Nothing)));
        fs::write(&path, b"").unwrap();
        assert!(matches!(existing(&path), Ok(Existing::Unreadable(_))));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(existing(&path), Err(StoreError::Occupied { .. })));
    }
}
