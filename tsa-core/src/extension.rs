//! `Extensions` of a request or `TSTInfo` (RFC 3161 §2.4, RFC 5280 §4.1).
//!
//! Values stay encoded: what an extension means is for those who know it.

use alloc::vec::Vec;

use crate::ObjectIdentifier;
use crate::error::DecodeError;
use crate::limits::EXTENSIONS_MAX;
use crate::tlv::{Deviations, Element, Rule, Tag};

/// One extension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Extension {
    /// `extnID`
    pub id: ObjectIdentifier,
    /// Whether it must be understood.
    pub critical: bool,
    /// `extnValue`: the content of the OCTET STRING.
    pub value: Vec<u8>,
}

impl Extension {
    /// Reads an `Extensions` field; `element` carries its implicit tag.
    pub(crate) fn read_all(
        element: &Element<'_>,
        deviations: &mut Deviations,
    ) -> Result<Vec<Self>, DecodeError> {
        let elements = element.reader().elements("extensions", EXTENSIONS_MAX)?;
        if elements.is_empty() || !element.constructed {
            let reason = "at least one extension is needed";
            return Err(DecodeError::value("extensions", reason, element.offset));
        }
        elements
            .iter()
            .map(|extension| Self::read(extension, deviations))
            .collect()
    }

    fn read(element: &Element<'_>, deviations: &mut Deviations) -> Result<Self, DecodeError> {
        if element.tag != Tag::SEQUENCE {
            let reason = "not a SEQUENCE";
            return Err(DecodeError::value("Extension", reason, element.offset));
        }
        let mut reader = element.reader();
        let id = reader.oid("extnID")?;
        let critical = read_default_false(&mut reader, deviations)?;
        let value = reader.octet_string("extnValue")?.into_owned();
        reader.finish("Extension")?;
        Ok(Self {
            id,
            critical,
            value,
        })
    }
}

/// Reads `BOOLEAN DEFAULT FALSE`; an encoded FALSE is a deviation.
pub(crate) fn read_default_false(
    reader: &mut crate::tlv::Reader<'_>,
    deviations: &mut Deviations,
) -> Result<bool, DecodeError> {
    let Some(element) = reader.optional(Tag::BOOLEAN)? else {
        return Ok(false);
    };
    let value = element.content != [0];
    if !value {
        deviations.push(Rule::DefaultEncoded, element.offset);
    }
    Ok(value)
}
