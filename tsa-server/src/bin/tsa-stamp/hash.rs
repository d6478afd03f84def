//! The digest of a file, read once from start to end in small pieces.
//!
//! In scope: which digests are offered, and noticing that a file changes while it is read. Not in
//! scope: what is done with the digest.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use sha3::Digest as _;
use tsa_core::{DigestAlgorithm, MessageImprint};

use crate::stop::Stop;

/// Bytes read at once; each hashing thread has one buffer of this size.
pub(crate) const BUFFER_BYTES: usize = 256 * 1024;

/// A digest that may be asked for: strong enough to be stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OfferedDigest {
    algorithm: DigestAlgorithm,
}

impl OfferedDigest {
    /// By its name on the command line.
    pub(crate) fn from_name(name: &str) -> Result<Self, String> {
        let offered = "offered are sha256, sha384, sha512, sha512-256, sha3-256, sha3-384, \
                       sha3-512 and sm3";
        let algorithm: DigestAlgorithm = name
            .parse()
            .map_err(|_| format!("no such digest; {offered}"))?;
        match Hasher::new(algorithm) {
            Some(_) => Ok(Self { algorithm }),
            None => Err(format!(
                "{algorithm} is too weak: a second file with the same digest could claim the \
                 token; {offered}"
            )),
        }
    }

    /// The digest of a file as it is now.
    pub(crate) fn of_file(
        self,
        path: &Path,
        buffer: &mut [u8],
        stop: &Stop,
        mut read: impl FnMut(u64),
    ) -> Result<MessageImprint, HashError> {
        let mut hasher = Hasher::new(self.algorithm).ok_or(HashError::Weak)?;
        let mut file = File::open(path)?;
        let before = file.metadata()?;
        if !before.is_file() {
            return Err(HashError::NotRegular);
        }
        let mut total: u64 = 0;
        loop {
            if stop.is_stopping() {
                return Err(HashError::Stopped);
            }
            let count = match file.read(buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            hasher.update(buffer.get(..count).unwrap_or_default());
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            total = total.saturating_add(count);
            read(count);
        }
        // By its name, so that a file put in its place is noticed too.
        let after = fs::metadata(path)?;
        if total != before.len() || !is_same_version(&before, &after) {
            return Err(HashError::Changed);
        }
        Ok(MessageImprint::new(self.algorithm.oid(), hasher.finish()))
    }
}

fn is_same_version(before: &Metadata, after: &Metadata) -> bool {
    let modified = match (before.modified(), after.modified()) {
        (Ok(before), Ok(after)) => before == after,
        // A system without such a time: the size has to do.
        _ => true,
    };
    before.len() == after.len() && modified && is_same_file(before, after)
}

#[cfg(unix)]
fn is_same_file(before: &Metadata, after: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (before.dev(), before.ino()) == (after.dev(), after.ino())
}

#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Why there is no digest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HashError {
    /// It cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It became something else since it was found.
    #[error("is not a regular file")]
    NotRegular,
    /// Its size, time or identity differs before and after.
    #[error("changed while it was read; stamp it when it is at rest (nothing was sent)")]
    Changed,
    /// [`OfferedDigest`] lets no weak one through.
    #[error("the digest is not offered")]
    Weak,
    /// The run ends.
    #[error("was not read to its end")]
    Stopped,
}

enum Hasher {
    Ring(Box<ring::digest::Context>),
    Sha3_256(Box<sha3::Sha3_256>),
    Sha3_384(Box<sha3::Sha3_384>),
    Sha3_512(Box<sha3::Sha3_512>),
    Sm3(Box<sm3::Sm3>),
}

impl Hasher {
    fn new(algorithm: DigestAlgorithm) -> Option<Self> {
        let ring = |algorithm| Self::Ring(Box::new(ring::digest::Context::new(algorithm)));
        Some(match algorithm {
            DigestAlgorithm::Sha256 => ring(&ring::digest::SHA256),
            DigestAlgorithm::Sha384 => ring(&ring::digest::SHA384),
            DigestAlgorithm::Sha512 => ring(&ring::digest::SHA512),
            DigestAlgorithm::Sha512_256 => ring(&ring::digest::SHA512_256),
            DigestAlgorithm::Sha3_256 => Self::Sha3_256(Box::default()),
            DigestAlgorithm::Sha3_384 => Self::Sha3_384(Box::default()),
            DigestAlgorithm::Sha3_512 => Self::Sha3_512(Box::default()),
            DigestAlgorithm::Sm3 => Self::Sm3(Box::default()),
            // md5, sha1, sha224, sha512-224, sha3-224, and what is added later without a thought of
            // here.
            _ => return None,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Ring(context) => context.update(bytes),
            Self::Sha3_256(state) => state.update(bytes),
            Self::Sha3_384(state) => state.update(bytes),
            Self::Sha3_512(state) => state.update(bytes),
            Self::Sm3(state) => state.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Ring(context) => context.finish().as_ref().to_vec(),
            Self::Sha3_256(state) => state.finalize().to_vec(),
            Self::Sha3_384(state) => state.finalize().to_vec(),
            Self::Sha3_512(state) => state.finalize().to_vec(),
            Self::Sm3(state) => state.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_digest_is_offered_or_refused_as_weak() {
        for algorithm in DigestAlgorithm::all() {
            let weak = matches!(
                algorithm,
                DigestAlgorithm::Md5
                    | DigestAlgorithm::Sha1
                    | DigestAlgorithm::Sha224
                    | DigestAlgorithm::Sha512_224
                    | DigestAlgorithm::Sha3_224
            );
            let offered = OfferedDigest::from_name(algorithm.name());
            assert_eq!(offered.is_err(), weak, "{algorithm}");
            if let Err(words) = offered {
                assert!(words.contains("too weak"), "{words}");
            }
        }
        assert!(OfferedDigest::from_name("crc32").is_err());
    }

    #[test]
    fn digests_have_the_length_their_name_promises() {
        for algorithm in DigestAlgorithm::all() {
            if let Some(mut hasher) = Hasher::new(algorithm) {
                hasher.update(b"abc");
                assert_eq!(hasher.finish().len(), algorithm.digest_bytes());
            }
        }
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_has_no_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, [1; 1000]).unwrap();
        let digest = OfferedDigest::from_name("sha256").unwrap();
        let stop = Stop::default();
        let of_file = |read: &mut dyn FnMut(u64)| digest.of_file(&path, &mut [0; 100], &stop, read);
        assert!(of_file(&mut |_| ()).is_ok());
        let mut grown = false;
        let grows = of_file(&mut |_| {
            if !grown {
                fs::write(&path, [2; 1001]).unwrap();
            }
            grown = true;
        });
        assert!(matches!(grows, Err(HashError::Changed)), "{grows:?}");
    }

    #[test]
    fn a_file_put_in_its_place_while_it_is_read_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, [1; 1000]).unwrap();
        fs::write(&other, [2; 1000]).unwrap();
        let digest = OfferedDigest::from_name("sha3-256").unwrap();
        let replaced = digest.of_file(&path, &mut [0; 4096], &Stop::default(), |_| {
            drop(fs::rename(&other, &path));
        });
        assert!(matches!(replaced, Err(HashError::Changed)), "{replaced:?}");
    }
}
