//! A token, built in two phases: bytes out, signature in (RFC 3161 §2.4.2, RFC 5652 §5).
//!
//! [`TokenTemplate`] holds what is the same for every token of a signer. [`TstContent`] is the
//! encoded statement, to be digested; [`ToBeSigned`] the encoded attributes, to be signed; then the
//! token. Each step takes what only the step before makes. No key, no digest, no clock here.

use alloc::vec::Vec;

use rasn::types::{Any, SetOf};

use crate::error::BuildError;
use crate::tlv::{scan_der, value};
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
    wire_digest_algorithm: wire::AlgorithmIdentifier,
    wire_signature_algorithm: wire::AlgorithmIdentifier,
    sid: wire::IssuerAndSerialNumber,
    certificates: SetOf<Any>,
    tsa_name: Vec<u8>,
    /// The attributes but for messageDigest, encoded.
    fixed_attributes: Vec<Any>,
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
        let wire_digest_algorithm = wire::AlgorithmIdentifier::from(&digest_identifier);
        let wire_signature_algorithm = wire::AlgorithmIdentifier::from(&parts.signature_algorithm);
        let protection = wire::encode(&wire::CmsAlgorithmProtection {
            digest_algorithm: wire_digest_algorithm.clone(),
            signature_algorithm: wire_signature_algorithm.clone(),
        })?;
        let fixed_attributes = alloc::vec![
            attribute(
                &oid::ID_CONTENT_TYPE,
                value(&[0x06], oid::ID_CT_TST_INFO.content())
            )?,
            attribute(
                &oid::ID_AA_SIGNING_CERTIFICATE_V2,
                signing_certificate_v2(parts)?
            )?,
            attribute(&oid::ID_AA_CMS_ALGORITHM_PROTECT, protection)?,
        ];
        let mut certificates = parts.certificates.clone();
        certificates.sort_unstable();
        certificates.dedup();
        Ok(Self {
            digest_algorithm: parts.digest_algorithm,
            wire_digest_algorithm,
            wire_signature_algorithm,
            sid: wire::IssuerAndSerialNumber {
                issuer: Any::new(signer.issuer.to_vec()),
                serial_number: IntegerContent::from(&signer.serial_number),
            },
            // directoryName [4], explicit because Name is a CHOICE (RFC 5280 §4.2.1.6).
            tsa_name: value(&[0xa4], signer.subject),
            certificates: SetOf::from_vec(certificates.into_iter().map(Any::new).collect()),
            fixed_attributes,
        })
    }

    /// The `GeneralName` for `TSTInfo.tsa`: the subject of the signer's certificate.
    #[must_use]
    pub fn tsa_name(&self) -> &[u8] {
        &self.tsa_name
    }

    /// The digest algorithm for [`TstContent::bytes`].
    #[must_use]
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest_algorithm
    }

    /// First step: the encoded statement.
    ///
    /// # Errors
    /// [`BuildError::Encoding`] when the encoder refuses a value.
    pub fn content(&self, info: &TstInfo) -> Result<TstContent<'_>, BuildError> {
        Ok(TstContent {
            template: self,
            bytes: info.to_der()?,
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
        check_length(
            "messageDigest",
            self.template.digest_algorithm,
            message_digest,
        )?;
        let digest = attribute(&oid::ID_MESSAGE_DIGEST, value(&[0x04], message_digest))?;
        let mut attributes = self.template.fixed_attributes.clone();
        attributes.push(digest);
        attributes.sort_unstable();
        let attributes = SetOf::from_vec(attributes);
        let bytes = wire::encode(&attributes)?;
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
    attributes: SetOf<Any>,
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
    /// [`BuildError::Encoding`] when the encoder refuses a value.
    pub fn into_token(self, signature: &[u8], cert_req: bool) -> Result<Vec<u8>, BuildError> {
        let template = self.content.template;
        let signer_info = wire::SignerInfo {
            version: 1,
            sid: template.sid.clone(),
            digest_algorithm: template.wire_digest_algorithm.clone(),
            signed_attrs: self.attributes,
            signature_algorithm: template.wire_signature_algorithm.clone(),
            signature: octets(signature),
        };
        let signed_data = wire::SignedData {
            // RFC 5652 §5.1: the content type is not id-data.
            version: 3,
            digest_algorithms: SetOf::from_vec(alloc::vec![template.wire_digest_algorithm.clone()]),
            encap_content_info: wire::EncapsulatedContentInfo {
                e_content_type: OidContent::from(&oid::ID_CT_TST_INFO),
                e_content: self.content.bytes.into(),
            },
            certificates: cert_req.then(|| template.certificates.clone()),
            signer_infos: SetOf::from_vec(alloc::vec![signer_info]),
        };
        wire::encode(&wire::ContentInfo {
            content_type: OidContent::from(&oid::ID_SIGNED_DATA),
            content: signed_data,
        })
    }
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

fn attribute(attr_type: &crate::ObjectIdentifier, encoded: Vec<u8>) -> Result<Any, BuildError> {
    let attribute = wire::Attribute {
        attr_type: OidContent::from(attr_type),
        attr_values: SetOf::from_vec(alloc::vec![Any::new(encoded)]),
    };
    wire::encode(&attribute).map(Any::new)
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
