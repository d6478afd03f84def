//! `TimeStampResp` (RFC 3161 §2.4.2), and telling a response from a bare token.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::error::{BuildError, DecodeError};
use crate::status::PkiStatusInfo;
use crate::tlv::{Deviations, Element, Reader, Tag, scan, scan_der};
use crate::{lay, wire};

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampResp<'a> {
    /// What became of the request.
    pub status: PkiStatusInfo,
    /// The encoded token (a CMS `ContentInfo`), if there is one.
    pub time_stamp_token: Option<Cow<'a, [u8]>>,
}

impl<'a> TimeStampResp<'a> {
    /// Granted, with its token.
    #[must_use]
    pub fn granted(token: Vec<u8>) -> Self {
        Self {
            status: PkiStatusInfo::granted(),
            time_stamp_token: Some(Cow::Owned(token)),
        }
    }

    /// A rejection.
    #[must_use]
    pub fn rejection(status: PkiStatusInfo) -> Self {
        Self {
            status,
            time_stamp_token: None,
        }
    }

    /// Reads a response; anything but DER is refused. Lenient callers use [`ReceivedToken`].
    ///
    /// # Errors
    /// [`DecodeError`] with the offset of what is not DER or not a `TimeStampResp`.
    pub fn from_der(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let scanned = scan_der(bytes)?;
        let mut reader = Reader::new(&scanned);
        let mut deviations = scanned.into_deviations();
        let mut fields = reader.sequence("TimeStampResp")?;
        let status = PkiStatusInfo::read_next(&mut fields, &mut deviations)?;
        let token = fields.optional(Tag::SEQUENCE)?;
        fields.finish("TimeStampResp")?;
        deviations.refuse()?;
        Ok(Self {
            status,
            time_stamp_token: token.map(|element| Cow::Borrowed(element.raw)),
        })
    }

    /// Writes the response.
    ///
    /// # Errors
    /// [`BuildError::Encoding`] when the encoder refuses a value.
    pub fn to_der(&self) -> Result<Vec<u8>, BuildError> {
        let status = wire::encode(&wire::pki_status_info(&self.status))?;
        Ok(lay::response(
            &status,
            self.time_stamp_token.as_deref().unwrap_or_default(),
        ))
    }
}

/// Bytes that hold a response or a bare token, told apart (BER is read).
#[derive(Clone, Debug)]
pub struct ReceivedToken<'a> {
    /// The status, when a response was read; `None` for a bare token.
    pub status: Option<PkiStatusInfo>,
    /// The token, if there is one.
    pub token: Option<Element<'a>>,
    /// Departures from DER so far.
    pub deviations: Deviations,
}

impl<'a> ReceivedToken<'a> {
    /// Reads either. A response begins with a SEQUENCE (its status), a token with an OBJECT
    /// IDENTIFIER (its content type).
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not one BER value, or neither of the two.
    pub fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let scanned = scan(bytes)?;
        let mut reader = Reader::new(&scanned);
        let mut deviations = scanned.into_deviations();
        let outer = reader.expect(Tag::SEQUENCE, "TimeStampResp or TimeStampToken")?;
        let mut fields = outer.reader();
        if fields.optional(Tag::OBJECT_IDENTIFIER)?.is_some() {
            return Ok(Self {
                status: None,
                token: Some(outer),
                deviations,
            });
        }
        let status = PkiStatusInfo::read_next(&mut fields, &mut deviations)?;
        let token = fields.optional(Tag::SEQUENCE)?;
        fields.finish("TimeStampResp")?;
        Ok(Self {
            status: Some(status),
            token,
            deviations,
        })
    }
}
