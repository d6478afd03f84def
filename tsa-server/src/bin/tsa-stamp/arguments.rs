//! What was typed, and the plan made of it.
//!
//! In scope: options, their environment variables, the help text, and every check that needs no
//! file and no network but those named on the command line. Not in scope: the run.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use tsa_core::ObjectIdentifier;

use crate::client::{ApiKey, Server, server_url};
use crate::hash::OfferedDigest;
use crate::walk::{self, Root};

const EXAMPLES: &str = "\
Examples:
  tsa-stamp report.pdf                       one file; writes report.pdf.tsr
  tsa-stamp --recursive photos               a tree; run it again after an interruption
  tsa-stamp --hash sha512 a.iso b.iso        another digest
  tsa-stamp --json --recursive . > log.json  one JSON object per file
  TSA_API_KEY=… TSA_URL=https://tsa.example/ tsa-stamp report.pdf
  tsa-verify report.pdf --trust root.pem     judges report.pdf.tsr, off-line

What happens to a file:
  Only its digest leaves the machine. FILE.tsr is the server's answer, byte for byte, and is there
  whole or not at all. Before it is written it is checked that the answer grants the request and
  repeats digest, nonce and policy; signature and certificates are the business of tsa-verify.
  A file that changes while it is read is not stamped.

With an API key, many files are sent at a time, to a server that can take them so. Content that
  the account has a token for then costs nothing and gets that token, unless --renew. Names of
  files are not sent.

When FILE.tsr is there already:
  It holds a token for this content, digest and policy: the file is skipped, at no cost.
  It holds another token: the file is stamped anew, and the earlier token, which still proves the
  earlier version, is kept as FILE.SERIAL.tsr.
  It is no token: an error, unless --force.

Files ending in .tsr and symbolic links below a folder are not stamped. Links that are typed are
followed.

Exit codes:
  0  every file is stamped      1  some are not (run again: what is done stays done)
  3  could not run              130  interrupted; answers under way were stored";

/// Time-stamp files: writes FILE.tsr beside each
///
/// Sends the digest of each file to an RFC 3161 time-stamp authority and stores the answer beside
/// the file.
#[derive(Debug, Parser)]
#[command(name = "tsa-stamp", version, after_help = EXAMPLES)]
struct Typed {
    /// Files, and folders whose files are to be stamped
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,

    /// Address of the time-stamp authority
    #[arg(
        long,
        env = "TSA_URL",
        default_value = "http://127.0.0.1:3161/",
        value_name = "URL"
    )]
    url: String,

    /// Key of the account to charge. Other users of the machine can see arguments: prefer the
    /// environment variable
    #[arg(long, env = "TSA_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<String>,

    /// sha256, sha384, sha512, sha512-256, sha3-256, sha3-384, sha3-512 or sm3
    #[arg(
        long,
        value_name = "NAME",
        default_value = "sha256",
        value_parser = OfferedDigest::from_name
    )]
    hash: OfferedDigest,

    /// Policy the token must have, in dotted decimal; the server's default without it
    #[arg(long, value_name = "OID")]
    policy: Option<ObjectIdentifier>,

    /// Files hashed at a time; as many as there are processors without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,

    /// Connections to the server
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u16).range(1..=64)
    )]
    connections: u16,

    /// Seconds to wait for an answer
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..=600)
    )]
    timeout: u16,

    /// Certificates (PEM) to trust as roots for https, in place of the public ones
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,

    /// Stamp the files of folders in folders too
    #[arg(long, short)]
    recursive: bool,

    /// Do not ask for the signer's certificates in the token
    #[arg(long)]
    no_cert: bool,

    /// Ask for new tokens also where the account has one for the content already
    #[arg(long)]
    renew: bool,

    /// Replace a FILE.tsr that is no token; its content is lost
    #[arg(long)]
    force: bool,

    /// Print errors only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,

    /// Print one JSON object per file
    #[arg(long)]
    json: bool,
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Progress, files and a summary.
    Words,
    /// Errors only.
    Errors,
    /// One object per file on standard output, the summary on standard error.
    Json,
}

/// What to do, checked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) roots: Vec<Root>,
    pub(crate) recursive: bool,
    pub(crate) server: Server,
    pub(crate) digest: OfferedDigest,
    pub(crate) policy: Option<ObjectIdentifier>,
    pub(crate) cert_req: bool,
    pub(crate) renew: bool,
    pub(crate) force: bool,
    pub(crate) jobs: usize,
    pub(crate) report: Report,
}

/// Why there is no plan.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// All is printed; this is the exit code.
    Shown(u8),
    /// What is wrong.
    Because(Vec<String>),
}

impl Plan {
    pub(crate) fn from_command_line() -> Result<Self, Unusable> {
        let typed = Typed::try_parse().map_err(|error| {
            // Help and version come this way too; they are no mistake.
            drop(error.print());
            Unusable::Shown(if error.use_stderr() { 3 } else { 0 })
        })?;
        Self::new(typed).map_err(Unusable::Because)
    }

    fn new(typed: Typed) -> Result<Self, Vec<String>> {
        let one = |reason: String| vec![reason];
        let url = server_url(&typed.url).map_err(one)?;
        let api_key = match typed.api_key.filter(|key| !key.is_empty()) {
            Some(key) => Some(ApiKey::new(key).map_err(one)?),
            None => None,
        };
        let roots = walk::roots(&typed.paths, typed.recursive)?;
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            roots,
            recursive: typed.recursive,
            server: Server {
                url,
                api_key,
                timeout: Duration::from_secs(typed.timeout.into()),
                connections: typed.connections.into(),
                tls_ca: typed.tls_ca,
            },
            digest: typed.hash,
            policy: typed.policy,
            cert_req: !typed.no_cert,
            renew: typed.renew,
            force: typed.force,
            jobs: typed.jobs.map_or(processors, usize::from),
            report: match (typed.quiet, typed.json) {
                (true, _) => Report::Errors,
                (_, true) => Report::Json,
                _ => Report::Words,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_options_are_consistent_and_help_is_complete() {
        let mut command = Typed::command();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        for part in [
            "TSA_API_KEY",
            "TSA_URL",
            "--policy",
            "Examples:",
            "Exit codes:",
        ] {
            assert!(help.contains(part), "{part}");
        }
        assert!(help.lines().count() < 120);
    }

    #[test]
    fn weak_digests_bad_policies_and_bad_urls_are_refused() {
        let typed = |arguments: &[&str]| {
            let all = ["tsa-stamp", "/"].iter().chain(arguments).copied();
            Typed::try_parse_from(all)
        };
        assert!(typed(&["--hash", "sha1"]).is_err());
        assert!(typed(&["--policy", "one.two"]).is_err());
        assert!(typed(&["--jobs", "0"]).is_err());
        assert!(typed(&["--quiet", "--json"]).is_err());
        for url in ["ftp://a/", "http://", "nonsense", "http://me:secret@host/"] {
            let refused = Plan::new(typed(&["--url", url]).unwrap()).unwrap_err();
            assert!(refused.iter().all(|words| !words.contains("secret")));
        }
    }
}
