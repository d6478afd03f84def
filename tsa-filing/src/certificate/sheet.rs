//! A page before it is PDF: marks with their places, in points from the upper left corner.
//!
//! In scope: what can be put on a page, and painting it with krilla. Not in scope: what is put
//! where.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;

use super::kind::Colour;
use super::line::{Line, code_place};
use super::typeface::{Face, Typefaces};

/// A4.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;

pub(super) const BLACK: Colour = Colour(0x1a, 0x1a, 0x1a);
pub(super) const GREY: Colour = Colour(0x6b, 0x6b, 0x6b);
pub(super) const PALE: Colour = Colour(0xd9, 0xd4, 0xc7);

/// One page.
#[derive(Default)]
pub(super) struct Sheet {
    marks: Vec<Mark>,
}

enum Mark {
    Text {
        line: Line,
        place: (f32, f32),
        size: f32,
        colour: Colour,
        /// In degrees, around its place.
        turn: f32,
    },
    Stroke {
        path: Path,
        width: f32,
        colour: Colour,
    },
    Fill {
        path: Path,
        colour: Colour,
    },
}

impl Sheet {
    /// Puts a line with its left end and base line at `place`.
    pub(super) fn text(&mut self, line: Line, place: (f32, f32), size: f32, colour: Colour) {
        self.turned(line, place, (size, 0.0), colour);
    }

    /// Puts a line around the middle of `x`.
    pub(super) fn centred(&mut self, line: Line, (x, y): (f32, f32), size: f32, colour: Colour) {
        let place = (x - line.width / 2.0, y);
        self.text(line, place, size, colour);
    }

    /// Puts a line turned by some degrees.
    pub(super) fn turned(
        &mut self,
        line: Line,
        place: (f32, f32),
        (size, turn): (f32, f32),
        colour: Colour,
    ) {
        self.marks.push(Mark::Text {
            line,
            place,
            size,
            colour,
            turn,
        });
    }

    /// Draws along a path; one that is empty draws nothing.
    pub(super) fn stroke(&mut self, path: PathBuilder, width: f32, colour: Colour) {
        if let Some(path) = path.finish() {
            self.marks.push(Mark::Stroke {
                path,
                width,
                colour,
            });
        }
    }

    /// Fills a path.
    pub(super) fn fill(&mut self, path: PathBuilder, colour: Colour) {
        if let Some(path) = path.finish() {
            self.marks.push(Mark::Fill { path, colour });
        }
    }

    /// A horizontal rule.
    pub(super) fn rule(&mut self, (x, y): (f32, f32), length: f32, width: f32, colour: Colour) {
        let mut path = PathBuilder::new();
        path.move_to(x, y);
        path.line_to(x + length, y);
        self.stroke(path, width, colour);
    }

    /// A rectangle's outline.
    pub(super) fn frame(
        &mut self,
        (x, y, width, height): (f32, f32, f32, f32),
        line: f32,
        colour: Colour,
    ) {
        let mut path = PathBuilder::new();
        push_rect(&mut path, (x, y, width, height));
        self.stroke(path, line, colour);
    }

    /// Paints the page.
    pub(super) fn paint(&self, surface: &mut Surface<'_>, faces: &Typefaces) {
        for mark in &self.marks {
            match mark {
                Mark::Text {
                    line,
                    place,
                    size,
                    colour,
                    turn,
                } => paint_text(surface, faces, line, (*place, *size, *colour, *turn)),
                Mark::Stroke {
                    path,
                    width,
                    colour,
                } => {
                    surface.set_fill(None);
                    surface.set_stroke(Some(stroke(*width, *colour)));
                    surface.draw_path(path);
                }
                Mark::Fill { path, colour } => {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(*colour)));
                    surface.draw_path(path);
                }
            }
        }
    }
}

/// Adds a rectangle; one without room adds nothing.
pub(super) fn push_rect(path: &mut PathBuilder, (x, y, width, height): (f32, f32, f32, f32)) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(rect);
    }
}

fn fill(Colour(red, green, blue): Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}

fn stroke(width: f32, Colour(red, green, blue): Colour) -> Stroke {
    Stroke {
        paint: rgb::Color::new(red, green, blue).into(),
        width,
        ..Stroke::default()
    }
}

type Manner = ((f32, f32), f32, Colour, f32);

fn paint_text(
    surface: &mut Surface<'_>,
    faces: &Typefaces,
    line: &Line,
    ((x, y), size, colour, turn): Manner,
) {
    let is_turned = turn != 0.0;
    if is_turned {
        surface.push_transform(&Transform::from_rotate_at(turn, x, y));
    }
    for run in &line.runs {
        let mut place = (x + run.x, y);
        let mut run_size = size;
        if run.is_code {
            let (margin, code_size) = code_place(size);
            let inset = margin / 2.0;
            let mut path = PathBuilder::new();
            let room = (
                place.0 + inset / 2.0,
                y - size * 0.78,
                run.width - inset,
                size * 0.9,
            );
            push_rect(&mut path, room);
            if let Some(path) = path.finish() {
                surface.set_fill(None);
                surface.set_stroke(Some(stroke(0.4, GREY)));
                surface.draw_path(&path);
            }
            place = (place.0 + margin, y - size * 0.1);
            run_size = code_size;
        }
        surface.set_stroke(None);
        surface.set_fill(Some(fill(colour)));
        let face = match run.is_code {
            true => Face::Sans,
            false => run.face,
        };
        surface.draw_glyphs(
            Point::from_xy(place.0, place.1),
            &run.glyphs,
            faces.of(face).font.clone(),
            &run.text,
            run_size,
            false,
        );
    }
    if is_turned {
        surface.pop();
    }
}
