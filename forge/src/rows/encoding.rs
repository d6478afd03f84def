//! Rows 44 to 46: depth, lengths and sizes that should cost nothing.

use crate::ber::{explicit, integer, oid, sequence, unsigned, value};
use crate::case::{Case, Expect, Input, by, case, content};
use crate::sign::Digest;
use crate::statement::{CONTENT, Statement, imprint_of};
use crate::token::{UNKNOWN, attribute};
use crate::{Forge, Token};

const FORMAT: &str = "FORMAT_FAILURE";
const UNREADABLE: Expect = by(FORMAT, "TSV-010");
const UNREADABLE_STATEMENT: Expect = by(FORMAT, "TSV-040");
const DEPTH: usize = 100_000;
const MEBIBYTE: usize = 1 << 20;
const TWO_GIB: [u8; 5] = [0x84, 0x80, 0, 0, 0];

/// SEQUENCEs inside each other, without a length.
fn nested_indefinite(depth: usize) -> Vec<u8> {
    [[0x30, 0x80].repeat(depth), [0, 0].repeat(depth)].concat()
}

/// SEQUENCEs inside each other, with their lengths.
fn nested(depth: usize) -> Vec<u8> {
    let mut headers = Vec::with_capacity(depth);
    let mut bytes = 0_usize;
    for _ in 0..depth {
        let header = header(bytes);
        bytes += header.len();
        headers.push(header);
    }
    headers.reverse();
    headers.concat()
}

fn header(content_bytes: usize) -> Vec<u8> {
    let digits = content_bytes.to_be_bytes();
    let used: Vec<u8> = digits.into_iter().skip_while(|digit| *digit == 0).collect();
    match u8::try_from(content_bytes) {
        Ok(short) if short < 0x80 => vec![0x30, short],
        _ => [
            vec![0x30, 0x80 | u8::try_from(used.len()).unwrap_or_default()],
            used,
        ]
        .concat(),
    }
}

/// The statement with a change, encoded.
fn stating(f: &Forge, change: impl FnOnce(&mut Statement)) -> Vec<u8> {
    Statement::sound(f).with(change).encoded()
}

/// An OBJECT IDENTIFIER of 1 MiB.
fn long_oid() -> Vec<u8> {
    value(6, &vec![0x2a; MEBIBYTE])
}

/// The same, all of it one arc.
fn long_arc() -> Vec<u8> {
    let mut arc = vec![0x81; MEBIBYTE];
    arc.push(1);
    value(6, &arc)
}

fn octets_20(head: &[u8]) -> Vec<u8> {
    let mut bytes = head.to_vec();
    bytes.resize(20, 0);
    bytes
}

pub(super) const CASES: &[Case] = &[
    case(
        "nested-100000",
        UNREADABLE,
        "100,000 SEQUENCEs inside each other.",
        |f| Input::new(f, nested(DEPTH)),
    )
    .row(44)
    .made_when_wanted(),
    case(
        "nested-100000-indefinite",
        UNREADABLE,
        "The same without lengths.",
        |f| Input::new(f, nested_indefinite(DEPTH)),
    )
    .row(44)
    .made_when_wanted(),
    case(
        "nested-100000-never-closed",
        UNREADABLE,
        "The same, and nothing ends.",
        |f| Input::new(f, [0x30, 0x80].repeat(DEPTH)),
    )
    .row(44)
    .made_when_wanted(),
    case(
        "nested-100000-unsigned",
        UNREADABLE,
        "100,000 SEQUENCEs inside each other in an unsigned attribute of a sound token.",
        |f| {
            super::sound(f, |t| {
                t.unsigned = vec![attribute(UNKNOWN, &[nested(DEPTH)])];
            })
        },
    )
    .row(44)
    .made_when_wanted(),
    content(
        "nested-100000-statement",
        UNREADABLE_STATEMENT,
        "100,000 SEQUENCEs inside each other in the tsa name.",
        |f| {
            stating(f, |s| {
                let other = [oid("1.3.6.1.4.1.32473.4"), explicit(0, &nested(DEPTH))].concat();
                s.tsa = explicit(0, &value(0xa0, &other));
            })
        },
    )
    .row(44)
    .made_when_wanted(),
    case(
        "nested-60",
        UNREADABLE,
        "60 SEQUENCEs inside each other.",
        |f| Input::new(f, nested(60)),
    )
    .row(44)
    .decode("nesting levels exceed the limit of 48 at byte 96"),
    case(
        "octets-nested-60",
        UNREADABLE,
        "60 OCTET STRINGs in segments of themselves.",
        |f| {
            let deep = (0..60).fold(crate::ber::octets(&[1]), |inner, _| value(0x24, &inner));
            super::sound(f, |t| t.content_sent = Some(explicit(0, &deep)))
        },
    )
    .row(44)
    .decode("nesting levels exceed the limit of 48 at byte 145"),
    case(
        "length-2-gib",
        UNREADABLE,
        "A length of 2 GiB in 20 bytes.",
        |f| Input::new(f, octets_20(&[&[0x30], &TWO_GIB[..]].concat())),
    )
    .row(45)
    .decode("the input ends inside a value at byte 0"),
    case(
        "length-2-64",
        UNREADABLE,
        "A length of 2^64 - 1 in 20 bytes.",
        |f| Input::new(f, octets_20(&[&[0x30, 0x88], &[0xff; 8][..]].concat())),
    )
    .row(45)
    .decode("the input ends inside a value at byte 0"),
    case(
        "length-of-126-bytes",
        UNREADABLE,
        "A length that is itself 126 bytes long.",
        |f| Input::new(f, [vec![0x30, 0xfe], vec![0xff; 126]].concat()),
    )
    .row(45)
    .decode("a length reaches past the value that holds it, or is not a length at byte 0"),
    case(
        "length-reserved",
        UNREADABLE,
        "The length that X.690 reserves.",
        |f| Input::new(f, octets_20(&[0x30, 0xff])),
    )
    .row(45)
    .decode("a length reaches past the value that holds it, or is not a length at byte 0"),
    content(
        "length-2-gib-inside",
        UNREADABLE_STATEMENT,
        "The nonce claims 2 GiB.",
        |f| stating(f, |s| s.nonce = [&[2], &TWO_GIB[..], &[1, 2]].concat()),
    )
    .row(45)
    .decode("TSTInfo: the input ends inside a value at byte 91"),
    case("no-bytes", UNREADABLE, "Nothing.", |f| {
        Input::new(f, Vec::new())
    })
    .row(45)
    .decode("the input ends inside a value at byte 0"),
    case("truncated", UNREADABLE, "The first half of a token.", |f| {
        let token = Token::sound(f).signed();
        let half = token.get(..token.len() / 2).unwrap_or_default();
        Input::new(f, half.to_vec())
    })
    .row(45)
    .decode("the input ends inside a value at byte 0"),
    content(
        "oid-1-mb",
        UNREADABLE_STATEMENT,
        "A policy of a million arcs.",
        |f| stating(f, |s| s.policy = long_oid()),
    )
    .row(46)
    .made_when_wanted(),
    content(
        "oid-1-mb-one-arc",
        UNREADABLE_STATEMENT,
        "A policy with one arc of 1 MB.",
        |f| stating(f, |s| s.policy = long_arc()),
    )
    .row(46)
    .made_when_wanted(),
    content(
        "oid-1-mb-imprint",
        UNREADABLE_STATEMENT,
        "The imprint's algorithm is 1 MB.",
        |f| {
            let identifier = sequence(&[long_oid()]);
            stating(f, |s| {
                s.imprint = imprint_of(&identifier, &Digest::Sha256.of(CONTENT));
            })
        },
    )
    .row(46)
    .made_when_wanted(),
    case(
        "oid-1-mb-attribute",
        by(FORMAT, "TSV-030"),
        "An attribute's type is 1 MB.",
        |f| {
            let odd = sequence(&[long_oid(), value(0x31, &integer(1))]);
            super::sound(f, |t| t.attributes.push(odd))
        },
    )
    .row(46)
    .made_when_wanted(),
    content(
        "serial-1-mb",
        by(FORMAT, "TSV-046"),
        "A serial number of 1 MB.",
        |f| stating(f, |s| s.serial = unsigned(&vec![0x77; MEBIBYTE])),
    )
    .row(46)
    .made_when_wanted(),
    content(
        "version-1-mb",
        by(FORMAT, "TSV-044"),
        "A version of 1 MB.",
        |f| stating(f, |s| s.version = unsigned(&vec![0x77; MEBIBYTE])),
    )
    .row(46)
    .made_when_wanted(),
    content(
        "accuracy-1-mb",
        UNREADABLE_STATEMENT,
        "An accuracy of 1 MB.",
        |f| {
            stating(f, |s| {
                s.accuracy = sequence(&[unsigned(&vec![0x77; MEBIBYTE])]);
            })
        },
    )
    .row(46)
    .made_when_wanted(),
    case(
        "attributes-10000",
        by(FORMAT, "TSV-030"),
        "10,000 signed attributes.",
        |f| {
            super::sound(f, |t| {
                let more = (0..10_000).map(|number| attribute(UNKNOWN, &[integer(number)]));
                t.attributes.extend(more);
            })
        },
    )
    .row(46)
    .made_when_wanted(),
    case(
        "signers-10000",
        by(FORMAT, "TSV-032"),
        "10,000 SignerInfos.",
        |f| {
            let token = Token::sound(f);
            Input::new(f, token.around(&vec![token.signer_info(); 10_000]))
        },
    )
    .row(46)
    .made_when_wanted(),
];
