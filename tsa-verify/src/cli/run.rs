//! Runs a job: digests the file, asks the library, gives output and exit code.

use tsa_core::DigestAlgorithm;
use tsa_verify::{
    CryptoProvider, Evidence, Indication, Inspection, Report, Subject, WholeProvider,
    imprint_algorithm,
};

use super::args::{ChecksArguments, ChecksFormat, Format, InspectArguments, language};
use super::files;
use super::job::{Content, CouldNotRun, Job};

/// What to print, and the exit code.
pub(crate) type Output = (String, u8);

/// Judges the token of a job.
pub(crate) fn verify(job: &Job) -> Result<Output, CouldNotRun> {
    let algorithm = imprint_algorithm(&job.token);
    let mut file_sha256 = None;
    let mut subject = match &job.content {
        Content::Digest(digest) => given_digest(digest, algorithm)?,
        Content::File(path) => {
            let mut algorithms = vec![DigestAlgorithm::Sha256];
            algorithms.extend(algorithm.filter(|known| *known != DigestAlgorithm::Sha256));
            let digests = files::digest(path, &algorithms)?;
            let sha256 = digests
                .iter()
                .find(|found| found.0 == DigestAlgorithm::Sha256);
            file_sha256 = sha256.and_then(|(_, digest)| digest.as_slice().try_into().ok());
            Subject::of_file_digests(digests)
        }
    };
    if let Some(file) = &job.request {
        subject = subject.with_request(file.request.clone());
    }
    if let Some(nonce) = &job.nonce {
        subject = subject.with_nonce(nonce.clone());
    }
    if let Some(policy) = job.policy_oid {
        subject = subject.with_policy(policy);
    }
    let evidence = Evidence::new(&job.token, &job.intermediates);
    let report = tsa_verify::verify(&evidence, &subject, &job.trust, &job.policy, &WholeProvider);
    let report = with_names(report, job, file_sha256.as_ref());
    let code = match report.verdict().indication {
        Indication::TotalPassed => 0,
        Indication::TotalFailed => 1,
        Indication::Indeterminate => 2,
    };
    let output = match job.format {
        Format::Json => report.to_json(),
        Format::Text => report.text(job.lang),
    };
    Ok((output, code))
}

/// A digest that was typed, by the algorithm that the token names.
fn given_digest(digest: &[u8], algorithm: Option<DigestAlgorithm>) -> Result<Subject, CouldNotRun> {
    let Some(algorithm) = algorithm else {
        return Ok(Subject::default());
    };
    let (given, wanted) = (digest.len(), algorithm.digest_bytes());
    if given != wanted {
        let reason = format!("{given} bytes; the token uses {algorithm}, {wanted} bytes");
        return Err(CouldNotRun::argument("--digest", reason));
    }
    Ok(Subject::of_digest(algorithm, digest.to_vec()))
}

/// Adds what only the program knows: where things were read from, and the other inputs.
fn with_names(report: Report, job: &Job, file_sha256: Option<&[u8; 32]>) -> Report {
    let mut report = report.with_token_name(&job.token_path.to_string_lossy());
    if let Content::File(path) = &job.content {
        report = report.with_subject_name(&path.to_string_lossy());
        if let Some(sha256) = file_sha256 {
            report = report.with_input("file", &path.to_string_lossy(), sha256);
        }
    }
    if let Some(file) = &job.request {
        let digest = WholeProvider.digest(DigestAlgorithm::Sha256, &file.bytes);
        if let Some(sha256) = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok()) {
            report = report.with_input("request", &file.path.to_string_lossy(), &sha256);
        }
    }
    report
}

/// Lists the checks.
pub(crate) fn checks(arguments: &ChecksArguments) -> Result<Output, CouldNotRun> {
    let output = match arguments.format {
        ChecksFormat::Text => tsa_verify::checks_text(language(arguments.lang)),
        ChecksFormat::Markdown => tsa_verify::checks_markdown(),
        ChecksFormat::Json => {
            let all: Vec<_> = tsa_verify::check_descriptions().collect();
            serde_json::to_string_pretty(&all)
                .map_err(|error| CouldNotRun::argument("--format", error))?
        }
    };
    Ok((output, 0))
}

/// Shows what is in a file.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<Output, CouldNotRun> {
    let bytes = files::read(&arguments.file)?;
    let inspections: Vec<Inspection> = match files::certificates_in(&bytes) {
        Some(certificates) => certificates
            .iter()
            .map(|found| tsa_verify::inspect(found))
            .collect(),
        None => vec![tsa_verify::inspect(&bytes)],
    };
    if inspections.iter().all(|found| found.kind == "unknown") {
        return Err(CouldNotRun::NothingKnown {
            path: arguments.file.clone(),
        });
    }
    let lang = arguments.output.language();
    let output = match arguments.output.format {
        Format::Text => inspections
            .iter()
            .map(|found| found.text(lang))
            .collect::<Vec<_>>()
            .join("\n"),
        Format::Json => match inspections.as_slice() {
            [only] => only.to_json(),
            several => {
                let each: Vec<String> = several.iter().map(Inspection::to_json).collect();
                format!("[{}]", each.join(","))
            }
        },
    };
    Ok((output, 0))
}
