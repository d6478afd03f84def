//! Rows 37 and 39: what a token was asked, and what it answers.

use super::sound;
use crate::ber::{integer, oid, sequence, unsigned, value};
use crate::case::{Case, Input, PASSED, by, by_all, case, odd};
use crate::sign::Digest;
use crate::statement::{CONTENT, NONCE, POLICY, imprint};
use crate::{Forge, Token};

const HASH: &str = "HASH_FAILURE";

const CONSTRAINTS: &str = "SIG_CONSTRAINTS_FAILURE";

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

/// Digits of 20 KB.
fn huge() -> Vec<u8> {
    unsigned(&[0x77; 20_000])
}

pub(super) const CASES: &[Case] = &[
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
];
