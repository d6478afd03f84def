//! Keys that are out of service: where that is noted, and how a running server hears of it.
//!
//! Noted in the ledger, where every server on it looks, and in a file of the data folder, which a
//! ledger that comes back from an old copy does not take along. Signers whose certificate the
//! development CA has revoked are out of service too. Looked at once a second.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::MissedTickBehavior;
use tsa_core::CertificateAnatomy;
use tsa_ledger::Ledger;

use crate::ca::{Ca, CaError, Reason, Revoked};
use crate::data_dir::DataDir;
use crate::durable;
use crate::signer::KeyId;
use crate::trip::{Authority, Offering, Signers};

/// How often is looked: what a server may still grant after a key was stopped.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A key that is out of service, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// SHA-256 of its `SubjectPublicKeyInfo`, in hexadecimal.
    pub(crate) key: String,
    /// Since when, in UTC.
    pub(crate) at: String,
    /// The operator's words.
    pub(crate) reason: String,
}

/// Notes a key in the data folder, for good. What was noted of it before stays.
pub(crate) fn note(data: &DataDir, note: Note) -> io::Result<Option<Note>> {
    let path = data.stopped_keys();
    let lock = data.path().join("stopped-keys.lock");
    let mut options = fs::File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    // Ends with the file.
    let lock = options.open(lock)?;
    lock.lock()?;
    let mut notes = read(&path)?;
    if let Some(before) = notes.iter().find(|before| before.key == note.key) {
        return Ok(Some(before.clone()));
    }
    notes.push(note);
    let mut text = serde_json::to_vec_pretty(&notes).map_err(io::Error::from)?;
    text.push(b'\n');
    durable::replace(&path, &text, durable::PUBLIC)?;
    Ok(None)
}

/// The keys that are noted in the data folder.
///
/// # Errors
/// The file cannot be read, or says something else; then nobody knows which keys are meant.
pub(crate) fn noted(data: &DataDir) -> io::Result<Vec<KeyId>> {
    let path = data.stopped_keys();
    let explain = |reason: String| io::Error::other(format!("{}: {reason}", path.display()));
    let notes = read(&path).map_err(|error| explain(error.to_string()))?;
    let key = |note: &Note| {
        let mut key = KeyId::default();
        let decoded = base16ct::lower::decode(&note.key, &mut key).map(<[u8]>::len);
        let is_key = decoded.is_ok_and(|length| length == key.len());
        is_key
            .then_some(key)
            .ok_or_else(|| explain(format!("`{}` is no key", note.key)))
    };
    notes.iter().map(key).collect()
}

fn read(path: &Path) -> io::Result<Vec<Note>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Stops the signers whose certificate the development CA has revoked. The serial numbers of those
/// whose tokens are not believed any more.
///
/// # Errors
/// What is revoked cannot be read.
pub(crate) fn stop_revoked(offering: &Offering, ca: &Ca) -> Result<Vec<String>, CaError> {
    let revoked = ca.revoked()?;
    let is_distrusted = |it: &&Revoked| {
        matches!(
            it.reason,
            Reason::KeyCompromise | Reason::PrivilegeWithdrawn
        )
    };
    let distrusted = revoked.iter().filter(is_distrusted);
    let distrusted = distrusted.map(|it| it.serial.clone()).collect();
    let revoked: HashSet<&str> = revoked.iter().map(|it| it.serial.as_str()).collect();
    let sandbox = offering.sandbox.iter().flat_map(Signers::iter);
    for offer in offering.signers.iter().chain(sandbox) {
        let signer = &offer.signer;
        let leaf = signer.certificates().first();
        let leaf = leaf.map(Vec::as_slice).unwrap_or_default();
        let serial = CertificateAnatomy::read(leaf).map(|it| it.serial_number.to_hex());
        let is_listed = serial.is_ok_and(|serial| revoked.contains(serial.as_str()));
        if is_listed && !signer.is_stopped() && ca.is_named_by(leaf)? {
            signer.stop();
            tracing::error!(policy = %offer.policy,
                "the certificate of the signer is revoked: no tokens under this policy");
        }
    }
    Ok(distrusted)
}

/// What is looked at, and for whom.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) authority: Arc<Authority>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) data: DataDir,
    pub(crate) ca: Ca,
}

impl Watch {
    /// Takes out of service what is noted.
    ///
    /// # Errors
    /// Words for what cannot be read.
    pub(crate) async fn look(self: &Arc<Self>) -> Result<(), String> {
        let own = Arc::clone(self);
        // Files are read: not beside requests, and not behind a ledger that does not answer.
        let looked = tokio::task::spawn_blocking(move || {
            let offering = own.authority.offering.get();
            let revoked = stop_revoked(&offering, &own.ca).map_err(|error| error.to_string());
            let revoked =
                revoked.map(|serials| own.authority.offering.stops().add_revoked(serials));
            let noted = noted(&own.data).map_err(|error| error.to_string())?;
            own.authority.offering.stop(noted);
            revoked
        });
        let in_ledger = self.ledger.stopped_keys().await.map(|keys| {
            self.authority
                .offering
                .stop(keys.into_iter().map(|stopped| stopped.key));
        });
        let looked = looked.await.map_err(|error| error.to_string())?;
        in_ledger.map_err(|error| error.to_string()).and(looked)
    }

    /// Looks for as long as the service runs.
    pub(crate) async fn look_always(self: Arc<Self>) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = None;
        loop {
            tick.tick().await;
            let fault = self.look().await.err();
            if let Some(reason) = fault.as_ref().filter(|_| fault != told) {
                tracing::error!(%reason, "it cannot be told which keys are out of service");
            }
            told = fault;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_stays_and_what_cannot_be_read_is_no_empty_list() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::new(folder.path());
        let of = |byte: &str, reason: &str| Note {
            key: byte.repeat(32),
            at: "2026-11-22T08:00:00Z".into(),
            reason: reason.into(),
        };
        assert_eq!(noted(&data).unwrap(), Vec::<KeyId>::new());
        assert_eq!(note(&data, of("0a", "first")).unwrap(), None);
        assert_eq!(note(&data, of("0b", "other")).unwrap(), None);
        let before = note(&data, of("0a", "second")).unwrap();
        assert_eq!(before, Some(of("0a", "first")));
        assert_eq!(noted(&data).unwrap(), [[0x0a; 32], [0x0b; 32]]);
        for text in ["", "{", "[{\"key\":\"0a\",\"at\":\"\",\"reason\":\"\"}]"] {
            fs::write(data.stopped_keys(), text).unwrap();
            assert!(noted(&data).is_err(), "{text}");
        }
    }
}
