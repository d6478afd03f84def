//! Runs one target over files on a stable compiler: `replay TARGET FILE…`.

use std::error::Error;
use std::{env, fs};

use tsa_fuzz::TARGETS;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().ok_or("usage: replay TARGET FILE…")?;
    let (_, target) = TARGETS
        .into_iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("no target is called {name}"))?;
    for file in arguments {
        target(&fs::read(&file)?);
        println!("{file}: holds");
    }
    Ok(())
}
