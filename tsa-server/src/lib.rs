//! An RFC 3161 time-stamp authority: the service, its keys, its clock.
//!
//! Trip 1 is in [`trip`], HTTP in [`http`], the seams to keys and time in [`signer`] and [`clock`].
//! Messages are built by `tsa-core`, verdicts are made by `tsa-verify`; no ASN.1 is laid by hand
//! here but what a new certificate needs, and nothing here decides what a token proves.

#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod args;
mod args_ca;
mod args_incident;
mod args_keys;
mod args_ledger;
pub mod ca;
pub mod clock;
pub mod commands;
mod commands_account;
mod commands_ca;
mod commands_incident;
mod commands_keys;
mod commands_ledger;
pub mod config;
pub mod console;
pub mod data_dir;
pub mod digest;
mod durable;
pub mod greeting;
pub mod high_water;
pub mod http;
mod incident;
pub mod init;
mod ledger;
mod log_line;
mod log_writer;
pub mod logging;
mod network;
pub mod offers;
mod out_of_service;
pub mod pem;
pub mod rate;
pub mod reload;
pub mod serial;
pub mod serve;
pub mod signer;
mod token_facts;
pub mod trip;
mod webhooks;
