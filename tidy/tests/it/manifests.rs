//! Rules on packages: one set of lints for all, and no `unsafe` in the libraries.

use toml::Table;

use crate::Finding;
use crate::tree::Tree;

/// The libraries that decide about tokens, money and filings.
const LIBRARIES: &[&str] = &["tsa-core", "tsa-filing", "tsa-ledger", "tsa-verify"];

const FORBID: &str = "#![forbid(unsafe_code)]";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        if path == "Cargo.toml" || path.ends_with("/Cargo.toml") {
            findings.extend(check_manifest(path, text));
        }
    }
    for library in LIBRARIES {
        let path = format!("{library}/src/lib.rs");
        if let Some(text) = tree.text(&path)
            && !text.lines().any(|line| line.trim() == FORBID)
        {
            findings.push(Finding::new(&path, 1, format!("lacks `{FORBID}`")));
        }
    }
    findings
}

/// A member of the workspace takes the workspace's lints. A manifest that starts a workspace of
/// its own (the fuzz targets) has none to take, and a virtual one has no sources.
fn check_manifest(path: &str, text: &str) -> Option<Finding> {
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return Some(Finding::new(path, 1, format!("is no manifest: {error}"))),
    };
    if !manifest.contains_key("package") || manifest.contains_key("workspace") {
        return None;
    }
    let inherits = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .is_some_and(|value| value.as_bool() == Some(true));
    (!inherits).then(|| Finding::new(path, 1, "lacks `[lints] workspace = true`"))
}
