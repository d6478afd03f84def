//! Numbers of certificates: a prefix of the kind, 24 random digits, two that catch a slip.
//!
//! The digits are drawn, never counted: whoever has one certificate learns no other's number. The
//! check digits are ISO/IEC 7064 MOD 97-10 over what stands before them.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const DIGITS: usize = 24;
const PREFIX_LETTERS_MAX: usize = 4;

/// What the numbers of one kind of document begin with: one to four letters A–Z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPrefix(String);

/// The number of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateNumber(String);

/// Why a text is no number of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadNumber {
    /// The letters before the digits.
    #[error("a number begins with one to four letters A–Z")]
    Prefix,
    /// The digits.
    #[error("a number has {} digits behind its letters", DIGITS + 2)]
    Digits,
    /// The last two digits.
    #[error("the last two digits do not fit the others: a slip of the pen?")]
    CheckDigits,
}

impl NumberPrefix {
    /// Checks a prefix.
    ///
    /// # Errors
    /// [`BadNumber::Prefix`].
    pub fn new(letters: &str) -> Result<Self, BadNumber> {
        let sound = (1..=PREFIX_LETTERS_MAX).contains(&letters.len())
            && letters.bytes().all(|byte| byte.is_ascii_uppercase());
        sound
            .then(|| Self(letters.to_string()))
            .ok_or(BadNumber::Prefix)
    }
}

impl CertificateNumber {
    /// The number made of sixteen random bytes, which are the caller's to draw.
    #[must_use]
    pub fn of_random(prefix: &NumberPrefix, random: [u8; 16]) -> Self {
        let drawn = u128::from_be_bytes(random) % 1_000_000_000_000_000_000_000_000;
        let body = format!("{}{drawn:0DIGITS$}", prefix.0);
        let check = 98 - remainder(&format!("{body}00"));
        Self(format!("{body}{check:02}"))
    }

    /// The number as it is written in addresses and manifests.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number in groups, as it is printed.
    #[must_use]
    pub fn grouped(&self) -> String {
        let letters = self.0.len().saturating_sub(DIGITS + 2);
        let mut text = String::with_capacity(self.0.len() + 8);
        for (place, character) in self.0.chars().enumerate() {
            let digit = place.saturating_sub(letters);
            if place >= letters && (digit == 0 || digit % 4 == 0) {
                text.push(' ');
            }
            text.push(character);
        }
        text
    }
}

/// Reads a number as people write it: blanks and hyphens anywhere, letters of either case.
impl FromStr for CertificateNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let plain: String = text
            .chars()
            .filter(|character| !matches!(character, ' ' | '-'))
            .map(|character| character.to_ascii_uppercase())
            .take(PREFIX_LETTERS_MAX + DIGITS + 3)
            .collect();
        let letters = plain.bytes().take_while(u8::is_ascii_uppercase).count();
        let (prefix, digits) = plain.split_at_checked(letters).ok_or(BadNumber::Prefix)?;
        NumberPrefix::new(prefix)?;
        if digits.len() != DIGITS + 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadNumber::Digits);
        }
        match remainder(&plain) {
            1 => Ok(Self(plain)),
            _ => Err(BadNumber::CheckDigits),
        }
    }
}

/// The number that letters (A = 10 … Z = 35) and digits spell, modulo 97.
fn remainder(text: &str) -> u32 {
    let values = text.chars().filter_map(|character| character.to_digit(36));
    values.fold(0, |rest, value| match value {
        0..10 => (rest * 10 + value) % 97,
        _ => (rest * 100 + value) % 97,
    })
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CertificateNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CertificateNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number: Self = text.parse().map_err(serde::de::Error::custom)?;
        // One number has one spelling where programs compare it.
        match number.0 == text {
            true => Ok(number),
            false => Err(serde::de::Error::custom("a number with blanks in it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(random: [u8; 16]) -> CertificateNumber {
        CertificateNumber::of_random(&NumberPrefix::new("TS").unwrap(), random)
    }

    #[test]
    fn a_number_is_read_as_it_is_printed() {
        for random in [[0; 16], [0xff; 16], [0x5a; 16]] {
            let number = number(random);
            assert_eq!(number.as_str().len(), 2 + DIGITS + 2);
            assert_eq!(number.grouped().parse(), Ok(number.clone()));
            assert_eq!(number.as_str().to_lowercase().parse(), Ok(number));
        }
    }

    #[test]
    fn every_single_slip_is_noticed() {
        let number = number([0x5a; 16]).to_string();
        for place in 2..number.len() {
            for digit in '0'..='9' {
                let mut slipped = number.clone();
                slipped.replace_range(place..=place, &digit.to_string());
                if slipped != number {
                    let read = slipped.parse::<CertificateNumber>();
                    assert_eq!(read, Err(BadNumber::CheckDigits), "{slipped}");
                }
            }
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        let cases = [
            ("", BadNumber::Prefix),
            ("123", BadNumber::Prefix),
            ("ABCDE123", BadNumber::Prefix),
            ("TS12", BadNumber::Digits),
            ("TS١٢٣", BadNumber::Digits),
        ];
        for (text, refusal) in cases {
            assert_eq!(text.parse::<CertificateNumber>(), Err(refusal), "{text}");
        }
    }
}
