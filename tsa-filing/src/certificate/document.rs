//! What a certificate is made of: a manifest and the tokens it names, proven to agree.
//!
//! In scope: reading of each token what the manifest says of it, so that nothing is printed that no
//! token states. Not in scope: whether a token may be believed (`tsa-verify`), and layout.

use std::sync::Arc;

use tsa_core::{DecodeError, MessageImprint, TimeStampResp, TstInfo, tlv};
use tsa_verify::evidence_format::{
    ATTACHED_CERTIFICATES_MAX, FORMAT, File, Manifest, Mode, UnknownDigest, VERSION,
};

/// A token that has been read, and the file it is for.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// What the manifest says of it.
    pub file: File,
    /// The `TimeStampResp` around the token: what is attached.
    pub response: Arc<Vec<u8>>,
}

/// A certificate before it is printed.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) manifest: Manifest,
    pub(super) json: Arc<Vec<u8>>,
    pub(super) responses: Vec<Arc<Vec<u8>>>,
    pub(super) file_certificates: Vec<Arc<Vec<u8>>>,
}

/// Why no certificate can be made of this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// What is said to be a token is none.
    #[error("token {ordinal} cannot be read: {error}")]
    Token {
        /// Its place, from 1.
        ordinal: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The token's digest algorithm has no name.
    #[error("token {ordinal}: {error}")]
    Digest {
        /// Its place, from 1.
        ordinal: usize,
        /// What is wrong with it.
        error: UnknownDigest,
    },
    /// The token is over something else than the file.
    #[error("token {ordinal} is another file's")]
    OtherFile {
        /// Its place, from 1.
        ordinal: usize,
    },
    /// A token cannot be put into a response.
    #[error(transparent)]
    Build(#[from] tsa_core::BuildError),
    /// The manifest cannot be written.
    #[error("the manifest cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// A certificate is about something.
    #[error("there is no file")]
    NoFile,
    /// So many per-file certificates are in the bundle only.
    #[error("{0} certificates of single files; {ATTACHED_CERTIFICATES_MAX} may be attached")]
    TooManyCertificates(usize),
}

impl Stamped {
    /// Reads the token (DER of the CMS structure) of a file, which is known by its digest, and puts
    /// it into the response that carries it.
    ///
    /// # Errors
    /// [`DocumentError::Token`], [`DocumentError::OtherFile`], [`DocumentError::Digest`],
    /// [`DocumentError::Build`].
    pub fn read(
        index: usize,
        file: (String, u64, Mode),
        imprint: &MessageImprint,
        token: Vec<u8>,
    ) -> Result<Self, DocumentError> {
        let ordinal = index.saturating_add(1);
        let info = statement(&token).map_err(|error| DocumentError::Token { ordinal, error })?;
        if !info.message_imprint.is_equivalent(imprint) {
            return Err(DocumentError::OtherFile { ordinal });
        }
        let stated = (&info.serial_number, info.gen_time);
        let file = File::of(index, file, &info.message_imprint, stated)
            .map_err(|error| DocumentError::Digest { ordinal, error })?;
        let response = Arc::new(TimeStampResp::granted(token).to_der()?);
        Ok(Self { file, response })
    }
}

fn statement(token: &[u8]) -> Result<TstInfo, DecodeError> {
    let scanned = tlv::scan(token)?;
    let mut outer = tlv::Reader::new(&scanned);
    let element = outer.expect(tlv::Tag::SEQUENCE, "token")?;
    outer.finish("token")?;
    let mut deviations = tlv::Deviations::default();
    let signed = tsa_core::SignedData::read(&element, &mut deviations)?;
    Ok(signed.unverified_tst_info()?.info)
}

impl Document {
    /// Puts a certificate together: what the manifest says of files is taken from their tokens.
    ///
    /// # Errors
    /// [`DocumentError::NoFile`], [`DocumentError::TooManyCertificates`], [`DocumentError::Json`].
    pub fn new(
        mut manifest: Manifest,
        stamped: Vec<Stamped>,
        file_certificates: Vec<Arc<Vec<u8>>>,
    ) -> Result<Self, DocumentError> {
        if stamped.is_empty() {
            return Err(DocumentError::NoFile);
        }
        if file_certificates.len() > ATTACHED_CERTIFICATES_MAX {
            return Err(DocumentError::TooManyCertificates(file_certificates.len()));
        }
        FORMAT.clone_into(&mut manifest.format);
        manifest.version = VERSION;
        let (files, responses) = stamped
            .into_iter()
            .map(|one| (one.file, one.response))
            .unzip();
        manifest.files = files;
        let json = Arc::new(manifest.to_json()?);
        Ok(Self {
            manifest,
            json,
            responses,
            file_certificates,
        })
    }

    /// The manifest as it is printed.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes of `evidence.json`, the same in the certificate and in the bundle.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The responses, in the order of the files.
    #[must_use]
    pub fn responses(&self) -> &[Arc<Vec<u8>>] {
        &self.responses
    }
}
