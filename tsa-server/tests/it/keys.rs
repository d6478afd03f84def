//! Keys as operators keep them: encrypted in files, in tokens, several at once (docs/keys.md).

mod encrypted;
mod faults;
mod reload;
mod several;
mod softhsm;
mod tokens;
