//! Rows 40 and 47: names, and what they do to a report.

use crate::ber::{explicit, integer, oid, sequence, set_of, utf8, value};
use crate::case::{Case, Input, PASSED, by, case, content, odd};
use crate::certificate::{Draft, name, subject_of};
use crate::statement::{Statement, directory_name};
use crate::{Forge, Token};

const CONSTRAINTS: &str = "SIG_CONSTRAINTS_FAILURE";

/// The sound statement with this `tsa`.
fn called(f: &Forge, tsa: Vec<u8>) -> Vec<u8> {
    Statement::sound(f).with(|s| s.tsa = tsa).encoded()
}

fn subject(f: &Forge) -> Vec<u8> {
    subject_of(&f.certificate("tsa-p256")).to_vec()
}

/// The name with its parts in another order.
fn reversed(f: &Forge) -> Vec<u8> {
    let subject = subject(f);
    let mut parts = crate::ber::fields(&subject);
    parts.reverse();
    value(0x30, &parts.concat())
}

/// The name with its common name as this string type.
fn common_name_as(tag: u8, text: &str) -> Vec<u8> {
    let part = |kind: &str, text| set_of(&[sequence(&[oid(kind), text])]);
    sequence(&[
        part("2.5.4.6", value(19, b"CN")),
        part("2.5.4.10", utf8("TSA Development PKI")),
        part("2.5.4.3", value(tag, text.as_bytes())),
    ])
}

/// A sound token by an authority of this name.
fn by_authority(f: &Forge, text: &str) -> Input {
    let signer = Draft::signer(f, text).issued(f);
    Input::new(
        f,
        Token::by_tsa_p256(f, &signer, &[f.certificate("intermediate")]).signed(),
    )
}

pub(super) const CASES: &[Case] = &[
    content(
        "tsa-of-another",
        by(CONSTRAINTS, "TSV-110"),
        "The name of another signer.",
        |f| called(f, directory_name(subject_of(&f.certificate("tsa-p384")))),
    )
    .row(40),
    content(
        "tsa-issuer",
        by(CONSTRAINTS, "TSV-110"),
        "The name of the signer's issuer.",
        |f| {
            called(
                f,
                directory_name(subject_of(&f.certificate("intermediate"))),
            )
        },
    )
    .row(40),
    content(
        "tsa-order-swapped",
        by(CONSTRAINTS, "TSV-110"),
        "Its parts in another order.",
        |f| called(f, directory_name(&reversed(f))),
    )
    .row(40),
    content(
        "tsa-one-part-less",
        by(CONSTRAINTS, "TSV-110"),
        "The common name alone.",
        |f| called(f, directory_name(&name(&[("2.5.4.3", "TSA P-256")]))),
    )
    .row(40),
    content(
        "tsa-empty-name",
        by(CONSTRAINTS, "TSV-110"),
        "A directoryName of no parts.",
        |f| called(f, directory_name(&sequence(&[]))),
    )
    .row(40),
    content(
        "tsa-dns-name",
        by(CONSTRAINTS, "TSV-110"),
        "A dNSName.",
        |f| called(f, explicit(0, &value(0x82, b"tsa.example"))),
    )
    .row(40),
    content(
        "tsa-edi-party-name",
        by(CONSTRAINTS, "TSV-110"),
        "An EDIPartyName.",
        |f| {
            let party = explicit(1, &utf8("TSA P-256"));
            called(f, explicit(0, &value(0xa5, &party)))
        },
    )
    .row(40),
    content(
        "tsa-x400-address",
        by(CONSTRAINTS, "TSV-110"),
        "An x400Address.",
        |f| called(f, explicit(0, &value(0xa3, &sequence(&[])))),
    )
    .row(40),
    content(
        "tsa-other-name",
        by(CONSTRAINTS, "TSV-110"),
        "An otherName.",
        |f| {
            let other = [oid("1.3.6.1.4.1.32473.4"), explicit(0, &integer(1))].concat();
            called(f, explicit(0, &value(0xa0, &other)))
        },
    )
    .row(40),
    content("tsa-absent", PASSED, "No name.", |f| called(f, Vec::new())).row(0),
    content(
        "tsa-in-another-encoding",
        odd(&["TSV-110"]),
        "The same name, its common name as a PrintableString.",
        |f| called(f, directory_name(&common_name_as(19, "TSA P-256"))),
    )
    .row(0),
    content(
        "tsa-in-another-case",
        odd(&["TSV-110"]),
        "The same name by RFC 5280, 7.1, in other letters.",
        |f| called(f, directory_name(&common_name_as(12, "tsa p-256"))),
    )
    .row(0),
    content(
        "tsa-homoglyph",
        by(CONSTRAINTS, "TSV-110"),
        "A Cyrillic letter in the common name, which looks like the Latin one.",
        |f| called(f, directory_name(&common_name_as(12, "TS\u{410} P-256"))),
    )
    .row(47),
    case(
        "name-control-characters",
        PASSED,
        "Escapes that colour and erase a terminal.",
        |f| by_authority(f, "A\u{1b}[2J\u{1b}[31m\u{7}\u{8}\u{9b}31mTSA"),
    )
    .row(47),
    case(
        "name-line-breaks",
        PASSED,
        "Lines that look like a verdict.",
        |f| by_authority(f, "TSA\r\nVerdict: TOTAL-PASSED\n\u{2028}\u{85}x"),
    )
    .row(47),
    case(
        "name-right-to-left",
        PASSED,
        "Marks that turn the direction of writing.",
        |f| by_authority(f, "TSA \u{202e}fdp.exe\u{202c} \u{2066}x\u{2069}\u{200f}"),
    )
    .row(47),
    case("name-html", PASSED, "A script.", |f| {
        by_authority(
            f,
            "<script>alert('x')</script><img src=x onerror=alert(1)>&amp;",
        )
    })
    .row(47),
    case(
        "name-homoglyphs",
        PASSED,
        "Letters of other scripts that look like Latin ones.",
        |f| by_authority(f, "Т\u{405}\u{410} Р-256 \u{ff34}\u{ff33}\u{ff21}"),
    )
    .row(47),
    case(
        "name-zero-width",
        PASSED,
        "Characters without a shape, and marks upon marks.",
        |f| {
            by_authority(
                f,
                "T\u{200b}S\u{200d}A\u{feff} a\u{300}\u{301}\u{302}\u{489}\u{e0041}",
            )
        },
    )
    .row(47),
    case("name-nul", PASSED, "A NUL inside.", |f| {
        by_authority(f, "TSA\0.example")
    })
    .row(47),
    case("name-empty", PASSED, "A common name of no letters.", |f| {
        by_authority(f, "")
    })
    .row(47),
    case(
        "status-string-control-characters",
        PASSED,
        "Words to the client that write on its terminal.",
        |f| {
            let words = sequence(&[utf8("\u{1b}[2Jgranted\r\n\u{202e}dellecnac")]);
            let status = sequence(&[integer(0), words]);
            Input::new(f, sequence(&[status, Token::sound(f).signed()]))
        },
    )
    .row(47)
    .response(),
    content(
        "tsa-control-characters",
        by(CONSTRAINTS, "TSV-110"),
        "A dNSName that writes on the terminal.",
        |f| called(f, explicit(0, &value(0x82, b"\x1b[2Jtsa\r\n.example"))),
    )
    .row(47),
    case(
        "name-two-attributes-in-one-part",
        PASSED,
        "A common name and an organization as one part of the name.",
        |f| {
            let both = set_of(&[
                sequence(&[oid("2.5.4.3"), utf8("TSA")]),
                sequence(&[oid("2.5.4.10"), utf8("House")]),
            ]);
            let signer = Draft::signer(f, "")
                .with(|d| d.subject = sequence(&[both]))
                .issued(f);
            let above = [f.certificate("intermediate")];
            Input::new(f, Token::by_tsa_p256(f, &signer, &above).signed())
        },
    )
    .row(0),
];
