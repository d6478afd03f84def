//! `TSTInfo` (RFC 3161 §2.4.2): what a token says.
//!
//! Reading it is not believing it. Values that RFC 3161 allows to be encoded but not to be used (a
//! version other than 1, a serial number above 160 bits) are read and left to the verifier.

use alloc::vec::Vec;

use crate::error::{BuildError, DecodeError};
use crate::extension::{Extension, read_default_false};
use crate::tlv::{Deviations, Reader, Rule, Tag, scan};
use crate::wire;
use crate::{Accuracy, GenTime, Integer, MessageImprint, ObjectIdentifier};

/// The signed statement of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfo {
    /// 1 in every token this specification knows.
    pub version: Integer,
    /// The policy under which the token was made.
    pub policy: ObjectIdentifier,
    /// What existed.
    pub message_imprint: MessageImprint,
    /// Unique among the tokens of an authority.
    pub serial_number: Integer,
    /// When it existed.
    pub gen_time: GenTime,
    /// How far `gen_time` may be from the truth.
    pub accuracy: Option<Accuracy>,
    /// Whether tokens can be ordered by `gen_time` alone.
    pub ordering: bool,
    /// The number from the request.
    pub nonce: Option<Integer>,
    /// The authority's name: an encoded `GeneralName`.
    pub tsa: Option<Vec<u8>>,
    /// Additional statements; empty when the field is absent.
    pub extensions: Vec<Extension>,
}

/// A `TSTInfo` as read, with its departures from DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfoReading {
    /// The statement.
    pub info: TstInfo,
    /// Where its encoding is BER but not DER, by offset in the encoded `TSTInfo`.
    pub deviations: Deviations,
}

impl TstInfo {
    /// Reads an encoded `TSTInfo`; departures from DER are listed, not refused.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset of what is not BER or not a `TSTInfo`.
    pub fn read(bytes: &[u8]) -> Result<TstInfoReading, DecodeError> {
        let scanned = scan(bytes)?;
        let mut outer = Reader::new(&scanned);
        let mut deviations = scanned.into_deviations();
        let mut fields = outer.sequence("TSTInfo")?;
        let version = fields.integer("version")?;
        let policy = fields.oid("policy")?;
        let message_imprint = MessageImprint::read_next(&mut fields)?;
        let serial_number = fields.integer("serialNumber")?;
        let gen_time = read_gen_time(&mut fields, &mut deviations)?;
        let accuracy = fields.optional(Tag::SEQUENCE)?;
        let accuracy = accuracy
            .map(|element| Accuracy::read(&element))
            .transpose()?;
        let ordering = read_default_false(&mut fields, &mut deviations)?;
        let nonce = fields
            .optional(Tag::INTEGER)?
            .map(|element| element.integer());
        let tsa = match fields.optional(Tag::context(0))? {
            Some(element) => Some(element.explicit("tsa")?.raw.to_vec()),
            None => None,
        };
        let extensions = match fields.optional(Tag::context(1))? {
            Some(element) => Extension::read_all(&element, &mut deviations)?,
            None => Vec::new(),
        };
        fields.finish("TSTInfo")?;
        let info = Self {
            version,
            policy,
            message_imprint,
            serial_number,
            gen_time,
            accuracy,
            ordering,
            nonce,
            tsa,
            extensions,
        };
        Ok(TstInfoReading { info, deviations })
    }

    /// Writes the statement.
    ///
    /// # Errors
    /// [`BuildError::Encoding`] when the encoder refuses a value.
    pub fn to_der(&self) -> Result<Vec<u8>, BuildError> {
        wire::encode(&wire::TstInfo::from(self))
    }
}

fn read_gen_time(
    fields: &mut Reader<'_>,
    deviations: &mut Deviations,
) -> Result<GenTime, DecodeError> {
    let element = fields.expect(Tag::GENERALIZED_TIME, "genTime")?;
    let (gen_time, canonical) = GenTime::from_generalized_time(&element.octets()?)
        .map_err(|reason| DecodeError::value("genTime", reason, element.offset))?;
    if !canonical {
        deviations.push(Rule::GeneralizedTimeForm, element.offset);
    }
    Ok(gen_time)
}
