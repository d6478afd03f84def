//! From a declaration to the PEM text of a certificate (RFC 5280, 4.1).
//!
//! The structure is put together here and not by a certificate builder: a builder refuses to make
//! most of the certificates that a verifier must refuse to accept. Not in scope: keys and
//! algorithms (see `keys.rs`), files (see `main.rs`).

use crate::declared::{self, ExtendedKeyUsage, KeyUsageBit, Pki, Profile, Purpose, Signing};
use crate::error::PkiError;
use crate::keys::TestKey;
use der::asn1::{BitString, Null, ObjectIdentifier, OctetString};
use der::oid::AssociatedOid;
use der::{DateTime, Encode, Sequence};
use pem_rfc7468::LineEnding;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::str::FromStr;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    self, AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, NameConstraints,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Validity;

/// `version` of a certificate that has extensions.
const V3: u8 = 2;

#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Certificate {
    tbs_certificate: TbsCertificate,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// The keys of the PKI, by name.
pub(crate) type Keys = BTreeMap<String, TestKey>;

/// Makes the certificate called `name`: to-be-signed part, signature, PEM text.
pub(crate) fn make(pki: &Pki, keys: &Keys, name: &str) -> Result<String, PkiError> {
    let declared = pki.certificate(name, name)?;
    let issuer = pki.certificate(&declared.issuer, name)?;
    let subject_key = key(keys, &declared.key, name)?.public_key_info()?;
    let issuer_key = key(keys, &issuer.key, name)?;

    let contents = pki.contents(name)?;
    let extensions = extensions(
        &contents,
        name,
        &subject_key,
        &issuer_key.public_key_info()?,
    )?;
    let algorithm = issuer_key.algorithm(declared.signature)?;
    let tbs_certificate = TbsCertificate {
        version: V3,
        serial_number: SerialNumber::from(declared.serial),
        signature: algorithm.clone(),
        issuer: distinguished_name(pki, &issuer.common_name)?,
        validity: validity(&contents, name)?,
        subject: distinguished_name(pki, &declared.common_name)?,
        subject_public_key_info: subject_key,
        extensions,
    };

    let mut signature = issuer_key.sign(declared.signature, &tbs_certificate.to_der()?)?;
    if declared.signature == Signing::BitFlipped
        && let Some(last) = signature.last_mut()
    {
        *last ^= 1;
    }
    let certificate = Certificate {
        tbs_certificate,
        signature_algorithm: algorithm,
        signature: BitString::from_bytes(&signature)?,
    };
    Ok(pem_rfc7468::encode_string(
        "CERTIFICATE",
        LineEnding::LF,
        &certificate.to_der()?,
    )?)
}

fn key<'k>(keys: &'k Keys, name: &str, asked_by: &str) -> Result<&'k TestKey, PkiError> {
    keys.get(name)
        .ok_or_else(|| declared::unknown("key", name, asked_by))
}

fn distinguished_name(pki: &Pki, common_name: &str) -> Result<Name, PkiError> {
    Ok(Name::from_str(&format!(
        "CN={common_name},{}",
        pki.subject_base
    ))?)
}

fn validity(contents: &Profile, name: &str) -> Result<Validity, PkiError> {
    let not_before = set(contents.not_before.as_deref(), "not_before", name)?;
    let not_after = set(contents.not_after.as_deref(), "not_after", name)?;
    Ok(Validity::new(
        DateTime::from_str(not_before)?.into(),
        DateTime::from_str(not_after)?.into(),
    ))
}

/// A field that no certificate can do without.
fn set<T>(value: Option<T>, field: &'static str, name: &str) -> Result<T, PkiError> {
    value.ok_or_else(|| PkiError::Unset {
        certificate: name.to_owned(),
        field,
    })
}

/// The extensions, always in this order.
fn extensions(
    contents: &Profile,
    name: &str,
    subject_key: &SubjectPublicKeyInfoOwned,
    issuer_key: &SubjectPublicKeyInfoOwned,
) -> Result<Vec<Extension>, PkiError> {
    let basic_constraints = BasicConstraints {
        ca: set(contents.ca, "ca", name)?,
        path_len_constraint: contents.path_len,
    };
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(key_identifier(issuer_key)?),
        ..AuthorityKeyIdentifier::default()
    };
    let mut extensions = vec![
        extension(false, &SubjectKeyIdentifier(key_identifier(subject_key)?))?,
        extension(false, &authority)?,
        extension(true, &basic_constraints)?,
        extension(
            true,
            &key_usage(set(contents.key_usage.as_deref(), "key_usage", name)?),
        )?,
    ];
    if let Some(ExtendedKeyUsage { critical, purposes }) = &contents.extended_key_usage {
        let purposes = purposes.iter().copied().map(purpose).collect();
        extensions.push(extension(*critical, &pkix::ExtendedKeyUsage(purposes))?);
    }
    if let Some(subtree) = &contents.name_constraints_permitted {
        let base = GeneralName::DirectoryName(Name::from_str(subtree)?);
        let subtree = GeneralSubtree {
            base,
            minimum: 0,
            maximum: None,
        };
        let permitted_subtrees = Some(vec![subtree]);
        let constraints = NameConstraints {
            permitted_subtrees,
            excluded_subtrees: None,
        };
        extensions.push(extension(true, &constraints)?);
    }
    if let Some(oid) = &contents.unknown_critical_extension {
        extensions.push(Extension {
            extn_id: ObjectIdentifier::new(oid).map_err(der::Error::from)?,
            critical: true,
            extn_value: OctetString::new(Null.to_der()?)?,
        });
    }
    Ok(extensions)
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> der::Result<Extension> {
    let extn_value = OctetString::new(value.to_der()?)?;
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value,
    })
}

/// Method (1) of RFC 5280, 4.2.1.2: SHA-1 of the public key's bits.
fn key_identifier(key: &SubjectPublicKeyInfoOwned) -> der::Result<OctetString> {
    OctetString::new(Sha1::digest(key.subject_public_key.raw_bytes()).as_slice())
}

fn key_usage(bits: &[KeyUsageBit]) -> KeyUsage {
    let usages = bits.iter().map(|bit| match bit {
        KeyUsageBit::DigitalSignature => KeyUsages::DigitalSignature,
        KeyUsageBit::NonRepudiation => KeyUsages::NonRepudiation,
        KeyUsageBit::KeyAgreement => KeyUsages::KeyAgreement,
        KeyUsageBit::KeyCertSign => KeyUsages::KeyCertSign,
        KeyUsageBit::CrlSign => KeyUsages::CRLSign,
    });
    KeyUsage(usages.fold(Default::default(), |set, usage| set | usage))
}

fn purpose(purpose: Purpose) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(match purpose {
        Purpose::TimeStamping => "1.3.6.1.5.5.7.3.8",
        Purpose::DocumentSigning => "1.3.6.1.5.5.7.3.36",
        Purpose::CodeSigning => "1.3.6.1.5.5.7.3.3",
        Purpose::ServerAuth => "1.3.6.1.5.5.7.3.1",
        Purpose::AnyExtendedKeyUsage => "2.5.29.37.0",
        Purpose::Unknown => "1.3.6.1.4.1.32473.2",
    })
}
