//! Kinds of documents: titles, labels, colours and words, as data.
//!
//! In scope: the files in `kinds/`, one a kind, and those an operator adds. Not in scope: the
//! values of a certificate, and where they stand on the page.

use serde::Deserialize;
use tsa_verify::evidence_format::{BadNumber, NumberPrefix};

/// The kinds that come with the program.
const BUILT_IN: &[&str] = &[
    include_str!("../../kinds/timestamp.toml"),
    include_str!("../../kinds/code-filing.toml"),
    include_str!("../../kinds/data-package.toml"),
    include_str!("../../kinds/data-stream.toml"),
    include_str!("../../kinds/original-design.toml"),
    include_str!("../../kinds/trade-secret.toml"),
];

/// A kind of document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Kind {
    /// Its name in manifests.
    pub kind: String,
    /// What its numbers begin with.
    pub prefix: String,
    /// The title, in Chinese.
    pub title: String,
    /// The title, in English.
    pub subtitle: String,
    /// Colour of title and frame: six hexadecimal digits.
    pub accent: Colour,
    /// Colour of ornaments.
    pub ornament: Colour,
    /// The sentence above the fields.
    pub lead: String,
    /// What the filed thing's name is called; without it, it is not printed.
    #[serde(default)]
    pub title_label: Option<String>,
    /// The fields, in the order in which they are printed.
    pub field: Vec<FieldKind>,
    /// What the statement is called.
    pub statement_label: String,
    /// What is said about the statement.
    pub disclaimer: String,
    /// What a note of the manifest says.
    #[serde(default)]
    pub note: Vec<NoteKind>,
    /// How to verify, in three lines; `{url}` stands for the check page.
    pub verify: Vec<String>,
}

/// A field of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldKind {
    /// Its key in manifests.
    pub key: String,
    /// What it is called.
    pub label: String,
}

/// A note of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NoteKind {
    /// Its key in manifests.
    pub key: String,
    /// What is printed.
    pub text: String,
}

/// A colour, in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// Why a kind cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KindError {
    /// Not TOML, or not the TOML of a kind; with line and column.
    #[error("not the description of a kind of document: {0}")]
    Toml(#[from] toml::de::Error),
    /// The prefix of its numbers.
    #[error("{kind}: {error}")]
    Prefix {
        /// The kind.
        kind: String,
        /// What is wrong.
        error: BadNumber,
    },
}

impl Kind {
    /// Reads the description of a kind.
    ///
    /// # Errors
    /// [`KindError`].
    pub fn from_toml(text: &str) -> Result<Self, KindError> {
        let kind: Self = toml::from_str(text)?;
        match kind.number_prefix() {
            Ok(_) => Ok(kind),
            Err(error) => Err(KindError::Prefix {
                kind: kind.kind,
                error,
            }),
        }
    }

    /// The kinds that come with the program.
    ///
    /// # Errors
    /// [`KindError`]; the tests show that there is none.
    pub fn built_in() -> Result<Vec<Self>, KindError> {
        BUILT_IN.iter().map(|text| Self::from_toml(text)).collect()
    }

    /// What its numbers begin with.
    ///
    /// # Errors
    /// [`BadNumber::Prefix`] for a kind that [`Self::from_toml`] did not make.
    pub fn number_prefix(&self) -> Result<NumberPrefix, BadNumber> {
        NumberPrefix::new(&self.prefix)
    }

    /// What a note says; `None` for one that the kind does not know.
    pub(super) fn note(&self, key: &str) -> Option<&str> {
        let note = self.note.iter().find(|note| note.key == key)?;
        Some(&note.text)
    }
}

impl TryFrom<String> for Colour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const REASON: &str = "a colour has six hexadecimal digits";
        let mut bytes = [0; 3];
        match base16ct::mixed::decode(&text, &mut bytes) {
            Ok([red, green, blue]) => Ok(Self(*red, *green, *blue)),
            _ => Err(REASON),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_kinds_can_be_used() {
        let kinds = Kind::built_in().unwrap();
        assert_eq!(kinds.len(), BUILT_IN.len());
        for kind in &kinds {
            assert_eq!(kind.verify.len(), 3, "{}", kind.kind);
            assert!(kind.note("not-witnessed").is_some(), "{}", kind.kind);
        }
    }

    #[test]
    fn a_kind_with_an_unknown_field_or_colour_is_refused() {
        let sound = BUILT_IN[0];
        for wrong in [
            sound.replace("prefix = \"TS\"", "prefix = \"ts\""),
            sound.replace("accent = \"", "accent = \"x"),
            format!("unknown = 1\n{sound}"),
        ] {
            assert!(Kind::from_toml(&wrong).is_err());
        }
    }
}
