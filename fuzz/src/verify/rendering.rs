//! Reports can be shown: in both languages and as JSON, bounded, without a character that forges.

use tsa_verify::{Lang, Report, inspect};

/// A report has fixed words, and bounded ones of strangers for each finding and each input.
const REPORT_BYTES_MAX: usize = 512 << 10;

/// # Panics
/// When a report for people is too long, has another first line than its verdict, or shows a
/// character that must not be shown.
pub(super) fn check_text_of(report: &Report, lang: Lang) {
    let begins = match lang {
        Lang::Zh => "结论：",
        Lang::En => "Verdict: ",
    };
    let text = report.text(lang);
    let first = text.lines().next().unwrap_or_default();
    let words = first.strip_prefix(begins).expect("the verdict comes first");
    let indication = report.verdict().indication.name();
    assert!(words.starts_with(indication), "{first}");
    let verdicts = text.lines().filter(|line| line.starts_with(begins));
    assert_eq!(verdicts.count(), 1, "two verdicts: {text}");
    check_characters(&text);
}

/// # Panics
/// When a report for programs is too long or shows a character that must not be shown.
pub(super) fn check_json(report: &Report) {
    check_characters(&report.to_json());
}

/// # Panics
/// When what is shown of unverified bytes is not harmless.
pub(super) fn check_inspection(bytes: &[u8]) {
    let inspection = inspect(bytes);
    assert!(!inspection.verified);
    for lang in [Lang::Zh, Lang::En] {
        check_characters(&inspection.text(lang));
    }
    check_characters(&inspection.to_json());
}

fn check_characters(text: &str) {
    assert!(text.len() <= REPORT_BYTES_MAX, "{} bytes", text.len());
    // A table, since a fuzzer traces each comparison.
    for (at, octet) in text.bytes().enumerate() {
        if USUAL[usize::from(octet)] {
            continue;
        }
        let character = text[at..].chars().next().unwrap_or_default();
        if is_raw(character) {
            panic!("U+{:04X} is shown as it is: {text}", u32::from(character));
        }
    }
}

/// First octets of what nearly all of a report is: ASCII without controls, ends of lines, Chinese;
/// and whatever goes on with a character.
const USUAL: [bool; 256] = {
    let mut usual = [false; 256];
    let mut octet = 0_u8;
    while octet < 0xff {
        usual[octet as usize] = matches!(octet, b'\n' | b' '..=b'~' | 0x80..=0xbf | 0xe3..=0xe9);
        octet += 1;
    }
    usual
};

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
