//! Doors to the inside for fuzzing. Nothing here is stable, and nothing here is for callers.

use alloc::vec::Vec;

use tsa_core::tlv::{Reader, scan};

use crate::RingProvider;
use crate::name::Name;
use crate::path::{Certificate, Ground, NameKey, constrained, general_names};

/// Whether two encoded names are the same: by what paths compare, and part by part.
#[must_use]
pub fn same_name(first: &[u8], second: &[u8]) -> (bool, bool) {
    let by_key = NameKey::of(first) == NameKey::of(second);
    (by_key, Name::is_same(first, second))
}

/// Whether an encoded `GeneralName` is within a subtree with the other as base, and whether it
/// reaches into it; `None` when one of them is not processed.
#[must_use]
pub fn within(name: &[u8], base: &[u8]) -> Option<(bool, bool)> {
    let (name, base) = (scan(name).ok()?, scan(base).ok()?);
    let name = Reader::new(&name).next_element().ok()??;
    let base = Reader::new(&base).next_element().ok()??;
    general_names(&name, &base)
}

/// What the value of a nameConstraints extension says of a certificate; `None` when the bytes are
/// no certificate.
#[must_use]
pub fn constraints(value: &[u8], certificate: &[u8]) -> Option<&'static str> {
    let certificate = Certificate::read(certificate).ok()?;
    Some(constrained(value, &certificate))
}

/// Whether a bag of these certificates is searched by the names of all of them first.
#[must_use]
pub fn is_large_bag(certificates: &[&[u8]]) -> bool {
    let pool: Vec<Certificate<'_>> = certificates
        .iter()
        .filter_map(|bytes| Certificate::read(bytes).ok())
        .collect();
    Ground::new(&pool, &[], &RingProvider).is_large()
}
