//! Certificates: a document of a kind, printed as PDF/A-3u and sealed as PAdES-B-LTA.
//!
//! In scope: layout from data ([`Kind`]), Chinese text of any characters, attachments, seal. Not in
//! scope: keys and the authority that stamps, which the caller lends; who may have a certificate.
//!
//! [`Stamped`] → [`Document`] → [`Printed`] → [`Sealed`]: each step takes what only the one before
//! makes.

mod cades;
mod document;
mod kind;
mod layout;
mod line;
mod ornament;
mod press;
mod revision;
mod seal;
mod sheet;
mod typeface;
mod words;

pub use document::{Document, DocumentError, Stamped};
pub use kind::{Colour, FieldKind, Kind, KindError, NoteKind};
pub use press::{Composed, Press, PressError, PrintError, Printed};
pub use revision::{StructureError, TooLong};
pub use seal::{SealError, Sealed, Sealer, SealerParts, ToBeSealed, ToBeStamped, ToBeTimestamped};
pub use typeface::FontError;
