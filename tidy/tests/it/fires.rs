//! Every rule shown firing, and shown silent beside it, on trees of a file or two.

use crate::prose::LEAKS;
use crate::source_text::LEFTOVERS;
use crate::tree::Tree;
use crate::{clock, findings};

const HEADER: &str = "//! What is in this file.\n";

/// A row: the name, the files, the findings as they print.
type Case<'a> = (&'a str, Vec<(&'a str, String)>, &'a [&'a str]);

fn assert_cases(cases: &[Case<'_>]) {
    for (name, files, expected) in cases {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let found: Vec<String> = findings(&Tree::of(&files))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, *expected, "{name}");
    }
}

fn source(rest: &str) -> String {
    format!("{HEADER}{rest}")
}

/// A source of `lines` lines in all.
fn long(lines: usize) -> String {
    source(&"// more\n".repeat(lines - 1))
}

/// A function of `lines` lines in all, indented within `before` and `after`.
fn function(before: &str, lines: usize, after: &str) -> String {
    source(&format!(
        "{before}fn long() {{\n{}}}\n{after}",
        "    let _ = 0;\n".repeat(lines - 2)
    ))
}

#[test]
fn header_length_width_and_name() {
    assert_cases(&[
        ("a header", vec![("a/src/x.rs", source("fn f() {}\n"))], &[]),
        (
            "a header of two lines",
            vec![("a/src/x.rs", "//! What is in\n//! this file.\n".to_owned())],
            &[],
        ),
        (
            "no header",
            vec![("a/src/x.rs", "// What is in this file.\n".to_owned())],
            &["a/src/x.rs:1: no `//!` header that says in a sentence what is here"],
        ),
        (
            "a header after something else",
            vec![("a/src/x.rs", format!("#![no_std]\n{HEADER}"))],
            &["a/src/x.rs:1: no `//!` header that says in a sentence what is here"],
        ),
        (
            "a header without a sentence",
            vec![("a/src/x.rs", "//! Placeholder.\n".to_owned())],
            &["a/src/x.rs:1: no `//!` header that says in a sentence what is here"],
        ),
        (
            "a file named mod.rs",
            vec![("a/src/x/mod.rs", source(""))],
            &["a/src/x/mod.rs:1: a module is named by its file, not `mod.rs`"],
        ),
        ("a file at the limit", vec![("a/src/x.rs", long(500))], &[]),
        (
            "a long file",
            vec![("a/src/x.rs", long(501))],
            &["a/src/x.rs:501: 501 lines, 500 are allowed: is this two rooms?"],
        ),
        (
            "a test file at the limit",
            vec![("a/tests/it/x.rs", long(700))],
            &[],
        ),
        (
            "a long test file",
            vec![("a/tests/it/x.rs", long(701))],
            &["a/tests/it/x.rs:701: 701 lines, 700 are allowed: is this two rooms?"],
        ),
        (
            "a long lib.rs",
            vec![("a/src/lib.rs", long(121))],
            &["a/src/lib.rs:121: 121 lines, 120 are allowed: is this two rooms?"],
        ),
        (
            "100 columns, not bytes",
            vec![("a/src/x.rs", source(&format!("// {}\n", "證".repeat(97))))],
            &[],
        ),
        (
            "101 columns",
            vec![("a/src/x.rs", source(&format!("// {}\n", "-".repeat(98))))],
            &["a/src/x.rs:2: 101 columns, 100 are allowed"],
        ),
    ]);
}

#[test]
fn leftovers() {
    for leftover in LEFTOVERS {
        let files = [("a/tests/x.rs", source(&format!("// {leftover}\n")))];
        let expected = format!("a/tests/x.rs:2: left behind: `{leftover}`");
        assert_cases(&[(*leftover, files.to_vec(), &[&expected])]);
    }
}

#[test]
fn functions() {
    assert_cases(&[
        (
            "a function at the limit",
            vec![("a/src/x.rs", function("", 70, ""))],
            &[],
        ),
        (
            "attributes and documentation do not count",
            vec![("a/src/x.rs", function("/// Long.\n#[inline]\n", 70, ""))],
            &[],
        ),
        (
            "a long function",
            vec![("a/src/x.rs", function("", 71, ""))],
            &["a/src/x.rs:2: `long` has 71 lines, 70 are allowed"],
        ),
        (
            "a long function in a test",
            vec![("a/tests/x.rs", function("#[test]\n", 71, ""))],
            &["a/tests/x.rs:3: `long` has 71 lines, 70 are allowed"],
        ),
        (
            "a long method",
            vec![("a/src/x.rs", function("impl X {\n", 71, "}\n"))],
            &["a/src/x.rs:3: `long` has 71 lines, 70 are allowed"],
        ),
        (
            "a long provided method",
            vec![("a/src/x.rs", function("trait X {\n", 71, "}\n"))],
            &["a/src/x.rs:3: `long` has 71 lines, 70 are allowed"],
        ),
        (
            "a long function in a function, which is then long too",
            vec![(
                "a/src/x.rs",
                function("mod m {\nfn outer() {\n", 71, "}\n}\n"),
            )],
            &[
                "a/src/x.rs:3: `outer` has 73 lines, 70 are allowed",
                "a/src/x.rs:4: `long` has 71 lines, 70 are allowed",
            ],
        ),
        (
            "what does not parse",
            vec![("a/src/x.rs", source("fn f( {}\n"))],
            &["a/src/x.rs:2: is no Rust: cannot parse string into token stream"],
        ),
    ]);
}

#[test]
fn lints_switched_off() {
    assert_cases(&[
        (
            "with a reason",
            vec![(
                "a/src/x.rs",
                source("#[allow(dead_code, reason = \"shown\")]\nfn f() {}\n"),
            )],
            &[],
        ),
        (
            "no attribute",
            vec![("a/src/x.rs", source("fn f(x: X) {\n    x.expect(1);\n}\n"))],
            &[],
        ),
        (
            "without a reason",
            vec![("a/src/x.rs", source("#[allow(dead_code)]\nfn f() {}\n"))],
            &["a/src/x.rs:2: `allow` without a `reason`"],
        ),
        (
            "for the whole file",
            vec![("a/src/x.rs", source("#![expect(dead_code)]\n"))],
            &["a/src/x.rs:2: `expect` without a `reason`"],
        ),
        (
            "under a condition",
            vec![(
                "a/src/x.rs",
                source("#[cfg_attr(test, allow(dead_code))]\nfn f() {}\n"),
            )],
            &["a/src/x.rs:2: `allow` without a `reason`"],
        ),
        (
            "in a macro",
            vec![(
                "a/src/x.rs",
                source("macro_rules! m {\n    () => {\n        #[allow(dead_code)]\n    };\n}\n"),
            )],
            &["a/src/x.rs:4: `allow` without a `reason`"],
        ),
        (
            "a whole group",
            vec![(
                "a/src/x.rs",
                source("#![allow(clippy::style, reason = \"none\")]\n"),
            )],
            &["a/src/x.rs:2: `allow` of the whole group `style`"],
        ),
    ]);
}

#[test]
fn clocks() {
    let lifting = source(&format!(
        "#![expect({}, reason = \"the clock\")]\n",
        clock::BAN
    ));
    let elsewhere = format!(
        "tsa-server/src/x.rs:2: lifts `{}`: only tsa-server/src/clock/system.rs reads the clock",
        clock::BAN
    );
    let no_clock = format!(
        "certs/src/x.rs:2: lifts `{}`: this package has no clock file",
        clock::BAN
    );
    assert_cases(&[
        (
            "the clock file, tests and benches",
            vec![
                ("tsa-server/src/clock/system.rs", lifting.clone()),
                ("tsa-server/tests/it/x.rs", lifting.clone()),
                ("tsa-server/benches/x.rs", lifting.clone()),
            ],
            &[],
        ),
        (
            "another file",
            vec![("tsa-server/src/x.rs", lifting.clone())],
            &[&elsewhere],
        ),
        (
            "a package without a clock",
            vec![("certs/src/x.rs", lifting)],
            &[&no_clock],
        ),
        (
            "a clock file that reads none",
            vec![("tsa-verify/src/cli/wall_clock.rs", source(""))],
            &[
                "tsa-verify/src/cli/wall_clock.rs:1: is listed as a clock file and reads no clock: \
               take it off the list",
            ],
        ),
    ]);
}

#[test]
fn packages() {
    let manifest = |rest: &str| format!("[package]\nname = \"a\"\n{rest}");
    assert_cases(&[
        (
            "the lints",
            vec![("a/Cargo.toml", manifest("[lints]\nworkspace = true\n"))],
            &[],
        ),
        (
            "a workspace of its own",
            vec![("a/Cargo.toml", manifest("[workspace]\n"))],
            &[],
        ),
        (
            "no package",
            vec![("Cargo.toml", "[workspace]\n".to_owned())],
            &[],
        ),
        (
            "no lints",
            vec![("a/Cargo.toml", manifest(""))],
            &["a/Cargo.toml:1: lacks `[lints] workspace = true`"],
        ),
        (
            "lints of its own",
            vec![(
                "a/Cargo.toml",
                manifest("[lints.rust]\nunsafe_code = \"allow\"\n"),
            )],
            &["a/Cargo.toml:1: lacks `[lints] workspace = true`"],
        ),
        (
            "a library that forbids unsafe code",
            vec![("tsa-core/src/lib.rs", source("#![forbid(unsafe_code)]\n"))],
            &[],
        ),
        (
            "a library that does not",
            vec![("tsa-core/src/lib.rs", source("#![deny(unsafe_code)]\n"))],
            &["tsa-core/src/lib.rs:1: lacks `#![forbid(unsafe_code)]`"],
        ),
    ]);
}

#[test]
fn leaks() {
    for leak in LEAKS {
        let line = format!("one\ntwo {leak} three\n");
        let expected = format!("notes.txt:2: names a machine's `{leak}`");
        assert_cases(&[
            (*leak, vec![("notes.txt", line.clone())], &[&expected]),
            ("a lock file", vec![("fuzz/Cargo.lock", line)], &[]),
        ]);
    }
}

#[test]
fn links() {
    let good = "[a](b.md) [b](../README.md#x \"title\") [c](/docs)\n\
                [d](https://example.org/x) [e](#f) `[f](none)` [g][h]\n\n\
                [h]: b.md\n\n```\n[i](none)\n```\n";
    assert_cases(&[
        (
            "links that lead somewhere",
            vec![
                ("README.md", "[docs](docs/a.md), [all](docs/)\n".to_owned()),
                ("docs/a.md", good.to_owned()),
                ("docs/b.md", String::new()),
            ],
            &[],
        ),
        (
            "links that do not",
            vec![(
                "docs/a.md",
                "\n[x](a.md) [x](b.md), [y](../../a.md)\n\n[z]: c.md\n".to_owned(),
            )],
            &[
                "docs/a.md:2: links to `../../a.md`, which is not here",
                "docs/a.md:2: links to `b.md`, which is not here",
                "docs/a.md:4: links to `c.md`, which is not here",
            ],
        ),
    ]);
}
