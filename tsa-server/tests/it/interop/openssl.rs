//! `openssl ts` makes a request, `curl` posts it, `openssl ts` verifies: the way of the manual.

use std::path::Path;

use super::assert_as_expected;
use super::desk::{POLICY, Tsa, demand, program, run};

#[test]
fn openssl_asks_and_verifies() {
    assert_as_expected("openssl ts", |tsa| {
        let mut said = String::new();
        for hash in ["-sha256", "-sha384", "-sha512"] {
            for ask in [&["-cert"][..], &["-cert", "-no_nonce"], &[], &["-no_nonce"]] {
                for policy in [&[][..], &["-tspolicy", POLICY]] {
                    tsa.write("file", "what is stamped");
                    let query = [&[hash], ask, policy].concat();
                    said = stamp(tsa, &query)?;
                }
            }
        }
        Ok(said)
    });
}

fn stamp(tsa: &Tsa, query: &[&str]) -> Result<String, String> {
    let folder = tsa.folder();
    let ask = ["ts", "-query", "-data", "file", "-out", "q.tsq"];
    openssl(folder, &[&ask, query].concat())?;
    post(tsa)?;
    let policy = openssl(folder, &["ts", "-reply", "-in", "r.tsr", "-text"])?;
    demand(
        policy,
        &["Status: Granted.", &format!("Policy OID: {POLICY}")],
    )?;

    let (root, chain) = (tsa.root(), tsa.chain());
    let (root, chain) = (root.to_str().unwrap(), chain.to_str().unwrap());
    let mut verify = vec!["ts", "-verify", "-in", "r.tsr", "-CAfile", root];
    if !query.contains(&"-cert") {
        verify.extend(["-untrusted", chain]);
    }
    // The request has the nonce, too.
    let by_request = [&verify[..], &["-queryfile", "q.tsq"]].concat();
    demand(openssl(folder, &by_request)?, &["Verification: OK"])?;
    let by_data = [&verify[..], &["-data", "file"]].concat();
    let said = demand(openssl(folder, &by_data)?, &["Verification: OK"])?;

    tsa.write("file", "something else");
    match openssl(folder, &by_data) {
        Ok(said) => Err(format!("accepted for something else: {said}")),
        Err(refused) => demand(refused, &["message imprint mismatch"]).map(|_| said),
    }
}

fn post(tsa: &Tsa) -> Result<String, String> {
    let mut curl = program("curl", tsa.folder());
    curl.args(["--silent", "--show-error", "--fail", "--output", "r.tsr"])
        .args(["--header", "Content-Type: application/timestamp-query"])
        .args(["--data-binary", "@q.tsq"])
        .arg(tsa.url());
    run(&mut curl)
}

fn openssl(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    run(program("openssl", folder).args(arguments))
}
