//! Small numbers for names and keys, so that a search compares numbers and not long encodings.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Certificate;
use super::names::NameKey;
use crate::limits::PUBLIC_KEY_BYTES_MAX;

/// What a search needs to know of a certificate. Equal numbers mean the same name, or the same
/// key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entity {
    pub(super) subject: usize,
    pub(super) issuer: usize,
    pub(super) key: usize,
    /// The key is not too long to be one.
    pub(super) has_usable_key: bool,
}

impl Entity {
    /// Subject and key are the same: for a path it is the same entity (RFC 5280 §6.1).
    pub(super) fn is_same(self, other: Self) -> bool {
        (self.subject, self.key) == (other.subject, other.key)
    }

    /// Issuer and subject are the same (RFC 5280 §3.2).
    pub(super) fn is_self_issued(self) -> bool {
        self.subject == self.issuer
    }
}

/// Numbers for every certificate, in order.
pub(super) fn identify<'s, 'a: 's>(
    certificates: impl Iterator<Item = &'s Certificate<'a>>,
) -> Vec<Entity> {
    let mut names = Names::default();
    let mut keys: BTreeMap<&[u8], usize> = BTreeMap::new();
    certificates
        .map(|certificate| {
            let key = certificate.anatomy.subject_public_key_info;
            let next = keys.len();
            Entity {
                subject: names.number(certificate.anatomy.subject),
                issuer: names.number(certificate.anatomy.issuer),
                key: *keys.entry(key).or_insert(next),
                has_usable_key: key.len() <= PUBLIC_KEY_BYTES_MAX,
            }
        })
        .collect()
}

#[derive(Default)]
struct Names<'a> {
    by_encoding: BTreeMap<&'a [u8], usize>,
    by_key: BTreeMap<NameKey<'a>, usize>,
}

impl<'a> Names<'a> {
    fn number(&mut self, encoded: &'a [u8]) -> usize {
        if let Some(known) = self.by_encoding.get(encoded) {
            return *known;
        }
        let next = self.by_key.len();
        let number = *self.by_key.entry(NameKey::of(encoded)).or_insert(next);
        self.by_encoding.insert(encoded, number);
        number
    }
}
