//! Files and standard input: read whole within a bound, or digested piece by piece.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use tsa_core::DigestAlgorithm;
use tsa_verify::DigestContext;

use super::job::CouldNotRun;
use super::wall_clock;

/// Longest token, request or certificate file, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most bytes read from a file with CRLs.
const CRL_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Piece in which a file is digested, in bytes.
const PIECE_BYTES: usize = 256 * 1024;
/// Seconds of digesting before progress is shown, and between two showings.
const PROGRESS_SECONDS: f64 = 1.0;

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn open(path: &Path) -> Result<Box<dyn Read>, CouldNotRun> {
    if is_stdin(path) {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(CouldNotRun::unreadable(path, &error)),
    }
}

/// Reads a token, request or certificate file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CouldNotRun> {
    read_up_to(path, FILE_BYTES_MAX)
}

fn read_up_to(path: &Path, max: u64) -> Result<Vec<u8>, CouldNotRun> {
    let mut bytes = Vec::new();
    // A large file without growing step by step; a length that is wrong costs nothing but that.
    if let Ok(metadata) = std::fs::metadata(path) {
        let known = usize::try_from(metadata.len().min(max)).unwrap_or_default();
        bytes.reserve_exact(known.saturating_add(1));
    }
    let mut limited = open(path)?.take(max + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|error| CouldNotRun::unreadable(path, &error))?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= max => Ok(bytes),
        _ => Err(CouldNotRun::TooLong {
            path: path.to_path_buf(),
            max,
        }),
    }
}

/// Digests a file by several algorithms in one go, in pieces, with progress on a terminal.
pub(crate) fn digest(
    path: &Path,
    algorithms: &[DigestAlgorithm],
) -> Result<Vec<(DigestAlgorithm, Vec<u8>)>, CouldNotRun> {
    let total = match is_stdin(path) {
        true => None,
        false => std::fs::metadata(path).ok().map(|metadata| metadata.len()),
    };
    let mut contexts: Vec<(DigestAlgorithm, DigestContext)> = algorithms
        .iter()
        .filter_map(|algorithm| Some((*algorithm, DigestContext::new(*algorithm)?)))
        .collect();
    let mut source = open(path)?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut progress = Progress::new(total);
    loop {
        let filled = match source.read(&mut piece) {
            Ok(0) => break,
            Ok(filled) => filled,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CouldNotRun::unreadable(path, &error)),
        };
        let bytes = piece.get(..filled).unwrap_or_default();
        for (_, context) in &mut contexts {
            context.update(bytes);
        }
        progress.add(filled);
    }
    progress.finish();
    Ok(contexts
        .into_iter()
        .map(|(algorithm, context)| (algorithm, context.finish()))
        .collect())
}

/// A line on standard error, when that is a terminal and the work takes long.
struct Progress {
    total: Option<u64>,
    done: u64,
    start: std::time::Instant,
    next_seconds: f64,
    visible: bool,
}

impl Progress {
    fn new(total: Option<u64>) -> Self {
        Self {
            total,
            done: 0,
            start: wall_clock::start(),
            next_seconds: PROGRESS_SECONDS,
            visible: std::io::stderr().is_terminal(),
        }
    }

    fn add(&mut self, bytes: usize) {
        self.done += u64::try_from(bytes).unwrap_or_default();
        if !self.visible {
            return;
        }
        let seconds = wall_clock::seconds_since(self.start);
        if seconds >= self.next_seconds {
            self.next_seconds = seconds + PROGRESS_SECONDS;
            let mib = self.done >> 20;
            match self.total.filter(|total| *total > 0) {
                Some(total) => {
                    let percent = u128::from(self.done) * 100 / u128::from(total);
                    eprint!("\r{mib} MiB, {percent} %  ");
                }
                None => eprint!("\r{mib} MiB  "),
            }
        }
    }

    fn finish(&self) {
        if self.next_seconds > PROGRESS_SECONDS {
            eprint!("\r                              \r");
        }
    }
}

/// The certificates of a file: PEM (several allowed) or DER.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<Vec<u8>>, CouldNotRun> {
    let bytes = read(path)?;
    if !is_pem(&bytes) {
        return Ok(vec![bytes]);
    }
    certificates_in(&bytes).ok_or_else(|| CouldNotRun::NoCertificate {
        path: path.to_path_buf(),
    })
}

/// Text around the blocks may be in any encoding. DER begins with a SEQUENCE of more than 127
/// bytes, whose length is no ASCII.
fn is_pem(bytes: &[u8]) -> bool {
    let is_der = matches!(bytes, [0x30, length, ..] if !length.is_ascii());
    let label = b"-----BEGIN ";
    !is_der && bytes.windows(label.len()).any(|window| window == label)
}

/// The certificates of a PEM file; `None` when there is none, or one is broken.
pub(crate) fn certificates_in(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = is_pem(bytes).then(|| String::from_utf8_lossy(bytes))?;
    let labels = ["CERTIFICATE", "X509 CERTIFICATE"];
    pem_blocks(&text, &labels).filter(|found| !found.is_empty())
}

/// The CRLs of a file: PEM (several allowed) or DER.
pub(crate) fn read_crls(path: &Path) -> Result<Vec<Vec<u8>>, CouldNotRun> {
    let bytes = read_up_to(path, CRL_FILE_BYTES_MAX)?;
    if !is_pem(&bytes) {
        return Ok(vec![bytes]);
    }
    let found = pem_blocks(&String::from_utf8_lossy(&bytes), &["X509 CRL"]);
    let missing = || CouldNotRun::NoCrl {
        path: path.to_path_buf(),
    };
    found.filter(|found| !found.is_empty()).ok_or_else(missing)
}

/// Blocks with one of these labels (RFC 7468 §5 and §6); other blocks are passed over. `None` when
/// a block is broken.
fn pem_blocks(text: &str, labels: &[&str]) -> Option<Vec<Vec<u8>>> {
    let is_wanted = |line: &str| {
        let label = line.strip_prefix("-----BEGIN ");
        let label = label.and_then(|rest| rest.strip_suffix("-----"));
        label.is_some_and(|label| labels.contains(&label))
    };
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if is_wanted(line) {
            block = Some(String::new());
        } else if line.starts_with("-----END ") {
            if let Some(encoded) = block.take() {
                let engine = base64::engine::general_purpose::STANDARD;
                found.push(engine.decode(encoded).ok()?);
            }
        } else if let Some(encoded) = &mut block {
            encoded.push_str(line);
        }
    }
    block.is_none().then_some(found)
}

/// The files of a folder that hold certificates by their names, sorted; a file as it is.
pub(crate) fn certificate_files(path: &Path) -> Result<Vec<PathBuf>, CouldNotRun> {
    files_named(path, &["pem", "crt", "cer", "der"])
}

/// The files of a folder that hold CRLs by their names, sorted; a file as it is.
pub(crate) fn crl_files(path: &Path) -> Result<Vec<PathBuf>, CouldNotRun> {
    files_named(path, &["crl", "pem", "der"])
}

fn files_named(
    path: &Path,
    extensions: &'static [&'static str],
) -> Result<Vec<PathBuf>, CouldNotRun> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let unreadable = |error: &std::io::Error| CouldNotRun::unreadable(path, error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| unreadable(&error))? {
        let file = entry.map_err(|error| unreadable(&error))?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        let wanted = extension.is_some_and(|extension| {
            extensions
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        });
        if wanted && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(CouldNotRun::EmptyFolder {
            path: path.to_path_buf(),
            extensions,
        }),
        false => Ok(files),
    }
}
