//! The walk over every tag of a message.
//!
//! Guarantees for whoever holds a [`Scanned`]: exactly one value from the first byte to the last,
//! every length fits, nesting and counts are within [`crate::limits`], every universal primitive
//! has content its type allows, and all departures from DER are known.

use alloc::vec::Vec;

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
    values: usize,
    depth: usize,
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

/// An encoding that has been found to be DER, to be stepped over where it stands again.
///
/// The same bytes are the same values: what was found of them holds wherever they are a whole
/// value. Tokens of one signer carry the same certificates, which are most of their bytes.
#[derive(Clone, Debug)]
pub struct KnownValue {
    bytes: Vec<u8>,
    values: usize,
    depth: usize,
}

impl KnownValue {
    /// Scans an encoding that must be DER.
    ///
    /// # Errors
    /// As [`scan_der`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let Scanned { values, depth, .. } = scan_der(&bytes)?;
        Ok(Self {
            bytes,
            values,
            depth,
        })
    }

    /// The encoding.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Scans as [`scan_der`] does, with the same result, and faster where something `known` stands in
/// it.
///
/// # Errors
/// As [`scan_der`].
pub fn scan_der_with_known<'a>(
    bytes: &'a [u8],
    known: &[KnownValue],
) -> Result<Scanned<'a>, DecodeError> {
    let scanned = walk(bytes, known)?;
    scanned.deviations.refuse()?;
    Ok(scanned)
}

/// A constructed value whose content is being walked, or the message around the outermost one.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Where the content ends; the enclosing end while the length is indefinite.
    end: usize,
    /// Start of the element being walked.
    current: usize,
    /// Start of the element before, to compare SET OF elements; it ends where this one starts.
    previous: usize,
    /// Where it starts, for the text of a constructed `UTF8String`.
    start: usize,
    form: Form,
}

/// What a level asks of the values in it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    /// Nothing: SEQUENCE and everything tagged.
    #[default]
    Plain,
    /// Nothing, until the end-of-contents octets.
    Indefinite,
    /// Ascending order.
    Set,
    /// Ascending order, until the end-of-contents octets.
    IndefiniteSet,
    /// Only segments of a string, with this tag number.
    String {
        segments: u32,
        indefinite: bool,
        utf8: bool,
    },
}

impl Form {
    fn of(universal: Option<u32>, indefinite: bool) -> Self {
        match (universal, indefinite) {
            (None | Some(8 | 11 | 16), false) => Self::Plain,
            (None | Some(8 | 11 | 16), true) => Self::Indefinite,
            (Some(17), false) => Self::Set,
            (Some(17), true) => Self::IndefiniteSet,
            // X.690 §8.21: segments of a restricted string are OCTET STRINGs.
            (Some(number), indefinite) => Self::String {
                segments: if number == 3 { 3 } else { 4 },
                indefinite,
                utf8: number == 12,
            },
        }
    }

    fn is_indefinite(self) -> bool {
        matches!(
            self,
            Self::Indefinite
                | Self::IndefiniteSet
                | Self::String {
                    indefinite: true,
                    ..
                }
        )
    }

    fn is_set(self) -> bool {
        matches!(self, Self::Set | Self::IndefiniteSet)
    }

    fn segments(self) -> Option<u32> {
        match self {
            Self::String { segments, .. } => Some(segments),
            _ => None,
        }
    }
}

/// Scans BER: one value, no more, no less.
///
/// # Errors
/// A [`DecodeError`] with the offset of the first byte that no reading can make sense of, of the
/// first byte after the value, or of the value that breaks a limit.
pub fn scan(bytes: &[u8]) -> Result<Scanned<'_>, DecodeError> {
    walk(bytes, &[])
}

fn walk<'a>(bytes: &'a [u8], known: &[KnownValue]) -> Result<Scanned<'a>, DecodeError> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        let kind = DecodeErrorKind::Limit {
            what: "message bytes",
            max: MESSAGE_BYTES_MAX,
        };
        return Err(DecodeError::new(kind, MESSAGE_BYTES_MAX));
    }
    let mut walk = Walk {
        bytes,
        deviations: Deviations::default(),
        level: Level {
            end: bytes.len(),
            ..Level::default()
        },
        above: [Level::default(); DEPTH_MAX],
        depth: 0,
        at: 0,
        values: 0,
        depth_max: 0,
        known,
        bits_ended: false,
    };
    loop {
        walk.value()?;
        if walk.close_finished()? {
            break;
        }
    }
    match bytes.len() - walk.at {
        0 => Ok(Scanned {
            bytes,
            deviations: walk.deviations,
            values: walk.values,
            depth: walk.depth_max,
        }),
        count => Err(DecodeError::new(
            DecodeErrorKind::Trailing { count },
            walk.at,
        )),
    }
}

/// Position of the walk. `level` is the innermost open value, `above[..depth]` are those around.
struct Walk<'a> {
    bytes: &'a [u8],
    deviations: Deviations,
    level: Level,
    above: [Level; DEPTH_MAX],
    depth: usize,
    at: usize,
    values: usize,
    depth_max: usize,
    known: &'a [KnownValue],
    /// Whether the constructed BIT STRING being walked has had a segment with unused bits.
    bits_ended: bool,
}

impl Walk<'_> {
    /// Reads one header; a primitive's content too.
    #[inline]
    fn value(&mut self) -> Result<(), DecodeError> {
        let start = self.at;
        let input = self.bytes.get(start..self.level.end).unwrap_or_default();
        let header = match Header::read_short(input) {
            Some(header) => header,
            None => Header::read(input).map_err(|kind| DecodeError::new(kind, start))?,
        };
        self.values += 1;
        if self.values > VALUES_MAX {
            let kind = DecodeErrorKind::Limit {
                what: "values",
                max: VALUES_MAX,
            };
            return Err(DecodeError::new(kind, start));
        }
        if let Some(rule) = header.deviation {
            self.deviations.push(rule, start);
        }
        let universal = (header.tag.class == Class::Universal).then_some(header.tag.number);
        if universal == Some(0) {
            // The end of an indefinite length is taken by `close_finished`.
            return Err(DecodeError::new(DecodeErrorKind::TagForm, start));
        }
        self.level.current = start;
        if let Some(segments) = self.level.form.segments()
            && universal != Some(segments)
        {
            let kind = DecodeErrorKind::Content(SEGMENT_TYPE);
            return Err(DecodeError::new(kind, start));
        }
        let content = input.get(header.header_bytes..).unwrap_or_default();
        self.at = start + header.header_bytes;
        if header.constructed {
            if let Some(length) = header.length
                && self.steps_over(input, header.header_bytes.saturating_add(length))
            {
                return Ok(());
            }
            return self.open(header.length, universal, start, content.len());
        }
        let length = header
            .length
            .ok_or_else(|| DecodeError::new(DecodeErrorKind::Length, start))?;
        let content = content
            .get(..length)
            .ok_or_else(|| DecodeError::new(DecodeErrorKind::Truncated, start))?;
        if let Some(number) = universal {
            match self.primitive(number, content) {
                Ok(None) => {}
                Ok(Some(rule)) => self.deviations.push(rule, start),
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
    #[inline]
    fn primitive(&mut self, number: u32, content: &[u8]) -> Result<Option<Rule>, &'static str> {
        if self.level.form.segments() == Some(3) {
            if self.bits_ended {
                return Err("a segment of a BIT STRING follows one with unused bits");
            }
            self.bits_ended = content.first().is_some_and(|unused| *unused > 0);
        }
        primitive(number, content)
    }

    /// Steps over a known value when it stands here, whole and within the limits.
    #[inline]
    fn steps_over(&mut self, input: &[u8], value_bytes: usize) -> bool {
        // Most lengths are not those of known values.
        let is_here = |known: &&KnownValue| {
            known.bytes.len() == value_bytes && input.starts_with(&known.bytes)
        };
        let Some(known) = self.known.iter().find(is_here) else {
            return false;
        };
        // The value itself has been counted.
        let values = self.values + known.values - 1;
        let fits = self.depth + known.depth <= DEPTH_MAX && values <= VALUES_MAX;
        if !fits || self.level.form.segments().is_some() {
            return false;
        }
        self.values = values;
        self.depth_max = self.depth_max.max(self.depth + known.depth);
        self.at = self.level.current + known.bytes.len();
        true
    }

    fn open(
        &mut self,
        length: Option<usize>,
        universal: Option<u32>,
        start: usize,
        available: usize,
    ) -> Result<(), DecodeError> {
        let fail = |kind| Err(DecodeError::new(kind, start));
        if matches!(universal, Some(1 | 2 | 5 | 6 | 9 | 10 | 13)) {
            return fail(DecodeErrorKind::Content(
                "a primitive type in constructed form",
            ));
        }
        let form = Form::of(universal, length.is_none());
        if form.segments().is_some() {
            self.deviations.push(Rule::ConstructedString, start);
        }
        if length.is_none() {
            self.deviations.push(Rule::IndefiniteLength, start);
        }
        let length = length.unwrap_or(available);
        if length > available {
            return fail(DecodeErrorKind::Truncated);
        }
        if universal == Some(3) && self.level.form.segments() != Some(3) {
            self.bits_ended = false;
        }
        let Some(slot) = self.above.get_mut(self.depth) else {
            return fail(DecodeErrorKind::Limit {
                what: "nesting levels",
                max: DEPTH_MAX,
            });
        };
        *slot = self.level;
        self.depth += 1;
        self.depth_max = self.depth_max.max(self.depth);
        self.level = Level {
            end: self.at + length,
            current: self.at,
            previous: self.at,
            start,
            form,
        };
        Ok(())
    }

    /// Closes every constructed value that ends here. `true` when the outermost is complete.
    #[inline]
    fn close_finished(&mut self) -> Result<bool, DecodeError> {
        loop {
            if self.depth == 0 {
                return Ok(true);
            }
            if self.level.form.is_set() && self.level.current < self.at {
                self.compare_with_previous();
            }
            if self.level.form.is_indefinite() {
                let input = self.bytes.get(self.at..self.level.end).unwrap_or_default();
                if !matches!(Header::read(input), Ok(header) if header.is_end_of_contents()) {
                    return match input.is_empty() {
                        true => Err(DecodeError::new(DecodeErrorKind::Truncated, self.at)),
                        false => Ok(false),
                    };
                }
                self.at += 2;
            } else if self.at < self.level.end {
                return Ok(false);
            }
            if let Form::String { utf8: true, .. } = self.level.form {
                let start = self.level.start;
                check_utf8(self.bytes.get(start..self.at).unwrap_or_default(), start)?;
            }
            self.depth -= 1;
            self.level = self.above.get(self.depth).copied().unwrap_or_default();
        }
    }

    /// X.690 §11.6: no element of a SET OF sorts before the one before it.
    fn compare_with_previous(&mut self) {
        let (before, current) = (self.level.previous, self.level.current);
        if self.bytes.get(before..current) > self.bytes.get(current..self.at) {
            self.deviations.push(Rule::UnsortedSet, current);
        }
        self.level.previous = current;
        self.level.current = self.at;
    }
}

/// Checks a constructed `UTF8String`, all of whose segments have been scanned.
fn check_utf8(string: &[u8], offset: usize) -> Result<(), DecodeError> {
    let scanned = Scanned {
        bytes: string,
        deviations: Deviations::default(),
        values: 0,
        depth: 0,
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
