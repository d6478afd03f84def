//! The seal's CMS: `SignedData` without content, as PAdES wants it (RFC 5652 §5, ETSI EN 319 142-1
//! §6.3, EN 319 122-1 §5.2).
//!
//! In scope: the signed attributes (content type, message digest, `signing-certificate-v2`; no
//! signing time, which PDF has elsewhere), the signature time-stamp as unsigned attribute. Not in
//! scope: keys.

use ring::digest::{SHA256, digest};
use tsa_core::tlv::{set_of, value};
use tsa_core::{
    AlgorithmIdentifier, CertificateAnatomy, DecodeError, DigestAlgorithm, ObjectIdentifier,
    Parameters, oid,
};

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;

/// What all seals of one key share.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// `certificates`, with its tag.
    certificates: Vec<u8>,
    /// `sid`.
    sid: Vec<u8>,
    signature_algorithm: Vec<u8>,
    /// `signing-certificate-v2`.
    signing_certificate: Vec<u8>,
}

/// A seal whose attributes are to be signed.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    /// The DER encoding as SET OF: what is signed (RFC 5652 §5.4).
    pub(super) bytes: Vec<u8>,
}

impl Template {
    /// Prepares the seals of the key that the first certificate is for.
    pub(super) fn new(
        certificates: &[Vec<u8>],
        signature_algorithm: &AlgorithmIdentifier,
    ) -> Result<Self, DecodeError> {
        let own = certificates.first().map_or(&[][..], Vec::as_slice);
        let anatomy = CertificateAnatomy::read(own)?;
        let sid = [
            anatomy.issuer,
            &value(&[INTEGER], anatomy.serial_number.content()),
        ];
        // RFC 5035 §3: ESSCertIDv2 with its default, SHA-256.
        let identifier = value(&[OCTET_STRING], digest(&SHA256, own).as_ref());
        let identifiers = sequence(&sequence(&sequence(&identifier)));
        Ok(Self {
            certificates: value(&[CONTEXT_0], &set_content(certificates)),
            sid: sequence(&sid.concat()),
            signature_algorithm: algorithm(signature_algorithm),
            signing_certificate: attribute(&oid::ID_AA_SIGNING_CERTIFICATE_V2, &identifiers),
        })
    }

    /// The attributes around the digest of a document.
    pub(super) fn attributes(&self, message_digest: &[u8]) -> Attributes {
        let data = value(&[OBJECT_IDENTIFIER], oid::ID_DATA.content());
        let digest = value(&[OCTET_STRING], message_digest);
        let attributes = [
            attribute(&oid::ID_CONTENT_TYPE, &data),
            attribute(&oid::ID_MESSAGE_DIGEST, &digest),
            self.signing_certificate.clone(),
        ];
        Attributes {
            bytes: set_of(attributes.to_vec()),
        }
    }

    /// The whole seal.
    pub(super) fn signed_data(
        &self,
        attributes: &Attributes,
        signature: &[u8],
        time_stamp: &[u8],
    ) -> Vec<u8> {
        let sha256 = AlgorithmIdentifier::absent(DigestAlgorithm::Sha256.oid());
        let sha256 = algorithm(&sha256);
        let unsigned = attribute(&oid::ID_AA_TIME_STAMP_TOKEN, time_stamp);
        // The implicit [0] of the field stands in the place of the SET's tag.
        let mut signed = attributes.bytes.clone();
        if let Some(tag) = signed.first_mut() {
            *tag = CONTEXT_0;
        }
        let signer = [
            value(&[INTEGER], &[1]),
            self.sid.clone(),
            sha256.clone(),
            signed,
            self.signature_algorithm.clone(),
            value(&[OCTET_STRING], signature),
            value(&[CONTEXT_1], &unsigned),
        ];
        let content = sequence(&value(&[OBJECT_IDENTIFIER], oid::ID_DATA.content()));
        let data = [
            value(&[INTEGER], &[1]),
            set_of(vec![sha256]),
            content,
            self.certificates.clone(),
            set_of(vec![sequence(&signer.concat())]),
        ];
        let data = value(&[CONTEXT_0], &sequence(&data.concat()));
        let content_type = value(&[OBJECT_IDENTIFIER], oid::ID_SIGNED_DATA.content());
        sequence(&[content_type, data].concat())
    }

    /// How long a seal gets at most, with a time-stamp of so many bytes.
    pub(super) fn bytes_max(&self, time_stamp: usize) -> usize {
        self.certificates.len() + self.sid.len() + time_stamp + 2048
    }
}

fn sequence(content: &[u8]) -> Vec<u8> {
    value(&[SEQUENCE], content)
}

fn set_content(members: &[Vec<u8>]) -> Vec<u8> {
    let mut members = members.to_vec();
    members.sort_unstable();
    members.dedup();
    members.concat()
}

fn attribute(attr_type: &ObjectIdentifier, encoded: &[u8]) -> Vec<u8> {
    let attr_type = value(&[OBJECT_IDENTIFIER], attr_type.content());
    sequence(&[attr_type, set_of(vec![encoded.to_vec()])].concat())
}

fn algorithm(identifier: &AlgorithmIdentifier) -> Vec<u8> {
    let parameters: &[u8] = match &identifier.parameters {
        Parameters::Absent => &[],
        Parameters::Null => &[0x05, 0x00],
        Parameters::Other(raw) => raw,
    };
    let oid = value(&[OBJECT_IDENTIFIER], identifier.algorithm.content());
    sequence(&[&oid, parameters].concat())
}
