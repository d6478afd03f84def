//! Root, TSA, seal and log: keys and certificates of a development authority (RFC 5280 §4).
//!
//! Each purpose has a key of its own: a time-stamping certificate may sign nothing else (RFC 3161
//! §2.3). The structure is put together with `der`, the signature is made by the same [`FileKey`]
//! that signs tokens.

use std::str::FromStr;
use std::time::Duration;

use der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString};
use der::flagset::FlagSet;
use der::oid::AssociatedOid;
use der::{Decode, Encode, Sequence};
use ring::rand::{SecureRandom, SystemRandom};
use tsa_core::{GenTime, tlv};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
    KeyUsages, SubjectKeyIdentifier,
    crl::dp::DistributionPoint,
    name::{DistributionPointName, GeneralName},
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use crate::pem;
use crate::signer::file::KeyGenerationError;
use crate::signer::{FileKey, KeyType, Secret, Signer, SignerFault};

pub(super) const TIME_STAMPING: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");

const ROOT_YEARS: u64 = 20;
const LEAF_YEARS: u64 = 10;
const DAY: Duration = Duration::from_secs(86_400);

/// A key or certificate cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// No randomness.
    #[error("the operating system gives no random numbers")]
    Random,
    /// A key cannot be made.
    #[error(transparent)]
    Key(#[from] KeyGenerationError),
    /// A certificate cannot be encoded.
    #[error("a certificate cannot be encoded: {0}")]
    Encoding(#[from] der::Error),
    /// PEM cannot be encoded.
    #[error("PEM cannot be encoded: {0}")]
    Pem(#[from] pem_rfc7468::Error),
    /// The root key does not sign.
    #[error(transparent)]
    Signer(#[from] SignerFault),
}

/// All files of a development authority, by name.
pub(super) struct Authority {
    files: Vec<(&'static str, Zeroizing<String>)>,
}

/// What is to be made.
pub(super) struct Wanted<'a> {
    /// The type of the key that signs tokens.
    pub(super) key_type: KeyType,
    /// What the keys are encrypted with.
    pub(super) passphrase: Option<&'a Secret>,
    /// Where the CRL of the root will be, where that is known.
    pub(super) crl: Option<String>,
}

/// What a certificate is for.
struct Purpose {
    common_name: &'static str,
    key_usage: KeyUsage,
    extended: Option<ObjectIdentifier>,
    is_ca: bool,
    years: u64,
}

/// Where and when certificates are made.
#[derive(Clone, Copy)]
struct Place<'a> {
    installation: &'a str,
    /// What the keys are encrypted with.
    passphrase: Option<&'a Secret>,
    /// Where the CRL of the issuer will be.
    crl: Option<&'a str>,
    now: GenTime,
}

struct Made {
    key: Box<dyn Signer>,
    /// `None` where the key is in a token.
    key_pem: Option<Zeroizing<String>>,
    certificate: Vec<u8>,
}

impl Authority {
    pub(super) fn make(
        wanted: &Wanted<'_>,
        in_token: Option<Box<dyn Signer>>,
        now: GenTime,
    ) -> Result<Self, AuthorityError> {
        let key_type = wanted.key_type;
        let number = installation_name()?;
        let installation = format!("Development TSA {number}");
        let root = root("Development root");
        let sign = KeyUsages::DigitalSignature.into();
        let commit = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
        let tsa = leaf(
            "Development time-stamp authority",
            sign,
            Some(TIME_STAMPING),
        );
        let seal = leaf("Development seal", commit, Some(DOCUMENT_SIGNING));
        let log = leaf("Development transparency log", sign, None);

        let place = Place {
            installation: &installation,
            passphrase: wanted.passphrase,
            crl: wanted.crl.as_deref(),
            now,
        };
        let root = Made::new(&root, key_type.of_root(), None, place)?;
        let tsa = match in_token {
            Some(key) => Made::certify(&tsa, (key, None), Some(&root), place)?,
            None => Made::new(&tsa, key_type, Some(&root), place)?,
        };
        let seal = Made::new(&seal, KeyType::P256, Some(&root), place)?;
        let log = Made::new(&log, KeyType::Ed25519, Some(&root), place)?;
        let (test_root, test) = sandbox(key_type, &number, place)?;
        let public = |made: &Made| pem::encode(&made.certificate).map(Zeroizing::new);
        let certificates = [
            ("root.pem", public(&root)?),
            ("chain.pem", public(&tsa)?),
            ("seal.pem", public(&seal)?),
            ("log.pem", public(&log)?),
            ("test-root.pem", public(&test_root)?),
            ("test-chain.pem", public(&test)?),
        ];
        let keys = [
            ("root.key.pem", root.key_pem),
            ("tsa.key.pem", tsa.key_pem),
            ("seal.key.pem", seal.key_pem),
            ("log.key.pem", log.key_pem),
            ("test-tsa.key.pem", test.key_pem),
        ];
        let keys = keys.into_iter();
        let keys = keys.filter_map(|(name, key)| Some((name, key?)));
        let files = certificates.into_iter().chain(keys).collect();
        Ok(Self { files })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files.iter().map(|(name, text)| (*name, text.as_str()))
    }
}

/// Root and TSA for accounts that only try things out: whoever sees their names knows.
fn sandbox(
    key_type: KeyType,
    number: &str,
    place: Place<'_>,
) -> Result<(Made, Made), AuthorityError> {
    let key_type = key_type.of_sandbox();
    let installation = format!("TEST sandbox {number}");
    let root = root("TEST root (proves nothing)");
    let sign = KeyUsages::DigitalSignature.into();
    let name = "TEST time-stamp authority (proves nothing)";
    let tsa = leaf(name, sign, Some(TIME_STAMPING));
    let place = Place {
        installation: &installation,
        // Nobody keeps the key of this root.
        crl: None,
        ..place
    };
    let root = Made::new(&root, key_type, None, place)?;
    let tsa = Made::new(&tsa, key_type, Some(&root), place)?;
    Ok((root, tsa))
}

fn root(common_name: &'static str) -> Purpose {
    Purpose {
        common_name,
        key_usage: KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
        extended: None,
        is_ca: true,
        years: ROOT_YEARS,
    }
}

fn leaf(
    common_name: &'static str,
    usage: FlagSet<KeyUsages>,
    extended: Option<ObjectIdentifier>,
) -> Purpose {
    Purpose {
        common_name,
        key_usage: KeyUsage(usage),
        extended,
        is_ca: false,
        years: LEAF_YEARS,
    }
}

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

impl Made {
    /// Makes a key and its certificate, issued by `issuer` or by itself.
    fn new(
        purpose: &Purpose,
        key_type: KeyType,
        issuer: Option<&Self>,
        place: Place<'_>,
    ) -> Result<Self, AuthorityError> {
        let (key, key_pem) = FileKey::generate(key_type, place.passphrase)?;
        Self::certify(purpose, (Box::new(key), Some(key_pem)), issuer, place)
    }

    /// Makes the certificate of a key, issued by `issuer` or by itself.
    fn certify(
        purpose: &Purpose,
        (key, key_pem): (Box<dyn Signer>, Option<Zeroizing<String>>),
        issuer: Option<&Self>,
        place: Place<'_>,
    ) -> Result<Self, AuthorityError> {
        let subject = name(purpose.common_name, place.installation)?;
        let (issuer_name, issuer_key) = match issuer {
            Some(issuer) => (subject_of(&issuer.certificate)?, issuer.key.as_ref()),
            None => (subject.clone(), key.as_ref()),
        };
        let algorithm = signature_algorithm(issuer_key)?;
        let tbs = TbsCertificate {
            version: 2,
            serial_number: random_serial()?,
            signature: algorithm.clone(),
            issuer: issuer_name,
            validity: validity(place.now, purpose.years)?,
            subject,
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(key.public_key_info())?,
            extensions: extensions(
                purpose,
                key.as_ref(),
                issuer_key,
                place.crl.filter(|_| issuer.is_some()),
            )?,
        };
        let tbs = tbs.to_der()?;
        let signature = BitString::from_bytes(&issuer_key.sign(&tbs)?)?;
        let certificate = tlv::value(
            &[0x30],
            &[tbs, algorithm.to_der()?, signature.to_der()?].concat(),
        );
        Ok(Self {
            key,
            key_pem,
            certificate,
        })
    }
}

fn extensions(
    purpose: &Purpose,
    key: &dyn Signer,
    issuer_key: &dyn Signer,
    crl: Option<&str>,
) -> Result<Vec<Extension>, AuthorityError> {
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(key_identifier(issuer_key)?),
        ..AuthorityKeyIdentifier::default()
    };
    let mut extensions = vec![
        extension(false, &SubjectKeyIdentifier(key_identifier(key)?))?,
        extension(false, &authority)?,
        extension(
            true,
            &BasicConstraints {
                ca: purpose.is_ca,
                path_len_constraint: None,
            },
        )?,
        extension(true, &purpose.key_usage)?,
    ];
    if let Some(extended) = purpose.extended {
        // RFC 3161 §2.3: critical, and the sole purpose.
        extensions.push(extension(true, &ExtendedKeyUsage(vec![extended]))?);
    }
    if let Some(url) = crl {
        let name = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
        let point = DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(vec![name])),
            reasons: None,
            crl_issuer: None,
        };
        extensions.push(extension(false, &CrlDistributionPoints(vec![point]))?);
    }
    Ok(extensions)
}

pub(super) fn extension<T: AssociatedOid + Encode>(
    critical: bool,
    value: &T,
) -> der::Result<Extension> {
    let extn_value = OctetString::new(value.to_der()?)?;
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value,
    })
}

/// RFC 7093 §2 (1): the leftmost 160 bits of the SHA-256 of the public key's bits.
fn key_identifier(key: &dyn Signer) -> der::Result<OctetString> {
    let info = SubjectPublicKeyInfoOwned::from_der(key.public_key_info())?;
    let digest = ring::digest::digest(&ring::digest::SHA256, info.subject_public_key.raw_bytes());
    OctetString::new(digest.as_ref().get(..20).unwrap_or_default())
}

pub(crate) fn signature_algorithm(key: &dyn Signer) -> der::Result<AlgorithmIdentifierOwned> {
    let identifier = key.signature_algorithm();
    let parameters = match identifier.parameters {
        tsa_core::Parameters::Absent => None,
        tsa_core::Parameters::Null => Some(der::asn1::Any::null()),
        tsa_core::Parameters::Other(encoded) => Some(der::asn1::Any::from_der(&encoded)?),
    };
    let oid = ObjectIdentifier::from_bytes(identifier.algorithm.content())?;
    Ok(AlgorithmIdentifierOwned { oid, parameters })
}

fn subject_of(certificate: &[u8]) -> der::Result<Name> {
    Ok(x509_cert::Certificate::from_der(certificate)?
        .tbs_certificate()
        .subject()
        .clone())
}

fn name(common_name: &str, installation: &str) -> der::Result<Name> {
    Name::from_str(&format!("CN={common_name},O={installation}"))
}

/// Distinguishes one development root from another in lists of certificates.
fn installation_name() -> Result<String, AuthorityError> {
    let mut bytes = [0; 4];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| AuthorityError::Random)?;
    Ok(format!("{:08x}", u32::from_be_bytes(bytes)))
}

/// RFC 5280 §4.1.2.2: positive, at most 20 octets, unpredictable.
fn random_serial() -> Result<SerialNumber, AuthorityError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| AuthorityError::Random)?;
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    Ok(SerialNumber::new(&bytes)?)
}

/// From an hour ago, for clients whose clock is a little behind.
fn validity(now: GenTime, years: u64) -> der::Result<Validity> {
    let now = Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap_or_default());
    let from = now.saturating_sub(Duration::from_secs(3600));
    let days = u32::try_from(years * 365 + years / 4).unwrap_or(u32::MAX);
    let until = from.saturating_add(DAY.saturating_mul(days));
    let time = |since_1970| der::DateTime::from_unix_duration(since_1970).map(Time::from);
    Ok(Validity::new(time(from)?, time(until)?))
}
