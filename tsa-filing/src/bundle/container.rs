//! The ZIP of a bundle: `mimetype` first, everything stored, each name once (EN 319 162-1 §A.1).

use std::collections::BTreeSet;
use std::io::{Read, Seek, Write};

use ring::digest::{Context, Digest, SHA256};
use tsa_verify::evidence_format::MIMETYPE;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::BundleError;

/// Larger parts need the ZIP64 form of sizes.
const LARGE_BYTES: u64 = 0xffff_0000;

pub(super) struct Container<W: Write + Seek> {
    zip: ZipWriter<W>,
    /// Names as readers that do not tell case apart see them.
    names: BTreeSet<String>,
}

impl<W: Write + Seek> Container<W> {
    pub(super) fn begin(out: W, mimetype: &str) -> Result<Self, BundleError> {
        let mut container = Self {
            zip: ZipWriter::new(out),
            names: BTreeSet::new(),
        };
        let size = u64::try_from(mimetype.len()).unwrap_or_default();
        container.add(MIMETYPE, size, mimetype.as_bytes())?;
        Ok(container)
    }

    /// Adds a part of exactly `size` bytes; its SHA-256 and its size.
    pub(super) fn add(
        &mut self,
        name: &str,
        size: u64,
        mut content: impl Read,
    ) -> Result<(Digest, u64), BundleError> {
        if !self.names.insert(name.to_lowercase()) {
            return Err(BundleError::Twice(name.to_owned()));
        }
        // The default date is 1980-01-01, the least that ZIP knows.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(size >= LARGE_BYTES);
        self.zip.start_file(name, options)?;
        let mut digest = Context::new(&SHA256);
        let mut bytes = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => buffer.get(..read).unwrap_or_default(),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            bytes += u64::try_from(read.len()).unwrap_or_default();
            if bytes > size {
                break;
            }
            digest.update(read);
            self.zip.write_all(read)?;
        }
        if bytes != size {
            return Err(BundleError::Size {
                name: name.to_owned(),
                bytes,
                expected: size,
            });
        }
        Ok((digest.finish(), bytes))
    }

    pub(super) fn finish(self) -> Result<W, BundleError> {
        Ok(self.zip.finish()?)
    }
}

impl<W: Write + Seek> std::fmt::Debug for Container<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
