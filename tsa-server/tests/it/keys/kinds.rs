//! Every kind of key that `init` makes: a development authority of it, and a token that passes the
//! verifier in strict mode. What takes the cargo feature `aws-lc` says so where it is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tsa_core::tlv::{Deviations, Reader, Tag, scan_der};
use tsa_core::{ObjectIdentifier, SignedData, TimeStampResp};
use tsa_verify::{
    CertificateBag, Evidence, Revocation, Subject, TrustStore, ValidationTime, VerificationPolicy,
    WholeProvider,
};

#[cfg(feature = "aws-lc")]
use crate::interop::desk::python;
use crate::interop::desk::{client_file, java_class_path, program, run as run_client};
use crate::server::{Server, good_request, run, write_config};

/// A folder with a development authority of this kind of key.
pub(super) fn authority(key_type: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let data = data.to_str().unwrap();
    let (status, _, error) = run(&["init", "--data", data, "--key-type", key_type]);
    assert!(status.success(), "{key_type}: {error}");
    folder
}

/// The subject of `good_request`, and who is trusted.
pub(super) fn assert_passes(response: &[u8], root: &Path, nonce: u64, strict: bool) {
    let read = fs::read(root).unwrap();
    let (_, root) = pem_rfc7468::decode_vec(&read).unwrap();
    let mut trust = TrustStore::new();
    trust.add(&root).unwrap();
    let policy = VerificationPolicy::at(ValidationTime::GenTime).with_revocation(Revocation::Off);
    let policy = if strict { policy.strict() } else { policy };
    let none = CertificateBag::new();
    let report = tsa_verify::verify(
        &Evidence::new(response, &none),
        &Subject::of_request(good_request(nonce)),
        &trust,
        &policy,
        &WholeProvider,
    );
    assert!(report.verified().is_some(), "{report:#?}");
}

/// What is signed, the signature, and the identifiers around it.
pub(super) struct Inside {
    pub(super) content_type: ObjectIdentifier,
    pub(super) digest: ObjectIdentifier,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) policy: ObjectIdentifier,
    pub(super) to_be_signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

pub(super) fn inside(response: &[u8]) -> Inside {
    let response = TimeStampResp::from_der(response).unwrap();
    let token = response.time_stamp_token.unwrap();
    let scanned = scan_der(&token).unwrap();
    let content = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo");
    let signed = SignedData::read(&content.unwrap(), &mut Deviations::default()).unwrap();
    let [signer] = &signed.signer_infos[..] else {
        panic!("one signer")
    };
    Inside {
        content_type: signed.content_type,
        digest: signer.digest_algorithm.algorithm,
        algorithm: signer.signature_algorithm.algorithm,
        policy: signed.unverified_tst_info().unwrap().info.policy,
        to_be_signed: signer.signed_attrs.as_ref().unwrap().der().unwrap(),
        signature: signer.signature.to_vec(),
    }
}

/// Bouncy Castle stamps under this policy, or that of the tests, with the first signer's
/// certificates, and verifies.
pub(super) fn bouncy_castle(server: &Server, policy: Option<&str>) -> Result<String, String> {
    let data = server.data();
    let class_path = java_class_path(data);
    let mut compile = program("javac", data);
    compile.args(["-d", ".", "-cp", &class_path]);
    run_client(compile.arg(client_file("StampBouncyCastle.java")))?;
    let mut client = program("java", data);
    client.args(["-cp", &class_path, "StampBouncyCastle", &server.url("/")]);
    let said = run_client(client.args(["root.pem", "chain.pem"]).args(policy))?;
    let verified = said.lines().filter(|line| line.starts_with("verified "));
    match verified.count() {
        6 => Ok(said),
        _ => Err(said),
    }
}

fn asked(key_type: &str) -> (Server, Vec<u8>) {
    let folder = authority(key_type);
    let server = Server::start_in(&folder.path().join("tsa-data"), &[]).in_folder(folder);
    let reply = server.post(&good_request(7).to_der().unwrap());
    assert_passes(&reply.body, &server.data().join("root.pem"), 7, true);
    (server, reply.body)
}

#[test]
fn every_kind_of_key_makes_tokens_that_pass() {
    for key_type in ["p256", "p384", "rsa2048", "ed25519", "sm2"] {
        asked(key_type);
    }
}

#[cfg(feature = "aws-lc")]
#[test]
fn keys_that_take_aws_lc_make_tokens_that_pass() {
    for key_type in ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"] {
        let (server, response) = asked(key_type);
        let (data, inside) = (server.data(), inside(&response));
        fs::write(data.join("attributes"), &inside.to_be_signed).unwrap();
        fs::write(data.join("signature"), &inside.signature).unwrap();
        let mut cryptography = program(python(), data);
        cryptography.arg(client_file("verify_ml_dsa.py"));
        let files = ["root.pem", "chain.pem", "attributes", "signature"];
        let said = run_client(cryptography.args(files)).unwrap();
        assert_eq!(said.trim(), "verified", "{key_type}");
    }
}

#[cfg(feature = "aws-lc")]
#[test]
fn openssl_and_bouncy_castle_verify_tokens_of_p521() {
    let (server, response) = asked("p521");
    let data = server.data();
    fs::write(data.join("r.tsr"), &response).unwrap();
    fs::write(data.join("q.tsq"), good_request(7).to_der().unwrap()).unwrap();
    let verify = |query: &str| {
        let arguments = ["ts", "-verify", "-in", "r.tsr", "-CAfile", "root.pem"];
        let mut openssl = program("openssl", data);
        run_client(openssl.args(arguments).args(["-queryfile", query]))
    };
    assert!(verify("q.tsq").unwrap().contains("Verification: OK"));
    fs::write(data.join("other.tsq"), good_request(8).to_der().unwrap()).unwrap();
    assert!(verify("other.tsq").unwrap_err().contains("nonce mismatch"));
    let policy = inside(&response).policy.to_string();
    bouncy_castle(&server, Some(&policy)).unwrap();
}

/// A folder that signs, as configured, with a key that OpenSSL has made.
fn with_openssl_key(arguments: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let mut openssl = program("openssl", &data);
    openssl.args(["genpkey", "-out", "key.pem"]).args(arguments);
    run_client(&mut openssl).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(data.join("key.pem"), mode).unwrap();
    folder
}

fn refused(folder: &tempfile::TempDir) -> String {
    let data = folder.path().join("tsa-data");
    let (status, _, error) = run(&["check-config", "--data", data.to_str().unwrap()]);
    assert!(!status.success());
    error
}

#[test]
fn a_key_of_no_known_kind_is_refused_by_its_name() {
    let cases: [(&[&str], &str); 3] = [
        (
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"],
            "1.2.840.10045.2.1 with 1.3.132.0.33",
        ),
        (&["-algorithm", "ED448"], "its algorithm is 1.3.101.113"),
        (&["-algorithm", "X25519"], "its algorithm is 1.3.101.110"),
    ];
    for (arguments, words) in cases {
        let error = refused(&with_openssl_key(arguments));
        assert!(error.contains(words), "{error}");
        assert!(error.contains("Ed25519, SM2"), "{error}");
    }
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn what_takes_aws_lc_names_the_feature() {
    const WORDS: &str = "needs a program that was built with the cargo feature `aws-lc`";
    let p521 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let error = refused(&with_openssl_key(&p521));
    assert!(error.contains(&format!("P-521 {WORDS}")), "{error}");
    for key_type in ["p521", "ml-dsa-65"] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("tsa-data");
        let data = data.to_str().unwrap();
        let (status, _, error) = run(&["init", "--data", data, "--key-type", key_type]);
        assert!(!status.success() && !Path::new(data).exists());
        assert!(error.contains(&format!("{key_type} {WORDS}")), "{error}");
    }
}

/// The certificate is for another key, which is said only of keys that can be used.
#[cfg(feature = "aws-lc")]
#[test]
fn a_p521_key_of_openssl_is_read() {
    let p521 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let error = refused(&with_openssl_key(&p521));
    assert!(error.contains("its public key is another one"), "{error}");
}
