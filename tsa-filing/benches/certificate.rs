//! Certificates a second, beside what the PDF library takes for the same pages; and the memory of a
//! certificate of very many files.
//!
//! `cargo bench -p tsa-filing --bench certificate [-- --files N]`, started by
//! `scripts/bench-certificate` on one core. Prints a row of JSON.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a bench measures time, and stops when something is wrong"
)]

#[allow(
    dead_code,
    clippy::indexing_slicing,
    reason = "it is the tests' and lent"
)]
#[path = "../tests/it/support.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use support::{Key, NOW, Tsa, imprint, sealer, timestamp_document};
use tsa_filing::certificate::{Document, Press, Sealed, Sealer, Stamped};
use tsa_verify::evidence_format::{Manifest, Mode};

const ROUNDS: usize = 41;
const CERTIFICATES: u32 = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let files = arguments.iter().position(|argument| argument == "--files");
    match files.and_then(|place| arguments.get(place + 1)) {
        Some(files) => memory(files.parse().expect("a number of files")),
        None => speed(),
    }
}

/// What makes certificates here.
struct Office {
    press: Press,
    tsa: Tsa,
    sealer: Sealer,
    key: Key,
}

impl Office {
    fn open() -> Self {
        Self {
            press: Press::new().expect("a press"),
            tsa: Tsa::new(),
            sealer: sealer(),
            key: Key::p256("seal"),
        }
    }

    fn seal(&self, document: &Document) -> Sealed {
        let printed = self.press.print(document).expect("a certificate");
        let to_be_sealed = self.sealer.begin(printed, NOW).expect("one to seal");
        let signature = self.key.sign(to_be_sealed.bytes());
        let to_be_stamped = to_be_sealed.signed(signature);
        let token = self.tsa.token(&to_be_stamped.imprint());
        let to_be_timestamped = to_be_stamped.stamped(&token).expect("room");
        let token = self.tsa.token(&to_be_timestamped.imprint());
        to_be_timestamped.stamped(&token).expect("room")
    }
}

/// From the token of a file to the sealed certificate, against the PDF library alone painting the
/// same pages with the same attachments; in turns.
fn speed() {
    let office = Office::open();
    let document = timestamp_document(&office.tsa, &["产品设计图.docx"]);
    let pages = office.press.compose(&document).expect("pages");
    let imprint = imprint(b"content");
    let token = office.tsa.token(&imprint);
    let certificate = || {
        let file = ("产品设计图.docx".to_owned(), 7, Mode::HashOnly);
        let stamped = Stamped::read(0, file, &imprint, token.clone()).expect("a token");
        let manifest: Manifest = document.manifest().clone();
        let document = Document::new(manifest, vec![stamped], Vec::new()).expect("a document");
        office.seal(&document).into_pdf().len()
    };
    let pdf = || {
        office
            .press
            .paint(&document, &pages)
            .expect("a PDF")
            .pdf()
            .len()
    };
    let (bytes, pdf_bytes) = (certificate(), pdf());
    let mut ratios = Vec::with_capacity(ROUNDS);
    let mut least = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let (ours, theirs) = (time(&certificate), time(&pdf));
        ratios.push(theirs.as_secs_f64() / ours.as_secs_f64());
        least = (least.0.min(ours), least.1.min(theirs));
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = |place: usize| ratios.get(place).copied().unwrap_or_default();
    let row = serde_json::json!({
        "row": "certificate",
        "certificate_bytes": bytes,
        "pdf_bytes": pdf_bytes,
        "certificate_ns": nanos(least.0),
        "pdf_ns": nanos(least.1),
        "ratio": {
            "median": ratio(ROUNDS / 2),
            "least": ratio(0),
            "greatest": ratio(ROUNDS - 1),
        },
    });
    println!("{row}");
}

fn time(work: &impl Fn() -> usize) -> Duration {
    let start = Instant::now();
    for _ in 0..CERTIFICATES {
        black_box(work());
    }
    start.elapsed()
}

fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9 / f64::from(CERTIFICATES)
}

/// One certificate of so many files: time, size, and the most memory that was ever in use, the
/// tokens included.
fn memory(files: usize) {
    let office = Office::open();
    let names: Vec<String> = (0..files)
        .map(|index| format!("src/模块{}/文件{index:05}.rs", index % 7))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let document = timestamp_document(&office.tsa, &names);
    let before = peak_kib();
    let start = Instant::now();
    let bytes = office.seal(&document).into_pdf().len();
    let row = serde_json::json!({
        "row": "certificate-memory",
        "files": files,
        "certificate_bytes": bytes,
        "seconds": start.elapsed().as_secs_f64(),
        "peak_kib_before": before,
        "peak_kib": peak_kib(),
    });
    println!("{row}");
}

/// `VmHWM` of this process.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}
