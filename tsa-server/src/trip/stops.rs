//! Keys that were taken out of service, whoever is offered now: they sign nothing, and their tokens
//! answer no other request.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use tsa_core::CertificateAnatomy;
use tsa_core::tlv::{Deviations, Reader, Tag, scan_der};
use tsa_core::{DecodeError, SignedData};

use super::{Offering, Signers};
use crate::signer::{KeyId, key_id};

/// The keys, by their identifiers; and the serial numbers of certificates that were revoked because
/// their keys may be in other hands. Only grows.
#[derive(Debug, Default)]
pub struct Stops {
    keys: RwLock<HashSet<KeyId>>,
    serials: RwLock<HashSet<String>>,
}

impl Stops {
    /// Adds keys; those that are new.
    pub fn add(&self, keys: impl IntoIterator<Item = KeyId>) -> Vec<KeyId> {
        let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.into_iter().filter(|key| known.insert(*key)).collect()
    }

    /// Stops whoever signs with one of them.
    pub fn apply(&self, offering: &Offering) {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner);
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

    /// Adds certificates that were revoked so that their tokens are not believed, by their serial
    /// numbers in hexadecimal.
    pub fn add_revoked(&self, serials: impl IntoIterator<Item = String>) {
        let known = self.serials.write();
        known
            .unwrap_or_else(PoisonError::into_inner)
            .extend(serials);
    }

    /// Whether the certificates in a token are of one of these keys, or one of these, or cannot be
    /// read.
    pub(super) fn may_have_signed(&self, token: &[u8]) -> bool {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let serials = self.serials.read();
        let serials = serials.unwrap_or_else(PoisonError::into_inner);
        let is_stopped =
            |(key, serial): &(KeyId, String)| keys.contains(key) || serials.contains(serial);
        (!keys.is_empty() || !serials.is_empty())
            && certificates_in(token).is_none_or(|all| all.iter().any(is_stopped))
    }
}

/// The keys and the serial numbers of the certificates in a token.
fn certificates_in(token: &[u8]) -> Option<Vec<(KeyId, String)>> {
    let read = || -> Result<Vec<(KeyId, String)>, DecodeError> {
        let scanned = scan_der(token)?;
        let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
        let signed_data = SignedData::read(&content_info, &mut Deviations::default())?;
        let certificates = signed_data.certificates.unwrap_or_default();
        let certificates = certificates.iter().filter(|it| it.is_certificate());
        certificates
            .map(|it| {
                let read = CertificateAnatomy::read(it.raw)?;
                let key = key_id(read.subject_public_key_info);
                Ok((key, read.serial_number.to_hex()))
            })
            .collect()
    };
    read().ok()
}
