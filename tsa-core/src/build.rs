//! A token, built in two phases: bytes out, signature in (RFC 3161 §2.4.2, RFC 5652 §5).
//!
//! [`TokenTemplate`] holds what is the same for every token of a signer. [`TstContent`] is the
//! encoded statement, to be digested; [`ToBeSigned`] the encoded attributes, to be signed; then the
//! token. Each step takes what only the step before makes. No key, no digest, no clock here.

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{BuildError, DecodeError};
use crate::lay::{self, Frame, Fresh};
use crate::limits::MESSAGE_BYTES_MAX;
use crate::tlv::{KnownValue, Scanned, push_value, scan_der, scan_der_with_known, value};
use crate::wire::{self, IntegerContent, OidContent, octets};
use crate::{AlgorithmIdentifier, CertificateAnatomy, DigestAlgorithm, TstInfo, oid};

/// What a signer brings along.
#[derive(Clone, Debug)]
pub struct TokenTemplateParts {
    /// The signer's certificate, then its issuers up to but without the root; DER.
    pub certificates: Vec<Vec<u8>>,
    /// The digest of the content, and of the attributes for the signature (RFC 8933 §3).
    pub digest_algorithm: DigestAlgorithm,
    /// The signature algorithm with its parameters.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The digest algorithm that names the certificate in `SigningCertificateV2`.
    pub ess_digest_algorithm: DigestAlgorithm,
    /// The digest of the signer's certificate by it.
    pub ess_cert_hash: Vec<u8>,
}

/// What is the same for every token of one signer.
#[derive(Clone, Debug)]
pub struct TokenTemplate {
    digest_algorithm: DigestAlgorithm,
    frame: Frame,
    /// The field `certificates` with its tag.
    certificates: Vec<u8>,
    tsa_name: Vec<u8>,
    /// The attributes that sort before messageDigest, encoded.
    attributes_before: Vec<u8>,
    /// Those that sort behind it.
    attributes_behind: Vec<u8>,
    /// What was found to be DER here and need not be walked again in every token.
    known: Vec<KnownValue>,
}

impl TokenTemplate {
    /// Prepares a signer's tokens.
    ///
    /// # Errors
    /// [`BuildError::Certificate`] for a certificate that is not one in DER, [`BuildError::Value`]
    /// for none at all or a digest of another length.
    pub fn new(parts: &TokenTemplateParts) -> Result<Self, BuildError> {
        check_length("certHash", parts.ess_digest_algorithm, &parts.ess_cert_hash)?;
        let mut chain = Vec::with_capacity(parts.certificates.len());
        for (index, certificate) in parts.certificates.iter().enumerate() {
            // BER in a certificate would make every token of this signer BER.
            let anatomy = scan_der(certificate)
                .and_then(|scanned| CertificateAnatomy::read(scanned.bytes()))
                .map_err(|error| BuildError::Certificate { index, error })?;
            chain.push(anatomy);
        }
        let Some(signer) = chain.first() else {
            return Err(BuildError::Value {
                field: "certificates",
                reason: "none is given",
            });
        };
        let digest_identifier = AlgorithmIdentifier::absent(parts.digest_algorithm.oid());
        let digest_algorithm = wire::AlgorithmIdentifier::from(&digest_identifier);
        let signature_algorithm = wire::AlgorithmIdentifier::from(&parts.signature_algorithm);
        let sid = wire::IssuerAndSerialNumber {
            issuer: rasn::types::Any::new(signer.issuer.to_vec()),
            serial_number: IntegerContent::from(&signer.serial_number),
        };
        let (before, behind) = fixed_attributes(parts)?;
        let certificates = certificates(&parts.certificates);
        let mut known = alloc::vec![
            known(&certificates)?,
            known(&wire::encode(&sid)?)?,
            known(&wire::encode(&signature_algorithm)?)?,
            known(&value(&[SET], &wire::encode(&digest_algorithm)?))?,
        ];
        for attribute in before.iter().chain(&behind) {
            known.push(self::known(attribute)?);
        }
        Ok(Self {
            digest_algorithm: parts.digest_algorithm,
            frame: frame(&digest_algorithm, &signature_algorithm, &sid)?,
            certificates,
            // directoryName [4], explicit because Name is a CHOICE (RFC 5280 §4.2.1.6).
            tsa_name: value(&[0xa4], signer.subject),
            attributes_before: before.concat(),
            attributes_behind: behind.concat(),
            known,
        })
    }

    /// Names another content type in the `ContentInfo` than id-signedData, as the profile of GM/T
    /// 0010 does ([`oid::GMT_SIGNED_DATA`]).
    #[must_use]
    pub fn with_content_type(mut self, content_type: &crate::ObjectIdentifier) -> Self {
        self.frame.content_type = value(&[0x06], content_type.content());
        self
    }

    /// Scans a token of this signer as [`scan_der`] does, with the same result. What every token
    /// of this template carries has been scanned and is stepped over.
    ///
    /// # Errors
    /// As [`scan_der`].
    pub fn scan<'t>(&self, token: &'t [u8]) -> Result<Scanned<'t>, DecodeError> {
        scan_der_with_known(token, &self.known)
    }

    /// The `GeneralName` for `TSTInfo.tsa`: the subject of the signer's certificate.
    #[must_use]
    pub fn tsa_name(&self) -> &[u8] {
        &self.tsa_name
    }

    /// Where a token of this template has its certificates, the bytes that all of them share;
    /// `None` for one that has none.
    #[must_use]
    pub fn certificates_in(&self, token: &[u8]) -> Option<Range<usize>> {
        let head = self.certificates.first_chunk::<16>()?;
        let start = token.windows(head.len()).position(|bytes| bytes == head)?;
        let range = start..start.checked_add(self.certificates.len())?;
        (token.get(range.clone())? == self.certificates).then_some(range)
    }

    /// The digest algorithm for [`TstContent::bytes`].
    #[must_use]
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest_algorithm
    }

    /// First step: the encoded statement.
    ///
    /// # Errors
    /// [`BuildError::Value`] for one that no reader within [`crate::limits`] would read.
    pub fn content(&self, info: &TstInfo) -> Result<TstContent<'_>, BuildError> {
        let bytes = lay::tst_info(info);
        check_bytes("TSTInfo", &bytes)?;
        Ok(TstContent {
            template: self,
            bytes,
        })
    }
}

/// An encoded `TSTInfo`, to be digested with [`TokenTemplate::digest_algorithm`].
#[derive(Clone, Debug)]
pub struct TstContent<'t> {
    template: &'t TokenTemplate,
    bytes: Vec<u8>,
}

impl<'t> TstContent<'t> {
    /// What to digest.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Second step: the encoded attributes around the digest.
    ///
    /// # Errors
    /// [`BuildError::Value`] when the digest has another length than its algorithm makes.
    pub fn to_be_signed(self, message_digest: &[u8]) -> Result<ToBeSigned<'t>, BuildError> {
        let template = self.template;
        check_length("messageDigest", template.digest_algorithm, message_digest)?;
        let mut attributes = template.attributes_before.clone();
        attributes.extend_from_slice(&message_digest_attribute(message_digest));
        attributes.extend_from_slice(&template.attributes_behind);
        let bytes = value(&[SET], &attributes);
        Ok(ToBeSigned {
            content: self,
            attributes,
            bytes,
        })
    }
}

/// The encoded signed attributes, to be signed.
#[derive(Clone, Debug)]
pub struct ToBeSigned<'t> {
    content: TstContent<'t>,
    attributes: Vec<u8>,
    bytes: Vec<u8>,
}

impl ToBeSigned<'_> {
    /// What to sign: the DER encoding as SET OF (RFC 5652 §5.4).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Last step: the token. With `cert_req` it carries the signer's chain, without it no
    /// certificate at all (RFC 3161 §2.4.1).
    ///
    /// # Errors
    /// [`BuildError::Value`] for one that no reader within [`crate::limits`] would read.
    pub fn into_token(self, signature: &[u8], cert_req: bool) -> Result<Vec<u8>, BuildError> {
        let template = self.content.template;
        let fresh = Fresh {
            content: &self.content.bytes,
            certificates: match cert_req {
                true => &template.certificates,
                false => &[],
            },
            attributes: &self.attributes,
            signature,
        };
        let token = lay::token(&template.frame, &fresh);
        check_bytes("TimeStampToken", &token)?;
        Ok(token)
    }
}

const SET: u8 = 0x31;

fn frame(
    digest_algorithm: &wire::AlgorithmIdentifier,
    signature_algorithm: &wire::AlgorithmIdentifier,
    sid: &wire::IssuerAndSerialNumber,
) -> Result<Frame, BuildError> {
    let digest_algorithm = wire::encode(digest_algorithm)?;
    let oid = |oid: &crate::ObjectIdentifier| wire::encode(&OidContent::from(oid));
    Ok(Frame {
        content_type: oid(&oid::ID_SIGNED_DATA)?,
        // RFC 5652 §5.1: version 3, because the content type is not id-data.
        signed_data_head: [wire::encode(&3_u8)?, value(&[SET], &digest_algorithm)].concat(),
        e_content_type: oid(&oid::ID_CT_TST_INFO)?,
        // RFC 5652 §5.3: version 1 with issuerAndSerialNumber.
        signer_info_head: [wire::encode(&1_u8)?, wire::encode(sid)?, digest_algorithm].concat(),
        signature_algorithm: wire::encode(signature_algorithm)?,
    })
}

/// The field `certificates`: sorted and each once, since some clients refuse them otherwise.
fn certificates(chain: &[Vec<u8>]) -> Vec<u8> {
    let mut certificates = chain.to_vec();
    certificates.sort_unstable();
    certificates.dedup();
    value(&[0xa0], &certificates.concat())
}

/// A part of every token. Each certificate is DER: what is not, is the name or the algorithm that
/// the caller gave.
fn known(encoded: &[u8]) -> Result<KnownValue, BuildError> {
    KnownValue::new(encoded.to_vec()).map_err(|error| BuildError::Certificate { index: 0, error })
}

type Encodings = Vec<Vec<u8>>;

/// The attributes that are the same in every token, as they stand before and behind the digest.
/// Encodings of attributes differ before their types end, so the digest itself moves nothing.
fn fixed_attributes(parts: &TokenTemplateParts) -> Result<(Encodings, Encodings), BuildError> {
    let identifier = AlgorithmIdentifier::absent(parts.digest_algorithm.oid());
    let protection = wire::encode(&wire::CmsAlgorithmProtection {
        digest_algorithm: wire::AlgorithmIdentifier::from(&identifier),
        signature_algorithm: wire::AlgorithmIdentifier::from(&parts.signature_algorithm),
    })?;
    let content_type = value(&[0x06], oid::ID_CT_TST_INFO.content());
    let fixed = [
        attribute(&oid::ID_CONTENT_TYPE, &content_type),
        attribute(
            &oid::ID_AA_SIGNING_CERTIFICATE_V2,
            &signing_certificate_v2(parts)?,
        ),
        attribute(&oid::ID_AA_CMS_ALGORITHM_PROTECT, &protection),
    ];
    let digest = alloc::vec![0; parts.digest_algorithm.digest_bytes()];
    let digest = message_digest_attribute(&digest);
    let (mut before, mut behind): (Encodings, Encodings) =
        fixed.into_iter().partition(|attribute| *attribute < digest);
    before.sort_unstable();
    behind.sort_unstable();
    Ok((before, behind))
}

fn message_digest_attribute(message_digest: &[u8]) -> Vec<u8> {
    attribute(&oid::ID_MESSAGE_DIGEST, &value(&[0x04], message_digest))
}

fn signing_certificate_v2(parts: &TokenTemplateParts) -> Result<Vec<u8>, BuildError> {
    let algorithm = parts.ess_digest_algorithm;
    // RFC 5035 §4: DEFAULT sha256 is left out in DER.
    let hash_algorithm = (algorithm != DigestAlgorithm::Sha256)
        .then(|| wire::AlgorithmIdentifier::from(&AlgorithmIdentifier::absent(algorithm.oid())));
    let cert_hash = octets(&parts.ess_cert_hash);
    wire::encode(&wire::SigningCertificateV2 {
        certs: alloc::vec![wire::EssCertIdV2 {
            hash_algorithm,
            cert_hash
        }],
    })
}

/// `Attribute` with one value (RFC 5652 §5.3).
fn attribute(attr_type: &crate::ObjectIdentifier, encoded: &[u8]) -> Vec<u8> {
    let mut fields = Vec::with_capacity(attr_type.content().len() + encoded.len() + 6);
    push_value(&mut fields, 0x06, attr_type.content());
    push_value(&mut fields, SET, encoded);
    value(&[0x30], &fields)
}

fn check_bytes(field: &'static str, bytes: &[u8]) -> Result<(), BuildError> {
    let reason = "longer than any reader here accepts";
    match bytes.len() <= MESSAGE_BYTES_MAX {
        true => Ok(()),
        false => Err(BuildError::Value { field, reason }),
    }
}

fn check_length(
    field: &'static str,
    algorithm: DigestAlgorithm,
    digest: &[u8],
) -> Result<(), BuildError> {
    let reason = "not as long as its algorithm makes it";
    match digest.len() == algorithm.digest_bytes() {
        true => Ok(()),
        false => Err(BuildError::Value { field, reason }),
    }
}
