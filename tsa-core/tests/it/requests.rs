//! Requests: which part of a broken one is named, and at which offset.

use tsa_core::limits::EXTENSIONS_MAX;
use tsa_core::tlv::{Class, Rule, Tag, value};
use tsa_core::{DecodeError, DecodeErrorKind, TimeStampReq, oid};

use crate::messages::{
    FALSE, NULL, NUMBER, POLICY, TRUE, VERSION, bad, extra, imprint, missing, not_der, sha256,
};
use crate::support::sequence;
use crate::tlv::error;

/// Where things stand in a request that begins with [`VERSION`] and [`imprint`].
const IMPRINT_AT: usize = 5;
const DIGEST_AT: usize = 22;
const AFTER_IMPRINT: usize = 56;

fn read_request(parts: &[&[u8]]) -> Result<TimeStampReq, DecodeError> {
    TimeStampReq::from_der(&sequence(parts))
}

fn other(field: &'static str, expected: Tag, found: Tag) -> DecodeErrorKind {
    DecodeErrorKind::UnexpectedTag {
        field,
        expected,
        found,
    }
}

/// Fields, the kind of the error, its offset.
type Row<'a> = (&'a [&'a [u8]], DecodeErrorKind, usize);

fn check(table: &[Row<'_>]) {
    for (fields, kind, offset) in table {
        let expected = Err(error(kind.clone(), *offset));
        assert_eq!(read_request(fields), expected, "{fields:02x?}");
    }
}

#[test]
fn a_field_that_is_not_der_is_named_with_its_offset() {
    let (after, imprint) = (AFTER_IMPRINT, imprint());
    let default = not_der(Rule::DefaultEncoded);
    check(&[
        (&[VERSION, &imprint, FALSE], default.clone(), after),
        (&[VERSION, &imprint, NUMBER, FALSE], default, after + 3),
        (
            &[VERSION, &imprint, &[1, 1, 1]],
            not_der(Rule::BooleanValue),
            after,
        ),
        (
            &[VERSION, &imprint, &[2, 2, 0, 1]],
            not_der(Rule::NonMinimalInteger),
            after,
        ),
        (
            &[&[2, 2, 0, 1], &imprint],
            not_der(Rule::NonMinimalInteger),
            2,
        ),
    ]);
}

#[test]
fn a_field_that_is_missing_or_another_is_named_with_its_offset() {
    let imprint = imprint();
    let (integer, sequence) = (Tag::INTEGER, Tag::SEQUENCE);
    check(&[
        (&[], missing("version", integer), 2),
        (&[VERSION], missing("messageImprint", sequence), IMPRINT_AT),
        (&[&imprint], other("version", integer, sequence), 2),
        (
            &[VERSION, VERSION, &imprint],
            other("messageImprint", sequence, integer),
            IMPRINT_AT,
        ),
    ]);
}

#[test]
fn a_field_too_many_or_out_of_order_is_named_with_its_offset() {
    let (after, imprint) = (AFTER_IMPRINT, imprint());
    let ia5 = Tag {
        class: Class::Universal,
        number: 22,
    };
    let found = |tag| extra("TimeStampReq", tag);
    let (policy, integer) = (found(Tag::OBJECT_IDENTIFIER), found(Tag::INTEGER));
    check(&[
        (&[VERSION, &imprint, NUMBER, POLICY], policy, after + 3),
        (
            &[VERSION, &imprint, TRUE, NUMBER],
            integer.clone(),
            after + 3,
        ),
        (&[VERSION, &imprint, NUMBER, NUMBER], integer, after + 3),
        (&[VERSION, &imprint, NULL], found(Tag::NULL), after),
        (
            &[VERSION, &imprint, &[0xa1, 0]],
            found(Tag::context(1)),
            after,
        ),
        (&[VERSION, &imprint, &[22, 0]], found(ia5), after),
    ]);
}

#[test]
fn what_is_no_request_at_all_is_named() {
    assert_eq!(
        TimeStampReq::from_der(NULL),
        Err(error(other("TimeStampReq", Tag::SEQUENCE, Tag::NULL), 0))
    );
    let trailing = [sequence(&[VERSION, &imprint()]), vec![0]].concat();
    let one_more = DecodeErrorKind::Trailing { count: 1 };
    assert_eq!(
        TimeStampReq::from_der(&trailing),
        Err(error(one_more, AFTER_IMPRINT))
    );
}

#[test]
fn a_broken_imprint_is_named_with_its_offset() {
    let digest = value(&[4], &[0x5a; 32]);
    let identifier = value(&[6], oid::SHA_256.content());
    let split = value(&[0x24], &digest);
    let two_parameters = sequence(&[&identifier, NULL, NULL]);
    let long_oid = sequence(&[&value(&[6], &[0x2a; 64])]);
    let unusual = "an object identifier of unusual length";
    let table: [(Vec<u8>, DecodeErrorKind, usize); 7] = [
        (
            sequence(&[&digest]),
            other("hashAlgorithm", Tag::SEQUENCE, Tag::OCTET_STRING),
            7,
        ),
        (
            sequence(&[&sha256()]),
            missing("hashedMessage", Tag::OCTET_STRING),
            DIGEST_AT,
        ),
        (
            sequence(&[&sha256(), &split]),
            not_der(Rule::ConstructedString),
            DIGEST_AT,
        ),
        (
            sequence(&[&sha256(), &digest, NULL]),
            extra("messageImprint", Tag::NULL),
            AFTER_IMPRINT,
        ),
        (
            sequence(&[&two_parameters, &digest]),
            extra("hashAlgorithm", Tag::NULL),
            DIGEST_AT,
        ),
        (
            sequence(&[&sequence(&[]), &digest]),
            missing("hashAlgorithm", Tag::OBJECT_IDENTIFIER),
            9,
        ),
        (
            sequence(&[&long_oid, &digest]),
            bad("hashAlgorithm", unusual),
            9,
        ),
    ];
    for (imprint, kind, offset) in table {
        let found = read_request(&[VERSION, &imprint]);
        assert_eq!(found, Err(error(kind, offset)), "{imprint:02x?}");
    }
}

#[test]
fn a_broken_extension_is_named_with_its_offset() {
    let imprint = imprint();
    let sound = sequence(&[POLICY, &[4, 1, 9]]);
    let at = AFTER_IMPRINT;
    let many = sound.repeat(EXTENSIONS_MAX + 1);
    let limit = DecodeErrorKind::Limit {
        what: "extensions",
        max: EXTENSIONS_MAX,
    };
    let last = many.len() - sound.len();
    let none = "at least one extension is needed";
    let table: [(Vec<u8>, DecodeErrorKind, usize); 9] = [
        (vec![0xa0, 0], bad("extensions", none), at),
        (vec![0x80, 0], bad("extensions", none), at),
        (value(&[0x80], &sound), bad("extensions", none), at),
        (
            vec![0xa0, 2, 5, 0],
            bad("Extension", "not a SEQUENCE"),
            at + 2,
        ),
        (
            value(&[0xa0], &sequence(&[])),
            missing("extnID", Tag::OBJECT_IDENTIFIER),
            at + 4,
        ),
        (
            value(&[0xa0], &sequence(&[POLICY])),
            missing("extnValue", Tag::OCTET_STRING),
            at + 9,
        ),
        (
            value(&[0xa0], &sequence(&[POLICY, FALSE, &[4, 0]])),
            not_der(Rule::DefaultEncoded),
            at + 9,
        ),
        (
            value(&[0xa0], &sequence(&[POLICY, &[4, 0], NULL])),
            extra("Extension", Tag::NULL),
            at + 11,
        ),
        (value(&[0xa0], &many), limit, at + 4 + last),
    ];
    for (extensions, kind, offset) in table {
        // The outer length takes two more bytes from 256 on.
        let shift = 2 * usize::from(extensions.len() > 60);
        let found = read_request(&[VERSION, &imprint, &extensions]);
        assert_eq!(found, Err(error(kind, offset + shift)), "{extensions:02x?}");
    }
    let most = value(&[0xa0], &sound.repeat(EXTENSIONS_MAX));
    let read = read_request(&[VERSION, &imprint, &most]).unwrap();
    assert_eq!(read.extensions.len(), EXTENSIONS_MAX);
    assert!(!read.extensions[0].critical);
}
