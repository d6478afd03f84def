//! The fonts of a certificate, and which characters they draw.
//!
//! In scope: glyph and width of a character, and which characters must not be drawn as they are
//! because nobody would see them. One character is one glyph: what needs more (Arabic, Hindi,
//! emoji) is not in these fonts and is replaced visibly. Not in scope: lines.

use krilla::Data;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::unseen::is_unseen;

static SANS: &[u8] = include_bytes!("../../fonts/NotoSansSC-Regular.otf");
static SERIF: &[u8] = include_bytes!("../../fonts/NotoSerifSC-Headings.otf");

/// Which of the two fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// Text.
    Sans,
    /// Headings; it has the characters of GB 2312 and no others.
    Serif,
}

/// A font that the program carries cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a font of the certificates cannot be read")]
pub struct FontError;

/// One font, ready to be asked.
pub(super) struct Typeface {
    pub(super) font: Font,
    units_per_em: f32,
    /// Character, glyph, advance in the font's units; sorted by character.
    characters: Vec<(char, u16, u16)>,
}

/// The fonts of certificates. Reading them takes a while and is done once.
pub(super) struct Typefaces {
    sans: Typeface,
    serif: Typeface,
}

impl Typefaces {
    pub(super) fn load() -> Result<Self, FontError> {
        Ok(Self {
            sans: Typeface::load(SANS)?,
            serif: Typeface::load(SERIF)?,
        })
    }

    pub(super) fn of(&self, face: Face) -> &Typeface {
        match face {
            Face::Sans => &self.sans,
            Face::Serif => &self.serif,
        }
    }
}

impl Typeface {
    fn load(bytes: &'static [u8]) -> Result<Self, FontError> {
        let font = Font::new(Data::from(bytes), 0).ok_or(FontError)?;
        let tables = FontRef::new(bytes).map_err(|_| FontError)?;
        let metrics = tables.glyph_metrics(Size::unscaled(), LocationRef::default());
        let mut characters: Vec<(char, u16, u16)> = tables
            .charmap()
            .mappings()
            .filter_map(|(code, glyph)| {
                let character = char::from_u32(code).filter(|&known| !is_unseen(known))?;
                let id = u16::try_from(glyph.to_u32()).ok().filter(|&id| id > 0)?;
                let advance = units(metrics.advance_width(glyph)?);
                // A mark that takes no room would be drawn over its neighbour.
                (advance > 0).then_some((character, id, advance))
            })
            .collect();
        characters.sort_unstable();
        Ok(Self {
            units_per_em: font.units_per_em(),
            font,
            characters,
        })
    }

    /// The glyph of a character and its width in ems; `None` where it cannot be drawn.
    pub(super) fn glyph(&self, character: char) -> Option<(u16, f32)> {
        let place = self
            .characters
            .binary_search_by_key(&character, |&(known, _, _)| known)
            .ok()?;
        let &(_, id, advance) = self.characters.get(place)?;
        Some((id, f32::from(advance) / self.units_per_em))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest u16 there is"
)]
fn units(advance: f32) -> u16 {
    advance.round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_characters_are_drawn_and_unseen_ones_are_not() {
        let faces = Typefaces::load().unwrap();
        for character in "可信时间戳认证证书ABCabc0189龘靐齉犇骉・,。（）".chars()
        {
            assert!(faces.sans.glyph(character).is_some(), "{character}");
        }
        for character in "可信时间戳认证证书软件产品代码备案证书".chars() {
            assert!(faces.serif.glyph(character).is_some(), "{character}");
        }
        for character in "\u{202e}\u{200b}\u{feff}\t\n\u{0}\u{a0}\u{e001}😀𠮷".chars() {
            assert!(faces.sans.glyph(character).is_none(), "{character:?}");
        }
    }
}
