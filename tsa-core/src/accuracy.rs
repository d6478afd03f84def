//! `Accuracy` (RFC 3161 §2.4.2): how far `genTime` may be from the truth.

use crate::error::DecodeError;
use crate::tlv::{Element, Reader, Tag};

/// The largest deviation of `genTime`, as stated. At least one field is present, or nothing is
/// stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Accuracy {
    seconds: Option<u32>,
    millis: Option<u16>,
    micros: Option<u16>,
}

impl Accuracy {
    /// From its fields. `None` when `millis` or `micros` is outside of 1 to 999.
    #[must_use]
    pub fn new(seconds: Option<u32>, millis: Option<u16>, micros: Option<u16>) -> Option<Self> {
        let fits = |field: Option<u16>| field.is_none_or(|value| (1..=999).contains(&value));
        (fits(millis) && fits(micros)).then_some(Self {
            seconds,
            millis,
            micros,
        })
    }

    /// The smallest accuracy that is not below this many microseconds. `None` for 0, which
    /// cannot be said, and from 2³² seconds.
    #[must_use]
    pub fn from_micros(micros: u64) -> Option<Self> {
        let part = |value: u64| u16::try_from(value % 1000).ok().filter(|value| *value > 0);
        let seconds = u32::try_from(micros / 1_000_000).ok()?;
        let accuracy = Self {
            seconds: (seconds > 0).then_some(seconds),
            millis: part(micros / 1000),
            micros: part(micros),
        };
        (micros > 0).then_some(accuracy)
    }

    /// Seconds.
    #[must_use]
    pub fn seconds(&self) -> Option<u32> {
        self.seconds
    }

    /// Milliseconds, 1 to 999.
    #[must_use]
    pub fn millis(&self) -> Option<u16> {
        self.millis
    }

    /// Microseconds, 1 to 999.
    #[must_use]
    pub fn micros(&self) -> Option<u16> {
        self.micros
    }

    /// The sum in nanoseconds; `None` when no field is present. A missing field counts as zero
    /// (RFC 3161 §2.4.2).
    #[must_use]
    pub fn to_nanos(&self) -> Option<u64> {
        if self.seconds.is_none() && self.millis.is_none() && self.micros.is_none() {
            return None;
        }
        let seconds = u64::from(self.seconds.unwrap_or_default()) * 1_000_000_000;
        let millis = u64::from(self.millis.unwrap_or_default()) * 1_000_000;
        Some(seconds + millis + u64::from(self.micros.unwrap_or_default()) * 1000)
    }

    pub(crate) fn read(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut reader = element.reader();
        let seconds = match reader.optional(Tag::INTEGER)? {
            None => None,
            Some(element) => {
                let value = element
                    .integer()
                    .to_u64()
                    .and_then(|value| u32::try_from(value).ok());
                let reason = "seconds are negative or above 2^32";
                Some(value.ok_or_else(|| DecodeError::value("accuracy", reason, element.offset))?)
            }
        };
        let millis = read_thousandths(&mut reader, 0)?;
        let micros = read_thousandths(&mut reader, 1)?;
        reader.finish("accuracy")?;
        Ok(Self {
            seconds,
            millis,
            micros,
        })
    }
}

fn read_thousandths(reader: &mut Reader<'_>, tag: u32) -> Result<Option<u16>, DecodeError> {
    let Some(element) = reader.optional(Tag::context(tag))? else {
        return Ok(None);
    };
    let fail = |reason| DecodeError::value("accuracy", reason, element.offset);
    if element.constructed || element.content.is_empty() {
        return Err(fail("a field is not an INTEGER"));
    }
    if element.content.len() > 1 && element.integer().content() != element.content {
        // The scan does not know that this context tag holds an INTEGER.
        return Err(fail("a field is not in its shortest form"));
    }
    let value = element
        .integer()
        .to_u64()
        .and_then(|value| u16::try_from(value).ok());
    let value = value.filter(|value| (1..=999).contains(value));
    value
        .map(Some)
        .ok_or_else(|| fail("millis and micros are 1 to 999"))
}
