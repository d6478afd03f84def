//! The anatomy of an X.509 certificate (RFC 5280 §4.1): where its parts lie, as received.
//!
//! Enough to name a signer and to hand the signed bytes on. What the parts say (validity,
//! extensions) and whether to believe them is the business of `tsa-verify`.

use crate::error::DecodeError;
use crate::tlv::{Reader, Scanned, Tag, scan};
use crate::{AlgorithmIdentifier, Integer};

/// The parts of one certificate.
#[derive(Clone, Debug)]
pub struct CertificateAnatomy<'a> {
    /// All of it.
    pub raw: &'a [u8],
    /// `tbsCertificate`: the bytes that are signed.
    pub tbs: &'a [u8],
    /// `serialNumber`
    pub serial_number: Integer,
    /// `issuer`: an encoded `Name`.
    pub issuer: &'a [u8],
    /// `subject`: an encoded `Name`.
    pub subject: &'a [u8],
    /// `subjectPublicKeyInfo`, encoded.
    pub subject_public_key_info: &'a [u8],
    /// `signature` inside of what is signed.
    pub tbs_signature_algorithm: AlgorithmIdentifier,
    /// `signatureAlgorithm`
    pub signature_algorithm: AlgorithmIdentifier,
    /// `signatureValue`, without the octet that counts unused bits.
    pub signature: &'a [u8],
}

impl<'a> CertificateAnatomy<'a> {
    /// Finds the parts.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not one BER value of the shape of a certificate.
    pub fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(Self::of(&scan(bytes)?)?.0)
    }

    /// Finds the parts of a scanned certificate. Beside them a position before the fields of
    /// `tbsCertificate`, for who reads on.
    ///
    /// # Errors
    /// [`DecodeError`] when the value has not the shape of a certificate.
    pub fn of(scanned: &Scanned<'a>) -> Result<(Self, Reader<'a>), DecodeError> {
        let mut outer = Reader::new(scanned);
        let mut certificate = outer.sequence("Certificate")?;
        let tbs = certificate.expect(Tag::SEQUENCE, "tbsCertificate")?;
        let signature_algorithm =
            AlgorithmIdentifier::read_next(&mut certificate, "signatureAlgorithm")?;
        let signature = certificate.expect(Tag::BIT_STRING, "signatureValue")?;
        certificate.finish("Certificate")?;

        let mut fields = tbs.reader();
        fields.optional(Tag::context(0))?;
        let serial_number = fields.integer("serialNumber")?;
        let tbs_signature_algorithm = AlgorithmIdentifier::read_next(&mut fields, "signature")?;
        let issuer = fields.expect(Tag::SEQUENCE, "issuer")?.raw;
        fields.expect(Tag::SEQUENCE, "validity")?;
        let subject = fields.expect(Tag::SEQUENCE, "subject")?.raw;
        let subject_public_key_info = fields.expect(Tag::SEQUENCE, "subjectPublicKeyInfo")?.raw;
        let bits = match (signature.constructed, signature.content.split_first()) {
            (false, Some((0, bits))) => bits,
            _ => {
                let reason = "not a whole number of bytes";
                return Err(DecodeError::value(
                    "signatureValue",
                    reason,
                    signature.offset,
                ));
            }
        };
        let anatomy = Self {
            raw: scanned.bytes(),
            tbs: tbs.raw,
            serial_number,
            issuer,
            subject,
            subject_public_key_info,
            tbs_signature_algorithm,
            signature_algorithm,
            signature: bits,
        };
        Ok((anatomy, tbs.reader()))
    }
}
