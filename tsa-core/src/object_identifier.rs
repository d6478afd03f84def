//! OBJECT IDENTIFIER values with arcs of any size.
//!
//! Arcs are kept as they are encoded: `2.25.<UUID>` has an arc of 128 bits, more than the 32 of
//! the usual libraries. Not in scope: what an identifier means, see [`crate::oid`].

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::limits::OID_BYTES_MAX;

/// An OBJECT IDENTIFIER (X.690 §8.19) of at most [`OID_BYTES_MAX`] content bytes.
#[derive(Clone, Copy)]
pub struct ObjectIdentifier {
    length: u8,
    content: [u8; OID_BYTES_MAX],
}

impl ObjectIdentifier {
    /// From content bytes that are known to be right: for the constants of this crate.
    pub(crate) const fn literal(bytes: &[u8]) -> Self {
        let mut content = [0; OID_BYTES_MAX];
        let (filled, _) = content.split_at_mut(bytes.len());
        filled.copy_from_slice(bytes);
        // A constant is far below 256 bytes, or `split_at_mut` has stopped the compilation.
        #[expect(clippy::cast_possible_truncation, reason = "at most OID_BYTES_MAX")]
        let length = bytes.len() as u8;
        Self { length, content }
    }

    /// From content bytes, without tag and length. `None` when they are empty, longer than
    /// [`OID_BYTES_MAX`], end inside an arc, or hold an arc with leading zero bits.
    #[must_use]
    pub fn from_content(bytes: &[u8]) -> Option<Self> {
        if !is_well_formed(bytes) {
            return None;
        }
        let mut content = [0; OID_BYTES_MAX];
        content.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self {
            length: u8::try_from(bytes.len()).ok()?,
            content,
        })
    }

    /// The content bytes, without tag and length.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.content
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// The arc `2.25.<UUID>` (X.667 §7) of a UUID given as 128 bits.
    #[must_use]
    pub fn from_uuid(uuid: u128) -> Self {
        let mut bytes = [0_u8; 20];
        let mut length = 1;
        if let Some(first) = bytes.first_mut() {
            *first = 2 * 40 + 25;
        }
        let groups = (128 - uuid.leading_zeros()).div_ceil(7).max(1);
        for group in (0..groups).rev() {
            let low = u8::try_from((uuid >> (7 * group)) & 0x7f).unwrap_or_default();
            if let Some(slot) = bytes.get_mut(length) {
                *slot = if group == 0 { low } else { low | 0x80 };
            }
            length += 1;
        }
        Self::literal(bytes.get(..length).unwrap_or_default())
    }
}

/// Checks arcs: no empty content, no leading zero bits, no unfinished arc (X.690 §8.19.2).
pub(crate) fn is_well_formed(content: &[u8]) -> bool {
    let mut at_start = true;
    for &byte in content {
        if at_start && byte == 0x80 {
            return false;
        }
        at_start = byte & 0x80 == 0;
    }
    !content.is_empty() && at_start
}

impl PartialEq for ObjectIdentifier {
    fn eq(&self, other: &Self) -> bool {
        self.content() == other.content()
    }
}

impl Eq for ObjectIdentifier {}

impl core::hash::Hash for ObjectIdentifier {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.content().hash(state);
    }
}

impl PartialOrd for ObjectIdentifier {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ObjectIdentifier {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.content().cmp(other.content())
    }
}

impl fmt::Debug for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectIdentifier({self})")
    }
}

impl fmt::Display for ObjectIdentifier {
    /// Dotted decimal; an arc of more than 128 bits is written as `0x` and its groups of seven
    /// bits in hexadecimal, since nothing honest has one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut wide = String::new();
        let mut first = true;
        for &byte in self.content() {
            if arc >> 121 != 0 || !wide.is_empty() {
                if wide.is_empty() {
                    wide = alloc::format!("0x{arc:x}:");
                }
                wide.push_str(&alloc::format!("{:02x}", byte & 0x7f));
            } else {
                arc = (arc << 7) | u128::from(byte & 0x7f);
            }
            if byte & 0x80 != 0 {
                continue;
            }
            if !wide.is_empty() {
                write!(f, "{}{wide}", if first { "2.+" } else { "." })?;
            } else if first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, first) = (0, false);
            wide.clear();
        }
        Ok(())
    }
}

/// Text that is not an object identifier in dotted decimal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an object identifier: {reason}")]
pub struct ParseOidError {
    text: String,
    reason: &'static str,
}

impl FromStr for ObjectIdentifier {
    type Err = ParseOidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |reason| ParseOidError {
            text: text.into(),
            reason,
        };
        let mut arcs = text.split('.').map(|arc| {
            if arc.len() > 1 && arc.starts_with('0') {
                return Err(fail("an arc has leading zeros"));
            }
            if !arc.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(fail("an arc is not a decimal number"));
            }
            arc.parse::<u128>()
                .map_err(|_| fail("an arc is empty or above 128 bits"))
        });
        let root = arcs.next().ok_or_else(|| fail("it is empty"))??;
        let second = arcs
            .next()
            .ok_or_else(|| fail("it has fewer than two arcs"))??;
        if root > 2 || (root < 2 && second > 39) {
            return Err(fail(
                "the first arc is 0, 1 or 2, and below 0 and 1 the second is 0 to 39",
            ));
        }
        let joined = second
            .checked_add(root * 40)
            .ok_or_else(|| fail("the second arc is too large"))?;
        let mut content = alloc::vec::Vec::new();
        push_arc(&mut content, joined);
        for arc in arcs {
            push_arc(&mut content, arc?);
        }
        Self::from_content(&content).ok_or_else(|| fail("it is too long"))
    }
}

fn push_arc(content: &mut alloc::vec::Vec<u8>, arc: u128) {
    let groups = (128 - arc.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let low = u8::try_from((arc >> (7 * group)) & 0x7f).unwrap_or_default();
        content.push(if group == 0 { low } else { low | 0x80 });
    }
}
