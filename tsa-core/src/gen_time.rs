//! `genTime`: an instant in UTC, to the nanosecond.
//!
//! Reads the form RFC 3161 §2.4.2 asks for, `YYYYMMDDhhmmss[.s…]Z`, and names what is close to it.
//! Not in scope: reading a clock, or judging whether the time can be right.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::limits::GEN_TIME_FRACTION_DIGITS_MAX;

/// Seconds in a day of UTC; leap seconds cannot be written in `genTime`.
const DAY_SECONDS: i64 = 86_400;
const NANOS_PER_SECOND: u32 = 1_000_000_000;
/// `YYYYMMDDhhmmss.fffffffffZ`
const GENERALIZED_TIME_BYTES_MAX: usize = 25;
/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of a year can say.
const SECONDS_MIN: i64 = -62_167_219_200;
const SECONDS_MAX: i64 = 253_402_300_799;

/// An instant in UTC, in seconds and nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GenTime {
    seconds: i64,
    nanos: u32,
}

impl GenTime {
    /// From Unix time. `None` outside of the years 0 to 9999 or with a billion nanoseconds.
    #[must_use]
    pub fn from_unix(seconds: i64, nanos: u32) -> Option<Self> {
        let in_range = (SECONDS_MIN..=SECONDS_MAX).contains(&seconds);
        (in_range && nanos < NANOS_PER_SECOND).then_some(Self { seconds, nanos })
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after [`GenTime::unix_seconds`].
    #[must_use]
    pub fn subsec_nanos(&self) -> u32 {
        self.nanos
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub fn unix_nanos(&self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// From nanoseconds since 1970. `None` outside of the years 0 to 9999.
    #[must_use]
    pub fn from_unix_nanos(nanos: i128) -> Option<Self> {
        let per_second = i128::from(NANOS_PER_SECOND);
        let seconds = i64::try_from(nanos.div_euclid(per_second)).ok()?;
        Self::from_unix(seconds, u32::try_from(nanos.rem_euclid(per_second)).ok()?)
    }

    /// Cut to `digits` decimal places of a second, never later than it was.
    #[must_use]
    pub fn truncated(self, digits: u8) -> Self {
        let unit = 10_u32.pow(9_u32.saturating_sub(u32::from(digits)));
        Self {
            nanos: self.nanos - self.nanos % unit,
            ..self
        }
    }

    /// The content of a GeneralizedTime (X.690 §11.7).
    #[must_use]
    pub fn to_generalized_time(&self) -> String {
        let mut text = String::with_capacity(GENERALIZED_TIME_BYTES_MAX);
        self.push_parts(&mut text, [""; 5]);
        text
    }

    /// Year, month, day, hour, minute and second with `marks` between them, fraction, `Z`. By hand:
    /// the machinery of `format!` would cost more than the rest of a `TSTInfo`.
    fn push_parts(&self, text: &mut String, marks: [&str; 5]) {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY_SECONDS));
        let second_of_day = self.seconds.rem_euclid(DAY_SECONDS);
        push_two_digits(text, year / 100);
        push_two_digits(text, year % 100);
        let parts = [
            month,
            day,
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
        ];
        for (mark, part) in marks.into_iter().zip(parts) {
            text.push_str(mark);
            push_two_digits(text, part);
        }
        self.push_fraction(text);
        text.push('Z');
    }

    /// Reads the content of a GeneralizedTime. The flag says whether it was canonical.
    ///
    /// # Errors
    /// What is wrong, in words: a form without seconds or `Z`, a date that no calendar has, or
    /// more than [`GEN_TIME_FRACTION_DIGITS_MAX`] digits of fraction.
    pub fn from_generalized_time(content: &[u8]) -> Result<(Self, bool), &'static str> {
        let text = core::str::from_utf8(content).map_err(|_| "not ASCII")?;
        let text = text
            .strip_suffix('Z')
            .ok_or("not in UTC: it must end in `Z`")?;
        let (whole, fraction) = match text.split_once(['.', ',']) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        if whole.len() != 14 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("not of the form YYYYMMDDhhmmss[.s…]Z");
        }
        let field = |from: usize, to: usize| -> Result<u16, &'static str> {
            whole
                .get(from..to)
                .and_then(|digits| digits.parse().ok())
                .ok_or("not a number")
        };
        let date = (field(0, 4)?, field(4, 6)?, field(6, 8)?);
        let time = (field(8, 10)?, field(10, 12)?, field(12, 14)?);
        let (nanos, canonical) = match fraction {
            None => (0, true),
            Some(digits) => read_fraction(digits, text.contains(','))?,
        };
        Self::from_civil(date, time, nanos).map(|time| (time, canonical))
    }

    fn from_civil(
        (year, month, day): (u16, u16, u16),
        (hour, minute, second): (u16, u16, u16),
        nanos: u32,
    ) -> Result<Self, &'static str> {
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return Err("no such date");
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err("no such time of day");
        }
        let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
        let seconds = days * DAY_SECONDS
            + i64::from(hour) * 3600
            + i64::from(minute) * 60
            + i64::from(second);
        Self::from_unix(seconds, nanos).ok_or("no such date")
    }

    /// `.` and the digits of the fraction without trailing zeros, or nothing.
    fn push_fraction(&self, text: &mut String) {
        let mut rest = self.nanos;
        if rest > 0 {
            text.push('.');
        }
        let mut unit = NANOS_PER_SECOND;
        while rest > 0 {
            unit /= 10;
            push_digit(text, i64::from(rest / unit));
            rest %= unit;
        }
    }
}

fn push_two_digits(text: &mut String, number: i64) {
    push_digit(text, number / 10);
    push_digit(text, number % 10);
}

fn push_digit(text: &mut String, digit: i64) {
    text.push(char::from(b'0' + u8::try_from(digit).unwrap_or_default()));
}

fn read_fraction(digits: &str, comma: bool) -> Result<(u32, bool), &'static str> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a fraction without digits");
    }
    if digits.len() > GEN_TIME_FRACTION_DIGITS_MAX {
        return Err("more than nine digits in the fraction");
    }
    let value: u32 = digits.parse().map_err(|_| "not a number")?;
    let scale = u32::try_from(GEN_TIME_FRACTION_DIGITS_MAX - digits.len()).unwrap_or_default();
    Ok((value * 10_u32.pow(scale), !comma && !digits.ends_with('0')))
}

fn days_in_month(year: u16, month: u16) -> u16 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, by eras of 400 years that begin in
/// March so that the leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for GenTime {
    /// RFC 3339 in UTC: `2026-05-10T13:21:41.25Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(GENERALIZED_TIME_BYTES_MAX + "--T::".len());
        self.push_parts(&mut text, ["-", "-", "T", ":", ":"]);
        f.write_str(&text)
    }
}

impl fmt::Debug for GenTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GenTime({self})")
    }
}

/// Text that is not an instant of RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-05-10T13:21:41Z: {0}")]
pub struct ParseGenTimeError(&'static str);

impl FromStr for GenTime {
    type Err = ParseGenTimeError;

    /// Reads RFC 3339 in UTC (`Z` only).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = ParseGenTimeError;
        let bytes = text.as_bytes();
        for (at, wanted) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
            if bytes.get(at) != Some(&wanted) {
                return Err(fail("misplaced punctuation"));
            }
        }
        if text.contains(',') {
            return Err(fail("a fraction begins with a point"));
        }
        let mut digits = String::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            if !matches!(at, 4 | 7 | 10 | 13 | 16) {
                digits.push(character);
            }
        }
        Self::from_generalized_time(digits.as_bytes())
            .map(|(time, _)| time)
            .map_err(fail)
    }
}
