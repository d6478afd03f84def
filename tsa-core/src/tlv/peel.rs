//! One value split off without a look inside, for lists too long to be scanned as a whole.
//!
//! A revocation list may hold a million entries. Who peels it scans each small value by itself, so
//! that nothing is read that has not passed [`super::scan`]. Definite lengths only.

use super::Tag;
use super::header::Header;
use crate::error::{DecodeError, DecodeErrorKind};

/// A value whose content nobody has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peeled<'a> {
    /// The tag.
    pub tag: Tag,
    /// Tag, length and content.
    pub raw: &'a [u8],
    /// The content alone.
    pub content: &'a [u8],
}

/// The first value of `input`, and what follows it; `None` at the end.
///
/// # Errors
/// [`DecodeErrorKind`] of the header, [`DecodeErrorKind::Truncated`], and
/// [`DecodeErrorKind::Length`] for an indefinite length; offsets count from the start of `input`.
#[inline]
pub fn peel(input: &[u8]) -> Result<Option<(Peeled<'_>, &[u8])>, DecodeError> {
    if input.is_empty() {
        return Ok(None);
    }
    let fail = |kind| DecodeError::new(kind, 0);
    let header = match Header::read_short(input) {
        Some(header) => header,
        None => Header::read(input).map_err(fail)?,
    };
    let length = header.length.ok_or_else(|| fail(DecodeErrorKind::Length))?;
    let total = header.header_bytes.saturating_add(length);
    let (raw, rest) = input
        .split_at_checked(total)
        .ok_or_else(|| fail(DecodeErrorKind::Truncated))?;
    let content = raw.get(header.header_bytes..).unwrap_or_default();
    let tag = header.tag;
    Ok(Some((Peeled { tag, raw, content }, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_off_one_by_one() {
        let input = [0x30, 3, 2, 1, 5, 4, 0x81, 1, 9];
        let (first, rest) = peel(&input).unwrap().unwrap();
        assert_eq!((first.tag, first.content), (Tag::SEQUENCE, &[2, 1, 5][..]));
        let (second, rest) = peel(rest).unwrap().unwrap();
        assert_eq!(
            (second.raw, second.content),
            (&[4, 0x81, 1, 9][..], &[9][..])
        );
        assert_eq!(peel(rest), Ok(None));
    }

    #[test]
    fn what_does_not_fit_or_has_no_length_is_an_error() {
        for input in [
            &[0x30, 0x80, 0, 0][..],
            &[4, 2, 0],
            &[4],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(peel(input).is_err(), "{input:?}");
        }
    }
}
