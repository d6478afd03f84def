//! Java's `jarsigner` signs an archive with a time-stamp, and verifies it with trust in our root.
//!
//! Without `-storepass` it reads no certificate of the key store and trusts none of them; without
//! `-strict` an untrusted authority is a warning.

use std::path::Path;

use super::desk::{POLICY, Tsa, demand, program, run};
use super::{KEY_TYPES, assert_as_expected};

const PASSWORD: &str = "changeit";

/// The keys of someone who signs: with trust in the authority, and without.
const TRUSTING: &str = "trusting.p12";
const LONELY: &str = "lonely.p12";

#[test]
fn jarsigner_signs_with_a_time_stamp_and_verifies_it() {
    let desk = Desk::new();
    assert_as_expected("jarsigner -tsa", |tsa| {
        desk.sign(tsa)?;
        let said = desk.verify(TRUSTING)?;
        if said.contains("nvalid") {
            return Err(said);
        }
        let words = [
            "smk",
            ">>> TSA",
            "Timestamped by \"CN=TSA ",
            "Timestamp digest algorithm: SHA-",
            "jar verified.\n",
        ];
        demand(said, &words)
    });
}

#[test]
fn jarsigner_refuses_an_authority_it_does_not_know() {
    let desk = Desk::new();
    desk.sign(&Tsa::start(&KEY_TYPES[0])).unwrap();
    let refused = desk.verify(LONELY).unwrap_err();
    demand(refused, &["TSA certificate chain is invalid"]).unwrap();
}

/// A folder with an archive, and a key to sign it.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        std::fs::write(desk.path().join("file"), "what is signed").unwrap();
        let jar = ["--create", "--file", "plain.jar", "file"];
        run(program("jar", desk.path()).args(jar)).unwrap();
        let key = ["-genkeypair", "-alias", "author", "-dname", "CN=Author"];
        let algorithm = ["-keyalg", "EC", "-groupname", "secp256r1"];
        desk.keytool(LONELY, &[&key[..], &algorithm].concat());
        std::fs::copy(desk.path().join(LONELY), desk.path().join(TRUSTING)).unwrap();
        for root in ["root", "rsa-root"] {
            let file = format!("{}/../certs/{root}.pem", env!("CARGO_MANIFEST_DIR"));
            let trust = ["-importcert", "-noprompt", "-alias", root, "-file", &file];
            desk.keytool(TRUSTING, &trust);
        }
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn sign(&self, tsa: &Tsa) -> Result<String, String> {
        let url = tsa.url();
        let ask = [
            "-tsa",
            &url,
            "-tsapolicyid",
            POLICY,
            "-tsadigestalg",
            "SHA-384",
        ];
        let sign = ["-signedjar", "signed.jar", "plain.jar", "author"];
        let said = self.jarsigner(TRUSTING, &[&ask[..], &sign].concat())?;
        demand(said, &["jar signed.", "The timestamp will expire"])
    }

    fn verify(&self, keys: &str) -> Result<String, String> {
        self.jarsigner(
            keys,
            &["-verify", "-strict", "-verbose", "-certs", "signed.jar"],
        )
    }

    fn jarsigner(&self, keys: &str, arguments: &[&str]) -> Result<String, String> {
        let mut jarsigner = program("jarsigner", self.path());
        jarsigner.args(["-keystore", keys, "-storepass", PASSWORD]);
        run(jarsigner.args(arguments))
    }

    fn keytool(&self, keys: &str, arguments: &[&str]) {
        let mut keytool = program("keytool", self.path());
        keytool.args(arguments);
        run(keytool.args(["-keystore", keys, "-storepass", PASSWORD])).unwrap();
    }
}
