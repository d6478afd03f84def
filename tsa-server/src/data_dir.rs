//! The data folder: where a self-contained authority keeps everything.
//!
//! Names of files, and the lock that keeps two servers out of one folder. What is in the files is
//! the business of those who write them.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A data folder.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

/// Held as long as a server serves from a folder; the system frees it when the process ends.
#[derive(Debug)]
pub struct DataLock(#[expect(dead_code, reason = "kept open: the lock ends with the file")] File);

impl DataDir {
    /// The folder at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.0.join("tsa.toml")
    }

    /// The mark above every serial number handed out.
    #[must_use]
    pub fn high_water(&self) -> PathBuf {
        self.0.join("high-water")
    }

    /// The operator's token for `/api/v1/admin`.
    #[must_use]
    pub fn admin_token(&self) -> PathBuf {
        self.0.join("admin.token")
    }

    /// The last CRL of the development CA.
    #[must_use]
    pub fn crl(&self) -> PathBuf {
        self.0.join("crl.der")
    }

    /// What the development CA has revoked.
    #[must_use]
    pub fn revoked(&self) -> PathBuf {
        self.0.join("revoked.json")
    }

    /// The keys that sign no token any more.
    #[must_use]
    pub fn stopped_keys(&self) -> PathBuf {
        self.0.join("stopped-keys.json")
    }

    /// Where reports of incidents go.
    #[must_use]
    pub fn incidents(&self) -> PathBuf {
        self.0.join("incidents")
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// Another process has it, or the lock file cannot be made.
    pub fn lock(&self) -> io::Result<DataLock> {
        let path = self.0.join("lock");
        let explain =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let options = File::options().read(true).write(true).create(true).clone();
        let file = options.open(&path).map_err(explain)?;
        match file.try_lock() {
            Ok(()) => Ok(DataLock(file)),
            Err(TryLockError::WouldBlock) => {
                let words = format!("another tsa-server serves from {}", self.0.display());
                Err(io::Error::new(io::ErrorKind::ResourceBusy, words))
            }
            Err(TryLockError::Error(error)) => Err(explain(error)),
        }
    }
}
