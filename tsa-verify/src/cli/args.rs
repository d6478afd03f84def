//! What can be typed. The comments are the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tsa_verify::Lang;

use super::path::PathArguments;

/// Judges an RFC 3161 time-stamp: did this file exist, unchanged, at that time?
///
/// Exit codes: 0 TOTAL-PASSED, 1 TOTAL-FAILED, 2 INDETERMINATE, 3 could not run (bad arguments,
/// unreadable file). Revocation of a token's path is not checked by this version; every report says
/// so. `tsa-verify path` judges a certificate on its own, with CRLs.
#[derive(Debug, Parser)]
#[command(
    name = "tsa-verify",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) verify: VerifyArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows what is in a response, token, request or certificate, without verifying it. A file
    /// that happens to be called `inspect` is judged as `./inspect`.
    Inspect(InspectArguments),
    /// Hands out forged tokens and responses, and honest ones that look odd, to try verifiers with.
    ///
    /// Each breaks one rule and says which verdict it must get.
    ///
    /// The keys and the root are those of a test PKI that is public: trust none of it. Every case
    /// is the same, byte by byte, whenever it is made.
    #[cfg(feature = "forge")]
    Forge(ForgeArguments),
    /// Lists every check: its code, its clause, what it decides, where it is stricter than ETSI.
    Checks(ChecksArguments),
    /// Judges a certificate by the path that leads from it to a trust anchor (RFC 5280 §6), with
    /// CRLs where they are given. Exit codes as for time-stamps.
    Path(Box<PathArguments>),
}

#[cfg(feature = "forge")]
#[derive(Debug, Args)]
#[command(after_help = "Files of a case:
  file              what the time-stamp is about
  token.tsr         the token, or the response around it
  root.pem          the trust anchors; absent when nobody is to be trusted
  certificates.pem  certificates that the token leaves out; absent when it leaves out none
  request.tsq       the request that it answers; absent when there is none
  case.json         what must come of it, and the command that shows it

What is refused must not be accepted by any verifier that claims RFC 3161 with RFC 5816. Odd ones
should be read; a verifier that refuses them is strict, not wrong.")]
#[command(group(clap::ArgGroup::new("what").required(true).args(["list", "case", "all"])))]
pub(crate) struct ForgeArguments {
    /// Lists the cases: name, row of the list of attacks (0: honest), verdict, check, words.
    #[arg(long)]
    pub(crate) list: bool,
    /// Writes the files of this case.
    #[arg(long, value_name = "NAME")]
    pub(crate) case: Option<String>,
    /// Writes the files of every case, each into a folder of its name.
    #[arg(long)]
    pub(crate) all: bool,
    /// By which key the cases are signed that need no other. Those that name a certificate or key
    /// of their own may then not come out as they say.
    #[arg(long, value_enum, default_value = "p256", conflicts_with = "list")]
    pub(crate) key: ForgeKey,
    /// The folder to write into; made when it is missing. Default: one named after the case, or
    /// `forged`.
    #[arg(long, value_name = "DIR", conflicts_with = "list")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

#[cfg(feature = "forge")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForgeKey {
    /// ECDSA on P-256.
    P256,
    /// RSA, for verifiers that know nothing else.
    Rsa,
}

#[derive(Debug, Args)]
pub(crate) struct ChecksArguments {
    /// Form of the output.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ChecksFormat,
    /// Language of the text; the other forms hold both. Default: that of the environment.
    #[arg(long, value_enum)]
    pub(crate) lang: Option<LangName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChecksFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// `docs/checks.md`.
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The file (responses and tokens DER or BER, requests DER, certificates DER or PEM). `-` reads
    /// standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Form of the output.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Language of the text; JSON holds both, whatever is said here. Default: zh when the locale of
    /// the environment (`LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set) begins with zh,
    /// else en.
    #[arg(long, value_enum)]
    pub(crate) lang: Option<LangName>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The file that was stamped. `-` reads standard input.
    #[arg(
        value_name = "FILE",
        required_unless_present = "digest",
        conflicts_with = "digest"
    )]
    pub(crate) file: Option<PathBuf>,
    /// The digest of the stamped file in hexadecimal, in place of FILE, by the algorithm that the
    /// token names. The report then speaks of data with this digest, not of a file.
    #[arg(long, value_name = "HEX")]
    pub(crate) digest: Option<String>,
    /// The token or response (DER or BER). `-` reads standard input. Default: FILE with `.tsr`
    /// appended; required with --digest or when FILE is `-`.
    #[arg(long, value_name = "FILE")]
    pub(crate) token: Option<PathBuf>,
    /// Trust anchors: a file with certificates (PEM, several allowed, or DER), or a folder whose
    /// *.pem, *.crt, *.cer and *.der are read. `-` reads standard input. May be repeated. Default:
    /// nobody is trusted, so nothing passes.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) trust: Vec<PathBuf>,
    /// Certificates that the token leaves out, its signer's included (PEM or DER). They help to
    /// build a path and are not trusted. May be repeated. Default: none.
    #[arg(long, value_name = "FILE")]
    pub(crate) intermediate: Vec<PathBuf>,
    /// The request that the token answers (DER): imprint, nonce and policy are compared. Default:
    /// none.
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// The nonce that the token must repeat, in hexadecimal, compared as a number. Default: not
    /// compared.
    #[arg(long, value_name = "HEX", allow_hyphen_values = true)]
    pub(crate) nonce: Option<String>,
    /// The policy under which the token must have been made, as dotted decimal. Default: any.
    #[arg(long, value_name = "OID")]
    pub(crate) policy: Option<String>,
    /// The validation time: `now`, `gentime` (the token's own), or a time of RFC 3339.
    #[arg(long, value_name = "now|gentime|TIME", default_value = "now")]
    pub(crate) at: String,
    /// The model of validity: at which time the chain is judged, and whether a token outlives its
    /// certificates.
    #[arg(long, value_enum, default_value = "genTime")]
    pub(crate) model: ModelName,
    /// `table`: weak algorithms and keys deny the verdict. `any`: they are only noted.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) algorithms: AlgorithmsName,
    /// Revocation, which this version cannot check: `if-available` and `off` report that it was not
    /// checked, `require` makes the verdict INDETERMINATE.
    #[arg(long, value_enum, default_value = "if-available")]
    pub(crate) revocation: RevocationName,
    /// Turns every departure from the standards into a failure. Default: they are noted.
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangName {
    /// Chinese.
    Zh,
    /// English.
    En,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModelName {
    /// Every certificate is judged at the token's time (RFC 3161).
    #[value(name = "genTime")]
    GenTime,
    /// The same, and INDETERMINATE when a certificate has expired at the validation time and
    /// nothing proves that the token existed before (ETSI EN 319 102-1).
    Etsi,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AlgorithmsName {
    /// Weak ones deny the verdict.
    Table,
    /// Weak ones are noted.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RevocationName {
    /// Reported as not checked.
    IfAvailable,
    /// INDETERMINATE.
    Require,
    /// Reported as not checked.
    Off,
}

impl OutputArguments {
    /// The language asked for, or that of the environment.
    pub(crate) fn language(&self) -> Lang {
        language(self.lang)
    }
}

/// The language asked for, or that of the environment.
pub(crate) fn language(asked: Option<LangName>) -> Lang {
    match asked {
        Some(LangName::Zh) => Lang::Zh,
        Some(LangName::En) => Lang::En,
        None => {
            let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
            match locale.is_some_and(|locale| locale.starts_with("zh")) {
                true => Lang::Zh,
                false => Lang::En,
            }
        }
    }
}
