//! No case is here as yet: placeholder words.

use crate::case::Case;

pub(super) const CASES: &[Case] = &[];
