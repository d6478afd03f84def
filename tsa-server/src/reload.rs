//! The signal HUP and the operator's request: configuration, keys and certificates are read anew
//! and swapped while serving.
//!
//! All of it is checked as at a start, trial tokens included, before anything is swapped; what
//! cannot be used is refused with its reason, and the old goes on. Only signers change: what else
//! is new in the configuration waits for the next start, and is named.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use tsa_core::GenTime;

use crate::clock::wall_time;
use crate::config::Config;
use crate::trip::{Authority, Offer, Offering, Signers};

/// Days before the end of a certificate from which on it is warned of.
const WARN_DAYS: i64 = 42;

const DAY_SECONDS: i64 = 86_400;

/// Reads everything anew: the configuration and what is made of it, or why not.
pub type Reader = Arc<dyn Fn() -> Result<(Config, Offering), String> + Send + Sync>;

/// Reads anew what a service was started with, one time after the other.
pub struct Reloader {
    authority: Arc<Authority>,
    /// What the service was started with.
    running: Config,
    read: Reader,
    turn: Mutex<()>,
}

/// What a reload has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Policies whose signer is another now, each with what is new.
    pub signers: Vec<(String, Change)>,
    /// Settings that are new in the configuration and wait for the next start.
    pub at_next_start: Vec<&'static str>,
}

/// What is new about the signer of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was none.
    Added,
    /// There is none any more.
    Removed,
    /// It has another key, and so other certificates.
    Key,
    /// It has other certificates for the same key.
    Certificates,
    /// It accepts other digests, or states another accuracy.
    Settings,
}

impl Reloader {
    /// Reads anew what `read` reads, for a service that was started with `running`.
    #[must_use]
    pub fn new(authority: &Arc<Authority>, running: &Config, read: Reader) -> Self {
        Self {
            authority: Arc::clone(authority),
            running: running.clone(),
            read,
            turn: Mutex::new(()),
        }
    }

    /// Reads everything anew and swaps it, if all of it can be used; goes on to its end also when
    /// nobody waits for it any more.
    ///
    /// # Errors
    /// What cannot be used, and why; then nothing has changed.
    pub async fn reload(self: &Arc<Self>) -> Result<Changes, String> {
        let own = Arc::clone(self);
        let done = tokio::spawn(async move { own.reload_here().await }).await;
        done.unwrap_or_else(|error| Err(error.to_string()))
    }

    async fn reload_here(&self) -> Result<Changes, String> {
        let _turn = self.turn.lock().await;
        let read = Arc::clone(&self.read);
        // Files are read, passphrases are stretched, tokens are talked to: not beside requests.
        let loaded = tokio::task::spawn_blocking(move || read()).await;
        let loaded = loaded.unwrap_or_else(|error| Err(error.to_string()));
        let (config, offering) = loaded.inspect_err(|reason| {
            tracing::error!(%reason, "the configuration cannot be used; the old one goes on");
        })?;
        let changes = Changes {
            signers: differences(&self.authority.offering.get(), &offering),
            at_next_start: settings_that_differ(&self.running, &config),
        };
        let count = offering.signers.iter().count();
        self.authority.offering.swap(offering);
        tracing::info!(signers = count, "the configuration was read anew");
        if !changes.at_next_start.is_empty() {
            tracing::warn!(
                settings = changes.at_next_start.join(", "),
                "more has changed in the configuration than signers: that takes a new start"
            );
        }
        warn_of_ends(&self.authority);
        Ok(changes)
    }
}

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloader").finish_non_exhaustive()
    }
}

impl Change {
    /// The word for it in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Key => "key",
            Self::Certificates => "certificates",
            Self::Settings => "settings",
        }
    }
}

/// What is new, by policy.
fn differences(old: &Offering, new: &Offering) -> Vec<(String, Change)> {
    let by_policy = |offering: &Offering| -> BTreeMap<_, Offer> {
        let sandbox = offering.sandbox.iter().flat_map(Signers::iter);
        let all = offering.signers.iter().chain(sandbox);
        all.map(|offer| (offer.policy, offer.clone())).collect()
    };
    let (old, new) = (by_policy(old), by_policy(new));
    let kept = new.iter().filter_map(|(policy, offer)| {
        let change = match old.get(policy) {
            None => Some(Change::Added),
            Some(before) => change(before, offer),
        };
        Some((policy.to_string(), change?))
    });
    let gone = old.keys().filter(|policy| !new.contains_key(policy));
    kept.chain(gone.map(|policy| (policy.to_string(), Change::Removed)))
        .collect()
}

fn change(old: &Offer, new: &Offer) -> Option<Change> {
    let keys = [old, new].map(|offer| offer.signer.signer().public_key_info());
    let chains = [old, new].map(|offer| (offer.signer.certificates(), offer.signer.root()));
    let settings = [old, new].map(|offer| (&offer.hashes, offer.accuracy_micros_min));
    let schemes = [old, new].map(|offer| offer.signer.signer().signature_algorithm());
    if keys.first() != keys.last() {
        return Some(Change::Key);
    }
    if chains.first() != chains.last() {
        return Some(Change::Certificates);
    }
    let is_same = settings.first() == settings.last() && schemes.first() == schemes.last();
    (!is_same).then_some(Change::Settings)
}

/// Warns of certificates that end within weeks, now and once a day.
pub async fn watch_ends(authority: Arc<Authority>) {
    let mut day = tokio::time::interval(std::time::Duration::from_secs(DAY_SECONDS.unsigned_abs()));
    loop {
        day.tick().await;
        warn_of_ends(&authority);
    }
}

fn warn_of_ends(authority: &Authority) {
    let Some(now) = wall_time() else {
        return;
    };
    for offer in authority.offering.get().signers.iter() {
        let end = offer.signer.not_after();
        let policy = offer.policy;
        match days_left(now, end) {
            days if days < 0 => tracing::error!(
                %policy, %end, "the signer's certificate is over: no tokens under this policy"
            ),
            days if days < WARN_DAYS => tracing::warn!(
                %policy, %end, days, "the signer's certificate ends; no tokens after that"
            ),
            _ => {}
        }
    }
}

fn days_left(now: GenTime, end: GenTime) -> i64 {
    (end.unix_seconds() - now.unix_seconds()).div_euclid(DAY_SECONDS)
}

/// What differs between two configurations of what a reload does not take over.
fn settings_that_differ(running: &Config, read: &Config) -> Vec<&'static str> {
    let settings = |config: &Config| {
        [
            ("listen", format!("{:?}", config.listen)),
            ("clock", format!("{:?}", config.clock)),
            (
                "clock_error_ms_max",
                format!("{:?}", config.clock_error_ms_max),
            ),
            ("gen_time_digits", format!("{:?}", config.gen_time_digits)),
            (
                "anonymous_account",
                format!("{:?}", config.anonymous_account),
            ),
            ("anonymous_from", format!("{:?}", config.anonymous_from)),
            ("admin_from", format!("{:?}", config.admin_from)),
            ("unmetered", format!("{:?}", config.unmetered)),
            (
                "low_balance_command",
                format!("{:?}", config.low_balance_command),
            ),
            ("trusted_proxies", format!("{:?}", config.trusted_proxies)),
            ("ca", format!("{:?}", config.ca)),
            ("webhooks", format!("{:?}", config.webhooks)),
            ("limits", format!("{:?}", config.limits)),
            ("self_check", format!("{:?}", config.self_check)),
            ("log", format!("{:?}", config.log)),
        ]
    };
    let pairs = settings(running).into_iter().zip(settings(read));
    let different = pairs.filter(|((_, running), (_, read))| running != read);
    different.map(|((name, _), _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_down_to_the_end() {
        let at = |seconds| GenTime::from_unix(1_790_000_000 + seconds, 0).unwrap();
        assert_eq!(days_left(at(0), at(41 * DAY_SECONDS + 1)), 41);
        assert_eq!(days_left(at(0), at(1)), 0);
        assert_eq!(days_left(at(0), at(-1)), -1);
    }
}
