//! One thing wrong in a token at a time: what is refused, by which code, and what is merely noted.

use tsa_core::tlv::value;
use tsa_core::{Accuracy, DigestAlgorithm, Extension, Integer, MessageImprint, oid};
use tsa_verify::{
    CertificateBag, CryptoProvider, Evidence, Outcome, Report, RingProvider, Subject,
    ValidationTime, VerificationPolicy, verify,
};

use crate::support::{
    CONTENT, GEN_TIME, PASSED, POLICY, Token, bag, default_policy, denying, digest, judge,
    judge_with, subject, summary, time, trust,
};

fn outcome(report: &Report, code: &str) -> Outcome {
    report
        .findings()
        .iter()
        .find(|found| found.code == code)
        .unwrap()
        .result
}

fn concat(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn the_envelope_must_be_as_the_standards_say() {
    let base = Token::p256;
    let failed = "TOTAL-FAILED FORMAT_FAILURE";
    let twice = |attribute_type| {
        let token = base();
        let found = token
            .attributes
            .iter()
            .find(|found| found.0 == attribute_type);
        let copy = found.unwrap().clone();
        token.with(|token| token.attributes.push(copy))
    };
    let table: Vec<(&str, Token, String)> = vec![
        (
            "two signers",
            base().with(|t| t.signer_infos = 2),
            format!("{failed} TSV-032"),
        ),
        (
            "no signer",
            base().with(|t| t.signer_infos = 0),
            format!("{failed} TSV-032"),
        ),
        (
            "eContentType id-data",
            base().with(|t| {
                t.encap_content_type = oid::ID_DATA;
                *t.attribute(oid::ID_CONTENT_TYPE) = vec![value(&[6], oid::ID_DATA.content())];
            }),
            format!("{failed} TSV-034"),
        ),
        (
            "contentType of something else",
            base().with(|t| {
                *t.attribute(oid::ID_CONTENT_TYPE) = vec![value(&[6], oid::ID_DATA.content())];
            }),
            format!("{failed} TSV-072"),
        ),
        (
            "no contentType",
            base().without_attribute(oid::ID_CONTENT_TYPE),
            format!("{failed} TSV-072"),
        ),
        (
            "contentType twice",
            twice(oid::ID_CONTENT_TYPE),
            format!("{failed} TSV-071 TSV-072"),
        ),
    ];
    for (name, token, expected) in table {
        assert_eq!(summary(&judge(&token.signed())), expected, "{name}");
    }
    let mut trailing = base().signed();
    trailing.push(0);
    assert_eq!(summary(&judge(&trailing)), format!("{failed} TSV-010"));
}

#[test]
fn the_content_and_its_digest_must_be_there() {
    let base = Token::p256;
    let failed = "TOTAL-FAILED FORMAT_FAILURE";
    let twice = |attribute_type| {
        let token = base();
        let found = token
            .attributes
            .iter()
            .find(|found| found.0 == attribute_type);
        let copy = found.unwrap().clone();
        token.with(|token| token.attributes.push(copy))
    };
    let table: Vec<(&str, Token, String)> = vec![
        (
            "no messageDigest",
            base().without_attribute(oid::ID_MESSAGE_DIGEST),
            format!("{failed} TSV-074"),
        ),
        (
            "messageDigest twice",
            twice(oid::ID_MESSAGE_DIGEST),
            format!("{failed} TSV-071 TSV-074"),
        ),
        (
            "messageDigest with two values",
            base().with(|t| {
                t.attribute(oid::ID_MESSAGE_DIGEST)
                    .push(value(&[4], &[0; 32]));
            }),
            format!("{failed} TSV-071 TSV-074"),
        ),
        (
            "messageDigest of something else",
            base().with(|t| *t.attribute(oid::ID_MESSAGE_DIGEST) = vec![value(&[4], &[0; 32])]),
            String::from("TOTAL-FAILED HASH_FAILURE TSV-074"),
        ),
        (
            "no signed attributes, signature over the content",
            base().with(|t| t.has_attributes = false),
            format!("{failed} TSV-070"),
        ),
        (
            "content detached",
            base().with(|t| t.content = None),
            String::from("INDETERMINATE SIGNED_DATA_NOT_FOUND TSV-036"),
        ),
        (
            "bytes after TSTInfo",
            base().with(|t| {
                let content = concat(&[t.content.clone().unwrap(), vec![0]]);
                let hash = digest(DigestAlgorithm::Sha256, &content);
                *t.attribute(oid::ID_MESSAGE_DIGEST) = vec![value(&[4], &hash)];
                t.content = Some(content);
            }),
            format!("{failed} TSV-040"),
        ),
    ];
    for (name, token, expected) in table {
        assert_eq!(summary(&judge(&token.signed())), expected, "{name}");
    }
    let mut trailing = base().signed();
    trailing.push(0);
    assert_eq!(summary(&judge(&trailing)), format!("{failed} TSV-010"));
}

#[test]
fn the_statement_must_be_as_rfc_3161_says() {
    let failed = "TOTAL-FAILED FORMAT_FAILURE";
    let extension = |critical| Extension {
        id: "1.3.6.1.4.1.32473.1".parse().unwrap(),
        critical,
        value: vec![5, 0],
    };
    let table: Vec<(&str, Token, String)> = vec![
        (
            "version 2",
            Token::p256_stating(|info| info.version = Integer::from(2_u64)),
            format!("{failed} TSV-044"),
        ),
        (
            "negative serial number",
            Token::p256_stating(|info| info.serial_number = Integer::from(-1_i64)),
            format!("{failed} TSV-046"),
        ),
        (
            "serial number of 161 bits",
            Token::p256_stating(|info| {
                info.serial_number = Integer::from_unsigned(&[&[1][..], &[0; 20]].concat());
            }),
            format!("{failed} TSV-046"),
        ),
        (
            "serial number 0",
            Token::p256_stating(|info| info.serial_number = Integer::from(0_u64)),
            PASSED.into(),
        ),
        (
            "critical extension",
            Token::p256_stating(|info| info.extensions = vec![extension(true)]),
            format!("{failed} TSV-048"),
        ),
        (
            "extension that is not critical",
            Token::p256_stating(|info| info.extensions = vec![extension(false)]),
            PASSED.into(),
        ),
        (
            "after the validation time",
            Token::p256_stating(|info| info.gen_time = time("2026-06-01T00:00:02Z")),
            String::from("INDETERMINATE TIMESTAMP_ORDER_FAILURE TSV-050"),
        ),
        (
            "after the validation time, within the accuracy",
            Token::p256_stating(|info| info.gen_time = time("2026-06-01T00:00:01Z")),
            PASSED.into(),
        ),
    ];
    for (name, token, expected) in table {
        let report = judge(&token.signed());
        let summary = summary(&report);
        // An imprint by another algorithm cannot be compared either.
        assert_eq!(summary, expected, "{name}: {:?}", denying(&report));
    }
}

#[test]
fn imprint_and_name_must_be_the_files_and_the_signers() {
    let failed = "TOTAL-FAILED FORMAT_FAILURE";
    let imprint = |algorithm, bytes: usize| MessageImprint::new(algorithm, vec![0x11; bytes]);
    let table: Vec<(&str, Token, String)> = vec![
        (
            "imprint by SHA-1",
            Token::p256_stating(|info| info.message_imprint = imprint(oid::SHA_1, 20)),
            String::from("INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE TSV-060"),
        ),
        (
            "imprint of the wrong length",
            Token::p256_stating(|info| info.message_imprint = imprint(oid::SHA_256, 20)),
            format!("{failed} TSV-062 TSV-064"),
        ),
        (
            "empty imprint",
            Token::p256_stating(|info| info.message_imprint = imprint(oid::SHA_256, 0)),
            format!("{failed} TSV-062 TSV-064"),
        ),
        (
            "imprint of another file",
            Token::p256_stating(|info| info.message_imprint = imprint(oid::SHA_256, 32)),
            String::from("TOTAL-FAILED HASH_FAILURE TSV-064"),
        ),
        (
            "tsa of another name",
            Token::p256_stating(|info| {
                info.tsa = crate::support::statement("tsa-p384").tsa;
            }),
            String::from("INDETERMINATE SIG_CONSTRAINTS_FAILURE TSV-110"),
        ),
        (
            "tsa as a dNSName",
            Token::p256_stating(|info| info.tsa = Some(value(&[0x82], b"tsa.example"))),
            String::from("INDETERMINATE SIG_CONSTRAINTS_FAILURE TSV-110"),
        ),
        (
            "no tsa",
            Token::p256_stating(|info| info.tsa = None),
            PASSED.into(),
        ),
    ];
    for (name, token, expected) in table {
        let report = judge(&token.signed());
        let summary = summary(&report);
        // An imprint by another algorithm cannot be compared either.
        assert_eq!(summary, expected, "{name}: {:?}", denying(&report));
    }
}

#[test]
fn every_accepted_imprint_algorithm_passes() {
    for algorithm in DigestAlgorithm::all() {
        let accepted = default_policy().imprint_algorithms.contains(&algorithm);
        let Some(hash) = RingProvider.digest(algorithm, CONTENT) else {
            continue;
        };
        let token = Token::p256_stating(|info| {
            info.message_imprint = MessageImprint::new(algorithm.oid(), hash.clone());
        })
        .signed();
        let none = CertificateBag::new();
        let evidence = Evidence::new(&token, &none);
        let subject = Subject::of_content(&token, CONTENT, &RingProvider);
        let report = verify(
            &evidence,
            &subject,
            &trust(&["root"]),
            &default_policy(),
            &RingProvider,
        );
        let expected = match accepted {
            true => PASSED,
            false => "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE TSV-060",
        };
        assert_eq!(summary(&report), expected, "{algorithm}");
    }
}

#[test]
fn departures_from_der_are_notes_and_fail_when_strict() {
    let outer_ber = {
        // The outermost length in a longer form than needed.
        let token = Token::p256().signed();
        let length = &token[2..4];
        [&token[..1], &[0x83, 0], length, &token[4..]].concat()
    };
    assert_eq!(Token::p256().signed()[1], 0x82);
    let table: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        (
            "certificates not sorted",
            Token::p256()
                .with(|t| {
                    t.sort_certificates = false;
                    t.certificates.sort();
                    t.certificates.reverse();
                })
                .signed(),
            "TSV-012",
            "TSV-012",
        ),
        (
            "long form of the outer length",
            outer_ber,
            "TSV-012",
            "TSV-012",
        ),
        (
            "attributes not sorted, signed as DER",
            Token::p256()
                .with(|t| t.unsorted_attributes = true)
                .signed(),
            "TSV-096",
            "TSV-012 TSV-096",
        ),
        (
            "attributes not sorted, signed as sent",
            Token::p256()
                .with(|t| {
                    t.unsorted_attributes = true;
                    t.sign_as_sent = true;
                })
                .signed(),
            "TSV-096",
            "TSV-012 TSV-096",
        ),
        (
            "version 1 of SignedData",
            Token::p256().with(|t| t.version = 1).signed(),
            "TSV-038",
            "TSV-038",
        ),
    ];
    for (name, token, noted, strict) in table {
        let report = judge(&token);
        assert_eq!(summary(&report), PASSED, "{name}");
        assert_eq!(outcome(&report, noted), Outcome::Note, "{name}");
        let policy = default_policy().strict();
        let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &policy);
        let expected = format!("TOTAL-FAILED FORMAT_FAILURE {strict}");
        assert_eq!(summary(&report), expected, "{name}");
    }
}

#[test]
fn a_response_is_judged_by_its_status() {
    let token = Token::p256().signed();
    let response = |status: u8, with_token: bool| {
        let status = value(&[0x30], &value(&[2], &[status]));
        let token = if with_token {
            token.clone()
        } else {
            Vec::new()
        };
        value(&[0x30], &concat(&[status, token]))
    };
    let refused = "TOTAL-FAILED FORMAT_FAILURE TSV-020";
    let table = [
        (response(0, true), PASSED),
        (response(1, true), PASSED),
        (response(2, true), refused),
        (response(3, true), refused),
        (response(0, false), refused),
        (response(2, false), refused),
    ];
    for (response, expected) in table {
        assert_eq!(summary(&judge(&response)), expected);
    }
}

#[test]
fn the_request_nonce_and_policy_must_be_answered() {
    let token = Token::p256().signed();
    let nonce = || Integer::from(0x1122_3344_5566_7788_u64);
    let imprint =
        |bytes: &[u8]| MessageImprint::new(oid::SHA_256, digest(DigestAlgorithm::Sha256, bytes));
    let request = |bytes: &[u8]| tsa_core::TimeStampReq::new(imprint(bytes));
    let constraints = "INDETERMINATE SIG_CONSTRAINTS_FAILURE";
    let table = [
        (subject().with_nonce(nonce()), PASSED.to_string()),
        (
            subject().with_nonce(Integer::from(1_u64)),
            format!("{constraints} TSV-122"),
        ),
        (
            subject().with_nonce(Integer::from(-1_i64)),
            format!("{constraints} TSV-122"),
        ),
        (
            subject().with_policy(POLICY.parse().unwrap()),
            PASSED.to_string(),
        ),
        (
            subject().with_policy("2.999.2".parse().unwrap()),
            format!("{constraints} TSV-124"),
        ),
        (
            Subject::of_request(request(CONTENT).with_nonce(nonce())),
            PASSED.to_string(),
        ),
        (
            Subject::of_request(request(b"another")),
            String::from("TOTAL-FAILED HASH_FAILURE TSV-064 TSV-120"),
        ),
        (
            subject().with_request(request(b"another")),
            String::from("TOTAL-FAILED HASH_FAILURE TSV-120"),
        ),
        (
            Subject::default(),
            String::from("INDETERMINATE SIGNED_DATA_NOT_FOUND TSV-064"),
        ),
    ];
    for (subject, expected) in table {
        let none = CertificateBag::new();
        let evidence = Evidence::new(&token, &none);
        let report = verify(
            &evidence,
            &subject,
            &trust(&["root"]),
            &default_policy(),
            &RingProvider,
        );
        assert_eq!(summary(&report), expected, "{subject:?}");
    }
}

#[test]
fn a_token_outlives_its_certificates() {
    let token = Token::p256().signed();
    let later = VerificationPolicy::at(ValidationTime::Given(time("2050-01-01T00:00:00Z")));
    let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &later);
    assert_eq!(summary(&report), PASSED);
    assert_eq!(outcome(&report, "PKX-060"), Outcome::Note);
    let own = VerificationPolicy::at(ValidationTime::GenTime);
    let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &own);
    assert_eq!(summary(&report), PASSED);
}

#[test]
fn the_time_is_an_interval_only_when_an_accuracy_is_stated() {
    let report = judge(&Token::p256().signed());
    let verified = report.verified().unwrap();
    assert_eq!(verified.gen_time(), time(GEN_TIME));
    let interval = (
        time("2026-05-10T13:21:40.25Z"),
        time("2026-05-10T13:21:42.25Z"),
    );
    assert_eq!(verified.interval(), Some(interval));
    for accuracy in [None, Accuracy::new(None, None, None)] {
        let token = Token::p256_stating(|info| info.accuracy = accuracy).signed();
        assert_eq!(judge(&token).verified().unwrap().interval(), None);
    }
}

#[test]
fn nothing_in_unsigned_attributes_counts() {
    let with_another_token = Token::p256().with(|token| {
        let later = Token::p256_stating(|info| info.gen_time = time("2026-05-11T00:00:00Z"));
        let attribute = concat(&[
            value(&[6], oid::ID_AA_TIME_STAMP_TOKEN.content()),
            value(&[0x31], &later.signed()),
        ]);
        token.unsigned_attributes = value(&[0xa1], &value(&[0x30], &attribute));
    });
    let report = judge(&with_another_token.signed());
    assert_eq!(report.verified().unwrap().gen_time(), time(GEN_TIME));
}

#[test]
fn revocation_that_is_required_and_cannot_be_checked_denies_the_verdict() {
    let policy = default_policy().with_revocation(tsa_verify::Revocation::Require);
    let token = Token::p256().signed();
    let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &policy);
    assert_eq!(summary(&report), "INDETERMINATE TRY_LATER PKX-070");
}
