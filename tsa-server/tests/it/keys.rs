//! Keys as operators keep them: encrypted in files, several at once (docs/keys.md).

mod encrypted;
mod several;
