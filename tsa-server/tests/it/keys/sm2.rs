//! SM2 with SM3: a whole authority, both profiles, and other people's programs as judges.
//!
//! `openssl ts` and `openssl cms` cannot judge such a token, since they know no way to name the
//! signer's identity: OpenSSL checks the chain and the signature over the attributes, as gmssl
//! does. Bouncy Castle checks a token of the profile `rfc3161` as a whole. It has no name for the
//! signature algorithm of the profile `gmt0033`, and says so.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tsa_core::{CertificateAnatomy, oid};

use super::kinds::{assert_passes, authority, bouncy_castle, inside};
use crate::interop::desk::{client_file, program, python, run as run_client};
use crate::server::{Reply, Server, good_request, run};

/// The default identity, which OpenSSL has to be told.
const IDENTITY: &str = "distid:1234567812345678";

const GMT_POLICY: &str = "1.3.6.1.4.1.32473.2";
const P256_POLICY: &str = "1.3.6.1.4.1.32473.3";
/// The policy that the clients of other languages ask for.
const POLICY: &str = "1.3.6.1.4.1.32473.1";

/// SM2 by RFC 3161, the same key by GM/T 0033, and P-256, each under a policy of its own.
fn three_signers() -> Server {
    let folder = authority("sm2");
    let data = folder.path().join("tsa-data");
    let other = authority("p256");
    for (from, to) in [
        ("tsa.key.pem", "p256.key.pem"),
        ("chain.pem", "p256-chain.pem"),
        ("root.pem", "p256-root.pem"),
    ] {
        fs::copy(other.path().join("tsa-data").join(from), data.join(to)).unwrap();
    }
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let (before, rest) = config.split_once("policy = \"").unwrap();
    let (_, behind) = rest.split_once('"').unwrap();
    let config = format!(
        "{before}policy = \"{POLICY}\"{behind}\n\
         [[signer]]\npolicy = \"{GMT_POLICY}\"\nprofile = \"gmt0033\"\nkey = \"tsa.key.pem\"\n\
         certificates = \"chain.pem\"\nroot = \"root.pem\"\n\
         [[signer]]\npolicy = \"{P256_POLICY}\"\nkey = \"p256.key.pem\"\n\
         certificates = \"p256-chain.pem\"\nroot = \"p256-root.pem\"\n"
    );
    // Every token, by the verifier that is ours.
    let config = config.replace("verify_one_in = 1000", "verify_one_in = 1");
    fs::write(data.join("tsa.toml"), config).unwrap();
    Server::start_in(&data, &[]).in_folder(folder)
}

/// A token under this policy.
fn asked(server: &Server, policy: &str, nonce: u64) -> Reply {
    let mut request = good_request(nonce);
    request.req_policy = Some(policy.parse().unwrap());
    server.post(&request.to_der().unwrap())
}

#[test]
fn several_signers_at_once_have_each_its_profile() {
    let server = three_signers();
    let data = server.data();
    let cases = [
        (
            POLICY,
            oid::ID_SIGNED_DATA,
            oid::SM3,
            oid::SM2_WITH_SM3,
            "root.pem",
        ),
        (
            GMT_POLICY,
            oid::GMT_SIGNED_DATA,
            oid::SM3,
            oid::SM2_SIGNATURE,
            "root.pem",
        ),
        (
            P256_POLICY,
            oid::ID_SIGNED_DATA,
            oid::SHA_256,
            oid::ECDSA_WITH_SHA_256,
            "p256-root.pem",
        ),
    ];
    for (nonce, (policy, content_type, digest, algorithm, root)) in (1..).zip(cases) {
        let reply = asked(&server, policy, nonce);
        let inside = inside(&reply.body);
        assert_eq!(inside.policy.to_string(), policy);
        assert_eq!(inside.content_type, content_type, "{policy}");
        assert_eq!((inside.digest, inside.algorithm), (digest, algorithm));
        // The one thing that RFC 5652 has otherwise is the content type.
        let strict = policy != GMT_POLICY;
        assert_passes(&reply.body, &data.join(root), nonce, strict);
    }
    let offered = server.connect().get("/policy").body;
    let offered = String::from_utf8(offered).unwrap();
    for algorithm in [oid::SM2_WITH_SM3, oid::SM2_SIGNATURE] {
        let words = format!("{algorithm} with sm3\n");
        assert!(offered.contains(&words), "{offered}");
    }
}

#[test]
fn openssl_and_gmssl_verify_the_chain_and_the_signature() {
    let server = three_signers();
    let data = server.data();
    let openssl = |arguments: &[&str]| run_client(program("openssl", data).args(arguments));
    let chain = ["-CAfile", "root.pem", "chain.pem"];
    let verified = openssl(&[&["verify", "-vfyopt", IDENTITY], &chain[..]].concat());
    assert!(verified.unwrap().contains("chain.pem: OK"));
    // Without the identity the very same chain must not hold, or it was not looked at.
    assert!(openssl(&[&["verify"], &chain[..]].concat()).is_err());

    let (_, certificate) =
        pem_rfc7468::decode_vec(&fs::read(data.join("chain.pem")).unwrap()).unwrap();
    let anatomy = CertificateAnatomy::read(&certificate).unwrap();
    let point = anatomy.subject_public_key_info.last_chunk::<65>().unwrap();
    fs::write(data.join("point"), point).unwrap();
    openssl(&[
        "x509",
        "-in",
        "chain.pem",
        "-noout",
        "-pubkey",
        "-out",
        "public.pem",
    ])
    .unwrap();
    let dgst = ["dgst", "-sm3", "-verify", "public.pem", "-sigopt", IDENTITY];
    for policy in [POLICY, GMT_POLICY] {
        let inside = inside(&asked(&server, policy, 9).body);
        fs::write(data.join("attributes"), &inside.to_be_signed).unwrap();
        fs::write(data.join("signature"), &inside.signature).unwrap();
        let over = |message| openssl(&[&dgst[..], &["-signature", "signature", message]].concat());
        assert!(over("attributes").unwrap().contains("Verified OK"));
        assert!(over("chain.pem").is_err());
        let mut gmssl = program(python(), data);
        gmssl.arg(client_file("verify_sm2.py"));
        let said = run_client(gmssl.args(["point", "attributes", "signature"]));
        assert_eq!(said.unwrap().trim(), "verified");
    }
}

#[test]
fn bouncy_castle_verifies_tokens_of_rfc_3161() {
    let server = three_signers();
    bouncy_castle(&server, Some(POLICY)).unwrap();
    let said = bouncy_castle(&server, Some(GMT_POLICY)).unwrap_err();
    assert!(said.contains("1.2.156.10197.1.301.1"), "{said}");
}

fn openssl_key(data: &Path) {
    let openssl = |arguments: &[&str]| run_client(program("openssl", data).args(arguments));
    let sm2 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"];
    openssl(&[&["genpkey", "-out", "plain.pem"], &sm2[..]].concat()).unwrap();
    let encrypt = [
        "pkcs8",
        "-topk8",
        "-v2",
        "aes-256-cbc",
        "-scrypt",
        "-in",
        "plain.pem",
    ];
    let out = ["-out", "tsa.key.pem", "-passout", "pass:open sesame"];
    openssl(&[&encrypt[..], &out].concat()).unwrap();
    fs::write(data.join("passphrase"), "open sesame\n").unwrap();
    for name in ["tsa.key.pem", "passphrase"] {
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(data.join(name), mode).unwrap();
    }
}

#[test]
fn an_encrypted_key_of_openssl_gets_its_certificate_from_an_sm2_ca() {
    let folder = authority("sm2");
    let data = folder.path().join("tsa-data");
    openssl_key(&data);
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let line = "# passphrase = \"file:passphrase\"";
    let config = config.replacen(line, "passphrase = \"file:passphrase\"", 1);
    fs::write(data.join("tsa.toml"), config).unwrap();

    let path = data.to_str().unwrap();
    let request = data.join("request.pem");
    let request = request.to_str().unwrap();
    let subject = "CN=SM2 TSA,O=Example,C=CN";
    let words = [
        "csr",
        "--data",
        path,
        "--subject",
        subject,
        "--out",
        request,
    ];
    let (status, _, error) = run(&words);
    assert!(status.success(), "{error}");
    let openssl = |arguments: &[&str]| run_client(program("openssl", &data).args(arguments));
    let verify = [
        "req", "-in", request, "-noout", "-verify", "-vfyopt", IDENTITY,
    ];
    openssl(&verify).unwrap();

    let issue = [
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key.pem",
        "-days",
        "30",
        "-copy_extensions",
        "copyall",
        "-sm3",
        "-sigopt",
        IDENTITY,
        "-vfyopt",
        IDENTITY,
        "-out",
        "issued.pem",
    ];
    openssl(&issue).unwrap();
    let issued = data.join("issued.pem");
    let (status, _, error) = run(&["install-cert", issued.to_str().unwrap(), "--data", path]);
    assert!(status.success(), "{error}");
    let server = Server::start_in(&data, &[]);
    let reply = server.post(&good_request(3).to_der().unwrap());
    assert_passes(&reply.body, &data.join("root.pem"), 3, true);
}

#[test]
fn the_profile_of_gmt_0033_is_for_sm2_keys() {
    let folder = authority("p256");
    let data = folder.path().join("tsa-data");
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let config = config.replacen("profile = \"rfc3161\"", "profile = \"gmt0033\"", 1);
    fs::write(data.join("tsa.toml"), config).unwrap();
    let (status, _, error) = run(&["check-config", "--data", data.to_str().unwrap()]);
    assert!(!status.success());
    assert!(error.contains("gmt0033 is for SM2 keys"), "{error}");
}
