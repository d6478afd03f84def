//! CRLs of the development CA: made by hand and by the running server, judged by OpenSSL and by
//! tsa-verify.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tsa_core::GenTime;
use tsa_verify::{
    CertificateBag, CrlBag, PathEvidence, PathPolicy, RingProvider, TrustStore, verify_path,
};

use crate::server::{PROGRAM, Random, Server, command, rounds, run, seed};

/// What OpenSSL says, and whether it is content.
fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut program = Command::new("openssl");
    let output = program
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Makes a data folder.
fn init(data: &Path, more: &[&str]) {
    let (status, _, error) = run(&[&["init", "--data", data.to_str().unwrap()], more].concat());
    assert!(status.success(), "{error}");
}

fn ca(data: &Path, arguments: &[&str]) -> (bool, String) {
    let data = ["--data", data.to_str().unwrap()];
    let (status, said, error) = run(&[&["ca"], arguments, &data].concat());
    (status.success(), said + &error)
}

/// What is served once it is not `before` any more.
fn served_after(server: &Server, before: &[u8]) -> Vec<u8> {
    for _ in 0..12_000 {
        let reply = server.connect().get("/crl.der");
        if reply.status == 200 && reply.body != before {
            return reply.body;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no other CRL is served");
}

/// What tsa-verify says of a certificate of the folder, with the CRL there, an hour from now.
fn judged(data: &Path, name: &str, crl: &[u8]) -> String {
    let der = |name: &str| {
        let text = fs::read(data.join(name)).unwrap();
        pem_rfc7468::decode_vec(&text).unwrap().1
    };
    let mut trust = TrustStore::new();
    trust.add(&der("root.pem")).unwrap();
    let mut crls = CrlBag::new();
    crls.add(crl).unwrap();
    let (leaf, others) = (der(name), CertificateBag::new());
    let now = tsa_server::clock::wall_time().unwrap().unix_seconds();
    let policy = PathPolicy::at(GenTime::from_unix(now + 60, 0).unwrap());
    let evidence = PathEvidence::new(&leaf, &others, &crls);
    let report = verify_path(&evidence, &trust, &policy, &RingProvider);
    let verdict = report.verdict();
    let sub_indication = verdict.sub_indication.map_or("", |it| it.name());
    format!("{} {sub_indication}", verdict.indication.name())
}

#[test]
fn a_revocation_is_served_and_believed_by_openssl_and_tsa_verify() {
    let server = Server::start();
    let data = server.data();
    let reply = server.connect().get("/crl.der");
    assert_eq!(reply.header("content-type"), Some("application/pkix-crl"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
    let tag = reply.header("etag").unwrap();
    let mut connection = server.connect();
    let again = format!("GET /crl.der HTTP/1.1\r\nHost: tsa\r\nIf-None-Match: {tag}\r\n\r\n");
    connection.send(again.as_bytes()).unwrap();
    assert_eq!(connection.receive().unwrap().status, 304);
    let verify = [
        "verify",
        "-crl_check",
        "-CAfile",
        "root.pem",
        "-CRLfile",
        "crl.pem",
    ];
    let to_pem = ["crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem"];
    let (right, said) = openssl(
        data,
        &[&to_pem[..], &["-verify", "-CAfile", "root.pem"]].concat(),
    );
    assert!(right && said.contains("verify OK"), "{said}");
    for leaf in ["chain.pem", "seal.pem", "log.pem"] {
        let (right, said) = openssl(data, &[&verify[..], &[leaf]].concat());
        assert!(right, "{leaf}: {said}");
    }
    assert!(judged(data, "chain.pem", &reply.body).starts_with("TOTAL-PASSED"));

    let chain = data.join("chain.pem");
    let chain = chain.to_str().unwrap();
    let order = ["revoke", chain, "--reason", "keyCompromise"];
    let invalidity = ["--invalidity-date", "2026-01-02T03:04:05Z"];
    let (right, said) = ca(data, &[&order[..], &invalidity].concat());
    assert!(right && said.contains("CRL number 2, 1 revoked"), "{said}");
    let crl = served_after(&server, &reply.body);
    let (right, said) = openssl(data, &to_pem);
    assert!(right, "{said}");
    let (right, said) = openssl(data, &[&verify[..], &[chain]].concat());
    assert!(!right && said.contains("certificate revoked"), "{said}");
    assert!(openssl(data, &[&verify[..], &["seal.pem"]].concat()).0);
    let (_, text) = openssl(data, &["crl", "-in", "crl.pem", "-noout", "-text"]);
    for words in [
        "Version 2",
        "X509v3 CRL Number: \n                2",
        "X509v3 Authority Key Identifier",
        "Key Compromise",
        "Invalidity Date: \n                Jan  2 03:04:05 2026 GMT",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(judged(data, "chain.pem", &crl).contains("REVOKED"));
    assert!(judged(data, "seal.pem", &crl).starts_with("TOTAL-PASSED"));

    let (right, said) = ca(data, &order);
    assert!(
        right && said.contains("is revoked already, since"),
        "{said}"
    );
    let (right, said) = ca(data, &["revoke", chain, "--reason", "superseded"]);
    assert!(!right && said.contains("nothing was changed"), "{said}");
}

#[test]
fn every_reason_is_in_the_crl_and_roots_and_strangers_are_not_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    init(&data, &[]);
    let reasons = [
        ("unspecified", "Unspecified"),
        ("affiliationChanged", "Affiliation Changed"),
        ("superseded", "Superseded"),
        ("cessationOfOperation", "Cessation Of Operation"),
        ("privilegeWithdrawn", "Privilege Withdrawn"),
    ];
    for (number, (reason, _)) in reasons.iter().enumerate() {
        let (right, said) = ca(
            &data,
            &["revoke", &format!("0{number}f1"), "--reason", reason],
        );
        assert!(right && said.contains("Note: no certificate in"), "{said}");
    }
    let text = ["crl", "-inform", "DER", "-in", "crl.der", "-noout", "-text"];
    let (_, text) = openssl(&data, &text);
    for (_, words) in reasons {
        assert!(text.contains(words), "{words}: {text}");
    }
    let root = data.join("root.pem");
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs/tsa-p256.pem");
    let serial = openssl(&data, &["x509", "-in", "root.pem", "-noout", "-serial"]).1;
    let serial = serial.trim().trim_start_matches("serial=");
    for (named, words) in [
        (root.to_str().unwrap(), "not issued by the development CA"),
        (certs.to_str().unwrap(), "not issued by the development CA"),
        (serial, "the CA's own certificate"),
        ("no-such-file", "neither a file nor a serial number"),
        ("00", "neither a file nor a serial number"),
    ] {
        let (right, said) = ca(&data, &["revoke", named, "--reason", "superseded"]);
        assert!(!right && said.contains(words), "{named}: {said}");
    }
    let ahead = ["--invalidity-date", "2999-01-01T00:00:00Z"];
    let order = ["revoke", "77", "--reason", "keyCompromise"];
    let (right, said) = ca(&data, &[&order[..], &ahead].concat());
    assert!(!right && said.contains("lies ahead"), "{said}");
}

#[test]
fn a_key_that_is_away_or_encrypted_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let secret = folder.path().join("passphrase");
    fs::write(&secret, "open sesame\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&secret, mode).unwrap();
    let place = format!("file:{}", secret.display());
    init(&data, &["--passphrase", &place]);
    // The passphrase of the CA alone is not at hand.
    let config = fs::read_to_string(data.join("tsa.toml")).unwrap();
    let (before, behind) = config.split_once("[ca]").unwrap();
    let behind = behind.replacen("passphrase = ", "# passphrase = ", 1);
    fs::write(data.join("tsa.toml"), format!("{before}[ca]{behind}")).unwrap();
    let mut program = command(&data, &[]);
    program.stderr(fs::File::create(folder.path().join("log")).unwrap());
    let server = Server::start_by(program, &data);
    assert_eq!(server.connect().get("/crl.der").status, 404);
    let log = || fs::read_to_string(folder.path().join("log")).unwrap();
    for _ in 0..12_000 {
        if log().contains("there is no CRL to serve") {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(
        log().contains("it is encrypted: `passphrase` says where"),
        "{}",
        log()
    );
    let chain = data.join("chain.pem");
    let (right, said) = ca(
        &data,
        &["revoke", chain.to_str().unwrap(), "--reason", "superseded"],
    );
    assert!(
        !right && said.contains("the revocation is noted in"),
        "{said}"
    );
    let (right, said) = ca(&data, &["crl", "--passphrase", &place, "--hours", "2"]);
    assert!(right && said.contains("1 revoked"), "{said}");
    let crl = served_after(&server, b"");
    assert!(judged(&data, "chain.pem", &crl).contains("REVOKED"));
    // Without the list a new CRL would take the revocation back.
    fs::rename(data.join("revoked.json"), data.join("away")).unwrap();
    let (right, said) = ca(&data, &["crl", "--passphrase", &place]);
    assert!(
        !right && said.contains("is to come back from a backup"),
        "{said}"
    );
    assert_eq!(server.connect().get("/crl.der").body, crl);
}

#[test]
fn what_was_said_to_be_revoked_is_revoked_after_any_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    init(&data, &[]);
    let mut random = Random::new(seed());
    let mut said_revoked = Vec::new();
    for round in 0..rounds(200) {
        let serials: Vec<String> = (0..3)
            .map(|it| format!("{:x}", 0x1000 + round * 3 + it))
            .collect();
        let order = |serial: &String| {
            let mut program = Command::new(PROGRAM);
            program.args(["ca", "revoke", serial, "--reason", "superseded", "--data"]);
            program.arg(&data).stdout(std::process::Stdio::piped());
            program.stderr(std::process::Stdio::null()).spawn().unwrap()
        };
        let mut children: Vec<_> = serials.iter().map(order).collect();
        let pause = Duration::from_micros(random.below(60_000) as u64);
        std::thread::sleep(pause);
        for child in &mut children {
            let _ = child.kill();
        }
        for (child, serial) in children.into_iter().zip(serials) {
            let said = child.wait_with_output().unwrap().stdout;
            if String::from_utf8(said).unwrap().contains("Revoked: ") {
                said_revoked.push(serial);
            }
        }
    }
    let (right, said) = ca(&data, &["crl"]);
    assert!(right, "{said}");
    let list = fs::read_to_string(data.join("revoked.json")).unwrap();
    for serial in &said_revoked {
        assert!(list.contains(&format!("\"{serial}\"")), "{serial}");
    }
    println!(
        "soak: revoke {} revocations kept over kill -9",
        said_revoked.len()
    );
}

#[test]
fn certificates_name_the_crl_where_a_public_address_is_given() {
    let folder = tempfile::tempdir().unwrap();
    for (name, more, names_it) in [
        ("plain", &[][..], false),
        ("public", &["--public-url", "http://tsa.example/"], true),
    ] {
        let data = folder.path().join(name);
        init(&data, more);
        for (file, may_name) in [
            ("chain.pem", true),
            ("seal.pem", true),
            ("root.pem", false),
            ("test-chain.pem", false),
        ] {
            let (_, text) = openssl(&data, &["x509", "-in", file, "-noout", "-text"]);
            let found = text.contains("URI:http://tsa.example/crl.der");
            assert_eq!(found, names_it && may_name, "{file}: {text}");
            assert_eq!(text.contains("CRL Distribution"), found);
        }
    }
    let refused = ["init", "--data", "x", "--public-url", "tsa.example"];
    assert!(!run(&refused).0.success());
}
