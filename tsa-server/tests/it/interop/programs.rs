//! Libraries, through the small programs of `tests/clients`: each says `verified …` for every
//! request it made, has seen to it that a token for something else is refused, and fails else.

use super::assert_as_expected;
use super::desk::{Tsa, client_file, demand, java_class_path, node_modules, program, python, run};

#[test]
fn pyhanko_stamps_signs_and_validates_documents() {
    assert_as_expected("pyHanko", |tsa| {
        let mut client = program(python(), tsa.folder());
        client.arg(client_file("stamp_pdf.py")).arg(tsa.url());
        let words = [
            "document time-stamp: valid True intact True trusted True",
            "changed document: not intact",
            "signature: valid True intact True trusted True",
            "time-stamp of the signature: valid True intact True trusted True",
        ];
        demand(run(client.arg(tsa.root()))?, &words)
    });
}

#[test]
fn rfc3161_client_asks_and_verifies() {
    assert_as_expected("rfc3161-client", |tsa| {
        let mut client = program(python(), tsa.folder());
        client
            .arg(client_file("stamp_rfc3161_client.py"))
            .arg(tsa.url());
        verified(4, run(client.arg(tsa.root()).arg(tsa.chain())))
    });
}

#[test]
fn rfc3161ng_asks_and_verifies() {
    assert_as_expected("rfc3161ng", |tsa| {
        verified(6, run(rfc3161ng(tsa).arg(tsa.chain())))
    });
}

#[test]
fn rfc3161ng_takes_the_first_certificate_for_the_signers() {
    assert_as_expected("rfc3161ng, untold", |tsa| {
        verified(3, run(&mut rfc3161ng(tsa)))
    });
}

fn rfc3161ng(tsa: &Tsa) -> std::process::Command {
    let mut client = program(python(), tsa.folder());
    client.arg(client_file("stamp_rfc3161ng.py")).arg(tsa.url());
    client
}

#[test]
fn bouncy_castle_asks_and_verifies() {
    let classes = tempfile::tempdir().unwrap();
    let classes = classes.path();
    let class_path = java_class_path(classes);
    let mut compile = program("javac", classes);
    compile.args(["-Xlint:all,-path", "-Werror", "-d", ".", "-cp", &class_path]);
    run(compile.arg(client_file("StampBouncyCastle.java"))).unwrap();

    assert_as_expected("Bouncy Castle", |tsa| {
        let mut client = program("java", tsa.folder());
        client.args(["-cp", &class_path, "StampBouncyCastle", &tsa.url()]);
        verified(6, run(client.arg(tsa.root()).arg(tsa.chain())))
    });
}

#[test]
fn pkijs_asks_and_verifies() {
    assert_as_expected("PKI.js", |tsa| {
        let mut client = program("node", tsa.folder());
        client.env("NODE_PATH", node_modules());
        client.arg(client_file("stamp_pkijs.cjs")).arg(tsa.url());
        verified(6, run(client.arg(tsa.root()).arg(tsa.chain())))
    });
}

/// What a program said, if it has verified that many tokens.
fn verified(tokens: usize, said: Result<String, String>) -> Result<String, String> {
    let said = said?;
    let lines = said
        .lines()
        .filter(|line| line.starts_with("verified "))
        .count();
    if lines == tokens { Ok(said) } else { Err(said) }
}
