//! Every certificate of `certs/` as a signer or above one: the sound pass, the others do not, each
//! for its own reason.

use crate::support::{
    Kind, PASSED, Token, bag, certificate, default_policy, judge, judge_with, summary, trust,
};

#[test]
fn every_kind_of_key_passes() {
    let table = [
        ("tsa-p256", "tsa-p256", Kind::P256, "intermediate", "root"),
        ("tsa-p384", "tsa-p384", Kind::P384, "intermediate", "root"),
        (
            "tsa-rsa2048",
            "tsa-rsa2048",
            Kind::Rsa,
            "intermediate",
            "root",
        ),
        (
            "tsa-rsa3072",
            "tsa-rsa3072",
            Kind::Rsa,
            "intermediate",
            "root",
        ),
        (
            "tsa-rsa4096",
            "tsa-rsa4096",
            Kind::Rsa,
            "intermediate",
            "root",
        ),
        (
            "tsa-rsa3072",
            "tsa-rsa3072",
            Kind::RsaPss,
            "intermediate",
            "root",
        ),
        (
            "tsa-ed25519",
            "tsa-ed25519",
            Kind::Ed25519,
            "intermediate",
            "root",
        ),
        (
            "tsa-rsa-chain",
            "tsa-rsa2048",
            Kind::Rsa,
            "rsa-intermediate",
            "rsa-root",
        ),
    ];
    for (signer, key, kind, above, root) in table {
        let token = Token::new(signer, key, kind, &[above]).signed();
        let policy = default_policy().strict();
        let report = judge_with(&token, &bag(&[]), &trust(&[root]), &policy);
        assert_eq!(
            summary(&report),
            PASSED,
            "{signer} {kind:?}\n{}",
            report.to_json()
        );
        assert_eq!(report.verified().unwrap().chain().len(), 3, "{signer}");
    }
}

#[test]
fn signers_are_refused_for_their_own_defect() {
    let constraints = "INDETERMINATE CHAIN_CONSTRAINTS_FAILURE";
    let table = [
        ("bad-eku-missing", format!("{constraints} PKX-020")),
        ("bad-eku-not-critical", format!("{constraints} PKX-020")),
        ("bad-eku-any", format!("{constraints} PKX-020")),
        ("bad-eku-code-signing", format!("{constraints} PKX-020")),
        (
            "bad-eku-timestamping-and-server-auth",
            format!("{constraints} PKX-020"),
        ),
        (
            "bad-eku-timestamping-and-unknown",
            format!("{constraints} PKX-020"),
        ),
        ("bad-key-usage-cert-sign", format!("{constraints} PKX-022")),
        (
            "bad-key-usage-key-agreement",
            format!("{constraints} PKX-022"),
        ),
        ("bad-ca-as-signer", format!("{constraints} PKX-024")),
        (
            "bad-unknown-critical-extension",
            format!("{constraints} PKX-038"),
        ),
        ("bad-expired", String::from("TOTAL-FAILED EXPIRED PKX-026")),
        (
            "bad-not-yet-valid",
            String::from("TOTAL-FAILED NOT_YET_VALID PKX-026"),
        ),
        (
            "bad-signature",
            String::from("INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE PKX-030"),
        ),
        ("odd-key-usage-non-repudiation-only", String::from(PASSED)),
    ];
    for (signer, expected) in table {
        let token = Token::new(signer, "tsa-p256", Kind::P256, &["intermediate"]).signed();
        assert_eq!(summary(&judge(&token)), expected, "{signer}");
    }
}

#[test]
fn weak_keys_and_digests_are_refused() {
    let weak = "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE";
    let rsa1024 = Token::new(
        "bad-rsa1024",
        "rsa1024",
        Kind::RsaByOpenssl,
        &["intermediate"],
    )
    .signed();
    assert_eq!(summary(&judge(&rsa1024)), format!("{weak} TSV-100"));
    let sha1 = Token::new(
        "bad-sha1-signature",
        "tsa-p256",
        Kind::P256,
        &["rsa-intermediate"],
    );
    let report = judge_with(
        &sha1.signed(),
        &bag(&[]),
        &trust(&["rsa-root"]),
        &default_policy(),
    );
    assert_eq!(summary(&report), format!("{weak} TSV-102"));
    let any = default_policy().with_algorithms(tsa_verify::Algorithms::Any);
    let report = judge_with(&rsa1024, &bag(&[]), &trust(&["root"]), &any);
    assert_eq!(summary(&report), PASSED);
}

#[test]
fn chains_are_refused_for_their_own_defect() {
    let constraints = "INDETERMINATE CHAIN_CONSTRAINTS_FAILURE";
    let table: [(&str, &[&str], &str); 9] = [
        (
            "bad-under-intermediate-not-ca",
            &["bad-intermediate-not-ca"],
            "PKX-034",
        ),
        (
            "bad-under-path-len",
            &["bad-intermediate-below-path-len", "intermediate"],
            "PKX-034",
        ),
        (
            "bad-issued-by-leaf",
            &["tsa-p256", "intermediate"],
            "PKX-034 PKX-036 PKX-042",
        ),
        (
            "bad-under-intermediate-no-cert-sign",
            &["bad-intermediate-no-cert-sign"],
            "PKX-036",
        ),
        (
            "bad-under-intermediate-unknown-critical",
            &["bad-intermediate-unknown-critical"],
            "PKX-038",
        ),
        (
            "bad-under-intermediate-eku-without-timestamping",
            &["bad-intermediate-eku-without-timestamping"],
            "PKX-042",
        ),
        (
            "bad-under-intermediate-expired",
            &["bad-intermediate-expired"],
            "PKX-032",
        ),
        (
            "bad-under-intermediate-name-constraints",
            &["bad-intermediate-name-constraints"],
            "PKX-040",
        ),
        ("bad-under-attacker", &["bad-self-signed"], "PKX-030"),
    ];
    for (signer, above, code) in table {
        let token = Token::new(signer, "tsa-p256", Kind::P256, above).signed();
        let expected = match code {
            "PKX-030" => String::from("INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE PKX-030"),
            "PKX-034 PKX-036 PKX-042" => format!("{constraints} PKX-034 PKX-036"),
            code => format!("{constraints} {code}"),
        };
        assert_eq!(summary(&judge(&token)), expected, "{signer}");
    }
    let permitted = Token::new(
        "odd-under-intermediate-name-constraints-permitted",
        "tsa-p256",
        Kind::P256,
        &["odd-intermediate-name-constraints-permitted"],
    );
    assert_eq!(summary(&judge(&permitted.signed())), PASSED);
}

#[test]
fn only_the_callers_anchors_are_trusted() {
    let no_chain = "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND PKX-010";
    let with_roots = Token::new(
        "tsa-p256",
        "tsa-p256",
        Kind::P256,
        &[
            "intermediate",
            "root",
            "bad-self-signed",
            "bad-unrelated-root",
        ],
    )
    .signed();
    assert_eq!(summary(&judge(&with_roots)), PASSED);
    for anchors in [&[][..], &["bad-unrelated-root"], &["rsa-root"]] {
        let report = judge_with(
            &with_roots,
            &bag(&["root"]),
            &trust(anchors),
            &default_policy(),
        );
        assert_eq!(summary(&report), no_chain, "{anchors:?}");
        assert!(report.verified().is_none());
    }
    // A root with the right name and another key is another root.
    let report = judge_with(
        &with_roots,
        &bag(&[]),
        &trust(&["bad-self-signed"]),
        &default_policy(),
    );
    let wrong_key = "INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE PKX-030";
    assert_eq!(summary(&report), wrong_key);
    let attacker = Token::new(
        "bad-under-attacker",
        "tsa-p256",
        Kind::P256,
        &["bad-self-signed"],
    );
    assert_eq!(summary(&judge(&attacker.signed())), wrong_key);
    // An anchor need not be self-signed.
    let report = judge_with(
        &with_roots,
        &bag(&[]),
        &trust(&["intermediate"]),
        &default_policy(),
    );
    assert_eq!(summary(&report), PASSED);
    assert_eq!(report.verified().unwrap().chain().len(), 2);
}

#[test]
fn the_verdict_names_the_real_signer_among_strangers_and_twins() {
    let strangers = ["bad-twin", "seal", "log", "tsa-p384", "intermediate"];
    for twin_first in [true, false] {
        let token = Token::p256().with(|token| {
            token.certificates = strangers.iter().map(|name| certificate(name)).collect();
            let at = if twin_first { strangers.len() } else { 0 };
            token.certificates.insert(at, certificate("tsa-p256"));
            token.sort_certificates = false;
        });
        let report = judge(&token.signed());
        assert_eq!(summary(&report), PASSED, "{}", report.to_json());
        let signer = &report.verified().unwrap().chain()[0];
        let sha256 =
            crate::support::digest(tsa_core::DigestAlgorithm::Sha256, &certificate("tsa-p256"));
        assert_eq!(signer.sha256, tsa_verify::hex(&sha256));
    }
    // The twin's key cannot sign in the name of the other.
    let forged = Token::new(
        "tsa-p256",
        "twin",
        Kind::P256,
        &["intermediate", "bad-twin"],
    );
    let expected = "TOTAL-FAILED SIG_CRYPTO_FAILURE TSV-094";
    assert_eq!(summary(&judge(&forged.signed())), expected);
}

#[test]
fn a_search_among_thousands_of_impostors_ends() {
    let mut token = Token::new("bad-under-attacker", "tsa-p256", Kind::P256, &[]);
    let impostor = certificate("bad-self-signed");
    for number in 0..3_000_u32 {
        // Another signature each, so that none is a duplicate.
        let mut copy = impostor.clone();
        let end = copy.len();
        copy[end - 4..].copy_from_slice(&number.to_be_bytes());
        token.certificates.push(copy);
    }
    let report = judge(&token.signed());
    assert_eq!(
        report.verdict().indication,
        tsa_verify::Indication::Indeterminate
    );
    assert!(report.verified().is_none());
}

#[test]
fn a_signer_left_out_of_the_token_is_found_among_intermediates() {
    let token = Token::p256()
        .with(|token| token.certificates.clear())
        .signed();
    let expected = "INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND TSV-080";
    assert_eq!(summary(&judge(&token)), expected);
    let given = bag(&["intermediate", "tsa-p256"]);
    let report = judge_with(&token, &given, &trust(&["root"]), &default_policy());
    assert_eq!(summary(&report), PASSED);
}

#[test]
fn an_engine_that_knows_links_gives_the_same_verdicts() {
    let names = ["tsa-p256", "bad-signature", "intermediate", "root"];
    let certificates: Vec<Vec<u8>> = names.iter().map(|name| certificate(name)).collect();
    let certificates: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    let engine = tsa_verify::KnownLinks::new(tsa_verify::RingProvider, &certificates);
    for signer in [
        "tsa-p256",
        "bad-signature",
        "bad-under-attacker",
        "bad-expired",
    ] {
        let token = Token::new(signer, "tsa-p256", Kind::P256, &["intermediate"]).signed();
        let others = bag(&["bad-self-signed"]);
        let evidence = tsa_verify::Evidence::new(&token, &others);
        let subject = crate::support::subject();
        let (trust, policy) = (trust(&["root"]), default_policy());
        let report = tsa_verify::verify(&evidence, &subject, &trust, &policy, &engine);
        let other = judge_with(&token, evidence.intermediates, &trust, &policy);
        assert_eq!(summary(&report), summary(&other), "{signer}");
    }
}
