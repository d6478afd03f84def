//! `tsa-verify forge`: lists the cases of the forge and writes their files.
//!
//! Not in scope: making the cases (`tsa-forge`), and judging them, which is the program's usual
//! business.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde::Serialize;
use tsa_forge::{Case, Expect, Forge, Form, Input, cases};

use super::args::{ForgeArguments, ForgeKey, Format};
use super::job::CouldNotRun;
use super::run::Output;

const PEM_COLUMNS: usize = 64;

/// What is said of a case.
#[derive(Debug, Serialize)]
struct Description {
    name: &'static str,
    row: u8,
    form: &'static str,
    expect: &'static str,
    reason: Option<&'static str>,
    code: Option<&'static str>,
    also: &'static [&'static str],
    deviations: &'static [&'static str],
    notes: &'static [&'static str],
    #[serde(rename = "genTime")]
    gen_time: Option<&'static str>,
    comment: &'static str,
    /// How this program judges it, when its files have been written.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

impl Description {
    fn of(case: &Case) -> Self {
        let mut described = Self {
            name: case.name,
            row: case.row,
            form: match case.form {
                Form::Token => "token",
                Form::Response => "response",
            },
            expect: case.expect.verdict(),
            reason: None,
            code: None,
            also: &[],
            deviations: &[],
            notes: &[],
            gen_time: None,
            comment: case.comment,
            command: None,
        };
        match case.expect {
            Expect::Refused {
                reason, code, also, ..
            } => {
                (described.reason, described.code) = (Some(reason), Some(code));
                described.also = also;
            }
            Expect::Passed {
                deviations,
                notes,
                gen_time,
            } => {
                (described.deviations, described.notes) = (deviations, notes);
                described.gen_time = Some(gen_time);
            }
        }
        described
    }

    /// Verdict and codes in a few words.
    fn outcome(&self) -> String {
        let named = [self.code.as_slice(), self.deviations, self.notes].concat();
        format!("{} {}", self.expect, named.join(" "))
            .trim_end()
            .to_owned()
    }
}

/// Lists or writes.
pub(crate) fn run(arguments: &ForgeArguments) -> Result<Output, CouldNotRun> {
    if arguments.list {
        let all: Vec<Description> = cases().map(Description::of).collect();
        return Ok((listed(&all, arguments.format), 0));
    }
    let forge = Forge::new().map_err(|error| CouldNotRun::argument("forge", error))?;
    let forge = match arguments.key {
        ForgeKey::P256 => forge,
        ForgeKey::Rsa => forge.by_rsa(),
    };
    let folder = |name: &str| arguments.out.clone().unwrap_or_else(|| PathBuf::from(name));
    let mut written = Vec::new();
    match &arguments.case {
        Some(name) => {
            let unknown = || CouldNotRun::argument("--case", "no such case; --list names them");
            let case = cases().find(|case| case.name == name).ok_or_else(unknown)?;
            written.push(write(&forge, case, &folder(name))?);
        }
        None => {
            let folder = folder("forged");
            for case in cases() {
                written.push(write(&forge, case, &folder.join(case.name))?);
            }
        }
    }
    let output = match (arguments.format, written.as_slice()) {
        (Format::Json, [only]) => json(only),
        (Format::Json, all) => json(&all),
        (Format::Text, [only]) => described(only),
        (Format::Text, all) => format!("{} cases written", all.len()),
    };
    Ok((output, 0))
}

fn json<T: Serialize>(value: &T) -> String {
    // Strings and numbers only: they always have a form in JSON.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn listed(all: &[Description], format: Format) -> String {
    if format == Format::Json {
        return json(&all);
    }
    let mut text = String::new();
    for case in all {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<48} row {:>2}  {:<32} {}",
            case.name,
            case.row,
            case.outcome(),
            case.comment
        );
    }
    text
}

fn described(case: &Description) -> String {
    let reason = case
        .reason
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    format!(
        "{}: {}\nMust be: {}{reason}\nTry: {}",
        case.name,
        case.comment,
        case.outcome(),
        case.command.as_deref().unwrap_or_default()
    )
}

/// Writes the files of a case.
fn write(forge: &Forge, case: &Case, folder: &Path) -> Result<Description, CouldNotRun> {
    let input = case.input(forge);
    std::fs::create_dir_all(folder).map_err(|error| CouldNotRun::unwritable(folder, &error))?;
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| CouldNotRun::unwritable(&path, &error))
    };
    put("file", &input.file)?;
    put("token.tsr", &input.bytes)?;
    if !input.anchors.is_empty() {
        put("root.pem", pem(&input.anchors).as_bytes())?;
    }
    if !input.bag.is_empty() {
        put("certificates.pem", pem(&input.bag).as_bytes())?;
    }
    if let Some(request) = &input.request {
        put("request.tsq", request)?;
    }
    let mut described = Description::of(case);
    described.command = Some(command(&input, folder));
    put("case.json", json(&described).as_bytes())?;
    Ok(described)
}

/// How this program judges the files.
fn command(input: &Input, folder: &Path) -> String {
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let mut words = vec![
        String::from("tsa-verify"),
        file("file"),
        String::from("--token"),
        file("token.tsr"),
        String::from("--at"),
        input.at.to_owned(),
    ];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    };
    let when = |there: bool, name| there.then(|| file(name));
    option("--trust", when(!input.anchors.is_empty(), "root.pem"));
    option(
        "--intermediate",
        when(!input.bag.is_empty(), "certificates.pem"),
    );
    option("--request", when(input.request.is_some(), "request.tsq"));
    option("--policy", input.policy.map(str::to_owned));
    words.join(" ")
}

fn pem(certificates: &[Vec<u8>]) -> String {
    let mut text = String::new();
    for der in certificates {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = base64::engine::general_purpose::STANDARD.encode(der);
        for (at, letter) in encoded.chars().enumerate() {
            if at > 0 && at.is_multiple_of(PEM_COLUMNS) {
                text.push('\n');
            }
            text.push(letter);
        }
        text.push_str("\n-----END CERTIFICATE-----\n");
    }
    text
}
