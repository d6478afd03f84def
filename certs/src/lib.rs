//! The development and test PKI: `pki.toml` and `keys/*.pem` in, certificates out.
//!
//! Dates, serial numbers and keys are fixed and every signature is deterministic, so that making
//! the certificates again changes no byte. In scope: the program that writes them ([`main`]), and
//! the same PKI for programs that make tests with it ([`TestPki`]). Nothing here may be trusted.

mod certificate;
mod declared;
mod error;
mod keys;
mod program;
mod test_pki;

pub use error::PkiError;
pub use keys::TestKey;
pub use program::main;
pub use test_pki::TestPki;
