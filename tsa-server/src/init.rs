//! The first start: a development authority of one's own, in one folder.
//!
//! Makes a root, and under it the TSA, the seal and the log key with their certificates, and the
//! configuration. The folder appears whole or not at all: it is made beside its place and renamed.
//! The key that signs tokens may be made in hardware. What a CA is asked is [`request`].

mod authority;
pub mod public_url;
pub mod request;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use tsa_core::{GenTime, ObjectIdentifier};

use crate::console::say;
use crate::data_dir::DataDir;
use crate::signer::pkcs11::{self, NewKey};
use crate::signer::{
    KeyType, Pkcs11Error, Pkcs11Key, Pkcs11Place, SecretError, SecretSource, Signer,
};

pub(crate) use authority::signature_algorithm;
use authority::{Authority, AuthorityError, Wanted};
use public_url::PublicUrl;

/// The annotated configuration; `@POLICY@` and `@TEST-POLICY@` stand for the policies of the
/// installation, `@KEY@` for the key that signs, `@PASSPHRASE@` for where the passphrase is.
const CONFIG_TEMPLATE: &str = include_str!("init/tsa.toml");

/// The folder could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is a configuration already.
    #[error("{} exists already: nothing was changed", .0.display())]
    Exists(PathBuf),
    /// The folder holds something else.
    #[error("{} exists and is not empty: nothing was changed", .0.display())]
    NotEmpty(PathBuf),
    /// There is something that is no folder.
    #[error("{} is in the way: it is no folder", .0.display())]
    InTheWay(PathBuf),
    /// A file or folder cannot be written.
    #[error("{}: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A key or certificate cannot be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// There is no passphrase for the keys.
    #[error("the passphrase of the keys: {0}")]
    Passphrase(#[from] SecretError),
    /// The key in the token cannot be made or used.
    #[error(transparent)]
    Token(#[from] Pkcs11Error),
}

/// What keys are made.
#[derive(Clone, Debug)]
pub struct KeyOrder {
    /// The type of the key that signs tokens.
    pub key_type: KeyType,
    /// Where the passphrase is that all of them are encrypted with; `None` leaves them plain.
    pub passphrase: Option<SecretSource>,
    /// The token in which the key that signs tokens is made, or is; `None` makes a file.
    pub token: Option<Pkcs11Place>,
    /// Where the service will be reached, for where certificates say that CRLs are; `None` leaves
    /// that out.
    pub public_url: Option<PublicUrl>,
}

/// Makes the folder with everything a first start needs. `now` dates the certificates.
///
/// A folder that does not exist is made beside its place and renamed; one that is there and empty
/// is filled, the configuration last.
///
/// # Errors
/// [`InitError`]; the place is left as it was.
pub fn init(data: &DataDir, order: &KeyOrder, now: GenTime) -> Result<(), InitError> {
    // Without a slash at the end, which would make `beside` a place inside.
    let place: PathBuf = data.path().components().collect();
    if data.config().exists() {
        return Err(InitError::Exists(data.config()));
    }
    match fs::read_dir(&place) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(InitError::NotEmpty(place));
            }
            let made = fill(&place, order, now);
            if made.is_err() {
                empty(&place);
            }
            made
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !place.is_symlink() => {
            make_beside(&place, order, now)
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(InitError::InTheWay(place))
        }
        Err(error) => Err(write_error(&place, error)),
    }
}

fn make_beside(place: &Path, order: &KeyOrder, now: GenTime) -> Result<(), InitError> {
    let parent = place
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        fs::create_dir_all(parent).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                InitError::InTheWay(parent.to_owned())
            }
            _ => write_error(parent, error),
        })?;
    }
    let mut beside = place.as_os_str().to_owned();
    beside.push(format!(".new-{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let made = fs::DirBuilder::new()
        .mode(0o700)
        .create(&beside)
        .map_err(|error| write_error(&beside, error))
        .and_then(|()| fill(&beside, order, now))
        .and_then(|()| fs::rename(&beside, place).map_err(|error| write_error(place, error)));
    if made.is_err() {
        // What is left behind would be half an authority.
        let _ = fs::remove_dir_all(&beside);
    }
    made
}

fn fill(folder: &Path, order: &KeyOrder, now: GenTime) -> Result<(), InitError> {
    let passphrase = order.passphrase.as_ref().map(SecretSource::read);
    let passphrase = passphrase.transpose()?;
    let in_token = order
        .token
        .as_ref()
        .map(|place| key_in(place, order.key_type));
    let in_token = in_token.transpose()?;
    let wanted = Wanted {
        key_type: order.key_type,
        passphrase: passphrase.as_ref(),
        crl: order.public_url.as_ref().map(PublicUrl::crl),
    };
    let authority = Authority::make(&wanted, in_token, now)?;
    let policy = ObjectIdentifier::from_uuid(random_uuid()?);
    let sandbox_policy = ObjectIdentifier::from_uuid(random_uuid()?);
    let config = CONFIG_TEMPLATE
        .replace("@POLICY@", &policy.to_string())
        .replace("@TEST-POLICY@", &sandbox_policy.to_string())
        .replace("@KEY@", &key_lines(order))
        .replace("@PASSPHRASE@", &passphrase_line(order.passphrase.as_ref()));
    for (name, text) in authority.files() {
        let mode = if name.ends_with(".key.pem") {
            0o600
        } else {
            0o644
        };
        write(&folder.join(name), text, mode)?;
    }
    write(&folder.join("tsa.toml"), &config, 0o644)?;
    let sync = File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(|error| write_error(folder, error))
}

/// The key in a token, made if it is not there.
fn key_in(place: &Pkcs11Place, key_type: KeyType) -> Result<Box<dyn Signer>, InitError> {
    let words = match pkcs11::make_key(place, key_type)? {
        NewKey::Made => format!("Made a key with {} in the token", place.key_name()),
        NewKey::Found => format!("Using the key with {} in the token", place.key_name()),
    };
    say(words);
    Ok(Box::new(Pkcs11Key::load(place.clone())?))
}

/// The lines of the configuration that say where the key is.
fn key_lines(order: &KeyOrder) -> String {
    let text = |text: &str| toml::Value::String(text.to_owned());
    let Some(place) = &order.token else {
        let passphrase = passphrase_line(order.passphrase.as_ref());
        return format!("key = \"tsa.key.pem\"\n{passphrase}");
    };
    format!(
        "pkcs11.module = {}\npkcs11.token = {}\npkcs11.key_label = {}\npkcs11.pin = {}",
        text(&place.module.to_string_lossy()),
        text(&place.token),
        text(place.label.as_deref().unwrap_or_default()),
        text(&place.pin.to_string()),
    )
}

/// The line of the configuration, and how it would look where there is nothing to say.
fn passphrase_line(place: Option<&SecretSource>) -> String {
    match place {
        None => "# passphrase = \"file:passphrase\"".into(),
        Some(place) => {
            let place = toml::Value::String(place.to_string());
            format!("passphrase = {place}")
        }
    }
}

/// Takes back what was put into a folder that was empty.
fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
}

/// A random UUID (RFC 9562 §5.4).
fn random_uuid() -> Result<u128, AuthorityError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| AuthorityError::Random)?;
    let random = u128::from_be_bytes(bytes);
    Ok(random & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), InitError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| write_error(path, error))
}

fn write_error(path: &Path, error: io::Error) -> InitError {
    InitError::Write {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const NOW: i64 = 1_790_000_000;
    const PLAIN: KeyOrder = KeyOrder {
        key_type: KeyType::P256,
        passphrase: None,
        token: None,
        public_url: None,
    };

    #[test]
    fn the_folder_is_made_once_and_its_configuration_can_be_read() {
        let parent = tempfile::tempdir().unwrap();
        let data = DataDir::new(&parent.path().join("deep/tsa-data"));
        let now = GenTime::from_unix(NOW, 0).unwrap();
        init(&data, &PLAIN, now).unwrap();
        let config = Config::load(&data.config()).unwrap();
        assert!(config.signers[0].policy.0.to_string().starts_with("2.25."));
        assert!(matches!(
            init(&data, &PLAIN, now),
            Err(InitError::Exists(_))
        ));
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("thesis.tex"), "x").unwrap();
        let data = DataDir::new(parent.path());
        let now = GenTime::from_unix(NOW, 0).unwrap();
        assert!(matches!(
            init(&data, &PLAIN, now),
            Err(InitError::NotEmpty(_))
        ));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_may_be_written_in_many_ways() {
        let now = GenTime::from_unix(NOW, 0).unwrap();
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("empty")).unwrap();
        fs::create_dir(parent.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", parent.path().join("link")).unwrap();
        for name in ["slash/", "empty/", "link", "数 据/deep/"] {
            let data = DataDir::new(&parent.path().join(name));
            init(&data, &PLAIN, now).unwrap();
            assert!(Config::load(&data.config()).is_ok(), "{name}");
        }
        fs::write(parent.path().join("file"), "x").unwrap();
        for name in ["file", "file/below"] {
            let data = DataDir::new(&parent.path().join(name));
            let refused = init(&data, &PLAIN, now);
            assert!(
                matches!(refused, Err(InitError::InTheWay(_))),
                "{name}: {refused:?}"
            );
        }
        let left = fs::read_dir(parent.path()).unwrap().count();
        assert_eq!(left, 6, "nothing is left beside");
    }

    #[test]
    fn uuids_are_of_version_4() {
        let uuid = random_uuid().unwrap();
        assert_eq!((uuid >> 76) & 0xf, 4);
        assert_eq!((uuid >> 62) & 0x3, 2);
    }
}
