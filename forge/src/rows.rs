//! The table of cases: one file a group of rows of the list of attacks.

use crate::{Case, Forge, Input, Token};

mod algorithms;
mod attributes;
mod certificates;
mod chain;
mod encoding;
mod envelope;
mod honest;
mod identifiers;
mod names;
mod requests;
mod rsa;
mod signers;
mod statement;
mod time;

const TABLES: &[&[Case]] = &[
    honest::CASES,
    signers::CASES,
    attributes::CASES,
    identifiers::CASES,
    algorithms::CASES,
    rsa::CASES,
    certificates::CASES,
    chain::CASES,
    statement::CASES,
    time::CASES,
    requests::CASES,
    names::CASES,
    envelope::CASES,
    encoding::CASES,
];

/// Every case, by group and row.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The cases about the content of a token alone, with that content.
pub fn statements(forge: &Forge) -> impl Iterator<Item = (&'static Case, Vec<u8>)> {
    cases().filter_map(|case| Some((case, case.statement(forge)?)))
}

/// The sound token with a change.
fn sound(forge: &Forge, change: impl FnOnce(&mut Token<'_>)) -> Input {
    Input::new(forge, Token::sound(forge).with(change).signed())
}
