//! The signal HUP: configuration, keys and certificates are read anew and swapped while serving.
//!
//! All of it is checked as at a start, trial tokens included, before anything is swapped; what
//! cannot be used is refused with its reason, and the old goes on. Only signers change: what else
//! is new in the configuration waits for the next start, and the log says so.

use std::sync::Arc;

use tsa_core::GenTime;

use crate::clock::wall_time;
use crate::config::Config;
use crate::trip::{Authority, Offering};

/// Days before the end of a certificate from which on it is warned of.
const WARN_DAYS: i64 = 42;

const DAY_SECONDS: i64 = 86_400;

/// Reads everything anew: the configuration and what is made of it, or why not.
pub type Reader = Arc<dyn Fn() -> Result<(Config, Offering), String> + Send + Sync>;

/// Reads everything anew and swaps it, if all of it can be used. `running` is what the service was
/// started with.
pub async fn reload(authority: &Arc<Authority>, running: &Config, read: &Reader) {
    let read = Arc::clone(read);
    // Files are read, passphrases are stretched, tokens are talked to: not beside requests.
    let loaded = tokio::task::spawn_blocking(move || read()).await;
    let loaded = loaded.unwrap_or_else(|error| Err(error.to_string()));
    match loaded {
        Ok((config, offering)) => {
            let count = offering.signers.iter().count();
            authority.offering.swap(offering);
            tracing::info!(signers = count, "the configuration was read anew");
            if rest(&config) != rest(running) {
                tracing::warn!(
                    "more has changed in the configuration than signers: that takes a new start"
                );
            }
            warn_of_ends(authority);
        }
        Err(reason) => tracing::error!(
            %reason,
            "the configuration cannot be used; the old one goes on"
        ),
    }
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

/// The configuration but for what is swapped.
fn rest(config: &Config) -> String {
    let rest = Config {
        signers: Vec::new(),
        sandbox: None,
        ..config.clone()
    };
    format!("{rest:?}")
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
