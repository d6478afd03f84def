//! Rows 31 to 39: what a token states, and what it was asked.

use crate::ber::{NULL, TRUE, explicit, integer, octets, oid, sequence, unsigned, value};

use crate::case::{Case, Expect, Input, PASSED, by, by_all, case, content, noted, odd};
use crate::sign::{Digest, algorithm};
use crate::statement::{CONTENT, NONCE, Statement, imprint_of, unknown_extension};
use crate::token::UNKNOWN;
use crate::{Forge, Token};

const FORMAT: &str = "FORMAT_FAILURE";

const HASH: &str = "HASH_FAILURE";

/// What cannot be read is refused by the check of that.
const UNREADABLE: Expect = by(FORMAT, "TSV-040");

/// The sound statement with a change, encoded.
fn stating(f: &Forge, change: impl FnOnce(&mut Statement)) -> Vec<u8> {
    Statement::sound(f).with(change).encoded()
}

/// With this imprint by SHA-256.
fn hashed(f: &Forge, hash: &[u8]) -> Vec<u8> {
    stating(f, |s| {
        s.imprint = imprint_of(&Digest::Sha256.identifier(), hash);
    })
}

fn sha256() -> Vec<u8> {
    Digest::Sha256.of(CONTENT)
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
                s.imprint = imprint_of(&algorithm("1.3.6.1.4.1.32473.9"), &sha256());
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
                s.imprint = imprint_of(&sequence(&[padded]), &sha256());
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
                s.imprint = imprint_of(&Digest::Sha256.identifier_null(), &sha256());
            })
        },
    )
    .row(0),
    content("imprint-missing", UNREADABLE, "No messageImprint.", |f| {
        stating(f, |s| s.imprint.clear())
    })
    .row(32)
    .decode("TSTInfo: messageImprint: SEQUENCE expected, INTEGER found at byte 10"),
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
