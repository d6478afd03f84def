//! Words in two languages, and how words of strangers are shown.
//!
//! In scope: [`Text`], the choice of a language, and [`shown`], through which every name, string
//! and file name from outside must pass before it enters a report, so that no name can forge one.
//! Not in scope: the sentences themselves; each stands with the check that says it.

use alloc::string::String;
use core::fmt::Write;

use serde::Serialize;

use crate::limits::SHOWN_CHARACTERS_MAX;

/// The language of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The same statement in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The words in one language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A [`Text`] from two format strings, Chinese first, with the same named arguments.
macro_rules! say {
    ($zh:literal, $en:literal $(,)?) => {
        $crate::Text {
            zh: alloc::string::String::from($zh),
            en: alloc::string::String::from($en),
        }
    };
    ($zh:literal, $en:literal $(, $name:ident = $value:expr)+ $(,)?) => {{
        // Bound once; a language may leave out what the other needs.
        $(let $name = &$value;)+
        $crate::Text {
            zh: alloc::format!($zh),
            en: alloc::format!($en),
        }
    }};
}
pub(crate) use say;

/// Text of strangers, made harmless: control characters, line breaks, marks that change the
/// direction of writing and characters without a shape become `\u{…}`, a backslash is doubled, and
/// what is longer than [`SHOWN_CHARACTERS_MAX`] is cut and marked.
///
/// Characters that merely look like others stay as they are: no rule can tell which was meant.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_CHARACTERS_MAX {
            out.push_str("\\u{…}");
            break;
        }
        match character {
            '\\' => out.push_str("\\\\"),
            _ if is_deceptive(character) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}

/// Controls, format characters (Unicode category Cf), separators other than the space, variation
/// selectors, fillers without a shape, private use and non-characters.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ' && character != '\u{3000}')
        || matches!(
            u32::from(character),
            0x00ad
                | 0x034f
                | 0x0600..=0x0605
                | 0x061c
                | 0x06dd
                | 0x070f
                | 0x0890..=0x0891
                | 0x08e2
                | 0x115f..=0x1160
                | 0x17b4..=0x17b5
                | 0x180b..=0x180f
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0x2800
                | 0x3164
                | 0xe000..=0xf8ff
                | 0xfe00..=0xfe0f
                | 0xfeff
                | 0xffa0
                | 0xfff0..=0xfffb
                | 0xfffe..=0xffff
                | 0x110bd
                | 0x110cd
                | 0x13430..=0x1345f
                | 0x1bca0..=0x1bca3
                | 0x1d173..=0x1d17a
                | 0xe0000..=0x10_ffff
        )
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_forge_a_report_is_escaped() {
        let table = [
            ("TSA P-256", "TSA P-256"),
            ("国家授时中心 — é", "国家授时中心 — é"),
            ("a\nVerdict: TOTAL-PASSED", "a\\u{a}Verdict: TOTAL-PASSED"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("abc\u{202e}fdp", "abc\\u{202e}fdp"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("x\u{2028}y\u{85}z", "x\\u{2028}y\\u{85}z"),
            ("\\u{a}", "\\\\u{a}"),
            ("\u{e0041}", "\\u{e0041}"),
            ("a\u{a0}b", "a\\u{a0}b"),
        ];
        for (given, wanted) in table {
            assert_eq!(shown(given), wanted);
        }
    }

    #[test]
    fn long_text_is_cut_and_marked() {
        let long = "x".repeat(SHOWN_CHARACTERS_MAX + 1);
        assert!(shown(&long).ends_with("x\\u{…}"));
        assert_eq!(shown(&long).chars().count(), SHOWN_CHARACTERS_MAX + 5);
    }
}
