//! `AlgorithmIdentifier` (RFC 5280 §4.1.1.2), with its parameters as received.

use alloc::vec::Vec;

use crate::error::DecodeError;
use crate::tlv::{Class, Element, Reader, Tag};
use crate::{DigestAlgorithm, ObjectIdentifier};

/// What stands behind the identifier of an algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Parameters {
    /// Nothing.
    Absent,
    /// NULL.
    Null,
    /// One encoded value.
    Other(Vec<u8>),
}

/// An algorithm and its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlgorithmIdentifier {
    /// Which algorithm.
    pub algorithm: ObjectIdentifier,
    /// Its parameters.
    pub parameters: Parameters,
}

impl AlgorithmIdentifier {
    /// An algorithm without parameters.
    #[must_use]
    pub const fn absent(algorithm: ObjectIdentifier) -> Self {
        Self {
            algorithm,
            parameters: Parameters::Absent,
        }
    }

    /// An algorithm with NULL as parameters.
    #[must_use]
    pub const fn null(algorithm: ObjectIdentifier) -> Self {
        Self {
            algorithm,
            parameters: Parameters::Null,
        }
    }

    /// The digest algorithm it names, if it is one and its parameters are absent or NULL.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        match self.parameters {
            Parameters::Absent | Parameters::Null => DigestAlgorithm::from_oid(&self.algorithm),
            Parameters::Other(_) => None,
        }
    }

    /// Whether both mean the same: NULL parameters count as absent (RFC 5754 §2).
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        let parameters = |identifier: &Self| match &identifier.parameters {
            Parameters::Absent | Parameters::Null => None,
            Parameters::Other(raw) => Some(raw.clone()),
        };
        self.algorithm == other.algorithm && parameters(self) == parameters(other)
    }

    /// Reads the next value as `AlgorithmIdentifier`.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not one.
    pub fn read_next(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        Self::read(&reader.expect(Tag::SEQUENCE, field)?, field)
    }

    /// Reads the content of an element as `AlgorithmIdentifier`: a SEQUENCE, or a field whose
    /// implicit tag stands in its place.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not one.
    pub fn read(element: &Element<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let is_other = element.tag.class == Class::Universal && element.tag != Tag::SEQUENCE;
        if is_other || !element.constructed {
            return Err(DecodeError::value(field, "not a SEQUENCE", element.offset));
        }
        let mut reader = element.reader();
        let algorithm = reader.oid(field)?;
        let parameters = match reader.next_element()? {
            None => Parameters::Absent,
            Some(value) if value.tag == Tag::NULL => Parameters::Null,
            Some(value) => Parameters::Other(value.raw.to_vec()),
        };
        reader.finish(field)?;
        Ok(Self {
            algorithm,
            parameters,
        })
    }
}
