//! Where a passphrase or PIN is taken from: a file, an environment variable, or a credential that
//! systemd hands to the service (systemd.exec(5), `LoadCredential=`).
//!
//! The configuration names the place and never holds the secret itself.

use std::path::{Path, PathBuf};
use std::{env, fmt};

use zeroize::Zeroizing;

use super::private_file::{self, PrivateFileError, Readers};

/// Longest passphrase or PIN, in bytes.
const SECRET_BYTES_MAX: u64 = 1024;

/// The variable in which systemd names the folder of a service's credentials.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// The place of a secret, written `file:PATH`, `env:NAME` or `credential:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum SecretSource {
    /// A file of mode 600 that holds the secret and perhaps the end of a line.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A credential of the service.
    Credential(String),
}

/// A passphrase or PIN; wiped from memory when it is dropped, and shown by nothing.
pub struct Secret(Zeroizing<Vec<u8>>);

/// A place of a secret that is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is taken from file:PATH, env:NAME or credential:NAME")]
pub struct BadSecretSource;

/// There is no secret where one should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The variable is not set, or empty.
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    /// The program was not started by systemd, or the service has no credentials.
    #[error(
        "credential {0}: CREDENTIALS_DIRECTORY is not set; `LoadCredential=` in the unit file of \
         systemd sets it"
    )]
    NoCredentials(String),
    /// Nothing is there, or a zero byte among it.
    #[error("{0} is empty, or holds a zero byte")]
    Unusable(SecretSource),
}

impl SecretSource {
    /// Takes the secret from its place. One end of a line behind it is no part of it.
    ///
    /// # Errors
    /// [`SecretError`] naming the place; never the secret.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let mut bytes = match self {
            Self::File(path) => private_file::read(path, SECRET_BYTES_MAX, Readers::Owner)?,
            Self::Environment(name) => {
                use std::os::unix::ffi::OsStringExt;
                let value = env::var_os(name).ok_or_else(|| SecretError::NotSet(name.clone()))?;
                Zeroizing::new(value.into_vec())
            }
            Self::Credential(name) => {
                let folder = env::var_os(CREDENTIALS_DIRECTORY)
                    .ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
                let path = Path::new(&folder).join(name);
                private_file::read(&path, SECRET_BYTES_MAX, Readers::Group)?
            }
        };
        let line_end = [&b"\r\n"[..], b"\n"]
            .into_iter()
            .find(|end| bytes.ends_with(end))
            .map_or(0, <[u8]>::len);
        let length = bytes.len() - line_end;
        bytes.truncate(length);
        match bytes.is_empty() || bytes.contains(&0) {
            true => Err(SecretError::Unusable(self.clone())),
            false => Ok(Secret(bytes)),
        }
    }

    /// The same place, with a path taken from `folder` where it is relative.
    #[must_use]
    pub fn in_folder(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            other => other,
        }
    }
}

impl Secret {
    /// The bytes; not to be copied, not to be shown.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl std::str::FromStr for SecretSource {
    type Err = BadSecretSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() && !name.contains(['=', '\0']) => {
                Ok(Self::Environment(name.into()))
            }
            // A name, and no way out of the folder of credentials.
            Some(("credential", name))
                if !name.contains(['/', '\0']) && !["", ".", ".."].contains(&name) =>
            {
                Ok(Self::Credential(name.into()))
            }
            _ => Err(BadSecretSource),
        }
    }
}

impl TryFrom<String> for SecretSource {
    type Error = BadSecretSource;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}

#[cfg(test)]
impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn places_are_written_in_one_way() {
        for text in [
            "file:/etc/tsa/pin",
            "file:pin",
            "env:TSA_PIN",
            "credential:pin",
        ] {
            let source: SecretSource = text.parse().unwrap();
            assert_eq!(source.to_string(), text);
        }
        for text in [
            "",
            "secret",
            "file:",
            "env:",
            "env:A=B",
            "pass:secret",
            "credential:",
            "credential:..",
            "credential:../etc/shadow",
        ] {
            assert_eq!(text.parse::<SecretSource>(), Err(BadSecretSource), "{text}");
        }
    }

    #[test]
    fn one_end_of_a_line_is_no_part_of_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            SecretSource::File(path.clone()).read()
        };
        let cases: [(&[u8], &[u8]); 4] = [
            (b"open sesame", b"open sesame"),
            (b" open sesame \n", b" open sesame "),
            (b"open sesame\r\n", b"open sesame"),
            (b"open sesame\n\n", b"open sesame\n"),
        ];
        for (bytes, secret) in cases {
            assert_eq!(read(bytes).unwrap().reveal(), secret);
        }
        for bytes in [&b""[..], b"\n", b"a\0b"] {
            assert!(matches!(read(bytes), Err(SecretError::Unusable(_))));
        }
        assert!(read(&[b'x'; 1024]).is_ok());
        assert!(matches!(
            read(&[b'x'; 1025]),
            Err(SecretError::File(PrivateFileError::TooLong { .. }))
        ));
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused_and_none_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "open sesame").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let source = SecretSource::File(path.clone());
        assert!(source.read().unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(format!("{:?}", source.read().unwrap()), "Secret(..)");
    }
}
