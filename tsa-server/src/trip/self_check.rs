//! The last look at a token before it leaves.
//!
//! The structure of every token: it is read back from its bytes and must say what was meant, in
//! DER. The signature and everything else of the first token after a key is loaded and of one in so
//! many: the verifier that third parties use judges it, at its own genTime, against the configured
//! root.

use tsa_core::tlv::{Reader, Tag};
use tsa_core::{DecodeError, SignedData, TstInfo};

use super::admit::Offer;
use crate::signer::check::verify_token;

/// Checks tokens before they leave.
#[derive(Clone, Copy, Debug)]
pub struct SelfChecker {
    verify_one_in: u64,
}

/// A token that must not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SelfCheckFault {
    #[error("it cannot be read back: {0}")]
    Unreadable(#[from] DecodeError),
    #[error("{0}")]
    Differs(&'static str),
    #[error("the verifier refuses it: {0}")]
    Refused(String),
}

impl SelfChecker {
    /// Verifies the first token of a signer and one in `verify_one_in`.
    #[must_use]
    pub fn new(verify_one_in: u32) -> Self {
        Self {
            verify_one_in: u64::from(verify_one_in).max(1),
        }
    }

    pub(super) fn check(
        self,
        offer: &Offer,
        token: &[u8],
        meant: &TstInfo,
        cert_req: bool,
    ) -> Result<(), SelfCheckFault> {
        check_structure(offer, token, meant, cert_req)?;
        let number = offer.signer.tokens_before();
        if number.is_multiple_of(self.verify_one_in) {
            verify_token(&offer.signer, token, meant).map_err(SelfCheckFault::Refused)?;
        }
        Ok(())
    }
}

fn check_structure(
    offer: &Offer,
    token: &[u8],
    meant: &TstInfo,
    cert_req: bool,
) -> Result<(), SelfCheckFault> {
    let ensure = |holds: bool, what: &'static str| match holds {
        true => Ok(()),
        false => Err(SelfCheckFault::Differs(what)),
    };
    let scanned = offer.signer.template().scan(token)?;
    let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
    let mut deviations = scanned.into_deviations();
    let signed_data = SignedData::read(&content_info, &mut deviations)?;
    let reading = signed_data.unverified_tst_info()?;
    ensure(
        deviations.is_empty() && reading.deviations.is_empty(),
        "it is not DER",
    )?;
    ensure(reading.info == *meant, "its TSTInfo is not what was meant")?;
    ensure(
        signed_data.signer_infos.len() == 1,
        "it has not exactly one signature",
    )?;
    ensure(
        signed_data.certificates.is_some() == cert_req,
        "its certificates are not as requested",
    )
}
