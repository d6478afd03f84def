//! What has to be computed: the digest of the content, and whether the signature holds.

use alloc::vec::Vec;

use tsa_core::{SignedData, SignerInfo};

use crate::crypto::{CryptoProvider, SignatureAnswer, SignatureScheme};
use crate::path::Certificate;

/// Whether the signature holds, and over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureFacts {
    /// Over the DER encoding of the attributes (RFC 5652 §5.4).
    HoldsOverDer,
    /// Over the bytes as they were sent, which are not DER.
    HoldsOverBytesAsSent,
    /// Over neither.
    DoesNotHold,
    /// The engine cannot tell.
    Unsupported,
    /// There is no signer, no key or no signed attributes.
    NotTried,
}

/// Computed facts.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// The digest of `eContent` by `digestAlgorithm`; `None` when it cannot be computed.
    pub(crate) content_digest: Option<Vec<u8>>,
    /// Scheme of the token's signature.
    pub(crate) scheme: Option<SignatureScheme>,
    pub(crate) signature: SignatureFacts,
    /// The attributes were sent in another encoding than DER.
    pub(crate) attributes_not_der: bool,
}

impl Measured {
    pub(crate) fn take(
        signed_data: Option<&SignedData<'_>>,
        signer_info: Option<&SignerInfo<'_>>,
        certificate: Option<&Certificate<'_>>,
        crypto: &dyn CryptoProvider,
    ) -> Self {
        let mut measured = Self {
            content_digest: None,
            scheme: None,
            signature: SignatureFacts::NotTried,
            attributes_not_der: false,
        };
        let Some(info) = signer_info else {
            return measured;
        };
        let content = signed_data.and_then(|data| data.encap_content.as_deref());
        let algorithm = info.digest_algorithm.digest_algorithm();
        measured.content_digest = content.and_then(|content| crypto.digest(algorithm?, content));
        let scheme =
            SignatureScheme::of_signer_info(&info.signature_algorithm, &info.digest_algorithm);
        if let (Some(attributes), Some(certificate)) = (&info.signed_attrs, certificate) {
            let holds = |message: &[u8]| {
                let key = certificate.anatomy.subject_public_key_info;
                crypto.verify(&scheme, key, message, &info.signature)
            };
            let as_sent = attributes.as_sent();
            let der = attributes.der().unwrap_or_else(|_| as_sent.clone());
            measured.attributes_not_der = der != as_sent;
            measured.signature = match holds(&der) {
                SignatureAnswer::Holds => SignatureFacts::HoldsOverDer,
                SignatureAnswer::Unsupported => SignatureFacts::Unsupported,
                SignatureAnswer::DoesNotHold if !measured.attributes_not_der => {
                    SignatureFacts::DoesNotHold
                }
                SignatureAnswer::DoesNotHold => match holds(&as_sent) {
                    SignatureAnswer::Holds => SignatureFacts::HoldsOverBytesAsSent,
                    _ => SignatureFacts::DoesNotHold,
                },
            };
        }
        measured.scheme = Some(scheme);
        measured
    }
}
