//! What became of each file, as a line for people and as one JSON object for programs.
//!
//! In scope: the two texts. Not in scope: when and where they are printed, see
//! [`crate::progress`].

use std::path::{Path, PathBuf};

use serde::Serialize;
use tsa_core::MessageImprint;

use crate::answer::Statement;
use crate::store::token_path;
use crate::walk::PassedOver;

/// One file and what became of it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) file: PathBuf,
    pub(crate) imprint: Option<MessageImprint>,
    pub(crate) outcome: Outcome,
}

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It has a new token.
    Stamped {
        /// What the token states.
        statement: Box<Statement>,
        /// Where the earlier token is now, and why it was not enough.
        kept: Option<(PathBuf, Earlier)>,
        /// `TSA-Credits-Charged` of the answer.
        credits_charged: Option<u64>,
        /// `TSA-Credits-Remaining` of the answer.
        credits_remaining: Option<u64>,
    },
    /// It had a token for this content already.
    AlreadyStamped(Box<Statement>),
    /// It is nothing to stamp.
    PassedOver(PassedOver),
    /// It has no token, or not a new one.
    Failed(String),
}

/// What an earlier token has otherwise than it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// It is for other content.
    Content,
    /// It is by another digest, so its content cannot be compared.
    Digest,
    /// It has another policy than the one asked for.
    Policy,
}

impl Earlier {
    fn words(self) -> &'static str {
        match self {
            Self::Content => "the file has changed since its earlier token, kept as",
            Self::Digest => "the earlier token is by another digest; kept as",
            Self::Policy => "the earlier token has another policy; kept as",
        }
    }
}

#[derive(Serialize)]
struct JsonLine<'a> {
    file: std::borrow::Cow<'a, str>,
    /// The name's bytes, where `file` cannot hold them.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_hex: Option<String>,
    status: &'static str,
    serial: Option<String>,
    gen_time: Option<String>,
    algorithm: Option<&'static str>,
    digest: Option<String>,
    policy: Option<String>,
    token: Option<std::borrow::Cow<'a, str>>,
    kept: Option<std::borrow::Cow<'a, str>>,
    reason: Option<&'static str>,
    error: Option<&'a str>,
    cost: Option<u64>,
    credits_remaining: Option<u64>,
}

impl Record {
    /// A file that failed before it had a digest.
    pub(crate) fn failed(file: PathBuf, error: &impl ToString) -> Self {
        Self {
            file,
            imprint: None,
            outcome: Outcome::Failed(error.to_string()),
        }
    }

    /// For people, without the line's end.
    pub(crate) fn line(&self) -> String {
        let file = self.file.display();
        let mut line = match &self.outcome {
            Outcome::Stamped { statement, .. } => format!(
                "stamped  {file}  {}  serial {}",
                statement.gen_time, statement.serial
            ),
            Outcome::AlreadyStamped(statement) => format!(
                "skipped  {file}  already stamped {}  serial {}",
                statement.gen_time, statement.serial
            ),
            Outcome::PassedOver(reason) => format!("skipped  {file}  {}", reason.words(1)),
            Outcome::Failed(error) => format!("{file}: {error}"),
        };
        if let Some(note) = self.note() {
            line += &format!("  ({note})");
        }
        printable(&line)
    }

    /// What the user should see even where successes are not listed.
    pub(crate) fn note(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Stamped {
                kept: Some((path, earlier)),
                ..
            } => Some(format!("{} {}", earlier.words(), path.display())),
            _ => None,
        }
    }

    /// For programs, without the line's end.
    pub(crate) fn json(&self) -> Result<String, serde_json::Error> {
        let mut line = JsonLine {
            file: self.file.to_string_lossy(),
            file_hex: (self.file.to_str().is_none())
                .then(|| hex(self.file.as_os_str().as_encoded_bytes())),
            status: "failed",
            serial: None,
            gen_time: None,
            algorithm: self.imprint.as_ref().and_then(algorithm),
            digest: self.imprint.as_ref().map(|i| hex(&i.hashed_message)),
            policy: None,
            token: None,
            kept: None,
            reason: None,
            error: None,
            cost: None,
            credits_remaining: None,
        };
        let token = token_path(&self.file);
        match &self.outcome {
            Outcome::Stamped {
                statement,
                kept,
                credits_charged,
                credits_remaining,
            } => {
                line.state("stamped", statement, &token);
                line.kept = kept.as_ref().map(|kept| kept.0.to_string_lossy());
                line.cost = *credits_charged;
                line.credits_remaining = *credits_remaining;
            }
            Outcome::AlreadyStamped(statement) => {
                line.state("skipped", statement, &token);
                line.reason = Some("already stamped");
                line.cost = Some(0);
            }
            Outcome::PassedOver(reason) => {
                line.status = "skipped";
                line.reason = Some(reason.words(1));
            }
            Outcome::Failed(error) => line.error = Some(error),
        }
        serde_json::to_string(&line)
    }
}

impl<'a> JsonLine<'a> {
    fn state(&mut self, status: &'static str, statement: &Statement, token: &'a Path) {
        self.status = status;
        self.serial = Some(statement.serial.to_string());
        self.gen_time = Some(statement.gen_time.to_string());
        self.policy = Some(statement.policy.to_string());
        self.token = Some(token.to_string_lossy());
    }
}

fn algorithm(imprint: &MessageImprint) -> Option<&'static str> {
    imprint
        .digest_algorithm()
        .map(tsa_core::DigestAlgorithm::name)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text with control characters written as escapes: neither a file's name nor a server's words
/// may move the cursor or begin a line.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_direction(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Marks that change the order in which a terminal shows what follows.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_cannot_write_lines_of_their_own() {
        let name = "文 件\nstamped  other\u{1b}[2K\u{202e}";
        let record = Record::failed(PathBuf::from(name), &"no\rway");
        let line = record.line();
        assert_eq!(line, r"文 件\nstamped  other\u{1b}[2K\u{202e}: no\rway");
        let json: serde_json::Value = serde_json::from_str(&record.json().unwrap()).unwrap();
        assert_eq!(json["file"], name);
        assert_eq!(json["status"], "failed");
        assert_eq!(json["error"], "no\rway");
        assert!(json["serial"].is_null() && json["cost"].is_null());
        assert!(json.get("file_hex").is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_text_is_told_by_its_bytes() {
        use std::os::unix::ffi::OsStringExt as _;
        let file = PathBuf::from(std::ffi::OsString::from_vec(vec![b'a', 0xff]));
        let json = Record::failed(file, &"x").json().unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["file_hex"], "61ff");
    }
}
