//! Moves over the values of a scanned message, field by field, and knows where it stands.
//!
//! Every element keeps its bytes as received. Reads BER and DER alike: what DER forbids has been
//! found by the scan. Not in scope: building anything.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::header::Header;
use super::scan::SEGMENT_TYPE;
use super::transcode::first_octet;
use super::{Class, Scanned, Tag};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::DEPTH_MAX;
use crate::{Integer, ObjectIdentifier};

/// One value with its tag, as received.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The tag.
    pub tag: Tag,
    /// Whether it is made of further values.
    pub constructed: bool,
    /// Where the tag stands, in bytes from the start of the message.
    pub offset: usize,
    /// Tag, length and content, with the end-of-contents octets of an indefinite length.
    pub raw: &'a [u8],
    /// The content alone.
    pub content: &'a [u8],
    header_bytes: usize,
}

/// A position between two values.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Stands before the one value of a scanned message.
    #[must_use]
    pub fn new(scanned: &Scanned<'a>) -> Self {
        Self {
            input: scanned.bytes(),
            offset: 0,
        }
    }

    /// Bytes from the start of the message.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Whether no value is left.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.input.is_empty()
    }

    /// The next value, or `None` at the end.
    ///
    /// # Errors
    /// Never after a successful scan; the type does not prove it, so the error stays.
    #[inline]
    pub fn next_element(&mut self) -> Result<Option<Element<'a>>, DecodeError> {
        if self.input.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        let fail = |kind| DecodeError::new(kind, offset);
        let header = match Header::read_short(self.input) {
            Some(header) => header,
            None => Header::read(self.input).map_err(fail)?,
        };
        let body = self.input.get(header.header_bytes..).unwrap_or_default();
        let (content_bytes, tail_bytes) = match header.length {
            Some(length) => (length, 0),
            None => (
                indefinite_bytes(body).ok_or_else(|| fail(DecodeErrorKind::Truncated))?,
                2,
            ),
        };
        let content = body
            .get(..content_bytes)
            .ok_or_else(|| fail(DecodeErrorKind::Truncated))?;
        let total = header.header_bytes + content_bytes + tail_bytes;
        let (raw, rest) = self
            .input
            .split_at_checked(total)
            .ok_or_else(|| fail(DecodeErrorKind::Truncated))?;
        self.input = rest;
        self.offset += total;
        Ok(Some(Element {
            tag: header.tag,
            constructed: header.constructed,
            offset,
            raw,
            content,
            header_bytes: header.header_bytes,
        }))
    }

    /// The next value, which must be `field` with this tag.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Missing`] or [`DecodeErrorKind::UnexpectedTag`].
    #[inline]
    pub fn expect(&mut self, tag: Tag, field: &'static str) -> Result<Element<'a>, DecodeError> {
        let offset = self.offset;
        let Some(element) = self.next_element()? else {
            let kind = DecodeErrorKind::Missing {
                field,
                expected: tag,
            };
            return Err(DecodeError::new(kind, offset));
        };
        if element.tag != tag {
            let kind = DecodeErrorKind::UnexpectedTag {
                field,
                expected: tag,
                found: element.tag,
            };
            return Err(DecodeError::new(kind, offset));
        }
        Ok(element)
    }

    /// The next value if it has this tag; stands still otherwise.
    ///
    /// # Errors
    /// As [`Reader::next_element`].
    #[inline]
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, DecodeError> {
        if !self.may_stand_before(tag) {
            return Ok(None);
        }
        let before = *self;
        match self.next_element()? {
            Some(element) if element.tag == tag => Ok(Some(element)),
            _ => {
                *self = before;
                Ok(None)
            }
        }
    }

    /// Whether the first octet allows for this tag: most fields that may be missing are.
    #[inline]
    fn may_stand_before(&self, tag: Tag) -> bool {
        match self.input.first() {
            None => false,
            // A tag in a long form says more in the octets that follow.
            Some(first) => first & 0x1f == 0x1f || first_octet(tag) == first & !0x20,
        }
    }

    /// Says that structure `field` must end here.
    ///
    /// # Errors
    /// [`DecodeErrorKind::UnexpectedField`].
    #[inline]
    pub fn finish(self, field: &'static str) -> Result<(), DecodeError> {
        match self.is_at_end() {
            true => Ok(()),
            false => self.refuse_more(field),
        }
    }

    #[cold]
    fn refuse_more(mut self, field: &'static str) -> Result<(), DecodeError> {
        let offset = self.offset;
        match self.next_element()? {
            None => Ok(()),
            Some(element) => {
                let kind = DecodeErrorKind::UnexpectedField {
                    field,
                    found: element.tag,
                };
                Err(DecodeError::new(kind, offset))
            }
        }
    }

    /// A SEQUENCE, as a reader over its content.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    #[inline]
    pub fn sequence(&mut self, field: &'static str) -> Result<Self, DecodeError> {
        Ok(self.expect(Tag::SEQUENCE, field)?.reader())
    }

    /// An INTEGER.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    #[inline]
    pub fn integer(&mut self, field: &'static str) -> Result<Integer, DecodeError> {
        Ok(self.expect(Tag::INTEGER, field)?.integer())
    }

    /// An OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// As [`Reader::expect`], and [`DecodeErrorKind::Value`] for one that is too long.
    #[inline]
    pub fn oid(&mut self, field: &'static str) -> Result<ObjectIdentifier, DecodeError> {
        self.expect(Tag::OBJECT_IDENTIFIER, field)?.oid(field)
    }

    /// An OCTET STRING; the segments of a constructed one are joined.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    #[inline]
    pub fn octet_string(&mut self, field: &'static str) -> Result<Cow<'a, [u8]>, DecodeError> {
        self.expect(Tag::OCTET_STRING, field)?.octets()
    }

    /// A SEQUENCE or SET with at most `max` elements.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Limit`] above `max`; otherwise as [`Reader::next_element`].
    pub fn elements(
        mut self,
        what: &'static str,
        max: usize,
    ) -> Result<Vec<Element<'a>>, DecodeError> {
        let mut elements = Vec::new();
        while let Some(element) = self.next_element()? {
            if elements.len() == max {
                let kind = DecodeErrorKind::Limit { what, max };
                return Err(DecodeError::new(kind, element.offset));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

impl<'a> Element<'a> {
    /// A reader over the content.
    #[must_use]
    #[inline]
    pub fn reader(&self) -> Reader<'a> {
        Reader {
            input: self.content,
            offset: self.offset + self.header_bytes,
        }
    }

    /// Where the content begins, in bytes from the start of the message.
    #[must_use]
    pub fn content_offset(&self) -> usize {
        self.offset + self.header_bytes
    }

    /// The content as an INTEGER.
    #[must_use]
    pub fn integer(&self) -> Integer {
        Integer::from_content(self.content)
    }

    /// The content as an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Value`] when it is longer than [`crate::limits::OID_BYTES_MAX`].
    pub fn oid(&self, field: &'static str) -> Result<ObjectIdentifier, DecodeError> {
        ObjectIdentifier::from_content(self.content).ok_or_else(|| {
            DecodeError::value(field, "an object identifier of unusual length", self.offset)
        })
    }

    /// The octets of a string; segments of a constructed one are joined.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Content`] when a segment is no OCTET STRING, which the scan has excluded
    /// but for strings with an implicit tag.
    #[inline]
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, DecodeError> {
        if !self.constructed {
            return Ok(Cow::Borrowed(self.content));
        }
        let mut joined = Vec::with_capacity(self.content.len());
        let mut open = alloc::vec![self.reader()];
        while let Some(mut reader) = open.pop() {
            while let Some(segment) = reader.next_element()? {
                if segment.tag != Tag::OCTET_STRING {
                    let kind = DecodeErrorKind::Content(SEGMENT_TYPE);
                    return Err(DecodeError::new(kind, segment.offset));
                }
                if segment.constructed {
                    open.push(reader);
                    reader = segment.reader();
                } else {
                    joined.extend_from_slice(segment.content);
                }
            }
        }
        Ok(Cow::Owned(joined))
    }

    /// The one value inside an EXPLICIT tag.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Missing`] or [`DecodeErrorKind::UnexpectedField`].
    #[inline]
    pub fn explicit(&self, field: &'static str) -> Result<Element<'a>, DecodeError> {
        let mut inner = self.reader();
        let offset = inner.offset();
        let element = if self.constructed {
            inner.next_element()?
        } else {
            None
        };
        let element = element.ok_or_else(|| {
            DecodeError::new(
                DecodeErrorKind::Content("an EXPLICIT tag holds no value"),
                offset,
            )
        })?;
        inner.finish(field)?;
        Ok(element)
    }
}

/// Bytes before the end-of-contents octets that close an indefinite length.
fn indefinite_bytes(body: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    let mut open = 1_usize;
    loop {
        let header = Header::read(body.get(at..)?).ok()?;
        if header.is_end_of_contents() {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            at += 2;
            continue;
        }
        at = at.checked_add(header.header_bytes)?;
        match header.length {
            Some(length) => at = at.checked_add(length)?,
            None if header.tag.class == Class::Universal && !header.constructed => return None,
            None if open == DEPTH_MAX => return None,
            None => open += 1,
        }
    }
}
