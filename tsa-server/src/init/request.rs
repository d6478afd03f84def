//! A certificate request (PKCS#10, RFC 2986) for a key that signs tokens.
//!
//! It asks for what such a certificate must have (RFC 3161 §2.3): the extended key usage, critical
//! and sole, and a key usage that signs. Whether the CA grants that, the start-up check says.

use std::str::FromStr;

use der::asn1::BitString;
use der::{Decode, Encode};
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::authority::{AuthorityError, TIME_STAMPING, extension, signature_algorithm};
use crate::signer::Signer;

/// Writes a request for `key` in the name of `subject`, in PEM.
///
/// # Errors
/// The name is none, or the key does not sign.
pub fn request(key: &dyn Signer, subject: &str) -> Result<String, AuthorityError> {
    let usage = KeyUsage(KeyUsages::DigitalSignature.into());
    let wanted = ExtensionReq(vec![
        extension(true, &usage)?,
        extension(true, &ExtendedKeyUsage(vec![TIME_STAMPING]))?,
    ]);
    let mut attributes = Attributes::default();
    attributes.insert(Attribute::try_from(wanted)?)?;
    let info = CertReqInfo {
        version: Version::V1,
        subject: Name::from_str(subject)?,
        public_key: SubjectPublicKeyInfoOwned::from_der(key.public_key_info())?,
        attributes,
    };
    let signature = key.sign(&info.to_der()?)?;
    let request = CertReq {
        info,
        algorithm: signature_algorithm(key)?,
        signature: BitString::from_bytes(&signature)?,
    };
    let ending = pem_rfc7468::LineEnding::LF;
    let pem = pem_rfc7468::encode_string("CERTIFICATE REQUEST", ending, &request.to_der()?);
    Ok(pem?)
}
