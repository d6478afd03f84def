//! From what was typed to a job whose parts have been read and checked.

use std::path::{Path, PathBuf};

use tsa_core::{GenTime, Integer, ObjectIdentifier, TimeStampReq};
use tsa_verify::{
    Algorithms, CertificateBag, CertificateError, Lang, Model, Revocation, TrustStore,
    ValidationTime, VerificationPolicy, shown,
};

use super::args::{AlgorithmsName, Format, ModelName, RevocationName, VerifyArguments};
use super::{files, wall_clock};

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CouldNotRun {
    #[error("{} cannot be read: {error}", name(.path))]
    Unreadable { path: PathBuf, error: String },
    #[cfg(feature = "forge")]
    #[error("{} cannot be written: {error}", name(.path))]
    Unwritable { path: PathBuf, error: String },
    #[error("{} is longer than {max} bytes", name(.path))]
    TooLong { path: PathBuf, max: u64 },
    #[error("{} holds no certificate (PEM or DER)", name(.path))]
    NoCertificate { path: PathBuf },
    #[error("the folder {} holds no file *.{}", name(.path), .extensions.join(", *."))]
    EmptyFolder {
        path: PathBuf,
        extensions: &'static [&'static str],
    },
    #[error("{}: {error}", name(.path))]
    Certificate {
        path: PathBuf,
        error: CertificateError,
    },
    #[error("{} holds no CRL (PEM or DER)", name(.path))]
    NoCrl { path: PathBuf },
    #[error("{} is not a time-stamp request: {error}", name(.path))]
    Request { path: PathBuf, error: String },
    #[error("{} is no response, token, request or certificate", name(.path))]
    NothingKnown { path: PathBuf },
    #[error("{option}: {reason}")]
    Argument {
        option: &'static str,
        reason: String,
    },
}

impl CouldNotRun {
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unreadable {
            path: path.to_path_buf(),
            error: error.to_string(),
        }
    }

    #[cfg(feature = "forge")]
    pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unwritable {
            path: path.to_path_buf(),
            error: error.to_string(),
        }
    }

    pub(crate) fn argument(option: &'static str, reason: impl ToString) -> Self {
        Self::Argument {
            option,
            reason: reason.to_string(),
        }
    }
}

/// A path, harmless to show.
pub(crate) fn name(path: &Path) -> String {
    match files::is_stdin(path) {
        true => String::from("(standard input)"),
        false => shown(&path.to_string_lossy()),
    }
}

/// What the token is compared with.
#[derive(Debug)]
pub(crate) enum Content {
    File(PathBuf),
    Digest(Vec<u8>),
}

/// A request as read.
#[derive(Debug)]
pub(crate) struct RequestFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) request: TimeStampReq,
}

/// Everything that a verification needs.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) content: Content,
    pub(crate) token_path: PathBuf,
    pub(crate) token: Vec<u8>,
    pub(crate) trust: TrustStore,
    pub(crate) intermediates: CertificateBag,
    pub(crate) request: Option<RequestFile>,
    pub(crate) nonce: Option<Integer>,
    pub(crate) policy_oid: Option<ObjectIdentifier>,
    pub(crate) policy: VerificationPolicy,
    pub(crate) format: Format,
    pub(crate) lang: Lang,
}

impl Job {
    pub(crate) fn from_arguments(arguments: &VerifyArguments) -> Result<Self, CouldNotRun> {
        let content = content(arguments)?;
        let token_path = token_path(arguments)?;
        let read = [&token_path]
            .into_iter()
            .chain(&arguments.file)
            .chain(&arguments.request)
            .chain(&arguments.trust)
            .chain(&arguments.intermediate);
        if read.filter(|path| files::is_stdin(path)).count() > 1 {
            let reason = "standard input can be only one of FILE, --token, --request, --trust and \
                          --intermediate, and only once";
            return Err(CouldNotRun::argument("-", reason));
        }
        let nonce = arguments.nonce.as_deref().map(parse_nonce).transpose()?;
        let policy_oid = arguments
            .policy
            .as_deref()
            .map(|text| {
                text.parse()
                    .map_err(|error| CouldNotRun::argument("--policy", error))
            })
            .transpose()?;
        let policy = verification_policy(arguments)?;
        let request = arguments.request.as_deref().map(read_request).transpose()?;
        let mut trust = TrustStore::new();
        for path in &arguments.trust {
            for file in files::certificate_files(path)? {
                for_each_certificate(&file, |certificate| trust.add(certificate))?;
            }
        }
        let mut intermediates = CertificateBag::new();
        for path in &arguments.intermediate {
            for_each_certificate(path, |certificate| intermediates.add(certificate))?;
        }
        Ok(Self {
            content,
            token: files::read(&token_path)?,
            token_path,
            trust,
            intermediates,
            request,
            nonce,
            policy_oid,
            policy,
            format: arguments.output.format,
            lang: arguments.output.language(),
        })
    }
}

fn content(arguments: &VerifyArguments) -> Result<Content, CouldNotRun> {
    match (&arguments.file, &arguments.digest) {
        (Some(file), _) => Ok(Content::File(file.clone())),
        (None, Some(text)) => match parse_hex(text) {
            Some(digest) if !digest.is_empty() => Ok(Content::Digest(digest)),
            _ => Err(CouldNotRun::argument(
                "--digest",
                "not a hexadecimal number of whole bytes",
            )),
        },
        (None, None) => Err(CouldNotRun::argument(
            "FILE",
            "a file or --digest is needed",
        )),
    }
}

fn token_path(arguments: &VerifyArguments) -> Result<PathBuf, CouldNotRun> {
    match (&arguments.token, &arguments.file) {
        (Some(token), _) => Ok(token.clone()),
        (None, Some(file)) if !files::is_stdin(file) => {
            let mut path = file.clone().into_os_string();
            path.push(".tsr");
            Ok(path.into())
        }
        _ => Err(CouldNotRun::argument(
            "--token",
            "required when there is no FILE to derive it from",
        )),
    }
}

fn verification_policy(arguments: &VerifyArguments) -> Result<VerificationPolicy, CouldNotRun> {
    let validation_time = match arguments.at.as_str() {
        "gentime" => ValidationTime::GenTime,
        "now" => ValidationTime::Now(wall_clock::now().ok_or_else(|| {
            CouldNotRun::argument("--at", "the clock of this machine shows no usable time")
        })?),
        text => ValidationTime::Given(parse_time(text)?),
    };
    let mut policy = VerificationPolicy::at(validation_time)
        .with_revocation(match arguments.revocation {
            RevocationName::IfAvailable => Revocation::IfAvailable,
            RevocationName::Require => Revocation::Require,
            RevocationName::Off => Revocation::Off,
        })
        .with_model(match arguments.model {
            ModelName::GenTime => Model::GenTime,
            ModelName::Etsi => Model::Etsi,
        })
        .with_algorithms(match arguments.algorithms {
            AlgorithmsName::Table => Algorithms::Table,
            AlgorithmsName::Any => Algorithms::Any,
        });
    policy.strict = arguments.strict;
    Ok(policy)
}

pub(crate) fn parse_time(text: &str) -> Result<GenTime, CouldNotRun> {
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        let reason = "neither `now` nor `gentime` nor a time like 2026-05-10T13:21:41Z";
        CouldNotRun::argument("--at", reason)
    })?;
    GenTime::from_unix_nanos(time.as_nanosecond())
        .ok_or_else(|| CouldNotRun::argument("--at", "outside of the years 0 to 9999"))
}

fn parse_nonce(text: &str) -> Result<Integer, CouldNotRun> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let even = match digits.len() % 2 {
        0 => digits.to_owned(),
        _ => format!("0{digits}"),
    };
    let magnitude = parse_hex(&even).filter(|bytes| !bytes.is_empty());
    let magnitude =
        magnitude.ok_or_else(|| CouldNotRun::argument("--nonce", "not a hexadecimal number"))?;
    let positive = Integer::from_unsigned(&magnitude);
    if !negative {
        return Ok(positive);
    }
    // Two's complement: all digits inverted, plus one.
    let mut content: Vec<u8> = std::iter::once(0)
        .chain(magnitude)
        .map(|digit| !digit)
        .collect();
    for digit in content.iter_mut().rev() {
        let (sum, carry) = digit.overflowing_add(1);
        *digit = sum;
        if !carry {
            break;
        }
    }
    Ok(Integer::from_content(&content))
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let text = text.replace([':', ' '], "");
    if !text.len().is_multiple_of(2) || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len() / 2)
        .map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok())
        .collect()
}

fn read_request(path: &Path) -> Result<RequestFile, CouldNotRun> {
    let bytes = files::read(path)?;
    let request = TimeStampReq::from_der(&bytes).map_err(|error| CouldNotRun::Request {
        path: path.to_path_buf(),
        error: error.to_string(),
    })?;
    Ok(RequestFile {
        path: path.to_path_buf(),
        bytes,
        request,
    })
}

fn for_each_certificate(
    path: &Path,
    mut add: impl FnMut(&[u8]) -> Result<(), CertificateError>,
) -> Result<(), CouldNotRun> {
    for certificate in files::read_certificates(path)? {
        add(&certificate).map_err(|error| CouldNotRun::Certificate {
            path: path.to_path_buf(),
            error,
        })?;
    }
    Ok(())
}
