//! Rows 31 to 39: what a token states, and what it was asked.

use super::sound;
use crate::ber::{
    NULL, TRUE, explicit, generalized_time, integer, octets, oid, sequence, unsigned, value,
};
use crate::case::{Case, Expect, Input, PASSED, by, by_all, case, content, noted, odd, passed};
use crate::sign::{Digest, algorithm};
use crate::statement::{CONTENT, NONCE, POLICY, Statement, imprint, imprint_of, unknown_extension};
use crate::token::{SIGNING_TIME, UNKNOWN};
use crate::{Forge, Token};

const FORMAT: &str = "FORMAT_FAILURE";
const HASH: &str = "HASH_FAILURE";
const CONSTRAINTS: &str = "SIG_CONSTRAINTS_FAILURE";
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

/// With this imprint by SHA-256.
fn hashed(f: &Forge, hash: &[u8]) -> Vec<u8> {
    stating(f, |s| {
        s.imprint = imprint_of(&Digest::Sha256.identifier(), hash)
    })
}

fn sha256() -> Vec<u8> {
    Digest::Sha256.of(CONTENT)
}

/// `accuracy` with these fields.
fn accurate(f: &Forge, fields: &[Vec<u8>]) -> Vec<u8> {
    stating(f, |s| s.accuracy = sequence(fields))
}

/// A request for the imprint of the usual data, with these fields behind it.
fn request(fields: &[Vec<u8>]) -> Vec<u8> {
    let head = [integer(1), imprint(Digest::Sha256, CONTENT)];
    sequence(&[head.concat(), fields.concat()])
}

/// A token with this nonce field, and a request with that one.
fn asked(f: &Forge, answered: &[u8], asked: &[u8]) -> Input {
    let token = Token::stating(f, |s| s.nonce = answered.to_vec());
    let request = request(&[asked.to_vec()]);
    Input::new(f, token.signed()).with(|input| input.request = Some(request))
}

/// With a signingTime.
fn signing_time(f: &Forge, time: Vec<u8>) -> Input {
    Input::new(f, Token::sound(f).and(SIGNING_TIME, &[time]).signed())
}

/// Digits of 20 KB.
fn huge() -> Vec<u8> {
    unsigned(&[0x77; 20_000])
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
    content("version-2", by(FORMAT, "TSV-044"), "Version 2.", |f| {
        stating(f, |s| s.version = integer(2))
    })
    .row(31),
    content("version-0", by(FORMAT, "TSV-044"), "Version 0.", |f| {
        stating(f, |s| s.version = integer(0))
    })
    .row(31),
    content(
        "version-negative",
        by(FORMAT, "TSV-044"),
        "Version -1.",
        |f| stating(f, |s| s.version = integer(-1)),
    )
    .row(31),
    content("version-missing", UNREADABLE, "No version.", |f| {
        stating(f, |s| s.version.clear())
    })
    .row(31)
    .decode("TSTInfo: version: INTEGER expected, OBJECT IDENTIFIER found at byte 3"),
    content(
        "imprint-of-other-data",
        by(HASH, "TSV-064"),
        "The digest of another file.",
        |f| hashed(f, &Digest::Sha256.of(b"Something else.\n")),
    )
    .row(32),
    content(
        "imprint-truncated",
        by_all(FORMAT, "TSV-062", &["TSV-064"]),
        "The first 16 bytes of the right digest.",
        |f| hashed(f, sha256().get(..16).unwrap_or_default()),
    )
    .row(32),
    content(
        "imprint-too-long",
        by_all(FORMAT, "TSV-062", &["TSV-064"]),
        "The right digest and a byte.",
        |f| hashed(f, &[sha256(), vec![0]].concat()),
    )
    .row(32),
    content(
        "imprint-empty",
        by_all(FORMAT, "TSV-062", &["TSV-064"]),
        "A digest of no bytes.",
        |f| hashed(f, &[]),
    )
    .row(32),
    case(
        "imprint-length-of-another-algorithm",
        by_all(FORMAT, "TSV-062", &["TSV-064"]),
        "SHA-512 by its name, 32 bytes by its length.",
        |f| {
            let imprint = imprint_of(&Digest::Sha512.identifier(), &sha256());
            let token = Token::stating(f, |s| s.imprint = imprint);
            Input::new(f, token.signed()).with(|input| input.digest = Digest::Sha512)
        },
    )
    .row(32),
    content(
        "imprint-by-an-unknown-algorithm",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-060"),
        "An algorithm that nobody knows.",
        |f| {
            stating(f, |s| {
                s.imprint = imprint_of(&algorithm("1.3.6.1.4.1.32473.9"), &sha256())
            })
        },
    )
    .row(32),
    content(
        "imprint-algorithm-arc-over-2-64",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-060"),
        "Its last arc is 2^64 above that of SHA-256: a reader of 64 bits takes it for SHA-256.",
        |f| {
            let wide = algorithm("2.16.840.1.101.3.4.2.18446744073709551617");
            stating(f, |s| s.imprint = imprint_of(&wide, &sha256()))
        },
    )
    .row(32),
    content(
        "imprint-algorithm-arc-over-2-32",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-060"),
        "Its last arc is 2^32 above that of SHA-256: a reader of 32 bits takes it for SHA-256.",
        |f| {
            let wide = algorithm("2.16.840.1.101.3.4.2.4294967297");
            stating(f, |s| s.imprint = imprint_of(&wide, &sha256()))
        },
    )
    .row(32),
    content(
        "imprint-algorithm-arc-padded",
        UNREADABLE,
        "An arc of the algorithm begins with a zero digit.",
        |f| {
            let padded = value(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 0x80, 1]);
            stating(f, |s| {
                s.imprint = imprint_of(&sequence(&[padded]), &sha256())
            })
        },
    )
    .row(32)
    .decode(
        "TSTInfo: an OBJECT IDENTIFIER ends inside an arc, is empty, or pads an arc at byte 15",
    ),
    content(
        "imprint-algorithm-odd-parameters",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-060"),
        "SHA-256 with an INTEGER for its parameters.",
        |f| {
            let odd = sequence(&[oid("2.16.840.1.101.3.4.2.1"), integer(1)]);
            stating(f, |s| s.imprint = imprint_of(&odd, &sha256()))
        },
    )
    .row(32),
    content(
        "imprint-null-parameters",
        PASSED,
        "SHA-256 with NULL for its parameters.",
        |f| {
            stating(f, |s| {
                s.imprint = imprint_of(&Digest::Sha256.identifier_null(), &sha256())
            })
        },
    )
    .row(0),
    content("imprint-missing", UNREADABLE, "No messageImprint.", |f| {
        stating(f, |s| s.imprint.clear())
    })
    .row(32)
    .decode("TSTInfo: messageImprint: SEQUENCE expected, INTEGER found at byte 10"),
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
        "extension-unknown-critical",
        by(FORMAT, "TSV-048"),
        "A critical extension that nobody knows.",
        |f| stating(f, |s| s.extensions = unknown_extension(true, NULL)),
    )
    .row(36),
    content(
        "extension-unknown",
        noted(&["TSV-048"]),
        "An extension that nobody knows and nobody has to know.",
        |f| stating(f, |s| s.extensions = unknown_extension(false, NULL)),
    )
    .row(0),
    content(
        "extensions-without-extension",
        UNREADABLE,
        "An empty list of extensions.",
        |f| stating(f, |s| s.extensions = value(0xa1, &[])),
    )
    .row(36)
    .decode("TSTInfo: extensions: at least one extension is needed at byte 170"),
    content(
        "field-unknown",
        UNREADABLE,
        "A field that nobody knows at the end.",
        |f| stating(f, |s| s.extensions = value(0xa2, NULL)),
    )
    .row(36)
    .decode("TSTInfo: TSTInfo holds an unexpected [2] at byte 170"),
    case(
        "nonce-missing",
        by(CONSTRAINTS, "TSV-122"),
        "The request has a nonce.",
        |f| asked(f, &[], &integer(NONCE)),
    )
    .row(37),
    case(
        "nonce-other",
        by(CONSTRAINTS, "TSV-122"),
        "Not that of the request.",
        |f| asked(f, &integer(NONCE + 1), &integer(NONCE)),
    )
    .row(37),
    case(
        "nonce-other-sign",
        by(CONSTRAINTS, "TSV-122"),
        "The same digits, which are a negative number here.",
        |f| asked(f, &value(2, &[0x91, 2]), &value(2, &[0, 0x91, 2])),
    )
    .row(37),
    case(
        "nonce-longer-by-64-bits",
        by(CONSTRAINTS, "TSV-122"),
        "That of the request in its last 64 bits.",
        |f| {
            let digits = [&[1][..], &NONCE.to_be_bytes()].concat();
            asked(f, &unsigned(&digits), &integer(NONCE))
        },
    )
    .row(37),
    case(
        "nonce-20-kb",
        by(CONSTRAINTS, "TSV-122"),
        "20 KB of digits.",
        |f| asked(f, &huge(), &integer(NONCE)),
    )
    .row(37)
    .made_when_wanted(),
    case(
        "nonce-padded",
        odd(&["TSV-042"]),
        "That of the request with a zero byte in front: the same number.",
        |f| {
            let padded = [&[0][..], &NONCE.to_be_bytes()].concat();
            asked(f, &value(2, &padded), &integer(NONCE))
        },
    )
    .row(37),
    case(
        "nonce-negative",
        PASSED,
        "A negative nonce, as in the request.",
        |f| asked(f, &integer(-NONCE), &integer(-NONCE)),
    )
    .row(0),
    case(
        "nonce-of-128-bits",
        PASSED,
        "A long nonce, as in the request.",
        |f| asked(f, &unsigned(&[0x81; 16]), &unsigned(&[0x81; 16])),
    )
    .row(0),
    content("serial-negative", by(FORMAT, "TSV-046"), "-1.", |f| {
        stating(f, |s| s.serial = integer(-1))
    })
    .row(38),
    content(
        "serial-161-bits",
        by(FORMAT, "TSV-046"),
        "One bit too long.",
        |f| {
            let digits = [&[1][..], &[0; 20]].concat();
            stating(f, |s| s.serial = unsigned(&digits))
        },
    )
    .row(38),
    content("serial-160-bits", PASSED, "As long as it may be.", |f| {
        stating(f, |s| s.serial = unsigned(&[0xff; 20]))
    })
    .row(0),
    content("serial-0", noted(&["TSV-046"]), "0.", |f| {
        stating(f, |s| s.serial = integer(0))
    })
    .row(38),
    content(
        "serial-padded",
        odd(&["TSV-042"]),
        "A zero byte in front.",
        |f| stating(f, |s| s.serial = value(2, &[0, 1])),
    )
    .row(38),
    case(
        "policy-not-allowed",
        by(CONSTRAINTS, "TSV-124"),
        "The person who asks demands another policy.",
        |f| sound(f, |_| {}).with(|input| input.policy = Some("2.999.2")),
    )
    .row(39),
    case(
        "policy-not-the-requested-one",
        by(CONSTRAINTS, "TSV-124"),
        "The request names another policy.",
        |f| sound(f, |_| {}).with(|input| input.request = Some(request(&[oid("2.999.2")]))),
    )
    .row(39),
    case(
        "policy-longer-than-the-requested-one",
        by(CONSTRAINTS, "TSV-124"),
        "The policy begins with the one requested.",
        |f| {
            let token = Token::stating(f, |s| s.policy = oid("2.999.1.1"));
            let request = request(&[oid(POLICY)]);
            Input::new(f, token.signed()).with(|input| input.request = Some(request))
        },
    )
    .row(39),
    case(
        "request-for-other-data",
        by_all(HASH, "TSV-120", &[]),
        "The request's imprint is that of another file.",
        |f| {
            let request = sequence(&[integer(1), imprint(Digest::Sha256, b"Something else.\n")]);
            sound(f, |_| {}).with(|input| input.request = Some(request))
        },
    )
    .row(39),
    case(
        "request-answered",
        PASSED,
        "Imprint, nonce and policy are those of the request.",
        |f| {
            let request = request(&[oid(POLICY), integer(NONCE)]);
            sound(f, |_| {}).with(|input| input.request = Some(request))
        },
    )
    .row(0),
    content(
        "ordering-false-encoded",
        odd(&["TSV-042"]),
        "ordering FALSE, which DER leaves out.",
        |f| stating(f, |s| s.ordering = value(1, &[0])),
    )
    .row(0),
    content("ordering-true", PASSED, "ordering TRUE.", |f| {
        stating(f, |s| s.ordering = TRUE.to_vec())
    })
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
    content(
        "fields-out-of-order",
        UNREADABLE,
        "nonce before ordering.",
        |f| {
            let nonce = [integer(NONCE), TRUE.to_vec()].concat();
            stating(f, |s| s.nonce = nonce)
        },
    )
    .row(36)
    .decode("TSTInfo: TSTInfo holds an unexpected BOOLEAN at byte 101"),
    content(
        "tst-info-empty",
        UNREADABLE,
        "A SEQUENCE without fields.",
        |_| sequence(&[]),
    )
    .row(36)
    .decode("TSTInfo: version is missing (INTEGER expected) at byte 2"),
    content("tst-info-no-bytes", UNREADABLE, "No bytes.", |_| Vec::new())
        .row(36)
        .decode("TSTInfo: the input ends inside a value at byte 0"),
    content(
        "tst-info-in-an-octet-string",
        UNREADABLE,
        "The TSTInfo is wrapped once more.",
        |f| octets(&Statement::sound(f).encoded()),
    )
    .row(36)
    .decode("TSTInfo: TSTInfo: SEQUENCE expected, OCTET STRING found at byte 0"),
    case(
        "unknown-attribute",
        PASSED,
        "A signed attribute that nobody knows.",
        |f| {
            Input::new(
                f,
                Token::sound(f).and(UNKNOWN, &[explicit(0, NULL)]).signed(),
            )
        },
    )
    .row(0),
];
