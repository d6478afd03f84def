//! Keys that were taken out of service, whoever is offered now: they sign nothing, and their tokens
//! answer no other request.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use tsa_core::CertificateAnatomy;
use tsa_core::tlv::{Deviations, Reader, Tag, scan_der};
use tsa_core::{DecodeError, SignedData};

use super::{Offering, Signers};
use crate::signer::{KeyId, key_id};

/// The keys, by their identifiers. Only grows.
#[derive(Debug, Default)]
pub struct Stops(RwLock<HashSet<KeyId>>);

impl Stops {
    /// Adds keys; those that are new.
    pub fn add(&self, keys: impl IntoIterator<Item = KeyId>) -> Vec<KeyId> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.into_iter().filter(|key| known.insert(*key)).collect()
    }

    /// Stops whoever signs with one of them.
    pub fn apply(&self, offering: &Offering) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let sandbox = offering.sandbox.iter().flat_map(Signers::iter);
        for offer in offering.signers.iter().chain(sandbox) {
            let signer = &offer.signer;
            if known.contains(&signer.key_id()) && !signer.is_stopped() {
                signer.stop();
                let key = base16ct::lower::encode_string(&signer.key_id());
                tracing::error!(policy = %offer.policy, %key,
                    "the key was taken out of service: no tokens under this policy");
            }
        }
    }

    /// Whether the certificates in a token are of one of these keys, or cannot be read.
    pub(super) fn may_have_signed(&self, token: &[u8]) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !known.is_empty() && keys_in(token).is_none_or(|keys| !known.is_disjoint(&keys))
    }
}

/// The keys that the certificates in a token are for.
fn keys_in(token: &[u8]) -> Option<HashSet<KeyId>> {
    let read = || -> Result<HashSet<KeyId>, DecodeError> {
        let scanned = scan_der(token)?;
        let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
        let signed_data = SignedData::read(&content_info, &mut Deviations::default())?;
        let certificates = signed_data.certificates.unwrap_or_default();
        let certificates = certificates.iter().filter(|it| it.is_certificate());
        certificates
            .map(|it| {
                Ok(key_id(
                    CertificateAnatomy::read(it.raw)?.subject_public_key_info,
                ))
            })
            .collect()
    };
    read().ok()
}
