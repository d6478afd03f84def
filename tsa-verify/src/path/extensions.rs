//! Extensions of a certificate (RFC 5280 §4.2): those that judging a signer's path needs.
//!
//! A critical extension that is not processed is remembered by name: it denies the path. An
//! extension that is there twice, or that cannot be read, is remembered too.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};
use tsa_core::{DecodeError, DecodeErrorKind, ObjectIdentifier};

use super::constraints::is_well_formed;
use super::policies::PolicyExtensions;
use crate::limits::{CERTIFICATE_EXTENSIONS_MAX, FIELD_ELEMENTS_MAX, KEY_IDENTIFIER_BYTES_MAX};

const fn id_ce(last: u8) -> [u8; 3] {
    [0x55, 0x1d, last]
}

const SUBJECT_KEY_IDENTIFIER: [u8; 3] = id_ce(14);
const KEY_USAGE: [u8; 3] = id_ce(15);
const SUBJECT_ALT_NAME: [u8; 3] = id_ce(17);
const ISSUER_ALT_NAME: [u8; 3] = id_ce(18);
const BASIC_CONSTRAINTS: [u8; 3] = id_ce(19);
const NAME_CONSTRAINTS: [u8; 3] = id_ce(30);
const CRL_DISTRIBUTION_POINTS: [u8; 3] = id_ce(31);
const CERTIFICATE_POLICIES: [u8; 3] = id_ce(32);
const POLICY_MAPPINGS: [u8; 3] = id_ce(33);
const AUTHORITY_KEY_IDENTIFIER: [u8; 3] = id_ce(35);
const POLICY_CONSTRAINTS: [u8; 3] = id_ce(36);
const EXTENDED_KEY_USAGE: [u8; 3] = id_ce(37);
const FRESHEST_CRL: [u8; 3] = id_ce(46);
const INHIBIT_ANY_POLICY: [u8; 3] = id_ce(54);

/// `KeyUsage`: bit 0 is the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage(u16);

impl KeyUsage {
    /// digitalSignature or nonRepudiation.
    pub(crate) fn may_sign(self) -> bool {
        self.has(0) || self.has(1)
    }

    /// A bit other than these two.
    pub(crate) fn has_other_uses(self) -> bool {
        (2..16).any(|bit| self.has(bit))
    }

    /// keyCertSign.
    pub(crate) fn may_sign_certificates(self) -> bool {
        self.has(5)
    }

    /// cRLSign.
    pub(crate) fn may_sign_crls(self) -> bool {
        self.has(6)
    }

    fn has(self, bit: u32) -> bool {
        self.0 & (0x8000 >> bit) != 0
    }

    /// The names of the bits that are set.
    pub(crate) fn to_shown(self) -> String {
        let names = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let set: Vec<&str> = (0_u32..)
            .zip(names)
            .filter(|(bit, _)| self.has(*bit))
            .map(|(_, name)| name)
            .collect();
        match set.is_empty() {
            true => String::from("(none)"),
            false => set.join(", "),
        }
    }
}

/// `BasicConstraints`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    /// A path length above what fits counts as no bound.
    pub(crate) path_len: Option<u64>,
}

/// `ExtKeyUsageSyntax`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtendedKeyUsage {
    pub(crate) critical: bool,
    pub(crate) purposes: Vec<ObjectIdentifier>,
}

/// An extension that cannot be used, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It stands there twice.
    Twice(ObjectIdentifier),
    /// Its value is not what its definition says.
    Malformed(ObjectIdentifier),
}

/// What the extensions say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) authority_key_identifier: Option<Vec<u8>>,
    /// Encoded `GeneralName`s.
    pub(crate) subject_alt_names: Vec<Vec<u8>>,
    /// The value of nameConstraints, well-formed.
    pub(crate) name_constraints: Option<Vec<u8>>,
    pub(crate) policies: PolicyExtensions,
    /// The value of cRLDistributionPoints.
    pub(crate) distribution_points: Option<Vec<u8>>,
    /// Critical and unknown.
    pub(crate) unknown_critical: Vec<ObjectIdentifier>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Extensions {
    pub(crate) fn read(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut extensions = Self::default();
        let mut seen = Vec::new();
        let list = element
            .reader()
            .elements("extensions", CERTIFICATE_EXTENSIONS_MAX)?;
        for extension in &list {
            let (id, critical, value) = read_one(extension)?;
            if seen.contains(&id) {
                extensions.unreadable.push(Unreadable::Twice(id));
                continue;
            }
            seen.push(id);
            if extensions.take(id, critical, &value).is_none() {
                extensions.unreadable.push(Unreadable::Malformed(id));
            }
        }
        Ok(extensions)
    }

    /// Takes one in; `None` when its value cannot be read.
    fn take(&mut self, id: ObjectIdentifier, critical: bool, bytes: &[u8]) -> Option<()> {
        match <[u8; 3]>::try_from(id.content()).unwrap_or_default() {
            BASIC_CONSTRAINTS => self.basic_constraints = Some(read_basic_constraints(bytes)?),
            KEY_USAGE => self.key_usage = Some(read_key_usage(bytes)?),
            EXTENDED_KEY_USAGE => {
                let purposes = read_purposes(bytes)?;
                self.extended_key_usage = Some(ExtendedKeyUsage { critical, purposes });
            }
            SUBJECT_KEY_IDENTIFIER => {
                let identifier = with_element(bytes, |element| {
                    (element.tag == Tag::OCTET_STRING)
                        .then(|| element.octets().ok().map(Cow::into_owned))
                })?;
                self.subject_key_identifier = Some(of_usable_length(identifier??)?);
            }
            AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_identifier = read_authority_key_identifier(bytes)?;
            }
            SUBJECT_ALT_NAME => self.subject_alt_names = read_names(bytes)?,
            NAME_CONSTRAINTS => {
                is_well_formed(bytes).then_some(())?;
                self.name_constraints = Some(bytes.to_vec());
            }
            POLICY_CONSTRAINTS => self.policies.read_constraints(bytes)?,
            POLICY_MAPPINGS => self.policies.read_mappings(bytes)?,
            INHIBIT_ANY_POLICY => self.policies.read_inhibit_any(bytes)?,
            CERTIFICATE_POLICIES => self.policies.read_policies(bytes, critical)?,
            CRL_DISTRIBUTION_POINTS => {
                (!critical || is_list_of_sequences(bytes)).then_some(())?;
                self.distribution_points = Some(bytes.to_vec());
            }
            // Recognized; nothing in them decides about a path.
            ISSUER_ALT_NAME | FRESHEST_CRL => {}
            _ if critical => self.unknown_critical.push(id),
            _ => {}
        }
        Some(())
    }
}

/// One `Extension`: which, whether critical, its value.
pub(crate) fn read_one<'a>(
    element: &Element<'a>,
) -> Result<(ObjectIdentifier, bool, Cow<'a, [u8]>), DecodeError> {
    if element.tag != Tag::SEQUENCE {
        let kind = DecodeErrorKind::Value {
            field: "Extension",
            reason: "not a SEQUENCE",
        };
        return Err(DecodeError {
            kind,
            offset: element.offset,
        });
    }
    let mut fields = element.reader();
    let id = fields.oid("extnID")?;
    let critical = fields.optional(Tag::BOOLEAN)?;
    let critical = critical.is_some_and(|critical| critical.content != [0]);
    let value = fields.octet_string("extnValue")?;
    fields.finish("Extension")?;
    Ok((id, critical, value))
}

fn with_element<T>(encoded: &[u8], read: impl Fn(&Element<'_>) -> T) -> Option<T> {
    let scanned = scan(encoded).ok()?;
    let element = Reader::new(&scanned).next_element().ok()??;
    Some(read(&element))
}

fn read_basic_constraints(encoded: &[u8]) -> Option<BasicConstraints> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned).sequence("BasicConstraints").ok()?;
    let ca = fields.optional(Tag::BOOLEAN).ok()?;
    let ca = ca.is_some_and(|ca| ca.content != [0]);
    let path_len = fields
        .optional(Tag::INTEGER)
        .ok()?
        .map(|element| element.integer());
    fields.finish("BasicConstraints").ok()?;
    if path_len
        .as_ref()
        .is_some_and(tsa_core::Integer::is_negative)
    {
        return None;
    }
    Some(BasicConstraints {
        ca,
        path_len: path_len.and_then(|length| length.to_u64()),
    })
}

fn read_key_usage(encoded: &[u8]) -> Option<KeyUsage> {
    with_element(encoded, |element| {
        let bits = element.content.split_first().map(|(_, bits)| bits)?;
        let octet = |index: usize| u16::from(bits.get(index).copied().unwrap_or_default());
        (element.tag == Tag::BIT_STRING && !element.constructed)
            .then(|| KeyUsage((octet(0) << 8) | octet(1)))
    })?
}

fn read_purposes(encoded: &[u8]) -> Option<Vec<ObjectIdentifier>> {
    with_element(encoded, |element| {
        let purposes = element
            .reader()
            .elements("purposes", FIELD_ELEMENTS_MAX)
            .ok()?;
        let is_list = element.tag == Tag::SEQUENCE && !purposes.is_empty();
        is_list.then_some(())?;
        let read = |purpose: &Element<'_>| {
            (purpose.tag == Tag::OBJECT_IDENTIFIER)
                .then(|| purpose.oid("KeyPurposeId").ok())
                .flatten()
        };
        purposes.iter().map(read).collect()
    })?
}

/// `keyIdentifier`, if it is there.
fn read_authority_key_identifier(encoded: &[u8]) -> Option<Option<Vec<u8>>> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned)
        .sequence("AuthorityKeyIdentifier")
        .ok()?;
    let identifier = fields.optional(Tag::context(0)).ok()?;
    Some(match identifier {
        Some(element) => Some(of_usable_length(element.octets().ok()?.into_owned())?),
        None => None,
    })
}

fn of_usable_length(identifier: Vec<u8>) -> Option<Vec<u8>> {
    (identifier.len() <= KEY_IDENTIFIER_BYTES_MAX).then_some(identifier)
}

/// The outline of cRLDistributionPoints.
fn is_list_of_sequences(encoded: &[u8]) -> bool {
    let is_list = with_element(encoded, |element| {
        let list = element.reader().elements("list", FIELD_ELEMENTS_MAX);
        let is_list = |list: Vec<Element<'_>>| {
            !list.is_empty() && list.iter().all(|one| one.tag == Tag::SEQUENCE)
        };
        element.tag == Tag::SEQUENCE && list.is_ok_and(is_list)
    });
    is_list == Some(true)
}

fn read_names(encoded: &[u8]) -> Option<Vec<Vec<u8>>> {
    with_element(encoded, |element| {
        let names = element
            .reader()
            .elements("names", FIELD_ELEMENTS_MAX)
            .ok()?;
        (element.tag == Tag::SEQUENCE).then(|| names.iter().map(|name| name.raw.to_vec()).collect())
    })?
}
