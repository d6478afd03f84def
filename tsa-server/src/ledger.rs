//! The ledger of this authority: where it is, who pays without a key, who is told of low balances.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::sync::mpsc::Receiver;
use tsa_ledger::account::Role;
use tsa_ledger::key::{ApiKey, Scope};
use tsa_ledger::webhook::{Event, EventKind};
use tsa_ledger::{AccountName, Credits, Ledger, LedgerError, LowBalance, Place, Refusal};

use crate::args::Location;
use crate::clock::wall_micros;
use crate::config::{AnonymousFrom, Config};
use crate::trip::account::Anonymous;

/// Credits of the account that a first start makes.
const FIRST_CREDITS: u64 = 1000;

/// Where the database is.
pub(crate) fn place(location: &Location) -> Place {
    match &location.database {
        Some(url) => url.0.clone(),
        None => Place::File(location.data.join("ledger.sqlite")),
    }
}

/// Makes the account of those who show no key, when there is no account at all: its key.
pub(crate) async fn make_first_account(
    ledger: &Ledger,
    config: &Config,
) -> Result<Option<ApiKey>, LedgerError> {
    let Some(account) = &config.anonymous_account else {
        return Ok(None);
    };
    if !ledger.accounts().await?.is_empty() {
        return Ok(None);
    }
    let credits = Credits::new(FIRST_CREDITS).unwrap_or_default();
    match make_account(ledger, &account.0, credits).await {
        // Another node, started with this one, was faster.
        Err(LedgerError::Refused(Refusal::NameTaken)) => Ok(None),
        made => made.map(Some),
    }
}

/// Makes an account with a key for everything.
pub(crate) async fn make_account(
    ledger: &Ledger,
    name: &AccountName,
    credits: Credits,
) -> Result<ApiKey, LedgerError> {
    let now = wall_micros();
    ledger
        .create_account(name, Role::Customer, credits, now)
        .await?;
    ledger.add_key(name, Scope::All, None, now).await
}

/// The account of those who show no key, which must exist when it is configured.
pub(crate) async fn anonymous(
    ledger: &Ledger,
    config: &Config,
) -> Result<Option<Anonymous>, LedgerError> {
    let Some(account) = &config.anonymous_account else {
        return Ok(None);
    };
    let account = ledger.account(&account.0).await?;
    Ok(Some(Anonymous {
        account: account.id,
        name: account.name.into(),
        is_loopback_only: config.anonymous_from == AnonymousFrom::Loopback,
        is_sandbox: account.is_sandbox,
    }))
}

/// Tells of balances that fall to their mark, as long as the ledger lives.
pub(crate) async fn tell_of_low_balances(
    ledger: Arc<Ledger>,
    mut lows: Receiver<LowBalance>,
    command: Option<PathBuf>,
    webhooks: Arc<Notify>,
) {
    while let Some(LowBalance { account, balance }) = lows.recv().await {
        let name = match ledger.account_name(account).await {
            Ok(name) => name,
            Err(error) => {
                tracing::error!(%error, "an account with a low balance has no name");
                continue;
            }
        };
        tracing::warn!(account = %name, %balance, "the balance has fallen to its mark");
        let event = Event {
            kind: EventKind::LowBalance,
            credits: Credits::ZERO,
            balance,
            detail: None,
            at: wall_micros(),
        };
        if let Err(error) = ledger.happened(account, &event).await {
            tracing::error!(%error, account = %name, "webhooks will not hear of a low balance");
        }
        webhooks.notify_one();
        if let Some(command) = command.clone() {
            // Somebody else's program: nothing waits for it but its own thread.
            tokio::task::spawn_blocking(move || run(&command, &name, balance));
        }
    }
}

fn run(command: &Path, account: &str, balance: Credits) {
    let status = std::process::Command::new(command)
        .args([account, &balance.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::error!(%status, account, "the notice of a low balance failed"),
        Err(error) => tracing::error!(%error, account, "the notice of a low balance failed"),
    }
}
