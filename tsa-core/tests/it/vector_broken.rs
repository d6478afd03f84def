//! The vectors of requests that are refused while they are read, with the error and its offset.

use tsa_core::tlv::value;
use tsa_core::{TimeStampResp, oid};

use crate::messages::VERSION;
use crate::support::sequence;
use crate::vector_requests::Made;

pub(crate) fn requests() -> Vec<Made> {
    let mut all = not_der();
    all.extend(not_a_request());
    all.extend(other_fields());
    all
}

/// Refused by this crate already.
fn broken(
    name: &'static str,
    decode: &'static str,
    comment: &'static str,
    payload: Vec<u8>,
) -> Made {
    Made {
        name,
        code: "badDataFormat",
        decode,
        comment,
        payload,
    }
}

fn sha256() -> Vec<u8> {
    sequence(&[&value(&[6], oid::SHA_256.content())])
}

fn imprint() -> Vec<u8> {
    sequence(&[&sha256(), &value(&[4], &[0x5a; 32])])
}

/// A valid version and imprint, which end at byte 54, then these fields.
fn then(fields: &[u8]) -> Vec<u8> {
    sequence(&[VERSION, &imprint(), fields])
}

/// A request of the usual version around this imprint.
fn around(imprint: &[u8]) -> Vec<u8> {
    sequence(&[VERSION, imprint])
}

fn not_der() -> Vec<Made> {
    let content = [VERSION, &imprint()].concat();
    let length = u8::try_from(content.len()).expect("short");
    let long_length = [&[0x30, 0x81, length], &*content].concat();
    let indefinite = [&[0x30, 0x80], &*content, &[0, 0]].concat();
    let split = value(&[0x24], &value(&[4], &[0x5a; 32]));
    let padded = sequence(&[&[6, 4, 0x2a, 0x80, 3, 4]]);
    let critical = sequence(&[&[6, 3, 0x2a, 3, 4], &[1, 1, 0], &[4, 0]]);
    vec![
        broken(
            "not-der-long-length",
            "not DER: length not in its shortest form at byte 0",
            "The outer length takes two bytes where one does.",
            long_length,
        ),
        broken(
            "not-der-indefinite-length",
            "not DER: indefinite length at byte 0",
            "BER of indefinite length.",
            indefinite,
        ),
        broken(
            "not-der-version-padded",
            "not DER: INTEGER not in its shortest form at byte 2",
            "Version 1 in two bytes.",
            sequence(&[&[2, 2, 0, 1], &imprint()]),
        ),
        broken(
            "not-der-nonce-padded",
            "not DER: INTEGER not in its shortest form at byte 54",
            "A nonce with a zero byte in front.",
            then(&[2, 3, 0, 0x12, 0x34]),
        ),
        broken(
            "not-der-digest-in-segments",
            "not DER: string in constructed form at byte 20",
            "hashedMessage as a constructed OCTET STRING.",
            around(&sequence(&[&sha256(), &split])),
        ),
        broken(
            "not-der-cert-req-false",
            "not DER: DEFAULT value encoded at byte 54",
            "certReq FALSE, which DER leaves out.",
            then(&[1, 1, 0]),
        ),
        broken(
            "not-der-cert-req-01",
            "not DER: TRUE that is not FF at byte 54",
            "certReq TRUE as 01.",
            then(&[1, 1, 1]),
        ),
        broken(
            "not-der-critical-false",
            "not DER: DEFAULT value encoded at byte 63",
            "An extension whose critical is an encoded FALSE.",
            then(&value(&[0xa0], &critical)),
        ),
        broken(
            "not-der-oid-padded",
            "an OBJECT IDENTIFIER ends inside an arc, is empty, or pads an arc at byte 9",
            "An arc of the digest's identifier has a zero in front.",
            around(&sequence(&[&padded, &value(&[4], &[0x5a; 32])])),
        ),
    ]
}

/// Not one value, or beyond a limit.
fn not_a_request() -> Vec<Made> {
    let whole = around(&imprint());
    let trailing = [whole.as_slice(), &[0, 0]].concat();
    let deep = (0..60).fold(vec![5, 0], |inner, _| value(&[0x30], &inner));
    let deep = sequence(&[&value(&[6], oid::SHA_256.content()), &deep]);
    vec![
        broken(
            "no-bytes",
            "the input ends inside a value at byte 0",
            "Nothing.",
            Vec::new(),
        ),
        broken(
            "text",
            "the input ends inside a value at byte 0",
            "Words.",
            b"stamp this".to_vec(),
        ),
        broken(
            "truncated",
            "the input ends inside a value at byte 0",
            "The first 20 bytes of a request.",
            whole[..20].to_vec(),
        ),
        broken(
            "trailing-bytes",
            "2 bytes follow the value at byte 54",
            "Two zero bytes behind.",
            trailing,
        ),
        broken(
            "length-2-gib",
            "the input ends inside a value at byte 0",
            "A length of 2 GiB before 14 bytes.",
            [&[0x30, 0x84, 0x80, 0, 0, 0], &whole[2..16]].concat(),
        ),
        broken(
            "nested-too-deep",
            "nesting levels exceed the limit of 48 at byte 113",
            "60 structures inside each other as parameters of the digest.",
            around(&sequence(&[&deep, &value(&[4], &[0x5a; 32])])),
        ),
    ]
}

/// DER, but with other fields than a request.
fn other_fields() -> Vec<Made> {
    let response = TimeStampResp::granted(sequence(&[]))
        .to_der()
        .expect("it can be written");
    let policy_last = [&[1, 1, 0xff][..], &[6, 3, 0x2a, 3, 4]].concat();
    let long_policy = value(&[6], &[0x2a; 64]);
    vec![
        broken(
            "fields-out-of-order",
            "TimeStampReq holds an unexpected OBJECT IDENTIFIER at byte 57",
            "reqPolicy behind certReq.",
            then(&policy_last),
        ),
        broken(
            "unknown-field",
            "TimeStampReq holds an unexpected [1] at byte 54",
            "A field that RFC 3161 does not know.",
            then(&[0xa1, 0]),
        ),
        broken(
            "no-imprint",
            "messageImprint is missing (SEQUENCE expected) at byte 5",
            "A version and nothing else.",
            sequence(&[VERSION]),
        ),
        broken(
            "extensions-empty",
            "extensions: at least one extension is needed at byte 54",
            "An extensions field without extensions.",
            then(&[0xa0, 0]),
        ),
        broken(
            "policy-too-long",
            "reqPolicy: an object identifier of unusual length at byte 54",
            "A policy of 64 bytes.",
            then(&long_policy),
        ),
        broken(
            "response-as-request",
            "version: INTEGER expected, SEQUENCE found at byte 2",
            "A response where a request is expected.",
            response,
        ),
    ]
}
