//! Rows 12 to 17: algorithms that disagree, and signatures that are not.

use p256::elliptic_curve::sec1::ToSec1Point;
use sm2::dsa::signature::Signer as _;

use crate::ber::{content, integer, octets, sequence, unsigned, value};
use crate::case::{Case, Expect, Input, PASSED, by, case};
use crate::certificate::{Draft, ec_public_key, ed25519_public_key, public_key_of};

use crate::sign::{Digest, Scheme, algorithm, ecdsa_value};

use crate::token::{MESSAGE_DIGEST, PROTECTION};
use crate::{Forge, Token};

const CRYPTO: &str = "SIG_CRYPTO_FAILURE";

const BROKEN: Expect = by(CRYPTO, "TSV-094");

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
    let public_key = ec_public_key(SM2_CURVE, &ToSec1Point::to_sec1_bytes(key.verifying_key()));
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

/// The sound token with this in its `CMSAlgorithmProtection`.
fn protected(f: &Forge, fields: &[Vec<u8>]) -> Input {
    Input::new(
        f,
        Token::sound(f)
            .and(PROTECTION, &[sequence(fields)])
            .signed(),
    )
}

/// `signatureAlgorithm` in a `CMSAlgorithmProtection`.
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
        |f| {
            super::sound(f, |t| {
                t.signature_algorithm = Scheme::RsaPkcs1(Digest::Sha256).identifier();
            })
        },
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
