//! Keys in `SoftHSM`: every type that it has, made inside or brought, judged by OpenSSL, Bouncy
//! Castle and our own verifier; certificates of another CA; PINs that are not given twice.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::kinds::bouncy_castle;
use super::softhsm::{PIN, Token, said};
use crate::interop::desk::{program, run};
use crate::server::Server;

/// Makes a request by OpenSSL, has it stamped, and has OpenSSL verify it.
fn stamp_and_verify(server: &Server, folder: &Path) -> Result<String, String> {
    let fail = |error: std::io::Error| error.to_string();
    fs::write(folder.join("file"), "what is stamped").map_err(fail)?;
    let query = [
        "ts", "-query", "-data", "file", "-sha256", "-cert", "-out", "q.tsq",
    ];
    run(program("openssl", folder).args(query))?;
    let body = fs::read(folder.join("q.tsq")).map_err(fail)?;
    fs::write(folder.join("r.tsr"), server.post(&body).body).map_err(fail)?;
    let verify = [
        "ts",
        "-verify",
        "-queryfile",
        "q.tsq",
        "-in",
        "r.tsr",
        "-CAfile",
    ];
    let root = server.data().join("root.pem");
    run(program("openssl", folder).args(verify).arg(root))
}

#[test]
fn tokens_of_every_key_made_inside_are_accepted() {
    // Key type, what is added to the configuration, whether OpenSSL 3.0 can verify it.
    let cases = [
        ("p256", "", true),
        ("p384", "", true),
        ("rsa2048", "", true),
        ("rsa3072", "pkcs11.rsa = \"pss\"", false),
        ("rsa4096", "", true),
        ("ed25519", "", false),
    ];
    for (key_type, line, openssl_can) in cases {
        let token = Token::new();
        let made = token.init(key_type);
        assert!(made.status.success(), "{key_type}: {}", said(&made));
        assert!(said(&made).contains("Made a key"), "{key_type}");
        assert!(!token.data().join("tsa.key.pem").exists());
        token.configure(line);
        // All of them, by the verifier that is ours.
        let config = token.data().join("tsa.toml");
        let words = fs::read_to_string(&config).unwrap();
        let every = words.replace("verify_one_in = 1000", "verify_one_in = 1");
        fs::write(&config, every).unwrap();
        let server = token.serve();
        let verified = stamp_and_verify(&server, &token.path(""));
        assert_eq!(verified.is_ok(), openssl_can, "{key_type}: {verified:?}");
        bouncy_castle(&server, None).unwrap();
    }
}

/// Brings a key into the token by a program of its maker.
fn import(token: &Token, key: &Path, label: &str, id: &str) {
    let key = key.to_str().unwrap();
    let what = ["--import", key, "--token", "tsa", "--label", label];
    let imported = token.softhsm(&[&what[..], &["--id", id, "--pin", PIN]].concat());
    assert!(imported.status.success(), "{}", said(&imported));
}

#[test]
fn a_key_that_is_there_is_used_and_can_have_been_brought() {
    let token = Token::new();
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs");
    import(&token, &certs.join("keys/tsa-p256.pem"), "tsa", "0a");
    let made = token.init("p256");
    assert!(said(&made).contains("Using the key"), "{}", said(&made));

    // The certificates of the test PKI are for this key.
    let read = |name: &str| fs::read_to_string(certs.join(name)).unwrap();
    let issued = token.path("issued.pem");
    let chain = read("tsa-p256.pem") + &read("intermediate.pem");
    fs::write(&issued, chain.clone() + &read("root.pem")).unwrap();
    let installed = token.run(&["install-cert", issued.to_str().unwrap()]);
    assert!(installed.status.success(), "{}", said(&installed));
    assert!(token.data().join("chain.pem.before").exists());
    let server = token.serve();
    stamp_and_verify(&server, &token.path("")).unwrap();

    // Those of another key are not taken, and nothing is changed.
    fs::write(&issued, read("tsa-p384.pem") + &read("intermediate.pem")).unwrap();
    let refused = token.run(&["install-cert", issued.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("does not belong to the private key"),
        "{}",
        said(&refused)
    );
    assert_eq!(
        fs::read_to_string(token.data().join("chain.pem")).unwrap(),
        chain
    );
}

#[test]
fn a_certificate_that_a_ca_issued_on_request_takes_the_place_of_the_first() {
    let token = Token::new();
    assert!(token.init("p256").status.success());
    let folder = token.path("");
    let subject = "CN=Time-stamp authority,O=Example,C=CN";
    let request = token.path("request.pem");
    let written = token.run(&[
        "csr",
        "--subject",
        subject,
        "--out",
        request.to_str().unwrap(),
    ]);
    assert!(written.status.success(), "{}", said(&written));
    let ca = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out \
              ca.pem -subj /CN=CA -days 3650";
    run(program("openssl", &folder).args(ca.split_whitespace())).unwrap();
    // What the CA adds to what was asked for, the days that its certificate is valid, and what
    // comes of it.
    let cases = [
        (String::new(), "365", Ok("")),
        (
            key_period("2001", "2002"),
            "365",
            Err("to 2001-12-31T23:59:59Z only"),
        ),
        (key_period("2001", "2099"), "20", Ok("certificate ends")),
    ];
    for (more, days, expected) in cases {
        let extensions = format!("[x]\nauthorityKeyIdentifier=keyid\n{more}");
        fs::write(token.path("copy.cnf"), extensions).unwrap();
        let issue = format!(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days {days} \
             -copy_extensions copyall -extfile copy.cnf -extensions x -out issued.pem"
        );
        run(program("openssl", &folder).args(issue.split_whitespace())).unwrap();
        let chain = ["issued.pem", "ca.pem"].map(|name| fs::read(token.path(name)).unwrap());
        fs::write(token.path("chain.pem"), chain.concat()).unwrap();
        let installed = token.run(&["install-cert", token.path("chain.pem").to_str().unwrap()]);
        let words = said(&installed);
        match expected {
            Ok(warning) => {
                assert!(installed.status.success(), "{words}");
                stamp_and_verify(&token.serve(), &folder).unwrap();
                let log = fs::read_to_string(token.path("log")).unwrap();
                assert!(log.contains(warning), "{log}");
            }
            Err(reason) => {
                assert!(
                    !installed.status.success() && words.contains(reason),
                    "{words}"
                );
            }
        }
    }
}

/// A certificate's `privateKeyUsagePeriod`, as OpenSSL takes what it has no name for.
fn key_period(from: &str, until: &str) -> String {
    format!(
        "2.5.29.16=ASN1:SEQUENCE:period\n[period]\nfrom=IMP:0,GENTIME:{from}0101000000Z\n\
         until=IMP:1,GENTIME:{until}0101000000Z\n"
    )
}

#[test]
fn a_wrong_pin_is_given_once_and_never_again() {
    let token = Token::behind_faults();
    assert!(token.init("p256").status.success());
    fs::remove_file(token.path("fault.logins")).unwrap();
    fs::write(token.path("pin"), "000000\n").unwrap();
    let first = token.run(&["check-config"]);
    assert!(said(&first).contains("refuses the PIN"), "{}", said(&first));
    // The token says that a wrong one was given: a service that is started again and again with
    // this PIN gives it no second time.
    for _ in 0..3 {
        let again = token.run(&["check-config"]);
        assert!(!again.status.success());
        assert!(
            said(&again).contains("a wrong PIN was given before, perhaps this one"),
            "{}",
            said(&again)
        );
    }
    assert_eq!(logins(&token), ["0xa0"]);
    // Where nobody can tell which PIN it was, none is given.
    let memory = token.data().join("refused-pins.json");
    let remembered = fs::read(&memory).unwrap();
    fs::write(&memory, "{").unwrap();
    fs::write(token.path("pin"), PIN).unwrap();
    let again = token.run(&["check-config"]);
    assert!(!again.status.success());
    fs::write(&memory, remembered).unwrap();
    // Another PIN, which was never given, is tried. It is the right one, and the count begins anew.
    let good = token.run(&["check-config"]);
    assert!(good.status.success(), "{}", said(&good));
    assert_eq!(logins(&token), ["0xa0", "0x0"]);
    let good = token.run(&["check-config"]);
    assert!(good.status.success(), "{}", said(&good));
}

#[test]
fn a_token_with_one_try_left_is_not_asked_whatever_the_pin() {
    let token = Token::behind_faults();
    assert!(token.init("p256").status.success());
    let before = logins(&token).len();
    fs::write(token.path("fault"), "final-try").unwrap();
    let refused = token.run(&["check-config"]);
    assert!(!refused.status.success());
    let words = said(&refused);
    assert!(words.contains("one wrong PIN more locks it"), "{words}");
    assert_eq!(logins(&token).len(), before);
}

/// What log-ins came to, each.
fn logins(token: &Token) -> Vec<String> {
    let logins = fs::read_to_string(token.path("fault.logins")).unwrap_or_default();
    logins.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_wrong_with_a_token_is_said() {
    let token = Token::new();
    assert!(token.init("p256").status.success());
    let config = token.data().join("tsa.toml");
    let right = fs::read_to_string(&config).unwrap();
    for (from, to, words) in [
        (
            "token = \"tsa\"",
            "token = \"tsb\"",
            "there is no token `tsb`; there are: `tsa`",
        ),
        (
            "key_label = \"tsa\"",
            "key_label = \"tsb\"",
            "0 private keys in the token have label",
        ),
        ("libsofthsm2.so\"", "libnothing.so\"", "libnothing.so"),
    ] {
        fs::write(&config, right.replacen(from, to, 1)).unwrap();
        let refused = token.run(&["check-config"]);
        assert!(
            !refused.status.success() && said(&refused).contains(words),
            "{}",
            said(&refused)
        );
    }
    let missing = Command::new(crate::server::PROGRAM)
        .args(["init", "--pkcs11-module", "/nothing.so"])
        .output()
        .unwrap();
    assert!(
        said(&missing).contains("--pkcs11-pin"),
        "{}",
        said(&missing)
    );
}
