//! Distribution points: those that a certificate names, and the one a CRL is from (RFC 5280
//! §4.2.1.13 and §5.2.5).
//!
//! Names are folded when read, so that the same name in another encoding is the same point.

use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};

use crate::limits::{DISTRIBUTION_POINTS_MAX, NAME_COMPARED_BYTES_MAX};
use crate::path::FoldedName;

/// `ReasonFlags`: bit 0, which is not used, is the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    pub(super) const NONE: Self = Self(0);
    /// Bits 1 to 8.
    pub(super) const ALL: Self = Self(0x7f80);

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is a reason in it that `other` has not.
    pub(super) fn adds_to(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }

    fn read(element: &Element<'_>) -> Option<Self> {
        let bits = element.content.split_first().map(|(_, bits)| bits)?;
        let octet = |index: usize| u16::from(bits.get(index).copied().unwrap_or_default());
        (!element.constructed).then_some(Self(((octet(0) << 8) | octet(1)) & Self::ALL.0))
    }
}

/// One name of a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PointName {
    Directory(FoldedName),
    /// Another form: its encoding.
    Other(Vec<u8>),
}

/// `DistributionPointName`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PointNames {
    /// fullName
    Full(Vec<PointName>),
    /// nameRelativeToCRLIssuer: the encoded field.
    Relative(Vec<u8>),
}

impl PointNames {
    /// The names, with what is relative to an issuer made whole.
    pub(super) fn whole(&self, issuers: &[FoldedName]) -> Vec<PointName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(encoded) => {
                let Ok(scanned) = scan(encoded) else {
                    return Vec::new();
                };
                let Ok(Some(set)) = Reader::new(&scanned).next_element() else {
                    return Vec::new();
                };
                let whole = |issuer: &FoldedName| issuer.with_relative(&set);
                let names = issuers.iter().filter_map(whole);
                names.map(PointName::Directory).collect()
            }
        }
    }

    fn read(element: &Element<'_>) -> Option<Self> {
        let choice = element.explicit("distributionPoint").ok()?;
        if choice.tag == Tag::context(0) {
            return Some(Self::Full(read_names(&choice)?));
        }
        (choice.tag == Tag::context(1) && choice.raw.len() <= NAME_COMPARED_BYTES_MAX)
            .then(|| Self::Relative(choice.raw.to_vec()))
    }
}

/// A distribution point of a certificate.
#[derive(Clone, Debug)]
pub(super) struct DistributionPoint {
    pub(super) names: Option<PointNames>,
    pub(super) reasons: Reasons,
    /// cRLIssuer: encoded directory names.
    pub(super) crl_issuers: Vec<Vec<u8>>,
}

impl DistributionPoint {
    /// The one of a certificate that names none, or whose own say nothing: the issuer's CRLs for
    /// all reasons (RFC 5280 §6.3.3, at the end).
    pub(super) fn of_issuer(issuer: &[u8]) -> Self {
        let name = FoldedName::read(issuer).map(PointName::Directory);
        Self {
            names: name.map(|name| PointNames::Full(alloc::vec![name])),
            reasons: Reasons::ALL,
            crl_issuers: Vec::new(),
        }
    }
}

/// Reads `CRLDistributionPoints`; `None` when a point is not what its definition says.
pub(super) fn read_points(encoded: &[u8]) -> Option<Vec<DistributionPoint>> {
    let scanned = scan(encoded).ok()?;
    let list = Reader::new(&scanned)
        .sequence("CRLDistributionPoints")
        .ok()?
        .elements("points", DISTRIBUTION_POINTS_MAX)
        .ok()?;
    list.iter().map(read_point).collect()
}

fn read_point(element: &Element<'_>) -> Option<DistributionPoint> {
    (element.tag == Tag::SEQUENCE).then_some(())?;
    let mut fields = element.reader();
    let names = fields.optional(Tag::context(0)).ok()?;
    let reasons = fields.optional(Tag::context(1)).ok()?;
    let crl_issuer = fields.optional(Tag::context(2)).ok()?;
    fields.finish("DistributionPoint").ok()?;
    // §4.2.1.13: a point does not consist of reasons alone.
    (names.is_some() || crl_issuer.is_some()).then_some(())?;
    Some(DistributionPoint {
        names: match names {
            Some(names) => Some(PointNames::read(&names)?),
            None => None,
        },
        reasons: match reasons {
            Some(reasons) => Reasons::read(&reasons)?,
            None => Reasons::ALL,
        },
        crl_issuers: match crl_issuer {
            Some(names) => read_directory_names(&names)?,
            None => Vec::new(),
        },
    })
}

/// The encoded names of the form directoryName; `None` when there is none.
pub(super) fn read_directory_names(names: &Element<'_>) -> Option<Vec<Vec<u8>>> {
    let list = names.reader().elements("names", DISTRIBUTION_POINTS_MAX);
    let directory = |name: &Element<'_>| {
        let name = (name.tag == Tag::context(4)).then(|| name.explicit("directoryName"))?;
        Some(name.ok()?.raw.to_vec())
    };
    let found: Vec<Vec<u8>> = list.ok()?.iter().filter_map(directory).collect();
    (!found.is_empty()).then_some(found)
}

fn read_names(names: &Element<'_>) -> Option<Vec<PointName>> {
    let list = names.reader().elements("names", DISTRIBUTION_POINTS_MAX);
    let read_one = |name: &Element<'_>| {
        if name.tag != Tag::context(4) {
            let short = name.raw.len() <= NAME_COMPARED_BYTES_MAX;
            return short.then(|| PointName::Other(name.raw.to_vec()));
        }
        let name = name.explicit("directoryName").ok()?;
        FoldedName::read(name.raw).map(PointName::Directory)
    };
    let found: Vec<PointName> = list.ok()?.iter().map(read_one).collect::<Option<_>>()?;
    (!found.is_empty()).then_some(found)
}

/// `IssuingDistributionPoint`
#[derive(Clone, Debug)]
pub(super) struct IssuingPoint {
    pub(super) names: Option<PointNames>,
    pub(super) only_user: bool,
    pub(super) only_ca: bool,
    pub(super) only_attribute: bool,
    pub(super) reasons: Reasons,
    pub(super) indirect: bool,
}

impl IssuingPoint {
    pub(super) fn read(encoded: &[u8]) -> Option<Self> {
        let scanned = scan(encoded).ok()?;
        let mut fields = Reader::new(&scanned)
            .sequence("IssuingDistributionPoint")
            .ok()?;
        let names = fields.optional(Tag::context(0)).ok()?;
        let mut flag = |number| {
            let element = fields.optional(Tag::context(number)).ok()?;
            Some(element.is_some_and(|element| element.content != [0]))
        };
        let (only_user, only_ca) = (flag(1)?, flag(2)?);
        let reasons = fields.optional(Tag::context(3)).ok()?;
        let mut flag = |number| {
            let element = fields.optional(Tag::context(number)).ok()?;
            Some(element.is_some_and(|element| element.content != [0]))
        };
        let (indirect, only_attribute) = (flag(4)?, flag(5)?);
        fields.finish("IssuingDistributionPoint").ok()?;
        Some(Self {
            names: match names {
                Some(names) => Some(PointNames::read(&names)?),
                None => None,
            },
            only_user,
            only_ca,
            only_attribute,
            reasons: match reasons {
                Some(reasons) => Reasons::read(&reasons)?,
                None => Reasons::ALL,
            },
            indirect,
        })
    }
}
