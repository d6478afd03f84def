//! INTEGER values of any size, and the serial number of a token.
//!
//! Kept as minimal two's complement, big endian, so that equal integers are equal bytes. No
//! arithmetic: nothing here needs it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::limits::SERIAL_BYTES_MAX;
use crate::tlv::minimal_integer;

/// An INTEGER (X.690 §8.3).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Integer {
    content: Vec<u8>,
}

impl Integer {
    /// From content bytes; leading ones that only repeat the sign are dropped. Empty content,
    /// which no scan lets through, is 0.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Self {
        match content {
            [] => Self {
                content: alloc::vec![0],
            },
            content => Self {
                content: minimal_integer(content).to_vec(),
            },
        }
    }

    /// From an unsigned number, big endian.
    #[must_use]
    pub fn from_unsigned(magnitude: &[u8]) -> Self {
        let mut content = Vec::with_capacity(magnitude.len() + 1);
        content.push(0);
        content.extend_from_slice(magnitude);
        Self::from_content(&content)
    }

    /// The content bytes, minimal.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.content.first().is_some_and(|first| first & 0x80 != 0)
    }

    /// The value, if it fits.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        let magnitude = match self.content.as_slice() {
            [first, ..] if first & 0x80 != 0 => return None,
            [0, rest @ ..] => rest,
            content => content,
        };
        (magnitude.len() <= 8).then(|| {
            magnitude
                .iter()
                .fold(0, |value, &digit| (value << 8) | u64::from(digit))
        })
    }

    /// Lower-case hexadecimal without prefix: the magnitude, with `-` when negative.
    #[must_use]
    pub fn to_hex(&self) -> String {
        let mut magnitude = self.content.clone();
        if self.is_negative() {
            let mut carry = true;
            for digit in magnitude.iter_mut().rev() {
                let (sum, overflow) = (!*digit).overflowing_add(u8::from(carry));
                (*digit, carry) = (sum, overflow);
            }
        }
        let sign = if self.is_negative() { "-" } else { "" };
        let digits = magnitude
            .iter()
            .position(|digit| *digit != 0)
            .unwrap_or(magnitude.len());
        let magnitude = magnitude.get(digits..).unwrap_or_default();
        let magnitude = if magnitude.is_empty() {
            &[0]
        } else {
            magnitude
        };
        let mut text = String::from(sign);
        text.push_str(&base16ct::lower::encode_string(magnitude));
        text
    }
}

impl From<u64> for Integer {
    fn from(value: u64) -> Self {
        Self::from_unsigned(&value.to_be_bytes())
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self::from_content(&value.to_be_bytes())
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Integer(0x{self})")
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// The serial number of a token (RFC 3161 §2.4.2): not negative, at most 160 bits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SerialNumber(Integer);

impl SerialNumber {
    /// From an unsigned number, big endian. `None` above 160 bits.
    #[must_use]
    pub fn from_unsigned(magnitude: &[u8]) -> Option<Self> {
        Self::new(Integer::from_unsigned(magnitude))
    }

    /// From any integer. `None` below zero and above 160 bits.
    #[must_use]
    pub fn new(integer: Integer) -> Option<Self> {
        let magnitude_bytes = match integer.content() {
            [0, rest @ ..] => rest.len(),
            content => content.len(),
        };
        (!integer.is_negative() && magnitude_bytes <= SERIAL_BYTES_MAX).then_some(Self(integer))
    }

    /// As an INTEGER.
    #[must_use]
    pub fn integer(&self) -> &Integer {
        &self.0
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

impl fmt::Display for SerialNumber {
    /// Lower-case hexadecimal without prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
