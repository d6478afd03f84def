//! Rows 12 to 17: algorithms that disagree, and signatures that are not.

use p256::elliptic_curve::sec1::ToSec1Point as _;
use sm2::dsa::signature::Signer as _;

use crate::ber::{content, integer, octets, oid, sequence, unsigned, value};
use crate::case::{Case, Expect, Input, PASSED, by, case, odd};
use crate::certificate::{
    Draft, ec_public_key, ed25519_public_key, modulus_of, public_key_of, rsa_public_key,
};
use crate::cube::cube_root;
use crate::sign::{
    Digest, Pss, Scheme, algorithm, digest_info, ecdsa_value, pkcs1_block, rsa_power,
};
use crate::token::{MESSAGE_DIGEST, PROTECTION};
use crate::{Forge, Token};

const CRYPTO: &str = "SIG_CRYPTO_FAILURE";
const BROKEN: Expect = by(CRYPTO, "TSV-094");
const RSA: Scheme = Scheme::RsaPkcs1(Digest::Sha256);
const P256_CURVE: &str = "1.2.840.10045.3.1.7";
const P384_CURVE: &str = "1.3.132.0.34";
const SM2_CURVE: &str = "1.2.156.10197.1.301";
/// The neutral point of Ed25519, which is also a signature's R that any message has.
const NEUTRAL: [u8; 32] = {
    let mut point = [0; 32];
    point[0] = 1;
    point
};
/// A point of order 8.
const ORDER_8: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
    0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];
/// The order of the group, lowest byte first (RFC 8032 §5.1).
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];
/// The order of P-256 (FIPS 186-5).
const P256_ORDER: [u8; 33] = [
    0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

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

/// A sound token but for the two numbers of its signature.
fn ecdsa(f: &Forge, change: fn(&[u8], &[u8]) -> Vec<u8>) -> Input {
    let token = Token::sound(f);
    let signature = token.to_signature();
    let numbers = crate::ber::fields(&signature);
    let number = |index: usize| content(numbers.get(index).copied().unwrap_or_default());
    let signature = change(number(0), number(1));
    Input::new(f, token.with(|t| t.signature = Some(signature)).signed())
}

/// A token by `tsa-p256` with a certificate that has another public key.
fn with_public_key(f: &Forge, public_key: Vec<u8>) -> Input {
    let signer = Draft::signer(f, "Another Key")
        .with(|d| d.public_key = public_key)
        .issued(f);
    Input::new(
        f,
        Token::by_tsa_p256(f, &signer, &[f.certificate("intermediate")]).signed(),
    )
}

/// A token by a certificate for a point of small order, with the signature that fits any message.
fn small_order(f: &Forge, point: &[u8]) -> Input {
    let public_key = ed25519_public_key(point);
    let signer = Draft::signer(f, "Small Order")
        .with(|d| d.public_key = public_key)
        .issued(f);
    let above = [f.certificate("intermediate")];
    let token = Token::signed_by(f, &signer, "tsa-ed25519", Scheme::Ed25519, &above);
    signed(f, token, |_| [NEUTRAL, [0; 32]].concat())
}

/// A token by SM2 with SM3, the signer called so when the signature is made.
fn sm2(f: &Forge, identity: &str) -> Input {
    let Ok(key) = sm2::dsa::SigningKey::from_slice(identity, &[0x42; 32]) else {
        return Input::new(f, Vec::new());
    };
    let public_key = ec_public_key(SM2_CURVE, &key.verifying_key().to_sec1_bytes());
    let signer = Draft::signer(f, "SM2")
        .with(|d| d.public_key = public_key)
        .issued(f);
    let above = [f.certificate("intermediate")];
    let scheme = Scheme::Ecdsa(Digest::Sm3);
    let token = Token::signed_by(f, &signer, "none", scheme, &above);
    let token = token.with(|t| t.signature_algorithm = algorithm("1.2.156.10197.1.501"));
    signed(f, token, |message| {
        let signature: Result<sm2::dsa::Signature, _> = key.try_sign(message);
        let bytes = signature
            .map(|made| made.to_bytes().to_vec())
            .unwrap_or_default();
        let (r, s) = bytes.split_at(bytes.len() / 2);
        sequence(&[unsigned(r), unsigned(s)])
    })
}

/// The sound token with this in its CMSAlgorithmProtection.
fn protected(f: &Forge, fields: &[Vec<u8>]) -> Input {
    Input::new(
        f,
        Token::sound(f)
            .and(PROTECTION, &[sequence(fields)])
            .signed(),
    )
}

/// `signatureAlgorithm` in a CMSAlgorithmProtection.
fn by_scheme(tag: u8, scheme: Scheme) -> Vec<u8> {
    value(tag, content(&scheme.identifier()))
}

const P256: Scheme = Scheme::Ecdsa(Digest::Sha256);

pub(super) const CASES: &[Case] = &[
    case(
        "digest-algorithm-not-the-signatures",
        by("SIG_CONSTRAINTS_FAILURE", "TSV-090"),
        "digestAlgorithm is SHA-512, the signature ECDSA with SHA-256.",
        |f| {
            let token = Token::sound(f);
            let digest = octets(&Digest::Sha512.of(&token.content));
            let token = token.but(MESSAGE_DIGEST, &[digest]).with(|t| {
                t.digest_algorithm = Digest::Sha512.identifier();
                t.digest_algorithms = vec![Digest::Sha512.identifier()];
            });
            Input::new(f, token.signed())
        },
    )
    .row(12),
    case(
        "digest-algorithm-unknown",
        by("CRYPTO_CONSTRAINTS_FAILURE", "TSV-074"),
        "digestAlgorithm is one that nobody knows.",
        |f| super::sound(f, |t| t.digest_algorithm = algorithm("1.3.6.1.4.1.32473.9")),
    )
    .row(12),
    case(
        "signature-algorithm-not-the-keys",
        BROKEN,
        "signatureAlgorithm is RSA, the key is on P-256.",
        |f| super::sound(f, |t| t.signature_algorithm = RSA.identifier()),
    )
    .row(12),
    case(
        "algorithm-protection-other-digest",
        by(CRYPTO, "TSV-092"),
        "CMSAlgorithmProtection names SHA-512.",
        |f| protected(f, &[Digest::Sha512.identifier(), by_scheme(0xa1, P256)]),
    )
    .row(12),
    case(
        "algorithm-protection-other-signature",
        by(CRYPTO, "TSV-092"),
        "CMSAlgorithmProtection names ECDSA with SHA-384.",
        |f| {
            let other = by_scheme(0xa1, Scheme::Ecdsa(Digest::Sha384));
            protected(f, &[Digest::Sha256.identifier(), other])
        },
    )
    .row(12),
    case(
        "algorithm-protection-for-a-mac",
        by(CRYPTO, "TSV-092"),
        "CMSAlgorithmProtection names a MAC algorithm and no signature algorithm.",
        |f| protected(f, &[Digest::Sha256.identifier(), by_scheme(0xa2, P256)]),
    )
    .row(12),
    case(
        "algorithm-protection-unreadable",
        by(CRYPTO, "TSV-092"),
        "CMSAlgorithmProtection is an INTEGER.",
        |f| Input::new(f, Token::sound(f).and(PROTECTION, &[integer(1)]).signed()),
    )
    .row(12),
    case(
        "algorithm-protection-agrees",
        PASSED,
        "CMSAlgorithmProtection names the algorithms in use.",
        |f| protected(f, &[Digest::Sha256.identifier(), by_scheme(0xa1, P256)]),
    )
    .row(0),
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
    case("ecdsa-r-0", BROKEN, "r is 0.", |f| {
        ecdsa(f, |_, s| ecdsa_value(&[0], s))
    })
    .row(15),
    case("ecdsa-s-0", BROKEN, "s is 0.", |f| {
        ecdsa(f, |r, _| ecdsa_value(r, &[0]))
    })
    .row(15),
    case("ecdsa-r-and-s-0", BROKEN, "Both are 0.", |f| {
        ecdsa(f, |_, _| ecdsa_value(&[0], &[0]))
    })
    .row(15),
    case(
        "ecdsa-r-and-s-the-order",
        BROKEN,
        "Both are the order of the group.",
        |f| ecdsa(f, |_, _| ecdsa_value(&P256_ORDER, &P256_ORDER)),
    )
    .row(15),
    case("ecdsa-r-and-s-1", BROKEN, "Both are 1.", |f| {
        ecdsa(f, |_, _| ecdsa_value(&[1], &[1]))
    })
    .row(15),
    case("ecdsa-swapped", BROKEN, "s before r.", |f| {
        ecdsa(f, |r, s| ecdsa_value(s, r))
    })
    .row(15),
    case(
        "ecdsa-trailing-value",
        BROKEN,
        "A third value behind r and s.",
        |f| ecdsa(f, |r, s| sequence(&[value(2, r), value(2, s), integer(0)])),
    )
    .row(15),
    case(
        "ecdsa-trailing-bytes",
        BROKEN,
        "Two bytes behind the signature.",
        |f| ecdsa(f, |r, s| [ecdsa_value(r, s), vec![0, 0]].concat()),
    )
    .row(15),
    case("ecdsa-not-der", BROKEN, "r and s without their DER.", |f| {
        ecdsa(f, |r, s| [r, s].concat())
    })
    .row(15),
    case("ecdsa-empty", BROKEN, "No bytes.", |f| {
        ecdsa(f, |_, _| Vec::new())
    })
    .row(15),
    case(
        "curve-of-the-key-is-another",
        BROKEN,
        "The certificate holds a key on P-384; the signature is by one on P-256.",
        |f| with_public_key(f, public_key_of(&f.certificate("tsa-p384")).to_vec()),
    )
    .row(15),
    case(
        "curve-named-does-not-fit-the-point",
        BROKEN,
        "The certificate names P-384 for a point of P-256.",
        |f| {
            let bits = content(crate::ber::field(&f.public_key("tsa-p256"), 1)).to_vec();
            with_public_key(
                f,
                ec_public_key(P384_CURVE, bits.get(1..).unwrap_or_default()),
            )
        },
    )
    .row(15),
    case(
        "point-not-on-the-curve",
        BROKEN,
        "The certificate holds a pair of numbers that is no point.",
        |f| {
            let bits = content(crate::ber::field(&f.public_key("tsa-p256"), 1)).to_vec();
            let mut point = bits.get(1..).unwrap_or_default().to_vec();
            if let Some(last) = point.last_mut() {
                *last ^= 1;
            }
            with_public_key(f, ec_public_key(P256_CURVE, &point))
        },
    )
    .row(15),
    case(
        "ed25519-neutral-key",
        BROKEN,
        "The key is the neutral point: any message fits.",
        |f| small_order(f, &NEUTRAL),
    )
    .row(16),
    case(
        "ed25519-key-of-order-4",
        BROKEN,
        "The key is a point of order 4.",
        |f| small_order(f, &[0; 32]),
    )
    .row(16),
    case(
        "ed25519-key-of-order-8",
        BROKEN,
        "The key is a point of order 8.",
        |f| small_order(f, &ORDER_8),
    )
    .row(16),
    case(
        "ed25519-s-not-reduced",
        BROKEN,
        "The order of the group is added to S.",
        |f| {
            let token = Token::by_key(f, "tsa-ed25519", Scheme::Ed25519);
            let signature = token.to_signature();
            let (r, s) = signature.split_at(signature.len() / 2);
            let mut carry = 0_u16;
            let sum = s.iter().zip(ED25519_ORDER).map(|(left, right)| {
                carry = u16::from(*left) + u16::from(right) + (carry >> 8);
                u8::try_from(carry & 0xff).unwrap_or_default()
            });
            let longer = [r.to_vec(), sum.collect()].concat();
            signed(f, token, |_| longer)
        },
    )
    .row(16),
    case("sm2", PASSED, "SM2 with SM3 and the usual identity.", |f| {
        sm2(f, "1234567812345678")
    })
    .row(0),
    case(
        "sm2-another-identity",
        BROKEN,
        "SM2 with another identity than the usual one.",
        |f| sm2(f, "ALICE123@YAHOO.COM"),
    )
    .row(17),
    case(
        "sm2-no-identity",
        BROKEN,
        "SM2 with an identity of no letters.",
        |f| sm2(f, ""),
    )
    .row(17),
];
