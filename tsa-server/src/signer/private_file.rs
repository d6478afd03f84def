//! Files that only their owner may read: keys, passphrases, PINs.
//!
//! What is read is wiped from memory when it is dropped. What the bytes mean is not known here.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// A file that is to be private cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateFileError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is a folder, a pipe, or another thing that is no file.
    #[error("{}: not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// Others may read it.
    #[error(
        "{}: mode {mode:03o} lets others than its owner read this secret; run chmod 600 on it",
        path.display()
    )]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is longer than anything that is meant.
    #[error("{}: more than {bytes_max} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The bound, in bytes.
        bytes_max: u64,
    },
}

/// Who besides its owner may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Nobody.
    Owner,
    /// Its group. systemd lets a service read its credentials by an access list, whose mask then
    /// stands in the group's bits.
    Group,
}

/// Reads a private file of at most `bytes_max` bytes.
pub(super) fn read(
    path: &Path,
    bytes_max: u64,
    readers: Readers,
) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    let fault = |error| PrivateFileError::Read {
        path: path.to_owned(),
        error,
    };
    // Opening a pipe would wait for somebody to write into it.
    if !fs::metadata(path).map_err(fault)?.is_file() {
        return Err(PrivateFileError::NotRegular(path.to_owned()));
    }
    let mut file = fs::File::open(path).map_err(fault)?;
    let metadata = file.metadata().map_err(fault)?;
    let mode = metadata.permissions().mode() & 0o777;
    let too_open = match readers {
        Readers::Owner => 0o077,
        Readers::Group => 0o037,
    };
    if mode & too_open != 0 {
        let path = path.to_owned();
        return Err(PrivateFileError::Permissions { path, mode });
    }
    let too_long = || PrivateFileError::TooLong {
        path: path.to_owned(),
        bytes_max,
    };
    // As long as it is from the start: a buffer that grows leaves copies behind.
    let length = usize::try_from(metadata.len().min(bytes_max)).map_err(|_| too_long())?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
    let limited = &mut Read::take(&mut file, bytes_max.saturating_add(1));
    limited.read_to_end(&mut bytes).map_err(fault)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= bytes_max => Ok(bytes),
        _ => Err(too_long()),
    }
}
