//! What makes a certificate look like one: woven border, rosette, seal, QR code.
//!
//! All of it is lines and areas in plain colours, which every printer shows as they are.

use krilla::geom::PathBuilder;
use qrcode::{Color, EcLevel, QrCode};
use std::f32::consts::TAU;

use super::kind::Colour;
use super::line::{Style, line};
use super::sheet::{HEIGHT, Sheet, WIDTH, push_rect};
use super::typeface::{Face, Typefaces};

const SEAL_RED: Colour = Colour(0xb5, 0x1f, 0x1f);
/// Outer edge of the border, and how broad it is.
const EDGE: f32 = 24.0;
const BAND: f32 = 15.0;
/// Strands of the border, and about how long a wave of it is.
const STRANDS: u8 = 4;
const WAVE: f32 = 26.0;

/// The border of a first page.
pub(super) fn border(sheet: &mut Sheet, accent: Colour, ornament: Colour) {
    let (right, bottom) = (WIDTH - EDGE, HEIGHT - EDGE);
    let middle = EDGE + BAND / 2.0;
    let mut weave = PathBuilder::new();
    let mut counter = PathBuilder::new();
    for strand in 0..STRANDS {
        let phase = f32::from(strand) / f32::from(STRANDS);
        let path = match strand % 2 {
            0 => &mut weave,
            _ => &mut counter,
        };
        let (from_x, to_x) = (EDGE + BAND, right - BAND);
        let (from_y, to_y) = (EDGE + BAND, bottom - BAND);
        wave(path, (from_x, to_x), phase, |along, off| {
            (along, middle + off)
        });
        wave(path, (from_x, to_x), phase, |along, off| {
            (along, HEIGHT - middle - off)
        });
        wave(path, (from_y, to_y), phase, |along, off| {
            (middle + off, along)
        });
        wave(path, (from_y, to_y), phase, |along, off| {
            (WIDTH - middle - off, along)
        });
    }
    sheet.stroke(weave, 0.55, accent);
    sheet.stroke(counter, 0.45, ornament);
    for (inset, line_width) in [(0.0, 1.1), (BAND, 0.6), (BAND + 3.0, 0.3)] {
        let edge = EDGE + inset;
        let room = (edge, edge, WIDTH - 2.0 * edge, HEIGHT - 2.0 * edge);
        sheet.frame(room, line_width, accent);
    }
    for x in [middle, WIDTH - middle] {
        for y in [middle, HEIGHT - middle] {
            let mut corner = PathBuilder::new();
            for turn in [0.0, 0.25] {
                petals(&mut corner, (x, y), (BAND / 2.0 - 0.8, 0.55, 6.0), turn);
            }
            sheet.stroke(corner, 0.4, accent);
        }
    }
}

/// The plain border of further pages.
pub(super) fn thin_border(sheet: &mut Sheet, accent: Colour) {
    for (inset, line_width) in [(0.0, 0.9), (3.0, 0.3)] {
        let edge = EDGE + inset;
        let room = (edge, edge, WIDTH - 2.0 * edge, HEIGHT - 2.0 * edge);
        sheet.frame(room, line_width, accent);
    }
}

/// A wave from end to end, in quarters: each a cubic whose ends have the slopes of the sine.
fn wave(
    path: &mut PathBuilder,
    (from, to): (f32, f32),
    phase: f32,
    place: impl Fn(f32, f32) -> (f32, f32),
) {
    let waves = ((to - from) / WAVE).round().max(1.0);
    let quarters = waves * 4.0;
    let step = (to - from) / quarters;
    let height = BAND / 2.0 - 1.2;
    // The point beside the one at a quarter, on its tangent; 0 is that point itself.
    let beside = |quarter: f32, side: f32| {
        let angle = TAU * (quarter / 4.0 + phase);
        let rise = angle.cos() * TAU / 4.0 / 3.0;
        let along = from + (quarter + side / 3.0) * step;
        place(along, height * (angle.sin() + side * rise))
    };
    let start = beside(0.0, 0.0);
    path.move_to(start.0, start.1);
    let mut quarter = 0.0;
    while quarter < quarters - 0.5 {
        let (first, second) = (beside(quarter, 1.0), beside(quarter + 1.0, -1.0));
        let end = beside(quarter + 1.0, 0.0);
        path.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
        quarter += 1.0;
    }
}

/// A closed curve with petals: `size` is its radius, how deep the petals go, and how many.
fn petals(
    path: &mut PathBuilder,
    (x, y): (f32, f32),
    (radius, depth, count): (f32, f32, f32),
    turn: f32,
) {
    let points: u16 = 24 * 6;
    for point in 0..=points {
        let angle = TAU * f32::from(point) / f32::from(points);
        let swing = (angle * count + turn * TAU).cos();
        let distance = radius * (1.0 - depth / 2.0 + depth / 2.0 * swing);
        let place = (x + distance * angle.cos(), y + distance * angle.sin());
        match point {
            0 => path.move_to(place.0, place.1),
            _ => path.line_to(place.0, place.1),
        }
    }
    path.close();
}

/// The pale rosette behind the text.
pub(super) fn rosette(sheet: &mut Sheet, centre: (f32, f32), radius: f32, colour: Colour) {
    let mut path = PathBuilder::new();
    for ring in 0_u8..5 {
        let turn = f32::from(ring) / 5.0;
        petals(&mut path, centre, (radius, 0.62, 12.0), turn);
    }
    for ring in 0_u8..4 {
        let turn = f32::from(ring) / 4.0;
        petals(&mut path, centre, (radius * 0.42, 0.7, 8.0), turn);
    }
    sheet.stroke(path, 0.4, colour);
}

/// A rule with a lozenge in its middle.
pub(super) fn flourish(sheet: &mut Sheet, (x, y): (f32, f32), half: f32, colour: Colour) {
    sheet.rule((x - half, y), half - 8.0, 0.7, colour);
    sheet.rule((x + 8.0, y), half - 8.0, 0.7, colour);
    let mut lozenges = PathBuilder::new();
    for (offset, size) in [(0.0, 3.4), (-half, 1.6), (half, 1.6)] {
        lozenges.move_to(x + offset - size, y);
        lozenges.line_to(x + offset, y - size);
        lozenges.line_to(x + offset + size, y);
        lozenges.line_to(x + offset, y + size);
        lozenges.close();
    }
    sheet.fill(lozenges, colour);
}

/// The image of the seal: a ring, the issuer's name along it, what it is in its middle.
pub(super) fn seal(
    sheet: &mut Sheet,
    faces: &Typefaces,
    (x, y): (f32, f32),
    radius: f32,
    (issuer, date): (&str, &str),
) {
    let mut ring = PathBuilder::new();
    petals(&mut ring, (x, y), (radius, 0.0, 1.0), 0.0);
    sheet.stroke(ring, 1.8, SEAL_RED);
    let mut inner = PathBuilder::new();
    petals(&mut inner, (x, y), (radius - 3.2, 0.0, 1.0), 0.0);
    sheet.stroke(inner, 0.4, SEAL_RED);
    let mut flower = PathBuilder::new();
    for turn in [0.0, 0.5] {
        petals(&mut flower, (x, y), (radius * 0.5, 0.5, 10.0), turn);
    }
    sheet.stroke(flower, 0.35, Colour(0xe4, 0xb4, 0xae));
    let count = u16::try_from(issuer.chars().count())
        .unwrap_or(u16::MAX)
        .max(1);
    // The arc leaves a sixth of the ring open below; long names get smaller signs.
    let open = 0.17;
    let arc = (1.0_f32 - 2.0 * open).min(f32::from(count) * 0.072);
    let size = (TAU * (radius - 13.0) * arc / f32::from(count) * 0.86).clamp(2.0, 10.5);
    let style = Style::of(Face::Serif, size);
    for (place, character) in (0_u16..).zip(issuer.chars().take(usize::from(u16::MAX))) {
        let share = (f32::from(place) + 0.5) / f32::from(count) - 0.5;
        let angle = TAU * share * arc;
        let sign = line(faces, style, character.encode_utf8(&mut [0; 4]));
        let distance = radius - 6.0 - size * 0.88;
        let back = sign.width / 2.0;
        let place = (
            x + distance * angle.sin() - back * angle.cos(),
            y - distance * angle.cos() - back * angle.sin(),
        );
        sheet.turned(sign, place, (size, angle.to_degrees()), SEAL_RED);
    }
    let title = Style {
        spacing: 0.12,
        ..Style::of(Face::Serif, 11.5)
    };
    sheet.centred(line(faces, title, "电子签章"), (x, y + 4.0), 11.5, SEAL_RED);
    let small = Style::of(Face::Sans, 6.2);
    let below = (x, y + radius * 0.62);
    sheet.centred(line(faces, small, date), below, 6.2, SEAL_RED);
}

/// The QR code of a text; `false` for a text that is too long for one.
pub(super) fn qr(sheet: &mut Sheet, (x, y): (f32, f32), side: f32, text: &str) -> bool {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return false;
    };
    let modules = u16::try_from(code.width()).unwrap_or(u16::MAX);
    let module = side / f32::from(modules);
    let mut path = PathBuilder::new();
    let colours = code.to_colors();
    let mut cells = colours.iter();
    for row in 0..modules {
        // Dark modules side by side are one area: no hair lines between them, and less to draw.
        let mut dark_from = None;
        for column in 0..=modules {
            let dark = column < modules && cells.next() == Some(&Color::Dark);
            match (dark, dark_from) {
                (true, None) => dark_from = Some(column),
                (false, Some(from)) => {
                    let left = x + f32::from(from) * module;
                    let width = f32::from(column - from) * module;
                    let top = y + f32::from(row) * module;
                    push_rect(&mut path, (left, top, width, module));
                    dark_from = None;
                }
                _ => {}
            }
        }
    }
    sheet.fill(path, Colour(0, 0, 0));
    true
}
