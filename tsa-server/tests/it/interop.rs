//! Programs that others wrote, as clients and judges of the running server: each is run as its user
//! would run it, with every kind of key the authority can have.
//!
//! `EXPECTED` says what works. What cannot work must fail, and in the words given, so that the
//! table cannot go stale; `docs/interop.md` says the same with reasons, which is a test too. What
//! the programs are and where they come from: `scripts/lib/clients.sh`.

pub(crate) mod desk;
mod documented;
mod jarsigner;
mod openssl;
mod osslsigncode;
mod programs;

use desk::Tsa;

/// A key of the authority and the certificates above it, from the test PKI.
#[derive(Clone, Copy)]
struct KeyType {
    /// As the documentation calls it.
    name: &'static str,
    key: &'static str,
    chain: [&'static str; 2],
    root: &'static str,
}

const fn below_the_root(name: &'static str, key: &'static str) -> KeyType {
    KeyType {
        name,
        key,
        chain: [key, "intermediate"],
        root: "root",
    }
}

const KEY_TYPES: [KeyType; 7] = [
    below_the_root("P-256", "tsa-p256"),
    below_the_root("P-384", "tsa-p384"),
    below_the_root("RSA-2048", "tsa-rsa2048"),
    below_the_root("RSA-3072", "tsa-rsa3072"),
    below_the_root("RSA-4096", "tsa-rsa4096"),
    KeyType {
        name: "RSA throughout",
        key: "tsa-rsa2048",
        chain: ["tsa-rsa-chain", "rsa-intermediate"],
        root: "rsa-root",
    },
    below_the_root("Ed25519", "tsa-ed25519"),
];

/// What comes of it.
#[derive(Clone, Copy)]
enum Outcome {
    Works,
    /// The client fails and says this.
    Cannot(&'static str),
}

use Outcome::{Cannot, Works};

/// What each client can do with each of `KEY_TYPES`.
const EXPECTED: [(&str, [Outcome; KEY_TYPES.len()]); 9] = [
    (
        "openssl ts",
        with_ed25519(Cannot("operation not supported for this keytype")),
    ),
    ("jarsigner -tsa", with_ed25519(Works)),
    ("osslsigncode -ts", with_ed25519(Cannot("invalid digest"))),
    ("pyHanko", with_ed25519(Works)),
    (
        "rfc3161-client",
        with_ed25519(Cannot("invalid eddsa instance for attempted operation")),
    ),
    ("rfc3161ng", ONLY_RSA),
    ("rfc3161ng, untold", ONLY_RSA_THROUGHOUT),
    ("Bouncy Castle", with_ed25519(Works)),
    (
        "PKI.js",
        with_ed25519(Cannot("Unsupported signature algorithm: 1.3.101.112")),
    ),
];

/// All but Ed25519 work everywhere.
const fn with_ed25519(ed25519: Outcome) -> [Outcome; KEY_TYPES.len()] {
    [Works, Works, Works, Works, Works, Works, ed25519]
}

const NO_EC: Outcome = Cannot("ECPublicKey.verify() takes 3 positional arguments but 4 were given");
const NO_ED25519: Outcome =
    Cannot("Ed25519PublicKey.verify() takes 2 positional arguments but 4 were given");

/// It calls every key as it would an RSA key.
const ONLY_RSA: [Outcome; KEY_TYPES.len()] = [NO_EC, NO_EC, Works, Works, Works, Works, NO_ED25519];

/// It takes the first certificate of the token for the signer's. DER puts the shorter one first:
/// that of an EC key, or the signer's own where all are RSA.
const ONLY_RSA_THROUGHOUT: [Outcome; KEY_TYPES.len()] =
    [NO_EC, NO_EC, NO_EC, NO_EC, NO_EC, Works, NO_ED25519];

/// Lets a client stamp with every key type. It answers with its words, `Err` where it refused.
fn assert_as_expected(client: &str, stamp: impl Fn(&Tsa) -> Result<String, String>) {
    let (_, expected) = EXPECTED.iter().find(|(name, _)| *name == client).unwrap();
    for (key_type, outcome) in KEY_TYPES.iter().zip(expected) {
        let name = key_type.name;
        let answer = stamp(&Tsa::start(key_type));
        match (outcome, answer) {
            (Works, Ok(_)) => {}
            (Works, Err(said)) => panic!("{client} refuses {name}:\n{said}"),
            (Cannot(reason), Err(said)) => assert!(
                said.contains(reason),
                "{client} refuses {name}, but not for `{reason}`:\n{said}"
            ),
            (Cannot(_), Ok(said)) => panic!("{client} can do {name} by now:\n{said}"),
        }
    }
}
