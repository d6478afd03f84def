//! `tsa-pdfa FILE…`: whether each file is PDF/A-3u (ISO 19005-3), by the validator of oxidize-pdf.
//!
//! That validator looks at metadata, fonts, colours, transparency, scripts, encryption and embedded
//! files. It is a second opinion beside the validator that the certificates are made with.

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;

use oxidize_pdf::parser::PdfReader;
use oxidize_pdf::pdfa::{PdfALevel, PdfAValidator};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut files = 0;
    let mut bad = 0;
    for path in std::env::args_os().skip(1) {
        files += 1;
        let mut reader = PdfReader::new(File::open(&path)?)?;
        let result = PdfAValidator::new(PdfALevel::A3u).validate(&mut reader)?;
        let name = path.display();
        match result.is_valid() {
            true => println!("{name}: PDF/A-3u"),
            false => {
                bad += 1;
                println!("{name}: not PDF/A-3u");
            }
        }
        for error in result.errors() {
            println!("    {error}");
        }
    }
    println!("{files} files, {bad} of them not PDF/A-3u");
    Ok(match bad == 0 && files > 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
