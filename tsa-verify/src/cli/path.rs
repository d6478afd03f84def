//! `tsa-verify path`: a certificate, judged by the path that leads from it to a trust anchor.
//!
//! The same two stages as for tokens: what was typed, then what was read and checked.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tsa_core::ObjectIdentifier;
use tsa_verify::{
    Algorithms, CertificateBag, CrlBag, Indication, PathEvidence, PathPolicy, PathPurpose,
    TrustStore, WholeProvider, WithDsa, verify_path,
};

use super::args::{AlgorithmsName, Format, OutputArguments};
use super::job::{CouldNotRun, name, parse_time};
use super::run::Output;
use super::{files, wall_clock};

/// What can be typed.
#[derive(Debug, Args)]
pub(crate) struct PathArguments {
    /// The certificate (PEM or DER; of several the first). `-` reads standard input.
    #[arg(value_name = "CERTIFICATE")]
    certificate: PathBuf,
    /// Trust anchors: a file with certificates (PEM, several allowed, or DER), or a folder whose
    /// *.pem, *.crt, *.cer and *.der are read. May be repeated. Default: nobody is trusted, so
    /// nothing passes.
    #[arg(long, value_name = "FILE|DIR")]
    trust: Vec<PathBuf>,
    /// Certificates that may be steps on the way, of issuers and of signers of CRLs; files and
    /// folders as for --trust. Nobody trusts them. May be repeated. Default: none.
    #[arg(long, value_name = "FILE|DIR")]
    certs: Vec<PathBuf>,
    /// CRLs, complete and delta: a file (PEM, several allowed, or DER), or a folder whose *.crl,
    /// *.pem and *.der are read. Nobody trusts them. May be repeated. Default: none.
    #[arg(long, value_name = "FILE|DIR")]
    crl: Vec<PathBuf>,
    /// `require`: it must be known of every certificate that it is not revoked. `off`: revocation
    /// is not looked at, and the report says so. Default: `require` with --crl, else `off`.
    #[arg(long, value_enum)]
    revocation: Option<RevocationWanted>,
    /// The time at which certificates must be valid and CRLs current: `now`, or a time of RFC
    /// 3339.
    #[arg(long, value_name = "now|TIME", default_value = "now")]
    at: String,
    /// A certificate policy under which the path may be valid, as dotted decimal. May be repeated.
    /// Without --require-explicit-policy a path under no policy at all is valid too. Default: any.
    #[arg(long, value_name = "OID")]
    policy: Vec<String>,
    /// The path must be valid under one of the policies (initial-explicit-policy).
    #[arg(long)]
    require_explicit_policy: bool,
    /// No policy stands for another (initial-policy-mapping-inhibit).
    #[arg(long)]
    inhibit_policy_mapping: bool,
    /// anyPolicy in certificates stands for no policy (initial-any-policy-inhibit).
    #[arg(long)]
    inhibit_any_policy: bool,
    /// What the certificate is to be used for: `timestamping` asks of it what RFC 3161 asks of a
    /// signer, and of its issuers that their key purposes allow it.
    #[arg(long, value_enum, default_value = "any")]
    purpose: PurposeName,
    /// `table`: weak algorithms and keys deny the verdict. `any`: they are only noted.
    #[arg(long, value_enum, default_value = "table")]
    algorithms: AlgorithmsName,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RevocationWanted {
    /// Without data the verdict is INDETERMINATE.
    Require,
    /// Not looked at.
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PurposeName {
    /// Key purposes are not looked at.
    Any,
    /// Signing time-stamps.
    Timestamping,
}

/// Everything that a validation needs.
#[derive(Debug)]
struct PathJob {
    path: PathBuf,
    certificate: Vec<u8>,
    trust: TrustStore,
    others: CertificateBag,
    crls: CrlBag,
    policy: PathPolicy,
}

impl PathJob {
    fn from_arguments(arguments: &PathArguments) -> Result<Self, CouldNotRun> {
        let read = [&arguments.certificate].into_iter();
        let read = read.chain(&arguments.trust);
        let read = read.chain(&arguments.certs).chain(&arguments.crl);
        if read.filter(|path| files::is_stdin(path)).count() > 1 {
            let reason =
                "standard input can be only one of CERTIFICATE, --trust, --certs and --crl";
            return Err(CouldNotRun::argument("-", reason));
        }
        let path = arguments.certificate.clone();
        let certificates = files::read_certificates(&path)?;
        let missing = || CouldNotRun::NoCertificate { path: path.clone() };
        let certificate = certificates.into_iter().next().ok_or_else(missing)?;
        let policy = path_policy(arguments)?;
        let trust = read_trust(&arguments.trust)?;
        Ok(Self {
            path,
            certificate,
            trust,
            others: read_others(&arguments.certs)?,
            crls: read_crls(&arguments.crl)?,
            policy,
        })
    }
}

fn read_trust(paths: &[PathBuf]) -> Result<TrustStore, CouldNotRun> {
    let mut trust = TrustStore::new();
    for path in paths {
        for file in files::certificate_files(path)? {
            for certificate in files::read_certificates(&file)? {
                let added = trust.add(&certificate);
                added.map_err(|error| CouldNotRun::Certificate {
                    path: file.clone(),
                    error,
                })?;
            }
        }
    }
    Ok(trust)
}

fn read_others(paths: &[PathBuf]) -> Result<CertificateBag, CouldNotRun> {
    let mut others = CertificateBag::new();
    for path in paths {
        for file in files::certificate_files(path)? {
            for certificate in found_in(path, &file, files::read_certificates)? {
                if let Err(error) = others.add(&certificate) {
                    passed_over(&file, &error);
                }
            }
        }
    }
    Ok(others)
}

fn read_crls(paths: &[PathBuf]) -> Result<CrlBag, CouldNotRun> {
    let mut crls = CrlBag::new();
    for path in paths {
        for file in files::crl_files(path)? {
            for crl in found_in(path, &file, files::read_crls)? {
                if let Err(error) = crls.add(&crl) {
                    passed_over(&file, &error);
                }
            }
        }
    }
    Ok(crls)
}

/// What a file of a bag holds. What cannot be used helps nobody: of a folder it is named and passed
/// over, while a file that was named itself must hold what it is named for.
fn found_in(
    path: &Path,
    file: &Path,
    read: fn(&Path) -> Result<Vec<Vec<u8>>, CouldNotRun>,
) -> Result<Vec<Vec<u8>>, CouldNotRun> {
    match read(file) {
        Err(error) if path != file => {
            passed_over(file, &error);
            Ok(Vec::new())
        }
        other => other,
    }
}

fn passed_over(file: &Path, error: &dyn std::error::Error) {
    eprintln!("tsa-verify: passed over {}: {error}", name(file));
}

fn path_policy(arguments: &PathArguments) -> Result<PathPolicy, CouldNotRun> {
    let at = match arguments.at.as_str() {
        "now" => wall_clock::now().ok_or_else(|| {
            CouldNotRun::argument("--at", "the clock of this machine shows no usable time")
        })?,
        text => parse_time(text)?,
    };
    let parse = |text: &String| -> Result<ObjectIdentifier, CouldNotRun> {
        text.parse()
            .map_err(|error| CouldNotRun::argument("--policy", error))
    };
    let mut policy = PathPolicy::at(at);
    policy.policies.initial = arguments
        .policy
        .iter()
        .map(parse)
        .collect::<Result<_, _>>()?;
    policy.policies.require_explicit = arguments.require_explicit_policy;
    policy.policies.inhibit_mapping = arguments.inhibit_policy_mapping;
    policy.policies.inhibit_any = arguments.inhibit_any_policy;
    policy.purpose = match arguments.purpose {
        PurposeName::Any => PathPurpose::Any,
        PurposeName::Timestamping => PathPurpose::TimeStamping,
    };
    policy.requires_revocation = match arguments.revocation {
        Some(wanted) => wanted == RevocationWanted::Require,
        None => !arguments.crl.is_empty(),
    };
    policy.algorithms = match arguments.algorithms {
        AlgorithmsName::Table => Algorithms::Table,
        AlgorithmsName::Any => Algorithms::Any,
    };
    Ok(policy)
}

/// Judges the path of a certificate.
pub(crate) fn run(arguments: &PathArguments) -> Result<Output, CouldNotRun> {
    let job = PathJob::from_arguments(arguments)?;
    let evidence = PathEvidence::new(&job.certificate, &job.others, &job.crls);
    let report = verify_path(&evidence, &job.trust, &job.policy, &WithDsa(WholeProvider));
    let report = report.with_certificate_name(&job.path.to_string_lossy());
    let code = match report.verdict().indication {
        Indication::TotalPassed => 0,
        Indication::TotalFailed => 1,
        Indication::Indeterminate => 2,
    };
    let output = match arguments.output.format {
        Format::Json => report.to_json(),
        Format::Text => report.text(arguments.output.language()),
    };
    Ok((output, code))
}
