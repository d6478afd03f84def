//! The scan, one small input at a time: which rule of DER it breaks and where, or why it is not
//! even BER and where (X.690 §8 to §11). Bounds of the work are in `limits`.

use tsa_core::tlv::Rule::{
    BitStringPadding, BooleanValue, ConstructedString, IndefiniteLength, NonMinimalInteger,
    NonMinimalLength, NonMinimalTag, UnsortedSet,
};
use tsa_core::tlv::{Class, Rule, Tag, scan, scan_der, value};
use tsa_core::{DecodeError, DecodeErrorKind};

/// Deviations in the order of their discovery.
pub(crate) type Found<'a> = &'a [(Rule, usize)];

/// What it is, the bytes, the deviations in order.
const READABLE: &[(&str, &[u8], Found<'_>)] = &[
    ("empty SEQUENCE", &[0x30, 0], &[]),
    ("INTEGER 127", &[2, 1, 0x7f], &[]),
    ("INTEGER 128", &[2, 2, 0, 0x80], &[]),
    ("INTEGER -129", &[2, 2, 0xff, 0x7f], &[]),
    ("TRUE, FALSE", &[0x30, 6, 1, 1, 0xff, 1, 1, 0], &[]),
    ("BIT STRING, no bits", &[3, 1, 0], &[]),
    ("BIT STRING, one bit", &[3, 2, 7, 0x80], &[]),
    ("OID 2.999.3", &[6, 3, 0x88, 0x37, 3], &[]),
    ("tag [31]", &[0x9f, 0x1f, 0], &[]),
    (
        "tag [2^32 - 1]",
        &[0x9f, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0],
        &[],
    ),
    ("SET OF twice the same", &[0x31, 6, 2, 1, 1, 2, 1, 1], &[]),
    ("zero bytes in a definite string", &[4, 2, 0, 0], &[]),
    ("indefinite", &[0x30, 0x80, 0, 0], &[(IndefiniteLength, 0)]),
    (
        "indefinite in indefinite",
        &[0x30, 0x80, 0x30, 0x80, 5, 0, 0, 0, 0, 0],
        &[(IndefiniteLength, 0), (IndefiniteLength, 2)],
    ),
    (
        "indefinite in definite",
        &[0x30, 4, 0x30, 0x80, 0, 0],
        &[(IndefiniteLength, 2)],
    ),
    (
        "definite in indefinite",
        &[0x30, 0x80, 0x30, 0, 0, 0],
        &[(IndefiniteLength, 0)],
    ),
    (
        "length 1 in two bytes",
        &[4, 0x81, 1, 0xaa],
        &[(NonMinimalLength, 0)],
    ),
    (
        "length 1 in three bytes",
        &[4, 0x82, 0, 1, 0xaa],
        &[(NonMinimalLength, 0)],
    ),
    (
        "the same, inside",
        &[0x30, 4, 4, 0x81, 1, 0xaa],
        &[(NonMinimalLength, 2)],
    ),
    (
        "tag [30] in two bytes",
        &[0x9f, 0x1e, 0],
        &[(NonMinimalTag, 0)],
    ),
    (
        "tag INTEGER in two bytes",
        &[0x1f, 2, 1, 5],
        &[(NonMinimalTag, 0)],
    ),
    (
        "tag and length: the first counts",
        &[0x9f, 0x1e, 0x81, 0],
        &[(NonMinimalTag, 0)],
    ),
    (
        "OCTET STRING in segments",
        &[0x24, 3, 4, 1, 0xaa],
        &[(ConstructedString, 0)],
    ),
    (
        "OCTET STRING without segments",
        &[0x24, 0],
        &[(ConstructedString, 0)],
    ),
    (
        "segments in segments",
        &[0x24, 5, 0x24, 3, 4, 1, 0xaa],
        &[(ConstructedString, 0), (ConstructedString, 2)],
    ),
    (
        "BIT STRING in segments, indefinite",
        &[0x23, 0x80, 3, 2, 0, 0xff, 3, 2, 4, 0xf0, 0, 0],
        &[(ConstructedString, 0), (IndefiniteLength, 0)],
    ),
    (
        "UTF8String split inside a character",
        &[0x2c, 6, 4, 1, 0xc3, 4, 1, 0xa9],
        &[(ConstructedString, 0)],
    ),
    (
        "INTEGER 0 and 127",
        &[2, 2, 0, 0x7f],
        &[(NonMinimalInteger, 0)],
    ),
    (
        "INTEGER -1 and -128",
        &[2, 2, 0xff, 0x80],
        &[(NonMinimalInteger, 0)],
    ),
    (
        "ENUMERATED with padding",
        &[10, 2, 0, 1],
        &[(NonMinimalInteger, 0)],
    ),
    ("TRUE as 01", &[0x30, 3, 1, 1, 1], &[(BooleanValue, 2)]),
    (
        "an unused bit that is set",
        &[3, 2, 1, 1],
        &[(BitStringPadding, 0)],
    ),
    (
        "SET OF 2, 1",
        &[0x31, 6, 2, 1, 2, 2, 1, 1],
        &[(UnsortedSet, 5)],
    ),
    (
        "SET OF 3, 1, 2, 1",
        &[0x31, 12, 2, 1, 3, 2, 1, 1, 2, 1, 2, 2, 1, 1],
        &[(UnsortedSet, 5), (UnsortedSet, 11)],
    ),
    (
        "SET OF 2, 1, indefinite",
        &[0x31, 0x80, 2, 1, 2, 2, 1, 1, 0, 0],
        &[(IndefiniteLength, 0), (UnsortedSet, 5)],
    ),
    (
        "SET OF, a structure first",
        &[0x31, 7, 0x30, 2, 5, 0, 2, 1, 0],
        &[(UnsortedSet, 6)],
    ),
    (
        "SET OF, elements of different length",
        &[0x31, 7, 4, 2, 0, 0, 4, 1, 9],
        &[(UnsortedSet, 6)],
    ),
    (
        "SET in SET: both are judged",
        &[0x31, 11, 0x31, 6, 2, 1, 2, 2, 1, 1, 2, 1, 0],
        &[(UnsortedSet, 7), (UnsortedSet, 10)],
    ),
];

#[test]
fn readable_input_has_exactly_these_deviations() {
    for (what, bytes, expected) in READABLE {
        let scanned = scan(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        let found: Vec<_> = scanned
            .deviations()
            .listed()
            .iter()
            .map(|deviation| (deviation.rule, deviation.offset))
            .collect();
        assert_eq!(found, *expected, "{what}");
        assert_eq!(scanned.deviations().count(), expected.len(), "{what}");

        let strict = scan_der(bytes).map(|scanned| scanned.bytes());
        let wanted = match expected.first() {
            None => Ok(*bytes),
            Some((rule, offset)) => Err(error(DecodeErrorKind::NotDer(*rule), *offset)),
        };
        assert_eq!(strict, wanted, "{what}");
    }
}

const TRUNCATED: DecodeErrorKind = DecodeErrorKind::Truncated;
const LENGTH: DecodeErrorKind = DecodeErrorKind::Length;
const TAG_FORM: DecodeErrorKind = DecodeErrorKind::TagForm;
const TWO_MORE: DecodeErrorKind = DecodeErrorKind::Trailing { count: 2 };
const SEGMENT: DecodeErrorKind = DecodeErrorKind::Content("a segment of a string has another type");
const PRIMITIVE_TYPE: DecodeErrorKind =
    DecodeErrorKind::Content("a primitive type in constructed form");
const STRUCTURE: DecodeErrorKind = DecodeErrorKind::Content("a SEQUENCE or SET in primitive form");
const BOOLEAN: DecodeErrorKind = DecodeErrorKind::Content("a BOOLEAN is one byte long");
const INTEGER: DecodeErrorKind = DecodeErrorKind::Content("an INTEGER has at least one byte");
const NULL: DecodeErrorKind = DecodeErrorKind::Content("a NULL is empty");
const UTF8: DecodeErrorKind = DecodeErrorKind::Content("a UTF8String is not UTF-8");
const OID: DecodeErrorKind =
    DecodeErrorKind::Content("an OBJECT IDENTIFIER ends inside an arc, is empty, or pads an arc");
const NO_UNUSED_COUNT: DecodeErrorKind =
    DecodeErrorKind::Content("a BIT STRING has at least one byte");
const UNUSED_ABOVE_7: DecodeErrorKind =
    DecodeErrorKind::Content("a BIT STRING leaves at most seven bits unused");
const UNUSED_OF_NONE: DecodeErrorKind =
    DecodeErrorKind::Content("an empty BIT STRING has no unused bits");
const UNUSED_IN_THE_MIDDLE: DecodeErrorKind =
    DecodeErrorKind::Content("a segment of a BIT STRING follows one with unused bits");

/// What is wrong, the bytes, the kind of the error, its offset.
const UNREADABLE: &[(&str, &[u8], DecodeErrorKind, usize)] = &[
    ("nothing", &[], TRUNCATED, 0),
    ("a tag alone", &[0x30], TRUNCATED, 0),
    ("half a long tag", &[0x9f, 0x81], TRUNCATED, 0),
    ("half a length", &[4, 0x82, 1], TRUNCATED, 0),
    ("content missing", &[0x30, 3, 2, 1], TRUNCATED, 0),
    (
        "inner content reaches out",
        &[0x30, 3, 2, 2, 1, 1],
        TRUNCATED,
        2,
    ),
    (
        "inner structure reaches out",
        &[0x30, 2, 0x30, 2, 5, 0],
        TRUNCATED,
        2,
    ),
    (
        "2 GiB in 20 bytes",
        &[
            4, 0x84, 0x80, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
        ],
        TRUNCATED,
        0,
    ),
    (
        "2 GiB of structure",
        &[0x30, 0x84, 0x80, 0, 0, 0, 5, 0],
        TRUNCATED,
        0,
    ),
    (
        "2^64 bytes",
        &[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        LENGTH,
        0,
    ),
    (
        "2^64 - 1 bytes",
        &[4, 0x88, 255, 255, 255, 255, 255, 255, 255, 255],
        TRUNCATED,
        0,
    ),
    ("length FF", &[4, 0xff, 0], LENGTH, 0),
    (
        "a primitive of indefinite length",
        &[4, 0x80, 0, 0],
        LENGTH,
        0,
    ),
    (
        "a tag that begins with zeros",
        &[0x9f, 0x80, 1, 0],
        TAG_FORM,
        0,
    ),
    (
        "tag [2^32]",
        &[0x9f, 0x90, 0x80, 0x80, 0x80, 0, 0],
        TAG_FORM,
        0,
    ),
    ("end-of-contents alone", &[0, 0], TAG_FORM, 0),
    (
        "end-of-contents in a definite length",
        &[0x30, 2, 0, 0],
        TAG_FORM,
        2,
    ),
    (
        "end-of-contents in a primitive's place",
        &[0x30, 5, 5, 0, 0, 0, 5, 0],
        TAG_FORM,
        4,
    ),
    (
        "end-of-contents of one byte",
        &[0x30, 0x80, 0, 1, 0, 0, 0],
        TAG_FORM,
        2,
    ),
    (
        "end-of-contents, constructed",
        &[0x30, 0x80, 0x20, 0, 0, 0],
        TAG_FORM,
        2,
    ),
    (
        "end-of-contents, long tag",
        &[0x30, 0x80, 0x1f, 0, 0, 0, 0],
        TAG_FORM,
        2,
    ),
    (
        "end-of-contents, long length",
        &[0x30, 0x80, 0, 0x81, 0, 0, 0],
        TAG_FORM,
        2,
    ),
    ("no end-of-contents", &[0x30, 0x80], TRUNCATED, 2),
    (
        "half an end-of-contents",
        &[0x30, 0x80, 5, 0, 0],
        TRUNCATED,
        4,
    ),
    (
        "one end-of-contents for two",
        &[0x30, 0x80, 0x30, 0x80, 0, 0],
        TRUNCATED,
        6,
    ),
    (
        "the end is outside",
        &[0x30, 2, 0x30, 0x80, 0, 0],
        TRUNCATED,
        4,
    ),
    ("bytes after", &[5, 0, 5, 0], TWO_MORE, 2),
    (
        "bytes after an indefinite length",
        &[0x30, 0x80, 0, 0, 0, 0],
        TWO_MORE,
        4,
    ),
    (
        "OCTET STRING of an INTEGER",
        &[0x24, 3, 2, 1, 5],
        SEGMENT,
        2,
    ),
    ("OCTET STRING of [4]", &[0x24, 3, 0x84, 1, 5], SEGMENT, 2),
    (
        "BIT STRING of an OCTET STRING",
        &[0x23, 3, 4, 1, 0],
        SEGMENT,
        2,
    ),
    (
        "UTF8String of a UTF8String",
        &[0x2c, 3, 12, 1, 0x61],
        SEGMENT,
        2,
    ),
    ("BOOLEAN, constructed", &[0x21, 0], PRIMITIVE_TYPE, 0),
    (
        "INTEGER, constructed",
        &[0x22, 3, 2, 1, 1],
        PRIMITIVE_TYPE,
        0,
    ),
    ("NULL, constructed", &[0x25, 0], PRIMITIVE_TYPE, 0),
    ("OID, constructed", &[0x30, 2, 0x26, 0], PRIMITIVE_TYPE, 2),
    ("ENUMERATED, constructed", &[0x2a, 0], PRIMITIVE_TYPE, 0),
    ("SEQUENCE, primitive", &[0x10, 0], STRUCTURE, 0),
    ("SET, primitive", &[0x30, 3, 0x11, 1, 0], STRUCTURE, 2),
    ("BOOLEAN of no byte", &[1, 0], BOOLEAN, 0),
    ("BOOLEAN of two bytes", &[1, 2, 0, 0], BOOLEAN, 0),
    ("INTEGER of no byte", &[2, 0], INTEGER, 0),
    ("ENUMERATED of no byte", &[10, 0], INTEGER, 0),
    ("NULL of one byte", &[5, 1, 0], NULL, 0),
    ("UTF8String of FF", &[12, 1, 0xff], UTF8, 0),
    (
        "UTF8String of FF in a segment",
        &[0x30, 5, 0x2c, 3, 4, 1, 0xff],
        UTF8,
        2,
    ),
    ("OID of no byte", &[6, 0], OID, 0),
    ("OID that ends inside an arc", &[6, 2, 0x2a, 0x80], OID, 0),
    ("OID with a padded arc", &[6, 3, 0x2a, 0x80, 1], OID, 0),
    ("OID with a padded first arc", &[6, 2, 0x80, 0x2a], OID, 0),
    ("BIT STRING of no byte", &[3, 0], NO_UNUSED_COUNT, 0),
    ("BIT STRING, 8 unused", &[3, 2, 8, 0], UNUSED_ABOVE_7, 0),
    (
        "BIT STRING, 1 unused of none",
        &[3, 1, 1],
        UNUSED_OF_NONE,
        0,
    ),
    (
        "unused bits in the middle",
        &[0x23, 8, 3, 2, 1, 0, 3, 2, 0, 0xff],
        UNUSED_IN_THE_MIDDLE,
        6,
    ),
    (
        "unused bits in the middle, one level down",
        &[0x23, 10, 0x23, 4, 3, 2, 1, 0, 3, 2, 0, 0xff],
        UNUSED_IN_THE_MIDDLE,
        8,
    ),
];

#[test]
fn unreadable_input_fails_with_this_kind_at_this_offset() {
    for (what, bytes, kind, offset) in UNREADABLE {
        let found = scan(bytes).map(|scanned| scanned.deviations().clone());
        assert_eq!(found, Err(error(kind.clone(), *offset)), "{what}");
    }
}

pub(crate) fn error(kind: DecodeErrorKind, offset: usize) -> DecodeError {
    DecodeError { kind, offset }
}

#[test]
fn long_lengths_are_read_and_judged() {
    for (length, header, minimal) in [
        (0x80_usize, &[4, 0x81, 0x80][..], true),
        (0xff, &[4, 0x81, 0xff], true),
        (0x100, &[4, 0x82, 1, 0], true),
        (0x1_0000, &[4, 0x83, 1, 0, 0], true),
        (0x7f, &[4, 0x7f], true),
        (0x7f, &[4, 0x81, 0x7f], false),
        (0x80, &[4, 0x82, 0, 0x80], false),
        (0x100, &[4, 0x84, 0, 0, 1, 0], false),
        (0x100, &[4, 0x89, 0, 0, 0, 0, 0, 0, 0, 1, 0], false),
    ] {
        let mut bytes = header.to_vec();
        bytes.resize(header.len() + length, 0xaa);
        assert_eq!(
            scan(&bytes).unwrap().deviations().is_empty(),
            minimal,
            "{header:?}"
        );
        if minimal {
            assert_eq!(value(&[4], &vec![0xaa; length]), bytes);
        }
    }
}

/// Tag, what it is called in errors.
const TAG_NAMES: &[(Tag, &str)] = &[
    (Tag::SEQUENCE, "SEQUENCE"),
    (Tag::GENERALIZED_TIME, "GeneralizedTime"),
    (Tag::context(7), "[7]"),
    (tag(Class::Application, 1), "[APPLICATION 1]"),
    (tag(Class::Private, u32::MAX), "[PRIVATE 4294967295]"),
    (tag(Class::Universal, 99), "[UNIVERSAL 99]"),
];

const fn tag(class: Class, number: u32) -> Tag {
    Tag { class, number }
}

#[test]
fn tags_have_the_names_of_x680() {
    for (tag, name) in TAG_NAMES {
        assert_eq!(tag.to_string(), *name);
    }
}
