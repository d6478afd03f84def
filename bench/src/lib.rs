//! The measuring bench: what our work costs beside the signatures that nobody can avoid.
//!
//! In scope: sides of a comparison run in turns on one core ([`rounds`]), the loops that are
//! compared ([`maker`], [`trip`], [`openssl`]) and the rows they end in ([`rows`]). The programs
//! print rows of JSON; `report.py` lays them out for people. Not in scope: judging a figure. No
//! test depends on one.

pub mod keys;
pub mod maker;
pub mod openssl;
pub mod rounds;
pub mod rows;
pub mod trip;

/// Whatever stops a measurement; the programs print it and end.
pub type Fault = Box<dyn std::error::Error>;
