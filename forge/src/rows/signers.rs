//! Rows 1 to 5: who signed, and how many.

use super::sound;
use crate::case::{Case, Input, PASSED, by, by_all, case, noted, odd};
use crate::certificate::{Draft, subject_of};
use crate::sign::{Digest, Scheme};
use crate::token::{ESS_V2, attribute, ess_v2};
use crate::{Forge, Token};

const ATTACKER: Scheme = Scheme::Ecdsa(Digest::Sha384);
const P256: Scheme = Scheme::Ecdsa(Digest::Sha256);

/// A signer under a root that is nobody's anchor, and that root.
fn foreign(f: &Forge) -> (Vec<u8>, Vec<u8>) {
    let root = f.certificate("bad-unrelated-root");
    let signer = Draft::signer(f, "Signer Of Another House").under(&root);
    (signer.signed(f, "unrelated-root", P256), root)
}

/// A certificate that the attacker made for the key `attacker`.
fn self_signed(f: &Forge) -> Vec<u8> {
    let draft = Draft::signer(f, "Attacker").with(|d| {
        d.public_key = f.public_key("attacker");
        d.issuer.clone_from(&d.subject);
    });
    draft.signed(f, "attacker", ATTACKER)
}

fn by_attacker(f: &Forge) -> Token<'_> {
    let above = [f.certificate("intermediate")];
    Token::signed_by(f, &self_signed(f), "attacker", ATTACKER, &above)
}

/// The twin first, whichever it is.
fn with_twin(f: &Forge, token: Token<'_>, twin_first: bool) -> Input {
    let (twin, real) = (f.certificate("bad-twin"), f.certificate("tsa-p256"));
    let pair = if twin_first {
        [twin, real]
    } else {
        [real, twin]
    };
    let certificates = [pair.to_vec(), vec![f.certificate("intermediate")]].concat();
    Input::new(
        f,
        token
            .with(|t| {
                t.certificates = certificates;
                t.sort_certificates = false;
            })
            .signed(),
    )
}

/// One `SignerInfo` by `tsa-p256` and one by the attacker.
fn two_signers(f: &Forge, attacker_first: bool) -> Input {
    let honest = Token::sound(f);
    let attacker = by_attacker(f).with(|t| t.content.clone_from(&honest.content));
    let attacker = attacker.but(
        crate::token::MESSAGE_DIGEST,
        &[crate::ber::octets(&Digest::Sha384.of(&honest.content))],
    );
    let mut infos = vec![honest.signer_info(), attacker.signer_info()];
    if attacker_first {
        infos.reverse();
    }
    let honest = honest.with(|t| {
        t.certificates.push(self_signed(f));
        t.digest_algorithms.push(Digest::Sha384.identifier());
    });
    Input::new(f, honest.around(&infos))
}

pub(super) const CASES: &[Case] = &[
    case(
        "attacker-root-inside",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "Signed under a self-signed root that comes with the token and is nobody's anchor.",
        |f| {
            let (signer, root) = foreign(f);
            Input::new(f, Token::by_tsa_p256(f, &signer, &[root]).signed())
        },
    )
    .row(1),
    case(
        "attacker-root-inside-with-the-name-of-the-anchor",
        by("CERTIFICATE_CHAIN_GENERAL_FAILURE", "PKX-030"),
        "The self-signed root inside bears the anchor's name, with another key.",
        |f| {
            let token = Token::by_certificate(f, "bad-under-attacker", &["bad-self-signed"]);
            Input::new(f, token.signed())
        },
    )
    .row(1),
    case(
        "attacker-leaf-without-chain",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "Signed under a root that is neither inside nor an anchor.",
        |f| Input::new(f, Token::by_tsa_p256(f, &foreign(f).0, &[]).signed()),
    )
    .row(2),
    case(
        "attacker-leaf-self-signed",
        by("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010"),
        "The signer's certificate is signed with its own key.",
        |f| Input::new(f, by_attacker(f).signed()),
    )
    .row(2),
    case(
        "attacker-leaf-that-names-the-intermediate",
        by("CERTIFICATE_CHAIN_GENERAL_FAILURE", "PKX-030"),
        "The signer's certificate names the intermediate, which did not sign it.",
        |f| {
            let draft = Draft::signer(f, "Attacker").with(|d| {
                d.public_key = f.public_key("attacker");
            });
            let signer = draft.signed(f, "attacker", ATTACKER);
            let above = [f.certificate("intermediate")];
            Input::new(
                f,
                Token::signed_by(f, &signer, "attacker", ATTACKER, &above).signed(),
            )
        },
    )
    .row(2),
    case(
        "unrelated-certificate-first",
        odd(&["TSV-012"]),
        "A certificate that has nothing to do with it stands first; the signer is TSA P-256.",
        |f| {
            sound(f, |t| {
                t.certificates.insert(0, f.certificate("tsa-rsa4096"));
                t.sort_certificates = false;
            })
        },
    )
    .row(3),
    case(
        "unrelated-certificate-first-in-order",
        PASSED,
        "An unrelated certificate, shorter than the others, stands first as DER has it.",
        |f| {
            sound(f, |t| {
                let draft = Draft::signer(f, "A").with(|d| d.extensions.truncate(1));
                t.certificates.push(draft.unsigned());
            })
        },
    )
    .row(3),
    case(
        "honest-certificate-first-attacker-signs",
        by_all("NO_CERTIFICATE_CHAIN_FOUND", "PKX-010", &[]),
        "The first certificate is a sound signer's; the attacker, who comes last, has signed.",
        |f| {
            Input::new(
                f,
                by_attacker(f)
                    .with(|t| {
                        t.certificates.insert(0, f.certificate("tsa-p256"));
                        t.sort_certificates = false;
                    })
                    .signed(),
            )
        },
    )
    .row(3),
    case(
        "twin-first",
        crate::case::passed(&["TSV-012"], &["TSV-080"], crate::statement::GEN_TIME),
        "A certificate of the same issuer and serial number, with another key, stands first.",
        |f| with_twin(f, Token::sound(f), true),
    )
    .row(4),
    case(
        "twin-last",
        noted(&["TSV-080"]),
        "A certificate of the same issuer and serial number, with another key, stands behind.",
        |f| {
            let (twin, real) = (f.certificate("bad-twin"), f.certificate("tsa-p256"));
            let ordered = twin > real;
            let mut input = with_twin(f, Token::sound(f), !ordered);
            if !ordered {
                let both = Token::sound(f).with(|t| t.certificates.push(twin));
                input.bytes = both.signed();
            }
            input
        },
    )
    .row(4),
    case(
        "twin-signs",
        by("SIG_CRYPTO_FAILURE", "TSV-094"),
        "The twin has signed, and names the other certificate by its digest.",
        |f| with_twin(f, Token::sound(f).with(|t| t.key = "twin"), true),
    )
    .row(4),
    case(
        "twin-alone",
        by_all("SIG_CRYPTO_FAILURE", "TSV-094", &["TSV-084"]),
        "Only the twin's certificate is there; digest and signature are those of the other.",
        |f| {
            sound(f, |t| {
                t.certificates = vec![f.certificate("bad-twin"), f.certificate("intermediate")];
            })
        },
    )
    .row(4),
    case(
        "two-signers-attacker-first",
        by("FORMAT_FAILURE", "TSV-032"),
        "A SignerInfo of the attacker before the sound one.",
        |f| two_signers(f, true),
    )
    .row(5),
    case(
        "two-signers-attacker-last",
        by("FORMAT_FAILURE", "TSV-032"),
        "A SignerInfo of the attacker behind the sound one.",
        |f| two_signers(f, false),
    )
    .row(5),
    case(
        "same-signer-twice",
        by("FORMAT_FAILURE", "TSV-032"),
        "The same SignerInfo twice.",
        |f| {
            let token = Token::sound(f);
            let info = token.signer_info();
            Input::new(f, token.around(&[info.clone(), info]))
        },
    )
    .row(5),
    case(
        "no-signer",
        by("FORMAT_FAILURE", "TSV-032"),
        "An empty signerInfos.",
        |f| Input::new(f, Token::sound(f).around(&[])),
    )
    .row(5),
    case(
        "sid-of-another-certificate",
        by("NO_SIGNING_CERTIFICATE_FOUND", "TSV-080"),
        "sid names a certificate that is not there.",
        |f| {
            sound(f, |t| {
                t.sid = crate::token::sid_of(&f.certificate("tsa-p384"));
            })
        },
    )
    .row(3),
    case(
        "sid-and-digest-name-different-certificates",
        by_all("SIG_CRYPTO_FAILURE", "TSV-094", &["TSV-084", "TSV-110"]),
        "sid names tsa-p384, the digest in the signed attributes tsa-p256; both are there.",
        |f| {
            sound(f, |t| {
                t.sid = crate::token::sid_of(&f.certificate("tsa-p384"));
                t.certificates.push(f.certificate("tsa-p384"));
            })
        },
    )
    .row(3),
    case(
        "no-certificates",
        by("NO_SIGNING_CERTIFICATE_FOUND", "TSV-080"),
        "No certificate in the token and none beside it.",
        |f| sound(f, |t| t.certificates.clear()),
    )
    .row(2),
    case(
        "certificates-beside-the-token",
        PASSED,
        "The token leaves its certificates out; they are given with it.",
        |f| {
            sound(f, |t| t.certificates.clear()).with(|input| {
                input.bag = vec![f.certificate("tsa-p256"), f.certificate("intermediate")];
            })
        },
    )
    .row(0),
    case(
        "signer-of-the-anchors-name",
        by("CERTIFICATE_CHAIN_GENERAL_FAILURE", "PKX-030"),
        "The attacker's certificate bears the anchor's name and is issued by itself.",
        |f| {
            let root = f.certificate("root");
            let draft = Draft::signer(f, "").with(|d| {
                d.subject = subject_of(&root).to_vec();
                d.issuer = subject_of(&root).to_vec();
                d.public_key = f.public_key("attacker");
            });
            let signer = draft.signed(f, "attacker", ATTACKER);
            let token = Token::signed_by(f, &signer, "attacker", ATTACKER, &[]);
            let token = token.with(|t| {
                t.attributes.pop();
                t.attributes.push(attribute(ESS_V2, &[ess_v2(&signer)]));
            });
            Input::new(f, token.signed())
        },
    )
    .row(1),
];
