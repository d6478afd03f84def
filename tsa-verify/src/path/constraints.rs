//! Constraints of an issuer on the names below it (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c)).
//!
//! In scope: directoryName, permitted and excluded. Subtrees of another form bear on names of that
//! form only; where there are such names the answer is "not processed", which denies. Not in scope:
//! constraints on policies, which deny wherever they could matter (`validate`).

use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};

use super::Certificate;
use super::names::FoldedName;
use crate::limits::{FIELD_ELEMENTS_MAX, NAME_COMPARED_BYTES_MAX, NAME_COMPARISONS_MAX};

/// directoryName in `GeneralName`.
const DIRECTORY_NAME: u64 = 4;
/// rfc822Name in `GeneralName`.
const RFC_822_NAME: u64 = 1;

/// What constraints say about a certificate below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameAnswer {
    Within,
    /// A name is outside of what is permitted, or within what is excluded.
    Outside,
    /// They hold for names of a form, or in a number, that is not processed.
    NotProcessed,
}

struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

/// `GeneralSubtree`
struct Subtree {
    form: u64,
    /// `None` when this form, or its minimum or maximum, is not processed.
    base: Option<FoldedName>,
}

/// Whether the value of the extension is what its definition says.
pub(super) fn is_well_formed(encoded: &[u8]) -> bool {
    read(encoded).is_some()
}

/// Judges the names of one certificate below.
pub(super) fn judged(encoded: &[u8], below: &Certificate<'_>) -> NameAnswer {
    let alternatives = &below.extensions.subject_alt_names;
    let bytes: usize = alternatives.iter().map(Vec::len).sum();
    if encoded.len().max(bytes) > NAME_COMPARED_BYTES_MAX {
        return NameAnswer::NotProcessed;
    }
    let (Some(constraints), Some(names)) = (read(encoded), names_of(below)) else {
        return NameAnswer::NotProcessed;
    };
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    if subtrees.saturating_mul(names.len()) > NAME_COMPARISONS_MAX {
        return NameAnswer::NotProcessed;
    }
    let mut answer = NameAnswer::Within;
    for (form, name) in &names {
        match constraints.judge(*form, name.as_ref()) {
            NameAnswer::Within => {}
            NameAnswer::Outside => return NameAnswer::Outside,
            NameAnswer::NotProcessed => answer = NameAnswer::NotProcessed,
        }
    }
    answer
}

impl NameConstraints {
    fn judge(&self, form: u64, name: Option<&FoldedName>) -> NameAnswer {
        let of_form = |subtrees: &'_ [Subtree]| -> Option<(bool, bool)> {
            let mut is_there = false;
            let mut fits = false;
            for subtree in subtrees.iter().filter(|subtree| subtree.form == form) {
                is_there = true;
                fits |= name?.is_within(subtree.base.as_ref()?);
            }
            Some((is_there, fits))
        };
        match (of_form(&self.permitted), of_form(&self.excluded)) {
            (_, Some((_, true))) | (Some((true, false)), _) => NameAnswer::Outside,
            (None, _) | (_, None) => NameAnswer::NotProcessed,
            _ => NameAnswer::Within,
        }
    }
}

/// Form and, for a directoryName, the name. `None` when one cannot be read.
fn names_of(certificate: &Certificate<'_>) -> Option<Vec<(u64, Option<FoldedName>)>> {
    let subject = FoldedName::read(certificate.anatomy.subject)?;
    let mut names = Vec::new();
    if subject.has_email_address {
        names.push((RFC_822_NAME, None));
    }
    if !subject.is_empty() {
        names.push((DIRECTORY_NAME, Some(subject)));
    }
    for alternative in &certificate.extensions.subject_alt_names {
        let scanned = scan(alternative).ok()?;
        let element = Reader::new(&scanned).next_element().ok()??;
        names.push(general_name(&element)?);
    }
    Some(names)
}

fn general_name(element: &Element<'_>) -> Option<(u64, Option<FoldedName>)> {
    let form = u64::from(element.tag.number);
    if element.tag != Tag::context(element.tag.number) {
        return None;
    }
    let name = match form {
        DIRECTORY_NAME => FoldedName::read(element.explicit("directoryName").ok()?.raw),
        _ => None,
    };
    Some((form, name))
}

fn read(encoded: &[u8]) -> Option<NameConstraints> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned).sequence("NameConstraints").ok()?;
    let permitted = fields.optional(Tag::context(0)).ok()?;
    let excluded = fields.optional(Tag::context(1)).ok()?;
    fields.finish("NameConstraints").ok()?;
    // RFC 5280 §4.2.1.10: it is never an empty sequence.
    (permitted.is_some() || excluded.is_some()).then_some(())?;
    let subtrees = |list: Option<Element<'_>>| match list {
        None => Some(Vec::new()),
        Some(list) => read_subtrees(&list),
    };
    Some(NameConstraints {
        permitted: subtrees(permitted)?,
        excluded: subtrees(excluded)?,
    })
}

fn read_subtrees(list: &Element<'_>) -> Option<Vec<Subtree>> {
    let list = list
        .reader()
        .elements("GeneralSubtrees", FIELD_ELEMENTS_MAX);
    let list = list.ok().filter(|list| !list.is_empty())?;
    let read_one = |element: &Element<'_>| {
        (element.tag == Tag::SEQUENCE).then_some(())?;
        let mut fields = element.reader();
        let base = fields.next_element().ok()??;
        let minimum = fields.optional(Tag::context(0)).ok()?;
        let maximum = fields.optional(Tag::context(1)).ok()?;
        fields.finish("GeneralSubtree").ok()?;
        let (form, base) = general_name(&base)?;
        let whole = maximum.is_none() && minimum.is_none_or(|minimum| minimum.content == [0]);
        let base = base.filter(|_| whole);
        Some(Subtree { form, base })
    };
    list.iter().map(read_one).collect()
}
