//! Tokens by OpenSSL: an honest stranger's tokens pass.

use std::path::Path;
use std::process::Command;

use tsa_core::DigestAlgorithm;
use tsa_verify::{
    CertificateBag, Evidence, Report, RingProvider, Subject, ValidationTime, VerificationPolicy,
    verify,
};

use crate::support::{CONTENT, PASSED, bag, certs_folder, digest, summary, trust};

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("openssl must be installed");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {words}");
}

/// A response by `openssl ts -reply`, with or without certificates.
fn response(signer: &str, digest: &str, with_certificates: bool) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let certs = certs_folder().canonicalize().unwrap();
    let certs = certs.display();
    let configuration = format!(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\n\
         signer_cert = {certs}/{signer}.pem\ncerts = {certs}/intermediate.pem\n\
         signer_key = {certs}/keys/{signer}.pem\nsigner_digest = {digest}\n\
         default_policy = 2.999.1\ndigests = sha256, sha512\n\
         accuracy = secs:1, millisecs:500\ness_cert_id_alg = {digest}\ntsa_name = yes\n"
    );
    std::fs::write(folder.path().join("tsa.cnf"), configuration).unwrap();
    std::fs::write(folder.path().join("serial"), "01\n").unwrap();
    std::fs::write(folder.path().join("file"), CONTENT).unwrap();
    let mut query = vec![
        "ts", "-query", "-data", "file", "-sha256", "-out", "file.tsq",
    ];
    if with_certificates {
        query.push("-cert");
    }
    openssl(folder.path(), &query);
    let reply = [
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-queryfile",
        "file.tsq",
        "-out",
        "file.tsr",
    ];
    openssl(folder.path(), &reply);
    std::fs::read(folder.path().join("file.tsr")).unwrap()
}

fn judge(token: &[u8], intermediates: &CertificateBag) -> Report {
    let evidence = Evidence::new(token, intermediates);
    let subject = Subject::of_digest(
        DigestAlgorithm::Sha256,
        digest(DigestAlgorithm::Sha256, CONTENT),
    );
    let policy = VerificationPolicy::at(ValidationTime::GenTime);
    verify(
        &evidence,
        &subject,
        &trust(&["root"]),
        &policy,
        &RingProvider,
    )
}

#[test]
fn tokens_by_openssl_pass() {
    let signers = [
        ("tsa-p256", "sha256"),
        ("tsa-p384", "sha384"),
        ("tsa-rsa2048", "sha512"),
    ];
    for (signer, digest) in signers {
        let report = judge(&response(signer, digest, true), &bag(&[]));
        assert_eq!(summary(&report), PASSED, "{signer}\n{}", report.to_json());
        assert!(report.verified().unwrap().interval().is_some());
    }
}

#[test]
fn tokens_by_openssl_without_certificates_need_the_signers() {
    let token = response("tsa-p256", "sha256", false);
    let missing = "INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND TSV-080";
    assert_eq!(summary(&judge(&token, &bag(&["intermediate"]))), missing);
    let report = judge(&token, &bag(&["intermediate", "tsa-p256"]));
    assert_eq!(summary(&report), PASSED);
}
