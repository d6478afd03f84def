//! Rows 33 to 35: times, and how exact they are said to be.

use crate::ber::{generalized_time, integer, sequence, value};
use crate::case::{Case, Expect, Input, PASSED, by, by_all, case, content, noted, odd, passed};
use crate::statement::Statement;
use crate::token::SIGNING_TIME;
use crate::{Forge, Token};

const FORMAT: &str = "FORMAT_FAILURE";

const ORDER: &str = "TIMESTAMP_ORDER_FAILURE";

/// What cannot be read is refused by the check of that.
const UNREADABLE: Expect = by(FORMAT, "TSV-040");

/// The sound statement with a change, encoded.
fn stating(f: &Forge, change: impl FnOnce(&mut Statement)) -> Vec<u8> {
    Statement::sound(f).with(change).encoded()
}

/// With this content of genTime.
fn at(f: &Forge, text: &str) -> Vec<u8> {
    stating(f, |s| s.gen_time = generalized_time(text))
}

/// `accuracy` with these fields.
fn accurate(f: &Forge, fields: &[Vec<u8>]) -> Vec<u8> {
    stating(f, |s| s.accuracy = sequence(fields))
}

/// With a signingTime.
fn signing_time(f: &Forge, time: Vec<u8>) -> Input {
    Input::new(f, Token::sound(f).and(SIGNING_TIME, &[time]).signed())
}

const fn time_case(
    name: &'static str,
    expect: Expect,
    decode: &'static str,
    comment: &'static str,
    build: fn(&Forge) -> Vec<u8>,
) -> Case {
    content(name, expect, comment, build).row(33).decode(decode)
}

const fn accuracy_case(
    name: &'static str,
    decode: &'static str,
    comment: &'static str,
    build: fn(&Forge) -> Vec<u8>,
) -> Case {
    content(name, UNREADABLE, comment, build)
        .row(35)
        .decode(decode)
}

pub(super) const CASES: &[Case] = &[
    time_case(
        "gen-time-30-february",
        UNREADABLE,
        "TSTInfo: genTime: no such date at byte 66",
        "30 February.",
        |f| at(f, "20260230132141Z"),
    ),
    time_case(
        "gen-time-29-february-2026",
        UNREADABLE,
        "TSTInfo: genTime: no such date at byte 66",
        "29 February of a year that has none.",
        |f| at(f, "20260229132141Z"),
    ),
    time_case(
        "gen-time-month-13",
        UNREADABLE,
        "TSTInfo: genTime: no such date at byte 66",
        "Month 13.",
        |f| at(f, "20261310132141Z"),
    ),
    time_case(
        "gen-time-hour-24",
        UNREADABLE,
        "TSTInfo: genTime: no such time of day at byte 66",
        "Hour 24.",
        |f| at(f, "20260510240000Z"),
    ),
    time_case(
        "gen-time-second-60",
        UNREADABLE,
        "TSTInfo: genTime: no such time of day at byte 66",
        "Second 60.",
        |f| at(f, "20260510132160Z"),
    ),
    time_case(
        "gen-time-offset",
        UNREADABLE,
        "TSTInfo: genTime: not in UTC: it must end in `Z` at byte 66",
        "An offset of eight hours in place of Z.",
        |f| at(f, "20260510212141+0800"),
    ),
    time_case(
        "gen-time-local",
        UNREADABLE,
        "TSTInfo: genTime: not in UTC: it must end in `Z` at byte 66",
        "Local time.",
        |f| at(f, "20260510132141"),
    ),
    time_case(
        "gen-time-no-seconds",
        UNREADABLE,
        "TSTInfo: genTime: not of the form YYYYMMDDhhmmss[.s…]Z at byte 66",
        "No seconds.",
        |f| at(f, "202605101321Z"),
    ),
    time_case(
        "gen-time-20-fraction-digits",
        UNREADABLE,
        "TSTInfo: genTime: more than nine digits in the fraction at byte 66",
        "A fraction of 20 digits.",
        |f| at(f, "20260510132141.12345678901234567891Z"),
    ),
    time_case(
        "gen-time-fraction-without-digits",
        UNREADABLE,
        "TSTInfo: genTime: a fraction without digits at byte 66",
        "A point and no digits.",
        |f| at(f, "20260510132141.Z"),
    ),
    time_case(
        "gen-time-utc-time",
        UNREADABLE,
        "TSTInfo: genTime: GeneralizedTime expected, UTCTime found at byte 66",
        "A UTCTime.",
        |f| stating(f, |s| s.gen_time = value(23, b"260510132141Z")),
    ),
    time_case(
        "gen-time-no-digits",
        UNREADABLE,
        "TSTInfo: genTime: not of the form YYYYMMDDhhmmss[.s…]Z at byte 66",
        "A sign among the digits.",
        |f| at(f, "2026+510132141Z"),
    ),
    time_case(
        "gen-time-year-9999",
        by_all("EXPIRED", "PKX-026", &["TSV-050", "PKX-032"]),
        "ok",
        "The year 9999, when no certificate is valid.",
        |f| at(f, "99991231235959Z"),
    ),
    time_case(
        "gen-time-in-the-future",
        by(ORDER, "TSV-050"),
        "ok",
        "A year after the validation time.",
        |f| at(f, "20270601000000Z"),
    ),
    time_case(
        "gen-time-trailing-zero",
        odd(&["TSV-042"]),
        "ok",
        "A fraction that ends in zero.",
        |f| at(f, "20260510132141.250Z"),
    ),
    time_case(
        "gen-time-comma",
        odd(&["TSV-042"]),
        "ok",
        "A comma before the fraction.",
        |f| at(f, "20260510132141,25Z"),
    ),
    case(
        "signing-time-years-off",
        noted(&["TSV-076"]),
        "signingTime is 2016; genTime counts.",
        |f| signing_time(f, value(23, b"160510132141Z")),
    )
    .row(34),
    case(
        "signing-time-years-ahead",
        noted(&["TSV-076"]),
        "signingTime is 2036; genTime counts.",
        |f| signing_time(f, generalized_time("20360510132141Z")),
    )
    .row(34),
    case(
        "signing-time-unreadable",
        odd(&["TSV-076"]),
        "signingTime is text; genTime counts.",
        |f| signing_time(f, crate::ber::utf8("yesterday")),
    )
    .row(34),
    case(
        "signing-time-agrees",
        PASSED,
        "signingTime is genTime to the second.",
        |f| signing_time(f, value(23, b"260510132141Z")),
    )
    .row(0),
    accuracy_case(
        "accuracy-millis-0",
        "TSTInfo: accuracy: millis and micros are 1 to 999 at byte 88",
        "No milliseconds, said.",
        |f| accurate(f, &[value(0x80, &[0])]),
    ),
    accuracy_case(
        "accuracy-millis-1000",
        "TSTInfo: accuracy: millis and micros are 1 to 999 at byte 88",
        "1000 milliseconds.",
        |f| accurate(f, &[value(0x80, &[3, 0xe8])]),
    ),
    accuracy_case(
        "accuracy-millis-negative",
        "TSTInfo: accuracy: millis and micros are 1 to 999 at byte 88",
        "-1 milliseconds.",
        |f| accurate(f, &[value(0x80, &[0xff])]),
    ),
    accuracy_case(
        "accuracy-micros-1000",
        "TSTInfo: accuracy: millis and micros are 1 to 999 at byte 88",
        "1000 microseconds.",
        |f| accurate(f, &[value(0x81, &[3, 0xe8])]),
    ),
    accuracy_case(
        "accuracy-seconds-2-63",
        "TSTInfo: accuracy: seconds are negative or above 2^32 at byte 88",
        "2^63 seconds.",
        |f| accurate(f, &[value(2, &[0, 0x80, 0, 0, 0, 0, 0, 0, 0])]),
    ),
    accuracy_case(
        "accuracy-seconds-negative",
        "TSTInfo: accuracy: seconds are negative or above 2^32 at byte 88",
        "-1 seconds.",
        |f| accurate(f, &[integer(-1)]),
    ),
    accuracy_case(
        "accuracy-millis-empty",
        "TSTInfo: accuracy: a field is not an INTEGER at byte 88",
        "Milliseconds of no bytes.",
        |f| accurate(f, &[value(0x80, &[])]),
    ),
    accuracy_case(
        "accuracy-unknown-field",
        "TSTInfo: accuracy holds an unexpected [2] at byte 91",
        "A field that nobody knows.",
        |f| accurate(f, &[integer(1), value(0x82, &[1])]),
    ),
    content(
        "accuracy-without-fields",
        PASSED,
        "An accuracy that says nothing: there is no interval.",
        |f| accurate(f, &[]),
    )
    .row(0),
    content(
        "accuracy-absent",
        PASSED,
        "No accuracy: there is no interval.",
        |f| stating(f, |s| s.accuracy.clear()),
    )
    .row(0),
    content(
        "gen-time-whole-second",
        passed(&[], &[], "2026-05-10T13:21:41Z"),
        "No fraction.",
        |f| at(f, "20260510132141Z"),
    )
    .row(0),
    content(
        "gen-time-nine-digits",
        passed(&[], &[], "2026-05-10T13:21:41.123456789Z"),
        "A fraction of nine digits.",
        |f| at(f, "20260510132141.123456789Z"),
    )
    .row(0),
];
