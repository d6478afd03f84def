//! Small numbers for names and keys, so that a search compares numbers and not long encodings.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use tsa_core::oid;

use super::Certificate;
use super::names::Names;
use crate::crypto::PublicKey;
use crate::limits::PUBLIC_KEY_BYTES_MAX;

/// What a search needs to know of a certificate. Equal numbers mean the same name, or the same
/// key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entity {
    pub(crate) subject: usize,
    pub(crate) issuer: usize,
    pub(crate) key: usize,
    /// The key is not too long to be one.
    pub(super) has_usable_key: bool,
    /// The key is complete only with the parameters of the key above.
    pub(crate) lacks_parameters: bool,
}

impl Entity {
    /// Subject and key are the same: for a path it is the same entity (RFC 5280 §6.1).
    pub(crate) fn is_same(self, other: Self) -> bool {
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
    names: &mut Names<'a>,
) -> Vec<Entity> {
    let mut keys: BTreeMap<&[u8], usize> = BTreeMap::new();
    certificates
        .map(|certificate| {
            let key = certificate.anatomy.subject_public_key_info;
            let next = keys.len();
            let has_usable_key = key.len() <= PUBLIC_KEY_BYTES_MAX;
            Entity {
                subject: names.number(certificate.anatomy.subject),
                issuer: names.number(certificate.anatomy.issuer),
                key: *keys.entry(key).or_insert(next),
                has_usable_key,
                lacks_parameters: has_usable_key && lacks_parameters(key),
            }
        })
        .collect()
}

/// Whether it is a DSA key that is complete only with the parameters of the key above it
/// (RFC 3279 §2.3.2).
fn lacks_parameters(subject_public_key_info: &[u8]) -> bool {
    // Where the identifier is nowhere in it there is nothing to read: most keys are not DSA's.
    let identifier = oid::DSA.content();
    let mut parts = subject_public_key_info.windows(identifier.len());
    if !parts.any(|part| part == identifier) {
        return false;
    }
    matches!(
        PublicKey::read(subject_public_key_info),
        Some(PublicKey::Dsa {
            parameters: None,
            ..
        })
    )
}
