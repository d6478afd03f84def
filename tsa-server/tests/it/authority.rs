//! The development CA and what is done when a key is in wrong hands (docs/authority.md).

mod crl;
mod incident;
