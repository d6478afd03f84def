//! Bundles: ASiC-E for a filing, ASiC-S for one file (ETSI EN 319 162-1).
//!
//! In scope: writing both while files stream through, the manifest over all parts, names that no
//! reader can be tricked with. Everything is stored, not compressed, and dated 1980: the same
//! parts give the same bytes, and nothing unpacks to more than it is. Not in scope: the token over
//! it all, which the caller gets; reading (`tsa-verify`).

mod container;
mod manifest;
mod name;

use std::io::{Read, Seek, Write};

use ring::digest::{SHA256, digest};
use tsa_core::{DigestAlgorithm, MessageImprint};
use tsa_verify::evidence_format::{
    APPLICATION, ASIC_E, ASIC_MANIFEST, ASIC_S, ASIC_S_TOKEN, ASIC_TOKEN, CERTIFICATE,
    CERTIFICATES, CERTS, CHECKPOINT, CRLS, FILES, LOG, MANIFEST, TOKENS, file_certificate_name,
    log_proof_name, ordinal, token_name,
};

use crate::certificate::Document;
use container::Container;
use manifest::Listed;
use name::safe_name;

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A part cannot be read, or the bundle not be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What the ZIP format does not allow.
    #[error("the container cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Two parts of one name.
    #[error("two parts are called {0:?}")]
    Twice(String),
    /// A part has another size than was said.
    #[error("{name:?} has {bytes} bytes, not {expected}")]
    Size {
        /// The part.
        name: String,
        /// What came.
        bytes: u64,
        /// What was announced.
        expected: u64,
    },
}

/// An ASiC-E container being written.
#[derive(Debug)]
pub struct AsicE<W: Write + Seek> {
    container: Container<W>,
    listed: Vec<Listed>,
}

/// A container whose outer token is wanted.
#[derive(Debug)]
pub struct ToBeStamped<W: Write + Seek> {
    container: Container<W>,
    imprint: MessageImprint,
}

impl<W: Write + Seek> AsicE<W> {
    /// Begins a container.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn begin(out: W) -> Result<Self, BundleError> {
        Ok(Self {
            container: Container::begin(out, ASIC_E)?,
            listed: Vec::new(),
        })
    }

    /// Adds the sealed certificate, the manifest that is also in it, and the tokens.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn certificate(&mut self, document: &Document, sealed: &[u8]) -> Result<(), BundleError> {
        self.bytes(CERTIFICATE, "application/pdf", sealed)?;
        self.bytes(MANIFEST, "application/json", document.json())?;
        for (index, response) in document.responses().iter().enumerate() {
            let name = format!("{TOKENS}{}", token_name(index));
            self.bytes(&name, "application/timestamp-reply", response)?;
        }
        Ok(())
    }

    /// Adds the certificate of the file at `index`.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn file_certificate(&mut self, index: usize, sealed: &[u8]) -> Result<(), BundleError> {
        let name = format!("{CERTIFICATES}{}", file_certificate_name(index));
        self.bytes(&name, "application/pdf", sealed)
    }

    /// Adds what was applied for, as JSON.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn application(&mut self, json: &[u8]) -> Result<(), BundleError> {
        self.bytes(APPLICATION, "application/json", json)
    }

    /// Adds what verifying needs where there is no network: certificates and CRLs, in DER.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn proofs(&mut self, certs: &[Vec<u8>], crls: &[Vec<u8>]) -> Result<(), BundleError> {
        for (index, certificate) in certs.iter().enumerate() {
            let name = format!("{CERTS}{}.cer", ordinal(index));
            self.bytes(&name, "application/pkix-cert", certificate)?;
        }
        for (index, crl) in crls.iter().enumerate() {
            let name = format!("{CRLS}{}.crl", ordinal(index));
            self.bytes(&name, "application/pkix-crl", crl)?;
        }
        Ok(())
    }

    /// Adds the checkpoint of the transparency log, and the proof of the token at each index.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn log(&mut self, checkpoint: &[u8], proofs: &[(usize, &[u8])]) -> Result<(), BundleError> {
        self.bytes(&format!("{LOG}{CHECKPOINT}"), "text/plain", checkpoint)?;
        for (index, proof) in proofs {
            let name = format!("{LOG}{}", log_proof_name(*index));
            self.bytes(&name, "text/plain", proof)?;
        }
        Ok(())
    }

    /// Adds the original of the file at `index`. What it is called in the container begins with its
    /// number; verifiers go by its digest.
    ///
    /// # Errors
    /// [`BundleError`], and [`BundleError::Size`] when it is not `size` bytes long.
    pub fn original(
        &mut self,
        index: usize,
        (name, size): (&str, u64),
        content: impl Read,
    ) -> Result<(), BundleError> {
        let name = format!("{FILES}{}-{}", ordinal(index), safe_name(name));
        self.part(&name, ("application/octet-stream", size), content)
    }

    /// Ends the list: what is to be stamped is the manifest over all parts.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn close(mut self) -> Result<ToBeStamped<W>, BundleError> {
        let manifest = manifest::asic_manifest(ASIC_TOKEN, &self.listed)?;
        let (_, size) =
            self.container
                .add(ASIC_MANIFEST, bytes_of(&manifest), manifest.as_slice())?;
        debug_assert_eq!(size, bytes_of(&manifest), "written whole");
        let digest = digest(&SHA256, &manifest).as_ref().to_vec();
        Ok(ToBeStamped {
            container: self.container,
            imprint: MessageImprint::new(DigestAlgorithm::Sha256.oid(), digest),
        })
    }

    fn bytes(
        &mut self,
        name: &str,
        media_type: &'static str,
        bytes: &[u8],
    ) -> Result<(), BundleError> {
        self.part(name, (media_type, bytes_of(bytes)), bytes)
    }

    fn part(
        &mut self,
        name: &str,
        (media_type, size): (&'static str, u64),
        content: impl Read,
    ) -> Result<(), BundleError> {
        let (digest, _) = self.container.add(name, size, content)?;
        self.listed.push(Listed {
            name: name.to_owned(),
            media_type,
            digest,
        });
        Ok(())
    }
}

impl<W: Write + Seek> ToBeStamped<W> {
    /// What the outer token is to be over.
    #[must_use]
    pub fn imprint(&self) -> &MessageImprint {
        &self.imprint
    }

    /// Puts the token in (DER of the CMS structure) and ends the container.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn stamped(mut self, token: &[u8]) -> Result<W, BundleError> {
        self.container.add(ASIC_TOKEN, bytes_of(token), token)?;
        self.container.finish()
    }
}

/// Writes an ASiC-S container: one file, and the token over it (DER of the CMS structure).
///
/// # Errors
/// [`BundleError`], and [`BundleError::Size`] when the file is not `size` bytes long.
pub fn asic_s<W: Write + Seek>(
    out: W,
    (name, size): (&str, u64),
    content: impl Read,
    token: &[u8],
) -> Result<W, BundleError> {
    let mut container = Container::begin(out, ASIC_S)?;
    container.add(&safe_name(name), size, content)?;
    container.add(ASIC_S_TOKEN, bytes_of(token), token)?;
    container.finish()
}

fn bytes_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
