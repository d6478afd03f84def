//! `tsa.toml`: what the operator decides, checked while it is read.
//!
//! The comments on the fields are the manual; the annotated example that `init` writes says the
//! same with values. Flags and environment variables of the program win over the file. Nothing
//! falls back silently: an unknown key, a wrong unit or a missing file stops the start with the
//! line or the path and the reason.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use crate::network::Network;
use serde::Deserialize;
use tsa_ledger::AccountName;

mod ca;
mod signer;

pub use ca::CaConfig;
pub use signer::{Hash, Pkcs11Config, Policy, SignerConfig};

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It says something that is not understood.
    #[error("{}: {error}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        error: Box<toml::de::Error>,
    },
    /// It says something that cannot be.
    #[error("{}: {reason}", path.display())]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// What cannot be.
        reason: String,
    },
}

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on. Default `127.0.0.1:3161`.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Where the time comes from. Default `system`.
    #[serde(default)]
    pub clock: ClockChoice,
    /// Largest error of the clock at which tokens are still made, in milliseconds, 1 to 60000.
    /// Default 1000. Not used by `clock = "system"`, whose error nobody knows.
    #[serde(default = "default_clock_error_ms_max")]
    pub clock_error_ms_max: Bounded<1, 60_000>,
    /// The smallest accuracy that is stated, in milliseconds, 1 to 60000. Default 100. A signature
    /// must be made within the accuracy, so slow keys need room.
    #[serde(default = "default_accuracy_ms_min")]
    pub accuracy_ms_min: Bounded<1, 60_000>,
    /// Decimal places of a second in `genTime`, 0 to 6. Default 3. What is cut off is added to
    /// the stated accuracy.
    #[serde(default = "default_gen_time_digits")]
    pub gen_time_digits: Bounded<0, 6>,
    /// The account that pays for requests without a key. Default none: they get 401. When there is
    /// no account at all yet, it is made with 1000 credits.
    #[serde(default)]
    pub anonymous_account: Option<Account>,
    /// From where requests without a key are taken: `loopback`, this machine only, or `anywhere`.
    /// Default `loopback`.
    #[serde(default)]
    pub anonymous_from: AnonymousFrom,
    /// From where the operator's requests (`/api/v1/admin`) are taken: `loopback`, this machine
    /// only, or `anywhere`. Default `loopback`.
    #[serde(default)]
    pub admin_from: AnonymousFrom,
    /// Whether nobody pays: no key is asked for, nothing is recorded, and tokens cost nothing. For
    /// measuring, and for where something else counts. Default false.
    #[serde(default)]
    pub unmetered: bool,
    /// A program that is run when a balance falls to the mark of its account, with the account and
    /// the balance as its two arguments. Default none; a line in the log says it in any case.
    #[serde(default)]
    pub low_balance_command: Option<PathBuf>,
    /// Proxies that are believed when they say where a request comes from (`X-Forwarded-For`):
    /// addresses, or networks such as `10.0.0.0/8`. Default none.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// The signers; a request that names no policy gets the first.
    #[serde(rename = "signer")]
    pub signers: Vec<SignerConfig>,
    /// The test authority, which signs for sandbox accounts. Default none: they get no tokens.
    #[serde(default)]
    pub sandbox: Option<SignerConfig>,
    /// The development CA.
    #[serde(default)]
    pub ca: CaConfig,
    /// Webhooks of the API.
    #[serde(default)]
    pub webhooks: WebhookConfig,
    /// Bounds of the service.
    #[serde(default)]
    pub limits: Limits,
    /// Checks of tokens before they leave.
    #[serde(default)]
    pub self_check: SelfCheck,
    /// Log lines.
    #[serde(default)]
    pub log: Log,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ClockChoice {
    /// The machine's clock, believed; tokens state no accuracy
    #[default]
    System,
    /// The machine's clock while the kernel says that it is synchronised, with the kernel's bound
    /// on its error
    Kernel,
}

/// From where requests are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnonymousFrom {
    /// This machine.
    #[default]
    Loopback,
    /// Everywhere.
    Anywhere,
}

/// The name of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Account(pub AccountName);

impl TryFrom<String> for Account {
    type Error = tsa_ledger::types::BadName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse().map(Self)
    }
}

/// Bounds of the service.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Longest request body, in bytes, 1024 to 1048576. Default 65536.
    pub body_bytes_max: Bounded<1024, 1_048_576>,
    /// Most connections at a time, 1 to 1000000. Default 10000. Further ones wait.
    pub connections_max: Bounded<1, 1_000_000>,
    /// Most requests of one account in a second, and as many at once, 0 to 1000000; further ones
    /// get 429. Default 0, which is no limit.
    pub account_requests_per_second_max: Bounded<0, 1_000_000>,
    /// Most requests of one client address (of IPv6: one /64) in a second, and as many at once, 0
    /// to 1000000; further ones get 429. Default 0, which is no limit.
    pub address_requests_per_second_max: Bounded<0, 1_000_000>,
    /// Longest body of the API that brings digests, in bytes, 65536 to 67108864. Default 8388608,
    /// which is enough for 10,000 digests with long names.
    pub batch_bytes_max: Bounded<65_536, 67_108_864>,
    /// Most such bodies above 64 KiB that are worked through at a time, 1 to 10000; further ones
    /// get 429. Default 16.
    pub batches_max: Bounded<1, 10_000>,
    /// Longest time to send a request's header, and again its body, in seconds, 1 to 600; a body of
    /// the API has three times that. Default 10. Also how long a connection may be idle.
    pub request_seconds_max: Bounded<1, 600>,
    /// Longest wait for requests under way when stopping, in seconds, 0 to 3600. Default 30.
    pub stop_seconds_max: Bounded<0, 3600>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: Bounded(65_536),
            connections_max: Bounded(10_000),
            account_requests_per_second_max: Bounded(0),
            address_requests_per_second_max: Bounded(0),
            batch_bytes_max: Bounded(8_388_608),
            batches_max: Bounded(16),
            request_seconds_max: Bounded(10),
            stop_seconds_max: Bounded(30),
        }
    }
}

/// Webhooks of the API.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Whether they may lead to this machine and to private networks, and by http: for trying out,
    /// and where everybody with a key is trusted. Default false.
    pub private_targets: bool,
    /// Pause before the second attempt, in seconds, 1 to 3600; each further one is four times as
    /// long, up to a day. Default 5.
    pub retry_seconds: Bounded<1, 3600>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            private_targets: false,
            retry_seconds: Bounded(5),
        }
    }
}

/// Checks of tokens before they leave. The structure of every token is checked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelfCheck {
    /// The whole verifier runs over the first token of a key and over one in this many, 1 (all)
    /// to 1000000. Default 1000.
    pub verify_one_in: Bounded<1, 1_000_000>,
}

impl Default for SelfCheck {
    fn default() -> Self {
        Self {
            verify_one_in: Bounded(1000),
        }
    }
}

/// Log lines, written to standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`. Default `text`.
    pub format: LogFormat,
    /// What is logged, as in `RUST_LOG`, which wins. Default `info`: one line per token.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".into(),
        }
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Bounded<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Bounded<MIN, MAX> {
    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<i64> for Bounded<MIN, MAX> {
    type Error = String;

    fn try_from(value: i64) -> Result<Self, Self::Error> {
        let number = u32::try_from(value)
            .ok()
            .filter(|number| (MIN..=MAX).contains(number));
        number
            .map(Self)
            .ok_or_else(|| format!("{value} is not between {MIN} and {MAX}"))
    }
}

impl Config {
    /// Reads a file. Relative paths in it are taken from the file's folder.
    ///
    /// # Errors
    /// [`ConfigError`] with line and reason.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let read = |error| ConfigError::Read {
            path: path.to_owned(),
            error,
        };
        let text = std::fs::read_to_string(path).map_err(read)?;
        let mut config: Self = toml::from_str(&text).map_err(|error| ConfigError::Parse {
            path: path.to_owned(),
            error: Box::new(error),
        })?;
        config
            .check()
            .map_err(|reason| ConfigError::Contradiction {
                path: path.to_owned(),
                reason,
            })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if let Some(command) = &mut config.low_balance_command {
            *command = folder.join(&*command);
        }
        config.ca.take_paths_from(folder);
        for signer in config.signers.iter_mut().chain(&mut config.sandbox) {
            signer.take_paths_from(folder);
        }
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if self.signers.is_empty() {
            return Err("at least one [[signer]] is needed".into());
        }
        let all: Vec<&SignerConfig> = self.signers.iter().chain(&self.sandbox).collect();
        for (index, signer) in all.iter().enumerate() {
            let policy = signer.policy;
            if all.iter().take(index).any(|before| before.policy == policy) {
                return Err(format!("two signers have the policy {}", policy.0));
            }
            signer.check()?;
            if signer.hashes.is_empty() {
                return Err(format!(
                    "the signer of policy {} accepts no hashes",
                    policy.0
                ));
            }
        }
        Ok(())
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 3161))
}

fn default_clock_error_ms_max() -> Bounded<1, 60_000> {
    Bounded(1000)
}

fn default_accuracy_ms_min() -> Bounded<1, 60_000> {
    Bounded(100)
}

fn default_gen_time_digits() -> Bounded<0, 6> {
    Bounded(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::SecretSource;

    const SIGNER: &str =
        "[[signer]]\npolicy = \"1.2.3\"\nkey = \"k\"\ncertificates = \"c\"\nroot = \"r\"\n";

    fn load(text: &str) -> Config {
        written(text).1.unwrap()
    }

    fn refusal(text: &str) -> String {
        written(text).1.unwrap_err().to_string()
    }

    fn written(text: &str) -> (tempfile::TempDir, Result<Config, ConfigError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tsa.toml");
        std::fs::write(&path, text).unwrap();
        let loaded = Config::load(&path);
        (folder, loaded)
    }

    #[test]
    fn a_minimal_file_gets_the_documented_defaults() {
        let config = load(SIGNER);
        assert_eq!(config.listen.to_string(), "127.0.0.1:3161");
        assert_eq!(config.clock, ClockChoice::System);
        assert_eq!(config.limits.body_bytes_max.get(), 65_536);
        assert_eq!(config.signers[0].hashes.len(), 8);
        assert!(config.signers[0].key.as_ref().unwrap().is_absolute());
        let more = "passphrase = \"file:p\"\naccuracy_ms_min = 50\n";
        let signer = &load(&(SIGNER.to_owned() + more)).signers[0];
        match &signer.passphrase {
            Some(SecretSource::File(path)) => assert!(path.is_absolute()),
            other => panic!("{other:?}"),
        }
        assert_eq!(signer.accuracy_ms_min.map(Bounded::get), Some(50));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let cases = [
            ("listen = \"nowhere\"\n", "line 1", "invalid socket address"),
            ("clock = \"sundial\"\n", "line 1", "unknown variant"),
            ("\nlisten_on = \"127.0.0.1:1\"\n", "line 2", "unknown field"),
            (
                "gen_time_digits = 7\n",
                "line 1",
                "7 is not between 0 and 6",
            ),
            (
                "[limits]\nbody_bytes_max = -1\n",
                "line 2",
                "-1 is not between",
            ),
            (
                "[[signer]]\npolicy = \"1.2.x\"\n",
                "line 2",
                "not a decimal number",
            ),
            (
                "[[signer]]\npassphrase = \"open sesame\"\n",
                "line 2",
                "file:PATH, env:NAME or credential:NAME",
            ),
        ];
        for (text, line, reason) in cases {
            let at_line = text.to_owned() + SIGNER;
            let error = refusal(&at_line);
            assert!(
                error.contains(line) && error.contains(reason),
                "{text:?}: {error}"
            );
        }
        let hashes = SIGNER.to_owned() + "hashes = [\"sha257\"]\n";
        assert!(refusal(&hashes).contains("`sha257`: unknown digest"));
    }

    #[test]
    fn contradictions_are_refused() {
        let twice = SIGNER.to_owned() + SIGNER;
        assert!(refusal(&twice).contains("two signers have the policy 1.2.3"));
        assert!(refusal("").contains("signer"));
        let token = "[signer.pkcs11]\nmodule = \"/m.so\"\ntoken = \"t\"\npin = \"file:pin\"\n";
        let both = SIGNER.to_owned() + token + "key_label = \"k\"\n";
        assert!(refusal(&both).contains("either `key` or `pkcs11`"));
        let neither = SIGNER.replace("key = \"k\"\n", "");
        assert!(refusal(&neither).contains("either `key` or `pkcs11`"));
        let unnamed = neither.clone() + token;
        assert!(refusal(&unnamed).contains("key_label or key_id"));
        let odd = unnamed.clone() + "key_id = \"0g\"\n";
        assert!(refusal(&odd).contains("hexadecimal"));
        let config = load(&(unnamed + "key_id = \"0A\"\n"));
        let place = config.signers[0].pkcs11.as_ref().unwrap().place();
        assert_eq!(place.id, Some(vec![10]));
    }
}
