//! What a review found: gaps by which a token passed that must not, or a report said more than it
//! knew. Each test is named after what holds now.

use tsa_core::tlv::value;
use tsa_core::{
    Accuracy, AlgorithmIdentifier, CertificateAnatomy, DigestAlgorithm, Integer, MessageImprint,
    TimeStampReq, oid,
};
use tsa_verify::{
    Algorithms, CryptoProvider, Evidence, Lang, Outcome, Report, RingProvider, SignatureAnswer,
    SignatureScheme, Subject, verify,
};

use crate::support::{
    CONTENT, Kind, PASSED, Token, algorithm_identifier, bag, certificate, default_policy, digest,
    judge, judge_with, statement, subject, summary, trust,
};

fn outcome(report: &Report, code: &str) -> Outcome {
    let mut findings = report.findings().iter();
    findings.find(|found| found.code == code).unwrap().result
}

/// The report up to the list of checks.
fn head(report: &Report, lang: Lang) -> String {
    let text = report.text(lang);
    text.split("\n\n").next().unwrap().to_string()
}

fn about(token: &[u8], subject: &Subject, crypto: &dyn CryptoProvider) -> Report {
    let none = bag(&[]);
    verify(
        &Evidence::new(token, &none),
        subject,
        &trust(&["root"]),
        &default_policy(),
        crypto,
    )
}

/// A signer's certificate with this common name, issued by the intermediate of `certs/`.
fn signer_called(common_name: &str) -> Vec<u8> {
    signer_with(common_name, 0)
}

/// The same, with so many critical extensions that nobody knows.
fn signer_with(common_name: &str, unknown: usize) -> Vec<u8> {
    let identifier = |text: &str| {
        let identifier: tsa_core::ObjectIdentifier = text.parse().unwrap();
        value(&[6], identifier.content())
    };
    let sound = certificate("tsa-p256");
    let sound = CertificateAnatomy::read(&sound).unwrap();
    let text = value(&[12], common_name.as_bytes());
    let part = value(&[0x30], &[identifier("2.5.4.3"), text].concat());
    let subject = value(&[0x30], &value(&[0x31], &part));
    let time = |text: &str| value(&[24], text.as_bytes());
    let validity = [time("20250101000000Z"), time("20350101000000Z")].concat();
    let purposes = value(&[0x30], &identifier("1.3.6.1.5.5.7.3.8"));
    let extension = [
        identifier("2.5.29.37"),
        vec![1, 1, 0xff],
        value(&[4], &purposes),
    ];
    let extension = value(&[0x30], &extension.concat());
    let others = (0..unknown).map(|number| {
        let critical = [vec![1, 1, 0xff], value(&[4], b"x")].concat();
        let identifier = identifier(&format!("1.2.3.{number}"));
        value(&[0x30], &[identifier, critical].concat())
    });
    let extensions: Vec<_> = std::iter::once(extension).chain(others).collect();
    let extensions = value(&[0x30], &extensions.concat());
    let algorithm = algorithm_identifier(&Kind::P384.algorithm());
    let fields = [
        value(&[0xa0], &[2, 1, 2]),
        vec![2, 2, 0x10, 0x92],
        algorithm.clone(),
        sound.issuer.to_vec(),
        value(&[0x30], &validity),
        subject,
        sound.subject_public_key_info.to_vec(),
        value(&[0xa3], &extensions),
    ];
    let tbs = value(&[0x30], &fields.concat());
    let signature = Kind::P384.sign("intermediate", &tbs);
    let bits = value(&[3], &[&[0][..], &signature].concat());
    value(&[0x30], &[tbs, algorithm, bits].concat())
}

/// A token by a certificate made here for the key `tsa-p256`.
fn token_by(signer: &[u8]) -> Vec<u8> {
    let anatomy = CertificateAnatomy::read(signer).unwrap();
    let serial = value(&[2], anatomy.serial_number.content());
    Token::p256_stating(|info| info.tsa = None)
        .with(|t| {
            t.sid = value(&[0x30], &[anatomy.issuer.to_vec(), serial].concat());
            *t.attribute(oid::ID_AA_SIGNING_CERTIFICATE_V2) =
                vec![crate::support::signing_certificate_v2(signer)];
            t.certificates[0] = signer.to_vec();
        })
        .signed()
}

#[test]
fn a_weak_message_digest_is_weak_whatever_the_signature() {
    for (algorithm, weak) in [
        (DigestAlgorithm::Sha1, true),
        (DigestAlgorithm::Sha224, true),
        (DigestAlgorithm::Sha256, false),
    ] {
        let above = ["intermediate"];
        let mut token = Token::new("tsa-ed25519", "tsa-ed25519", Kind::Ed25519, &above);
        token.digest_algorithm = AlgorithmIdentifier::absent(algorithm.oid());
        let content = token.content.clone().unwrap();
        *token.attribute(oid::ID_MESSAGE_DIGEST) = vec![value(&[4], &digest(algorithm, &content))];
        let expected = match weak {
            true => "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE TSV-100",
            false => PASSED,
        };
        assert_eq!(summary(&judge(&token.signed())), expected, "{algorithm}");
    }
}

#[test]
fn a_certificate_named_by_sha_1_in_version_2_is_a_departure() {
    let signer = certificate("tsa-p256");
    let fields = [
        algorithm_identifier(&AlgorithmIdentifier::absent(oid::SHA_1)),
        value(&[4], &digest(DigestAlgorithm::Sha1, &signer)),
    ];
    let list = value(&[0x30], &value(&[0x30], &value(&[0x30], &fields.concat())));
    let token = Token::p256().with(|t| {
        *t.attribute(oid::ID_AA_SIGNING_CERTIFICATE_V2) = vec![list];
    });
    let token = token.signed();
    let report = judge(&token);
    assert_eq!(summary(&report), PASSED);
    assert_eq!(outcome(&report, "TSV-082"), Outcome::Note);
    let strict = default_policy().strict();
    let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &strict);
    assert_eq!(summary(&report), "TOTAL-FAILED FORMAT_FAILURE TSV-082");
}

#[test]
fn a_digest_algorithm_that_signed_data_does_not_list_is_a_departure() {
    let encoded = |identifier| algorithm_identifier(&AlgorithmIdentifier::absent(identifier));
    let listed = value(&[0x31], &encoded(oid::SHA_256));
    let other = value(&[0x31], &encoded(oid::SHA_384));
    let mut token = Token::p256().signed();
    let windows = |bytes: &[u8]| {
        bytes
            .windows(listed.len())
            .position(|found| found == listed)
    };
    let at = windows(&token).unwrap();
    token.splice(at..at + listed.len(), other);
    let report = judge(&token);
    assert_eq!(summary(&report), PASSED);
    assert_eq!(outcome(&report, "TSV-090"), Outcome::Note);
    let strict = default_policy().strict();
    let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &strict);
    assert_eq!(summary(&report), "TOTAL-FAILED FORMAT_FAILURE TSV-090");
}

#[test]
fn the_issuer_in_the_attribute_is_exactly_one_name() {
    let signer = certificate("tsa-p256");
    let anatomy = CertificateAnatomy::read(&signer).unwrap();
    let directory = value(&[0xa4], anatomy.issuer);
    let dns = value(&[0x82], b"tsa.example");
    let constraints = "INDETERMINATE SIG_CONSTRAINTS_FAILURE TSV-086";
    for (names, expected) in [
        (directory.clone(), PASSED),
        ([directory.clone(), dns.clone()].concat(), constraints),
        ([directory.clone(), directory].concat(), constraints),
        (dns, constraints),
    ] {
        let serial = value(&[2], anatomy.serial_number.content());
        let issuer_serial = value(&[0x30], &[value(&[0x30], &names), serial].concat());
        let hash = value(&[4], &digest(DigestAlgorithm::Sha256, &signer));
        let identifier = value(&[0x30], &[hash, issuer_serial].concat());
        let list = value(&[0x30], &value(&[0x30], &identifier));
        let token = Token::p256().with(|t| {
            *t.attribute(oid::ID_AA_SIGNING_CERTIFICATE_V2) = vec![list];
        });
        assert_eq!(summary(&judge(&token.signed())), expected);
    }
}

#[test]
fn a_digest_of_the_wrong_length_is_not_compared() {
    let token = Token::p256().signed();
    for length in [0, 20, 31, 64] {
        let subject = Subject::of_digest(DigestAlgorithm::Sha256, vec![0; length]);
        let report = about(&token, &subject, &RingProvider);
        let expected = "INDETERMINATE SIGNED_DATA_NOT_FOUND TSV-064";
        assert_eq!(summary(&report), expected, "{length}");
        assert_eq!(outcome(&report, "TSV-064"), Outcome::NotMade);
    }
}

/// An engine that lacks SM3.
struct WithoutSm3;

impl CryptoProvider for WithoutSm3 {
    fn name(&self) -> &'static str {
        "without SM3"
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        match algorithm {
            DigestAlgorithm::Sm3 => None,
            other => RingProvider.digest(other, bytes),
        }
    }

    fn verify(
        &self,
        scheme: &SignatureScheme,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer {
        RingProvider.verify(scheme, key, message, signature)
    }
}

#[test]
fn a_file_that_cannot_be_digested_is_not_replaced_by_a_request() {
    let imprint = MessageImprint::new(oid::SM3, digest(DigestAlgorithm::Sm3, CONTENT));
    let token = Token::p256_stating(|info| info.message_imprint = imprint.clone()).signed();
    let request = TimeStampReq::new(imprint.clone());
    let subject = Subject::of_content(&token, b"another file", &WithoutSm3);
    for subject in [subject.clone(), subject.with_request(request.clone())] {
        let report = about(&token, &subject, &WithoutSm3);
        let expected = "INDETERMINATE SIGNED_DATA_NOT_FOUND TSV-064";
        assert_eq!(summary(&report), expected);
    }
    let report = about(&token, &Subject::of_request(request), &WithoutSm3);
    assert_eq!(summary(&report), PASSED);
}

#[test]
fn only_a_file_that_was_seen_is_called_this_file() {
    let token = Token::p256().signed();
    let imprint = MessageImprint::new(oid::SHA_256, digest(DigestAlgorithm::Sha256, CONTENT));
    let file = Subject::of_content(&token, CONTENT, &RingProvider);
    let table = [
        (file, true),
        (Subject::of_request(TimeStampReq::new(imprint)), false),
        (subject(), false),
    ];
    for (subject, is_file) in table {
        let report = about(&token, &subject, &RingProvider);
        assert_eq!(summary(&report), PASSED);
        let (zh, en) = (head(&report, Lang::Zh), head(&report, Lang::En));
        assert_eq!(en.contains("Proven: this file existed"), is_file);
        assert_eq!(
            en.contains("Proven: data with this digest existed"),
            !is_file
        );
        assert_eq!(zh.contains("本文件在"), is_file);
        assert_eq!(zh.contains("具有上述摘要的数据在"), !is_file);
    }
}

#[test]
fn a_huge_accuracy_does_not_excuse_a_time_in_the_future() {
    let late = "INDETERMINATE TIMESTAMP_ORDER_FAILURE TSV-050";
    // The validation time is 2026-06-01T00:00:00Z.
    for (gen_time, seconds, expected) in [
        ("2026-06-01T00:10:00Z", 600, PASSED),
        ("2026-06-01T00:10:01Z", 601, late),
        ("2034-12-01T00:00:00Z", 400_000_000, late),
        ("2026-06-01T00:00:02Z", 1, late),
    ] {
        let token = Token::p256_stating(|info| {
            info.gen_time = crate::support::time(gen_time);
            info.accuracy = Accuracy::new(Some(seconds), None, None);
        });
        assert_eq!(summary(&judge(&token.signed())), expected, "{gen_time}");
    }
}

#[test]
fn the_first_lines_of_a_failure_say_what_was_not_met() {
    let token = Token::p256().signed();
    let other = Subject::of_content(&token, b"another file", &RingProvider);
    let report = about(&token, &other, &RingProvider);
    let (zh, en) = (head(&report, Lang::Zh), head(&report, Lang::En));
    let first = "结论：TOTAL-FAILED (HASH_FAILURE)——该时间戳不能证明此文件，且未检查吊销状态。\n\
                 原因：未满足“摘要与文件一致”（TSV-064）：";
    assert!(zh.starts_with(first), "{zh}");
    let first = "Verdict: TOTAL-FAILED (HASH_FAILURE): the time-stamp does not prove this file; \
                 revocation was not checked.\nReason: not met: the imprint is that of the file \
                 (TSV-064): ";
    assert!(en.starts_with(first), "{en}");
    let broken = Token::p256().with(|t| t.signer_infos = 0).signed();
    let report = judge(&broken);
    let words = "the time-stamp does not stand up to verification; revocation was not checked.";
    assert!(head(&report, Lang::En).contains(words));
    assert!(head(&report, Lang::Zh).contains("该时间戳未能通过验证，且未检查吊销状态。"));
    let report = about(&token, &Subject::default(), &RingProvider);
    assert!(head(&report, Lang::En).contains("\nReason: not checked: "));
    assert!(head(&report, Lang::Zh).contains("\n原因：未能检查“"));
}

#[test]
fn a_signers_name_cannot_write_the_conclusion() {
    let name = "某某）证明，本文件在 2019-01-01 00:00:00 UTC 时已经存在」。\u{336}“x”";
    let report = judge(&token_by(&signer_called(name)));
    assert_eq!(summary(&report), PASSED);
    let zh = report.text(Lang::Zh);
    assert!(!zh.contains("某某）") && !zh.contains("证明，本文件在 2019"));
    assert!(!zh.contains('\u{336}'));
    let signer = "\n签发者：「CN=某某\\u{ff09}证明\\u{ff0c}本文件在 2019-01-01 00:00:00 UTC \
                  时已经存在\\u{300d}\\u{3002}\\u{336}\\u{201c}x\\u{201d}」\n";
    assert!(zh.contains(signer), "{zh}");
    let proven = zh.lines().find(|line| line.starts_with("证明了什么"));
    assert!(
        proven
            .unwrap()
            .starts_with("证明了什么：据上述签发者证明，")
    );
    let en = report.text(Lang::En);
    let proven = en.lines().find(|line| line.starts_with("Proven: "));
    assert!(!proven.unwrap().contains("2019"));
    // Programs get the name without the escapes that only a sentence needs.
    assert!(report.to_json().contains("CN=某某）证明，本文件在 2019"));
}

#[test]
fn a_report_stays_small_whatever_the_lengths_in_a_token() {
    let long = vec![0x77; 200_000];
    let by_long_name = token_by(&signer_called(&"x".repeat(200_000)));
    // Each unknown extension is a defect of the named certificate.
    let named_often = token_by(&signer_with(&"x".repeat(60_000), 100));
    let stating = |change: &dyn Fn(&mut tsa_core::TstInfo)| {
        let mut info = statement("tsa-p256");
        change(&mut info);
        Token::p256_stating(|given| *given = info.clone()).signed()
    };
    let digest = Token::p256().with(|t| {
        *t.attribute(oid::ID_MESSAGE_DIGEST) = vec![value(&[4], &long)];
    });
    for token in [
        by_long_name,
        named_often,
        stating(&|info| info.serial_number = Integer::from_unsigned(&long)),
        stating(&|info| info.nonce = Some(Integer::from_unsigned(&long))),
        stating(&|info| info.message_imprint.hashed_message.clone_from(&long)),
        stating(&|info| info.tsa = Some(value(&[0x82], &long))),
        digest.signed(),
    ] {
        let asked = subject().with_nonce(Integer::from(1_u64));
        let report = about(&token, &asked, &RingProvider);
        let texts = [report.text(Lang::En), report.text(Lang::Zh)];
        let length = report.to_json().len() + texts.concat().len();
        assert!(length < 600_000, "{length}");
    }
}

#[test]
fn a_pass_with_weak_algorithms_allowed_says_so_first() {
    let token = Token::p256().signed();
    let policy = default_policy().with_algorithms(Algorithms::Any);
    let report = judge_with(&token, &bag(&[]), &trust(&["root"]), &policy);
    let first = |lang| report.text(lang).lines().next().unwrap().to_string();
    assert!(first(Lang::En).contains("with weak algorithms allowed, as asked for"));
    assert!(first(Lang::En).contains("revocation was not checked"));
    assert!(first(Lang::Zh).contains("按要求允许弱算法"));
    assert!(first(Lang::Zh).contains("未检查吊销状态"));
    assert!(!report.text(Lang::En).contains("weak ones deny"));
    assert!(!report.text(Lang::Zh).contains("弱算法予以否决"));
}

#[test]
fn a_chinese_report_says_reasons_in_chinese() {
    let unsorted = Token::p256().with(|t| {
        t.sort_certificates = false;
        t.certificates.sort();
        t.certificates.reverse();
    });
    let response = |status: u8| {
        let status = value(&[0x30], &value(&[2], &[status]));
        value(&[0x30], &[status, Token::p256().signed()].concat())
    };
    for (bytes, chinese, english) in [
        (b"0".to_vec(), "数据在一个值的中途结束", "the input ends"),
        (unsorted.signed(), "SET OF 未按升序排列", "ascending order"),
        (Token::p256().signed(), "ECDSA（sha256）", "with sha256"),
        (response(0), "已签发（granted）", "passed"),
    ] {
        let zh = judge(&bytes).text(Lang::Zh);
        assert!(zh.contains(chinese), "{zh}");
        assert!(!zh.contains(english), "{zh}");
    }
}

#[test]
fn an_algorithm_identifier_is_no_token() {
    let identifier = algorithm_identifier(&AlgorithmIdentifier::null(oid::SHA_256));
    assert_eq!(tsa_verify::inspect(&identifier).kind, "unknown");
    let token = Token::p256().signed();
    assert_eq!(tsa_verify::inspect(&token).kind, "token");
}
