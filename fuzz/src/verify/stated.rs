//! What a token states about itself, read by `tsa-core` alone: for an engine that lets it be true.

use tsa_core::tlv::Deviations;
use tsa_core::{EssCertId, ReceivedToken, SignedAttributes, SignedData, TstInfo, oid};
use tsa_verify::DigestAlgorithm;

/// Statements of a token; empty where it cannot be read.
#[derive(Clone, Default)]
pub(super) struct Stated<'a> {
    pub(super) content: Vec<u8>,
    pub(super) info: Option<TstInfo>,
    pub(super) message_digest: Vec<u8>,
    /// Digests of the signer's certificate.
    pub(super) signer: Vec<(DigestAlgorithm, Vec<u8>)>,
    /// The certificates of the token.
    pub(super) certificates: Vec<&'a [u8]>,
}

impl<'a> Stated<'a> {
    pub(super) fn read(token: &'a [u8]) -> Self {
        let received = ReceivedToken::read(token).ok();
        let Some(element) = received.and_then(|received| received.token) else {
            return Self::default();
        };
        let Ok(data) = SignedData::read(&element, &mut Deviations::default()) else {
            return Self::default();
        };
        let mut stated = Self {
            content: data
                .encap_content
                .as_deref()
                .map(<[u8]>::to_vec)
                .unwrap_or_default(),
            info: data.unverified_tst_info().ok().map(|reading| reading.info),
            certificates: data
                .certificates
                .iter()
                .flatten()
                .map(|choice| choice.raw)
                .collect(),
            ..Self::default()
        };
        for signer in data.signer_infos.iter().take(1) {
            if let Some(attributes) = &signer.signed_attrs {
                stated.read_attributes(attributes);
            }
        }
        stated
    }

    fn read_attributes(&mut self, attributes: &SignedAttributes<'_>) {
        for attribute in attributes.of_type(oid::ID_MESSAGE_DIGEST) {
            for value in &attribute.values {
                if let Ok(octets) = value.octets() {
                    self.message_digest = octets.into_owned();
                }
            }
        }
        let v1 = attributes.of_type(oid::ID_AA_SIGNING_CERTIFICATE);
        let v2 = attributes.of_type(oid::ID_AA_SIGNING_CERTIFICATE_V2);
        let v1 = v1.flat_map(|found| &found.values).map(EssCertId::read_v1);
        let v2 = v2.flat_map(|found| &found.values).map(EssCertId::read_v2);
        for list in v1.chain(v2).flatten() {
            for named in list.into_iter().take(1) {
                if let Some(algorithm) = named.hash_algorithm.digest_algorithm() {
                    self.signer.push((algorithm, named.cert_hash));
                }
            }
        }
    }
}
