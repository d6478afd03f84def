//! Rules on text of any kind: links lead somewhere, and nothing names the machine it was made on.

use crate::Finding;
use crate::tree::Tree;

/// Hosts and folders of some machine or other, which are no use to a reader. Taken apart so that
/// a search of the tree does not end here.
pub(crate) const LEAKS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("registry", ".npmjs"),
    concat!("python", "hosted"),
    concat!("static", ".crates.io"),
    concat!("index", ".crates.io"),
    concat!("deb", ".debian.org"),
];

pub(crate) fn check_leaks(path: &str, text: &str) -> Vec<Finding> {
    // Lock files name where packages come from; that is their purpose.
    if path.ends_with("Cargo.lock") || path.ends_with("package-lock.json") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for leak in LEAKS.iter().filter(|leak| line.contains(**leak)) {
            findings.push(Finding::new(
                path,
                number,
                format!("names a machine's `{leak}`"),
            ));
        }
    }
    findings
}

/// Links of a Markdown file to files of the repository.
pub(crate) fn check_links(path: &str, text: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (line, number) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            for target in targets(line) {
                if !resolves(path, target, tree) {
                    let what = format!("links to `{target}`, which is not here");
                    findings.push(Finding::new(path, number, what));
                }
            }
        }
    }
    findings
}

/// The targets of `[text](target)`, and of `[label]: target` at the beginning of a line.
fn targets(line: &str) -> Vec<&str> {
    // Every second piece between backquotes is code.
    let prose = line.split('`').step_by(2);
    let inline = prose
        .flat_map(|piece| piece.split("](").skip(1))
        .filter_map(|rest| {
            let end = rest.find(')')?;
            rest.get(..end)
        });
    let reference = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .map(|(_, target)| target);
    // A title may follow the target.
    inline
        .chain(reference)
        .filter_map(|target| target.split_whitespace().next())
        .collect()
}

fn resolves(path: &str, target: &str, tree: &Tree) -> bool {
    let target = target.trim_start_matches('<').trim_end_matches('>');
    let file = target.split(['#', '?']).next().unwrap_or(target);
    let has_scheme = file
        .split('/')
        .next()
        .is_some_and(|first| first.contains(':'));
    if has_scheme || file.is_empty() {
        return true;
    }
    // A leading `/` is the root of the repository.
    let mut parts: Vec<&str> = match file.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => path.split('/').collect(),
    };
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return false,
            ".." => {}
            name => parts.push(name),
        }
    }
    tree.path_exists(&parts.join("/"))
}
