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

    let mut near: Vec<Vec<u8>> = seeds::made_tokens()?;
    near.extend(seeds::vectors()?.into_iter().map(|(_, payload)| payload));
    let far: Vec<Vec<u8>> = seeds::elsewhere()?
        .into_iter()
        .map(|(_, message)| message)
        .collect();
    near.extend(certificates.iter().map(|(_, der)| der.clone()));

    for (target, _) in TARGETS {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        let mut count = 0;
        for (message, is_near) in near
            .iter()
            .map(|message| (message, true))
            .chain(far.iter().map(|message| (message, false)))
        {
            for seed in of_message(target, message, if is_near { &given } else { &[] }) {
                count += usize::from(write(&folder, &seed)?);
            }
        }
        println!("{target}: {count} seeds");
    }
    Ok(())
}

/// What a target makes of a message; of one from nearby also what it makes of it whole, read or not.
fn of_message(target: &str, message: &[u8], given: &[&[u8]]) -> Vec<Vec<u8>> {
    match target {
        "verify" => seeds::around_token(message, given),
        "round_trip" => {
            let content = seeds::content(message).unwrap_or_else(|| message.to_vec());
            vec![content]
        }
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
