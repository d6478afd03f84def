//! The properties of every fuzz target, over every payload under `testvectors/` and every
//! certificate under `certs/`, on a stable compiler.
//!
//! `TSA_CORPORA` names a folder of test data from elsewhere; its messages are run too.

#[cfg(test)]
mod replay {
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use tsa_core::{CertificateAnatomy, TimeStampReq};

    /// Of `TSA_CORPORA`: what holds messages, honest and hostile.
    const FOLDERS: [&str; 5] = ["tokens", "responses", "requests", "rejections", "fuzz"];

    fn folder(relative: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(relative)
    }

    /// Every file below a folder.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut open = vec![folder.to_path_buf()];
        while let Some(folder) = open.pop() {
            let entries = fs::read_dir(&folder);
            for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files
    }

    fn run_all(bytes: &[u8]) {
        for (_, target) in tsa_fuzz::TARGETS {
            target(bytes);
        }
    }

    fn has_extension(path: &Path, extension: &str) -> bool {
        path.extension().is_some_and(|found| found == extension)
    }

    #[test]
    fn vectors_hold_the_properties() {
        let mut requests = 0_u32;
        for path in files(&folder("testvectors")) {
            if !has_extension(&path, "txt") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let (_, payload) = text
                .split_once("\n\n")
                .expect("a blank line after the header");
            let payload: String = payload.split_whitespace().collect();
            let payload = STANDARD.decode(payload).expect("base64");
            requests += u32::from(TimeStampReq::from_der(&payload).is_ok());
            run_all(&payload);
        }
        assert!(requests > 0, "no vector is a request");
    }

    #[test]
    fn certificates_hold_the_properties() {
        let mut certificates = 0_u32;
        for path in files(&folder("certs")) {
            if !has_extension(&path, "pem") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let base64: String = text
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .collect();
            let der = STANDARD.decode(base64).expect("base64");
            certificates += u32::from(CertificateAnatomy::read(&der).is_ok());
            run_all(&der);
        }
        assert!(certificates > 0, "no file is a certificate");
    }

    #[test]
    fn files_from_elsewhere_hold_the_properties() {
        let Some(folder) = env::var_os("TSA_CORPORA") else {
            println!("went without files from elsewhere: TSA_CORPORA is not set");
            return;
        };
        let mut count = 0_u32;
        for kind in FOLDERS {
            for path in files(&Path::new(&folder).join(kind)) {
                run_all(&fs::read(path).unwrap());
                count += 1;
            }
        }
        println!("soak: fuzz-replay {count} files from elsewhere");
    }
}
