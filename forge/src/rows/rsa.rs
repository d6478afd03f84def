//! Rows 13 and 14: RSA signatures that are not, and PSS that is not what it says.

use crate::ber::{content, octets, oid, sequence, value};
use crate::case::{Case, Expect, Input, by, case, odd};
use crate::certificate::{Draft, modulus_of, rsa_public_key};
use crate::cube::cube_root;
use crate::sign::{Digest, Pss, Scheme, algorithm, digest_info, pkcs1_block, rsa_power};
use crate::{Forge, Token};

const CRYPTO: &str = "SIG_CRYPTO_FAILURE";

const BROKEN: Expect = by(CRYPTO, "TSV-094");

const RSA: Scheme = Scheme::RsaPkcs1(Digest::Sha256);

/// A token with a signature made from what it should cover.
fn signed(f: &Forge, token: Token<'_>, make: impl FnOnce(&[u8]) -> Vec<u8>) -> Input {
    let signature = make(&token.to_be_signed());
    Input::new(f, token.with(|t| t.signature = Some(signature)).signed())
}

fn rsa(f: &Forge) -> Token<'_> {
    Token::by_key(f, "tsa-rsa3072", RSA)
}

/// The key's power of a block.
fn power(f: &Forge, block: &[u8]) -> Vec<u8> {
    match f.key("tsa-rsa3072") {
        Some(tsa_certs::TestKey::Rsa(key)) => rsa_power(key, block),
        _ => Vec::new(),
    }
}

/// A signature over this in place of `DigestInfo`.
fn info(f: &Forge, make: fn(Vec<u8>) -> Vec<u8>) -> Input {
    signed(f, rsa(f), |message| {
        power(f, &pkcs1_block(384, &make(Digest::Sha256.of(message))))
    })
}

/// A signature over this block.
fn block(f: &Forge, make: fn(Vec<u8>) -> Vec<u8>) -> Input {
    signed(f, rsa(f), |message| {
        power(
            f,
            &make(digest_info(Digest::Sha256, &Digest::Sha256.of(message))),
        )
    })
}

/// The padding behind a digest, as long as it takes.
fn behind(head: &[u8], filler: u8) -> Vec<u8> {
    let mut block = head.to_vec();
    block.resize(384, filler);
    block
}

/// A token by a certificate with an exponent of 3, signed without its key.
fn exponent_3(f: &Forge, head: fn(Vec<u8>) -> Vec<u8>) -> Input {
    let modulus = modulus_of(&f.certificate("tsa-rsa3072"));
    let draft = Draft::signer(f, "Exponent 3").with(|d| d.public_key = rsa_public_key(&modulus, 3));
    let above = [f.certificate("intermediate")];
    let token = Token::signed_by(f, &draft.issued(f), "tsa-rsa3072", RSA, &above);
    signed(f, token, |message| {
        let info = digest_info(Digest::Sha256, &Digest::Sha256.of(message));
        cube_root(&behind(&head(info), 0xff))
    })
}

/// A token whose parameters say one thing and whose signature is made by another.
fn pss(f: &Forge, stated: Pss, used: Pss) -> Input {
    let token = Token::by_key(f, "tsa-rsa3072", Scheme::RsaPss(stated));
    signed(f, token, |message| {
        f.sign("tsa-rsa3072", Scheme::RsaPss(used), message)
    })
}

/// A sound signature by PSS, called otherwise.
fn pss_called(f: &Forge, identifier: Vec<u8>) -> Input {
    let token = Token::by_key(f, "tsa-rsa3072", Scheme::RsaPss(Pss::SHA256));
    Input::new(
        f,
        token.with(|t| t.signature_algorithm = identifier).signed(),
    )
}

pub(super) const CASES: &[Case] = &[
    case(
        "rsa-exponent-3-garbage-behind-the-digest",
        BROKEN,
        "A cube root: padding of 8 bytes, the digest, and garbage to the end.",
        |f| {
            exponent_3(f, |info| {
                [vec![0, 1], vec![0xff; 8], vec![0], info].concat()
            })
        },
    )
    .row(13),
    case(
        "rsa-exponent-3-no-padding",
        BROKEN,
        "A cube root: no padding, the digest, and garbage to the end.",
        |f| exponent_3(f, |info| [vec![0, 1, 0], info].concat()),
    )
    .row(13),
    case(
        "rsa-garbage-behind-the-digest",
        BROKEN,
        "Padding of 8 bytes, then garbage.",
        |f| {
            block(f, |info| {
                behind(&[vec![0, 1], vec![0xff; 8], vec![0], info].concat(), 0x5a)
            })
        },
    )
    .row(13),
    case(
        "rsa-garbage-in-digest-info",
        BROKEN,
        "A NULL behind the digest, inside.",
        |f| {
            info(f, |hash| {
                let info = digest_info(Digest::Sha256, &hash);
                value(0x30, &[content(&info), &[5, 0]].concat())
            })
        },
    )
    .row(13),
    case(
        "rsa-garbage-in-the-parameters",
        BROKEN,
        "Parameters that are not NULL.",
        |f| {
            info(f, |hash| {
                let odd = sequence(&[oid("2.16.840.1.101.3.4.2.1"), octets(&[0x5a; 40])]);
                sequence(&[odd, octets(&hash)])
            })
        },
    )
    .row(13),
    case(
        "rsa-missing-null",
        BROKEN,
        "DigestInfo without the parameters NULL.",
        |f| {
            info(f, |hash| {
                sequence(&[Digest::Sha256.identifier(), octets(&hash)])
            })
        },
    )
    .row(13),
    case(
        "rsa-digest-info-not-der",
        BROKEN,
        "A length of DigestInfo in two bytes.",
        |f| {
            info(f, |hash| {
                let info = digest_info(Digest::Sha256, &hash);
                crate::ber::long_length(0x30, content(&info))
            })
        },
    )
    .row(13),
    case(
        "rsa-digest-without-info",
        BROKEN,
        "The bare digest behind the padding.",
        |f| info(f, |hash| hash),
    )
    .row(13),
    case(
        "rsa-digest-info-of-another-algorithm",
        BROKEN,
        "DigestInfo says SHA-512.",
        |f| info(f, |hash| digest_info(Digest::Sha512, &hash)),
    )
    .row(13),
    case(
        "rsa-block-type-2",
        BROKEN,
        "The block begins as one that is encrypted.",
        |f| {
            block(f, |info| {
                let mut block = pkcs1_block(384, &info);
                if let Some(kind) = block.get_mut(1) {
                    *kind = 2;
                }
                block
            })
        },
    )
    .row(13),
    case(
        "rsa-padding-not-ff",
        BROKEN,
        "One byte of the padding is zero.",
        |f| {
            block(f, |info| {
                let mut block = pkcs1_block(384, &info);
                if let Some(filler) = block.get_mut(20) {
                    *filler = 0;
                }
                block
            })
        },
    )
    .row(13),
    case(
        "rsa-signature-longer",
        BROKEN,
        "A zero byte before the signature.",
        |f| {
            let token = rsa(f);
            let longer = [vec![0], token.to_signature()].concat();
            signed(f, token, |_| longer)
        },
    )
    .row(13),
    case("rsa-signature-of-zeros", BROKEN, "384 zero bytes.", |f| {
        signed(f, rsa(f), |_| vec![0; 384])
    })
    .row(13),
    case(
        "pss-parameters-say-a-shorter-salt",
        BROKEN,
        "The parameters say 20 bytes of salt, the signature has 32.",
        |f| {
            pss(
                f,
                Pss {
                    salt_bytes: 20,
                    ..Pss::SHA256
                },
                Pss::SHA256,
            )
        },
    )
    .row(14),
    case(
        "pss-parameters-say-a-longer-salt",
        BROKEN,
        "The parameters say 32 bytes of salt, the signature has 20.",
        |f| {
            pss(
                f,
                Pss::SHA256,
                Pss {
                    salt_bytes: 20,
                    ..Pss::SHA256
                },
            )
        },
    )
    .row(14),
    case(
        "pss-parameters-say-another-digest",
        BROKEN,
        "The parameters say SHA-512, the signature is by SHA-256.",
        |f| {
            pss(
                f,
                Pss {
                    digest: Digest::Sha512,
                    ..Pss::SHA256
                },
                Pss::SHA256,
            )
        },
    )
    .row(14),
    case(
        "pss-parameters-say-another-mask",
        BROKEN,
        "The parameters say MGF1 by SHA-512, the signature is by SHA-256.",
        |f| {
            pss(
                f,
                Pss {
                    mask: Digest::Sha512,
                    ..Pss::SHA256
                },
                Pss::SHA256,
            )
        },
    )
    .row(14),
    case(
        "pss-without-parameters",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-098"),
        "No parameters, which RFC 4055, 3.1 requires in a signature.",
        |f| pss_called(f, algorithm("1.2.840.113549.1.1.10")),
    )
    .row(14),
    case(
        "pss-trailer-2",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-098"),
        "A trailerField of 2.",
        |f| pss_called(f, Pss::SHA256.identifier_with_trailer(2)),
    )
    .row(14),
    case(
        "pss-called-pkcs1",
        BROKEN,
        "A signature by PSS that is called PKCS #1 v1.5.",
        |f| pss_called(f, RSA.identifier()),
    )
    .row(14),
    case(
        "pkcs1-called-pss",
        BROKEN,
        "A signature by PKCS #1 v1.5 that is called PSS.",
        |f| {
            Input::new(
                f,
                rsa(f)
                    .with(|t| t.signature_algorithm = Pss::SHA256.identifier())
                    .signed(),
            )
        },
    )
    .row(14),
    case(
        "pss-short-salt",
        odd(&["TSV-098"]),
        "A salt of 20 bytes, shorter than the digest.",
        |f| {
            let short = Pss {
                salt_bytes: 20,
                ..Pss::SHA256
            };
            pss(f, short, short)
        },
    )
    .row(14),
    case("pss-no-salt", odd(&["TSV-098"]), "No salt.", |f| {
        let none = Pss {
            salt_bytes: 0,
            ..Pss::SHA256
        };
        pss(f, none, none)
    })
    .row(14),
    case(
        "pss-other-mask",
        odd(&["TSV-098"]),
        "MGF1 by SHA-512, the digest by SHA-256.",
        |f| {
            let other = Pss {
                mask: Digest::Sha512,
                ..Pss::SHA256
            };
            pss(f, other, other)
        },
    )
    .row(14),
];
