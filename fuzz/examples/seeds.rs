//! Writes the seeds of every target: `seeds FOLDER` makes `FOLDER/TARGET/…`, each file named after
//! its content.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::{env, fs};

use tsa_fuzz::{TARGETS, seeds};

/// Larger files slow a fuzzer down more than they show it.
const SEED_BYTES_MAX: usize = 16 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("usage: seeds FOLDER")?;
    let folder = Path::new(&folder);
    let certificates = seeds::certificates()?;
    let given = seeds::authorities(&certificates);

    let mut messages: Vec<(Vec<u8>, Vec<&[u8]>)> = Vec::new();
    for token in seeds::made_tokens()? {
        messages.push((token, given.clone()));
    }
    let vectors = seeds::vectors()?;
    for vector in &vectors {
        messages.push((vector.payload.clone(), vector.given(&given)));
    }
    for (_, der) in &certificates {
        messages.push((der.clone(), given.clone()));
    }
    // What comes from elsewhere has its own authorities, if any.
    for (_, message) in seeds::elsewhere()? {
        messages.push((message, Vec::new()));
    }

    let paths = seeds::paths()?;
    for (target, _) in TARGETS {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        let mut count = 0;
        for seed in paths.iter().filter(|_| target == "path") {
            count += usize::from(write(&folder, seed)?);
        }
        for (message, given) in &messages {
            for seed in of_message(target, message, given) {
                count += usize::from(write(&folder, &seed)?);
            }
        }
        println!("{target}: {count} seeds");
    }
    Ok(())
}

/// What a target makes of a message; one from nearby it gets whole, whether it reads it or not.
fn of_message(target: &str, message: &[u8], given: &[&[u8]]) -> Vec<Vec<u8>> {
    match target {
        "verify" => seeds::around_token(message, given),
        "round_trip" => {
            let content = seeds::content(message).unwrap_or_else(|| message.to_vec());
            vec![content]
        }
        "path" => Vec::new(),
        "names" => vec![seeds::around_names(message)],
        _ if !given.is_empty() || seeds::is_of_use(target, message) => vec![message.to_vec()],
        _ => Vec::new(),
    }
}

fn write(folder: &Path, seed: &[u8]) -> Result<bool, Box<dyn Error>> {
    if seed.len() > SEED_BYTES_MAX {
        return Ok(false);
    }
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    let path = folder.join(format!("seed-{:016x}", hasher.finish()));
    if path.exists() {
        return Ok(false);
    }
    fs::write(path, seed)?;
    Ok(true)
}
