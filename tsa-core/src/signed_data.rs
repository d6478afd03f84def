//! `SignedData` (RFC 5652 §5) as far as tokens use it, read as received.
//!
//! Nothing is verified here: a [`SignedData`] is what somebody sent. Its `TSTInfo` can be read only
//! through [`SignedData::unverified_tst_info`], so that no one believes it by accident.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::error::DecodeError;
use crate::limits::CERTIFICATES_MAX;
use crate::signed_attributes::{Attribute, SignedAttributes, note_unsorted};
use crate::tlv::{Deviations, Element, Reader, Rule, Tag};
use crate::{AlgorithmIdentifier, Integer, ObjectIdentifier, TstInfo, TstInfoReading};

/// A token's envelope.
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    /// `contentType` of the `ContentInfo` around.
    pub content_type: ObjectIdentifier,
    /// `version`
    pub version: Integer,
    /// `digestAlgorithms`
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// `eContentType`
    pub encap_content_type: ObjectIdentifier,
    /// `eContent`, joined when it was sent in segments; `None` when detached.
    pub encap_content: Option<Cow<'a, [u8]>>,
    /// `certificates`, in the order they were sent; `None` when the field is absent.
    pub certificates: Option<Vec<CertificateChoice<'a>>>,
    /// `crls`, encoded.
    pub crls: Vec<&'a [u8]>,
    /// `signerInfos`
    pub signer_infos: Vec<SignerInfo<'a>>,
}

/// One member of `certificates`.
#[derive(Clone, Copy, Debug)]
pub struct CertificateChoice<'a> {
    /// `SEQUENCE` for an X.509 certificate; anything else is of no use to a token.
    pub tag: Tag,
    /// The encoding as received.
    pub raw: &'a [u8],
}

impl CertificateChoice<'_> {
    /// Whether it is an X.509 certificate.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        self.tag == Tag::SEQUENCE
    }
}

/// `SignerIdentifier`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier<'a> {
    /// By issuer (an encoded `Name`) and serial number.
    IssuerAndSerialNumber {
        /// An encoded `Name`.
        issuer: &'a [u8],
        /// The certificate's serial number.
        serial_number: Integer,
    },
    /// By subject key identifier.
    SubjectKeyIdentifier(Cow<'a, [u8]>),
}

/// One signature.
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    /// `version`
    pub version: Integer,
    /// `sid`
    pub sid: SignerIdentifier<'a>,
    /// `digestAlgorithm`
    pub digest_algorithm: AlgorithmIdentifier,
    /// `signedAttrs`
    pub signed_attrs: Option<SignedAttributes<'a>>,
    /// `signatureAlgorithm`
    pub signature_algorithm: AlgorithmIdentifier,
    /// `signature`
    pub signature: Cow<'a, [u8]>,
    /// `unsignedAttrs`: nothing in them is under the signature.
    pub unsigned_attrs: Vec<Attribute<'a>>,
}

impl<'a> SignedData<'a> {
    /// Reads the `ContentInfo` of a token; adds departures from DER to the list.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset of what is not `SignedData`.
    pub fn read(token: &Element<'a>, deviations: &mut Deviations) -> Result<Self, DecodeError> {
        let mut outer = token.reader();
        let content_type = outer.oid("contentType")?;
        let content = outer
            .expect(Tag::context(0), "content")?
            .explicit("content")?;
        outer.finish("ContentInfo")?;
        if content.tag != Tag::SEQUENCE {
            return Err(DecodeError::value(
                "content",
                "not SignedData",
                content.offset,
            ));
        }
        let mut fields = content.reader();
        let version = fields.integer("version")?;
        let digests = fields.expect(Tag::SET, "digestAlgorithms")?;
        let digest_algorithms = digests
            .reader()
            .elements("digest algorithms", CERTIFICATES_MAX)?
            .iter()
            .map(|element| AlgorithmIdentifier::read(element, "digestAlgorithms"))
            .collect::<Result<_, _>>()?;
        let (encap_content_type, encap_content) = read_encap_content_info(&mut fields)?;
        let certificates = read_certificates(&mut fields, deviations)?;
        let crls = match fields.optional(Tag::context(1))? {
            Some(crls) => {
                let elements = implicit_set(&crls, "crls", deviations)?;
                elements.iter().map(|element| element.raw).collect()
            }
            None => Vec::new(),
        };
        let signers = fields.expect(Tag::SET, "signerInfos")?;
        fields.finish("SignedData")?;
        let signer_infos = signers
            .reader()
            .elements("signerInfos", CERTIFICATES_MAX)?
            .iter()
            .map(|element| SignerInfo::read(element, deviations))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            content_type,
            version,
            digest_algorithms,
            encap_content_type,
            encap_content,
            certificates,
            crls,
            signer_infos,
        })
    }

    /// Reads what the token states, without having verified anything.
    ///
    /// # Errors
    /// [`DecodeError`] when the content is detached or not a `TSTInfo`.
    pub fn unverified_tst_info(&self) -> Result<TstInfoReading, DecodeError> {
        match &self.encap_content {
            Some(content) => TstInfo::read(content),
            None => Err(DecodeError::value("eContent", "detached", 0)),
        }
    }
}

type EncapContentInfo<'a> = (ObjectIdentifier, Option<Cow<'a, [u8]>>);

fn read_encap_content_info<'a>(
    fields: &mut Reader<'a>,
) -> Result<EncapContentInfo<'a>, DecodeError> {
    let mut encap = fields.sequence("encapContentInfo")?;
    let encap_content_type = encap.oid("eContentType")?;
    let encap_content = match encap.optional(Tag::context(0))? {
        None => None,
        Some(explicit) => {
            let content = explicit.explicit("eContent")?;
            if content.tag != Tag::OCTET_STRING {
                let reason = "not an OCTET STRING";
                return Err(DecodeError::value("eContent", reason, content.offset));
            }
            Some(content.octets()?)
        }
    };
    encap.finish("encapContentInfo")?;
    Ok((encap_content_type, encap_content))
}

fn read_certificates<'a>(
    fields: &mut Reader<'a>,
    deviations: &mut Deviations,
) -> Result<Option<Vec<CertificateChoice<'a>>>, DecodeError> {
    let Some(certificates) = fields.optional(Tag::context(0))? else {
        return Ok(None);
    };
    let elements = implicit_set(&certificates, "certificates", deviations)?;
    let choice = |element: &Element<'a>| CertificateChoice {
        tag: element.tag,
        raw: element.raw,
    };
    Ok(Some(elements.iter().map(choice).collect()))
}

/// The elements of a SET OF behind an implicit tag. The scan does not know that it is one, nor
/// looks into a primitive.
fn implicit_set<'a>(
    element: &Element<'a>,
    field: &'static str,
    deviations: &mut Deviations,
) -> Result<Vec<Element<'a>>, DecodeError> {
    if !element.constructed {
        return Err(DecodeError::value(field, "not a SET", element.offset));
    }
    let elements = element.reader().elements(field, CERTIFICATES_MAX)?;
    note_unsorted(&elements, deviations);
    Ok(elements)
}

impl<'a> SignerInfo<'a> {
    fn read(element: &Element<'a>, deviations: &mut Deviations) -> Result<Self, DecodeError> {
        if element.tag != Tag::SEQUENCE {
            return Err(DecodeError::value(
                "SignerInfo",
                "not a SEQUENCE",
                element.offset,
            ));
        }
        let mut fields = element.reader();
        let version = fields.integer("version")?;
        let sid = match fields.optional(Tag::context(0))? {
            Some(identifier) => {
                if identifier.constructed {
                    // The scan does not know that this context tag holds an OCTET STRING.
                    deviations.push(Rule::ConstructedString, identifier.offset);
                }
                SignerIdentifier::SubjectKeyIdentifier(identifier.octets()?)
            }
            None => {
                let mut identifier = fields.sequence("sid")?;
                let issuer = identifier.expect(Tag::SEQUENCE, "issuer")?.raw;
                let serial_number = identifier.integer("serialNumber")?;
                identifier.finish("issuerAndSerialNumber")?;
                SignerIdentifier::IssuerAndSerialNumber {
                    issuer,
                    serial_number,
                }
            }
        };
        let digest_algorithm = AlgorithmIdentifier::read_next(&mut fields, "digestAlgorithm")?;
        let signed_attrs = match fields.optional(Tag::context(0))? {
            Some(attributes) => Some(SignedAttributes::read(attributes, deviations)?),
            None => None,
        };
        let signature_algorithm =
            AlgorithmIdentifier::read_next(&mut fields, "signatureAlgorithm")?;
        let signature = fields.octet_string("signature")?;
        let unsigned_attrs = match fields.optional(Tag::context(1))? {
            Some(attributes) => Attribute::read_all(&attributes, "unsignedAttrs", deviations)?,
            None => Vec::new(),
        };
        fields.finish("SignerInfo")?;
        Ok(Self {
            version,
            sid,
            digest_algorithm,
            signed_attrs,
            signature_algorithm,
            signature,
            unsigned_attrs,
        })
    }
}
