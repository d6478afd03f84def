//! BER to DER for values whose meaning does not matter (X.690 §10 and §11).
//!
//! Needed where a signature is defined over the DER encoding of what was sent in another form
//! (RFC 5652 §5.4). Only departures that need no ASN.1 module to see are mended: DEFAULT values,
//! named bit lists and the form of times stay as they are.

use alloc::vec::Vec;

use super::{Class, Element, Reader, Tag};
use crate::error::DecodeError;

/// Encodes one scanned element in DER.
///
/// # Errors
/// Never for an element of a scanned message; the type does not prove it, so the error stays.
pub fn to_der(element: &Element<'_>) -> Result<Vec<u8>, DecodeError> {
    let universal = (element.tag.class == Class::Universal).then_some(element.tag.number);
    let identifier = identifier(element.tag, element.constructed);
    if !element.constructed {
        let content = match (universal, element.content) {
            (Some(1), [octet]) if *octet != 0 => &[0xff],
            (Some(2 | 10), content) => minimal_integer(content),
            (_, content) => content,
        };
        if universal == Some(3) {
            return Ok(value(&identifier, &padded_bit_string(content)));
        }
        return Ok(value(&identifier, content));
    }
    if universal.is_some_and(|number| !matches!(number, 8 | 11 | 16 | 17)) {
        let primitive = self::identifier(element.tag, false);
        if universal == Some(3) {
            return Ok(value(
                &primitive,
                &padded_bit_string(&joined_bits(element)?),
            ));
        }
        return Ok(value(&primitive, &element.octets()?));
    }
    let mut children = Vec::new();
    let mut reader: Reader<'_> = element.reader();
    while let Some(child) = reader.next_element()? {
        children.push(to_der(&child)?);
    }
    if universal == Some(17) {
        children.sort_unstable();
    }
    Ok(value(&identifier, &children.concat()))
}

/// A SET OF the given encodings, sorted as DER asks (X.690 §11.6).
#[must_use]
pub fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort_unstable();
    value(&[0x31], &elements.concat())
}

/// Identifier octets, the shortest length, content.
#[must_use]
pub fn value(identifier: &[u8], content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(identifier.len() + content.len() + 5);
    out.extend_from_slice(identifier);
    push_length(&mut out, content.len());
    out.extend_from_slice(content);
    out
}

/// Appends a value whose tag is one octet.
pub(crate) fn push_value(out: &mut Vec<u8>, identifier: u8, content: &[u8]) {
    push_header(out, identifier, content.len());
    out.extend_from_slice(content);
}

/// Appends a tag of one octet and the shortest length.
pub(crate) fn push_header(out: &mut Vec<u8>, identifier: u8, content_bytes: usize) {
    out.push(identifier);
    push_length(out, content_bytes);
}

/// Bytes of a value whose tag is one octet.
pub(crate) fn value_bytes(content_bytes: usize) -> usize {
    2 + long_length_bytes(content_bytes) + content_bytes
}

fn push_length(out: &mut Vec<u8>, content_bytes: usize) {
    match u8::try_from(content_bytes) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let digits = content_bytes.to_be_bytes();
            let skip = digits.len() - long_length_bytes(content_bytes);
            let digits = digits.get(skip..).unwrap_or_default();
            // At most eight digits.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend_from_slice(digits);
        }
    }
}

/// Octets behind the first of a length: none up to 127.
fn long_length_bytes(content_bytes: usize) -> usize {
    let digits = usize::BITS - content_bytes.leading_zeros();
    match content_bytes {
        0..0x80 => 0,
        _ => usize::try_from(digits.div_ceil(8)).unwrap_or_default(),
    }
}

/// The first identifier octet of a primitive (X.690 §8.1.2); with the low bits all set when others
/// follow.
#[inline]
pub(super) fn first_octet(tag: Tag) -> u8 {
    let class = match tag.class {
        Class::Universal => 0x00,
        Class::Application => 0x40,
        Class::Context => 0x80,
        Class::Private => 0xc0,
    };
    match u8::try_from(tag.number) {
        Ok(number) if number < 0x1f => class | number,
        _ => class | 0x1f,
    }
}

fn identifier(tag: Tag, constructed: bool) -> Vec<u8> {
    let first = first_octet(tag) | if constructed { 0x20 } else { 0 };
    match tag.number {
        0..0x1f => alloc::vec![first],
        _ => {
            let mut out = alloc::vec![first];
            let groups = (32 - tag.number.leading_zeros()).div_ceil(7);
            for group in (0..groups).rev() {
                let low = u8::try_from((tag.number >> (7 * group)) & 0x7f).unwrap_or_default();
                out.push(if group == 0 { low } else { low | 0x80 });
            }
            out
        }
    }
}

/// Drops leading octets that only repeat the sign.
pub(crate) fn minimal_integer(mut content: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = content {
        let Some(second) = rest.first() else { break };
        let repeats = (*first == 0 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0);
        if !repeats {
            break;
        }
        content = rest;
    }
    content
}

fn padded_bit_string(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    if let [unused @ 1..=7, .., last] = content.as_mut_slice() {
        *last &= !((1_u8 << *unused) - 1);
    }
    content
}

/// Joins the segments of a constructed BIT STRING; the last says how many bits are unused.
fn joined_bits(element: &Element<'_>) -> Result<Vec<u8>, DecodeError> {
    let mut joined = alloc::vec![0];
    let mut reader = element.reader();
    while let Some(segment) = reader.next_element()? {
        let part = if segment.constructed {
            joined_bits(&segment)?
        } else {
            segment.content.to_vec()
        };
        if let (Some((unused, bits)), Some(slot)) = (part.split_first(), joined.first_mut()) {
            *slot = *unused;
            joined.extend_from_slice(bits);
        }
    }
    Ok(joined)
}
