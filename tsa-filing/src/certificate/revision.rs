//! Incremental updates of a PDF that this crate made (ISO 32000-1 §7.5.6, §12.8).
//!
//! In scope: what is appended, with its cross-reference section, and the two byte ranges around a
//! signature. What was there before stays byte for byte. Not in scope: anybody else's PDF; the
//! structure read here is the one that krilla writes: one table, one trailer, plain dictionaries.

use std::fmt::Write as _;

use ring::digest::{Context, Digest, SHA256};

/// The PDF has not the structure that the press gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the PDF has not the structure of a certificate: {0}")]
pub struct StructureError(&'static str);

/// A PDF that grows by revisions.
#[derive(Clone, Debug)]
pub(super) struct Revisions {
    bytes: Vec<u8>,
    /// The number of the next object.
    next: usize,
    /// Where the last cross-reference section is.
    startxref: usize,
    /// The trailer's entries that stay: `/Root`, `/Info`, `/ID`.
    trailer: String,
    catalog: Object,
    page: Object,
    /// Fields of the form: the seals and time-stamps.
    fields: Vec<usize>,
    dss: Option<String>,
}

/// A dictionary by its number, without its brackets.
#[derive(Clone, Debug)]
struct Object {
    number: usize,
    entries: String,
}

/// A signature's field and dictionary.
pub(super) struct Field<'a> {
    /// Its name in the form.
    pub(super) name: &'a str,
    /// Entries of the signature's dictionary, without `/ByteRange` and `/Contents`.
    pub(super) entries: &'a str,
    /// Left, bottom, right, top; all zero for one without a place.
    pub(super) place: [f32; 4],
    /// Bytes kept free for the signature.
    pub(super) bytes_max: usize,
}

/// A revision whose signature is still to be put in.
#[derive(Clone, Debug)]
pub(super) struct Open {
    revisions: Revisions,
    /// Where the hexadecimal digits begin, and how many there are.
    contents: (usize, usize),
}

/// The signature is longer than what was kept free for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signature of {bytes} bytes; {bytes_max} were kept free for it")]
pub struct TooLong {
    /// Its length.
    pub bytes: usize,
    /// What was kept free.
    pub bytes_max: usize,
}

impl Revisions {
    /// Takes up a PDF as the press makes it.
    pub(super) fn of(bytes: Vec<u8>) -> Result<Self, StructureError> {
        let startxref = last_number(&bytes, b"startxref\n").ok_or(StructureError("startxref"))?;
        let trailer = rfind(&bytes, b"trailer\n").ok_or(StructureError("trailer"))?;
        let trailer = dictionary(&bytes, trailer).ok_or(StructureError("trailer"))?;
        let next = entry(&trailer, "/Size ").ok_or(StructureError("Size"))?;
        let size = format!("/Size {next}");
        let trailer = trailer.replacen(&size, "", 1);
        let object = |number| Object::read(&bytes, startxref, number);
        let catalog = entry(&trailer, "/Root ").and_then(object);
        let catalog = catalog.ok_or(StructureError("catalog"))?;
        let pages = entry(&catalog.entries, "/Pages ").and_then(object);
        let page = pages.and_then(|pages| entry(&pages.entries, "/Kids["));
        let page = page.and_then(object).ok_or(StructureError("page"))?;
        if catalog.entries.contains("/AcroForm") || page.entries.contains("/Annots") {
            return Err(StructureError("it has a form already"));
        }
        Ok(Self {
            next,
            startxref,
            trailer,
            catalog,
            page,
            fields: Vec::new(),
            dss: None,
            bytes,
        })
    }

    /// Begins a revision with a signature; `streams` go into the document security store.
    pub(super) fn open(mut self, field: &Field<'_>, store: Option<&Store>) -> Open {
        let mut section = Section::default();
        let digits = field.bytes_max * 2;
        self.bytes
            .reserve_exact(digits + 4096 + store.map_or(0, Store::bytes));
        if let Some(store) = store {
            let lists = [("/Certs", &store.certificates), ("/CRLs", &store.crls)];
            let mut dss = String::from("/DSS<</Type/DSS");
            for (name, streams) in lists {
                dss.push_str(name);
                dss.push('[');
                for stream in streams {
                    let number = self.begin(&mut section);
                    let _ = write!(dss, "{number} 0 R ");
                    self.push(&format!("<</Length {}>>\nstream\n", stream.len()));
                    self.bytes.extend_from_slice(stream);
                    self.push("\nendstream\nendobj\n");
                }
                dss.push(']');
            }
            dss.push_str(">>");
            self.dss = Some(dss);
        }
        let signature = self.begin(&mut section);
        self.push(&format!("<<{}/ByteRange[0 ", field.entries));
        let ranges = self.bytes.len();
        self.push(&" ".repeat(RANGES_WIDTH));
        self.push("]/Contents<");
        let contents = (self.bytes.len(), digits);
        self.bytes.resize(self.bytes.len() + digits, b'0');
        self.push(">>>\nendobj\n");
        self.push_widget(&mut section, field, signature);
        self.push_form(&mut section);
        self.close(&section);
        let behind = contents.0 + digits + 1;
        let text = format!("{} {behind} {}", contents.0 - 1, self.bytes.len() - behind);
        if let Some(room) = self.bytes.get_mut(ranges..ranges + text.len()) {
            room.copy_from_slice(text.as_bytes());
        }
        Open {
            revisions: self,
            contents,
        }
    }

    /// The field's place on the page. One that has a place needs an appearance (PDF/A); the image
    /// of the seal is on the page itself, so that it is empty.
    fn push_widget(&mut self, section: &mut Section, field: &Field<'_>, signature: usize) {
        let [left, bottom, right, top] = field.place;
        let mut appearance = String::new();
        if right > left {
            let number = self.begin(section);
            self.push(&format!(
                "<</Type/XObject/Subtype/Form/BBox[0 0 {} {}]/Resources<<>>/Length 0>>\n\
                 stream\n\nendstream\nendobj\n",
                right - left,
                top - bottom
            ));
            appearance = format!("/AP<</N {number} 0 R>>");
        }
        let widget = self.begin(section);
        self.fields.push(widget);
        self.push(&format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T({})/F 132/Rect[{left} {bottom} {right} {top}]\
             /P {} 0 R/V {signature} 0 R{appearance}>>\nendobj\n",
            field.name, self.page.number
        ));
    }

    /// The page and the catalog anew, with all fields.
    fn push_form(&mut self, section: &mut Section) {
        let mut fields = String::new();
        for number in &self.fields {
            let _ = write!(fields, "{number} 0 R ");
        }
        let dss = self.dss.clone().unwrap_or_default();
        let page = format!("{}/Annots[{fields}]", self.page.entries);
        let form = format!("/AcroForm<</Fields[{fields}]/SigFlags 3>>{dss}");
        let catalog = format!("{}{form}", self.catalog.entries);
        for (number, entries) in [(self.page.number, page), (self.catalog.number, catalog)] {
            section.objects.push((number, self.bytes.len()));
            self.push(&format!("{number} 0 obj\n<<{entries}>>\nendobj\n"));
        }
    }

    fn begin(&mut self, section: &mut Section) -> usize {
        let number = self.next;
        self.next += 1;
        section.objects.push((number, self.bytes.len()));
        self.push(&format!("{number} 0 obj\n"));
        number
    }

    /// The cross-reference section and the trailer (ISO 32000-1 §7.5.4, §7.5.5).
    fn close(&mut self, section: &Section) {
        let mut objects = section.objects.clone();
        objects.sort_unstable();
        let start = self.bytes.len();
        let mut text = String::from("xref\n");
        let mut rest = objects.as_slice();
        while let Some(&(first, _)) = rest.first() {
            let follow = (first..)
                .zip(rest)
                .take_while(|(number, one)| *number == one.0);
            let (run, behind) = rest.split_at(follow.count());
            let _ = writeln!(text, "{first} {}", run.len());
            for (_, offset) in run {
                let _ = write!(text, "{offset:010} 00000 n\r\n");
            }
            rest = behind;
        }
        let _ = write!(
            text,
            "trailer\n<</Size {}{}/Prev {}>>\nstartxref\n{start}\n%%EOF\n",
            self.next, self.trailer, self.startxref
        );
        self.push(&text);
        self.startxref = start;
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The PDF.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Room for three numbers of ten digits.
const RANGES_WIDTH: usize = 32;

/// What the document security store holds (ISO 32000-2 §12.8.4.3).
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
}

impl Store {
    fn bytes(&self) -> usize {
        let all = self.certificates.iter().chain(&self.crls);
        all.map(|one| one.len() + 128).sum()
    }
}

/// The objects of a revision, with their offsets.
#[derive(Default)]
struct Section {
    objects: Vec<(usize, usize)>,
}

impl Open {
    /// The SHA-256 of all but the signature's digits and their brackets.
    pub(super) fn digest(&self) -> Digest {
        let (start, digits) = self.contents;
        let bytes = &self.revisions.bytes;
        let mut context = Context::new(&SHA256);
        context.update(bytes.get(..start - 1).unwrap_or_default());
        context.update(bytes.get(start + digits + 1..).unwrap_or_default());
        context.finish()
    }

    /// Puts the signature in.
    pub(super) fn sign(mut self, signature: &[u8]) -> Result<Revisions, TooLong> {
        let (start, digits) = self.contents;
        let room = self.revisions.bytes.get_mut(start..start + digits);
        let room = room.unwrap_or_default();
        let bytes_max = room.len() / 2;
        let room = room.get_mut(..signature.len() * 2);
        match room.map(|room| base16ct::lower::encode(signature, room).is_ok()) {
            Some(true) => Ok(self.revisions),
            _ => Err(TooLong {
                bytes: signature.len(),
                bytes_max,
            }),
        }
    }
}

impl Object {
    /// An object by the only cross-reference section there is: one run from 0, 20 bytes an entry.
    fn read(bytes: &[u8], startxref: usize, number: usize) -> Option<Self> {
        let table = bytes.get(startxref..)?.strip_prefix(b"xref\n0 ")?;
        let entries = table.iter().position(|&byte| byte == b'\n')? + 1;
        let entry = table.get(entries + number * 20..)?.get(..10)?;
        let offset: usize = std::str::from_utf8(entry).ok()?.parse().ok()?;
        let entries = dictionary(bytes, offset)?;
        Some(Self { number, entries })
    }
}

/// The entries of the dictionary that begins behind `from` and ends with its line.
fn dictionary(bytes: &[u8], from: usize) -> Option<String> {
    let text = bytes.get(from..)?;
    let start = find(text, b"<<")? + 2;
    let text = text.get(start..)?;
    let end = find(text, b">>\n")?;
    String::from_utf8(text.get(..end)?.to_vec()).ok()
}

/// The number behind a key.
fn entry(entries: &str, key: &str) -> Option<usize> {
    let (_, behind) = entries.split_once(key)?;
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    behind.get(..digits)?.parse().ok()
}

fn last_number(bytes: &[u8], key: &[u8]) -> Option<usize> {
    let start = rfind(bytes, key)? + key.len();
    let text = bytes.get(start..)?;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|one| one == what)
}

fn rfind(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|one| one == what)
}
