//! Keys as operators keep them: encrypted in files, in tokens, several at once (docs/keys.md).

mod encrypted;
mod faults;
mod kinds;
mod reload;
mod several;
mod sm2;
mod softhsm;
mod tokens;
