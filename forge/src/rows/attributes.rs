//! Rows 6 to 11: the signature and the signed attributes.

use super::sound;
use crate::ber::{
    content, flipped, indefinite, integer, long_length, octets, oid, replaced, sequence, set_of,
    sorted, value,
};

use crate::case::{Case, Expect, Input, by, by_all, case, odd};
use crate::sign::{Digest, Scheme};
use crate::token::{CONTENT_TYPE, DATA, ESS_V2, MESSAGE_DIGEST, PROTECTION, SIGNING_TIME, UNKNOWN};

use crate::{Forge, Token};

const HASH: &str = "HASH_FAILURE";

const FORMAT: &str = "FORMAT_FAILURE";

const CRYPTO: &str = "SIG_CRYPTO_FAILURE";

/// `UTCTime` near to genTime.
fn signing_time() -> Vec<u8> {
    value(23, b"260510132141Z")
}

/// `CMSAlgorithmProtection` of the usual algorithms.
fn protection() -> Vec<u8> {
    let scheme = Scheme::Ecdsa(Digest::Sha256);
    let signature = value(0xa1, content(&scheme.identifier()));
    sequence(&[Digest::Sha256.identifier(), signature])
}

/// With every attribute that a case may break.
fn full(f: &Forge) -> Token<'_> {
    Token::sound(f)
        .and(SIGNING_TIME, &[signing_time()])
        .and(PROTECTION, &[protection()])
        .and(UNKNOWN, &[integer(4)])
}

/// One bit of the last byte of an attribute flipped after signing.
fn flip(f: &Forge, dotted: &str) -> Input {
    let token = full(f);
    let (sound, part) = (token.signed(), token.attribute(dotted));
    Input::new(f, flipped(&sound, &part))
}

/// An attribute of the sound token twice.
fn twice(f: &Forge, dotted: &str) -> Input {
    let token = full(f);
    let again = token.attribute(dotted);
    Input::new(f, token.with(|t| t.attributes.push(again)).signed())
}

const fn flip_case(
    name: &'static str,
    expect: Expect,
    comment: &'static str,
    build: fn(&Forge) -> Input,
) -> Case {
    case(name, expect, comment, build).row(6)
}

/// Signed attributes sent in another form, and which bytes are signed.
fn sent(f: &Forge, sent: fn(&[Vec<u8>]) -> Vec<u8>, covered: Covered) -> Input {
    let token = Token::sound(f);
    let sent = sent(&token.attributes);
    let as_set = [&[0x31], sent.get(1..).unwrap_or_default()].concat();
    let token = token.with(|t| match covered {
        Covered::Der => {}
        Covered::AsSent => t.covered = Some(as_set),
        Covered::Neither => t.covered = Some(sent.clone()),
    });
    Input::new(
        f,
        token
            .with(|t| t.attributes_sent = Some(sent.clone()))
            .signed(),
    )
}

#[derive(Clone, Copy)]
enum Covered {
    Der,
    AsSent,
    /// The attributes with their tag `[0]`.
    Neither,
}

fn unsorted(attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut members = sorted(attributes);
    members.reverse();
    value(0xa0, &members.concat())
}

fn long(attributes: &[Vec<u8>]) -> Vec<u8> {
    let rewrite = |attribute: &Vec<u8>| long_length(0x30, content(attribute));
    value(
        0xa0,
        &sorted(attributes)
            .iter()
            .flat_map(rewrite)
            .collect::<Vec<_>>(),
    )
}

fn without_length(attributes: &[Vec<u8>]) -> Vec<u8> {
    indefinite(0xa0, &sorted(attributes).concat())
}

fn der(attributes: &[Vec<u8>]) -> Vec<u8> {
    value(0xa0, &sorted(attributes).concat())
}

pub(super) const CASES: &[Case] = &[
    flip_case(
        "flipped-signature",
        by(CRYPTO, "TSV-094"),
        "A bit of the signature.",
        |f| {
            let token = Token::sound(f);
            let sound = token.signed();
            Input::new(f, flipped(&sound, &token.to_signature()))
        },
    ),
    flip_case(
        "flipped-tst-info",
        by(HASH, "TSV-074"),
        "A bit of the serial number.",
        |f| {
            let part = integer(0x00c0_ffee);
            Input::new(f, flipped(&Token::sound(f).signed(), &part))
        },
    ),
    flip_case(
        "flipped-content-type",
        by_all(FORMAT, "TSV-072", &["TSV-094"]),
        "A bit of the contentType attribute.",
        |f| flip(f, CONTENT_TYPE),
    ),
    flip_case(
        "flipped-message-digest",
        by_all(HASH, "TSV-074", &["TSV-094"]),
        "A bit of the messageDigest attribute.",
        |f| flip(f, MESSAGE_DIGEST),
    ),
    flip_case(
        "flipped-signing-certificate-v2",
        by_all(CRYPTO, "TSV-094", &["TSV-084"]),
        "A bit of the certificate's digest.",
        |f| flip(f, ESS_V2),
    ),
    flip_case(
        "flipped-signing-time",
        by(CRYPTO, "TSV-094"),
        "The last digit of signingTime.",
        |f| {
            let later = value(23, b"260510132142Z");
            Input::new(f, replaced(&full(f).signed(), &signing_time(), &later))
        },
    ),
    flip_case(
        "flipped-algorithm-protection",
        by_all(CRYPTO, "TSV-092", &["TSV-094"]),
        "A bit of the CMSAlgorithmProtection attribute.",
        |f| flip(f, PROTECTION),
    ),
    flip_case(
        "flipped-unknown-attribute",
        by(CRYPTO, "TSV-094"),
        "A bit of an attribute that nobody knows.",
        |f| flip(f, UNKNOWN),
    ),
    case(
        "no-signed-attributes",
        by(FORMAT, "TSV-070"),
        "No signedAttrs; the signature covers the content.",
        |f| {
            sound(f, |t| {
                t.attributes_sent = Some(Vec::new());
                t.covered = Some(t.content.clone());
            })
        },
    )
    .row(7),
    case(
        "signed-attributes-as-content",
        by_all(FORMAT, "TSV-040", &["TSV-070"]),
        "The DER of a sound token's signedAttrs is the content, so that its signature holds.",
        |f| {
            sound(f, |t| {
                t.content = set_of(&t.attributes);
                t.attributes_sent = Some(Vec::new());
            })
        },
    )
    .row(7)
    .decode("TSTInfo: TSTInfo: SEQUENCE expected, SET found at byte 0"),
    case(
        "content-type-missing",
        by(FORMAT, "TSV-072"),
        "No contentType attribute.",
        |f| Input::new(f, Token::sound(f).without(CONTENT_TYPE).signed()),
    )
    .row(8),
    case(
        "content-type-other",
        by(FORMAT, "TSV-072"),
        "contentType is id-data.",
        |f| Input::new(f, Token::sound(f).but(CONTENT_TYPE, &[oid(DATA)]).signed()),
    )
    .row(8),
    case(
        "content-type-not-an-oid",
        by(FORMAT, "TSV-072"),
        "contentType is an OCTET STRING.",
        |f| {
            Input::new(
                f,
                Token::sound(f)
                    .but(CONTENT_TYPE, &[octets(&oid(DATA))])
                    .signed(),
            )
        },
    )
    .row(8),
    case(
        "e-content-type-id-data",
        by(FORMAT, "TSV-034"),
        "eContentType and the attribute are id-data.",
        |f| {
            let token = Token::sound(f).but(CONTENT_TYPE, &[oid(DATA)]);
            Input::new(
                f,
                token
                    .with(|t| {
                        t.content_type = DATA;
                        t.version = 1;
                    })
                    .signed(),
            )
        },
    )
    .row(8),
    case(
        "e-content-type-id-data-attribute-not",
        by_all(FORMAT, "TSV-034", &["TSV-072"]),
        "eContentType is id-data, the attribute id-ct-TSTInfo.",
        |f| {
            sound(f, |t| {
                t.content_type = DATA;
                t.version = 1;
            })
        },
    )
    .row(8),
    case(
        "message-digest-missing",
        by(FORMAT, "TSV-074"),
        "No messageDigest attribute.",
        |f| Input::new(f, Token::sound(f).without(MESSAGE_DIGEST).signed()),
    )
    .row(9),
    case(
        "message-digest-wrong",
        by(HASH, "TSV-074"),
        "messageDigest of other data.",
        |f| {
            Input::new(
                f,
                Token::sound(f)
                    .but(MESSAGE_DIGEST, &[octets(&[7; 32])])
                    .signed(),
            )
        },
    )
    .row(9),
    case(
        "message-digest-truncated",
        by(HASH, "TSV-074"),
        "Its first 16 bytes.",
        |f| {
            let token = Token::sound(f);
            let hash = Digest::Sha256.of(&token.content);
            let half = octets(hash.get(..16).unwrap_or_default());
            Input::new(f, token.but(MESSAGE_DIGEST, &[half]).signed())
        },
    )
    .row(9),
    case(
        "message-digest-empty",
        by(HASH, "TSV-074"),
        "messageDigest of no bytes.",
        |f| {
            Input::new(
                f,
                Token::sound(f).but(MESSAGE_DIGEST, &[octets(&[])]).signed(),
            )
        },
    )
    .row(9),
    case(
        "message-digest-twice",
        by_all(FORMAT, "TSV-071", &["TSV-074"]),
        "The same messageDigest twice.",
        |f| twice(f, MESSAGE_DIGEST),
    )
    .row(9),
    case(
        "message-digest-twice-different",
        by_all(FORMAT, "TSV-071", &["TSV-074"]),
        "Two messageDigest attributes, one of them right.",
        |f| {
            Input::new(
                f,
                Token::sound(f)
                    .and(MESSAGE_DIGEST, &[octets(&[7; 32])])
                    .signed(),
            )
        },
    )
    .row(9),
    case(
        "message-digest-two-values",
        by_all(FORMAT, "TSV-071", &["TSV-074"]),
        "One messageDigest with two values, one of them right.",
        |f| {
            let token = Token::sound(f);
            let right = octets(&Digest::Sha256.of(&token.content));
            Input::new(
                f,
                token
                    .but(MESSAGE_DIGEST, &[right, octets(&[7; 32])])
                    .signed(),
            )
        },
    )
    .row(9),
    case(
        "message-digest-no-value",
        by_all(FORMAT, "TSV-071", &["TSV-074"]),
        "A messageDigest without a value.",
        |f| Input::new(f, Token::sound(f).but(MESSAGE_DIGEST, &[]).signed()),
    )
    .row(9),
    case(
        "content-type-twice",
        by_all(FORMAT, "TSV-071", &["TSV-072"]),
        "The same contentType twice.",
        |f| twice(f, CONTENT_TYPE),
    )
    .row(9),
    case(
        "signing-certificate-v2-twice",
        by_all(FORMAT, "TSV-071", &["TSV-082"]),
        "The same SigningCertificateV2 twice.",
        |f| twice(f, ESS_V2),
    )
    .row(9),
    case(
        "signing-time-twice",
        by(FORMAT, "TSV-071"),
        "The same signingTime twice.",
        |f| twice(f, SIGNING_TIME),
    )
    .row(9),
    case(
        "algorithm-protection-twice",
        by_all(FORMAT, "TSV-071", &["TSV-092"]),
        "The same CMSAlgorithmProtection twice.",
        |f| twice(f, PROTECTION),
    )
    .row(9),
    case(
        "unknown-attribute-twice",
        by(FORMAT, "TSV-071"),
        "An attribute that nobody knows, twice.",
        |f| twice(f, UNKNOWN),
    )
    .row(9),
    case(
        "attributes-unsorted-signed-as-der",
        odd(&["TSV-012", "TSV-096"]),
        "The attributes are sent out of order; the signature covers their DER encoding.",
        |f| sent(f, unsorted, Covered::Der),
    )
    .row(10),
    case(
        "attributes-unsorted-signed-as-sent",
        odd(&["TSV-012", "TSV-096"]),
        "The attributes are sent out of order, and so signed.",
        |f| sent(f, unsorted, Covered::AsSent),
    )
    .row(10),
    case(
        "attributes-long-lengths-signed-as-der",
        odd(&["TSV-012", "TSV-096"]),
        "The attributes are sent with lengths that are too long.",
        |f| sent(f, long, Covered::Der),
    )
    .row(10),
    case(
        "attributes-long-lengths-signed-as-sent",
        odd(&["TSV-012", "TSV-096"]),
        "The attributes are sent with lengths that are too long, and so signed.",
        |f| sent(f, long, Covered::AsSent),
    )
    .row(10),
    case(
        "attributes-indefinite-signed-as-der",
        odd(&["TSV-012", "TSV-096"]),
        "The attributes are sent without a length.",
        |f| sent(f, without_length, Covered::Der),
    )
    .row(10),
    case(
        "attributes-indefinite-signed-as-sent",
        odd(&["TSV-012", "TSV-096"]),
        "The attributes are sent without a length, and so signed.",
        |f| sent(f, without_length, Covered::AsSent),
    )
    .row(10),
    case(
        "attributes-unsorted-signed-as-neither",
        by(CRYPTO, "TSV-094"),
        "The attributes are sent out of order, and signed with their tag [0].",
        |f| sent(f, unsorted, Covered::Neither),
    )
    .row(10),
    case(
        "attributes-signed-with-implicit-tag",
        by(CRYPTO, "TSV-094"),
        "The attributes are DER, and signed with their tag [0] where RFC 5652 says SET OF.",
        |f| sent(f, der, Covered::Neither),
    )
    .row(10),
];
