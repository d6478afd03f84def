//! Rows 25 to 28: the certificates above the signer, and the anchors.

use crate::ber::{oid, sequence, value};
use crate::case::{Case, Input, PASSED, by, by_all, case, noted};
use crate::certificate::{Draft, extension, issuer_of, key_usage, name, purposes, subject_of};
use crate::sign::{Digest, Scheme};
use crate::{Forge, Token};

const CHAIN: &str = "CHAIN_CONSTRAINTS_FAILURE";

const P256: Scheme = Scheme::Ecdsa(Digest::Sha256);

/// A token by a certificate of the test PKI.
fn signer(f: &Forge, name: &str) -> Input {
    Input::new(
        f,
        Token::by_certificate(f, name, &["intermediate"]).signed(),
    )
}

/// A token by a certificate under another intermediate than the usual one.
fn under(f: &Forge, name: &str, above: &[&str]) -> Input {
    Input::new(f, Token::by_certificate(f, name, above).signed())
}

/// A token under an intermediate made here.
pub(super) fn under_draft(f: &Forge, change: impl FnOnce(&mut Draft)) -> Input {
    let authority = Draft::authority(f, "Drafted Authority", "other-intermediate").with(change);
    let authority = authority.issued_by_root(f);
    let signer = Draft::signer(f, "Under A Draft").under(&authority);
    let signer = signer.signed(f, "other-intermediate", P256);
    Input::new(f, Token::by_tsa_p256(f, &signer, &[authority]).signed())
}

/// `nameConstraints` that permit (0) or exclude (1) one subtree.
fn name_constraints(tag: u8, base: &[u8]) -> Vec<u8> {
    let subtree = sequence(&[value(0xa4, base)]);
    extension("2.5.29.30", true, &sequence(&[value(0xa0 | tag, &subtree)]))
}

/// Certificates of the intermediate's name that nobody signed, beside the signer's.
struct Crowd {
    count: i64,
    key: &'static str,
    /// Whom they name as issuer; the intermediate's own issuer when empty.
    issuer: &'static str,
    with_the_real_one: bool,
    signer: &'static str,
    signer_key: &'static str,
    intermediate: &'static str,
    root: &'static str,
    scheme: Scheme,
}

/// On P-256, under authorities on P-384.
const CROWD: Crowd = Crowd {
    count: 10_000,
    key: "intermediate",
    issuer: "",
    with_the_real_one: true,
    signer: "tsa-p256",
    signer_key: "tsa-p256",
    intermediate: "intermediate",
    root: "root",
    scheme: P256,
};

/// By RSA all the way up.
const CROWD_RSA: Crowd = Crowd {
    count: 5_000,
    key: "rsa-intermediate",
    signer: "tsa-rsa-chain",
    signer_key: "tsa-rsa2048",
    intermediate: "rsa-intermediate",
    root: "rsa-root",
    scheme: Scheme::RsaPkcs1(Digest::Sha256),
    ..CROWD
};

impl Crowd {
    fn input(&self, f: &Forge) -> Input {
        let real = f.certificate(self.intermediate);
        let issuer = match self.issuer {
            "" => issuer_of(&real).to_vec(),
            other => name(&[("2.5.4.3", other)]),
        };
        // What it says of its algorithm is what the real one says.
        let identifier = crate::ber::field(&real, 1).to_vec();
        let signature = crate::ber::field(&real, 2);
        let make = |serial: i64| {
            let draft = Draft::authority(f, "", self.key).with(|d| {
                d.serial = serial;
                d.subject = subject_of(&real).to_vec();
                d.issuer.clone_from(&issuer);
            });
            draft.with_signature(&identifier, signature)
        };
        let mut above: Vec<_> = (0x10_0000..0x10_0000 + self.count).map(make).collect();
        if self.with_the_real_one {
            above.push(real.clone());
        }
        let signer = f.certificate(self.signer);
        let token = Token::signed_by(f, &signer, self.signer_key, self.scheme, &above);
        Input::new(f, token.signed()).with(|input| input.anchors = vec![f.certificate(self.root)])
    }
}

/// Intermediates one below the other, each of which maps every one of eight policies to every
/// other; an explicit policy is required, and the signer has another.
fn policies(f: &Forge) -> Input {
    let policy = |number: usize| oid(&format!("2.999.7.{number}"));
    let all: Vec<Vec<u8>> = (1..=8).map(|number| sequence(&[policy(number)])).collect();
    let pairs = (1..=8).flat_map(|from| (1..=8).map(move |to| (from, to)));
    let mappings: Vec<Vec<u8>> = pairs
        .map(|(from, to)| sequence(&[policy(from), policy(to)]))
        .collect();
    let explicit_policy = extension("2.5.29.36", true, &sequence(&[value(0x80, &[0])]));
    let mut certificates = Vec::new();
    let mut issuer = f.certificate("root");
    for level in 0..7 {
        let own_name = name(&[("2.5.4.3", &format!("Policy Authority {level}"))]);
        let draft = Draft::authority(f, "", "other-intermediate").with(|d| {
            d.serial = 0x4000 + level;
            d.subject = own_name;
            d.issuer = subject_of(&issuer).to_vec();
            d.extensions
                .push(extension("2.5.29.32", false, &sequence(&all)));
            d.extensions
                .push(extension("2.5.29.33", true, &sequence(&mappings)));
            d.extensions.push(explicit_policy.clone());
        });
        issuer = match level {
            0 => draft.issued_by_root(f),
            _ => draft.signed(f, "other-intermediate", P256),
        };
        certificates.push(issuer.clone());
    }
    let own = sequence(&[sequence(&[oid("2.999.8")])]);
    let signer = Draft::signer(f, "Under Many Policies")
        .under(&issuer)
        .with(|d| {
            d.extensions.push(extension("2.5.29.32", false, &own));
        });
    let signer = signer.signed(f, "other-intermediate", P256);
    Input::new(f, Token::by_tsa_p256(f, &signer, &certificates).signed())
}

pub(super) const CASES: &[Case] = &[
    case(
        "intermediate-without-the-purpose",
        by(CHAIN, "PKX-042"),
        "It is for servers.",
        |f| {
            let name = "bad-under-intermediate-eku-without-timestamping";
            under(f, name, &["bad-intermediate-eku-without-timestamping"])
        },
    )
    .row(25),
    case(
        "intermediate-not-a-ca",
        by(CHAIN, "PKX-034"),
        "cA is FALSE.",
        |f| {
            under(
                f,
                "bad-under-intermediate-not-ca",
                &["bad-intermediate-not-ca"],
            )
        },
    )
    .row(25),
    case(
        "intermediate-no-basic-constraints",
        by(CHAIN, "PKX-034"),
        "None at all.",
        |f| under_draft(f, |d| d.extensions = vec![key_usage(1, 6)]),
    )
    .row(25),
    case(
        "intermediate-below-path-length",
        by(CHAIN, "PKX-034"),
        "Below a length of 0.",
        |f| {
            let above = ["bad-intermediate-below-path-len", "intermediate"];
            under(f, "bad-under-path-len", &above)
        },
    )
    .row(25),
    case(
        "intermediate-no-cert-sign",
        by(CHAIN, "PKX-036"),
        "No keyCertSign.",
        |f| {
            under(
                f,
                "bad-under-intermediate-no-cert-sign",
                &["bad-intermediate-no-cert-sign"],
            )
        },
    )
    .row(25),
    case(
        "intermediate-unknown-critical",
        by(CHAIN, "PKX-038"),
        "An unknown extension.",
        |f| {
            let above = ["bad-intermediate-unknown-critical"];
            under(f, "bad-under-intermediate-unknown-critical", &above)
        },
    )
    .row(25),
    case(
        "signer-unknown-critical",
        by(CHAIN, "PKX-038"),
        "An unknown extension.",
        |f| signer(f, "bad-unknown-critical-extension"),
    )
    .row(25),
    case(
        "intermediate-name-not-permitted",
        by(CHAIN, "PKX-040"),
        "Another house only.",
        |f| {
            let above = ["bad-intermediate-name-constraints"];
            under(f, "bad-under-intermediate-name-constraints", &above)
        },
    )
    .row(25),
    case(
        "intermediate-name-excluded",
        by(CHAIN, "PKX-040"),
        "The signer is excluded.",
        |f| {
            under_draft(f, |d| {
                let base = name(&[("2.5.4.3", "Under A Draft")]);
                d.extensions.push(name_constraints(1, &base));
            })
        },
    )
    .row(25),
    case(
        "intermediate-name-permitted",
        PASSED,
        "The signer is within what it permits.",
        |f| {
            let above = ["odd-intermediate-name-constraints-permitted"];
            under(
                f,
                "odd-under-intermediate-name-constraints-permitted",
                &above,
            )
        },
    )
    .row(0),
    case(
        "intermediate-explicit-policy",
        by(CHAIN, "PKX-041"),
        "The intermediate requires an explicit policy; the chain has none.",
        |f| {
            under_draft(f, |d| {
                let constraints = sequence(&[value(0x80, &[0])]);
                d.extensions
                    .push(extension("2.5.29.36", true, &constraints));
            })
        },
    )
    .row(25),
    case(
        "issued-by-a-leaf",
        by_all(CHAIN, "PKX-034", &["PKX-036"]),
        "Another signer of time-stamps has issued the signer's certificate.",
        |f| under(f, "bad-issued-by-leaf", &["tsa-p256", "intermediate"]),
    )
    .row(25),
    case(
        "signer-signature-flipped",
        by("CERTIFICATE_CHAIN_GENERAL_FAILURE", "PKX-030"),
        "A bit of the signature of the signer's certificate.",
        |f| signer(f, "bad-signature"),
    )
    .row(25),
    case(
        "certificate-names-two-algorithms",
        by(CHAIN, "PKX-031"),
        "Inside the signer's certificate another signature algorithm is named than outside.",
        |f| {
            let draft = Draft::signer(f, "Two Algorithms");
            let sound = draft.issued(f);
            let inner = Scheme::Ecdsa(Digest::Sha384).identifier();
            let other = Scheme::Ecdsa(Digest::Sha512).identifier();
            let tbs = crate::ber::replaced(crate::ber::field(&sound, 0), &inner, &other);
            let signature = f.sign("intermediate", Scheme::Ecdsa(Digest::Sha384), &tbs);
            let signer = sequence(&[tbs, inner, crate::ber::bits(&signature)]);
            let above = [f.certificate("intermediate")];
            Input::new(f, Token::by_tsa_p256(f, &signer, &above).signed())
        },
    )
    .row(25),
    case(
        "anchor-for-another-purpose",
        by(CHAIN, "PKX-042"),
        "The anchor's own certificate says that it is for servers.",
        |f| {
            let root = f.certificate("root");
            let anchor = Draft::authority(f, "", "root").with(|d| {
                d.subject = subject_of(&root).to_vec();
                d.extensions.push(purposes(false, &["1.3.6.1.5.5.7.3.1"]));
            });
            let anchor = anchor.issued_by_root(f);
            super::sound(f, |_| {}).with(|input| input.anchors = vec![anchor])
        },
    )
    .row(26),
    case(
        "anchor-of-another-house",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "The only anchor has nothing to do with the chain.",
        |f| {
            super::sound(f, |_| {}).with(|input| {
                input.anchors = vec![f.certificate("bad-unrelated-root")];
            })
        },
    )
    .row(26),
    case(
        "no-anchor",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "Nobody is trusted.",
        |f| super::sound(f, |_| {}).with(|input| input.anchors.clear()),
    )
    .row(27),
    case(
        "no-anchor-root-inside",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "Nobody is trusted, and the sound root is inside of the token.",
        |f| {
            let with_root = super::sound(f, |t| t.certificates.push(f.certificate("root")));
            with_root.with(|input| input.anchors.clear())
        },
    )
    .row(27),
    case(
        "ten-thousand-intermediates",
        by("CERTIFICATE_CHAIN_GENERAL_FAILURE", "PKX-030"),
        "10,000 intermediates of the right name and key, none of them signed by the root.",
        |f| {
            let crowd = Crowd {
                with_the_real_one: false,
                ..CROWD
            };
            crowd.input(f)
        },
    )
    .row(28)
    .made_when_wanted(),
    case(
        "ten-thousand-intermediates-and-the-real-one",
        PASSED,
        "10,000 intermediates of one name that nobody signed, and the one that counts.",
        |f| {
            let crowd = Crowd {
                key: "attacker",
                ..CROWD
            };
            crowd.input(f)
        },
    )
    .row(28)
    .made_when_wanted(),
    case(
        "ten-thousand-intermediates-of-the-right-key",
        PASSED,
        "10,000 intermediates of the right name and key below nobody, and the one that counts.",
        |f| {
            let crowd = Crowd {
                issuer: "Nobody",
                ..CROWD
            };
            crowd.input(f)
        },
    )
    .row(28)
    .made_when_wanted(),
    case(
        "five-hundred-intermediates-in-the-name-of-the-root",
        PASSED,
        "500 intermediates of the right name, key and issuer, signed by nobody, and the one that \
         counts.",
        |f| {
            let crowd = Crowd {
                count: 500,
                ..CROWD
            };
            crowd.input(f)
        },
    )
    .row(28)
    .made_when_wanted(),
    case(
        "five-thousand-intermediates-in-the-name-of-the-root-rsa",
        PASSED,
        "5,000 intermediates of the right name, key and issuer, signed by nobody, and the one \
         that counts; all keys are RSA.",
        |f| CROWD_RSA.input(f),
    )
    .row(28)
    .made_when_wanted(),
    case(
        "policy-tree",
        by(CHAIN, "PKX-041"),
        "Seven intermediates map eight policies to each other; the signer has a ninth.",
        policies,
    )
    .row(28),
    case(
        "key-as-anchor",
        PASSED,
        "An anchor of the same name and key as the root.",
        |f| {
            let root = f.certificate("root");
            let anchor = Draft::authority(f, "", "root").with(|d| {
                d.subject = subject_of(&root).to_vec();
                d.serial = 0x5001;
            });
            let anchor = anchor.issued_by_root(f);
            super::sound(f, |_| {}).with(|input| input.anchors = vec![anchor])
        },
    )
    .row(0),
    case(
        "signer-as-anchor",
        noted(&["PKX-010"]),
        "The signer itself is trusted.",
        |f| super::sound(f, |_| {}).with(|input| input.anchors = vec![f.certificate("tsa-p256")]),
    )
    .row(0),
];
