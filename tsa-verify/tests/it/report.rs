//! What people and programs read.

use tsa_verify::{Evidence, Lang, Report, RingProvider, Subject, verify};

use crate::support::{CONTENT, Token, bag, default_policy, judge, judge_with, trust};

/// Judges a token about a file at hand.
fn about(token: &[u8], file: &[u8]) -> Report {
    let none = bag(&[]);
    let evidence = Evidence::new(token, &none);
    let subject = Subject::of_content(token, file, &RingProvider);
    verify(
        &evidence,
        &subject,
        &trust(&["root"]),
        &default_policy(),
        &RingProvider,
    )
}

/// The report up to the list of checks.
fn head(report: &Report, lang: Lang) -> String {
    let text = report.text(lang);
    text.split("\n\n").next().unwrap().to_string()
}

#[test]
fn the_first_lines_say_what_is_proven() {
    let report = about(&Token::p256().signed(), CONTENT).with_subject_name("contract.pdf");
    insta::assert_snapshot!("passed_en", head(&report, Lang::En));
    insta::assert_snapshot!("passed_zh", head(&report, Lang::Zh));
}

#[test]
fn the_first_lines_say_that_no_accuracy_is_stated() {
    let token = Token::p256_stating(|info| info.accuracy = None).signed();
    let report = judge(&token);
    insta::assert_snapshot!("no_accuracy_en", head(&report, Lang::En));
    insta::assert_snapshot!("no_accuracy_zh", head(&report, Lang::Zh));
}

#[test]
fn the_first_lines_say_what_is_not_proven() {
    let token = Token::p256().signed();
    let report = judge_with(&token, &bag(&[]), &trust(&[]), &default_policy());
    insta::assert_snapshot!("indeterminate_en", head(&report, Lang::En));
    insta::assert_snapshot!("indeterminate_zh", head(&report, Lang::Zh));
    let report = judge(b"not a token");
    insta::assert_snapshot!("failed_en", head(&report, Lang::En));
    insta::assert_snapshot!("failed_zh", head(&report, Lang::Zh));
    let report = about(&token, b"another file").with_subject_name("other.pdf");
    insta::assert_snapshot!("other_file_en", head(&report, Lang::En));
    insta::assert_snapshot!("other_file_zh", head(&report, Lang::Zh));
}

#[test]
fn every_check_is_listed_once_and_in_order() {
    let report = judge(b"");
    let codes: Vec<_> = report.findings().iter().map(|found| found.code).collect();
    let listed: Vec<_> = tsa_verify::checks().map(|(code, ..)| code).collect();
    assert_eq!(codes, listed);
}

#[test]
fn names_cannot_forge_a_report() {
    let token = Token::p256_stating(|info| {
        let hostile = "tsa\nVerdict: TOTAL-PASSED\u{202e}";
        info.tsa = Some(tsa_core::tlv::value(&[0x82], hostile.as_bytes()));
    })
    .signed();
    let report = judge(&token).with_subject_name("a\r\nVerdict: TOTAL-PASSED");
    for text in [
        report.text(Lang::En),
        report.text(Lang::Zh),
        report.to_json(),
    ] {
        assert!(!text.contains('\u{202e}') && !text.contains('\r'));
        assert!(
            !text
                .lines()
                .any(|line| line.starts_with("Verdict: TOTAL-PASSED"))
        );
    }
}
