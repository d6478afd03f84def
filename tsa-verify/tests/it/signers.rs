//! Who signed, and with what: identifiers of the certificate, and algorithms that must agree.

use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier, oid};

use crate::support::{
    Kind, PASSED, Token, algorithm_identifier, certificate, digest, judge, pss_parameters,
    signing_certificate_v1, signing_certificate_v2, summary,
};

const ESS: ObjectIdentifier = oid::ID_AA_SIGNING_CERTIFICATE_V2;
const NOT_FOUND: &str = "INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND";
const CONSTRAINTS: &str = "INDETERMINATE SIG_CONSTRAINTS_FAILURE";

/// The attribute of version 1 for a certificate.
fn v1(name: &str) -> (ObjectIdentifier, Vec<Vec<u8>>) {
    let list = signing_certificate_v1(&certificate(name));
    (oid::ID_AA_SIGNING_CERTIFICATE, vec![list])
}

/// The value of version 2 for another certificate than the signer's.
fn other() -> Vec<Vec<u8>> {
    vec![signing_certificate_v2(&certificate("tsa-p384"))]
}

fn check(table: Vec<(&str, Token, String)>) {
    for (name, token, expected) in table {
        assert_eq!(summary(&judge(&token.signed())), expected, "{name}");
    }
}

#[test]
fn the_signer_must_be_named_by_the_digest_of_its_certificate() {
    let base = Token::p256;
    check(vec![
        (
            "none",
            base().without_attribute(ESS),
            format!("{CONSTRAINTS} TSV-082"),
        ),
        (
            "another's",
            base().with(|t| *t.attribute(ESS) = other()),
            format!("{NOT_FOUND} TSV-084"),
        ),
        (
            "v1 right, v2 wrong",
            base().with(|t| {
                *t.attribute(ESS) = other();
                t.attributes.push(v1("tsa-p256"));
            }),
            format!("{NOT_FOUND} TSV-084"),
        ),
        (
            "v1 wrong, v2 right",
            base().with(|t| t.attributes.push(v1("tsa-p384"))),
            format!("{NOT_FOUND} TSV-084"),
        ),
        (
            "both right",
            base().with(|t| t.attributes.push(v1("tsa-p256"))),
            PASSED.into(),
        ),
        (
            "v1 only",
            base()
                .without_attribute(ESS)
                .with(|t| t.attributes.push(v1("tsa-p256"))),
            PASSED.into(),
        ),
        (
            "sid of another",
            base().with(|t| t.sid = Token::new("tsa-p384", "tsa-p384", Kind::P384, &[]).sid),
            format!("{NOT_FOUND} TSV-080"),
        ),
    ]);
}

#[test]
fn a_list_of_certificate_identifiers_must_be_usable() {
    let base = Token::p256;
    let hash = digest(DigestAlgorithm::Sha256, &certificate("tsa-p256"));
    let list = |content: &[u8]| vec![value(&[0x30], &value(&[0x30], &value(&[0x30], content)))];
    let another_serial = [
        value(&[0x04], &hash),
        value(
            &[0x30],
            &[value(&[0x30], &[]), value(&[0x02], &[1])].concat(),
        ),
    ];
    let unknown_hash = [
        algorithm_identifier(&AlgorithmIdentifier::absent(oid::ED25519)),
        value(&[0x04], &hash),
    ];
    check(vec![
        (
            "empty list",
            base().with(|t| *t.attribute(ESS) = vec![value(&[0x30], &value(&[0x30], &[]))]),
            format!("{CONSTRAINTS} TSV-082"),
        ),
        (
            "no value",
            base().with(|t| t.attribute(ESS).clear()),
            String::from("TOTAL-FAILED FORMAT_FAILURE TSV-071 TSV-082"),
        ),
        (
            "issuerSerial of another",
            base().with(|t| *t.attribute(ESS) = list(&another_serial.concat())),
            format!("{CONSTRAINTS} TSV-086"),
        ),
        (
            "unknown digest algorithm",
            base().with(|t| *t.attribute(ESS) = list(&unknown_hash.concat())),
            String::from("INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE TSV-084"),
        ),
    ]);
}

#[test]
fn algorithms_must_agree() {
    let sha256 = AlgorithmIdentifier::absent(oid::SHA_256);
    let protection = |signature: &AlgorithmIdentifier| {
        let inner = algorithm_identifier(signature);
        let content = [algorithm_identifier(&sha256), value(&[0xa1], &inner[2..])].concat();
        (
            oid::ID_AA_CMS_ALGORITHM_PROTECT,
            vec![value(&[0x30], &content)],
        )
    };
    let table: Vec<(&str, Token, &str)> = vec![
        (
            "digestAlgorithm other than the signature's",
            Token::p256().with(|t| {
                let hash = digest(DigestAlgorithm::Sha384, t.content.as_ref().unwrap());
                t.digest_algorithm = AlgorithmIdentifier::absent(oid::SHA_384);
                *t.attribute(oid::ID_MESSAGE_DIGEST) = vec![value(&[4], &hash)];
            }),
            "INDETERMINATE SIG_CONSTRAINTS_FAILURE TSV-090",
        ),
        (
            "protected and the same",
            Token::p256().with(|t| t.attributes.push(protection(&Kind::P256.algorithm()))),
            PASSED,
        ),
        (
            "protected and another",
            Token::p256().with(|t| t.attributes.push(protection(&Kind::P384.algorithm()))),
            "TOTAL-FAILED SIG_CRYPTO_FAILURE TSV-092",
        ),
    ];
    for (name, token, expected) in table {
        assert_eq!(summary(&judge(&token.signed())), expected, "{name}");
    }
}

#[test]
fn signature_algorithms_are_told_apart() {
    let table: Vec<(&str, Token, &str)> = vec![
        (
            "rsaEncryption takes digestAlgorithm",
            Token::new("tsa-rsa2048", "tsa-rsa2048", Kind::Rsa, &["intermediate"]).with(|t| {
                t.signature_algorithm = AlgorithmIdentifier::null(oid::RSA_ENCRYPTION);
            }),
            PASSED,
        ),
        (
            "PSS with another salt than stated",
            Token::new(
                "tsa-rsa2048",
                "tsa-rsa2048",
                Kind::RsaPss,
                &["intermediate"],
            )
            .with(|t| {
                t.signature_algorithm.parameters = tsa_core::Parameters::Other(pss_parameters(20));
            }),
            "TOTAL-FAILED SIG_CRYPTO_FAILURE TSV-094",
        ),
        (
            "ECDSA key, RSA signature algorithm",
            Token::p256().with(|t| {
                t.signature_algorithm = AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA);
            }),
            "TOTAL-FAILED SIG_CRYPTO_FAILURE TSV-094",
        ),
        (
            "unknown signature algorithm",
            Token::p256().with(|t| {
                t.signature_algorithm = AlgorithmIdentifier::absent(oid::ED448);
            }),
            "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE TSV-090 TSV-094 TSV-096",
        ),
    ];
    for (name, token, expected) in table {
        assert_eq!(summary(&judge(&token.signed())), expected, "{name}");
    }
}
