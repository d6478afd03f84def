//! Row 11: how the signed attributes name the signer's certificate (RFC 5035, RFC 5816).

use crate::ber::{content, integer, octets, sequence, value};
use crate::case::{Case, Input, by, by_all, case, noted, odd};
use crate::certificate::issuer_of;
use crate::sign::{Digest, algorithm};
use crate::token::{ESS_V1, ESS_V2, attribute, ess_list, ess_v1, ess_v2};
use crate::{Forge, Token};

const FORMAT: &str = "FORMAT_FAILURE";

const CONSTRAINTS: &str = "SIG_CONSTRAINTS_FAILURE";

const NOT_FOUND: &str = "NO_SIGNING_CERTIFICATE_FOUND";

/// The attribute of version 2 with these fields of its identifier.
fn named(f: &Forge, fields: fn(&Forge, Vec<u8>) -> Vec<Vec<u8>>) -> Input {
    let hash = octets(&Digest::Sha256.of(&f.certificate("tsa-p256")));
    let list = ess_list(&fields(f, hash));
    Input::new(f, Token::sound(f).but(ESS_V2, &[list]).signed())
}

/// `IssuerSerial`
fn issuer_serial(names: &[u8], serial: Vec<u8>) -> Vec<u8> {
    sequence(&[value(0x30, names), serial])
}

fn serial(f: &Forge) -> Vec<u8> {
    crate::certificate::serial_of(&f.certificate("tsa-p256")).to_vec()
}

fn issuer(f: &Forge) -> Vec<u8> {
    value(0xa4, issuer_of(&f.certificate("tsa-p256")))
}

pub(super) const CASES: &[Case] = &[
    case(
        "ess-missing",
        by(CONSTRAINTS, "TSV-082"),
        "No attribute names the certificate.",
        |f| Input::new(f, Token::sound(f).without(ESS_V2).signed()),
    )
    .row(11),
    case(
        "ess-wrong-hash",
        by(NOT_FOUND, "TSV-084"),
        "The digest of another certificate.",
        |f| {
            let other = ess_v2(&f.certificate("tsa-p384"));
            Input::new(f, Token::sound(f).but(ESS_V2, &[other]).signed())
        },
    )
    .row(11),
    case(
        "ess-v1-wrong-hash",
        by(NOT_FOUND, "TSV-084"),
        "Version 1 alone, and wrong.",
        |f| {
            let other = ess_v1(&f.certificate("tsa-p384"));
            Input::new(
                f,
                Token::sound(f)
                    .without(ESS_V2)
                    .and(ESS_V1, &[other])
                    .signed(),
            )
        },
    )
    .row(11),
    case(
        "ess-v1-right-v2-wrong",
        by(NOT_FOUND, "TSV-084"),
        "Both are there.",
        |f| {
            let right = ess_v1(&f.certificate("tsa-p256"));
            let wrong = ess_v2(&f.certificate("tsa-p384"));
            Input::new(
                f,
                Token::sound(f)
                    .but(ESS_V2, &[wrong])
                    .and(ESS_V1, &[right])
                    .signed(),
            )
        },
    )
    .row(11),
    case(
        "ess-v1-wrong-v2-right",
        by(NOT_FOUND, "TSV-084"),
        "Both are there.",
        |f| {
            let wrong = ess_v1(&f.certificate("tsa-p384"));
            Input::new(f, Token::sound(f).and(ESS_V1, &[wrong]).signed())
        },
    )
    .row(11),
    case(
        "ess-second-entry-is-right",
        by(NOT_FOUND, "TSV-084"),
        "The first names another.",
        |f| {
            let entry = |name| sequence(&[octets(&Digest::Sha256.of(&f.certificate(name)))]);
            let list = sequence(&[sequence(&[entry("tsa-p384"), entry("tsa-p256")])]);
            Input::new(f, Token::sound(f).but(ESS_V2, &[list]).signed())
        },
    )
    .row(11),
    case(
        "ess-empty-list",
        by(CONSTRAINTS, "TSV-082"),
        "A list without an entry.",
        |f| {
            let empty = sequence(&[sequence(&[])]);
            Input::new(f, Token::sound(f).but(ESS_V2, &[empty]).signed())
        },
    )
    .row(11),
    case(
        "ess-v1-empty-list-v2-right",
        by(CONSTRAINTS, "TSV-082"),
        "Version 1 is empty.",
        |f| {
            let empty = sequence(&[sequence(&[])]);
            Input::new(f, Token::sound(f).and(ESS_V1, &[empty]).signed())
        },
    )
    .row(11),
    case(
        "ess-no-value",
        by_all(FORMAT, "TSV-071", &["TSV-082"]),
        "The attribute has no value.",
        |f| Input::new(f, Token::sound(f).but(ESS_V2, &[]).signed()),
    )
    .row(11),
    case(
        "ess-unreadable",
        by(CONSTRAINTS, "TSV-082"),
        "The value is an INTEGER.",
        |f| Input::new(f, Token::sound(f).but(ESS_V2, &[integer(1)]).signed()),
    )
    .row(11),
    case(
        "ess-unknown-hash",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-084"),
        "The digest is by an algorithm that nobody knows.",
        |f| named(f, |_, hash| vec![algorithm("1.3.6.1.4.1.32473.9"), hash]),
    )
    .row(11),
    case(
        "ess-truncated-hash",
        by(NOT_FOUND, "TSV-084"),
        "The first 20 bytes.",
        |f| {
            named(f, |_, hash| {
                vec![octets(content(&hash).get(..20).unwrap_or_default())]
            })
        },
    )
    .row(11),
    case(
        "ess-issuer-serial-other-serial",
        by(CONSTRAINTS, "TSV-086"),
        "issuerSerial has the issuer, and the serial number of another certificate.",
        |f| {
            named(f, |f, hash| {
                vec![hash, issuer_serial(&issuer(f), integer(1))]
            })
        },
    )
    .row(11),
    case(
        "ess-issuer-serial-other-issuer",
        by(CONSTRAINTS, "TSV-086"),
        "issuerSerial has the serial number, and the issuer of another certificate.",
        |f| {
            named(f, |f, hash| {
                let other = value(0xa4, issuer_of(&f.certificate("intermediate")));
                vec![hash, issuer_serial(&other, serial(f))]
            })
        },
    )
    .row(11),
    case(
        "ess-issuer-serial-no-name",
        by(CONSTRAINTS, "TSV-086"),
        "issuerSerial has the serial number and no name.",
        |f| named(f, |f, hash| vec![hash, issuer_serial(&[], serial(f))]),
    )
    .row(11),
    case(
        "ess-issuer-serial-right",
        crate::case::PASSED,
        "issuerSerial is the certificate's.",
        |f| {
            named(f, |f, hash| {
                vec![hash, issuer_serial(&issuer(f), serial(f))]
            })
        },
    )
    .row(0),
    case(
        "ess-both-versions",
        crate::case::PASSED,
        "Both versions, and both right.",
        |f| {
            let v1 = ess_v1(&f.certificate("tsa-p256"));
            Input::new(f, Token::sound(f).and(ESS_V1, &[v1]).signed())
        },
    )
    .row(0),
    case(
        "ess-v1-only",
        noted(&["TSV-082"]),
        "Version 1 alone, as before RFC 5816.",
        |f| {
            let v1 = attribute(ESS_V1, &[ess_v1(&f.certificate("tsa-p256"))]);
            Input::new(
                f,
                Token::sound(f)
                    .without(ESS_V2)
                    .with(|t| t.attributes.push(v1))
                    .signed(),
            )
        },
    )
    .row(0),
    case(
        "ess-v2-by-sha-1",
        odd(&["TSV-082"]),
        "Version 2, with a digest by SHA-1.",
        |f| {
            let hash = octets(&Digest::Sha1.of(&f.certificate("tsa-p256")));
            let list = ess_list(&[Digest::Sha1.identifier(), hash]);
            Input::new(f, Token::sound(f).but(ESS_V2, &[list]).signed())
        },
    )
    .row(0),
];
