//! Constraints of an issuer on the names below it (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c)).
//!
//! In scope: permitted and excluded subtrees of every form, [`super::subtrees`] saying which forms
//! can be compared. Where a constraint and a name are of one form and one of them cannot be
//! processed, the answer is "not processed", which denies. A constraint on a form bears on names of
//! that form only.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};

use super::Certificate;
use super::names::FoldedName;
use super::subtrees::{Base, NameForm, Subject};
use crate::limits::{FIELD_ELEMENTS_MAX, NAME_COMPARED_BYTES_MAX, NAME_COMPARISONS_MAX};

/// What constraints say about a certificate below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameAnswer {
    Within,
    /// A name is outside of what is permitted, or within what is excluded.
    Outside,
    /// They hold for names of a form, or in a number, that is not processed.
    NotProcessed,
}

/// What is known, by the numbers of the issuer and of the certificate below: many paths of a
/// hostile bag are made of the same pairs.
pub(super) type NameAnswers = BTreeMap<(usize, usize), NameAnswer>;

struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

/// `GeneralSubtree`
struct Subtree {
    form: NameForm,
    /// `None` when this form, its value, or its minimum or maximum, is not processed.
    base: Option<Base>,
}

/// A name of a certificate; `None` when its form or value is not processed.
struct NameBelow {
    form: NameForm,
    name: Option<Subject>,
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
    for name in &names {
        match constraints.judge(name) {
            NameAnswer::Within => {}
            NameAnswer::Outside => return NameAnswer::Outside,
            NameAnswer::NotProcessed => answer = NameAnswer::NotProcessed,
        }
    }
    answer
}

/// The answer in words, for fuzzing.
pub(crate) fn constrained(encoded: &[u8], below: &Certificate<'_>) -> &'static str {
    match judged(encoded, below) {
        NameAnswer::Within => "within",
        NameAnswer::Outside => "outside",
        NameAnswer::NotProcessed => "not processed",
    }
}

impl NameConstraints {
    fn judge(&self, below: &NameBelow) -> NameAnswer {
        let of_form = |subtrees: &'_ [Subtree], fits: fn(&Subject, &Base) -> bool| {
            let mut is_there = false;
            let mut fit = false;
            for subtree in subtrees.iter().filter(|subtree| subtree.form == below.form) {
                is_there = true;
                fit |= fits(below.name.as_ref()?, subtree.base.as_ref()?);
            }
            Some((is_there, fit))
        };
        let permitted = of_form(&self.permitted, Subject::is_within);
        let excluded = of_form(&self.excluded, Subject::reaches_into);
        match (permitted, excluded) {
            (_, Some((_, true))) | (Some((true, false)), _) => NameAnswer::Outside,
            (None, _) | (_, None) => NameAnswer::NotProcessed,
            _ => NameAnswer::Within,
        }
    }
}

/// The subject, e-mail addresses in it, and the alternative names. `None` when the subject or a
/// `GeneralName` cannot be read.
///
/// RFC 5280 §4.2.1.10 asks for the addresses in the subject only where there is no alternative
/// name; here they count always, so that none can be hidden behind one.
fn names_of(certificate: &Certificate<'_>) -> Option<Vec<NameBelow>> {
    let subject = FoldedName::read(certificate.anatomy.subject)?;
    let mut names = Vec::new();
    for address in &subject.email_addresses {
        names.push(NameBelow {
            form: NameForm::RFC_822,
            name: address
                .as_ref()
                .and_then(|text| Subject::of_mailbox(text.as_bytes())),
        });
    }
    if !subject.is_empty() {
        names.push(NameBelow {
            form: NameForm::DIRECTORY,
            name: Some(Subject::Directory(subject)),
        });
    }
    for alternative in &certificate.extensions.subject_alt_names {
        let scanned = scan(alternative).ok()?;
        let element = Reader::new(&scanned).next_element().ok()??;
        let form = NameForm::of(&element)?;
        let name = Subject::read(form, &element);
        names.push(NameBelow { form, name });
    }
    Some(names)
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
        let form = NameForm::of(&base)?;
        // RFC 5280 §4.2.1.10: minimum is always zero, and maximum absent.
        let whole = maximum.is_none() && minimum.is_none_or(|minimum| minimum.content == [0]);
        let base = whole.then(|| Base::read(form, &base)).flatten();
        Some(Subtree { form, base })
    };
    list.iter().map(read_one).collect()
}
