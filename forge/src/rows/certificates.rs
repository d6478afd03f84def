//! Rows 20 to 28: the signer's certificate, and those above it.

use super::chain::under_draft;
use crate::ber::{explicit, integer, sequence};
use crate::case::{Case, Expect, Input, PASSED, by, by_all, case, noted};
use crate::certificate::{Draft, issuer_of, key_usage, purposes};
use crate::sign::{Digest, Scheme};
use crate::{Forge, Token};

const CHAIN: &str = "CHAIN_CONSTRAINTS_FAILURE";

const PURPOSE: Expect = by(CHAIN, "PKX-020");

const ABOVE: &[&str] = &["intermediate"];

const P256: Scheme = Scheme::Ecdsa(Digest::Sha256);

/// A token by a certificate of the test PKI.
fn signer(f: &Forge, name: &str) -> Input {
    Input::new(f, Token::by_certificate(f, name, ABOVE).signed())
}

/// A token by a certificate under another intermediate than the usual one.
fn under(f: &Forge, name: &str, above: &[&str]) -> Input {
    Input::new(f, Token::by_certificate(f, name, above).signed())
}

/// A token by a certificate made here.
fn draft(f: &Forge, change: impl FnOnce(&mut Draft)) -> Input {
    let signer = Draft::signer(f, "Drafted").with(change).issued(f);
    Input::new(
        f,
        Token::by_tsa_p256(f, &signer, &[f.certificate("intermediate")]).signed(),
    )
}

pub(super) const CASES: &[Case] = &[
    case("eku-missing", PURPOSE, "No extended key usage.", |f| {
        signer(f, "bad-eku-missing")
    })
    .row(20),
    case(
        "eku-not-critical",
        PURPOSE,
        "timeStamping, but not critical.",
        |f| signer(f, "bad-eku-not-critical"),
    )
    .row(20),
    case("eku-any", PURPOSE, "anyExtendedKeyUsage.", |f| {
        signer(f, "bad-eku-any")
    })
    .row(20),
    case("eku-code-signing", PURPOSE, "codeSigning.", |f| {
        signer(f, "bad-eku-code-signing")
    })
    .row(20),
    case(
        "eku-time-stamping-and-server-auth",
        PURPOSE,
        "A known purpose more.",
        |f| signer(f, "bad-eku-timestamping-and-server-auth"),
    )
    .row(20),
    case(
        "eku-time-stamping-and-unknown",
        PURPOSE,
        "An unknown purpose more.",
        |f| signer(f, "bad-eku-timestamping-and-unknown"),
    )
    .row(20),
    case(
        "eku-time-stamping-and-any",
        PURPOSE,
        "anyExtendedKeyUsage beside it.",
        |f| {
            draft(f, |d| {
                d.extensions = vec![
                    key_usage(7, 0x80),
                    purposes(true, &["1.3.6.1.5.5.7.3.8", "2.5.29.37.0"]),
                ];
            })
        },
    )
    .row(20),
    case(
        "eku-time-stamping-twice",
        PURPOSE,
        "The right purpose, two times.",
        |f| {
            draft(f, |d| {
                let twice = ["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.8"];
                d.extensions = vec![key_usage(7, 0x80), purposes(true, &twice)];
            })
        },
    )
    .row(20),
    case(
        "eku-of-a-document-signer",
        PURPOSE,
        "A seal for documents has signed.",
        |f| {
            let above = [f.certificate("intermediate")];
            Input::new(
                f,
                Token::signed_by(f, &f.certificate("seal"), "seal", P256, &above).signed(),
            )
        },
    )
    .row(20),
    case(
        "eku-extension-twice",
        by(CHAIN, "PKX-038"),
        "The extension stands there twice.",
        |f| {
            draft(f, |d| {
                d.extensions.push(purposes(true, &["1.3.6.1.5.5.7.3.8"]));
            })
        },
    )
    .row(20),
    case(
        "ca-as-signer",
        by(CHAIN, "PKX-024"),
        "A CA has signed.",
        |f| signer(f, "bad-ca-as-signer"),
    )
    .row(21),
    case(
        "intermediate-as-signer",
        by_all(CHAIN, "PKX-020", &["PKX-022", "PKX-024"]),
        "The intermediate itself has signed.",
        |f| {
            let intermediate = f.certificate("intermediate");
            let scheme = Scheme::Ecdsa(Digest::Sha384);
            let token = Token::signed_by(f, &intermediate, "intermediate", scheme, &[]);
            Input::new(f, token.signed())
        },
    )
    .row(21),
    case(
        "key-usage-key-agreement",
        by(CHAIN, "PKX-022"),
        "keyAgreement alone.",
        |f| signer(f, "bad-key-usage-key-agreement"),
    )
    .row(22),
    case(
        "key-usage-cert-sign",
        by_all(CHAIN, "PKX-022", &[]),
        "keyCertSign alone.",
        |f| signer(f, "bad-key-usage-cert-sign"),
    )
    .row(22),
    case(
        "key-usage-more",
        by(CHAIN, "PKX-022"),
        "keyEncipherment besides.",
        |f| {
            draft(f, |d| {
                d.extensions = vec![key_usage(5, 0xa0), purposes(true, &["1.3.6.1.5.5.7.3.8"])];
            })
        },
    )
    .row(22),
    case(
        "key-usage-non-repudiation",
        PASSED,
        "nonRepudiation alone is fine.",
        |f| signer(f, "odd-key-usage-non-repudiation-only"),
    )
    .row(22),
    case(
        "key-usage-absent",
        PASSED,
        "No key usage restricts the key.",
        |f| {
            draft(f, |d| {
                d.extensions = vec![purposes(true, &["1.3.6.1.5.5.7.3.8"])];
            })
        },
    )
    .row(0),
    case(
        "signer-expired",
        by("EXPIRED", "PKX-026"),
        "It ended before genTime.",
        |f| signer(f, "bad-expired"),
    )
    .row(23),
    case(
        "signer-not-yet-valid",
        by("NOT_YET_VALID", "PKX-026"),
        "It begins later.",
        |f| signer(f, "bad-not-yet-valid"),
    )
    .row(23),
    case(
        "signer-expired-by-a-fraction",
        by("EXPIRED", "PKX-026"),
        "It ended one second before genTime.",
        |f| draft(f, |d| d.not_after = "20260510132140Z"),
    )
    .row(23),
    case(
        "signer-ends-in-that-second",
        noted(&["PKX-060"]),
        "It ends with the second of genTime.",
        |f| draft(f, |d| d.not_after = "20260510132141Z"),
    )
    .row(0),
    case(
        "issuer-expired",
        by(CHAIN, "PKX-032"),
        "The intermediate had ended.",
        |f| {
            under(
                f,
                "bad-under-intermediate-expired",
                &["bad-intermediate-expired"],
            )
        },
    )
    .row(23),
    case(
        "issuer-not-yet-valid",
        by(CHAIN, "PKX-032"),
        "The intermediate begins later.",
        |f| under_draft(f, |d| d.not_before = "20270101000000Z"),
    )
    .row(23),
    case(
        "expired-today",
        noted(&["PKX-060"]),
        "Judged in 2040; the signer's certificate ended in 2035, long after genTime.",
        |f| super::sound(f, |_| {}).with(|input| input.at = "2040-01-01T00:00:00Z"),
    )
    .row(24),
    case(
        "expired-today-with-its-root",
        noted(&["PKX-060"]),
        "Judged in 2050, when no certificate of the chain is valid any more.",
        |f| super::sound(f, |_| {}).with(|input| input.at = "2050-01-01T00:00:00Z"),
    )
    .row(24),
    case(
        "sid-with-the-serial-of-no-certificate",
        by("NO_SIGNING_CERTIFICATE_FOUND", "TSV-080"),
        "sid has the serial number of no certificate.",
        |f| {
            super::sound(f, |t| {
                let issuer = issuer_of(&f.certificate("tsa-p256")).to_vec();
                t.sid = sequence(&[issuer, integer(0x7fff)]);
            })
        },
    )
    .row(3),
    case(
        "certificate-unreadable",
        by("NO_SIGNING_CERTIFICATE_FOUND", "TSV-080"),
        "The signer's certificate is a SEQUENCE that is none.",
        |f| {
            super::sound(f, |t| {
                t.certificates = vec![sequence(&[explicit(0, &integer(2))])];
            })
        },
    )
    .row(2),
];
