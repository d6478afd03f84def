//! Forged time-stamps: tokens and responses that break one rule each, and honest ones that look
//! odd, with the verdict that each must get.
//!
//! In scope: a loose writer that can say what no careful one would ([`ber`], [`Token`],
//! [`Statement`]), the table of cases ([`cases`]), and their text form under `testvectors/`
//! ([`vector`]). Keys and certificates are those of the test PKI, so that making a case again
//! changes no byte. Not in scope: reading and judging, which is what is tried with it.

pub mod ber;
mod case;
pub mod certificate;
mod cube;
mod forge;
mod program;
mod rows;
pub mod sign;
mod statement;
mod token;
pub mod vector;

pub use case::{Case, Expect, Form, Input};
pub use forge::Forge;
pub use program::main;
pub use rows::{cases, statements};
pub use statement::{CONTENT, Statement};
pub use token::Token;
