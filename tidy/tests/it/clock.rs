//! Time is an argument: at most one file of each program may read the machine's clock.
//!
//! Clippy forbids the reading itself (`clippy.toml`); this watches who lifts that ban. Tests and
//! benches may measure.

use std::collections::BTreeMap;

use crate::Finding;
use crate::source_text::is_test;
use crate::tree::Tree;

/// The file of each program, by package, that reads the clock.
const CLOCK_FILES: &[(&str, &str)] = &[
    ("tsa-server", "tsa-server/src/clock/system.rs"),
    ("tsa-verify", "tsa-verify/src/cli/wall_clock.rs"),
];

/// Taken apart so that this file does not lift the ban itself.
pub(crate) const BAN: &str = concat!("clippy::", "disallowed_methods");

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let files: BTreeMap<&str, &str> = CLOCK_FILES.iter().copied().collect();
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        if !path.ends_with(".rs") || is_test(path) {
            continue;
        }
        let lifted = text
            .lines()
            .position(|line| line.contains(BAN))
            .map(|index| index + 1);
        let allowed = files.values().any(|file| *file == path);
        match lifted {
            Some(line) if !allowed => {
                let what = match files.get(package(path)) {
                    Some(file) => format!("lifts `{BAN}`: only {file} reads the clock"),
                    None => format!("lifts `{BAN}`: this package has no clock file"),
                };
                findings.push(Finding::new(path, line, what));
            }
            None if allowed => {
                let what = "is listed as a clock file and reads no clock: take it off the list";
                findings.push(Finding::new(path, 1, what));
            }
            _ => {}
        }
    }
    findings
}

fn package(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

#[test]
fn no_package_has_two_clock_files() {
    let packages: BTreeMap<_, _> = CLOCK_FILES.iter().copied().collect();
    assert_eq!(packages.len(), CLOCK_FILES.len());
    for (package_name, file) in CLOCK_FILES {
        assert_eq!(package(file), *package_name);
    }
}
