//! Names as paths compare them (RFC 5280 §7.1): the same name may be encoded in several ways.
//!
//! Folds what [`crate::name::Name::is_same`] ignores: string types, letter case in ASCII, repeated
//! spaces, the order inside one relative distinguished name. Not in scope: showing names.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};

use crate::crypto::digests::sha256;
use crate::limits::{FIELD_ELEMENTS_MAX, NAME_COMPARED_BYTES_MAX};
use crate::name::read_string;

/// pkcs-9-at-emailAddress
const EMAIL_ADDRESS: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

/// A distinguished name without what does not count when names are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoldedName {
    /// One entry for each relative distinguished name, in the order of the name.
    sets: Vec<Vec<u8>>,
    /// The values of the attributes of type emailAddress; `None` for one that is no text.
    pub(super) email_addresses: Vec<Option<String>>,
}

impl FoldedName {
    /// Reads an encoded `Name`; `None` when it is not one, or too long to be compared like this.
    pub(crate) fn read(encoded: &[u8]) -> Option<Self> {
        if encoded.len() > NAME_COMPARED_BYTES_MAX {
            return None;
        }
        let scanned = scan(encoded).ok()?;
        let outer = Reader::new(&scanned).expect(Tag::SEQUENCE, "Name").ok()?;
        let mut folded = Self {
            sets: Vec::new(),
            email_addresses: Vec::new(),
        };
        for set in outer.reader().elements("name", FIELD_ELEMENTS_MAX).ok()? {
            (set.tag == Tag::SET).then_some(())?;
            folded.push_set(&set)?;
        }
        Some(folded)
    }

    /// This name with one more relative distinguished name at its end: the content of `set`,
    /// whatever its tag (nameRelativeToCRLIssuer has an implicit one).
    pub(crate) fn with_relative(&self, set: &Element<'_>) -> Option<Self> {
        let mut longer = self.clone();
        longer.push_set(set)?;
        Some(longer)
    }

    /// Whether `base` is this name or one above it (RFC 5280 §4.2.1.10).
    pub(super) fn is_within(&self, base: &Self) -> bool {
        self.sets.starts_with(&base.sets)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    fn push_set(&mut self, set: &Element<'_>) -> Option<()> {
        let attributes = set.reader().elements("name", FIELD_ELEMENTS_MAX).ok()?;
        let mut parts = Vec::with_capacity(attributes.len());
        for attribute in &attributes {
            let mut fields = attribute.reader();
            let attribute_type = fields.oid("type").ok()?;
            let value = fields.next_element().ok()??;
            fields.finish("AttributeTypeAndValue").ok()?;
            let text = read_string(&value);
            if attribute_type.content() == EMAIL_ADDRESS {
                self.email_addresses.push(text.clone());
            }
            let mut part = Vec::new();
            push_sized(&mut part, attribute_type.content());
            match text {
                Some(text) => {
                    part.push(1);
                    for (index, word) in text.split_whitespace().enumerate() {
                        if index > 0 {
                            part.push(b' ');
                        }
                        part.extend(word.bytes().map(|byte| byte.to_ascii_lowercase()));
                    }
                }
                None => {
                    part.push(0);
                    part.extend_from_slice(value.raw);
                }
            }
            parts.push(part);
        }
        parts.sort();
        let mut folded = Vec::new();
        for part in &parts {
            push_sized(&mut folded, part);
        }
        self.sets.push(folded);
        Some(())
    }
}

/// What two encoded names have in common exactly when they mean the same. A name that cannot be
/// folded is the same as its own encoding only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameKey<'a> {
    Folded([u8; 32]),
    AsSent(&'a [u8]),
}

impl<'a> NameKey<'a> {
    pub(crate) fn of(encoded: &'a [u8]) -> Self {
        match FoldedName::read(encoded) {
            None => Self::AsSent(encoded),
            Some(name) => {
                let mut bytes = Vec::new();
                for set in &name.sets {
                    push_sized(&mut bytes, set);
                }
                Self::Folded(sha256(&bytes))
            }
        }
    }
}

/// Small numbers for names: equal exactly when the names are the same.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    by_encoding: BTreeMap<&'a [u8], usize>,
    by_key: BTreeMap<NameKey<'a>, usize>,
}

impl<'a> Names<'a> {
    /// The number of a name, a new one if it has none.
    pub(crate) fn number(&mut self, encoded: &'a [u8]) -> usize {
        if let Some(known) = self.by_encoding.get(encoded) {
            return *known;
        }
        let next = self.by_key.len();
        let number = *self.by_key.entry(NameKey::of(encoded)).or_insert(next);
        self.by_encoding.insert(encoded, number);
        number
    }

    /// The number of a name that has one.
    pub(crate) fn find(&self, encoded: &[u8]) -> Option<usize> {
        if let Some(known) = self.by_encoding.get(encoded) {
            return Some(*known);
        }
        let by_key: &BTreeMap<NameKey<'_>, usize> = &self.by_key;
        by_key.get(&NameKey::of(encoded)).copied()
    }
}

/// Appends bytes with their length, so that none can run into the next.
fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&bytes.len().to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use tsa_core::tlv::value;

    /// A name of common names, each with the tag of its string type.
    fn name(parts: &[(u8, &[u8])]) -> Vec<u8> {
        let sets = parts.iter().map(|(tag, text)| {
            let fields = [value(&[0x06], &[0x55, 4, 3]), value(&[*tag], text)];
            value(&[0x31], &value(&[0x30], &fields.concat()))
        });
        value(&[0x30], &sets.collect::<Vec<_>>().concat())
    }

    #[test]
    fn keys_are_equal_exactly_when_names_are_the_same() {
        let names = [
            name(&[(12, b"A  b"), (12, b"c")]),
            name(&[(19, b"a B "), (30, b"\0c")]),
            name(&[(12, b"c"), (12, b"a b")]),
            name(&[(12, b"a b c")]),
            name(&[(4, b"a b")]),
            name(&[]),
            b"no name".to_vec(),
        ];
        for first in &names {
            for second in &names {
                let same = NameKey::of(first) == NameKey::of(second);
                assert_eq!(same, Name::is_same(first, second));
            }
        }
    }

    #[test]
    fn a_name_is_within_those_above_it() {
        let read = |parts: &[(u8, &[u8])]| FoldedName::read(&name(parts)).unwrap();
        let below = read(&[(12, b"a"), (12, b"b")]);
        assert!(below.is_within(&read(&[(19, b"A")])));
        assert!(below.is_within(&below));
        assert!(below.is_within(&read(&[])));
        assert!(!below.is_within(&read(&[(12, b"b")])));
        assert!(!read(&[(12, b"a")]).is_within(&below));
    }
}
