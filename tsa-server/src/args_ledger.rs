//! What can be typed about accounts and the ledger. The words of `--help` are the comments here.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tsa_ledger::key::Scope;
use tsa_ledger::{AccountName, Credits};

use crate::args::Location;

/// What to do with accounts. All of it works beside a running server.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account with an API key, which is shown once
    Create(CreateArguments),
    /// List the accounts
    List(ListArguments),
    /// Show what an account has, was given and has spent
    Show(ShowArguments),
    /// Give an account credits, or take some back
    Grant(GrantArguments),
    /// Set the balance at which a notice is given
    LowBalance(LowBalanceArguments),
    /// Add, list and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Add a key to an account; it is shown once
    Add(AddKeyArguments),
    /// Revoke a key, from within a second on
    Revoke(RevokeKeyArguments),
    /// List the keys of an account; the keys themselves are not kept
    List(ShowArguments),
}

/// Options of `account create`.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// Name: letters, digits and any of ._@-
    pub name: AccountName,
    /// Credits to give it
    #[arg(long, value_name = "N", default_value = "0")]
    pub credits: Credits,
    /// Balance at which a notice is given
    #[arg(long, value_name = "N", default_value = "0")]
    pub low_balance: Credits,
    /// An account for trying out: its tokens are made by the test authority and prove nothing
    #[arg(long)]
    pub sandbox: bool,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `account list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `account show` and `account key list`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Name of the account
    pub name: AccountName,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `account grant`.
#[derive(Debug, Args)]
pub struct GrantArguments {
    /// Name of the account
    pub name: AccountName,
    /// How many
    #[arg(value_name = "N")]
    pub credits: Credits,
    /// Take them back instead: a correction
    #[arg(long)]
    pub take_back: bool,
    /// On what grounds: an order, a case; kept with the posting
    #[arg(long, value_name = "WORDS")]
    pub reference: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `account low-balance`.
#[derive(Debug, Args)]
pub struct LowBalanceArguments {
    /// Name of the account
    pub name: AccountName,
    /// The balance
    #[arg(value_name = "N")]
    pub credits: Credits,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `account key add`.
#[derive(Debug, Args)]
pub struct AddKeyArguments {
    /// Name of the account
    pub name: AccountName,
    /// What it may be used for: all, stamp or read
    #[arg(long, value_name = "SCOPE", default_value = "all")]
    pub scope: Scope,
    /// Days after which it is not taken any more [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=36_500))]
    pub days: Option<i64>,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `account key revoke`.
#[derive(Debug, Args)]
pub struct RevokeKeyArguments {
    /// Name of the account
    pub name: AccountName,
    /// Number of the key, from `account key list`
    pub key: i64,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// File to make
    pub file: PathBuf,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// File that `backup` made
    pub file: PathBuf,
    /// Where configuration and data are.
    #[command(flatten)]
    pub location: Location,
}
