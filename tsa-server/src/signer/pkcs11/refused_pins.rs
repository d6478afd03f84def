//! PINs that tokens have refused, remembered over the end of a process: a service that is started
//! again and again with a wrong PIN would use up the tries one by one.
//!
//! Asked only when a token says that a wrong PIN was given before. What is kept of a PIN is a slow
//! digest with a salt, in a file that nobody but its owner may read. Who may be asked at all is the
//! business of `login.rs`.

use std::fs::{self, File};
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use ring::pbkdf2;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::signer::Secret;

/// Rounds of PBKDF2 with SHA-256: some tenths of a second.
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

/// PINs remembered; the oldest are forgotten first.
const REMEMBERED: usize = 100;

/// The PINs of one token.
#[derive(Debug)]
pub(super) struct RefusedPins<'a> {
    file: &'a Path,
    token: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    token: String,
    salt: String,
    digest: String,
}

impl<'a> RefusedPins<'a> {
    pub(super) fn new(file: &'a Path, token: String) -> Self {
        Self { file, token }
    }

    /// Notes a PIN before it is tried, so that a process that ends meanwhile has not tried it
    /// unnoticed. Whether that is new; one that is known is not to be tried.
    pub(super) fn note(&self, pin: &Secret) -> io::Result<bool> {
        let _turn = self.turn()?;
        let mut all = self.read()?;
        if all.iter().any(|refused| self.is(refused, pin)) {
            return Ok(false);
        }
        let mut salt = [0; 16];
        let filled = SystemRandom::new().fill(&mut salt);
        filled.map_err(|_| io::Error::other("the operating system gives no random numbers"))?;
        let mut digest = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            &salt,
            pin.reveal(),
            &mut digest,
        );
        all.push(Refused {
            token: self.token.clone(),
            salt: base16ct::lower::encode_string(&salt),
            digest: base16ct::lower::encode_string(&digest),
        });
        let over = all.len().saturating_sub(REMEMBERED);
        all.drain(..over);
        self.write(&all)?;
        Ok(true)
    }

    /// Forgets a PIN that the token has taken.
    pub(super) fn forget(&self, pin: &Secret) -> io::Result<()> {
        let _turn = self.turn()?;
        let mut all = self.read()?;
        all.retain(|refused| !self.is(refused, pin));
        self.write(&all)
    }

    fn is(&self, refused: &Refused, pin: &Secret) -> bool {
        let decode = |text: &str| base16ct::lower::decode_vec(text).ok();
        let (Some(salt), Some(digest)) = (decode(&refused.salt), decode(&refused.digest)) else {
            return false;
        };
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        refused.token == self.token
            && pbkdf2::verify(algorithm, ROUNDS, &salt, pin.reveal(), &digest).is_ok()
    }

    fn read(&self) -> io::Result<Vec<Refused>> {
        match fs::read(self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, all: &[Refused]) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(all).map_err(io::Error::from)?;
        text.push(b'\n');
        durable::replace(self.file, &text, durable::PRIVATE)
    }

    /// One process at a time; the lock ends with the file.
    fn turn(&self) -> io::Result<File> {
        let mut lock = self.file.as_os_str().to_owned();
        lock.push(".lock");
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(PathBuf::from(lock))?;
        file.lock()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_known_for_its_token_until_it_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("refused-pins.json");
        let of = |token: &str| RefusedPins::new(&file, token.into());
        let [one, two] = ["123456", "654321"].map(Secret::from);
        assert!(of("a").note(&one).unwrap());
        assert!(!of("a").note(&one).unwrap());
        assert!(of("a").note(&two).unwrap());
        assert!(of("b").note(&one).unwrap());
        of("a").forget(&one).unwrap();
        assert!(of("a").note(&one).unwrap());
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("123456") && !text.contains("654321"));
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(&file, "{").unwrap();
        assert!(of("a").note(&one).is_err());
    }
}
