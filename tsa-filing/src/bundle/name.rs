//! Names of parts: such as no file system, reader or eye takes for something else.

use std::fmt::Write as _;

/// So many characters of a file's own name are kept.
const CHARACTERS_MAX: usize = 80;

/// A file's name without what is special somewhere: separators, signs that Windows refuses,
/// characters that nobody sees. The true name is in the manifest.
pub(super) fn safe_name(name: &str) -> String {
    let safe = |character: char| match character {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        unseen if crate::unseen::is_unseen(unseen) => '_',
        other => other,
    };
    let mut text: String = name.chars().map(safe).take(CHARACTERS_MAX).collect();
    // Windows drops blanks and dots at the end; a leading dot hides.
    let kept = text.trim_end_matches([' ', '.']).len();
    text.truncate(kept);
    let text = text.trim_start_matches([' ', '.']);
    match text {
        "" => "file".to_owned(),
        "mimetype" | "META-INF" => format!("_{text}"),
        text => text.to_owned(),
    }
}

/// A name as a relative reference (RFC 3986 §4.2).
pub(super) fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        let cases = [
            ("产品设计图.docx", "产品设计图.docx"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\a\\b.txt", "C__a_b.txt"),
            ("a\u{202e}gpj.exe", "a_gpj.exe"),
            ("line\nbreak\0", "line_break_"),
            ("...", "file"),
            ("", "file"),
            ("mimetype", "_mimetype"),
            ("dots. . ", "dots"),
        ];
        for (name, safe) in cases {
            assert_eq!(safe_name(name), safe);
        }
        assert_eq!(safe_name(&"长".repeat(500)).chars().count(), CHARACTERS_MAX);
    }

    #[test]
    fn names_become_references() {
        assert_eq!(uri("files/0001-a b%.txt"), "files/0001-a%20b%25.txt");
        assert_eq!(uri("文"), "%E6%96%87");
    }
}
