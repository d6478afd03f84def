//! One identifier and length (X.690 §8.1.2 and §8.1.3).
//!
//! Reads a header at the start of a slice; whether its content fits is for the callers to say.

use super::{Class, Rule, Tag};
use crate::error::DecodeErrorKind;

/// A parsed header. `length` is `None` for the indefinite form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) tag: Tag,
    pub(super) constructed: bool,
    pub(super) length: Option<usize>,
    pub(super) header_bytes: usize,
    /// The first rule of DER that the header itself breaks.
    pub(super) deviation: Option<Rule>,
}

impl Header {
    /// End-of-contents octets (X.690 §8.1.5).
    pub(super) fn is_end_of_contents(&self) -> bool {
        self.tag.class == Class::Universal
            && self.tag.number == 0
            && !self.constructed
            && self.length == Some(0)
            && self.header_bytes == 2
    }

    /// Reads the header that `input` starts with, when it is of the common form: a tag of one
    /// octet and a length of one octet.
    #[inline]
    pub(super) fn read_short(input: &[u8]) -> Option<Self> {
        let [identifier, length, ..] = *input else {
            return None;
        };
        if identifier & 0x1f == 0x1f || length >= 0x80 {
            return None;
        }
        Some(Self {
            tag: Tag {
                class: class(identifier),
                number: u32::from(identifier & 0x1f),
            },
            constructed: identifier & 0x20 != 0,
            length: Some(usize::from(length)),
            header_bytes: 2,
            deviation: None,
        })
    }

    /// Reads the header that `input` starts with. Callers in a hurry try
    /// [`Header::read_short`] first.
    pub(super) fn read(input: &[u8]) -> Result<Self, DecodeErrorKind> {
        let (&identifier, mut rest) = input.split_first().ok_or(DecodeErrorKind::Truncated)?;
        let mut number = u32::from(identifier & 0x1f);
        let mut deviation = None;
        if number == 0x1f {
            (number, rest) = long_tag_number(rest)?;
            // Leading zero octets were refused; a number below 31 has a shorter form.
            if number < 0x1f {
                deviation = Some(Rule::NonMinimalTag);
            }
        }
        let (&first, after_first) = rest.split_first().ok_or(DecodeErrorKind::Truncated)?;
        rest = after_first;
        let length = match first {
            0..=0x7f => Some(usize::from(first)),
            0x80 => None,
            0xff => return Err(DecodeErrorKind::Length),
            _ => {
                let octets = usize::from(first & 0x7f);
                let (digits, after) = rest
                    .split_at_checked(octets)
                    .ok_or(DecodeErrorKind::Truncated)?;
                rest = after;
                let length = big_endian(digits)?;
                if length < 0x80 || digits.first() == Some(&0) {
                    deviation = deviation.or(Some(Rule::NonMinimalLength));
                }
                Some(length)
            }
        };
        Ok(Self {
            tag: Tag {
                class: class(identifier),
                number,
            },
            constructed: identifier & 0x20 != 0,
            length,
            header_bytes: input.len() - rest.len(),
            deviation,
        })
    }
}

fn class(identifier: u8) -> Class {
    match identifier >> 6 {
        0 => Class::Universal,
        1 => Class::Application,
        2 => Class::Context,
        _ => Class::Private,
    }
}

fn long_tag_number(mut rest: &[u8]) -> Result<(u32, &[u8]), DecodeErrorKind> {
    let mut number = 0_u32;
    let mut first = true;
    loop {
        let (&octet, after) = rest.split_first().ok_or(DecodeErrorKind::Truncated)?;
        rest = after;
        if (first && octet == 0x80) || number >> 25 != 0 {
            return Err(DecodeErrorKind::TagForm);
        }
        first = false;
        number = (number << 7) | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Ok((number, rest));
        }
    }
}

fn big_endian(digits: &[u8]) -> Result<usize, DecodeErrorKind> {
    digits.iter().try_fold(0_usize, |length, &digit| {
        let shifted = length.checked_mul(256).ok_or(DecodeErrorKind::Length)?;
        shifted
            .checked_add(usize::from(digit))
            .ok_or(DecodeErrorKind::Length)
    })
}
