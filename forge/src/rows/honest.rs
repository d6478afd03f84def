//! Row 0: honest messages that look odd. They pass, and what is odd is named.

use super::sound;
use crate::ber::{
    content, explicit, indefinite, integer, long_length, octets, segments, sequence, value,
};
use crate::case::{Case, Input, PASSED, case, odd};
use crate::certificate::key_identifier_of;
use crate::sign::{Digest, Pss, Scheme, algorithm, algorithm_null};
use crate::{Forge, Token};

const RSA: Scheme = Scheme::RsaPkcs1(Digest::Sha256);

/// By the RSA signer, its algorithm named so.
fn rsa_called(f: &Forge, identifier: Vec<u8>) -> Input {
    let token = Token::by_key(f, "tsa-rsa2048", RSA);
    Input::new(
        f,
        token.with(|t| t.signature_algorithm = identifier).signed(),
    )
}

/// A choice of `certificates` that is no X.509 certificate, with this tag.
fn other_choice(tag: u8) -> Vec<u8> {
    value(tag, &sequence(&[integer(0)]))
}

/// Named by its key identifier.
fn by_key_identifier(f: &Forge, tag: u8, content: &[u8]) -> Input {
    let sid = value(tag, content);
    sound(f, |t| {
        t.sid = sid;
        t.signer_version = 3;
    })
}

fn key_identifier(f: &Forge) -> Vec<u8> {
    key_identifier_of(&f.certificate("tsa-p256")).to_vec()
}

pub(super) const CASES: &[Case] = &[
    case(
        "ber-indefinite",
        odd(&["TSV-012"]),
        "No lengths in the envelope.",
        |f| sound(f, |t| t.envelope = indefinite),
    ),
    case(
        "ber-long-lengths",
        odd(&["TSV-012"]),
        "Lengths longer than needed.",
        |f| sound(f, |t| t.envelope = long_length),
    ),
    case(
        "ber-content-in-segments",
        odd(&["TSV-012"]),
        "The content is cut in pieces.",
        |f| {
            sound(f, |t| {
                t.content_sent = Some(explicit(0, &segments(&t.content, 50)));
            })
        },
    ),
    case(
        "ber-content-in-segments-without-lengths",
        odd(&["TSV-012"]),
        "The content is cut in pieces, and nothing around it has a length.",
        |f| {
            sound(f, |t| {
                let pieces = content(&segments(&t.content, 50)).to_vec();
                t.content_sent = Some(indefinite(0xa0, &indefinite(0x24, &pieces)));
                t.envelope = indefinite;
            })
        },
    ),
    case(
        "ber-statement-in-ber",
        odd(&["TSV-042"]),
        "TSTInfo has no length.",
        |f| {
            let statement = crate::Statement::sound(f).encoded();
            Input::new(
                f,
                Token::of(f, &indefinite(0x30, content(&statement))).signed(),
            )
        },
    ),
    case(
        "ber-response",
        odd(&["TSV-012"]),
        "A response without lengths.",
        |f| {
            let status = indefinite(0x30, &integer(0));
            let token = Token::sound(f).with(|t| t.envelope = indefinite).signed();
            Input::new(f, indefinite(0x30, &[status, token].concat()))
        },
    )
    .response(),
    case(
        "certificates-unsorted",
        odd(&["TSV-012"]),
        "They are not in the order of DER.",
        |f| {
            sound(f, |t| {
                t.certificates.sort();
                t.certificates.reverse();
                t.sort_certificates = false;
            })
        },
    ),
    case(
        "certificates-twice",
        odd(&["TSV-039"]),
        "Each certificate stands there twice.",
        |f| {
            sound(f, |t| {
                let again = t.certificates.clone();
                t.certificates.extend(again);
            })
        },
    ),
    case(
        "certificates-root-inside",
        PASSED,
        "The root is inside, and is an anchor.",
        |f| sound(f, |t| t.certificates.push(f.certificate("root"))),
    ),
    case(
        "certificates-attribute-v1",
        odd(&["TSV-039"]),
        "An attribute certificate, v1.",
        |f| sound(f, |t| t.certificates.push(other_choice(0xa1))),
    ),
    case(
        "certificates-attribute-v2",
        PASSED,
        "An attribute certificate, v2.",
        |f| {
            sound(f, |t| {
                t.certificates.push(other_choice(0xa2));
                t.version = 4;
            })
        },
    ),
    case(
        "certificates-other-format",
        PASSED,
        "A certificate of another format.",
        |f| {
            sound(f, |t| {
                t.certificates.push(other_choice(0xa3));
                t.version = 5;
            })
        },
    ),
    case(
        "signed-data-version-1",
        odd(&["TSV-038"]),
        "SignedData says version 1.",
        |f| sound(f, |t| t.version = 1),
    ),
    case(
        "signer-info-version-3",
        odd(&["TSV-038"]),
        "SignerInfo says version 3.",
        |f| sound(f, |t| t.signer_version = 3),
    ),
    case(
        "sid-issuer-in-another-encoding",
        odd(&["TSV-080"]),
        "The issuer's name by RFC 5280, 7.1, its common name as a PrintableString.",
        |f| {
            sound(f, |t| {
                let name = "TSA Development Intermediate";
                let printable = value(19, name.as_bytes());
                t.sid = crate::ber::replaced(&t.sid, &crate::ber::utf8(name), &printable);
            })
        },
    ),
    case(
        "sid-key-identifier",
        PASSED,
        "sid is the key identifier.",
        |f| by_key_identifier(f, 0x80, &key_identifier(f)),
    ),
    case(
        "sid-key-identifier-in-segments",
        odd(&["TSV-012"]),
        "The same, cut in pieces.",
        |f| by_key_identifier(f, 0xa0, &octets(&key_identifier(f))),
    ),
    case(
        "digest-algorithms-do-not-list-it",
        odd(&["TSV-090"]),
        "They list another.",
        |f| {
            sound(f, |t| {
                t.digest_algorithms = vec![Digest::Sha512.identifier()];
            })
        },
    ),
    case(
        "digest-algorithm-null",
        PASSED,
        "digestAlgorithm has parameters NULL.",
        |f| {
            sound(f, |t| {
                t.digest_algorithm = Digest::Sha256.identifier_null();
                t.digest_algorithms = vec![Digest::Sha256.identifier_null()];
            })
        },
    ),
    case(
        "ecdsa-null",
        odd(&["TSV-098"]),
        "ECDSA with parameters NULL.",
        |f| {
            sound(f, |t| {
                t.signature_algorithm = algorithm_null("1.2.840.10045.4.3.2");
            })
        },
    ),
    case(
        "ecdsa-called-by-its-key",
        odd(&["TSV-098"]),
        "id-ecPublicKey as algorithm.",
        |f| {
            sound(f, |t| {
                t.signature_algorithm = algorithm("1.2.840.10045.2.1");
            })
        },
    ),
    case(
        "ed25519-null",
        odd(&["TSV-098"]),
        "Ed25519 with parameters NULL.",
        |f| {
            let token = Token::by_key(f, "tsa-ed25519", Scheme::Ed25519);
            Input::new(
                f,
                token
                    .with(|t| t.signature_algorithm = algorithm_null("1.3.101.112"))
                    .signed(),
            )
        },
    ),
    case(
        "rsa-absent",
        odd(&["TSV-098"]),
        "RSA without parameters.",
        |f| rsa_called(f, algorithm("1.2.840.113549.1.1.11")),
    ),
    case(
        "rsa-encryption",
        PASSED,
        "rsaEncryption: digestAlgorithm has the digest.",
        |f| rsa_called(f, algorithm_null("1.2.840.113549.1.1.1")),
    ),
    case(
        "rsa-encryption-absent",
        odd(&["TSV-098"]),
        "The same without parameters.",
        |f| rsa_called(f, algorithm("1.2.840.113549.1.1.1")),
    ),
    case(
        "pss",
        PASSED,
        "RSASSA-PSS with SHA-256 and a salt of 32 bytes.",
        |f| {
            let scheme = Scheme::RsaPss(Pss::SHA256);
            Input::new(f, Token::by_key(f, "tsa-rsa2048", scheme).signed())
        },
    ),
    case("key-p384", PASSED, "A key on P-384.", |f| {
        let scheme = Scheme::Ecdsa(Digest::Sha384);
        Input::new(f, Token::by_key(f, "tsa-p384", scheme).signed())
    }),
    case("key-ed25519", PASSED, "An Ed25519 key.", |f| {
        Input::new(f, Token::by_key(f, "tsa-ed25519", Scheme::Ed25519).signed())
    }),
    case(
        "key-ed25519-sha-256",
        odd(&["TSV-090"]),
        "Ed25519, messageDigest by SHA-256.",
        |f| {
            let token = Token::by_key(f, "tsa-ed25519", Scheme::Ed25519);
            let digest = octets(&Digest::Sha256.of(&token.content));
            let token = token
                .but(crate::token::MESSAGE_DIGEST, &[digest])
                .with(|t| {
                    t.digest_algorithm = Digest::Sha256.identifier();
                    t.digest_algorithms = vec![Digest::Sha256.identifier()];
                });
            Input::new(f, token.signed())
        },
    ),
    case("key-rsa-2048", PASSED, "An RSA key.", |f| {
        Input::new(f, Token::by_key(f, "tsa-rsa2048", RSA).signed())
    }),
    case("key-rsa-sha-512", PASSED, "An RSA key, by SHA-512.", |f| {
        let scheme = Scheme::RsaPkcs1(Digest::Sha512);
        Input::new(f, Token::by_key(f, "tsa-rsa4096", scheme).signed())
    }),
    case(
        "key-p256-sha-512",
        PASSED,
        "A key on P-256, by SHA-512.",
        |f| {
            let scheme = Scheme::Ecdsa(Digest::Sha512);
            Input::new(f, Token::by_key(f, "tsa-p256", scheme).signed())
        },
    ),
    case(
        "revocation-data-inside",
        PASSED,
        "A revocation list that nobody asked for.",
        |f| sound(f, |t| t.crls = vec![sequence(&[sequence(&[])])]),
    ),
];
