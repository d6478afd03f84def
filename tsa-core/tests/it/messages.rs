//! Responses and `TSTInfo`: which part is refused, where, and what is read nevertheless.

use tsa_core::limits::STATUS_STRINGS_MAX;
use tsa_core::tlv::{Rule, Tag, value};
use tsa_core::{
    DecodeError, DecodeErrorKind, PkiFailureInfo, PkiStatus, PkiStatusInfo, TimeStampResp, TstInfo,
    oid,
};

use crate::support::sequence;
use crate::tlv::{Found, error};

pub(crate) const VERSION: &[u8] = &[2, 1, 1];
pub(crate) const FALSE: &[u8] = &[1, 1, 0];
pub(crate) const TRUE: &[u8] = &[1, 1, 0xff];
pub(crate) const NULL: &[u8] = &[5, 0];
pub(crate) const NUMBER: &[u8] = &[2, 1, 7];
pub(crate) const POLICY: &[u8] = &[6, 3, 0x2a, 3, 4];

pub(crate) fn sha256() -> Vec<u8> {
    sequence(&[&value(&[6], oid::SHA_256.content()), NULL])
}

pub(crate) fn imprint() -> Vec<u8> {
    sequence(&[&sha256(), &value(&[4], &[0x5a; 32])])
}

pub(crate) fn not_der(rule: Rule) -> DecodeErrorKind {
    DecodeErrorKind::NotDer(rule)
}

pub(crate) fn bad(field: &'static str, reason: &'static str) -> DecodeErrorKind {
    DecodeErrorKind::Value { field, reason }
}

pub(crate) fn extra(field: &'static str, found: Tag) -> DecodeErrorKind {
    DecodeErrorKind::UnexpectedField { field, found }
}

pub(crate) fn missing(field: &'static str, expected: Tag) -> DecodeErrorKind {
    DecodeErrorKind::Missing { field, expected }
}

fn read_status(fields: &[&[u8]]) -> Result<PkiStatusInfo, DecodeError> {
    let bytes = sequence(&[&sequence(fields)]);
    TimeStampResp::from_der(&bytes).map(|response| response.status)
}

#[test]
fn six_statuses_are_read_and_written() {
    for (number, name, granted) in [
        (0, "granted", true),
        (1, "grantedWithMods", true),
        (2, "rejection", false),
        (3, "waiting", false),
        (4, "revocationWarning", false),
        (5, "revocationNotification", false),
    ] {
        let status = read_status(&[&[2, 1, number]]).unwrap();
        assert_eq!(status.status.to_string(), name);
        assert_eq!(status.status.number(), number);
        assert_eq!(status.status.is_granted(), granted);
        let written = TimeStampResp::rejection(status).to_der().unwrap();
        assert_eq!(written, [0x30, 5, 0x30, 3, 2, 1, number]);
    }
    let unknown = bad("status", "not one of the six that RFC 3161 knows");
    for number in [
        &[2, 1, 6][..],
        &[2, 1, 0xff],
        &[2, 2, 1, 0],
        &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(read_status(&[number]), Err(error(unknown.clone(), 4)));
    }
}

#[test]
fn failures_are_named_bit_lists() {
    let named = [
        (PkiFailureInfo::BAD_ALG, "badAlg", &[3, 2, 7, 0x80][..]),
        (PkiFailureInfo::BAD_REQUEST, "badRequest", &[3, 2, 5, 0x20]),
        (
            PkiFailureInfo::BAD_DATA_FORMAT,
            "badDataFormat",
            &[3, 2, 2, 4],
        ),
        (
            PkiFailureInfo::TIME_NOT_AVAILABLE,
            "timeNotAvailable",
            &[3, 3, 1, 0, 2],
        ),
        (
            PkiFailureInfo::UNACCEPTED_POLICY,
            "unacceptedPolicy",
            &[3, 3, 0, 0, 1],
        ),
        (
            PkiFailureInfo::UNACCEPTED_EXTENSION,
            "unacceptedExtension",
            &[3, 4, 7, 0, 0, 0x80],
        ),
        (
            PkiFailureInfo::ADD_INFO_NOT_AVAILABLE,
            "addInfoNotAvailable",
            &[3, 4, 6, 0, 0, 0x40],
        ),
        (
            PkiFailureInfo::SYSTEM_FAILURE,
            "systemFailure",
            &[3, 5, 6, 0, 0, 0, 0x40],
        ),
    ];
    for (failure, name, encoded) in named {
        assert_eq!(failure.to_string(), name);
        let read = read_status(&[&[2, 1, 2], encoded]).unwrap();
        assert_eq!(read.fail_info, Some(failure));

        let rejection = PkiStatusInfo::rejection(failure, "no");
        let written = TimeStampResp::rejection(rejection.clone())
            .to_der()
            .unwrap();
        let text = sequence(&[&[12, 2, b'n', b'o']]);
        assert_eq!(
            written,
            sequence(&[&sequence(&[&[2, 1, 2], &text, encoded])])
        );
        assert_eq!(TimeStampResp::from_der(&written).unwrap().status, rejection);
    }
    let several = read_status(&[&[2, 1, 2], &[3, 2, 2, 0xa4]]).unwrap();
    assert_eq!(
        several.fail_info.unwrap().to_string(),
        "badAlg, badRequest, badDataFormat"
    );
    let unknown = read_status(&[&[2, 1, 2], &[3, 5, 0, 0x40, 0, 0, 1]]).unwrap();
    assert_eq!(unknown.fail_info.unwrap().to_string(), "bit 1, bit 31");
    assert!(
        read_status(&[&[2, 1, 2], &[3, 1, 0]])
            .unwrap()
            .fail_info
            .is_some()
    );
}

#[test]
fn a_broken_status_is_named_with_its_offset() {
    let zeros = not_der(Rule::NamedBitListTrailingZeros);
    let rejection: &[u8] = &[2, 1, 2];
    let text = value(&[12], b"words");
    let many = sequence(&[&text.repeat(STATUS_STRINGS_MAX + 1)]);
    let limit = DecodeErrorKind::Limit {
        what: "status strings",
        max: STATUS_STRINGS_MAX,
    };
    let table: [(&[&[u8]], DecodeErrorKind, usize); 10] = [
        (&[], missing("status", Tag::INTEGER), 4),
        (&[rejection, &[3, 2, 0, 0x80]], zeros.clone(), 7),
        (&[rejection, &[3, 3, 0, 0x20, 0]], zeros.clone(), 7),
        (&[rejection, &[3, 2, 7, 0]], zeros, 7),
        (
            &[rejection, &[3, 2, 3, 0x84]],
            not_der(Rule::BitStringPadding),
            7,
        ),
        (
            &[rejection, &[3, 6, 0, 0, 0, 0, 0, 1]],
            bad("failInfo", "more than 32 bits"),
            7,
        ),
        (
            &[rejection, &[0x30, 0]],
            bad("statusString", "at least one string is needed"),
            7,
        ),
        (
            &[rejection, &[0x30, 2, 19, 0]],
            bad("statusString", "not a UTF8String"),
            9,
        ),
        (
            &[rejection, &[3, 2, 7, 0x80], NULL],
            extra("PKIStatusInfo", Tag::NULL),
            11,
        ),
        (&[rejection, &many], limit, 9 + 7 * STATUS_STRINGS_MAX),
    ];
    for (fields, kind, offset) in table {
        assert_eq!(
            read_status(fields),
            Err(error(kind, offset)),
            "{fields:02x?}"
        );
    }
    let status = sequence(&[rejection]);
    let found = TimeStampResp::from_der(&sequence(&[&status, NULL])).map(|_| ());
    assert_eq!(found, Err(error(extra("TimeStampResp", Tag::NULL), 7)));
    assert_eq!(PkiStatus::Rejection.number(), 2);
}

const TIME: &[u8] = b"20260510132141Z";

fn tst_info(time: &[u8], rest: &[&[u8]]) -> Vec<u8> {
    let time = value(&[24], time);
    let mut parts = vec![VERSION, POLICY];
    let imprint = imprint();
    parts.extend([imprint.as_slice(), NUMBER, &time]);
    parts.extend(rest);
    sequence(&parts)
}

/// Where genTime stands in [`tst_info`], and what follows a genTime of 15 bytes.
const TIME_AT: usize = 64;
const AFTER_TIME: usize = 81;

#[test]
fn a_statement_off_der_is_read_and_each_departure_is_named() {
    let table: [(Vec<u8>, Found<'_>); 6] = [
        (tst_info(TIME, &[]), &[]),
        (tst_info(TIME, &[TRUE, NUMBER]), &[]),
        (
            tst_info(b"20260510132141.0Z", &[]),
            &[(Rule::GeneralizedTimeForm, TIME_AT)],
        ),
        (
            tst_info(b"20260510132141,5Z", &[]),
            &[(Rule::GeneralizedTimeForm, TIME_AT)],
        ),
        (
            tst_info(TIME, &[FALSE]),
            &[(Rule::DefaultEncoded, AFTER_TIME)],
        ),
        (
            tst_info(b"20260510132141.50Z", &[FALSE, &[2, 2, 0, 5]]),
            // The scan goes first.
            &[
                (Rule::NonMinimalInteger, AFTER_TIME + 6),
                (Rule::GeneralizedTimeForm, TIME_AT),
                (Rule::DefaultEncoded, AFTER_TIME + 3),
            ],
        ),
    ];
    for (bytes, expected) in table {
        let reading = TstInfo::read(&bytes).unwrap();
        let listed = reading.deviations.listed().iter();
        let found: Vec<_> = listed.map(|found| (found.rule, found.offset)).collect();
        assert_eq!(found, expected);
        let written = reading.info.to_der().unwrap();
        assert_eq!(written == bytes, expected.is_empty());
    }
}

#[test]
fn a_statement_that_cannot_be_meant_is_refused() {
    let range = bad("accuracy", "millis and micros are 1 to 999");
    let seconds = bad("accuracy", "seconds are negative or above 2^32");
    let form = bad("accuracy", "a field is not in its shortest form");
    let kind = bad("accuracy", "a field is not an INTEGER");
    let at = AFTER_TIME + 2;
    let table: [(Vec<u8>, DecodeErrorKind, usize); 14] = [
        (tst_info(TIME, &[&[0x30, 3, 0x80, 1, 0]]), range.clone(), at),
        (
            tst_info(TIME, &[&[0x30, 4, 0x80, 2, 3, 0xe8]]),
            range.clone(),
            at,
        ),
        (
            tst_info(TIME, &[&[0x30, 3, 0x80, 1, 0xff]]),
            range.clone(),
            at,
        ),
        (
            tst_info(TIME, &[&[0x30, 6, 2, 1, 1, 0x81, 1, 0]]),
            range,
            at + 3,
        ),
        (tst_info(TIME, &[&[0x30, 4, 0x80, 2, 0, 1]]), form, at),
        (tst_info(TIME, &[&[0x30, 2, 0x80, 0]]), kind.clone(), at),
        (tst_info(TIME, &[&[0x30, 5, 0xa0, 3, 2, 1, 1]]), kind, at),
        (
            tst_info(TIME, &[&[0x30, 3, 2, 1, 0xff]]),
            seconds.clone(),
            at,
        ),
        (
            tst_info(TIME, &[&[0x30, 7, 2, 5, 1, 0, 0, 0, 0]]),
            seconds.clone(),
            at,
        ),
        (
            tst_info(TIME, &[&[0x30, 11, 2, 9, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]]),
            seconds,
            at,
        ),
        (
            tst_info(b"20260230000000Z", &[]),
            bad("genTime", "no such date"),
            TIME_AT,
        ),
        (
            tst_info(TIME, &[&[0x80, 2, 5, 0]]),
            DecodeErrorKind::Content("an EXPLICIT tag holds no value"),
            AFTER_TIME + 2,
        ),
        (
            tst_info(TIME, &[&[0xa0, 4, 5, 0, 5, 0]]),
            extra("tsa", Tag::NULL),
            AFTER_TIME + 4,
        ),
        (
            tst_info(TIME, &[NUMBER, FALSE]),
            extra("TSTInfo", Tag::BOOLEAN),
            AFTER_TIME + 3,
        ),
    ];
    for (bytes, kind, offset) in table {
        assert_eq!(
            TstInfo::read(&bytes),
            Err(error(kind, offset)),
            "{bytes:02x?}"
        );
    }
}

#[test]
fn a_statement_only_a_verifier_may_refuse_is_read() {
    let mut bytes = tst_info(TIME, &[&[0x30, 0]]);
    bytes[4] = 2;
    let info = TstInfo::read(&bytes).unwrap().info;
    assert_eq!(info.version.to_u64(), Some(2));
    assert_eq!(info.accuracy.unwrap().to_nanos(), None);
    assert_eq!(info.to_der().unwrap(), bytes);
}
