//! `genTime`: what is read, what is refused and why, and the calendar against that of `jiff`.

use jiff::tz::Offset;
use tsa_core::GenTime;

use crate::support::property;

/// GeneralizedTime, RFC 3339, whether it is canonical.
const READ: &[(&str, &str, bool)] = &[
    ("19700101000000Z", "1970-01-01T00:00:00Z", true),
    ("20260510132141Z", "2026-05-10T13:21:41Z", true),
    ("20260510132141.25Z", "2026-05-10T13:21:41.25Z", true),
    (
        "20260510132141.000000001Z",
        "2026-05-10T13:21:41.000000001Z",
        true,
    ),
    (
        "20260510132141.123456789Z",
        "2026-05-10T13:21:41.123456789Z",
        true,
    ),
    ("20260510132141.250Z", "2026-05-10T13:21:41.25Z", false),
    ("20260510132141.0Z", "2026-05-10T13:21:41Z", false),
    ("20260510132141,25Z", "2026-05-10T13:21:41.25Z", false),
    ("20240229000000Z", "2024-02-29T00:00:00Z", true),
    ("20000229235959Z", "2000-02-29T23:59:59Z", true),
    ("00000101000000Z", "0000-01-01T00:00:00Z", true),
    ("00000229000000Z", "0000-02-29T00:00:00Z", true),
    (
        "99991231235959.999999999Z",
        "9999-12-31T23:59:59.999999999Z",
        true,
    ),
];

#[test]
fn forms_close_to_der_are_read_and_named() {
    for (encoded, shown, canonical) in READ {
        let (time, flag) = GenTime::from_generalized_time(encoded.as_bytes()).unwrap();
        assert_eq!(time.to_string(), *shown);
        assert_eq!(flag, *canonical, "{encoded}");
        assert_eq!(
            time.to_generalized_time() == *encoded,
            *canonical,
            "{encoded}"
        );
        assert_eq!(shown.parse(), Ok(time));
        assert_eq!(GenTime::from_unix_nanos(time.unix_nanos()), Some(time));
    }
}

const NOT_UTC: &str = "not in UTC: it must end in `Z`";
const FORM: &str = "not of the form YYYYMMDDhhmmss[.s…]Z";
const DATE: &str = "no such date";
const TIME: &str = "no such time of day";
const NO_DIGITS: &str = "a fraction without digits";
const DIGITS: &str = "more than nine digits in the fraction";

const REFUSED: &[(&str, &str)] = &[
    ("", NOT_UTC),
    ("Z", FORM),
    ("20260510132141", NOT_UTC),
    ("20260510132141+0800", NOT_UTC),
    ("20260510132141+0000", NOT_UTC),
    ("20260510132141z", NOT_UTC),
    ("202605101321Z", FORM),
    ("2026051013Z", FORM),
    ("260510132141Z", FORM),
    ("202605101321.5Z", FORM),
    ("120260510132141Z", FORM),
    ("2026051013214 Z", FORM),
    ("-0260510132141Z", FORM),
    ("+2026051013214Z", FORM),
    ("20260510132141 Z", FORM),
    ("20260510132141ZZ", FORM),
    ("20260230000000Z", DATE),
    ("20250229000000Z", DATE),
    ("19000229000000Z", DATE),
    ("21000229000000Z", DATE),
    ("20260431000000Z", DATE),
    ("20260001000000Z", DATE),
    ("20261301000000Z", DATE),
    ("20260100000000Z", DATE),
    ("20260132000000Z", DATE),
    ("20260101240000Z", TIME),
    ("20260101006000Z", TIME),
    ("20261231235960Z", TIME),
    ("20260510132141.Z", NO_DIGITS),
    ("20260510132141.-5Z", NO_DIGITS),
    ("20260510132141.5,5Z", NO_DIGITS),
    ("20260510132141.1234567890Z", DIGITS),
    ("20260510132141.00000000000000000000Z", DIGITS),
];

#[test]
fn times_that_are_none_are_refused_with_the_reason() {
    for (encoded, reason) in REFUSED {
        let found = GenTime::from_generalized_time(encoded.as_bytes());
        assert_eq!(found, Err(*reason), "{encoded}");
    }
    let bytes = [b"2026051013214\xff".as_slice(), b"Z"].concat();
    assert_eq!(GenTime::from_generalized_time(&bytes), Err("not ASCII"));
}

#[test]
fn text_that_is_not_rfc_3339_in_utc_is_refused() {
    for text in [
        "",
        "2026-05-10",
        "2026-05-10T13:21:41",
        "2026-05-10T13:21:41+00:00",
        "2026-05-10 13:21:41Z",
        "2026-05-10T13:21Z",
        "20260510132141Z",
        "2026-02-30T00:00:00Z",
        "2026-05-10T13:21:41,5Z",
        "2026-05-10T13:21:4é1Z",
        "2026-05-10T13:21:41.5-Z",
    ] {
        assert!(text.parse::<GenTime>().is_err(), "{text}");
    }
}

#[test]
fn the_range_is_that_of_four_digits() {
    let (first, last) = (-62_167_219_200, 253_402_300_799);
    for (seconds, nanos, inside) in [
        (first, 0, true),
        (first - 1, 999_999_999, false),
        (last, 999_999_999, true),
        (last + 1, 0, false),
        (0, 1_000_000_000, false),
        (i64::MIN, 0, false),
        (i64::MAX, 0, false),
    ] {
        assert_eq!(
            GenTime::from_unix(seconds, nanos).is_some(),
            inside,
            "{seconds}.{nanos}"
        );
    }
    assert_eq!(GenTime::from_unix_nanos(i128::MAX), None);
    assert_eq!(GenTime::from_unix_nanos(i128::MIN), None);
    let before = GenTime::from_unix_nanos(-1).unwrap();
    assert_eq!(before.to_string(), "1969-12-31T23:59:59.999999999Z");
    assert_eq!(
        (before.unix_seconds(), before.subsec_nanos()),
        (-1, 999_999_999)
    );
}

#[test]
fn instants_are_the_same_in_the_calendar_of_jiff() {
    // jiff ends a day before the year 10000, so that every offset can be shown.
    let last = jiff::Timestamp::MAX.as_second() - 1;
    let instants = (-62_167_219_200..=last, 0..1_000_000_000_u32);
    property("gen-time", 20_000, &instants, |(seconds, nanos)| {
        let time = GenTime::from_unix(seconds, nanos).expect("in range");
        let oracle = jiff::Timestamp::new(seconds, i32::try_from(nanos).unwrap())
            .or_else(|_| {
                jiff::Timestamp::new(seconds + 1, i32::try_from(nanos).unwrap() - 1_000_000_000)
            })
            .expect("in range");
        let date = Offset::UTC.to_datetime(oracle);
        let expected = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{nanos:09}Z",
            date.year(),
            date.month(),
            date.day(),
            date.hour(),
            date.minute(),
            date.second(),
        );
        assert_eq!(expected.parse(), Ok(time));

        let encoded = time.to_generalized_time();
        assert_eq!(
            GenTime::from_generalized_time(encoded.as_bytes()),
            Ok((time, true))
        );
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!(GenTime::from_unix_nanos(time.unix_nanos()), Some(time));
    });
}

#[test]
fn cutting_a_time_never_makes_it_later() {
    let instants = (
        -62_167_219_200..=253_402_300_799_i64,
        0..1_000_000_000_u32,
        0..12_u8,
    );
    property(
        "gen-time-cut",
        10_000,
        &instants,
        |(seconds, nanos, digits)| {
            let time = GenTime::from_unix(seconds, nanos).expect("in range");
            let cut = time.truncated(digits);
            let unit = 10_i128.pow(9_u32.saturating_sub(digits.into()));
            assert!(cut <= time && time.unix_nanos() - cut.unix_nanos() < unit);
            assert_eq!(cut.unix_nanos().rem_euclid(unit), 0);
            assert_eq!(cut.truncated(digits), cut);
        },
    );
}
