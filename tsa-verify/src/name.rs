//! Distinguished names: shown to people, and compared (RFC 5280 §4.1.2.4 and §7.1, RFC 4514).
//!
//! Names are equal when their encodings are. Where two issuers of software may have encoded the
//! same name differently (`TSTInfo.tsa`, `issuerSerial`), [`Name::is_same`] also ignores string
//! types, letter case in ASCII and repeated spaces. Order of the parts always counts. Not in scope:
//! chaining certificates, which compares encodings.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::ObjectIdentifier;
use tsa_core::tlv::{Class, Element, Reader, Tag, scan};

use crate::limits::{FIELD_ELEMENTS_MAX, NAME_BYTES_MAX, SHOWN_CHARACTERS_MAX};
use crate::text::{CUT, Escape, shown_hex, without_punctuation};

/// Attribute types with short names, by encoded content: RFC 4514 §3, and those seen in
/// authorities' certificates.
const SHORT_NAMES: [(&[u8], &str); 17] = [
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x04], "SN"),
    (&[0x55, 0x04, 0x05], "serialNumber"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "street"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x55, 0x04, 0x0c], "title"),
    (&[0x55, 0x04, 0x11], "postalCode"),
    (&[0x55, 0x04, 0x2a], "GN"),
    (&[0x55, 0x04, 0x2e], "dnQualifier"),
    (&[0x55, 0x04, 0x61], "organizationIdentifier"),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19],
        "DC",
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01],
        "UID",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01],
        "emailAddress",
    ),
];

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    attribute_type: ObjectIdentifier,
    /// The text, or the encoding when it is no text.
    value: Result<String, Vec<u8>>,
}

/// A readable `Name`: relative distinguished names in the order they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    parts: Vec<Vec<Part>>,
}

impl Name {
    /// Reads an encoded `Name`; `None` when it is not one.
    pub(crate) fn read(encoded: &[u8]) -> Option<Self> {
        let scanned = scan(encoded).ok()?;
        let outer = Reader::new(&scanned).expect(Tag::SEQUENCE, "Name").ok()?;
        let sets = outer.reader().elements("name", FIELD_ELEMENTS_MAX).ok()?;
        let parts = sets.iter().map(read_set).collect::<Option<_>>()?;
        Some(Self { parts })
    }

    /// An encoded `Name` in the order of RFC 4514, harmless to show and to put in quotes: at most
    /// [`SHOWN_CHARACTERS_MAX`] characters, and without the punctuation of Chinese sentences.
    pub(crate) fn shown_of(encoded: &[u8]) -> String {
        without_punctuation(&Self::plain_of(encoded))
    }

    /// As [`Name::shown_of`], with its punctuation as it is: for programs.
    pub(crate) fn plain_of(encoded: &[u8]) -> String {
        let name = match encoded.len() <= NAME_BYTES_MAX {
            true => Self::read(encoded),
            false => None,
        };
        match name {
            Some(name) => name.to_shown(),
            None => alloc::format!("#{}", shown_hex(encoded)),
        }
    }

    /// Whether two encoded names mean the same.
    pub(crate) fn is_same(first: &[u8], second: &[u8]) -> bool {
        if first == second {
            return true;
        }
        match (Self::read(first), Self::read(second)) {
            (Some(first), Some(second)) => first.folded() == second.folded(),
            _ => false,
        }
    }

    fn to_shown(&self) -> String {
        let mut out = Capped::default();
        for set in self.parts.iter().rev() {
            for (index, part) in set.iter().enumerate() {
                out.push(match (out.text.is_empty(), index) {
                    (true, _) => "",
                    (false, 0) => ", ",
                    _ => "+",
                });
                push_part(&mut out, part);
                if out.full {
                    return out.text + CUT;
                }
            }
        }
        match out.text.is_empty() {
            true => String::from("(empty name)"),
            false => out.text,
        }
    }

    /// Text without case and repeated spaces; the attributes of one set in a fixed order.
    fn folded(&self) -> Self {
        let fold_text = |text: &String| {
            let words: Vec<String> = text
                .split_whitespace()
                .map(str::to_ascii_lowercase)
                .collect();
            words.join(" ")
        };
        let fold_part = |part: &Part| Part {
            attribute_type: part.attribute_type,
            value: part.value.as_ref().map(fold_text).map_err(Clone::clone),
        };
        let fold_set = |set: &Vec<Part>| {
            let mut folded: Vec<Part> = set.iter().map(fold_part).collect();
            folded.sort();
            folded
        };
        Self {
            parts: self.parts.iter().map(fold_set).collect(),
        }
    }
}

/// Text that takes whole pieces up to [`SHOWN_CHARACTERS_MAX`] and none after.
#[derive(Debug, Default)]
struct Capped {
    text: String,
    characters: usize,
    full: bool,
}

impl Capped {
    fn push(&mut self, piece: &str) {
        let characters = self.characters + piece.chars().count();
        self.full |= characters > SHOWN_CHARACTERS_MAX;
        if !self.full {
            self.text.push_str(piece);
            self.characters = characters;
        }
    }
}

fn push_part(out: &mut Capped, part: &Part) {
    let content = part.attribute_type.content();
    match SHORT_NAMES.iter().find(|(known, _)| *known == content) {
        Some((_, name)) => out.push(name),
        None => out.push(&alloc::format!("{}", part.attribute_type)),
    }
    out.push("=");
    match &part.value {
        Err(encoded) => out.push(&alloc::format!("#{}", shown_hex(encoded))),
        Ok(text) => {
            let mut escape = Escape::default();
            let mut piece = String::new();
            for character in text.chars() {
                piece.clear();
                if matches!(character, ',' | '+' | '"' | ';' | '<' | '>' | '=' | '#') {
                    piece.push('\\');
                }
                escape.push(&mut piece, character);
                out.push(&piece);
                if out.full {
                    return;
                }
            }
        }
    }
}

fn read_set(set: &Element<'_>) -> Option<Vec<Part>> {
    let parts = set.reader().elements("name", FIELD_ELEMENTS_MAX).ok()?;
    (set.tag == Tag::SET).then_some(())?;
    parts
        .iter()
        .map(|part| {
            let mut fields = part.reader();
            let attribute_type = fields.oid("type").ok()?;
            let value = fields.next_element().ok()??;
            fields.finish("AttributeTypeAndValue").ok()?;
            Some(Part {
                attribute_type,
                value: read_string(&value).ok_or_else(|| value.raw.to_vec()),
            })
        })
        .collect()
}

/// The text of a string type; `None` for other types and for bytes that are no text.
pub(crate) fn read_string(value: &Element<'_>) -> Option<String> {
    if value.tag.class != Class::Universal {
        return None;
    }
    let octets = value.octets().ok()?;
    match value.tag.number {
        12 | 18 | 19 | 22 | 26 => core::str::from_utf8(&octets).ok().map(String::from),
        // TeletexString: in practice Latin-1.
        20 => Some(octets.iter().map(|octet| char::from(*octet)).collect()),
        28 => octets
            .chunks(4)
            .map(|unit| <[u8; 4]>::try_from(unit).ok())
            .map(|unit| char::from_u32(u32::from_be_bytes(unit?)))
            .collect(),
        30 => {
            let units: Option<Vec<u16>> = octets
                .chunks(2)
                .map(|unit| Some(u16::from_be_bytes(<[u8; 2]>::try_from(unit).ok()?)))
                .collect();
            String::from_utf16(&units?).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::tlv::value;

    /// A name of one attribute a set: type, tag of the string, text.
    fn name(parts: &[(&str, u8, &[u8])]) -> Vec<u8> {
        let sets = parts.iter().map(|(attribute_type, tag, text)| {
            let identifier: ObjectIdentifier = attribute_type.parse().unwrap();
            let fields = [value(&[0x06], identifier.content()), value(&[*tag], text)];
            value(&[0x31], &value(&[0x30], &fields.concat()))
        });
        value(&[0x30], &sets.collect::<Vec<_>>().concat())
    }

    #[test]
    fn names_are_the_same_across_string_types_and_case_but_not_across_order() {
        let (country, common) = ("2.5.4.6", "2.5.4.3");
        let utf8 = name(&[(country, 12, b"CN"), (common, 12, b"My  TSA")]);
        let bmp: &[u8] = b"\0m\0y\0 \0t\0s\0a";
        let other_types = name(&[(country, 19, b"CN"), (common, 30, bmp)]);
        let other_order = name(&[(common, 12, b"My TSA"), (country, 12, b"CN")]);
        let other_text = name(&[(country, 12, b"CN"), (common, 12, b"My TSB")]);
        assert!(Name::is_same(&utf8, &other_types));
        assert!(!Name::is_same(&utf8, &other_order));
        assert!(!Name::is_same(&utf8, &other_text));
        assert!(!Name::is_same(&utf8, b"no name"));
    }

    #[test]
    fn names_are_shown_so_that_parts_cannot_be_feigned() {
        let table: [(&[u8], &str); 3] = [
            (b"a, O=Bank", "CN=a\\, O\\=Bank"),
            (b"a\nO=Bank", "CN=a\\u{a}O\\=Bank"),
            (b"a\\", "CN=a\\\\"),
        ];
        for (text, shown) in table {
            assert_eq!(Name::shown_of(&name(&[("2.5.4.3", 12, text)])), shown);
        }
        let others = [
            ("1.2.840.113549.1.9.1", 22, &b"a@b"[..]),
            ("2.999.1", 12, b"x"),
        ];
        assert_eq!(
            Name::shown_of(&name(&others)),
            "2.999.1=x, emailAddress=a@b"
        );
        let chinese = name(&[("2.5.4.3", 12, "某）证明，本文件".as_bytes())]);
        assert_eq!(Name::plain_of(&chinese), "CN=某）证明，本文件");
        let escaped = "CN=某\\u{ff09}证明\\u{ff0c}本文件";
        assert_eq!(Name::shown_of(&chinese), escaped);
        assert_eq!(Name::shown_of(&name(&[])), "(empty name)");
        assert_eq!(Name::shown_of(b"xyz"), "#78797a");
    }

    #[test]
    fn the_text_of_a_whole_name_is_bounded() {
        let text = [b'x'; 400];
        for count in [2, 100, 1_000, 2_000] {
            let parts = alloc::vec![("2.5.4.3", 12, &text[..]); count];
            let shown = Name::shown_of(&name(&parts));
            let characters = shown.chars().count();
            assert!(characters <= SHOWN_CHARACTERS_MAX + CUT.len(), "{count}");
            assert!(shown.ends_with(CUT), "{count}");
        }
    }
}
