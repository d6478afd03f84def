//! `incident`: a key that may be in other hands is stopped, revoked, and its tokens are listed.
//!
//! In this order, so that whatever fails later the key signs nothing: noted in the data folder,
//! noted in the ledger, listed, revoked, reported. A list that cannot be made holds up neither of
//! the others. Each step can be repeated.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::json;
use tsa_core::GenTime;
use tsa_ledger::record::Search;
use tsa_ledger::stop::StoppedKey;
use tsa_ledger::{Ledger, LedgerError, UnixMicros};

use crate::args::{IncidentArguments, ListFormat};
use crate::ca::{Ca, CaError, Order, Outcome, Reason};
use crate::clock::wall_time;
use crate::commands_ledger::{LedgerCommandError, with_ledger};
use crate::config::{Config, ConfigError};
use crate::console::say;
use crate::data_dir::DataDir;
use crate::durable;
use crate::incident::report::{CSV_HEAD, CertificateReport, Line, Report};
use crate::incident::{Signed, Suspect};
use crate::out_of_service::{LOOK_EVERY, Note, note};

/// Tokens that are read at a time.
const PAGE: u32 = 500;

/// What was asked of an incident is not done, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IncidentError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerCommandError),
    /// No key is found by that name.
    #[error("{0}")]
    NoKey(String),
    /// The time ends before it begins, or begins in the future.
    #[error("--to is not behind --from, or --from lies ahead")]
    Period,
    /// A file cannot be written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The clock shows no usable time.
    #[error("the machine's clock shows no year between 0 and 9999")]
    NoTime,
    /// Something was not done.
    #[error("not everything is done: {0}")]
    Remains(String),
}

impl From<LedgerError> for IncidentError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.into())
    }
}

/// What is asked, made whole.
struct Case<'a> {
    arguments: &'a IncidentArguments,
    config: Config,
    data: DataDir,
    ca: Ca,
    now: GenTime,
}

pub(crate) fn incident(arguments: &IncidentArguments) -> Result<(), IncidentError> {
    let location = &arguments.location;
    let data = DataDir::new(&location.data);
    let path = location.config.clone().unwrap_or_else(|| data.config());
    let mut config = Config::load(&path)?;
    if let Some(place) = &arguments.passphrase {
        config.ca.passphrase = Some(place.clone());
    }
    let now = wall_time().ok_or(IncidentError::NoTime)?;
    let case = Case {
        ca: Ca::new(&data, &config.ca),
        arguments,
        config,
        data,
        now,
    };
    if arguments.to.is_some_and(|to| to <= arguments.from) || arguments.from > now {
        return Err(IncidentError::Period);
    }
    with_ledger(location, async |ledger| Ok(case.run(ledger).await))?
}

impl Case<'_> {
    async fn run(&self, ledger: &Ledger) -> Result<(), IncidentError> {
        let arguments = self.arguments;
        let found = Suspect::find(&arguments.key, &self.config, ledger).await;
        let mut suspect = found.map_err(IncidentError::NoKey)?;
        let mut report = Report {
            key: base16ct::lower::encode_string(&suspect.key),
            words: arguments.words.clone(),
            at: self.now.truncated(0).to_string(),
            from: arguments.from.to_string(),
            to: arguments.to.unwrap_or(self.now).to_string(),
            ..Report::default()
        };
        if self.config.unmetered {
            let words = "the server is unmetered: it records no tokens, so that those it made in \
                         this way are not in the list";
            report.remains.push(words.into());
        }
        if arguments.list_only {
            let to = arguments.to.unwrap_or(self.now);
            self.list(ledger, &mut suspect, &mut report, (to, None))
                .await?;
            self.close(&report, None)?;
            return Ok(());
        }
        report.stopped_since = Some(self.stop(ledger, &suspect).await?);
        // Running servers have heard of it before the list is made: it ends when they had stopped.
        tokio::time::sleep(2 * LOOK_EVERY).await;
        let stopped = wall_time().ok_or(IncidentError::NoTime)?;
        let to = arguments.to.unwrap_or(stopped);
        report.to = to.to_string();
        let (folder, no_folder) = match self.folder(&report.key) {
            Ok(folder) => (Some(folder), None),
            Err(error) => (None, Some(error)),
        };
        let list = folder.as_ref().map(|folder| folder.join("tokens.csv"));
        let listed = self.list(ledger, &mut suspect, &mut report, (to, list.as_deref()));
        let listed = no_folder.map_or(listed.await, Err);
        if let Err(error) = &listed {
            let words = format!("list the tokens again, the list is not whole: {error}");
            report.remains.push(words);
        }
        // After the list, which may have brought further certificates of the key to light; and
        // also when that could not be made.
        self.revoke(&suspect, &mut report);
        let failed = report
            .certificates
            .iter()
            .any(|it| it.revocation.starts_with("NOT"));
        self.close(&report, folder.as_deref())?;
        listed?;
        match failed {
            true => Err(IncidentError::Remains(report.remains.join("; "))),
            false => Ok(()),
        }
    }

    /// Stops the key for good, in the data folder first. Since when it is stopped.
    async fn stop(&self, ledger: &Ledger, suspect: &Suspect) -> Result<String, IncidentError> {
        let at = self.now.truncated(0).to_string();
        let noted = note(
            &self.data,
            Note {
                key: base16ct::lower::encode_string(&suspect.key),
                at: at.clone(),
                reason: self.arguments.words.clone(),
            },
        );
        let before = noted.map_err(file(&self.data.stopped_keys()))?;
        let stop = StoppedKey {
            key: suspect.key,
            reason: self.arguments.words.clone(),
            at: micros(self.now),
        };
        ledger.stop_key(&stop).await.map_err(LedgerError::from)?;
        Ok(before.map_or(at, |before| before.at))
    }

    /// Revokes every certificate of the key that the development CA has issued, and says what is to
    /// be asked of other CAs.
    fn revoke(&self, suspect: &Suspect, report: &mut Report) {
        for certificate in &suspect.certificates {
            let issued = self.ca.has_issued(certificate);
            let is_ours = issued.as_ref().is_ok_and(|issued| *issued);
            let mut told = CertificateReport::new(certificate, is_ours);
            told.revocation = match issued {
                Ok(true) => self.revoke_one(&told.serial, report),
                Err(error) => {
                    report.remains.push(format!(
                        "revoke certificate {} by `tsa-server ca revoke`, if it is of the \
                         development CA, or ask its CA to: {error}",
                        told.serial
                    ));
                    format!("NOT done: {error}")
                }
                Ok(false) => {
                    report.remains.push(format!(
                        "ask the CA of certificate {} to revoke it: send the certificate below, \
                         its serial number, the reason keyCompromise and {} as the invalidity date",
                        told.serial, self.arguments.from
                    ));
                    "issued by another CA, which must revoke it".into()
                }
            };
            report.certificates.push(told);
        }
        let key = "put another key in its place (`tsa-server init`, `csr`, `install-cert`), and \
                   read the configuration anew";
        report.remains.push(key.into());
        let owners = "tell the owners of the tokens in the list: those from the time above are not \
                      believed any more without further evidence";
        report.remains.push(owners.into());
    }

    fn revoke_one(&self, serial: &str, report: &mut Report) -> String {
        let order = Order {
            serial: serial.to_owned(),
            reason: Reason::KeyCompromise,
            invalid_from: Some(self.arguments.from),
        };
        let published = |outcome: Outcome| {
            self.ca
                .publish(self.ca.crl_hours(), self.now)
                .map(|made| (outcome, made))
        };
        let fault = |report: &mut Report, error: &CaError, words: &str| {
            report.remains.push(format!("{words}: {error}"));
            format!("NOT done: {error}")
        };
        match self.ca.revoke(&order, self.now) {
            Err(error) => fault(
                report,
                &error,
                "revoke the certificate by `tsa-server ca revoke`",
            ),
            Ok(outcome) => match published(outcome) {
                Ok((Outcome::Already(before), made)) => format!(
                    "revoked already, since {} with reason {}; CRL number {}",
                    before.revoked_at, before.reason, made.number
                ),
                Ok((Outcome::Revoked, made)) => format!(
                    "revoked, reason keyCompromise, not to be believed from {}; CRL number {}",
                    self.arguments.from, made.number
                ),
                Err(error) => fault(report, &error, "make the CRL by `tsa-server ca crl`"),
            },
        }
    }

    /// Lists the tokens, account by account, a page at a time.
    async fn list(
        &self,
        ledger: &Ledger,
        suspect: &mut Suspect,
        report: &mut Report,
        (to, file): (GenTime, Option<&Path>),
    ) -> Result<(), IncidentError> {
        let mut list = file.map(List::create).transpose()?;
        if self.arguments.format == ListFormat::Csv {
            say(CSV_HEAD);
        }
        let accounts = ledger.accounts().await.map_err(LedgerError::from)?;
        for account in accounts {
            let mut search = Search {
                from: Some(micros(self.arguments.from)),
                to: Some(micros(to)),
                limit: PAGE,
                ..Search::default()
            };
            loop {
                let page = ledger.tokens(account.id, &search).await?;
                let Some(last) = page.last() else {
                    break;
                };
                search.after = Some((last.gen_time, last.leaf));
                for token in &page {
                    let signed = suspect.has_signed(&token.token);
                    if signed == Signed::ByOther {
                        continue;
                    }
                    let line = Line::new(token, &account.name, signed == Signed::BySuspect);
                    say(line.shown(self.arguments.format));
                    if let Some(list) = &mut list {
                        list.write(&line.shown(ListFormat::Csv))?;
                    }
                    report.tokens += 1;
                    report.unreadable += u64::from(signed == Signed::Unreadable);
                    let count = report.by_account.entry(account.name.clone());
                    *count.or_default() += 1;
                }
            }
        }
        report.list_sha256 = list.map(List::end).transpose()?;
        Ok(())
    }

    /// The folder of the report, made new, for nobody but its owner.
    fn folder(&self, key: &str) -> Result<PathBuf, IncidentError> {
        let made = |path: PathBuf| {
            let made = DirBuilder::new().mode(0o700).recursive(false).create(&path);
            made.map(|()| path)
        };
        if let Some(out) = &self.arguments.out {
            return made(out.clone()).map_err(file(out));
        }
        let all = self.data.incidents();
        let built = DirBuilder::new().mode(0o700).recursive(true).create(&all);
        built.map_err(file(&all))?;
        let at: String = self.now.truncated(0).to_string();
        let at: String = at.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("{at}-{}", key.get(..8).unwrap_or_default());
        for number in 1..100 {
            let name = match number {
                1 => name.clone(),
                _ => format!("{name}-{number}"),
            };
            match made(all.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => return other.map_err(file(&all)),
            }
        }
        Err(IncidentError::File {
            path: all,
            error: io::ErrorKind::AlreadyExists.into(),
        })
    }

    /// Says the report, and writes it.
    fn close(&self, report: &Report, folder: Option<&Path>) -> Result<(), IncidentError> {
        if let Some(folder) = folder {
            let json = serde_json::to_string_pretty(report).unwrap_or_default() + "\n";
            for (name, text) in [("report.txt", report.text()), ("report.json", json)] {
                let path = folder.join(name);
                let written = durable::replace(&path, text.as_bytes(), durable::PRIVATE);
                written.map_err(file(&path))?;
            }
        }
        match self.arguments.format {
            ListFormat::Text => say(report.text().trim_end()),
            ListFormat::Json => say(json!({ "report": report })),
            ListFormat::Csv => {}
        }
        if let Some(folder) = folder.filter(|_| self.arguments.format == ListFormat::Text) {
            say(format!("Written: {}", folder.display()));
        }
        Ok(())
    }
}

/// The list as a file.
struct List {
    path: PathBuf,
    file: BufWriter<File>,
    digest: ring::digest::Context,
}

impl List {
    fn create(path: &Path) -> Result<Self, IncidentError> {
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(durable::PRIVATE);
        let mut list = Self {
            path: path.to_owned(),
            file: BufWriter::new(options.open(path).map_err(file(path))?),
            digest: ring::digest::Context::new(&ring::digest::SHA256),
        };
        list.write(CSV_HEAD)?;
        Ok(list)
    }

    fn write(&mut self, line: &str) -> Result<(), IncidentError> {
        let line = format!("{line}\n");
        self.digest.update(line.as_bytes());
        self.file
            .write_all(line.as_bytes())
            .map_err(file(&self.path))
    }

    /// The SHA-256 of what is on the disk now.
    fn end(self) -> Result<String, IncidentError> {
        let written = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error);
        let synced = written.and_then(|file| file.sync_all());
        synced.map_err(file(&self.path))?;
        Ok(base16ct::lower::encode_string(
            self.digest.finish().as_ref(),
        ))
    }
}

fn micros(time: GenTime) -> UnixMicros {
    let micros = i64::try_from(time.unix_nanos().div_euclid(1000));
    UnixMicros(micros.unwrap_or(i64::MAX))
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> IncidentError {
    let path = path.to_owned();
    move |error| IncidentError::File { path, error }
}
