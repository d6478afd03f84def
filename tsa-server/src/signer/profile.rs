//! Which standard's identifiers a token has: those of RFC 3161 and RFC 5652, or those that GM/T
//! 0033 takes from GM/T 0010.
//!
//! Structure, attributes and digests are the same in both. So is the identifier of a certificate's
//! signature, which is no part of a profile.

use tsa_core::{AlgorithmIdentifier, TokenTemplate, oid};
use tsa_verify::Judgement;

use super::Signer;

/// The check for which the content type of GM/T 0010 is a departure (RFC 5652 §4).
const CONTENT_TYPE_CHECK: &str = "TSV-030";

/// The profile of a signer's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// id-signedData; SM2 signatures are sm2-with-sm3 (1.2.156.10197.1.501).
    #[default]
    Rfc3161,
    /// Signed data of GM/T 0010 (1.2.156.10197.6.1.4.2.2), signed with the algorithm SM2
    /// (1.2.156.10197.1.301.1). For SM2 keys alone.
    Gmt0033,
}

impl Profile {
    /// Whether a signer's tokens can have it.
    #[must_use]
    pub fn suits(self, signer: &dyn Signer) -> bool {
        let is_sm2 = || signer.signature_algorithm().algorithm == oid::SM2_WITH_SM3;
        self == Self::Rfc3161 || is_sm2()
    }

    /// The signature algorithm as it stands in `SignerInfo`.
    #[must_use]
    pub fn signature_algorithm(self, signer: &dyn Signer) -> AlgorithmIdentifier {
        match self {
            Self::Rfc3161 => signer.signature_algorithm(),
            Self::Gmt0033 => AlgorithmIdentifier::absent(oid::SM2_SIGNATURE),
        }
    }

    /// The template with the content type of this profile.
    pub(super) fn applied(self, template: TokenTemplate) -> TokenTemplate {
        match self {
            Self::Rfc3161 => template,
            Self::Gmt0033 => template.with_content_type(&oid::GMT_SIGNED_DATA),
        }
    }

    /// Whether a strict judgement finds no fault but what the profile itself is.
    #[must_use]
    pub fn accepts(self, judgement: &Judgement<'_>) -> bool {
        let mut outcomes = judgement.outcomes().iter();
        match self {
            Self::Rfc3161 => judgement.verified().is_some(),
            Self::Gmt0033 => {
                outcomes.all(|it| it.sub_indication.is_none() || it.code == CONTENT_TYPE_CHECK)
            }
        }
    }
}
