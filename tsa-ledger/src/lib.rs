//! Accounts, credits and the record of issued tokens: one credit per token, exactly once.
//!
//! In scope: who may spend ([`key`], [`account`]), what is set aside and spent ([`Ledger::claim`] →
//! [`Ledger::hold`] → [`Ledger::commit`]), what was issued and how it is found again ([`record`]),
//! and whether all of it adds up ([`audit`]). Not in scope: what is being paid for, how it is asked
//! for (HTTP is the server's), what a token proves.
//!
//! Time is an argument everywhere. `docs/ledger.md` states what is guaranteed.

#![forbid(unsafe_code)]

pub mod account;
pub mod audit;
pub mod backup;
mod batch;
mod bulk;
mod claim;
mod doubt;
mod filter;
mod hold;
mod index;
pub mod key;
mod known;
mod ledger;
mod order;
mod own_keys;
mod parts;
mod recent;
pub mod record;
pub mod refusal;
mod runs;
pub mod statement;
pub mod stop;
mod store;
mod trail;
pub mod types;
pub mod webhook;
mod writer;

pub use bulk::Bulk;
pub use claim::{Claim, Claimed, RequestKeys};
pub use hold::Hold;
pub use ledger::{Ledger, LowBalance};
pub use order::Receipt;
pub use own_keys::KEYS_MAX;
pub use record::{NewToken, StoredToken};
pub use refusal::{LedgerError, Refusal, StoreFault};
pub use store::Place;
pub use types::{AccountId, AccountName, Credits, UnixMicros};
