//! The list of checks for people: `docs/checks.md` and `tsa-verify checks`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use serde::Serialize;

use super::about::{ABOUT, About, Both};
use crate::{Lang, SubIndication, Text};

/// What may come of a check: its line in `docs/checks.md`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CheckDescription {
    /// Stable code; it never changes its meaning.
    pub code: &'static str,
    /// The clause that asks for the check.
    pub clause: &'static str,
    /// What is asked.
    pub check: Text,
    /// Why TOTAL-PASSED is denied when the check was made and is not as it should be.
    pub denies: &'static [SubIndication],
    /// The same when the check could not be made because what it looks at is missing.
    pub missing: &'static [SubIndication],
    /// Whether it names harmless departures from a standard, which a strict policy makes failures.
    pub departs: bool,
    /// When it is not made and denies nothing.
    pub unasked: Option<Text>,
    /// Where it is stricter than ETSI EN 319 102-1 and EN 319 422 ask for, or decides what they
    /// leave open.
    pub stricter: Option<Text>,
    /// What of it this version does not make.
    pub not_yet: Option<Text>,
}

/// Every check, of tokens and of paths that are asked for on their own, in the order in which they
/// are made.
pub fn descriptions() -> impl Iterator<Item = CheckDescription> {
    ABOUT.iter().map(describe)
}

fn describe(about: &About) -> CheckDescription {
    let mut listed = super::list();
    let (code, clause, check) = listed.find(|(code, ..)| *code == about.code).unwrap_or((
        about.code,
        "RFC 5280 §4.1",
        text((
            "证书可读（仅 tsa-verify path）",
            "the certificate can be read (tsa-verify path only)",
        )),
    ));
    CheckDescription {
        code,
        clause,
        check,
        denies: about.denies,
        missing: about.missing,
        departs: about.departs,
        unasked: about.unasked.map(text),
        stricter: about.stricter.map(text),
        not_yet: about.not_yet.map(text),
    }
}

fn text((zh, en): Both) -> Text {
    Text {
        zh: String::from(zh),
        en: String::from(en),
    }
}

/// `docs/checks.md`.
#[must_use]
pub fn markdown() -> String {
    let all: Vec<CheckDescription> = descriptions().collect();
    let mut page = String::from(HEAD);
    for found in &all {
        let _ = writeln!(
            page,
            "| {} | {} | {}<br>{} | {} | {} | {} |",
            found.code,
            found.clause,
            found.check.en,
            found.check.zh,
            failing(found, "<br>"),
            names(found.missing, "<br>"),
            said(found.unasked.as_ref(), "<br>"),
        );
    }
    page.push_str(STRICTER);
    push_list(&mut page, &all, |found| found.stricter.as_ref());
    page.push_str(NOT_YET);
    push_list(&mut page, &all, |found| found.not_yet.as_ref());
    page
}

const HEAD: &str = "# Checks

Written by `tsa-verify checks --format markdown`; a test holds it to the code.

All checks are made, in this order, and each is a line of every report: passed, failed, not made, or
a note. The verdict is the gravest of what they say, its sub-indication that of the first of these.
Codes never change their meaning.

*Fails with* names the sub-indication (ETSI EN 319 102-1 §5.1.3) of a check that was made.
*strict* is a harmless departure, noted, and `FORMAT_FAILURE` under `--strict`.
*Not made, denies* is what a check says that cannot be made because what it looks at is missing.
*Not made, harmless* is when nothing asks for it.

| code | clause | asks | fails with | not made, denies | not made, harmless |
| --- | --- | --- | --- | --- | --- |
";

const STRICTER: &str = "
## Stricter than ETSI

Where a check asks for more than EN 319 102-1 and EN 319 422 do, or decides what they leave to a
policy.

";

const NOT_YET: &str = "
## Not made yet

What has its place in the list and is not made by this version. Every report says so.

";

fn push_list(
    page: &mut String,
    all: &[CheckDescription],
    of: impl Fn(&CheckDescription) -> Option<&Text>,
) {
    for found in all {
        if let Some(text) = of(found) {
            let _ = writeln!(page, "- **{}** {}\n  {}", found.code, text.en, text.zh);
        }
    }
}

fn names(reasons: &[SubIndication], between: &str) -> String {
    let names: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
    names.join(between)
}

fn failing(found: &CheckDescription, between: &str) -> String {
    let mut names = names(found.denies, between);
    if found.departs {
        let before = if names.is_empty() { "" } else { between };
        let _ = write!(names, "{before}strict");
    }
    names
}

fn said(text: Option<&Text>, between: &str) -> String {
    text.map_or_else(String::new, |text| {
        alloc::format!("{}{between}{}", text.en, text.zh)
    })
}

/// The list for a terminal.
#[must_use]
pub fn listed(lang: Lang) -> String {
    let mut lines = String::new();
    for found in descriptions() {
        let of = |text: &Text| match lang {
            Lang::Zh => text.zh.clone(),
            Lang::En => text.en.clone(),
        };
        let _ = writeln!(
            lines,
            "{}  {}\n         {}  {}",
            found.code,
            of(&found.check),
            found.clause,
            failing(&found, " ")
        );
        let marked = [(">", &found.stricter), ("…", &found.not_yet)];
        for (mark, text) in marked {
            if let Some(text) = text {
                let _ = writeln!(lines, "         {mark} {}", of(text));
            }
        }
    }
    lines.push_str(match lang {
        Lang::Zh => "\n> 严于 ETSI 之处；… 本版本尚不提供\n",
        Lang::En => "\n> where it is stricter than ETSI; … not made yet\n",
    });
    lines
}
