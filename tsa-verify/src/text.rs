//! Words in two languages, and how words of strangers are shown.
//!
//! In scope: [`Text`], the choice of a language, and [`shown`], through which every name, string
//! and file name from outside must pass before it enters a report, so that no name can forge one.
//! Not in scope: the sentences themselves; each stands with the check that says it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use serde::Serialize;
use tsa_core::Integer;

use crate::limits::{LISTED_MAX, SHOWN_BYTES_MAX, SHOWN_CHARACTERS_MAX};

pub(crate) mod words;

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

/// What a check has to say; in words only when somebody wants to read it.
pub(crate) enum Detail<'c> {
    /// Chinese and English.
    Fixed(&'static str, &'static str),
    /// With the values compared.
    Later(Box<dyn FnOnce() -> Text + 'c>),
}

impl<'c> Detail<'c> {
    pub(crate) fn later(words: impl FnOnce() -> Text + 'c) -> Self {
        Self::Later(Box::new(words))
    }

    /// The words.
    pub(crate) fn into_text(self) -> Text {
        match self {
            Self::Fixed(zh, en) => Text {
                zh: String::from(zh),
                en: String::from(en),
            },
            Self::Later(words) => words(),
        }
    }
}

impl From<Text> for Detail<'_> {
    fn from(text: Text) -> Self {
        Self::later(|| text)
    }
}

/// A [`Detail`] as [`say!`] makes a [`Text`]. What it names is moved into it.
macro_rules! tell {
    ($zh:literal, $en:literal $(,)?) => {
        $crate::text::Detail::Fixed($zh, $en)
    };
    ($zh:literal, $en:literal $(, $name:ident = $value:expr)+ $(,)?) => {
        $crate::text::Detail::later(move || $crate::text::say!($zh, $en $(, $name = $value)+))
    };
}
pub(crate) use tell;

/// Text of strangers, made harmless: control characters, line breaks, marks that change the
/// direction of writing, characters without a shape, marks that strike out or enclose others, and
/// more than one mark upon one character become `\u{…}`, a backslash is doubled, and what is longer
/// than [`SHOWN_CHARACTERS_MAX`] is cut and marked.
///
/// Characters that merely look like others stay as they are: no rule can tell which was meant.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * SHOWN_CHARACTERS_MAX));
    let mut escape = Escape::default();
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_CHARACTERS_MAX {
            out.push_str(CUT);
            break;
        }
        escape.push(&mut out, character);
    }
    out
}

/// Stands where something was cut. It cannot be feigned: backslashes of strangers are doubled.
pub(crate) const CUT: &str = "\\u{…}";

/// Escapes one character after the other; remembers whether a mark has something to stand upon.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Escape {
    takes_mark: bool,
}

impl Escape {
    pub(crate) fn push(&mut self, out: &mut String, character: char) {
        let is_mark = is_mark(character);
        let escaped =
            is_deceptive(character) || is_overlay(character) || (is_mark && !self.takes_mark);
        match character {
            '\\' => out.push_str("\\\\"),
            _ if escaped => push_escape(out, character),
            _ => out.push(character),
        }
        self.takes_mark = !is_mark && !escaped && character != ' ';
    }
}

fn push_escape(out: &mut String, character: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
}

/// Text that has passed [`shown`], in the one pair of quotes of each language. Quotes inside are
/// escaped, so that the text ends where the quotes do.
pub(crate) fn quoted(shown: &str, lang: Lang) -> String {
    let (opening, closing) = match lang {
        Lang::Zh => ('「', '」'),
        Lang::En => ('“', '”'),
    };
    let mut out = String::from(opening);
    for character in shown.chars() {
        match is_quote(character) {
            true => push_escape(&mut out, character),
            false => out.push(character),
        }
    }
    out.push(closing);
    out
}

/// As [`quoted`], for names of persons and authorities: the punctuation by which a Chinese
/// sentence would go on is escaped too.
pub(crate) fn quoted_name(shown: &str, lang: Lang) -> String {
    quoted(&without_punctuation(shown), lang)
}

/// Quotes and the punctuation of Chinese sentences as `\u{…}`.
pub(crate) fn without_punctuation(shown: &str) -> String {
    let mut out = String::with_capacity(shown.len());
    for character in shown.chars() {
        push_without_punctuation(&mut out, character);
    }
    out
}

pub(crate) fn push_without_punctuation(out: &mut String, character: char) {
    match is_quote(character) || is_punctuation(character) {
        true => push_escape(out, character),
        false => out.push(character),
    }
}

/// The quotes of reports, and what looks like them.
fn is_quote(character: char) -> bool {
    matches!(
        character,
        '“' | '”' | '„' | '‟' | '「' | '」' | '『' | '』' | '〝'..='〟' | '﹁'..='﹄' | '＂' | '｢' | '｣'
    )
}

/// Comma, stop, semicolon, colon and brackets of full width, in all their forms.
fn is_punctuation(character: char) -> bool {
    matches!(
        character,
        '，' | '。' | '；' | '：' | '（' | '）' | '｡' | '､' | '︐'..='︙' | '︵' | '︶' | '﹐'..='﹞'
    )
}

/// Marks drawn across the character before them or around it.
fn is_overlay(character: char) -> bool {
    matches!(
        u32::from(character),
        0x0334..=0x0338
            | 0x0488..=0x0489
            | 0x1abe
            | 0x20d2..=0x20d3
            | 0x20d8..=0x20da
            | 0x20dd..=0x20e0
            | 0x20e2..=0x20e6
            | 0x20ea..=0x20eb
            | 0xa670..=0xa672
            | 0x1cf00..=0x1cf46
    )
}

/// Marks that take no room of their own (Unicode categories Mn and Me): those for all scripts, and
/// those of the scripts that stack them.
fn is_mark(character: char) -> bool {
    matches!(
        u32::from(character),
        0x0300..=0x036f
            | 0x0483..=0x0489
            | 0x0591..=0x05bd
            | 0x05bf
            | 0x05c1..=0x05c2
            | 0x05c4..=0x05c5
            | 0x05c7
            | 0x0610..=0x061a
            | 0x064b..=0x065f
            | 0x0670
            | 0x06d6..=0x06dc
            | 0x06df..=0x06e4
            | 0x06e7..=0x06e8
            | 0x06ea..=0x06ed
            | 0x0730..=0x074a
            | 0x07eb..=0x07f3
            | 0x0898..=0x089f
            | 0x08ca..=0x08e1
            | 0x08e3..=0x0902
            | 0x0e31
            | 0x0e34..=0x0e3a
            | 0x0e47..=0x0e4e
            | 0x0eb1
            | 0x0eb4..=0x0ebc
            | 0x0ec8..=0x0ece
            | 0x0f71..=0x0f7e
            | 0x0f80..=0x0f84
            | 0x1ab0..=0x1ace
            | 0x1dc0..=0x1dff
            | 0x20d0..=0x20f0
            | 0x2cef..=0x2cf1
            | 0x2de0..=0x2dff
            | 0x302a..=0x302d
            | 0x3099..=0x309a
            | 0xa66f..=0xa672
            | 0xa674..=0xa67d
            | 0xa69e..=0xa69f
            | 0xa8e0..=0xa8f1
            | 0xfe20..=0xfe2f
            | 0x1d165..=0x1d169
            | 0x1d16d..=0x1d172
    )
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

/// Hexadecimal of strangers' bytes in a report: as long as any digest, then cut and marked.
pub(crate) fn shown_hex(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN_BYTES_MAX) {
        Some(first) if bytes.len() > SHOWN_BYTES_MAX => hex(first) + CUT,
        _ => hex(bytes),
    }
}

/// A number of strangers in a report, in hexadecimal, cut as [`shown_hex`].
pub(crate) fn shown_integer(integer: &Integer) -> String {
    match integer.content().len() > SHOWN_BYTES_MAX {
        true => shown_hex(integer.content()),
        false => integer.to_hex(),
    }
}

/// Several things in one line: the first [`LISTED_MAX`], then a mark with how many there are.
pub(crate) fn listed<T: fmt::Display>(items: &[T]) -> String {
    let first: Vec<String> = items
        .iter()
        .take(LISTED_MAX)
        .map(|item| alloc::format!("{item}"))
        .collect();
    let mut out = first.join(", ");
    if items.len() > LISTED_MAX {
        // Writing to a String cannot fail.
        let _ = write!(out, ", … ({})", items.len());
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
            ("e\u{301}", "e\u{301}"),
            ("e\u{301}\u{302}", "e\u{301}\\u{302}"),
            ("\u{301}e", "\\u{301}e"),
            ("A\u{336}\u{489}", "A\\u{336}\\u{489}"),
        ];
        for (given, wanted) in table {
            assert_eq!(shown(given), wanted);
        }
    }

    #[test]
    fn quoted_text_cannot_end_its_quotes() {
        let table = [
            (
                "合同（终稿）",
                "「合同（终稿）」",
                "「合同\\u{ff08}终稿\\u{ff09}」",
            ),
            ("a」。b", "「a\\u{300d}。b」", "「a\\u{300d}\\u{3002}b」"),
            ("a”b", "「a\\u{201d}b」", "「a\\u{201d}b」"),
        ];
        for (given, file, name) in table {
            assert_eq!(quoted(given, Lang::Zh), file);
            assert_eq!(quoted_name(given, Lang::Zh), name);
        }
        assert_eq!(quoted("a", Lang::En), "“a”");
    }

    #[test]
    fn long_lists_and_numbers_are_cut_and_marked() {
        let items: Vec<usize> = (0..LISTED_MAX + 1).collect();
        assert!(listed(&items).ends_with("15, … (17)"));
        assert_eq!(listed(&[1, 2]), "1, 2");
        assert_eq!(shown_hex(&[0xab; 2]), "abab");
        let long = shown_integer(&Integer::from_unsigned(&[7; 1_000]));
        assert_eq!(long.len(), 2 * SHOWN_BYTES_MAX + CUT.len());
    }

    #[test]
    fn long_text_is_cut_and_marked() {
        let long = "x".repeat(SHOWN_CHARACTERS_MAX + 1);
        assert!(shown(&long).ends_with("x\\u{…}"));
        assert_eq!(shown(&long).chars().count(), SHOWN_CHARACTERS_MAX + 5);
    }
}
