//! Tag, length, value: the one gate that every received byte passes (X.690 §8 to §11).
//!
//! [`scan`] walks a message once, without recursion and within [`crate::limits`], and lists each
//! deviation from DER with its offset. [`Reader`] then moves over what has been scanned. Strict
//! callers refuse a message with deviations, lenient ones report them.
//!
//! Not in scope: what the values mean. Contents of OCTET STRINGs are opaque here.

use alloc::vec::Vec;
use core::fmt;

use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::DEVIATIONS_LISTED_MAX;

mod header;
mod peel;
mod reader;
mod scan;
mod transcode;

pub use peel::{Peeled, peel};
pub use reader::{Element, Reader};
pub use scan::{KnownValue, Scanned, scan, scan_der, scan_der_with_known};
pub(crate) use transcode::{minimal_integer, push_header, push_value, value_bytes};
pub use transcode::{set_of, to_der, value};

/// Class of a tag (X.690 §8.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Types of X.680 itself.
    Universal,
    /// Types of an application.
    Application,
    /// Fields of the structure around.
    Context,
    /// Types by private agreement.
    Private,
}

/// A tag: class and number, without the constructed bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    /// The class.
    pub class: Class,
    /// The number.
    pub number: u32,
}

impl Tag {
    /// BOOLEAN
    pub const BOOLEAN: Self = Self::universal(1);
    /// INTEGER
    pub const INTEGER: Self = Self::universal(2);
    /// BIT STRING
    pub const BIT_STRING: Self = Self::universal(3);
    /// OCTET STRING
    pub const OCTET_STRING: Self = Self::universal(4);
    /// NULL
    pub const NULL: Self = Self::universal(5);
    /// OBJECT IDENTIFIER
    pub const OBJECT_IDENTIFIER: Self = Self::universal(6);
    /// `UTF8String`
    pub const UTF8_STRING: Self = Self::universal(12);
    /// SEQUENCE and SEQUENCE OF
    pub const SEQUENCE: Self = Self::universal(16);
    /// SET and SET OF
    pub const SET: Self = Self::universal(17);
    /// `GeneralizedTime`
    pub const GENERALIZED_TIME: Self = Self::universal(24);

    const fn universal(number: u32) -> Self {
        Self {
            class: Class::Universal,
            number,
        }
    }

    /// The context-specific tag `[number]`.
    #[must_use]
    pub const fn context(number: u32) -> Self {
        Self {
            class: Class::Context,
            number,
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.class, self.number) {
            (Class::Context, number) => return write!(f, "[{number}]"),
            (Class::Application, number) => return write!(f, "[APPLICATION {number}]"),
            (Class::Private, number) => return write!(f, "[PRIVATE {number}]"),
            (Class::Universal, 1) => "BOOLEAN",
            (Class::Universal, 2) => "INTEGER",
            (Class::Universal, 3) => "BIT STRING",
            (Class::Universal, 4) => "OCTET STRING",
            (Class::Universal, 5) => "NULL",
            (Class::Universal, 6) => "OBJECT IDENTIFIER",
            (Class::Universal, 10) => "ENUMERATED",
            (Class::Universal, 12) => "UTF8String",
            (Class::Universal, 16) => "SEQUENCE",
            (Class::Universal, 17) => "SET",
            (Class::Universal, 19) => "PrintableString",
            (Class::Universal, 22) => "IA5String",
            (Class::Universal, 23) => "UTCTime",
            (Class::Universal, 24) => "GeneralizedTime",
            (Class::Universal, 30) => "BMPString",
            (Class::Universal, number) => return write!(f, "[UNIVERSAL {number}]"),
        };
        f.write_str(name)
    }
}

/// A rule of DER that readable BER breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// X.690 §10.1: lengths are definite.
    IndefiniteLength,
    /// X.690 §10.1: lengths take the fewest octets.
    NonMinimalLength,
    /// X.690 §8.1.2.4: a tag number takes the fewest octets.
    NonMinimalTag,
    /// X.690 §10.2: strings are primitive.
    ConstructedString,
    /// X.690 §8.3.2: an INTEGER takes the fewest octets.
    NonMinimalInteger,
    /// X.690 §11.1: TRUE is `FF`.
    BooleanValue,
    /// X.690 §11.2.1: the unused bits of a BIT STRING are zero.
    BitStringPadding,
    /// X.690 §11.2.2: a named bit list has no trailing zero bits.
    NamedBitListTrailingZeros,
    /// X.690 §11.6: the elements of a SET OF are in ascending order.
    UnsortedSet,
    /// X.690 §11.5: a DEFAULT value is left out.
    DefaultEncoded,
    /// X.690 §11.7: a GeneralizedTime ends in `Z`, with no trailing zeros in its fraction.
    GeneralizedTimeForm,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndefiniteLength => "indefinite length",
            Self::NonMinimalLength => "length not in its shortest form",
            Self::NonMinimalTag => "tag not in its shortest form",
            Self::ConstructedString => "string in constructed form",
            Self::NonMinimalInteger => "INTEGER not in its shortest form",
            Self::BooleanValue => "TRUE that is not FF",
            Self::BitStringPadding => "BIT STRING with unused bits set",
            Self::NamedBitListTrailingZeros => "named bit list with trailing zero bits",
            Self::UnsortedSet => "SET OF not in ascending order",
            Self::DefaultEncoded => "DEFAULT value encoded",
            Self::GeneralizedTimeForm => "GeneralizedTime not in its canonical form",
        })
    }
}

/// The departures from DER found in one message: the first
/// [`DEVIATIONS_LISTED_MAX`] in order of discovery, and how
/// many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deviations {
    listed: Vec<Deviation>,
    count: usize,
}

impl Deviations {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many there are, listed or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The listed ones.
    #[must_use]
    pub fn listed(&self) -> &[Deviation] {
        &self.listed
    }

    /// Adds one.
    pub fn push(&mut self, rule: Rule, offset: usize) {
        self.count += 1;
        if self.listed.len() < DEVIATIONS_LISTED_MAX {
            self.listed.push(Deviation { rule, offset });
        }
    }

    /// The first one as an error, for callers that accept only DER.
    ///
    /// # Errors
    /// [`DecodeErrorKind::NotDer`] when there is a deviation.
    pub fn refuse(&self) -> Result<(), DecodeError> {
        match self.listed.first() {
            None => Ok(()),
            Some(first) => Err(DecodeError::new(
                DecodeErrorKind::NotDer(first.rule),
                first.offset,
            )),
        }
    }
}

/// One place where a message is BER but not DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deviation {
    /// The broken rule.
    pub rule: Rule,
    /// Bytes from the start of the scanned message.
    pub offset: usize,
}
