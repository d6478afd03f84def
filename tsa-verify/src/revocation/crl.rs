//! One CRL, read from the bytes as received (RFC 5280 §5).
//!
//! Entries stay where they are and are walked when somebody asks; a list may have many thousands.
//! Not in scope: whether it is current, whom it is about, who signed it.

use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};
use tsa_core::{AlgorithmIdentifier, DecodeError, DecodeErrorKind, GenTime, Integer};

use super::points::{IssuingPoint, read_directory_names};
use super::{Reason, RevokedEntry};
use crate::limits::CERTIFICATE_EXTENSIONS_MAX;
use crate::path::{read_extension, read_time_element};

const fn id_ce(last: u8) -> [u8; 3] {
    [0x55, 0x1d, last]
}

const ISSUER_ALT_NAME: [u8; 3] = id_ce(18);
const CRL_NUMBER: [u8; 3] = id_ce(20);
const REASON_CODE: [u8; 3] = id_ce(21);
const HOLD_INSTRUCTION: [u8; 3] = id_ce(23);
const INVALIDITY_DATE: [u8; 3] = id_ce(24);
const DELTA_CRL_INDICATOR: [u8; 3] = id_ce(27);
const ISSUING_DISTRIBUTION_POINT: [u8; 3] = id_ce(28);
const CERTIFICATE_ISSUER: [u8; 3] = id_ce(29);
const AUTHORITY_KEY_IDENTIFIER: [u8; 3] = id_ce(35);
const FRESHEST_CRL: [u8; 3] = id_ce(46);
const EXPIRED_CERTS_ON_CRL: [u8; 3] = id_ce(60);

/// A CRL and what it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Crl<'a> {
    pub(super) tbs: &'a [u8],
    /// An encoded `Name`.
    pub(super) issuer: &'a [u8],
    pub(super) signature_algorithm: AlgorithmIdentifier,
    pub(super) signature: &'a [u8],
    pub(super) this_update: GenTime,
    pub(super) next_update: Option<GenTime>,
    pub(super) extensions: CrlExtensions,
    entries: Option<Element<'a>>,
    /// Nothing in it is unknown and critical, and everything is what its definition says.
    pub(super) is_usable: bool,
    pub(super) entry_count: usize,
}

/// `crlExtensions`
#[derive(Clone, Debug, Default)]
pub(super) struct CrlExtensions {
    /// cRLNumber
    pub(super) number: Option<Integer>,
    /// `BaseCRLNumber`: it is a delta CRL.
    pub(super) delta_base: Option<Integer>,
    pub(super) issuing_point: Option<IssuingPoint>,
    /// The values as sent, to compare a delta CRL with its base.
    pub(super) issuing_point_raw: Option<Vec<u8>>,
    pub(super) authority_key_raw: Option<Vec<u8>>,
    /// expiredCertsOnCRL (X.509 §9.5.2.8): since when it keeps expired certificates.
    pub(super) expired_since: Option<GenTime>,
}

impl<'a> Crl<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let scanned = scan(bytes)?;
        let mut outer = Reader::new(&scanned).sequence("CertificateList")?;
        let tbs = outer.expect(Tag::SEQUENCE, "tbsCertList")?;
        let signature_algorithm = AlgorithmIdentifier::read_next(&mut outer, "signatureAlgorithm")?;
        let signature = outer.expect(Tag::BIT_STRING, "signatureValue")?;
        outer.finish("CertificateList")?;
        let signature = match (signature.constructed, signature.content.split_first()) {
            (false, Some((0, bits))) => bits,
            _ => return Err(fail("signatureValue", signature.offset)),
        };
        let mut fields = tbs.reader();
        let version = fields.optional(Tag::INTEGER)?;
        let is_version_2 = version.is_some_and(|version| version.content == [1]);
        let inner_algorithm = AlgorithmIdentifier::read_next(&mut fields, "signature")?;
        let issuer = fields.expect(Tag::SEQUENCE, "issuer")?.raw;
        let offset = fields.offset();
        let this_update = optional_time(&mut fields)?;
        let this_update = this_update.ok_or_else(|| fail("thisUpdate", offset))?;
        let next_update = optional_time(&mut fields)?;
        let entries = fields.optional(Tag::SEQUENCE)?;
        let sent = fields.optional(Tag::context(0))?;
        fields.finish("tbsCertList")?;
        let extensions = match sent {
            Some(explicit) => CrlExtensions::read(&explicit.explicit("crlExtensions")?),
            None => Some(CrlExtensions::default()),
        };
        let may_have_extensions = is_version_2 || sent.is_none();
        let mut crl = Self {
            tbs: tbs.raw,
            issuer,
            is_usable: extensions.is_some()
                && may_have_extensions
                && (version.is_none() || is_version_2)
                && inner_algorithm == signature_algorithm,
            signature_algorithm,
            signature,
            this_update,
            next_update,
            extensions: extensions.unwrap_or_default(),
            entries,
            entry_count: 0,
        };
        crl.look_through();
        Ok(crl)
    }

    pub(super) fn is_delta(&self) -> bool {
        self.extensions.delta_base.is_some()
    }

    pub(super) fn is_indirect(&self) -> bool {
        let point = self.extensions.issuing_point.as_ref();
        point.is_some_and(|point| point.indirect)
    }

    /// Every entry counts: with one that cannot be processed the CRL says nothing of any
    /// certificate (RFC 5280 §5.3).
    fn look_through(&mut self) {
        let is_indirect = self.is_indirect();
        let Some(mut entries) = self.entries.map(|entries| entries.reader()) else {
            return;
        };
        while let Ok(Some(element)) = entries.next_element() {
            self.entry_count += 1;
            let sound = Entry::read(&element)
                .is_some_and(|entry| is_indirect || entry.certificate_issuers.is_none());
            self.is_usable &= sound;
            if !sound {
                return;
            }
        }
    }

    /// The entry of a certificate. `is_issuer` says whether one of these names is the issuer of
    /// the certificate; without names the issuer of the CRL is meant (RFC 5280 §5.3.3).
    pub(super) fn find(
        &self,
        serial_number: &Integer,
        is_issuer: &dyn Fn(&[Vec<u8>]) -> bool,
        by_own_issuer: bool,
    ) -> Option<RevokedEntry> {
        let mut entries = self.entries?.reader();
        let mut fits_issuer = by_own_issuer;
        let mut found = None;
        while let Ok(Some(element)) = entries.next_element() {
            let entry = Entry::read(&element)?;
            if let Some(names) = &entry.certificate_issuers {
                fits_issuer = is_issuer(names);
            }
            if fits_issuer && trimmed(entry.serial_number) == serial_number.content() {
                found = found.or(Some(entry.revoked));
            }
        }
        found
    }
}

struct Entry<'a> {
    serial_number: &'a [u8],
    revoked: RevokedEntry,
    certificate_issuers: Option<Vec<Vec<u8>>>,
}

impl<'a> Entry<'a> {
    /// `None` when it cannot be processed.
    fn read(element: &Element<'a>) -> Option<Self> {
        (element.tag == Tag::SEQUENCE).then_some(())?;
        let mut fields = element.reader();
        let serial_number = fields.expect(Tag::INTEGER, "userCertificate").ok()?.content;
        let date = optional_time(&mut fields).ok()??;
        let extensions = fields.optional(Tag::SEQUENCE).ok()?;
        fields.finish("revokedCertificate").ok()?;
        let mut entry = Self {
            serial_number,
            revoked: RevokedEntry {
                date,
                reason: None,
                invalidity_date: None,
            },
            certificate_issuers: None,
        };
        if let Some(extensions) = extensions {
            entry.take_extensions(&extensions)?;
        }
        Some(entry)
    }

    fn take_extensions(&mut self, extensions: &Element<'_>) -> Option<()> {
        for (id, critical, value) in each_extension(extensions)? {
            let scanned = scan(&value);
            let element = || {
                let scanned = scanned.as_ref().ok()?;
                Reader::new(scanned).next_element().ok()?
            };
            match id {
                REASON_CODE => self.revoked.reason = Some(read_reason(&element()?)?),
                INVALIDITY_DATE => {
                    self.revoked.invalidity_date = Some(read_time_element(&element()?)?);
                }
                CERTIFICATE_ISSUER => {
                    self.certificate_issuers = Some(read_directory_names(&element()?)?);
                }
                HOLD_INSTRUCTION => {}
                _ if critical => return None,
                _ => {}
            }
        }
        Some(())
    }
}

impl CrlExtensions {
    /// `None` when one is critical and unknown, there twice, or not what its definition says.
    fn read(element: &Element<'_>) -> Option<Self> {
        let mut read = Self::default();
        for (id, critical, value) in each_extension(element)? {
            match id {
                CRL_NUMBER => read.number = Some(read_number(&value)?),
                DELTA_CRL_INDICATOR => read.delta_base = Some(read_number(&value)?),
                ISSUING_DISTRIBUTION_POINT => {
                    read.issuing_point = Some(IssuingPoint::read(&value)?);
                    read.issuing_point_raw = Some(value);
                }
                AUTHORITY_KEY_IDENTIFIER => read.authority_key_raw = Some(value),
                EXPIRED_CERTS_ON_CRL => {
                    let scanned = scan(&value).ok()?;
                    let element = Reader::new(&scanned).next_element().ok()??;
                    read.expired_since = read_time_element(&element);
                }
                ISSUER_ALT_NAME | FRESHEST_CRL => {}
                _ if critical => return None,
                _ => {}
            }
        }
        Some(read)
    }
}

/// The identifier (zeros for one that is not three octets long), critical, value.
type Extension = ([u8; 3], bool, Vec<u8>);

/// `None` when the list cannot be read or one is there twice.
fn each_extension(element: &Element<'_>) -> Option<Vec<Extension>> {
    (element.tag == Tag::SEQUENCE).then_some(())?;
    let list = element.reader();
    let list = list.elements("extensions", CERTIFICATE_EXTENSIONS_MAX);
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for extension in list.ok()? {
        let (id, critical, value) = read_extension(&extension).ok()?;
        (!seen.contains(&id)).then_some(())?;
        seen.push(id);
        let short = <[u8; 3]>::try_from(id.content()).unwrap_or_default();
        found.push((short, critical, value.into_owned()));
    }
    Some(found)
}

fn read_number(encoded: &[u8]) -> Option<Integer> {
    let scanned = scan(encoded).ok()?;
    let number = Reader::new(&scanned).integer("CRLNumber").ok()?;
    (!number.is_negative()).then_some(number)
}

fn read_reason(element: &Element<'_>) -> Option<Reason> {
    let enumerated = Tag {
        number: 10,
        ..Tag::INTEGER
    };
    match element.content {
        [number] if element.tag == enumerated => {
            let reason = Reason(*number);
            reason.name().map(|_| reason)
        }
        _ => None,
    }
}

/// The content of an INTEGER without octets that only repeat the sign.
fn trimmed(mut content: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = content {
        match (first, rest.first()) {
            (0, Some(0..=0x7f)) | (0xff, Some(0x80..)) => content = rest,
            _ => break,
        }
    }
    content
}

/// The next field, if it is a time.
fn optional_time(fields: &mut Reader<'_>) -> Result<Option<GenTime>, DecodeError> {
    let before = *fields;
    let element = fields.next_element()?;
    match element.and_then(|element| read_time_element(&element)) {
        Some(time) => Ok(Some(time)),
        None => {
            *fields = before;
            Ok(None)
        }
    }
}

fn fail(field: &'static str, offset: usize) -> DecodeError {
    let reason = "not of its form";
    DecodeError {
        kind: DecodeErrorKind::Value { field, reason },
        offset,
    }
}
