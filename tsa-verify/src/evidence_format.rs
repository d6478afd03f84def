//! What certificates and bundles look like from outside, said once for writer and reader: names of
//! parts, the manifest `evidence.json`, numbers of certificates, namespaces.
//!
//! In scope: the types of the manifest (its JSON Schema is [`SCHEMA`]) and the names that a part
//! has in a PDF and in an ASiC container (ETSI EN 319 162-1). Not in scope: writing either, which
//! is `tsa-filing`'s, and judging them.

mod number;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use tsa_core::{GenTime, Integer, MessageImprint};

use crate::text::hex;
pub use number::{BadNumber, CertificateNumber, NumberPrefix};

/// The JSON Schema of the manifest.
pub const SCHEMA: &str = include_str!("evidence_format/evidence.schema.json");
/// The value of [`Manifest::format`].
pub const FORMAT: &str = "tsa-evidence";
/// The value of [`Manifest::version`] that this version of the library writes and reads.
pub const VERSION: u32 = 1;

/// The manifest: the same bytes in a certificate and in the bundle around it.
pub const MANIFEST: &str = "evidence.json";
/// The certificate in a bundle.
pub const CERTIFICATE: &str = "certificate.pdf";
/// Fields, registrants and decisions as confirmed, in a bundle.
pub const APPLICATION: &str = "application.json";
/// The type of a container, its first entry, stored.
pub const MIMETYPE: &str = "mimetype";
/// ETSI EN 319 162-1 §A.1: a container with several files.
pub const ASIC_E: &str = "application/vnd.etsi.asic-e+zip";
/// ETSI EN 319 162-1 §A.1: a container with one file.
pub const ASIC_S: &str = "application/vnd.etsi.asic-s+zip";
/// The list of what the outer token covers (ASiC-E).
pub const ASIC_MANIFEST: &str = "META-INF/ASiCManifest001.xml";
/// The outer token, over [`ASIC_MANIFEST`].
pub const ASIC_TOKEN: &str = "META-INF/timestamp001.tst";
/// The token of an ASiC-S container, over its one file.
pub const ASIC_S_TOKEN: &str = "META-INF/timestamp.tst";
/// The namespace of ASiC's elements (ETSI EN 319 162-1 §A.4).
pub const ASIC_NAMESPACE: &str = "http://uri.etsi.org/02918/v1.2.1#";
/// The namespace of `DigestMethod` and `DigestValue` (XML signature).
pub const DSIG_NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// SHA-256 as `DigestMethod` names it.
pub const DIGEST_METHOD: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// The media type of a token in a manifest.
pub const TOKEN_TYPE: &str = "application/vnd.etsi.timestamp-token";

/// The form field of the issuer's seal in a certificate.
pub const SEAL_FIELD: &str = "Seal";
/// The `/SubFilter` of the seal (ETSI EN 319 142-1 §6.3).
pub const SEAL_SUB_FILTER: &str = "ETSI.CAdES.detached";
/// The form field of the document time-stamp in a certificate.
pub const TIME_STAMP_FIELD: &str = "DocumentTimeStamp";
/// The `/SubFilter` of the document time-stamp (ETSI EN 319 142-1 §5.4.3).
pub const TIME_STAMP_SUB_FILTER: &str = "ETSI.RFC3161";

/// Tokens of a bundle. Names of folders end with their slash.
pub const TOKENS: &str = "tokens/";
/// Originals that the owner chose to include.
pub const FILES: &str = "files/";
/// Certificates of single files.
pub const CERTIFICATES: &str = "certificates/";
/// X.509 certificates needed to verify without a network; DER.
pub const CERTS: &str = "certs/";
/// CRLs needed to verify without a network; DER.
pub const CRLS: &str = "crls/";
/// Checkpoint and proofs of the transparency log.
pub const LOG: &str = "log/";
/// The checkpoint that the proofs lead to, below [`LOG`].
pub const CHECKPOINT: &str = "checkpoint";
/// Above so many files, the certificates of single files are in the bundle only.
pub const ATTACHED_CERTIFICATES_MAX: usize = 200;

/// The four digits (or more, where there are more files) of the file at `index`, from 0.
#[must_use]
pub fn ordinal(index: usize) -> String {
    format!("{:04}", index.saturating_add(1))
}

/// The name of a token attached to a certificate; in a bundle it stands below [`TOKENS`].
#[must_use]
pub fn token_name(index: usize) -> String {
    ordinal(index) + ".tsr"
}

/// The name of a file's own certificate; in a bundle it stands below [`CERTIFICATES`].
#[must_use]
pub fn file_certificate_name(index: usize) -> String {
    ordinal(index) + ".pdf"
}

/// The name of a token's proof of inclusion, below [`LOG`].
#[must_use]
pub fn log_proof_name(index: usize) -> String {
    ordinal(index) + ".tlog-proof"
}

/// `evidence.json`: what a certificate says and which files it says it of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The number of the certificate.
    pub number: CertificateNumber,
    /// The flow of the filing.
    pub flow: String,
    /// The kind of document, which says how it is laid out.
    pub kind: String,
    /// What was filed.
    pub title: String,
    /// When the certificate was issued; RFC 3339 in UTC.
    pub issued: String,
    /// Who issued it.
    pub issuer: String,
    /// What is printed, in its order; people's numbers masked.
    pub fields: Vec<Field>,
    /// What the applicant states, as printed.
    pub statement: String,
    /// Where anybody may check the certificate.
    pub check_url: String,
    /// Keys of what has to be said beside, such as `not-witnessed`.
    pub notes: Vec<String>,
    /// The files, in the order of their tokens.
    pub files: Vec<File>,
    /// The log that knows the tokens, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Log>,
}

/// One printed field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Which field of the kind.
    pub key: String,
    /// Its text.
    pub value: String,
}

/// One file and its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The name that the applicant gave it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
    /// Who kept it.
    pub mode: Mode,
    /// Its token, by its path in a bundle; attached to a certificate under the last part of it.
    pub token: String,
    /// The token's serial number in lower-case hexadecimal.
    pub serial: String,
    /// The token's time; RFC 3339 in UTC.
    pub gen_time: String,
    /// The token's entry in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_entry: Option<u64>,
}

/// A digest with its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The algorithm's short name, such as `sha256`.
    pub algorithm: String,
    /// Lower-case hexadecimal.
    pub value: String,
}

/// Who kept a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// 脱敏认证: it never left the applicant's machine.
    HashOnly,
    /// 存证: it was deposited.
    Deposit,
}

/// A transparency log at the size that covers all the tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The log's name (origin).
    pub origin: String,
    /// The size of the tree.
    pub size: u64,
    /// Its root, in lower-case hexadecimal.
    pub root: String,
}

impl File {
    /// A file of a manifest, by what its token says.
    ///
    /// # Errors
    /// [`UnknownDigest`] for a digest algorithm without a name.
    pub fn of(
        index: usize,
        (name, size, mode): (String, u64, Mode),
        imprint: &MessageImprint,
        (serial, gen_time): (&Integer, GenTime),
    ) -> Result<Self, UnknownDigest> {
        let algorithm = imprint.digest_algorithm().ok_or(UnknownDigest)?;
        Ok(Self {
            name,
            size,
            digest: Digest {
                algorithm: algorithm.name().to_string(),
                value: hex(&imprint.hashed_message),
            },
            mode,
            token: format!("{TOKENS}{}", token_name(index)),
            serial: serial.to_hex(),
            gen_time: gen_time.to_string(),
            log_entry: None,
        })
    }
}

/// A digest algorithm that has no name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest algorithm that has no name here")]
pub struct UnknownDigest;

impl Manifest {
    /// The bytes of `evidence.json`.
    ///
    /// # Errors
    /// Those of the encoder; a manifest gives it no occasion.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads `evidence.json`. What it says is not judged here, not even [`Manifest::version`].
    ///
    /// # Errors
    /// With line and column of what is not such a manifest.
    pub fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
