//! The two ways this crate fails: a message cannot be read, or cannot be written.
//!
//! A reading error carries the byte offset, counted from the start of the message, so that a
//! client's author finds the place with any ASN.1 viewer.

use alloc::string::String;

use crate::tlv::{Rule, Tag};

/// Why a message could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Bytes from the start of the message that was handed in.
    pub offset: usize,
}

impl DecodeError {
    pub(crate) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    pub(crate) fn value(field: &'static str, reason: &'static str, offset: usize) -> Self {
        Self::new(DecodeErrorKind::Value { field, reason }, offset)
    }
}

/// The rule that a message broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// X.690 §8.1: the input ends inside a value, or there is no input.
    #[error("the input ends inside a value")]
    Truncated,
    /// X.690 §8.1.3: a length field that cannot be right.
    #[error("a length reaches past the value that holds it, or is not a length")]
    Length,
    /// X.690 §8.1.2: a tag that cannot be right.
    #[error("not a tag")]
    TagForm,
    /// Bytes follow the value.
    #[error("{count} bytes follow the value")]
    Trailing {
        /// How many bytes follow.
        count: usize,
    },
    /// One of [`crate::limits`].
    #[error("{what} exceed the limit of {max}")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// X.690 §8 to §10: the content does not fit its type.
    #[error("{0}")]
    Content(&'static str),
    /// X.690 §10 and §11: readable BER, but not DER.
    #[error("not DER: {0}")]
    NotDer(Rule),
    /// A field that must be there is not.
    #[error("{field} is missing ({expected} expected)")]
    Missing {
        /// Name of the field in its ASN.1 module.
        field: &'static str,
        /// The tag that should stand here.
        expected: Tag,
    },
    /// A field has another type.
    #[error("{field}: {expected} expected, {found} found")]
    UnexpectedTag {
        /// Name of the field in its ASN.1 module.
        field: &'static str,
        /// The tag that should stand here.
        expected: Tag,
        /// The tag that stands here.
        found: Tag,
    },
    /// A structure holds more than its definition.
    #[error("{field} holds an unexpected {found}")]
    UnexpectedField {
        /// Name of the structure in its ASN.1 module.
        field: &'static str,
        /// The tag that stands there.
        found: Tag,
    },
    /// A field's value is outside of what its definition allows.
    #[error("{field}: {reason}")]
    Value {
        /// Name of the field in its ASN.1 module.
        field: &'static str,
        /// What is wrong with the value.
        reason: &'static str,
    },
}

/// Why a message could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A field's value is outside of what its definition allows.
    #[error("{field}: {reason}")]
    Value {
        /// Name of the field in its ASN.1 module.
        field: &'static str,
        /// What is wrong with the value.
        reason: &'static str,
    },
    /// A signer's certificate cannot be read.
    #[error("certificate {index} of the chain: {error}")]
    Certificate {
        /// 0 is the signer's own.
        index: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The encoder refused a value.
    #[error("cannot be encoded: {0}")]
    Encoding(String),
}
