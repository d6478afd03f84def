//! Reports can be shown: in both languages and as JSON, bounded, without a character that forges.

use tsa_verify::{Lang, Report, inspect};

/// A report has fixed words, and bounded ones of strangers for each finding and each input.
const REPORT_BYTES_MAX: usize = 512 << 10;

/// # Panics
/// When a report is too long, has another first line than its verdict, or shows a character that
/// must not be shown.
pub(super) fn check(report: &Report) {
    let indication = report.verdict().indication.name();
    for (lang, begins) in [(Lang::Zh, "结论："), (Lang::En, "Verdict: ")] {
        let text = report.text(lang);
        let first = text.lines().next().unwrap_or_default();
        let words = first.strip_prefix(begins).expect("the verdict comes first");
        assert!(words.starts_with(indication), "{first}");
        let verdicts = text.lines().filter(|line| line.starts_with(begins));
        assert_eq!(verdicts.count(), 1, "two verdicts: {text}");
        check_text(&text);
    }
    check_text(&report.to_json());
}

/// # Panics
/// As [`check`].
pub(super) fn check_inspection(bytes: &[u8]) {
    let inspection = inspect(bytes);
    assert!(!inspection.verified);
    for lang in [Lang::Zh, Lang::En] {
        check_text(&inspection.text(lang));
    }
    check_text(&inspection.to_json());
}

fn check_text(text: &str) {
    assert!(text.len() <= REPORT_BYTES_MAX, "{} bytes", text.len());
    if let Some(found) = text.chars().find(|character| is_raw(*character)) {
        panic!("U+{:04X} is shown as it is: {text}", u32::from(found));
    }
}

/// Controls but for the end of a line, marks of direction, characters without a shape.
fn is_raw(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}
