//! The requests under `testvectors/request/`: made from fixed inputs, with the answer that a server
//! owes them (one row of its request table each, or the order of two rows).

use tsa_core::{
    AlgorithmIdentifier, DigestAlgorithm, Extension, Integer, MessageImprint, ObjectIdentifier,
    Parameters, TimeStampReq, oid,
};

use crate::vector_broken;

/// One vector before it is written.
pub(crate) struct Made {
    pub(crate) name: &'static str,
    /// Name of the failure; empty when the request is granted.
    pub(crate) code: &'static str,
    /// What this crate says: `ok`, or the error.
    pub(crate) decode: &'static str,
    pub(crate) comment: &'static str,
    pub(crate) payload: Vec<u8>,
}

/// The one policy that the server of these vectors offers.
const POLICY: &str = "2.25.329800735698586629295641978511506172918";
const OTHER_POLICY: &str = "1.3.6.1.4.1.99999.1";

pub(crate) fn requests() -> Vec<Made> {
    let mut all = granted();
    all.extend(nonces());
    all.extend(bad_request_and_algorithm());
    all.extend(policy_and_extension());
    all.extend(precedence());
    all.extend(bad_length());
    all.extend(vector_broken::requests());
    all
}

/// Read by this crate.
fn read(
    name: &'static str,
    code: &'static str,
    comment: &'static str,
    request: &TimeStampReq,
) -> Made {
    Made {
        name,
        code,
        decode: "ok",
        comment,
        payload: request.to_der().expect("it can be written"),
    }
}

fn with_digest(algorithm: ObjectIdentifier, bytes: usize) -> TimeStampReq {
    TimeStampReq::new(MessageImprint::new(algorithm, vec![0x5a; bytes]))
}

fn with(algorithm: DigestAlgorithm) -> TimeStampReq {
    with_digest(algorithm.oid(), algorithm.digest_bytes())
}

fn usual() -> TimeStampReq {
    with(DigestAlgorithm::Sha256)
}

fn policy(text: &str) -> ObjectIdentifier {
    text.parse().expect("an object identifier")
}

fn nonce(content: &[u8]) -> Integer {
    Integer::from_content(content)
}

fn version(mut request: TimeStampReq, version: i64) -> TimeStampReq {
    request.version = Integer::from(version);
    request
}

fn extended(mut request: TimeStampReq, critical: bool) -> TimeStampReq {
    request.extensions.push(Extension {
        id: policy("1.3.6.1.4.1.99999.2"),
        critical,
        value: vec![5, 0],
    });
    request
}

fn granted() -> Vec<Made> {
    let mut null = usual();
    null.message_imprint.hash_algorithm = AlgorithmIdentifier::null(oid::SHA_256);
    let all = usual()
        .with_policy(policy(POLICY))
        .with_nonce(nonce(&[0x12, 0x34]))
        .with_cert_req(true);
    let digest = |name, algorithm| {
        read(
            name,
            "",
            "An accepted digest, nothing else.",
            &with(algorithm),
        )
    };
    vec![
        digest("granted-sha256", DigestAlgorithm::Sha256),
        digest("granted-sha384", DigestAlgorithm::Sha384),
        digest("granted-sha512", DigestAlgorithm::Sha512),
        digest("granted-sha512-256", DigestAlgorithm::Sha512_256),
        digest("granted-sha3-256", DigestAlgorithm::Sha3_256),
        digest("granted-sha3-384", DigestAlgorithm::Sha3_384),
        digest("granted-sha3-512", DigestAlgorithm::Sha3_512),
        digest("granted-sm3", DigestAlgorithm::Sm3),
        read(
            "granted-null-parameters",
            "",
            "NULL parameters mean none, and are echoed as sent.",
            &null,
        ),
        read(
            "granted-cert-req",
            "",
            "Certificates are asked for.",
            &usual().with_cert_req(true),
        ),
        read(
            "granted-policy",
            "",
            "The policy that is offered.",
            &usual().with_policy(policy(POLICY)),
        ),
        read(
            "granted-all-fields",
            "",
            "Policy, nonce and certificates.",
            &all,
        ),
    ]
}

fn nonces() -> Vec<Made> {
    let long = [[0x7f].as_slice(), &[0xee; 127]].concat();
    vec![
        read(
            "granted-nonce-64-bit",
            "",
            "A nonce of 64 bits with its highest bit set.",
            &usual().with_nonce(Integer::from(0xfedc_ba98_7654_3210_u64)),
        ),
        read(
            "granted-nonce-zero",
            "",
            "A nonce of 0.",
            &usual().with_nonce(nonce(&[0])),
        ),
        read(
            "granted-nonce-negative",
            "",
            "A negative nonce is echoed as it is.",
            &usual().with_nonce(nonce(&[0x80, 1, 2, 3])),
        ),
        read(
            "granted-nonce-128-bytes",
            "",
            "The longest nonce.",
            &usual().with_nonce(nonce(&long)),
        ),
    ]
}

fn bad_request_and_algorithm() -> Vec<Made> {
    let mut parameters = usual();
    parameters.message_imprint.hash_algorithm.parameters = Parameters::Other(vec![4, 1, 0]);
    let long = [[0x7f].as_slice(), &[0xee; 128]].concat();
    let weak = |name, algorithm| {
        read(
            name,
            "badAlg",
            "A digest that is not accepted by default.",
            &with(algorithm),
        )
    };
    vec![
        read(
            "bad-request-version-0",
            "badRequest",
            "Version 0.",
            &version(usual(), 0),
        ),
        read(
            "bad-request-version-2",
            "badRequest",
            "Version 2.",
            &version(usual(), 2),
        ),
        read(
            "bad-request-version-negative",
            "badRequest",
            "Version -1.",
            &version(usual(), -1),
        ),
        read(
            "bad-request-nonce-129-bytes",
            "badRequest",
            "A nonce one byte over the limit.",
            &usual().with_nonce(nonce(&long)),
        ),
        weak("bad-alg-md5", DigestAlgorithm::Md5),
        weak("bad-alg-sha1", DigestAlgorithm::Sha1),
        weak("bad-alg-sha224", DigestAlgorithm::Sha224),
        weak("bad-alg-sha3-224", DigestAlgorithm::Sha3_224),
        read(
            "bad-alg-unknown",
            "badAlg",
            "An identifier that names no digest.",
            &with_digest(policy(OTHER_POLICY), 32),
        ),
        read(
            "bad-alg-signature",
            "badAlg",
            "A signature algorithm in the digest's place.",
            &with_digest(oid::SHA_256_WITH_RSA, 32),
        ),
        read(
            "bad-alg-parameters",
            "badAlg",
            "SHA-256 with parameters other than NULL.",
            &parameters,
        ),
    ]
}

fn policy_and_extension() -> Vec<Made> {
    let other = usual().with_policy(policy(OTHER_POLICY));
    let uuid = usual().with_policy(ObjectIdentifier::from_uuid(u128::MAX));
    vec![
        read(
            "unaccepted-policy",
            "unacceptedPolicy",
            "A policy that is not offered.",
            &other,
        ),
        read(
            "unaccepted-policy-uuid",
            "unacceptedPolicy",
            "A policy that is not offered, with an arc of 128 bits.",
            &uuid,
        ),
        read(
            "unaccepted-extension-critical",
            "unacceptedExtension",
            "An unknown critical extension.",
            &extended(usual(), true),
        ),
        read(
            "unaccepted-extension-not-critical",
            "unacceptedExtension",
            "An unknown extension that is not critical.",
            &extended(usual(), false),
        ),
    ]
}

/// Requests with two defects: the answer to the first in the server's order.
fn precedence() -> Vec<Made> {
    let other = policy(OTHER_POLICY);
    vec![
        read(
            "order-version-before-algorithm",
            "badRequest",
            "Version 2 and MD5.",
            &version(with(DigestAlgorithm::Md5), 2),
        ),
        read(
            "order-algorithm-before-length",
            "badAlg",
            "SHA-1 with a digest of 5 bytes.",
            &with_digest(oid::SHA_1, 5),
        ),
        read(
            "order-algorithm-before-policy",
            "badAlg",
            "SHA-1 and a policy that is not offered.",
            &with(DigestAlgorithm::Sha1).with_policy(other),
        ),
        read(
            "order-length-before-policy",
            "badDataFormat",
            "A digest of 31 bytes and a policy that is not offered.",
            &with_digest(oid::SHA_256, 31).with_policy(other),
        ),
        read(
            "order-policy-before-extension",
            "unacceptedPolicy",
            "A policy that is not offered and an unknown extension.",
            &extended(usual().with_policy(other), true),
        ),
    ]
}

fn bad_length() -> Vec<Made> {
    let length = |name, comment, algorithm, bytes| {
        read(
            name,
            "badDataFormat",
            comment,
            &with_digest(algorithm, bytes),
        )
    };
    vec![
        length("bad-length-empty", "A digest of no byte.", oid::SHA_256, 0),
        length("bad-length-short", "SHA-256 of 31 bytes.", oid::SHA_256, 31),
        length("bad-length-long", "SHA-256 of 33 bytes.", oid::SHA_256, 33),
        length(
            "bad-length-sha384-as-sha256",
            "SHA-384 of 32 bytes.",
            oid::SHA_384,
            32,
        ),
    ]
}
