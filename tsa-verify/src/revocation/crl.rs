//! One CRL, read from the bytes as received (RFC 5280 §5).
//!
//! Entries stay where they are and are walked when somebody asks, each scanned by itself; a list
//! may have a million. A CRL has definite lengths (RFC 5280 §5.1: it is signed as DER). Not in
//! scope: whether it is current, whom it is about, who signed it.

use alloc::vec::Vec;

use tsa_core::tlv::{Element, Peeled, Reader, Tag, peel, scan};
use tsa_core::{AlgorithmIdentifier, DecodeError, DecodeErrorKind, GenTime, Integer};

use super::points::{IssuingPoint, read_directory_names};
use super::{Reason, RevokedEntry};
use crate::limits::{CERTIFICATE_EXTENSIONS_MAX, CRL_BYTES_MAX};
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

/// Longest encoded time; what is longer is the next field.
const TIME_BYTES_MAX: usize = 64;

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
    /// The content of `revokedCertificates`, not looked at yet.
    entries: &'a [u8],
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
    /// Reads everything but the entries, which [`Crl::look_through`] does.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.len() > CRL_BYTES_MAX {
            let (what, max) = ("bytes of a CRL", CRL_BYTES_MAX);
            return Err(DecodeError {
                kind: DecodeErrorKind::Limit { what, max },
                offset: CRL_BYTES_MAX,
            });
        }
        let mut whole = Fields(bytes);
        let list = whole.next(Tag::SEQUENCE, "CertificateList")?;
        whole.finish("CertificateList")?;
        let mut outer = Fields(list.content);
        let tbs = outer.next(Tag::SEQUENCE, "tbsCertList")?;
        let algorithm = outer.next(Tag::SEQUENCE, "signatureAlgorithm")?;
        let signature_algorithm = read_algorithm(&algorithm)?;
        let signature = outer.next(Tag::BIT_STRING, "signatureValue")?;
        outer.finish("CertificateList")?;
        let signature = match (is_primitive(&signature), signature.content.split_first()) {
            (true, Some((0, bits))) => bits,
            _ => return Err(fail("signatureValue", 0)),
        };
        let mut fields = Fields(tbs.content);
        let version = fields.optional(Tag::INTEGER)?;
        let is_version_2 = version.is_some_and(|version| version.content == [1]);
        let inner_algorithm = read_algorithm(&fields.next(Tag::SEQUENCE, "signature")?)?;
        let issuer = fields.next(Tag::SEQUENCE, "issuer")?.raw;
        scan(issuer)?;
        let this_update = fields.optional_time()?;
        let this_update = this_update.ok_or_else(|| fail("thisUpdate", 0))?;
        let next_update = fields.optional_time()?;
        let entries = fields.optional(Tag::SEQUENCE)?;
        let sent = fields.optional(Tag::context(0))?;
        fields.finish("tbsCertList")?;
        let extensions = match sent {
            Some(explicit) => {
                let scanned = scan(explicit.raw)?;
                let explicit = Reader::new(&scanned).expect(Tag::context(0), "crlExtensions")?;
                CrlExtensions::read(&explicit.explicit("crlExtensions")?)
            }
            None => Some(CrlExtensions::default()),
        };
        let may_have_extensions = is_version_2 || sent.is_none();
        Ok(Self {
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
            entries: entries.map_or(&[], |entries| entries.content),
            entry_count: 0,
        })
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
    pub(super) fn look_through(&mut self) {
        let is_indirect = self.is_indirect();
        let (mut count, mut is_usable) = (0, self.is_usable);
        each_entry(self.entries, |entry| {
            count += 1;
            let entry = entry.filter(|one| is_indirect || one.certificate_issuers.is_none());
            is_usable &= entry.is_some();
            is_usable
        });
        (self.entry_count, self.is_usable) = (count, is_usable);
    }

    /// The entry of a certificate. `is_issuer` says whether one of these names is the issuer of
    /// the certificate; without names the issuer of the CRL is meant (RFC 5280 §5.3.3).
    pub(super) fn find(
        &self,
        serial_number: &Integer,
        is_issuer: &dyn Fn(&[Vec<u8>]) -> bool,
        by_own_issuer: bool,
    ) -> Option<RevokedEntry> {
        let mut fits_issuer = by_own_issuer;
        let mut found = None;
        each_entry(self.entries, |entry| {
            let Some(entry) = entry else {
                return false;
            };
            if let Some(names) = &entry.certificate_issuers {
                fits_issuer = is_issuer(names);
            }
            if fits_issuer && trimmed(entry.serial_number) == serial_number.content() {
                found = found.or(Some(entry.revoked));
            }
            true
        });
        found
    }
}

/// Shows each entry, or `None` for one that cannot be processed, until `goes_on` says no.
fn each_entry(entries: &[u8], mut goes_on: impl FnMut(Option<Entry<'_>>) -> bool) {
    let mut rest = entries;
    while !rest.is_empty() {
        let Ok(Some((entry, after))) = peel(rest) else {
            goes_on(None);
            return;
        };
        let scanned = scan(entry.raw).ok();
        let element = scanned
            .as_ref()
            .and_then(|scanned| Reader::new(scanned).next_element().ok()?);
        if !goes_on(element.and_then(|element| Entry::read(&element))) {
            return;
        }
        rest = after;
    }
}

/// Fields one after the other, none of them looked into.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self, tag: Tag, field: &'static str) -> Result<Peeled<'a>, DecodeError> {
        self.optional(tag)?.ok_or_else(|| fail(field, 0))
    }

    fn optional(&mut self, tag: Tag) -> Result<Option<Peeled<'a>>, DecodeError> {
        match peel(self.0)? {
            Some((found, rest)) if found.tag == tag => {
                self.0 = rest;
                Ok(Some(found))
            }
            _ => Ok(None),
        }
    }

    fn optional_time(&mut self) -> Result<Option<GenTime>, DecodeError> {
        let Some((found, rest)) = peel(self.0)? else {
            return Ok(None);
        };
        if found.raw.len() > TIME_BYTES_MAX {
            return Ok(None);
        }
        let scanned = scan(found.raw)?;
        let element = Reader::new(&scanned).next_element()?;
        let time = element.and_then(|element| read_time_element(&element));
        if time.is_some() {
            self.0 = rest;
        }
        Ok(time)
    }

    fn finish(&self, structure: &'static str) -> Result<(), DecodeError> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(fail(structure, 0)),
        }
    }
}

fn read_algorithm(peeled: &Peeled<'_>) -> Result<AlgorithmIdentifier, DecodeError> {
    let scanned = scan(peeled.raw)?;
    AlgorithmIdentifier::read_next(&mut Reader::new(&scanned), "signatureAlgorithm")
}

/// Whether the string is not made of further ones.
fn is_primitive(peeled: &Peeled<'_>) -> bool {
    peeled.raw.first().is_some_and(|first| first & 0x20 == 0)
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
