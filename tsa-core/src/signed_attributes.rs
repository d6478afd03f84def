//! The attributes under a token's signature (RFC 5652 §5.3, RFC 5035, RFC 6211).
//!
//! Read as they were sent, with the bytes over which a signature may hold. Which attributes must
//! be there and what they must say is the business of `tsa-verify`.

use alloc::vec::Vec;

use crate::error::DecodeError;
use crate::limits::{ATTRIBUTES_MAX, CERTIFICATES_MAX};
use crate::tlv::{Deviations, Element, Reader, Rule, Tag, set_of, to_der};
use crate::{AlgorithmIdentifier, Integer, ObjectIdentifier, oid};

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    /// `attrType`
    pub attribute_type: ObjectIdentifier,
    /// `attrValues`; one in every attribute a token needs.
    pub values: Vec<Element<'a>>,
    /// Where it stands, in bytes from the start of the message.
    pub offset: usize,
}

/// `signedAttrs` as received.
#[derive(Clone, Debug)]
pub struct SignedAttributes<'a> {
    /// The attributes, in the order they were sent.
    pub attributes: Vec<Attribute<'a>>,
    element: Element<'a>,
}

impl<'a> SignedAttributes<'a> {
    pub(crate) fn read(
        element: Element<'a>,
        deviations: &mut Deviations,
    ) -> Result<Self, DecodeError> {
        let attributes = Attribute::read_all(&element, "signedAttrs", deviations)?;
        Ok(Self {
            attributes,
            element,
        })
    }

    /// The DER encoding as SET OF: what the signature covers (RFC 5652 §5.4).
    ///
    /// # Errors
    /// As [`to_der`].
    pub fn der(&self) -> Result<Vec<u8>, DecodeError> {
        let mut encodings = Vec::with_capacity(self.attributes.len());
        let mut reader = self.element.reader();
        while let Some(attribute) = reader.next_element()? {
            encodings.push(to_der(&attribute)?);
        }
        Ok(set_of(encodings))
    }

    /// The bytes as sent, with the tag of a SET OF in place of `[0]`: what some signers sign.
    #[must_use]
    pub fn as_sent(&self) -> Vec<u8> {
        let raw = self.element.raw;
        // A tag in a long form ends with the first octet that has no continuation bit.
        let long = raw.first().is_some_and(|first| first & 0x1f == 0x1f);
        let more = raw.iter().skip(1).take_while(|octet| **octet & 0x80 != 0);
        let tag_bytes = if long { 2 + more.count() } else { 1 };
        let mut bytes = alloc::vec![0x31];
        bytes.extend(raw.iter().skip(tag_bytes));
        bytes
    }

    /// The attributes of a type; more than one is an error in every token.
    pub fn of_type(
        &self,
        attribute_type: ObjectIdentifier,
    ) -> impl Iterator<Item = &Attribute<'a>> {
        self.attributes
            .iter()
            .filter(move |found| found.attribute_type == attribute_type)
    }
}

impl<'a> Attribute<'a> {
    /// Reads a SET OF Attribute behind an implicit tag.
    pub(crate) fn read_all(
        element: &Element<'a>,
        field: &'static str,
        deviations: &mut Deviations,
    ) -> Result<Vec<Self>, DecodeError> {
        if !element.constructed {
            return Err(DecodeError::value(field, "not a SET", element.offset));
        }
        let elements = element.reader().elements("attributes", ATTRIBUTES_MAX)?;
        note_unsorted(&elements, deviations);
        elements.iter().map(Self::read).collect()
    }

    fn read(element: &Element<'a>) -> Result<Self, DecodeError> {
        let fail = |reason| DecodeError::value("Attribute", reason, element.offset);
        if element.tag != Tag::SEQUENCE {
            return Err(fail("not a SEQUENCE"));
        }
        let mut reader = element.reader();
        let attribute_type = reader.oid("attrType")?;
        let values = reader.expect(Tag::SET, "attrValues")?;
        let values = values
            .reader()
            .elements("attribute values", ATTRIBUTES_MAX)?;
        reader.finish("Attribute")?;
        Ok(Self {
            attribute_type,
            values,
            offset: element.offset,
        })
    }
}

/// Elements of an implicitly tagged SET OF, whose order the scan cannot judge. As in the scan, each
/// element that sorts before the one before it is a deviation.
pub(crate) fn note_unsorted(elements: &[Element<'_>], deviations: &mut Deviations) {
    for pair in elements.windows(2) {
        if let [before, after] = pair
            && before.raw > after.raw
        {
            deviations.push(Rule::UnsortedSet, after.offset);
        }
    }
}

/// `ESSCertID` or `ESSCertIDv2`: names a certificate by its digest (RFC 5035 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EssCertId {
    /// The digest algorithm: SHA-1 for version 1, SHA-256 when version 2 leaves it out.
    pub hash_algorithm: AlgorithmIdentifier,
    /// The digest of the whole certificate.
    pub cert_hash: Vec<u8>,
    /// The issuer's names (encoded `GeneralName`s, one after the other) and the serial number.
    pub issuer_serial: Option<(Vec<u8>, Integer)>,
}

impl EssCertId {
    /// Reads the `certs` of a `SigningCertificate` (version 1). The first names the signer.
    ///
    /// # Errors
    /// [`DecodeError`] when the value is not one.
    pub fn read_v1(value: &Element<'_>) -> Result<Vec<Self>, DecodeError> {
        Self::read_list(value, "SigningCertificate", |reader| {
            let _ = reader;
            Ok(AlgorithmIdentifier::absent(oid::SHA_1))
        })
    }

    /// Reads the `certs` of a `SigningCertificateV2`. The first names the signer.
    ///
    /// # Errors
    /// [`DecodeError`] when the value is not one.
    pub fn read_v2(value: &Element<'_>) -> Result<Vec<Self>, DecodeError> {
        Self::read_list(value, "SigningCertificateV2", |reader| {
            match reader.optional(Tag::SEQUENCE)? {
                Some(element) => AlgorithmIdentifier::read(&element, "hashAlgorithm"),
                None => Ok(AlgorithmIdentifier::absent(oid::SHA_256)),
            }
        })
    }

    fn read_list(
        value: &Element<'_>,
        field: &'static str,
        hash_algorithm: impl Fn(&mut Reader<'_>) -> Result<AlgorithmIdentifier, DecodeError>,
    ) -> Result<Vec<Self>, DecodeError> {
        if value.tag != Tag::SEQUENCE {
            return Err(DecodeError::value(field, "not a SEQUENCE", value.offset));
        }
        let mut fields = value.reader();
        let certs = fields.expect(Tag::SEQUENCE, "certs")?;
        fields.optional(Tag::SEQUENCE)?;
        fields.finish(field)?;
        let certs = certs
            .reader()
            .elements("certificate identifiers", CERTIFICATES_MAX)?;
        let read = |cert: &Element<'_>| {
            if cert.tag != Tag::SEQUENCE {
                return Err(DecodeError::value(
                    "ESSCertID",
                    "not a SEQUENCE",
                    cert.offset,
                ));
            }
            let mut reader = cert.reader();
            let hash_algorithm = hash_algorithm(&mut reader)?;
            let cert_hash = reader.octet_string("certHash")?.into_owned();
            let issuer_serial = match reader.optional(Tag::SEQUENCE)? {
                Some(element) => {
                    let mut fields = element.reader();
                    let issuer = fields.expect(Tag::SEQUENCE, "issuer")?.content.to_vec();
                    let serial_number = fields.integer("serialNumber")?;
                    fields.finish("issuerSerial")?;
                    Some((issuer, serial_number))
                }
                None => None,
            };
            reader.finish("ESSCertID")?;
            Ok(Self {
                hash_algorithm,
                cert_hash,
                issuer_serial,
            })
        };
        certs.iter().map(read).collect()
    }
}

/// `CMSAlgorithmProtection` (RFC 6211 §2): the algorithms, under the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CmsAlgorithmProtection {
    /// `digestAlgorithm`
    pub digest_algorithm: AlgorithmIdentifier,
    /// `signatureAlgorithm`; a signature needs it.
    pub signature_algorithm: Option<AlgorithmIdentifier>,
}

impl CmsAlgorithmProtection {
    /// Reads the attribute's value.
    ///
    /// # Errors
    /// [`DecodeError`] when the value is not one.
    pub fn read(value: &Element<'_>) -> Result<Self, DecodeError> {
        if value.tag != Tag::SEQUENCE {
            let reason = "not a SEQUENCE";
            return Err(DecodeError::value(
                "CMSAlgorithmProtection",
                reason,
                value.offset,
            ));
        }
        let mut fields = value.reader();
        let digest_algorithm = AlgorithmIdentifier::read_next(&mut fields, "digestAlgorithm")?;
        let signature_algorithm = fields.optional(Tag::context(1))?;
        let signature_algorithm = signature_algorithm
            .map(|element| AlgorithmIdentifier::read(&element, "signatureAlgorithm"))
            .transpose()?;
        fields.optional(Tag::context(2))?;
        fields.finish("CMSAlgorithmProtection")?;
        Ok(Self {
            digest_algorithm,
            signature_algorithm,
        })
    }
}
