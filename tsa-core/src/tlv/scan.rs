//! The walk over every tag of a message.
//!
//! Guarantees for whoever holds a [`Scanned`]: exactly one value from the first byte to the last,
//! every length fits, nesting and counts are within [`crate::limits`], every universal primitive
//! has content its type allows, and all departures from DER are known.

use super::header::Header;
use super::{Class, Deviations, Reader, Rule};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::{DEPTH_MAX, MESSAGE_BYTES_MAX, VALUES_MAX};
use crate::object_identifier;

/// A message that passed [`scan`].
#[derive(Clone, Debug)]
pub struct Scanned<'a> {
    bytes: &'a [u8],
    deviations: Deviations,
}

impl<'a> Scanned<'a> {
    /// The message.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Departures from every rule of DER that can be checked without the ASN.1 module.
    #[must_use]
    pub fn deviations(&self) -> &Deviations {
        &self.deviations
    }

    /// The list of departures, to go on with.
    #[must_use]
    pub fn into_deviations(self) -> Deviations {
        self.deviations
    }
}

/// Scans a message that must be DER: the first deviation is the error.
///
/// # Errors
/// [`DecodeErrorKind::NotDer`] for readable BER, else as [`scan`].
pub fn scan_der(bytes: &[u8]) -> Result<Scanned<'_>, DecodeError> {
    let scanned = scan(bytes)?;
    scanned.deviations.refuse()?;
    Ok(scanned)
}

/// A constructed value whose content is being walked.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Where the content ends; the enclosing end while the length is indefinite.
    end: usize,
    indefinite: bool,
    is_set: bool,
    /// For constructed strings: the only tag number that segments may have.
    segments: Option<u32>,
    /// For a constructed `UTF8String`, whose characters may be split: where it starts.
    utf8_start: Option<usize>,
    /// Start and end of the element before, to compare SET OF elements.
    previous: (usize, usize),
    /// Start of the element being walked.
    current: usize,
}

/// Scans BER: one value, no more, no less.
///
/// # Errors
/// A [`DecodeError`] with the offset of the first byte that no reading can make sense of, of the
/// first byte after the value, or of the value that breaks a limit.
pub fn scan(bytes: &[u8]) -> Result<Scanned<'_>, DecodeError> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        let kind = DecodeErrorKind::Limit {
            what: "message bytes",
            max: MESSAGE_BYTES_MAX,
        };
        return Err(DecodeError::new(kind, MESSAGE_BYTES_MAX));
    }
    let mut scanned = Scanned {
        bytes,
        deviations: Deviations::default(),
    };
    let mut walk = Walk {
        stack: [Level::default(); DEPTH_MAX],
        depth: 0,
        at: 0,
        values: 0,
        bits_ended: false,
    };
    loop {
        walk.value(&mut scanned)?;
        if walk.close_finished(&mut scanned)? {
            break;
        }
    }
    match bytes.len() - walk.at {
        0 => Ok(scanned),
        count => Err(DecodeError::new(
            DecodeErrorKind::Trailing { count },
            walk.at,
        )),
    }
}

/// Position of the walk. `stack[..depth]` are the open constructed values.
struct Walk {
    stack: [Level; DEPTH_MAX],
    depth: usize,
    at: usize,
    values: usize,
    /// Whether the constructed BIT STRING being walked has had a segment with unused bits.
    bits_ended: bool,
}

impl Walk {
    fn top(&mut self) -> Option<&mut Level> {
        self.depth
            .checked_sub(1)
            .and_then(|index| self.stack.get_mut(index))
    }

    /// Reads one header; a primitive's content too.
    fn value(&mut self, scanned: &mut Scanned<'_>) -> Result<(), DecodeError> {
        let start = self.at;
        let end = self.top().map_or(scanned.bytes.len(), |level| level.end);
        let input = scanned.bytes.get(start..end).unwrap_or_default();
        let header = Header::read(input).map_err(|kind| DecodeError::new(kind, start))?;
        self.values += 1;
        if self.values > VALUES_MAX {
            let kind = DecodeErrorKind::Limit {
                what: "values",
                max: VALUES_MAX,
            };
            return Err(DecodeError::new(kind, start));
        }
        if let Some(rule) = header.deviation {
            scanned.deviations.push(rule, start);
        }
        if header.tag.class == Class::Universal && header.tag.number == 0 {
            // The end of an indefinite length is taken by `close_finished`.
            return Err(DecodeError::new(DecodeErrorKind::TagForm, start));
        }
        if let Some(level) = self.top() {
            level.current = start;
            if level.segments.is_some_and(|number| {
                header.tag.class != Class::Universal || header.tag.number != number
            }) {
                let kind = DecodeErrorKind::Content(SEGMENT_TYPE);
                return Err(DecodeError::new(kind, start));
            }
        }
        self.at = start + header.header_bytes;
        if header.constructed {
            return self.open(&header, start, end, scanned);
        }
        let length = header
            .length
            .ok_or_else(|| DecodeError::new(DecodeErrorKind::Length, start))?;
        if length > end - self.at {
            return Err(DecodeError::new(DecodeErrorKind::Truncated, start));
        }
        let content = scanned
            .bytes
            .get(self.at..self.at + length)
            .unwrap_or_default();
        if header.tag.class == Class::Universal {
            match self.primitive(header.tag.number, content) {
                Ok(None) => {}
                Ok(Some(rule)) => scanned.deviations.push(rule, start),
                Err(reason) => {
                    return Err(DecodeError::new(DecodeErrorKind::Content(reason), start));
                }
            }
        }
        self.at += length;
        Ok(())
    }

    /// Checks a universal primitive, alone and as a segment (X.690 §8.6.4: only the last one of a
    /// BIT STRING leaves bits unused).
    fn primitive(&mut self, number: u32, content: &[u8]) -> Result<Option<Rule>, &'static str> {
        if self.is_in_bit_string() {
            if self.bits_ended {
                return Err("a segment of a BIT STRING follows one with unused bits");
            }
            self.bits_ended = content.first().is_some_and(|unused| *unused > 0);
        }
        primitive(number, content)
    }

    fn is_in_bit_string(&mut self) -> bool {
        self.top().is_some_and(|level| level.segments == Some(3))
    }

    fn open(
        &mut self,
        header: &Header,
        start: usize,
        end: usize,
        scanned: &mut Scanned<'_>,
    ) -> Result<(), DecodeError> {
        let universal = (header.tag.class == Class::Universal).then_some(header.tag.number);
        if matches!(universal, Some(1 | 2 | 5 | 6 | 9 | 10 | 13)) {
            let kind = DecodeErrorKind::Content("a primitive type in constructed form");
            return Err(DecodeError::new(kind, start));
        }
        // Every universal type that is neither a structure nor primitive is some string or time.
        let is_string = universal.is_some_and(|number| !matches!(number, 8 | 11 | 16 | 17));
        if is_string {
            scanned.deviations.push(Rule::ConstructedString, start);
        }
        let content_end = match header.length {
            None => {
                scanned.deviations.push(Rule::IndefiniteLength, start);
                end
            }
            Some(length) if length > end - self.at => {
                return Err(DecodeError::new(DecodeErrorKind::Truncated, start));
            }
            Some(length) => self.at + length,
        };
        if universal == Some(3) && !self.is_in_bit_string() {
            self.bits_ended = false;
        }
        let at = self.at;
        let level = self.stack.get_mut(self.depth).ok_or_else(|| {
            DecodeError::new(
                DecodeErrorKind::Limit {
                    what: "nesting levels",
                    max: DEPTH_MAX,
                },
                start,
            )
        })?;
        *level = Level {
            end: content_end,
            indefinite: header.length.is_none(),
            is_set: universal == Some(17),
            // X.690 §8.21: segments of a restricted string are OCTET STRINGs.
            segments: is_string.then_some(if universal == Some(3) { 3 } else { 4 }),
            utf8_start: (universal == Some(12)).then_some(start),
            previous: (at, at),
            current: at,
        };
        self.depth += 1;
        Ok(())
    }

    /// Closes every constructed value that ends here. `true` when the outermost is complete.
    fn close_finished(&mut self, scanned: &mut Scanned<'_>) -> Result<bool, DecodeError> {
        loop {
            let at = self.at;
            let Some(level) = self.top() else {
                return Ok(true);
            };
            if level.is_set && level.current < at {
                let current = (level.current, at);
                let before = scanned.bytes.get(level.previous.0..level.previous.1);
                if before > scanned.bytes.get(current.0..current.1) {
                    scanned.deviations.push(Rule::UnsortedSet, current.0);
                }
                level.previous = current;
                level.current = at;
            }
            let input = scanned.bytes.get(at..level.end).unwrap_or_default();
            let utf8_start = level.utf8_start;
            if level.indefinite {
                if !matches!(Header::read(input), Ok(header) if header.is_end_of_contents()) {
                    if input.is_empty() {
                        return Err(DecodeError::new(DecodeErrorKind::Truncated, at));
                    }
                    return Ok(false);
                }
                self.at += 2;
            } else if !input.is_empty() {
                return Ok(false);
            }
            if let Some(start) = utf8_start {
                check_utf8(scanned.bytes.get(start..self.at).unwrap_or_default(), start)?;
            }
            self.depth -= 1;
        }
    }
}

/// Checks a constructed `UTF8String`, all of whose segments have been scanned.
fn check_utf8(string: &[u8], offset: usize) -> Result<(), DecodeError> {
    let scanned = Scanned {
        bytes: string,
        deviations: Deviations::default(),
    };
    if let Some(element) = Reader::new(&scanned).next_element()?
        && core::str::from_utf8(&element.octets()?).is_err()
    {
        return Err(DecodeError::new(DecodeErrorKind::Content(NOT_UTF8), offset));
    }
    Ok(())
}

pub(super) const SEGMENT_TYPE: &str = "a segment of a string has another type";
const NOT_UTF8: &str = "a UTF8String is not UTF-8";

/// Checks the content of a universal primitive. `Ok(Some(_))` is BER but not DER.
fn primitive(number: u32, content: &[u8]) -> Result<Option<Rule>, &'static str> {
    match (number, content) {
        (1, [0 | 0xff]) => Ok(None),
        (1, [_]) => Ok(Some(Rule::BooleanValue)),
        (1, _) => Err("a BOOLEAN is one byte long"),
        (2 | 10, []) => Err("an INTEGER has at least one byte"),
        (2 | 10, [first, second, ..])
            if (*first == 0 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0) =>
        {
            Ok(Some(Rule::NonMinimalInteger))
        }
        (3, content) => bit_string(content),
        (5, [_, ..]) => Err("a NULL is empty"),
        (6, content) if !object_identifier::is_well_formed(content) => {
            Err("an OBJECT IDENTIFIER ends inside an arc, is empty, or pads an arc")
        }
        (12, content) if core::str::from_utf8(content).is_err() => Err(NOT_UTF8),
        (16 | 17, _) => Err("a SEQUENCE or SET in primitive form"),
        _ => Ok(None),
    }
}

fn bit_string(content: &[u8]) -> Result<Option<Rule>, &'static str> {
    let (&unused, bits) = content
        .split_first()
        .ok_or("a BIT STRING has at least one byte")?;
    match bits.last() {
        _ if unused > 7 => Err("a BIT STRING leaves at most seven bits unused"),
        None if unused > 0 => Err("an empty BIT STRING has no unused bits"),
        Some(last) if last & ((1_u8 << unused) - 1) != 0 => Ok(Some(Rule::BitStringPadding)),
        _ => Ok(None),
    }
}
