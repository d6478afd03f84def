//! The CRL that a running server serves: taken from where `ca crl` and `ca revoke` put it, and
//! renewed when half of its time is over, where the key of the CA is at hand.
//!
//! Looked at once a second, so that a revocation by hand is served within one. The key is read when
//! it is needed and not kept.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tsa_core::GenTime;

use super::{Ca, CaError, Published};

/// Wait after a CRL that could not be made, in seconds.
const RETRY_SECONDS: i64 = 60;

/// How often the same trouble is told, in seconds.
const TELL_SECONDS: i64 = 3600;

/// The CRL that is served, and what sees to it.
#[derive(Debug)]
pub struct Keeper {
    ca: Ca,
    served: RwLock<Option<Arc<Published>>>,
    looking: Mutex<Looking>,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
struct Looking {
    crl: Option<Identity>,
    list: Option<Identity>,
    /// What the list of revocations says: the number of the last CRL, and how much is revoked.
    due: (u64, usize),
    retry_at: i64,
    told: Option<(String, i64)>,
}

/// What changes when a file is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64, i64, i64);

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        let it = fs::metadata(path).ok()?;
        Some(Self(it.ino(), it.len(), it.mtime(), it.mtime_nsec()))
    }
}

impl Keeper {
    /// Sees to the CRL of a CA; nothing is served before the first [`Keeper::look`].
    #[must_use]
    pub fn new(ca: Ca) -> Self {
        Self {
            ca,
            served: RwLock::new(None),
            looking: Mutex::new(Looking::default()),
        }
    }

    /// The CRL that is served now.
    pub(crate) fn served(&self) -> Option<Arc<Published>> {
        let served = self.served.read();
        served.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up what has changed, and renews what is due. Reads and writes files, and signs.
    pub fn look(&self, now: GenTime) {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.look_with(&mut looking, now) {
            looking.retry_at = now.unix_seconds() + RETRY_SECONDS;
            self.tell(&mut looking, &error, now);
        }
    }

    fn look_with(&self, looking: &mut Looking, now: GenTime) -> Result<(), CaError> {
        self.take_up(looking)?;
        if !self.ca.has_key() {
            let served = self.served();
            let ends = served.filter(|served| is_half_over(served, now));
            return match ends {
                Some(_) => Err(CaError::Absent(self.ca.config.key.clone())),
                None => Ok(()),
            };
        }
        if now.unix_seconds() >= looking.retry_at {
            let list = Identity::of(&self.ca.data.revoked());
            if list != looking.list {
                looking.due = self.ca.due()?;
                looking.list = list;
            }
            if is_due(self.served().as_deref(), looking.due, now) {
                let made = self.ca.publish(self.ca.crl_hours(), now)?;
                tracing::info!(number = made.number, until = %made.next_update, "made a new CRL");
                self.take_up(looking)?;
            }
            looking.told = None;
        }
        Ok(())
    }

    /// Serves what is on the disk.
    fn take_up(&self, looking: &mut Looking) -> Result<(), CaError> {
        let crl = Identity::of(&self.ca.data.crl());
        if crl != looking.crl {
            let published = self.ca.published()?.map(Arc::new);
            *self.served.write().unwrap_or_else(PoisonError::into_inner) = published;
            looking.crl = crl;
        }
        Ok(())
    }

    /// Says what is wrong, and until when that hurts nobody.
    fn tell(&self, looking: &mut Looking, error: &CaError, now: GenTime) {
        let reason = error.to_string();
        let before = looking.told.as_ref();
        let served = self.served();
        let is_new = before.is_none_or(|(told, at)| {
            let is_time = now.unix_seconds() >= at + TELL_SECONDS;
            // A root of somebody else is in its place: that is said once.
            let is_gone = matches!(error, CaError::OtherKey { .. });
            *told != reason || (served.is_some() && is_time && !is_gone)
        });
        if !is_new {
            return;
        }
        match served {
            Some(served) if served.next_update <= now => tracing::error!(
                %reason, ended = %served.next_update,
                "the CRL is over and cannot be renewed: verifiers that want one refuse tokens"
            ),
            Some(served) => tracing::warn!(
                %reason, until = %served.next_update,
                "the CRL cannot be renewed; `tsa-server ca crl` makes one where the key is"
            ),
            None => tracing::warn!(%reason, "there is no CRL to serve at /crl.der"),
        }
        looking.told = Some((reason, now.unix_seconds()));
    }
}

/// Whether a new CRL is wanted: there is none, it lacks something, or half of its time is over.
fn is_due(served: Option<&Published>, (number, revoked): (u64, usize), now: GenTime) -> bool {
    served.is_none_or(|served| {
        served.number < number || served.revoked < revoked || is_half_over(served, now)
    })
}

fn is_half_over(crl: &Published, now: GenTime) -> bool {
    let (begin, end) = (
        crl.this_update.unix_seconds(),
        crl.next_update.unix_seconds(),
    );
    now.unix_seconds() >= begin + (end - begin) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::data_dir::DataDir;
    use crate::init::{KeyOrder, init};
    use crate::signer::KeyType;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> GenTime {
        GenTime::from_unix(1_790_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_crl_is_due_when_half_of_its_time_is_over_or_something_is_missing() {
        let crl = Published {
            der: Vec::new(),
            issuer: Vec::new(),
            number: 7,
            revoked: 2,
            this_update: at(0),
            next_update: at(1000),
        };
        for (due, seconds, expected) in [
            ((7, 2), 499, false),
            ((7, 2), 500, true),
            ((7, 2), 5000, true),
            ((8, 2), 1, true),
            ((7, 3), 1, true),
            ((6, 1), 1, false),
        ] {
            assert_eq!(
                is_due(Some(&crl), due, at(seconds)),
                expected,
                "{due:?} {seconds}"
            );
        }
        assert!(is_due(None, (0, 0), at(0)));
    }

    #[test]
    fn a_crl_is_renewed_while_the_key_is_there_and_served_on_when_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::new(&folder.path().join("tsa-data"));
        let order = KeyOrder {
            key_type: KeyType::P256,
            passphrase: None,
            token: None,
            public_url: None,
        };
        init(&data, &order, at(0)).unwrap();
        let config = Config::load(&data.config()).unwrap();
        let keeper = Keeper::new(Ca::new(&data, &config.ca));
        let number_after = |seconds| {
            keeper.look(at(seconds));
            keeper.served().map(|crl| crl.number)
        };
        assert_eq!(number_after(0), Some(1));
        assert_eq!(number_after(3 * DAY), Some(1));
        assert_eq!(number_after(4 * DAY), Some(2));
        assert_eq!(keeper.served().unwrap().next_update, at(11 * DAY));
        let (key, away) = (&config.ca.key, data.path().join("away"));
        fs::rename(key, &away).unwrap();
        assert_eq!(number_after(12 * DAY), Some(2));
        fs::rename(&away, key).unwrap();
        assert_eq!(
            number_after(12 * DAY + 30),
            Some(2),
            "not tried again at once"
        );
        assert_eq!(number_after(12 * DAY + 60), Some(3));
        // A list that cannot be read is not started anew.
        fs::write(data.revoked(), "{").unwrap();
        assert_eq!(number_after(20 * DAY), Some(3));
        assert_eq!(fs::read_to_string(data.revoked()).unwrap(), "{");
    }
}
