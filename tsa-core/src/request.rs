//! `TimeStampReq` (RFC 3161 §2.4.1), read strictly and written.
//!
//! Whether a server grants it is not in scope: a version other than 1, an unknown digest or a
//! long nonce are read, so that each gets the answer it deserves.

use alloc::vec::Vec;

use crate::error::{BuildError, DecodeError};
use crate::extension::{Extension, read_default_false};
use crate::tlv::{Reader, Tag, scan_der};
use crate::wire;
use crate::{Integer, MessageImprint, ObjectIdentifier};

/// A request for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampReq {
    /// 1 in every request this specification knows.
    pub version: Integer,
    /// What to stamp.
    pub message_imprint: MessageImprint,
    /// The policy asked for.
    pub req_policy: Option<ObjectIdentifier>,
    /// A number to be repeated in the token.
    pub nonce: Option<Integer>,
    /// Whether the signer's certificates are to be in the token.
    pub cert_req: bool,
    /// Additional wishes; empty when the field is absent.
    pub extensions: Vec<Extension>,
}

impl TimeStampReq {
    /// A request of version 1 for this imprint, without certificates.
    #[must_use]
    pub fn new(message_imprint: MessageImprint) -> Self {
        Self {
            version: Integer::from(1_u64),
            message_imprint,
            req_policy: None,
            nonce: None,
            cert_req: false,
            extensions: Vec::new(),
        }
    }

    /// Asks for the signer's certificates, or not.
    #[must_use]
    pub fn with_cert_req(self, cert_req: bool) -> Self {
        Self { cert_req, ..self }
    }

    /// Sets the nonce.
    #[must_use]
    pub fn with_nonce(self, nonce: Integer) -> Self {
        Self {
            nonce: Some(nonce),
            ..self
        }
    }

    /// Asks for a policy.
    #[must_use]
    pub fn with_policy(self, policy: ObjectIdentifier) -> Self {
        Self {
            req_policy: Some(policy),
            ..self
        }
    }

    /// Reads a request; anything but DER is refused.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset of what is not DER or not a `TimeStampReq`.
    pub fn from_der(bytes: &[u8]) -> Result<Self, DecodeError> {
        let scanned = scan_der(bytes)?;
        let mut outer = Reader::new(&scanned);
        let mut deviations = scanned.into_deviations();
        let mut fields = outer.sequence("TimeStampReq")?;
        let version = fields.integer("version")?;
        let message_imprint = MessageImprint::read_next(&mut fields)?;
        let req_policy = fields.optional(Tag::OBJECT_IDENTIFIER)?;
        let req_policy = req_policy
            .map(|element| element.oid("reqPolicy"))
            .transpose()?;
        let nonce = fields
            .optional(Tag::INTEGER)?
            .map(|element| element.integer());
        let cert_req = read_default_false(&mut fields, &mut deviations)?;
        let extensions = match fields.optional(Tag::context(0))? {
            Some(element) => Extension::read_all(&element, &mut deviations)?,
            None => Vec::new(),
        };
        fields.finish("TimeStampReq")?;
        deviations.refuse()?;
        Ok(Self {
            version,
            message_imprint,
            req_policy,
            nonce,
            cert_req,
            extensions,
        })
    }

    /// Writes the request.
    ///
    /// # Errors
    /// [`BuildError::Encoding`] when the encoder refuses a value.
    pub fn to_der(&self) -> Result<Vec<u8>, BuildError> {
        wire::encode(&wire::TimeStampReq::from(self))
    }
}
