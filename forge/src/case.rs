//! One case: a whole verification, and what must come of it.

use crate::sign::Digest;
use crate::statement::{CONTENT, GEN_TIME};
use crate::{Forge, Token};

/// The validation time unless a case says otherwise.
pub(crate) const AT: &str = "2026-06-01T00:00:00Z";

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A bare token.
    Token,
    /// A response.
    Response,
}

impl Form {
    /// The folder of its vectors.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Response => "response",
        }
    }
}

/// Everything that a verification is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The token or response.
    pub bytes: Vec<u8>,
    /// Trust anchors, in DER.
    pub anchors: Vec<Vec<u8>>,
    /// Certificates besides those of the token, in DER.
    pub bag: Vec<Vec<u8>>,
    /// The file.
    pub file: Vec<u8>,
    /// By which the file is digested.
    pub digest: Digest,
    /// The request, in DER.
    pub request: Option<Vec<u8>>,
    /// The policy that is demanded, in dotted decimal.
    pub policy: Option<&'static str>,
    /// The validation time (RFC 3339).
    pub at: &'static str,
}

impl Input {
    /// A token or response about [`CONTENT`], with `root` for an anchor.
    #[must_use]
    pub fn new(forge: &Forge, bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            anchors: vec![forge.certificate("root")],
            bag: Vec::new(),
            file: CONTENT.to_vec(),
            digest: Digest::Sha256,
            request: None,
            policy: None,
            at: AT,
        }
    }

    /// Changes one thing.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// What must come of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Refused: with this indication and sub-indication, because of this check; these checks
    /// necessarily fail as well.
    Refused {
        /// `TOTAL-FAILED` or `INDETERMINATE`.
        verdict: &'static str,
        /// The sub-indication.
        reason: &'static str,
        /// Code of the check that decides.
        code: &'static str,
        /// Codes of the checks that fail with it.
        also: &'static [&'static str],
    },
    /// Passed, stating this `genTime`.
    Passed {
        /// Codes of checks that name a departure, and fail when judged strictly.
        deviations: &'static [&'static str],
        /// Codes of checks that name something no clause forbids.
        notes: &'static [&'static str],
        /// `genTime`
        gen_time: &'static str,
    },
}

impl Expect {
    /// Indication, as in a report.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match self {
            Self::Refused { verdict, .. } => verdict,
            Self::Passed { .. } => "TOTAL-PASSED",
        }
    }

    /// The check that decides, or the first that names something; empty when there is none.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Passed {
                deviations, notes, ..
            } => deviations
                .iter()
                .chain(*notes)
                .next()
                .copied()
                .unwrap_or_default(),
        }
    }
}

/// A row of the table of cases.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Name of the vector, unique.
    pub name: &'static str,
    /// The row of the list of attacks that it belongs to; `0` for honest oddities.
    pub row: u8,
    /// Token or response.
    pub form: Form,
    /// What must come of it.
    pub expect: Expect,
    /// What reading alone says: `ok`, or the error.
    pub decode: &'static str,
    /// One sentence for people.
    pub comment: &'static str,
    /// Whether it is kept as a file; the others are too big, and made when wanted.
    pub stored: bool,
    build: Build,
}

/// How a case is made.
#[derive(Clone, Copy, Debug)]
enum Build {
    Whole(fn(&Forge) -> Input),
    /// A sound token around this content.
    Content(fn(&Forge) -> Vec<u8>),
}

impl Case {
    /// Makes the input.
    #[must_use]
    pub fn input(&self, forge: &Forge) -> Input {
        match self.build {
            Build::Whole(build) => build(forge),
            Build::Content(build) => Input::new(forge, Token::of(forge, &build(forge)).signed()),
        }
    }

    /// Whether it is about the content of a token alone.
    #[must_use]
    pub fn is_statement(&self) -> bool {
        matches!(self.build, Build::Content(_))
    }

    /// The `TSTInfo` of a case that is about it alone.
    #[must_use]
    pub fn statement(&self, forge: &Forge) -> Option<Vec<u8>> {
        match self.build {
            Build::Whole(_) => None,
            Build::Content(build) => Some(build(forge)),
        }
    }

    /// Another row.
    #[must_use]
    pub const fn row(self, row: u8) -> Self {
        Self { row, ..self }
    }

    /// A response.
    #[must_use]
    pub const fn response(self) -> Self {
        Self {
            form: Form::Response,
            ..self
        }
    }

    /// Read with this error.
    #[must_use]
    pub const fn decode(self, decode: &'static str) -> Self {
        Self { decode, ..self }
    }

    /// Too big to be kept.
    #[must_use]
    pub const fn made_when_wanted(self) -> Self {
        Self {
            stored: false,
            ..self
        }
    }
}

/// A case of any kind.
pub(crate) const fn case(
    name: &'static str,
    expect: Expect,
    comment: &'static str,
    build: fn(&Forge) -> Input,
) -> Case {
    made(name, expect, comment, Build::Whole(build))
}

/// A case about the content of a token that is sound otherwise.
pub(crate) const fn content(
    name: &'static str,
    expect: Expect,
    comment: &'static str,
    build: fn(&Forge) -> Vec<u8>,
) -> Case {
    made(name, expect, comment, Build::Content(build))
}

const fn made(name: &'static str, expect: Expect, comment: &'static str, build: Build) -> Case {
    Case {
        name,
        row: 0,
        form: Form::Token,
        expect,
        decode: "ok",
        comment,
        stored: true,
        build,
    }
}

/// Refused, by one check alone.
pub(crate) const fn by(reason: &'static str, code: &'static str) -> Expect {
    by_all(reason, code, &[])
}

/// Refused, by one check before others.
pub(crate) const fn by_all(
    reason: &'static str,
    code: &'static str,
    also: &'static [&'static str],
) -> Expect {
    let verdict = match reason.as_bytes() {
        b"FORMAT_FAILURE"
        | b"HASH_FAILURE"
        | b"SIG_CRYPTO_FAILURE"
        | b"EXPIRED"
        | b"NOT_YET_VALID" => "TOTAL-FAILED",
        _ => "INDETERMINATE",
    };
    Expect::Refused {
        verdict,
        reason,
        code,
        also,
    }
}

/// Passed without a word.
pub(crate) const PASSED: Expect = passed(&[], &[], GEN_TIME);

/// Passed with departures named.
pub(crate) const fn odd(deviations: &'static [&'static str]) -> Expect {
    passed(deviations, &[], GEN_TIME)
}

/// Passed with something named that no clause forbids.
pub(crate) const fn noted(notes: &'static [&'static str]) -> Expect {
    passed(&[], notes, GEN_TIME)
}

pub(crate) const fn passed(
    deviations: &'static [&'static str],
    notes: &'static [&'static str],
    gen_time: &'static str,
) -> Expect {
    Expect::Passed {
        deviations,
        notes,
        gen_time,
    }
}
