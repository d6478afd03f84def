//! One X.509 certificate, read leniently from the bytes as received (RFC 5280 §4.1).
//!
//! Built on the one reader that every received byte passes, so that no second parser can see
//! something else in the same bytes. The signed bytes are kept, never encoded again. Not in scope:
//! whether anything in it may be believed.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};
use tsa_core::{CertificateAnatomy, DecodeError, DecodeErrorKind, GenTime, Integer};

use super::extensions::Extensions;
use crate::name::Name;

/// A certificate and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Certificate<'a> {
    pub(crate) anatomy: CertificateAnatomy<'a>,
    /// The fields of `tbsCertificate` say the version is 3.
    pub(crate) is_version_3: bool,
    pub(crate) not_before: GenTime,
    pub(crate) not_after: GenTime,
    pub(crate) extensions: Extensions,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (anatomy, mut fields) = CertificateAnatomy::of(&scan(bytes)?)?;
        let version = match fields.optional(Tag::context(0))? {
            Some(explicit) => explicit.explicit("version")?.integer(),
            None => Integer::from(0_u64),
        };
        for field in ["serialNumber", "signature", "issuer"] {
            skip(&mut fields, field)?;
        }
        let mut validity = fields.sequence("validity")?;
        let not_before = read_time(&mut validity, "notBefore")?;
        let not_after = read_time(&mut validity, "notAfter")?;
        validity.finish("validity")?;
        for field in ["subject", "subjectPublicKeyInfo"] {
            skip(&mut fields, field)?;
        }
        fields.optional(Tag::context(1))?;
        fields.optional(Tag::context(2))?;
        let extensions = match fields.optional(Tag::context(3))? {
            Some(explicit) => Extensions::read(&explicit.explicit("extensions")?)?,
            None => Extensions::default(),
        };
        fields.finish("tbsCertificate")?;
        Ok(Self {
            anatomy,
            is_version_3: version.to_u64() == Some(2),
            not_before,
            not_after,
            extensions,
        })
    }

    /// The subject, harmless to show.
    pub(crate) fn subject(&self) -> String {
        Name::shown_of(self.anatomy.subject)
    }

    /// The issuer, harmless to show.
    pub(crate) fn issuer(&self) -> String {
        Name::shown_of(self.anatomy.issuer)
    }

    pub(crate) fn is_valid_at(&self, at: GenTime) -> bool {
        self.not_before <= at && at <= self.end()
    }

    /// The last instant of validity: `notAfter` counts as a whole second (RFC 5280 §4.1.2.5).
    pub(crate) fn end(&self) -> GenTime {
        GenTime::from_unix(self.not_after.unix_seconds(), 999_999_999).unwrap_or(self.not_after)
    }
}

fn skip(fields: &mut Reader<'_>, field: &'static str) -> Result<(), DecodeError> {
    let offset = fields.offset();
    match fields.next_element()? {
        Some(_) => Ok(()),
        None => Err(fail(field, "missing", offset)),
    }
}

fn fail(field: &'static str, reason: &'static str, offset: usize) -> DecodeError {
    DecodeError {
        kind: DecodeErrorKind::Value { field, reason },
        offset,
    }
}

/// `Time`: `UTCTime` or GeneralizedTime (RFC 5280 §4.1.2.5).
fn read_time(fields: &mut Reader<'_>, field: &'static str) -> Result<GenTime, DecodeError> {
    let offset = fields.offset();
    let element = fields
        .next_element()?
        .ok_or_else(|| fail(field, "missing", offset))?;
    read_time_element(&element).ok_or_else(|| fail(field, "not a time", offset))
}

/// The instant of one `UTCTime` or GeneralizedTime.
pub(crate) fn read_time_element(element: &Element<'_>) -> Option<GenTime> {
    let (time, _) = GenTime::from_generalized_time(&with_century(element)?).ok()?;
    Some(time)
}

/// The content of a GeneralizedTime; years 50 to 99 of a `UTCTime` are 1950 to 1999.
fn with_century(element: &Element<'_>) -> Option<Vec<u8>> {
    let octets = element.octets().ok()?;
    if element.tag == Tag::GENERALIZED_TIME {
        return Some(octets.into_owned());
    }
    let utc_time = Tag {
        number: 23,
        ..Tag::GENERALIZED_TIME
    };
    if element.tag != utc_time {
        return None;
    }
    let century: &[u8] = match octets.first()? {
        b'0'..=b'4' => b"20",
        _ => b"19",
    };
    Some([century, &octets].concat())
}
