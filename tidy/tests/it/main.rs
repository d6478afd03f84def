//! The house rules that no compiler checks, as one test over the files of this repository.
//!
//! In scope: what `CONTRIBUTING.md` asks of sources, manifests and prose and a program can see.
//! Not here: formatting (`rustfmt`), what clippy knows, licences (`deny.toml`).

mod clock;
mod finding;
mod fires;
mod manifests;
mod prose;
mod source_syntax;
mod source_text;
mod tree;

use std::path::Path;

use finding::Finding;
use tree::Tree;

#[test]
fn the_repository_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let tree = Tree::read(root).unwrap();
    assert!(
        tree.path_exists("tidy/tests/it/main.rs"),
        "the walk of {} sees nothing",
        root.display()
    );

    let findings = findings(&tree);

    let list: String = findings
        .iter()
        .map(|finding| format!("{finding}\n"))
        .collect();
    assert!(findings.is_empty(), "{} findings:\n{list}", findings.len());
}

/// Everything untidy in `tree`, sorted by place.
fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        if has_extension(path, "rs") {
            findings.extend(source_text::check(path, text));
            findings.extend(source_syntax::check(path, text));
        }
        if has_extension(path, "md") {
            findings.extend(prose::check_links(path, text, tree));
        }
        findings.extend(prose::check_leaks(path, text));
    }
    findings.extend(clock::check(tree));
    findings.extend(manifests::check(tree));
    findings.sort();
    findings
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}
