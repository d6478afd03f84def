//! `tsa-forge`: writes the vectors under `testvectors/`, or says which differ.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsa_forge::main()
}
