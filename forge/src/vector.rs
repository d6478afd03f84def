//! A case as text: what it is and what is expected of it, in front of its bytes.
//!
//! The format is described in `testvectors/README.md`. In scope: writing a case, and reading what
//! has been written. Not in scope: files (see `program.rs`).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::case::{Case, Expect, Input};
use crate::{Forge, sign};

const BASE64_COLUMNS: usize = 64;
/// Label of a section with a trust anchor that is not in `certs/`.
const ANCHOR: &str = "TRUST ANCHOR";
/// Label of a section with any other certificate that is not in `certs/`.
const CERTIFICATE: &str = "CERTIFICATE";

/// What is wrong with a text that should be a vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// No blank line ends the header.
    #[error("no blank line after the header")]
    NoPayload,
    /// A header line is not `key: value`, or a key stands twice.
    #[error("not a header line, or its key stands twice: {0}")]
    Header(String),
    /// The payload, or a section, is not base64.
    #[error("not base64: {0}")]
    Base64(String),
}

/// A vector as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector {
    header: Vec<(String, String)>,
    /// The token, response or `TSTInfo`.
    pub payload: Vec<u8>,
    /// Trust anchors that are not in `certs/`.
    pub anchors: Vec<Vec<u8>>,
    /// Certificates beside the token that are not in `certs/`.
    pub certificates: Vec<Vec<u8>>,
}

impl Vector {
    /// Reads a vector.
    ///
    /// # Errors
    /// [`VectorError`] when the text is none.
    pub fn parse(text: &str) -> Result<Self, VectorError> {
        let (header, body) = text.split_once("\n\n").ok_or(VectorError::NoPayload)?;
        let mut vector = Self::default();
        for line in header.lines() {
            let wrong = || VectorError::Header(line.to_owned());
            let (key, value) = line.split_once(": ").ok_or_else(wrong)?;
            if vector.field(key).is_some() {
                return Err(wrong());
            }
            vector.header.push((key.to_owned(), value.to_owned()));
        }
        let mut sections = body.split("-----BEGIN ");
        vector.payload = decoded(sections.next().unwrap_or_default())?;
        for section in sections {
            let (label, rest) = section.split_once("-----").unwrap_or((section, ""));
            let (encoded, _) = rest.split_once("-----").unwrap_or((rest, ""));
            let bytes = decoded(encoded)?;
            match label {
                ANCHOR => vector.anchors.push(bytes),
                CERTIFICATE => vector.certificates.push(bytes),
                other => return Err(VectorError::Header(other.to_owned())),
            }
        }
        Ok(vector)
    }

    /// The value of a key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&str> {
        let mut lines = self.header.iter();
        lines.find(|line| line.0 == key).map(|line| line.1.as_str())
    }

    /// The words of a value; none when the key is not there.
    #[must_use]
    pub fn words(&self, key: &str) -> Vec<&str> {
        self.field(key)
            .unwrap_or_default()
            .split_whitespace()
            .collect()
    }

    /// The bytes of a value in base64, when the key is there.
    ///
    /// # Errors
    /// [`VectorError::Base64`]
    pub fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>, VectorError> {
        self.field(key).map(decoded).transpose()
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, VectorError> {
    let text: String = text.split_whitespace().collect();
    STANDARD
        .decode(&text)
        .map_err(|_| VectorError::Base64(text))
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, letter) in STANDARD.encode(bytes).chars().enumerate() {
        if index > 0 && index.is_multiple_of(BASE64_COLUMNS) {
            text.push('\n');
        }
        text.push(letter);
    }
    text
}

/// The text of a case that is judged.
#[must_use]
pub fn of_case(case: &Case, forge: &Forge) -> String {
    let input = case.input(forge);
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key}: {value}");
        }
    };
    expectation(case, &mut line);
    line("decode", case.decode);
    let (anchors, other_anchors) = by_name(forge, &input.anchors, "none");
    let (bag, other_certificates) = by_name(forge, &input.bag, "");
    line("anchors", &anchors);
    line("certificates", &bag);
    line("digest", &digest(&input));
    line("at", input.at);
    line("policy", input.policy.unwrap_or_default());
    line(
        "request",
        &input
            .request
            .map(|der| STANDARD.encode(der))
            .unwrap_or_default(),
    );
    line("comment", case.comment);
    let _ = write!(text, "\n{}\n", encoded(&input.bytes));
    for (label, list) in [(ANCHOR, other_anchors), (CERTIFICATE, other_certificates)] {
        for der in list {
            let body = encoded(&der);
            let _ = write!(
                text,
                "-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
            );
        }
    }
    text
}

fn expectation(case: &Case, line: &mut impl FnMut(&str, &str)) {
    line("expect", case.expect.verdict());
    match case.expect {
        Expect::Refused {
            reason, code, also, ..
        } => {
            line("reason", reason);
            line("code", code);
            line("also", &also.join(" "));
        }
        Expect::Passed {
            deviations,
            notes,
            gen_time,
        } => {
            line("deviations", &deviations.join(" "));
            line("notes", &notes.join(" "));
            line("genTime", gen_time);
        }
    }
    line("row", &case.row.to_string());
}

/// Names of those in `certs/`, and the others. `none` stands for an empty list.
fn by_name(forge: &Forge, list: &[Vec<u8>], none: &str) -> (String, Vec<Vec<u8>>) {
    let names: Vec<&str> = list.iter().filter_map(|der| forge.name_of(der)).collect();
    let unnamed = list.iter().filter(|der| forge.name_of(der).is_none());
    let names = match list.is_empty() {
        true => none.to_owned(),
        false => names.join(" "),
    };
    (names, unnamed.cloned().collect())
}

fn digest(input: &Input) -> String {
    let mut text = format!("{} ", input.digest.name());
    for byte in sign::Digest::of(input.digest, &input.file) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The text of a case about a `TSTInfo` alone.
#[must_use]
pub fn of_statement(case: &Case, statement: &[u8]) -> String {
    let decode = case.decode.strip_prefix("TSTInfo: ").unwrap_or(case.decode);
    let expect = if decode == "ok" { "read" } else { "refused" };
    let code = match case.expect.code() {
        "" => String::new(),
        code => format!("code: {code}\n"),
    };
    format!(
        "expect: {expect}\n{code}row: {}\ndecode: {decode}\ncomment: {}\n\n{}\n",
        case.row,
        case.comment,
        encoded(statement)
    )
}
