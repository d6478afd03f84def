//! Rules on a Rust file that are plain to see in its lines: header, length, width, leftovers.

use std::path::Path;

use crate::Finding;

const FILE_LINES_MAX: usize = 500;
/// Tables of cases are long and read one row at a time.
const TEST_FILE_LINES_MAX: usize = 700;
/// `lib.rs` is a table of contents.
const LIB_LINES_MAX: usize = 120;
const LINE_COLUMNS_MAX: usize = 100;

/// What must not be left behind. Taken apart so that a search of the tree does not end here.
pub(crate) const LEFTOVERS: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("#[", "ignore"),
];

pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !begins_with_a_header(text) {
        findings.push(Finding::new(
            path,
            1,
            "no `//!` header that says in a sentence what is here",
        ));
    }
    if Path::new(path)
        .file_name()
        .is_some_and(|name| name == "mod.rs")
    {
        findings.push(Finding::new(
            path,
            1,
            "a module is named by its file, not `mod.rs`",
        ));
    }
    let (lines, lines_max) = (text.lines().count(), lines_max(path));
    if lines > lines_max {
        let what = format!("{lines} lines, {lines_max} are allowed: is this two rooms?");
        findings.push(Finding::new(path, lines_max + 1, what));
    }
    for (line, number) in text.lines().zip(1..) {
        let columns = line.chars().count();
        if columns > LINE_COLUMNS_MAX {
            let what = format!("{columns} columns, {LINE_COLUMNS_MAX} are allowed");
            findings.push(Finding::new(path, number, what));
        }
        for leftover in LEFTOVERS
            .iter()
            .filter(|leftover| line.contains(**leftover))
        {
            findings.push(Finding::new(
                path,
                number,
                format!("left behind: `{leftover}`"),
            ));
        }
    }
    findings
}

/// Whether the file belongs to tests or benches, by the folder it is in.
pub(crate) fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

/// The first line starts the header, and its first paragraph is a sentence of three words or more.
fn begins_with_a_header(text: &str) -> bool {
    let paragraph: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let words = paragraph
        .iter()
        .flat_map(|line| line.split_whitespace())
        .count();
    let ends = paragraph
        .last()
        .is_some_and(|line| line.ends_with(['.', ':', '!', '?', ')']));
    words >= 3 && ends
}

fn lines_max(path: &str) -> usize {
    if is_test(path) {
        TEST_FILE_LINES_MAX
    } else if Path::new(path)
        .file_name()
        .is_some_and(|name| name == "lib.rs")
    {
        LIB_LINES_MAX
    } else {
        FILE_LINES_MAX
    }
}
