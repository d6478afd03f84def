//! Rows 18, 19 and 41 to 43: what is around the statement and the token.

use super::sound;
use crate::ber::{explicit, generalized_time, integer, oid, replaced, sequence, utf8, value};
use crate::case::{Case, Expect, Input, PASSED, by, case, content, noted, odd};
use crate::sign::{Digest, Scheme};
use crate::statement::{CONTENT, Statement, imprint};
use crate::token::{SIGNED_DATA, SIGNING_TIME, TIME_STAMP_TOKEN, attribute};
use crate::{Forge, Token};

const FORMAT: &str = "FORMAT_FAILURE";
const UNREADABLE: Expect = by(FORMAT, "TSV-010");

/// A response of these parts.
fn response(f: &Forge, status: &[Vec<u8>], token: &[u8]) -> Input {
    Input::new(f, sequence(&[sequence(status), token.to_vec()]))
}

/// A response with this status number and the sound token.
fn with_token(f: &Forge, status: i64) -> Input {
    response(f, &[integer(status)], &Token::sound(f).signed())
}

/// A response with this status number alone.
fn alone(f: &Forge, status: i64) -> Input {
    response(f, &[integer(status)], &[])
}

/// `failInfo` with badAlg.
fn bad_algorithm() -> Vec<u8> {
    value(3, &[7, 0x80])
}

/// A token by another signer about the same file, at another time.
fn other_token(f: &Forge, time: &str) -> Vec<u8> {
    let signer = f.certificate("tsa-p384");
    let content = Statement::by(&signer)
        .with(|s| s.gen_time = generalized_time(time))
        .encoded();
    let scheme = Scheme::Ecdsa(Digest::Sha384);
    let token = Token::by_key(f, "tsa-p384", scheme);
    let digest = crate::ber::octets(&Digest::Sha384.of(&content));
    let token = token.but(crate::token::MESSAGE_DIGEST, &[digest]);
    token.with(|t| t.content = content).signed()
}

const fn status_case(
    name: &'static str,
    expect: Expect,
    comment: &'static str,
    build: fn(&Forge) -> Input,
) -> Case {
    case(name, expect, comment, build).row(42).response()
}

pub(super) const CASES: &[Case] = &[
    case(
        "content-detached",
        by("SIGNED_DATA_NOT_FOUND", "TSV-036"),
        "The content is left out.",
        |f| sound(f, |t| t.content_sent = Some(Vec::new())),
    )
    .row(18)
    .decode("TSTInfo: eContent: detached at byte 0"),
    case(
        "content-empty",
        Expect::Refused {
            verdict: "TOTAL-FAILED",
            reason: FORMAT,
            code: "TSV-040",
            also: &["TSV-074"],
        },
        "An OCTET STRING of no bytes where the content should be.",
        |f| {
            sound(f, |t| {
                t.content_sent = Some(explicit(0, &crate::ber::octets(&[])));
            })
        },
    )
    .row(18)
    .decode("TSTInfo: the input ends inside a value at byte 0"),
    case(
        "content-not-octets",
        by(FORMAT, "TSV-030"),
        "The content is the SEQUENCE itself, without an OCTET STRING around it.",
        |f| sound(f, |t| t.content_sent = Some(explicit(0, &t.content))),
    )
    .row(18)
    .decode("eContent: not an OCTET STRING at byte 60"),
    case(
        "unsigned-token-of-earlier",
        PASSED,
        "An unsigned attribute holds a token of a year before; this one's time counts.",
        |f| {
            sound(f, |t| {
                let earlier = other_token(f, "20250510132141Z");
                t.unsigned = vec![attribute(TIME_STAMP_TOKEN, &[earlier])];
            })
        },
    )
    .row(19),
    case(
        "unsigned-signing-time",
        PASSED,
        "signingTime stands among the unsigned attributes, a year before.",
        |f| {
            sound(f, |t| {
                t.unsigned = vec![attribute(SIGNING_TIME, &[value(23, b"250510132141Z")])];
            })
        },
    )
    .row(19),
    case(
        "unsigned-attributes-stand-for-signed-ones",
        by(FORMAT, "TSV-072"),
        "contentType stands among the unsigned attributes only.",
        |f| {
            Input::new(
                f,
                Token::sound(f)
                    .without(crate::token::CONTENT_TYPE)
                    .with(|t| {
                        let attribute =
                            attribute(crate::token::CONTENT_TYPE, &[oid(crate::token::TST_INFO)]);
                        t.unsigned = vec![attribute];
                    })
                    .signed(),
            )
        },
    )
    .row(19),
    case(
        "unsigned-certificate-identifier",
        by("SIG_CONSTRAINTS_FAILURE", "TSV-082"),
        "SigningCertificateV2 stands among the unsigned attributes only.",
        |f| {
            Input::new(
                f,
                Token::sound(f)
                    .without(crate::token::ESS_V2)
                    .with(|t| {
                        let list = crate::token::ess_v2(&f.certificate("tsa-p256"));
                        t.unsigned = vec![attribute(crate::token::ESS_V2, &[list])];
                    })
                    .signed(),
            )
        },
    )
    .row(19),
    case(
        "unsigned-token-vouches-for-an-untrusted-signer",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "The signer has no chain; a trusted token is attached to it.",
        |f| {
            let root = f.certificate("bad-unrelated-root");
            let draft = crate::certificate::Draft::signer(f, "Attacker").under(&root);
            let signer = draft.signed(f, "unrelated-root", Scheme::Ecdsa(Digest::Sha256));
            let trusted = other_token(f, "20260510132141Z");
            let token = Token::by_tsa_p256(f, &signer, &[root]);
            Input::new(
                f,
                token
                    .with(|t| {
                        t.unsigned = vec![attribute(TIME_STAMP_TOKEN, &[trusted])];
                    })
                    .signed(),
            )
        },
    )
    .row(19),
    content(
        "trailing-bytes-in-the-content",
        by(FORMAT, "TSV-040"),
        "Two bytes behind the TSTInfo, inside of the OCTET STRING.",
        |f| [Statement::sound(f).encoded(), vec![5, 0]].concat(),
    )
    .row(41)
    .decode("TSTInfo: 2 bytes follow the value at byte 170"),
    case(
        "trailing-bytes-after-the-token",
        UNREADABLE,
        "Two bytes behind the token.",
        |f| Input::new(f, [Token::sound(f).signed(), vec![5, 0]].concat()),
    )
    .row(41)
    .decode("2 bytes follow the value at byte 1678"),
    case(
        "two-tokens",
        UNREADABLE,
        "Another token behind the token.",
        |f| {
            Input::new(
                f,
                [Token::sound(f).signed(), other_token(f, "20250510132141Z")].concat(),
            )
        },
    )
    .row(41)
    .decode("1753 bytes follow the value at byte 1678"),
    case(
        "trailing-bytes-after-the-response",
        UNREADABLE,
        "Two bytes behind it.",
        |f| with_token(f, 0).with(|input| input.bytes.extend([5, 0])),
    )
    .row(41)
    .response()
    .decode("2 bytes follow the value at byte 1687"),
    case(
        "trailing-value-in-the-response",
        UNREADABLE,
        "A value behind the token, inside of the response.",
        |f| {
            let parts = [Token::sound(f).signed(), vec![5, 0]].concat();
            response(f, &[integer(0)], &parts)
        },
    )
    .row(41)
    .response()
    .decode("TimeStampResp holds an unexpected NULL at byte 1687"),
    case(
        "trailing-value-in-the-token",
        by(FORMAT, "TSV-030"),
        "A value behind the SignedData, inside of the ContentInfo.",
        |f| {
            let token = Token::sound(f).signed();
            Input::new(
                f,
                value(0x30, &[crate::ber::content(&token), &[5, 0]].concat()),
            )
        },
    )
    .row(41)
    .decode("ContentInfo holds an unexpected NULL at byte 1678"),
    status_case(
        "rejection-with-token",
        by(FORMAT, "TSV-020"),
        "Status 2 and a token.",
        |f| with_token(f, 2),
    ),
    status_case(
        "waiting-with-token",
        by(FORMAT, "TSV-020"),
        "Status 3 and a token.",
        |f| with_token(f, 3),
    ),
    status_case(
        "warning-with-token",
        by(FORMAT, "TSV-020"),
        "Status 4 and a token.",
        |f| with_token(f, 4),
    ),
    status_case(
        "notification-with-token",
        by(FORMAT, "TSV-020"),
        "Status 5 and a token.",
        |f| with_token(f, 5),
    ),
    status_case("status-6", UNREADABLE, "A status that nobody knows.", |f| {
        with_token(f, 6)
    })
    .decode("status: not one of the six that RFC 3161 knows at byte 6"),
    status_case(
        "status-256",
        UNREADABLE,
        "Granted in the last byte of 256.",
        |f| with_token(f, 256),
    )
    .decode("status: not one of the six that RFC 3161 knows at byte 6"),
    status_case("status-negative", UNREADABLE, "Status -1.", |f| {
        with_token(f, -1)
    })
    .decode("status: not one of the six that RFC 3161 knows at byte 6"),
    status_case(
        "granted-without-token",
        by(FORMAT, "TSV-020"),
        "Status 0 alone.",
        |f| alone(f, 0),
    ),
    status_case(
        "granted-with-mods-without-token",
        by(FORMAT, "TSV-020"),
        "Status 1 alone.",
        |f| alone(f, 1),
    ),
    status_case(
        "rejection",
        by(FORMAT, "TSV-020"),
        "An honest rejection proves nothing.",
        |f| {
            let words = sequence(&[utf8("unknown digest algorithm")]);
            response(f, &[integer(2), words, bad_algorithm()], &[])
        },
    ),
    status_case("waiting", by(FORMAT, "TSV-020"), "Status 3 alone.", |f| {
        alone(f, 3)
    }),
    status_case("granted", PASSED, "A sound response.", |f| with_token(f, 0)).row(0),
    status_case(
        "granted-with-mods",
        noted(&["TSV-020"]),
        "Status 1 and a token.",
        |f| with_token(f, 1),
    )
    .row(0),
    status_case(
        "granted-with-a-reason-for-failure",
        odd(&["TSV-020"]),
        "A token, and failInfo that says why there is none.",
        |f| {
            let token = Token::sound(f).signed();
            response(f, &[integer(0), bad_algorithm()], &token)
        },
    )
    .row(0),
    status_case("granted-with-words", PASSED, "Words for the client.", |f| {
        let words = sequence(&[utf8("Operation Okay"), utf8("操作成功")]);
        response(f, &[integer(0), words], &Token::sound(f).signed())
    })
    .row(0),
    case(
        "sound",
        PASSED,
        "The token that the others are made from.",
        |f| sound(f, |_| {}),
    )
    .row(0),
    case(
        "request-as-token",
        UNREADABLE,
        "A request where a token is expected.",
        |f| Input::new(f, sequence(&[integer(1), imprint(Digest::Sha256, CONTENT)])),
    )
    .row(43)
    .decode("status: SEQUENCE expected, INTEGER found at byte 2"),
    case(
        "certificate-as-token",
        UNREADABLE,
        "A certificate where a token is expected.",
        |f| Input::new(f, f.certificate("tsa-p256")),
    )
    .row(43)
    .decode("status: INTEGER expected, [0] found at byte 8"),
    case(
        "statement-as-token",
        UNREADABLE,
        "A TSTInfo where a token is expected.",
        |f| Input::new(f, Statement::sound(f).encoded()),
    )
    .row(43)
    .decode("status: SEQUENCE expected, INTEGER found at byte 3"),
    case(
        "response-in-a-response",
        by(FORMAT, "TSV-030"),
        "A response where its token is expected.",
        |f| response(f, &[integer(0)], &with_token(f, 0).bytes),
    )
    .row(43)
    .response()
    .decode("contentType: OBJECT IDENTIFIER expected, SEQUENCE found at byte 13"),
    case(
        "content-info-of-data",
        by(FORMAT, "TSV-030"),
        "A ContentInfo of id-data.",
        |f| {
            let inner = explicit(0, &crate::ber::octets(&Statement::sound(f).encoded()));
            Input::new(f, sequence(&[oid(crate::token::DATA), inner]))
        },
    )
    .row(43)
    .decode("content: not SignedData at byte 17"),
    case(
        "content-info-of-enveloped-data",
        by(FORMAT, "TSV-030"),
        "The contentType is id-envelopedData, though SignedData are inside.",
        |f| sound(f, |t| t.outer_type = "1.2.840.113549.1.7.3"),
    )
    .row(43),
    case(
        "signed-data-without-content-info",
        UNREADABLE,
        "SignedData without a ContentInfo around them.",
        |f| {
            let token = Token::sound(f).signed();
            let inner = crate::ber::field(&token, 1);
            Input::new(f, crate::ber::content(inner).to_vec())
        },
    )
    .row(43)
    .decode("status: SEQUENCE expected, INTEGER found at byte 4"),
    case(
        "content-type-gmt",
        odd(&["TSV-030"]),
        "The contentType is that of GM/T 0010.",
        |f| {
            let token = Token::sound(f).signed();
            let gmt = oid("1.2.156.10197.6.1.4.2.2");
            let longer = replaced(&token, &oid(SIGNED_DATA), &gmt);
            let inside = crate::ber::content(&longer);
            Input::new(f, value(0x30, inside))
        },
    )
    .row(0),
];
