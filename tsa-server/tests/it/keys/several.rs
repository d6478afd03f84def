//! Several signers at once: the policy of a request says which, each has its own chain, digests
//! and accuracy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tsa_core::tlv::{Deviations, Reader, Tag, scan_der};
use tsa_core::{MessageImprint, ObjectIdentifier, PkiFailureInfo, SignedData, TimeStampReq, oid};

use crate::server::{Server, write_config};

const SECOND: &str = "1.3.6.1.4.1.32473.2";

/// P-256 under the first policy, RSA under the second, which takes SHA-512 alone.
fn two_signers(data: &Path) {
    write_config(data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs");
    let read = |name: &str| fs::read_to_string(certs.join(name)).unwrap();
    fs::write(data.join("rsa.key.pem"), read("keys/tsa-rsa2048.pem")).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(data.join("rsa.key.pem"), mode).unwrap();
    let chain = read("tsa-rsa-chain.pem") + &read("rsa-intermediate.pem");
    fs::write(data.join("rsa-chain.pem"), chain).unwrap();
    fs::write(data.join("rsa-root.pem"), read("rsa-root.pem")).unwrap();
    let first = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let second = format!(
        "[[signer]]\npolicy = \"{SECOND}\"\nkey = \"rsa.key.pem\"\n\
         certificates = \"rsa-chain.pem\"\nroot = \"rsa-root.pem\"\nhashes = [\"sha512\"]\n"
    );
    fs::write(data.join("tsa.toml"), first + &second).unwrap();
}

fn asked(server: &Server, policy: Option<&str>, hash: ObjectIdentifier, bytes: usize) -> Vec<u8> {
    let imprint = MessageImprint::new(hash, vec![7; bytes]);
    let mut request = TimeStampReq::new(imprint).with_cert_req(true);
    request.req_policy = policy.map(|policy| policy.parse().unwrap());
    server.post(&request.to_der().unwrap()).body
}

#[test]
fn the_policy_chooses_the_signer_with_its_chain_and_digests() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    two_signers(&data);
    let server = Server::start_in(&data, &[]);
    let cases = [
        (None, "1.3.6.1.4.1.32473.1", oid::ECDSA_WITH_SHA_256),
        (
            Some("1.3.6.1.4.1.32473.1"),
            "1.3.6.1.4.1.32473.1",
            oid::ECDSA_WITH_SHA_256,
        ),
        (Some(SECOND), SECOND, oid::SHA_256_WITH_RSA),
    ];
    for (policy, expected, algorithm) in cases {
        let body = asked(&server, policy, oid::SHA_512, 64);
        let response = tsa_core::TimeStampResp::from_der(&body).unwrap();
        let token = response.time_stamp_token.unwrap();
        let scanned = scan_der(&token).unwrap();
        let content = Reader::new(&scanned)
            .expect(Tag::SEQUENCE, "ContentInfo")
            .unwrap();
        let signed = SignedData::read(&content, &mut Deviations::default()).unwrap();
        let info = signed.unverified_tst_info().unwrap().info;
        assert_eq!(info.policy.to_string(), expected);
        let signer = &signed.signer_infos[0];
        assert_eq!(signer.signature_algorithm.algorithm, algorithm);
    }
    let body = asked(&server, Some(SECOND), oid::SHA_256, 32);
    let response = tsa_core::TimeStampResp::from_der(&body).unwrap();
    assert_eq!(response.status.fail_info, Some(PkiFailureInfo::BAD_ALG));
}
