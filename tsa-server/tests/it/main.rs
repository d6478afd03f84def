//! The real program, started and asked as its users do.
//!
//! One binary for all integration tests of this package. What a test needs from outside (`openssl`,
//! `curl`) must be there: a missing program is a failure, not a skip.

#[cfg(test)]
mod api;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod http;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod nodes;
#[cfg(test)]
#[path = "../../../tsa-ledger/tests/it/postgres.rs"]
mod postgres;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod server;
#[cfg(test)]
mod stamp;
#[cfg(test)]
mod start;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod vectors;
