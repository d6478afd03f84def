//! A document becomes pages: the front with its fields, then as many pages as the files take.
//!
//! In scope: what stands where. Rows are broken over pages line by line where a page cannot hold
//! them, so that no name is too long. Not in scope: how lines are broken, and PDF.

use tsa_verify::evidence_format::{File, Manifest, Mode};

use super::kind::{Colour, Kind};
use super::line::{Line, Style, line, lines};
use super::ornament;
use super::sheet::{BLACK, GREY, HEIGHT, PALE, Sheet, WIDTH};
use super::typeface::{Face, Typefaces};
use super::words;

/// Left edge of the text and its width, on the first page and behind it.
const LEFT: f32 = 72.0;
const MEASURE: f32 = WIDTH - 2.0 * LEFT;
const TABLE_LEFT: f32 = 46.0;
const TABLE_WIDTH: f32 = WIDTH - 2.0 * TABLE_LEFT;
const LABELS: f32 = 92.0;
/// Where the fields of the first page end and what is for checking begins.
const FRONT_BOTTOM: f32 = 640.0;
const BOTTOM: f32 = 786.0;
/// Centre and radius of the seal.
pub(super) const SEAL: (f32, f32, f32) = (464.0, 700.0, 45.0);
const QR_SIDE: f32 = 82.0;
/// So many files stand on the first page if there is room.
const FRONT_FILES_MAX: usize = 3;

/// The pages of a document.
pub(super) fn pages(faces: &Typefaces, kind: &Kind, manifest: &Manifest) -> Vec<Sheet> {
    let mut composer = Composer {
        faces,
        kind,
        manifest,
        sheets: Vec::new(),
        y: 0.0,
        bottom: FRONT_BOTTOM,
        left: LEFT,
        in_table: false,
    };
    composer.front();
    composer.number_pages();
    composer.sheets
}

struct Composer<'a> {
    faces: &'a Typefaces,
    kind: &'a Kind,
    manifest: &'a Manifest,
    sheets: Vec<Sheet>,
    y: f32,
    bottom: f32,
    left: f32,
    /// Whether a new page begins with the table's head.
    in_table: bool,
}

/// A line in a cell: size, colour, distance from the line before.
type Set = (Line, f32, Colour, f32);

/// A cell: where it begins, from the left edge, and its lines.
type Cell = (f32, Vec<Set>);

impl Composer<'_> {
    fn sheet(&mut self) -> &mut Sheet {
        if self.sheets.is_empty() {
            self.sheets.push(Sheet::default());
        }
        let last = self.sheets.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "the last of at least one")]
        &mut self.sheets[last]
    }

    fn front(&mut self) {
        let (accent, ornament) = (self.kind.accent, self.kind.ornament);
        let middle = WIDTH / 2.0;
        ornament::rosette(
            self.sheet(),
            (middle, 430.0),
            176.0,
            Colour(0xf0, 0xec, 0xe2),
        );
        ornament::border(self.sheet(), accent, ornament);
        let spaced = |face, size, spacing| Style {
            spacing,
            ..Style::of(face, size)
        };
        self.heading(
            &self.kind.title,
            spaced(Face::Serif, 31.0, 0.14),
            112.0,
            accent,
        );
        self.heading(
            &self.kind.subtitle,
            spaced(Face::Serif, 8.6, 0.2),
            132.0,
            ornament,
        );
        ornament::flourish(self.sheet(), (middle, 146.0), 120.0, ornament);
        let number = format!("证书编号  {}", self.manifest.number.grouped());
        self.heading(&number, spaced(Face::Sans, 10.0, 0.04), 168.0, BLACK);
        self.y = 186.0;
        let lead = format!("\u{3000}\u{3000}{}", self.kind.lead);
        self.paragraph(&lead, 10.6, BLACK, 17.5);
        self.y += 7.0;
        self.sheet_rule(1.0, accent);
        self.fields();
        self.files_in_brief();
        self.statement();
        self.checking();
        self.file_table();
    }

    fn heading(&mut self, text: &str, style: Style, y: f32, colour: Colour) {
        let set = line(self.faces, style, text);
        self.sheet()
            .centred(set, (WIDTH / 2.0, y), style.size, colour);
    }

    fn paragraph(&mut self, text: &str, size: f32, colour: Colour, leading: f32) {
        let style = Style::of(Face::Sans, size);
        let set = lines(self.faces, style, text, MEASURE);
        let set = set.into_iter().map(|line| (line, size, colour, leading));
        self.row(vec![(0.0, set.collect())], 0.0);
    }

    fn sheet_rule(&mut self, width: f32, colour: Colour) {
        let (y, left) = (self.y, self.left);
        let length = WIDTH - 2.0 * left;
        self.sheet().rule((left, y), length, width, colour);
    }

    /// The fields of the kind that the manifest has, and the name of what was filed.
    fn fields(&mut self) {
        let manifest = self.manifest;
        if let Some(label) = &self.kind.title_label {
            self.field(label, &manifest.title);
        }
        for field in &self.kind.field {
            let values = manifest.fields.iter().filter(|one| one.key == field.key);
            let mut label = field.label.as_str();
            for value in values {
                self.field(label, &value.value);
                // Several values of one field share its label.
                label = "";
            }
        }
    }

    fn field(&mut self, label: &str, value: &str) {
        // A digest of 256 bits fits a line in the smaller size.
        let is_digest = value.len() > 48 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = if is_digest { 9.3 } else { 10.4 };
        self.sized_field(label, value, size);
    }

    fn sized_field(&mut self, label: &str, value: &str, size: f32) {
        let label =
            Style::of(Face::Sans, 9.6).set(self.faces, label, LABELS, self.kind.accent, 15.0);
        let value =
            Style::of(Face::Sans, size).set(self.faces, value, MEASURE - LABELS, BLACK, 15.0);
        self.row(vec![(0.0, label), (LABELS, value)], 3.4);
        self.sheet_rule(0.4, PALE);
    }

    /// One file whole; of several their number and the span of their times.
    fn files_in_brief(&mut self) {
        let files = &self.manifest.files;
        if let [file] = files.as_slice() {
            self.field("文件名称", &file.name);
            self.field("文件大小", &words::size(file.size));
            self.field("认证方式", mode(file.mode));
            let algorithm = words::digest_name(&file.digest.algorithm);
            self.field(&format!("{algorithm} 摘要"), &file.digest.value);
            let time = words::beijing_time(&file.gen_time);
            self.field("时间戳时间", &format!("{time}（北京时间，UTC+8）"));
            self.field("时间戳序列号", &file.serial);
            return;
        }
        let bytes = files
            .iter()
            .fold(0_u64, |sum, file| sum.saturating_add(file.size));
        let count = u64::try_from(files.len()).unwrap_or(u64::MAX);
        let total = format!("{} 个，共 {}", words::grouped(count), words::size(bytes));
        self.field("文件数量", &total);
        let times = || files.iter().map(|file| file.gen_time.as_str());
        if let (Some(first), Some(last)) = (times().min(), times().max()) {
            let (first, last) = (words::beijing_time(first), words::beijing_time(last));
            self.field("时间戳时间", &format!("{first} 至 {last}（北京时间）"));
        }
        self.field("文件清单", "见附表；各文件的时间戳为本证书附件。");
    }

    fn statement(&mut self) {
        let (accent, kind, manifest) = (self.kind.accent, self.kind, self.manifest);
        if !manifest.statement.is_empty() {
            let label = Style::of(Face::Sans, 9.6);
            let label = label.set(self.faces, &kind.statement_label, LABELS, accent, 15.0);
            let style = Style::of(Face::Sans, 10.0);
            let width = MEASURE - LABELS;
            let value = manifest
                .statement
                .lines()
                .flat_map(|text| style.set(self.faces, text, width, BLACK, 15.0));
            let value = value.collect();
            self.row(vec![(0.0, label), (LABELS, value)], 3.4);
            self.y += 1.0;
            self.indented(&kind.disclaimer, 8.0, GREY);
            self.y += 3.0;
            self.sheet_rule(0.4, PALE);
        }
        for note in &manifest.notes {
            // A note that the kind has no words for is printed as it is called.
            let text = kind.note(note).unwrap_or(note);
            self.y += 3.0;
            self.indented(&format!("※ {text}"), 8.6, Colour(0x9a, 0x5b, 0x00));
        }
    }

    fn indented(&mut self, text: &str, size: f32, colour: Colour) {
        let style = Style::of(Face::Sans, size);
        let set = style.set(self.faces, text, MEASURE - LABELS, colour, size * 1.5);
        self.row(vec![(LABELS, set)], 0.0);
    }

    /// The lower part of the first page: QR code, how to verify, seal, issuer.
    fn checking(&mut self) {
        let (faces, kind, manifest) = (self.faces, self.kind, self.manifest);
        let (seal_x, seal_y, radius) = SEAL;
        let date = words::beijing_date(&manifest.issued);
        let Some(front) = self.sheets.first_mut() else {
            return;
        };
        front.rule((LEFT, FRONT_BOTTOM + 10.0), MEASURE, 1.0, kind.accent);
        let top = FRONT_BOTTOM + 22.0;
        if ornament::qr(front, (LEFT, top), QR_SIDE, &manifest.check_url) {
            let caption = line(faces, Style::of(Face::Sans, 8.2), "扫码查验");
            let below = (LEFT + QR_SIDE / 2.0, top + QR_SIDE + 13.0);
            front.centred(caption, below, 8.2, GREY);
        }
        let left = LEFT + QR_SIDE + 18.0;
        let width = seal_x - radius - 16.0 - left;
        let mut y = top + 7.0;
        for text in &kind.verify {
            let text = text.replace("{url}", &manifest.check_url);
            for set in lines(faces, Style::of(Face::Sans, 7.8), &text, width) {
                front.text(set, (left, y), 7.8, BLACK);
                y += 11.4;
            }
            y += 4.2;
        }
        ornament::seal(
            front,
            faces,
            (seal_x, seal_y),
            radius,
            (&manifest.issuer, &date),
        );
        let style = Style::of(Face::Sans, 8.8);
        let mut y = seal_y + radius + 15.0;
        for set in lines(faces, style, &manifest.issuer, 150.0)
            .into_iter()
            .take(2)
        {
            front.centred(set, (seal_x, y), 8.8, BLACK);
            y += 12.0;
        }
        front.centred(line(faces, style, &date), (seal_x, y), 8.8, BLACK);
    }
}

impl Composer<'_> {
    /// The files, with the table's head on every page.
    fn file_table(&mut self) {
        let files = &self.manifest.files;
        if files.len() < 2 {
            return;
        }
        let rows = f32::from(u8::try_from(files.len()).unwrap_or(u8::MAX));
        let fits = files.len() <= FRONT_FILES_MAX && self.y + rows * 34.0 + 24.0 < self.bottom;
        let on_front =
            fits && self.sheets.len() == 1 && files.iter().all(|one| one.name.len() < 90);
        if on_front {
            self.y += 8.0;
            self.left = TABLE_LEFT + 8.0;
            self.table_head();
        } else {
            self.in_table = true;
            self.new_page();
        }
        for (index, file) in files.iter().enumerate() {
            let cells = self.file_cells(index, file);
            self.row(cells, 3.2);
            self.sheet_rule(0.35, PALE);
        }
    }

    fn columns(&self) -> [f32; 4] {
        let width = WIDTH - 2.0 * self.left;
        [2.0, 34.0, width - 192.0, width - 122.0]
    }

    fn table_head(&mut self) {
        let [number, name, size, time] = self.columns();
        let (y, left, accent) = (self.y + 12.0, self.left, self.kind.accent);
        let heads = [
            (number, "序号"),
            (name, "文件名称与摘要"),
            (size, "大小（字节）"),
            (time, "时间戳时间（北京时间）与序列号"),
        ];
        for (x, text) in heads {
            let set = line(self.faces, Style::of(Face::Sans, 8.0), text);
            self.sheet().text(set, (left + x, y), 8.0, accent);
        }
        self.y += 18.0;
        self.sheet_rule(0.8, accent);
    }

    fn file_cells(&self, index: usize, file: &File) -> Vec<Cell> {
        let [number, name, size, time] = self.columns();
        let (faces, text, fine) = (
            self.faces,
            Style::of(Face::Sans, 8.8),
            Style::of(Face::Sans, 6.4),
        );
        let width = size - name - 8.0;
        let ordinal = words::grouped(u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1));
        let algorithm = words::digest_name(&file.digest.algorithm);
        let digest = format!("{algorithm}  {}", file.digest.value);
        let mut names = text.set(faces, &file.name, width, BLACK, 12.5);
        names.extend(fine.set(faces, &digest, width, GREY, 9.2));
        let end = WIDTH - 2.0 * self.left;
        let mut times = Style::of(Face::Sans, 7.8).set(
            faces,
            &words::beijing_time(&file.gen_time),
            end - time,
            BLACK,
            12.5,
        );
        times.extend(fine.set(faces, &file.serial, end - time, GREY, 9.2));
        let bytes = words::grouped(file.size);
        vec![
            (
                number,
                Style::of(Face::Sans, 7.8).set(faces, &ordinal, 32.0, GREY, 12.5),
            ),
            (name, names),
            (
                size,
                Style::of(Face::Sans, 7.8).set(faces, &bytes, time - size - 6.0, BLACK, 12.5),
            ),
            (time, times),
        ]
    }

    fn new_page(&mut self) {
        self.sheets.push(Sheet::default());
        self.left = TABLE_LEFT;
        self.bottom = BOTTOM;
        let (accent, ornament) = (self.kind.accent, self.kind.ornament);
        ornament::thin_border(self.sheet(), accent);
        let title = match self.in_table {
            true => format!("{} · 附表：文件清单", self.kind.title),
            false => format!("{} · 续页", self.kind.title),
        };
        let set = line(self.faces, Style::of(Face::Serif, 11.0), &title);
        self.sheet().text(set, (TABLE_LEFT, 50.0), 11.0, accent);
        let number = self.manifest.number.grouped();
        let set = line(self.faces, Style::of(Face::Sans, 8.0), &number);
        let x = TABLE_LEFT + TABLE_WIDTH - set.width;
        self.sheet().text(set, (x, 50.0), 8.0, GREY);
        self.sheet()
            .rule((TABLE_LEFT, 57.0), TABLE_WIDTH, 0.6, ornament);
        self.y = 62.0;
        if self.in_table {
            self.table_head();
        } else {
            // Fields keep their place below those of the first page.
            self.left = LEFT;
        }
    }

    /// Puts a row where there is room, on the next page where there is none, and over several
    /// pages when no page can hold it.
    fn row(&mut self, cells: Vec<Cell>, padding: f32) {
        let height = cells
            .iter()
            .map(|(_, lines)| height_of(lines))
            .fold(0.0, f32::max);
        let page_room = BOTTOM - 90.0;
        if self.y + height + 2.0 * padding > self.bottom && height < page_room {
            self.new_page();
        }
        self.y += padding;
        let mut cells: Vec<_> = cells
            .into_iter()
            .map(|(x, lines)| (x, lines.into_iter().peekable()))
            .collect();
        loop {
            let (top, bottom, left) = (self.y, self.bottom, self.left);
            let mut lowest = top;
            let mut remains = false;
            for (x, rest) in &mut cells {
                let mut y = top;
                while let Some((set, size, colour, leading)) =
                    rest.next_if(|(_, _, _, leading)| y + leading <= bottom || y <= 100.0)
                {
                    y += leading;
                    let base = y - leading * 0.28;
                    self.sheet().text(set, (left + *x, base), size, colour);
                }
                lowest = lowest.max(y);
                remains |= rest.peek().is_some();
            }
            self.y = lowest;
            if !remains {
                break;
            }
            self.new_page();
            self.y += padding;
        }
        self.y += padding;
    }

    fn number_pages(&mut self) {
        let count = self.sheets.len();
        for (index, sheet) in self.sheets.iter_mut().enumerate() {
            let text = format!("第 {} 页 / 共 {count} 页", index + 1);
            let set = line(self.faces, Style::of(Face::Sans, 7.4), &text);
            let y = match index {
                0 => HEIGHT - 48.0,
                _ => HEIGHT - 35.0,
            };
            sheet.centred(set, (WIDTH / 2.0, y), 7.4, GREY);
        }
    }
}

impl Style {
    fn set(
        self,
        faces: &Typefaces,
        text: &str,
        width: f32,
        colour: Colour,
        leading: f32,
    ) -> Vec<Set> {
        let set = lines(faces, self, text, width).into_iter();
        set.map(|line| (line, self.size, colour, leading)).collect()
    }
}

fn height_of(lines: &[Set]) -> f32 {
    lines.iter().map(|(_, _, _, leading)| leading).sum()
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::HashOnly => "脱敏认证（原件由申请人保管，仅提交摘要）",
        Mode::Deposit => "存证（原件已加密保存）",
    }
}
