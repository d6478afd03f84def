//! The seal: PAdES-B-LTA (ETSI EN 319 142-1 §6), in steps of bytes out, signature in.
//!
//! [`Printed`] → [`ToBeSealed`] → [`ToBeStamped`] → [`ToBeTimestamped`] → [`Sealed`]: the issuer's
//! signature, a time-stamp of it, then certificates and CRLs and a time-stamp of the document. Keys
//! and the authority are the caller's; each step takes what only the one before makes.

use jiff::Timestamp;
use jiff::tz::Offset;
use tsa_core::{AlgorithmIdentifier, DecodeError, DigestAlgorithm, MessageImprint, oid};
use tsa_verify::evidence_format::{
    SEAL_FIELD, SEAL_SUB_FILTER, TIME_STAMP_FIELD, TIME_STAMP_SUB_FILTER,
};

use super::cades::{Attributes, Template};
use super::layout::SEAL;
use super::press::Printed;
use super::revision::{Field, Open, Revisions, Store, StructureError, TooLong};
use super::sheet::HEIGHT;

/// What a seal is made with, besides the key.
#[derive(Clone, Debug)]
pub struct SealerParts {
    /// The seal's certificate, then its issuers below the root; DER.
    pub certificates: Vec<Vec<u8>>,
    /// How the seal's key signs: ECDSA or RSA (PKCS #1) with SHA-256.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Whatever else proves seal and time-stamps without a network: the authority's chain, roots.
    pub other_certificates: Vec<Vec<u8>>,
    /// The CRLs of all of them; DER.
    pub crls: Vec<Vec<u8>>,
    /// How long a token of the authority gets at most.
    pub token_bytes_max: usize,
}

/// Seals certificates with one key.
#[derive(Clone, Debug)]
pub struct Sealer {
    template: Template,
    store: Store,
    token_bytes_max: usize,
}

/// Why a certificate cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The seal's certificate is none.
    #[error("the seal's certificate cannot be read: {0}")]
    Certificate(#[from] DecodeError),
    /// A signature algorithm over another digest than the SHA-256 of the attributes (RFC 8933).
    #[error("seals are made by ECDSA or RSA with SHA-256")]
    Algorithm,
    /// The PDF is not one of the press.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// Signature or token are longer than what was kept free.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

/// A certificate of which the issuer's signature is wanted.
#[derive(Clone, Debug)]
pub struct ToBeSealed<'s> {
    sealer: &'s Sealer,
    open: Open,
    attributes: Attributes,
}

/// A certificate of whose signature a time-stamp is wanted.
#[derive(Clone, Debug)]
pub struct ToBeStamped<'s> {
    sealed: ToBeSealed<'s>,
    signature: Vec<u8>,
}

/// A certificate of which a document time-stamp is wanted.
#[derive(Clone, Debug)]
pub struct ToBeTimestamped(Open);

/// A sealed certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealer {
    /// Prepares the seals of a key.
    ///
    /// # Errors
    /// [`SealError::Certificate`], [`SealError::Algorithm`].
    pub fn new(parts: &SealerParts) -> Result<Self, SealError> {
        let algorithms = [oid::ECDSA_WITH_SHA_256, oid::SHA_256_WITH_RSA];
        if !algorithms.contains(&parts.signature_algorithm.algorithm) {
            return Err(SealError::Algorithm);
        }
        let template = Template::new(&parts.certificates, &parts.signature_algorithm)?;
        let all = parts.certificates.iter().chain(&parts.other_certificates);
        let mut certificates: Vec<Vec<u8>> = Vec::new();
        for certificate in all {
            if !certificates.contains(certificate) {
                certificates.push(certificate.clone());
            }
        }
        Ok(Self {
            template,
            store: Store {
                certificates,
                crls: parts.crls.clone(),
            },
            token_bytes_max: parts.token_bytes_max,
        })
    }

    /// First step: the certificate with room for the signature. The seal claims the time `issued`
    /// (RFC 3339), which the time-stamps bear out.
    ///
    /// # Errors
    /// [`SealError::Structure`].
    pub fn begin(&self, printed: Printed, issued: &str) -> Result<ToBeSealed<'_>, SealError> {
        let (x, y, radius) = SEAL;
        let bottom = HEIGHT - y - radius;
        let entries = format!(
            "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/{SEAL_SUB_FILTER}/M({})",
            pdf_date(issued)
        );
        let field = Field {
            name: SEAL_FIELD,
            entries: &entries,
            place: [x - radius, bottom, x + radius, bottom + 2.0 * radius],
            bytes_max: self.template.bytes_max(self.token_bytes_max),
        };
        let open = Revisions::of(printed.pdf)?.open(&field, None);
        let attributes = self.template.attributes(open.digest().as_ref());
        Ok(ToBeSealed {
            sealer: self,
            open,
            attributes,
        })
    }
}

impl<'s> ToBeSealed<'s> {
    /// What to sign (not its digest).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.attributes.bytes
    }

    /// Second step: with the signature.
    #[must_use]
    pub fn signed(self, signature: Vec<u8>) -> ToBeStamped<'s> {
        ToBeStamped {
            sealed: self,
            signature,
        }
    }
}

impl ToBeStamped<'_> {
    /// What the token is to be over: the signature (EN 319 122-1 §5.3).
    #[must_use]
    pub fn imprint(&self) -> MessageImprint {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.signature);
        sha256(digest.as_ref())
    }

    /// Third step: with the token (DER of the CMS structure), and with all that verifying needs.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn stamped(self, token: &[u8]) -> Result<ToBeTimestamped, SealError> {
        let Self { sealed, signature } = self;
        let sealer = sealed.sealer;
        let seal = sealer
            .template
            .signed_data(&sealed.attributes, &signature, token);
        let revisions = sealed.open.sign(&seal)?;
        let entries =
            format!("/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/{TIME_STAMP_SUB_FILTER}");
        let field = Field {
            name: TIME_STAMP_FIELD,
            entries: &entries,
            place: [0.0; 4],
            bytes_max: sealer.token_bytes_max,
        };
        Ok(ToBeTimestamped(revisions.open(&field, Some(&sealer.store))))
    }
}

impl ToBeTimestamped {
    /// What the token is to be over: the whole document but for the place of the token.
    #[must_use]
    pub fn imprint(&self) -> MessageImprint {
        sha256(self.0.digest().as_ref())
    }

    /// Last step: with the token (DER of the CMS structure).
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn stamped(self, token: &[u8]) -> Result<Sealed, SealError> {
        Ok(Sealed(self.0.sign(token)?.into_bytes()))
    }
}

impl Sealed {
    /// The PDF.
    #[must_use]
    pub fn pdf(&self) -> &[u8] {
        &self.0
    }

    /// The PDF, to keep.
    #[must_use]
    pub fn into_pdf(self) -> Vec<u8> {
        self.0
    }
}

fn sha256(digest: &[u8]) -> MessageImprint {
    MessageImprint::new(DigestAlgorithm::Sha256.oid(), digest.to_vec())
}

/// `D:20261122141503Z` (ISO 32000-1 §7.9.4); a time that is none was refused when it was printed.
fn pdf_date(time: &str) -> String {
    let instant: Timestamp = time.parse().unwrap_or_default();
    let civil = Offset::UTC.to_datetime(instant);
    format!("D:{}Z", civil.strftime("%Y%m%d%H%M%S"))
}
