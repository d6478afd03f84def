//! `PKIStatusInfo` (RFC 3161 §2.4.2): what became of a request.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::error::DecodeError;
use crate::limits::STATUS_STRINGS_MAX;
use crate::tlv::{Deviations, Element, Reader, Rule, Tag};

/// `PKIStatus`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PkiStatus {
    /// A token, as requested, is present.
    Granted,
    /// A token, with modifications, is present.
    GrantedWithMods,
    /// No token.
    Rejection,
    /// The request has not been handled yet.
    Waiting,
    /// A revocation is imminent.
    RevocationWarning,
    /// A revocation has occurred.
    RevocationNotification,
}

const STATUSES: [PkiStatus; 6] = [
    PkiStatus::Granted,
    PkiStatus::GrantedWithMods,
    PkiStatus::Rejection,
    PkiStatus::Waiting,
    PkiStatus::RevocationWarning,
    PkiStatus::RevocationNotification,
];

impl PkiStatus {
    /// The number on the wire, 0 to 5.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Granted => 0,
            Self::GrantedWithMods => 1,
            Self::Rejection => 2,
            Self::Waiting => 3,
            Self::RevocationWarning => 4,
            Self::RevocationNotification => 5,
        }
    }

    /// Whether a token must be present.
    #[must_use]
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Granted | Self::GrantedWithMods)
    }
}

impl fmt::Display for PkiStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Granted => "granted",
            Self::GrantedWithMods => "grantedWithMods",
            Self::Rejection => "rejection",
            Self::Waiting => "waiting",
            Self::RevocationWarning => "revocationWarning",
            Self::RevocationNotification => "revocationNotification",
        })
    }
}

/// `PKIFailureInfo`: a named bit list. Bit 0 is the highest of the 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PkiFailureInfo(u32);

impl PkiFailureInfo {
    /// Unrecognized or unsupported algorithm identifier.
    pub const BAD_ALG: Self = Self::bit(0);
    /// Transaction not permitted or supported.
    pub const BAD_REQUEST: Self = Self::bit(2);
    /// The data submitted has the wrong format.
    pub const BAD_DATA_FORMAT: Self = Self::bit(5);
    /// The time source is not available.
    pub const TIME_NOT_AVAILABLE: Self = Self::bit(14);
    /// The requested policy is not supported.
    pub const UNACCEPTED_POLICY: Self = Self::bit(15);
    /// The requested extension is not supported.
    pub const UNACCEPTED_EXTENSION: Self = Self::bit(16);
    /// Additional information could not be understood or is not available.
    pub const ADD_INFO_NOT_AVAILABLE: Self = Self::bit(17);
    /// The request cannot be handled due to a system failure.
    pub const SYSTEM_FAILURE: Self = Self::bit(25);

    const NAMED: [(Self, &'static str); 8] = [
        (Self::BAD_ALG, "badAlg"),
        (Self::BAD_REQUEST, "badRequest"),
        (Self::BAD_DATA_FORMAT, "badDataFormat"),
        (Self::TIME_NOT_AVAILABLE, "timeNotAvailable"),
        (Self::UNACCEPTED_POLICY, "unacceptedPolicy"),
        (Self::UNACCEPTED_EXTENSION, "unacceptedExtension"),
        (Self::ADD_INFO_NOT_AVAILABLE, "addInfoNotAvailable"),
        (Self::SYSTEM_FAILURE, "systemFailure"),
    ];

    const fn bit(number: u32) -> Self {
        Self(1 << (31 - number))
    }

    /// The bits in order, without trailing zeros (X.690 §11.2.2).
    pub(crate) fn bits(self) -> impl Iterator<Item = bool> {
        let used = 32 - self.0.trailing_zeros();
        (0..used).map(move |number| self.0 & Self::bit(number).0 != 0)
    }

    fn read(element: &Element<'_>, deviations: &mut Deviations) -> Result<Self, DecodeError> {
        let fail = |reason| DecodeError::value("failInfo", reason, element.offset);
        if element.constructed {
            return Err(fail("a BIT STRING in constructed form"));
        }
        let (unused, bits) = element.content.split_first().ok_or_else(|| fail("empty"))?;
        if bits.len() > 4 {
            return Err(fail("more than 32 bits"));
        }
        let value = bits
            .iter()
            .fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
        let missing = u32::try_from(4 - bits.len()).unwrap_or_default();
        let info = Self(value.checked_shl(8 * missing).unwrap_or_default());
        let sent = 8 * bits.len() - usize::from(*unused);
        if info.bits().count() != sent {
            deviations.push(Rule::NamedBitListTrailingZeros, element.offset);
        }
        Ok(info)
    }
}

impl fmt::Display for PkiFailureInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for number in 0..32 {
            let bit = Self::bit(number);
            if self.0 & bit.0 == 0 {
                continue;
            }
            f.write_str(separator)?;
            match Self::NAMED.iter().find(|named| named.0 == bit) {
                Some((_, name)) => f.write_str(name)?,
                None => write!(f, "bit {number}")?,
            }
            separator = ", ";
        }
        Ok(())
    }
}

/// `PKIStatusInfo`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PkiStatusInfo {
    /// What became of the request.
    pub status: PkiStatus,
    /// Words for people; empty when the field is absent.
    pub status_string: Vec<String>,
    /// Why there is no token.
    pub fail_info: Option<PkiFailureInfo>,
}

impl PkiStatusInfo {
    /// Granted, without a word.
    #[must_use]
    pub fn granted() -> Self {
        Self {
            status: PkiStatus::Granted,
            status_string: Vec::new(),
            fail_info: None,
        }
    }

    /// A rejection for one reason, with words that say what was wrong.
    #[must_use]
    pub fn rejection(reason: PkiFailureInfo, words: &str) -> Self {
        Self {
            status: PkiStatus::Rejection,
            status_string: alloc::vec![words.to_string()],
            fail_info: Some(reason),
        }
    }

    pub(crate) fn read_next(
        reader: &mut Reader<'_>,
        deviations: &mut Deviations,
    ) -> Result<Self, DecodeError> {
        let mut fields = reader.sequence("status")?;
        let element = fields.expect(Tag::INTEGER, "status")?;
        let number = element
            .integer()
            .to_u64()
            .and_then(|number| usize::try_from(number).ok());
        let status = number
            .and_then(|number| STATUSES.get(number).copied())
            .ok_or_else(|| {
                DecodeError::value(
                    "status",
                    "not one of the six that RFC 3161 knows",
                    element.offset,
                )
            })?;
        let status_string = match fields.optional(Tag::SEQUENCE)? {
            Some(element) => read_free_text(&element)?,
            None => Vec::new(),
        };
        let fail_info = fields.optional(Tag::BIT_STRING)?;
        let fail_info = fail_info
            .map(|element| PkiFailureInfo::read(&element, deviations))
            .transpose()?;
        fields.finish("PKIStatusInfo")?;
        Ok(Self {
            status,
            status_string,
            fail_info,
        })
    }
}

fn read_free_text(element: &Element<'_>) -> Result<Vec<String>, DecodeError> {
    let strings = element
        .reader()
        .elements("status strings", STATUS_STRINGS_MAX)?;
    if strings.is_empty() {
        let reason = "at least one string is needed";
        return Err(DecodeError::value("statusString", reason, element.offset));
    }
    let read = |string: &Element<'_>| {
        let fail = |reason| DecodeError::value("statusString", reason, string.offset);
        if string.tag != Tag::UTF8_STRING {
            return Err(fail("not a UTF8String"));
        }
        let octets = string.octets()?;
        core::str::from_utf8(&octets)
            .map(ToString::to_string)
            .map_err(|_| fail("not UTF-8"))
    };
    strings.iter().map(read).collect()
}
