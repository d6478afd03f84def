//! `tsa-certs`: makes the development and test PKI in this folder from `pki.toml`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsa_certs::main()
}
