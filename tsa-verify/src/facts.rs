//! Everything that can be read and measured about a token, once, without an opinion.
//!
//! Read: envelope, signed data, statement, attributes. Measured: digests, signature, the search for
//! a path. What a fact means for the verdict is said by [`crate::checks`] alone. Nothing here may
//! be believed, and nothing here leaves the crate but through a finding or a
//! [`crate::VerifiedTimestamp`].

use alloc::vec::Vec;

use tsa_core::tlv::Deviations;
use tsa_core::{
    DecodeError, GenTime, ReceivedToken, SignedData, SignerInfo, TstInfo, TstInfoReading,
};

use crate::path::{Certificate, PathFacts, search};
use crate::{CryptoProvider, Evidence, Subject, TrustStore};

mod attributes;
mod measured;
mod signer;

pub(crate) use attributes::{AttributeFacts, EssList, Single};
pub(crate) use measured::{Measured, SignatureFacts};
pub(crate) use signer::{EssMatch, SignerFacts};

/// The facts about one token.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) subject: &'a Subject,
    /// The response or bare token.
    pub(crate) received: Result<ReceivedToken<'a>, DecodeError>,
    /// `None` when there is no token to read.
    pub(crate) signed_data: Option<Result<SignedData<'a>, DecodeError>>,
    /// Departures from DER in the whole message; those inside `TSTInfo` are with it.
    pub(crate) deviations: Deviations,
    /// `None` when there is no content to read.
    pub(crate) statement: Option<Result<TstInfoReading, DecodeError>>,
    /// The signed attributes of the only signer.
    pub(crate) attributes: AttributeFacts,
    pub(crate) signer: SignerFacts<'a>,
    pub(crate) measured: Measured,
    pub(crate) anchors: Vec<Certificate<'a>>,
    pub(crate) path: PathFacts,
}

impl<'a> Facts<'a> {
    /// Reads and measures.
    pub(crate) fn gather(
        evidence: &Evidence<'a>,
        subject: &'a Subject,
        trust: &'a TrustStore,
        crypto: &dyn CryptoProvider,
    ) -> Self {
        let received = ReceivedToken::read(evidence.token);
        let mut deviations = match &received {
            Ok(received) => received.deviations.clone(),
            Err(_) => Deviations::default(),
        };
        let token = received.as_ref().ok().and_then(|received| received.token);
        let signed_data = token.map(|token| SignedData::read(&token, &mut deviations));
        let readable = signed_data.as_ref().and_then(|read| read.as_ref().ok());
        let statement = readable
            .and_then(|signed_data| signed_data.encap_content.as_deref())
            .map(TstInfo::read);
        let gen_time = match &statement {
            Some(Ok(reading)) => Some(reading.info.gen_time),
            _ => None,
        };
        let only = readable.and_then(only_signer);
        let attributes = AttributeFacts::read(only.and_then(|info| info.signed_attrs.as_ref()));
        let signer = SignerFacts::find(readable, only, &attributes, evidence.intermediates, crypto);
        let measured = Measured::take(readable, only, signer.certificate(), crypto);
        let anchors: Vec<Certificate<'_>> = trust
            .anchors()
            .iter()
            .filter_map(|anchor| Certificate::read(&anchor.raw).ok())
            .collect();
        let path = match signer.chosen {
            Some(chosen) => search(
                &signer.pool,
                signer.from_token,
                chosen,
                &anchors,
                gen_time,
                crypto,
            ),
            None => PathFacts::default(),
        };
        Self {
            subject,
            received,
            signed_data,
            deviations,
            statement,
            attributes,
            signer,
            measured,
            anchors,
            path,
        }
    }

    /// The signed data, if they can be read.
    pub(crate) fn readable(&self) -> Option<&SignedData<'a>> {
        self.signed_data
            .as_ref()
            .and_then(|read| read.as_ref().ok())
    }

    /// What the token states, if it can be read. Unverified.
    pub(crate) fn tst_info(&self) -> Option<&TstInfo> {
        match &self.statement {
            Some(Ok(reading)) => Some(&reading.info),
            _ => None,
        }
    }

    /// Its `genTime`. Unverified.
    pub(crate) fn gen_time(&self) -> Option<GenTime> {
        self.tst_info().map(|info| info.gen_time)
    }

    /// The signer, when there is exactly one.
    pub(crate) fn only_signer(&self) -> Option<&SignerInfo<'a>> {
        self.readable().and_then(only_signer)
    }

    /// The certificates of the path found, the signer first.
    pub(crate) fn path_certificates(&self) -> Vec<&Certificate<'a>> {
        let indices = self
            .path
            .best
            .as_ref()
            .map(|best| best.certificates.as_slice());
        let certificate = |index: &usize| self.signer.pool.get(*index);
        indices
            .unwrap_or_default()
            .iter()
            .filter_map(certificate)
            .collect()
    }

    /// The anchor of the path found.
    pub(crate) fn path_anchor(&self) -> Option<&Certificate<'a>> {
        self.path
            .best
            .as_ref()
            .and_then(|best| self.anchors.get(best.anchor))
    }
}

fn only_signer<'s, 'a>(signed_data: &'s SignedData<'a>) -> Option<&'s SignerInfo<'a>> {
    match signed_data.signer_infos.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}
