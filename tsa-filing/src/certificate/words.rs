//! Values as certificates print them: times in China's standard time, sizes, names of digests.

use jiff::Timestamp;
use jiff::tz::Offset;

/// China Standard Time, all year.
const BEIJING: Offset = Offset::constant(8);

/// `2026-11-22 22:15:03.123` of an RFC 3339 time; what is none stays as it is.
pub(super) fn beijing_time(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(instant) => BEIJING.to_datetime(instant).to_string().replace('T', " "),
        Err(_) => time.to_owned(),
    }
}

/// `2026年11月22日` of an RFC 3339 time.
pub(super) fn beijing_date(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(instant) => {
            let date = BEIJING.to_datetime(instant).date();
            format!("{}年{}月{}日", date.year(), date.month(), date.day())
        }
        Err(_) => time.to_owned(),
    }
}

/// `12,345 字节`.
pub(super) fn size(bytes: u64) -> String {
    format!("{} 字节", grouped(bytes))
}

/// A number with commas.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `SHA-256` for `sha256`: as the standards write it.
pub(super) fn digest_name(name: &str) -> String {
    match name.strip_prefix("sha") {
        Some(rest) if rest.starts_with('3') && rest.contains('-') => name.to_ascii_uppercase(),
        Some(rest) if !rest.starts_with('-') => format!("SHA-{rest}"),
        _ => name.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_for_people() {
        let time = "2026-11-22T16:15:03.123456Z";
        assert_eq!(beijing_time(time), "2026-11-23 00:15:03.123456");
        assert_eq!(beijing_date(time), "2026年11月23日");
        assert_eq!(size(0), "0 字节");
        assert_eq!(size(12_345_678), "12,345,678 字节");
        let names = [
            ("sha256", "SHA-256"),
            ("sm3", "SM3"),
            ("sha3-256", "SHA3-256"),
        ];
        for (name, printed) in names {
            assert_eq!(digest_name(name), printed);
        }
    }
}
