//! Numbers and names with their ranges checked when they are made.

use std::fmt;
use std::str::FromStr;

/// Whole credits, from 0 to 2^53 − 1: every number that any JSON reader holds exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(i64);

impl Credits {
    /// None.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1);
    /// The most that one account may ever have been given.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// `None` above [`Credits::MAX`].
    #[must_use]
    pub fn new(credits: u64) -> Option<Self> {
        i64::try_from(credits).ok().and_then(Self::from_stored)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// The number as it is stored.
    #[must_use]
    pub(crate) fn stored(self) -> i64 {
        self.0
    }

    /// `None` for a number that is out of range.
    #[must_use]
    pub(crate) fn from_stored(credits: i64) -> Option<Self> {
        (0..=Self::MAX.0)
            .contains(&credits)
            .then_some(Self(credits))
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Credits {
    type Err = BadCredits;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().ok().and_then(Self::new).ok_or(BadCredits)
    }
}

/// No number of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a whole number from 0 to {}", Credits::MAX)]
pub struct BadCredits;

/// Microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMicros(pub i64);

impl UnixMicros {
    /// One second.
    pub const SECOND: i64 = 1_000_000;

    /// Microseconds since `earlier`, 0 when that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }

    /// So many seconds before.
    #[must_use]
    pub fn minus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(Self::SECOND)))
    }
}

/// An account, as the store numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub(crate) i64);

/// The name of an account: 1 to 64 letters, digits, `.`, `_`, `@`, `-` of ASCII. No colon, which
/// ends the name in the Basic scheme of HTTP.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

/// No name of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account's name has 1 to 64 letters, digits or any of `._@-`")]
pub struct BadName;

impl AccountName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
        match (1..=64).contains(&text.len()) && text.bytes().all(plain) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadName),
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_whole_and_bounded() {
        assert_eq!(Credits::new(9_007_199_254_740_991), Some(Credits::MAX));
        assert_eq!(Credits::new(9_007_199_254_740_992), None);
        assert_eq!(Credits::from_stored(-1), None);
        for bad in ["-1", "1.5", "", "9007199254740992", "ten"] {
            assert!(bad.parse::<Credits>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_plain() {
        for good in ["demo", "a", "ops@example.org", "_x-1"] {
            assert_eq!(good.parse::<AccountName>().unwrap().as_str(), good);
        }
        let long = "x".repeat(65);
        for bad in ["", ":issue", "a b", "数据", "a/b", &long] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad}");
        }
    }
}
