//! Text becomes lines: measured, broken where Chinese and Latin text may be, every character drawn
//! or replaced by its code in a box.
//!
//! In scope: one font size, one width. Not in scope: where lines stand on a page.

use krilla::text::{Glyph as DrawnGlyph, GlyphId};
use std::ops::Range;

use super::typeface::{Face, Typefaces};

/// The size of a replaced character's code, and of the room around it, in ems.
const CODE_SIZE: f32 = 0.62;
const CODE_MARGIN: f32 = 0.16;

/// A line of text.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    /// In points.
    pub(super) width: f32,
}

/// A piece of a line.
#[derive(Debug)]
pub(super) struct Run {
    /// From the beginning of the line, in points.
    pub(super) x: f32,
    pub(super) width: f32,
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) face: Face,
    /// Whether it is the code of a character that cannot be drawn.
    pub(super) is_code: bool,
}

/// A character as it is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    id: u16,
    bytes: u8,
    start: u32,
    /// In ems.
    advance: f32,
}

impl DrawnGlyph for Glyph {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(u32::from(self.id))
    }

    fn text_range(&self) -> Range<usize> {
        let start = usize::try_from(self.start).unwrap_or_default();
        start..start + usize::from(self.bytes)
    }

    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }

    fn x_offset(&self, _size: f32) -> f32 {
        0.0
    }

    fn y_offset(&self, _size: f32) -> f32 {
        0.0
    }

    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }

    fn location(&self) -> Option<krilla::surface::Location> {
        None
    }
}

/// How text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) face: Face,
    /// In points.
    pub(super) size: f32,
    /// Added to every character, in ems.
    pub(super) spacing: f32,
}

impl Style {
    pub(super) const fn of(face: Face, size: f32) -> Self {
        Self {
            face,
            size,
            spacing: 0.0,
        }
    }
}

/// A character before it has a line.
struct Unit {
    character: char,
    /// `None` for one that is replaced by its code.
    drawn: Option<(Face, u16, f32)>,
    /// In ems, with what follows it.
    width: f32,
}

/// Sets text in lines of at most `width` points; at least one line.
pub(super) fn lines(faces: &Typefaces, style: Style, text: &str, width: f32) -> Vec<Line> {
    let units: Vec<Unit> = text
        .chars()
        .map(|character| unit(faces, style, character))
        .collect();
    let room = width / style.size;
    let mut lines = Vec::new();
    let mut rest = units.as_slice();
    loop {
        let (line, behind) = rest.split_at(line_end(rest, room));
        lines.push(set(faces, style, line));
        rest = behind;
        if rest.is_empty() {
            return lines;
        }
        // A blank at which a line was broken is not carried over.
        while let Some((first, behind)) = rest.split_first()
            && first.character == ' '
            && !behind.is_empty()
        {
            rest = behind;
        }
    }
}

/// Sets text in one line, however long.
pub(super) fn line(faces: &Typefaces, style: Style, text: &str) -> Line {
    let units: Vec<Unit> = text
        .chars()
        .map(|character| unit(faces, style, character))
        .collect();
    set(faces, style, &units)
}

fn unit(faces: &Typefaces, style: Style, character: char) -> Unit {
    let own = faces.of(style.face).glyph(character);
    let drawn = match own {
        Some((id, width)) => Some((style.face, id, width)),
        // What the headings' font lacks, the other may have.
        None => faces
            .of(Face::Sans)
            .glyph(character)
            .map(|(id, width)| (Face::Sans, id, width)),
    };
    let width = match drawn {
        Some((_, _, width)) => width,
        None => code_width(faces, character),
    };
    Unit {
        character,
        drawn,
        width: width + style.spacing,
    }
}

fn code_of(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

fn code_width(faces: &Typefaces, character: char) -> f32 {
    let sans = faces.of(Face::Sans);
    let code = code_of(character);
    let widths = code
        .chars()
        .filter_map(|sign| sans.glyph(sign))
        .map(|(_, width)| width);
    widths.sum::<f32>() * CODE_SIZE + 2.0 * CODE_MARGIN
}

/// How many units the next line takes: as many as fit, back to where a line may end.
fn line_end(units: &[Unit], room: f32) -> usize {
    let mut width = 0.0;
    let mut fit = 0;
    for unit in units {
        width += unit.width;
        // Half a thousandth, for sums of widths that are exactly the room.
        if width > room + 0.0005 && unit.character != ' ' {
            break;
        }
        fit += 1;
    }
    if fit == units.len() {
        return fit;
    }
    let fit = fit.max(1);
    let earliest = fit / 2;
    (earliest.max(1)..=fit)
        .rev()
        .find(|&end| may_break(units, end))
        .unwrap_or(fit)
}

/// Whether a line may end before the unit at `end`.
fn may_break(units: &[Unit], end: usize) -> bool {
    let (Some(before), Some(behind)) = (
        end.checked_sub(1).and_then(|last| units.get(last)),
        units.get(end),
    ) else {
        return true;
    };
    let (before, behind) = (before.character, behind.character);
    if before == ' ' {
        return true;
    }
    // 标点避头尾: no closing sign begins a line, no opening one ends it.
    if "，。、；：？！）》」』】〉〕’”…—·,.;:?!)]}%".contains(behind)
        || "（《「『【〈〔‘“([{".contains(before)
    {
        return false;
    }
    !(in_word(before) && in_word(behind))
}

/// Characters of words that stay together: Latin, Greek, Cyrillic and digits.
fn in_word(character: char) -> bool {
    character.is_alphanumeric() && character < '\u{2e80}'
}

fn set(faces: &Typefaces, style: Style, units: &[Unit]) -> Line {
    let mut line = Line::default();
    for unit in units {
        match unit.drawn {
            Some((face, id, _)) => push_glyph(&mut line, style, unit, (face, id)),
            None => push_code(&mut line, faces, style, unit),
        }
        line.width += unit.width * style.size;
    }
    line
}

fn push_glyph(line: &mut Line, style: Style, unit: &Unit, (face, id): (Face, u16)) {
    let continues = line
        .runs
        .last()
        .is_some_and(|run| !run.is_code && run.face == face);
    if !continues {
        line.runs.push(Run {
            x: line.width,
            width: 0.0,
            text: String::new(),
            glyphs: Vec::new(),
            face,
            is_code: false,
        });
    }
    if let Some(run) = line.runs.last_mut() {
        run.glyphs.push(Glyph {
            id,
            bytes: u8::try_from(unit.character.len_utf8()).unwrap_or(u8::MAX),
            start: u32::try_from(run.text.len()).unwrap_or(u32::MAX),
            advance: unit.width,
        });
        run.text.push(unit.character);
        run.width += unit.width * style.size;
    }
}

fn push_code(line: &mut Line, faces: &Typefaces, style: Style, unit: &Unit) {
    let text = code_of(unit.character);
    let sans = faces.of(Face::Sans);
    let mut glyphs = Vec::with_capacity(text.len());
    for (start, sign) in (0_u32..).zip(text.chars()) {
        if let Some((id, advance)) = sans.glyph(sign) {
            glyphs.push(Glyph {
                id,
                bytes: 1,
                start,
                advance,
            });
        }
    }
    line.runs.push(Run {
        x: line.width,
        width: unit.width * style.size,
        text,
        glyphs,
        face: Face::Sans,
        is_code: true,
    });
}

/// Where a code stands in its box and how large it is, for text of `size` points.
pub(super) fn code_place(size: f32) -> (f32, f32) {
    (CODE_MARGIN * size, CODE_SIZE * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style::of(Face::Sans, 10.0);

    fn texts(text: &str, width: f32) -> Vec<String> {
        let faces = Typefaces::load().unwrap();
        let lines = lines(&faces, STYLE, text, width);
        for line in &lines {
            assert!(
                line.width <= width + 3.0 || line.runs.len() == 1,
                "{line:?}"
            );
        }
        let text = |line: &Line| line.runs.iter().map(|run| run.text.as_str()).collect();
        lines.iter().map(text).collect()
    }

    #[test]
    fn lines_break_where_they_may() {
        let cases: &[(&str, f32, &[&str])] = &[
            ("", 50.0, &[""]),
            ("可信时间戳", 50.0, &["可信时间戳"]),
            ("可信时间戳认证", 50.0, &["可信时间戳", "认证"]),
            ("可信时间，认证", 45.0, &["可信时", "间，认证"]),
            ("可信时《认证》", 45.0, &["可信时", "《认证》"]),
            ("one two three", 45.0, &["one two ", "three"]),
            ("aaaaaaaaaaaa", 30.0, &["aaaaa", "aaaaa", "aa"]),
        ];
        for (text, width, expected) in cases {
            assert_eq!(texts(text, *width), *expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_shows_its_code() {
        assert_eq!(texts("a\u{202e}😀b", 500.0), ["aU+202EU+1F600b"]);
        assert_eq!(texts("𠮷野家", 500.0), ["U+20BB7野家"]);
        assert_eq!(texts("名\n字\t", 500.0), ["名U+000A字U+0009"]);
    }
}
