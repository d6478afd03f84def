//! Check 12, second half: the path above the signer (RFC 5280 §6.1).
//!
//! Shows the path of a token to the checks of [`super::on_path`].

use super::Case;
use super::on_path::{self, PathCase};
use crate::finding::Answer;

impl<'c> PathCase<'c> {
    /// The path of a token's signer.
    fn of(case: &Case<'c>) -> Self {
        let facts = case.facts;
        Self {
            path: &facts.path,
            first: facts.signer.certificate(),
            certificates: facts.path_certificates(),
            anchor: facts.path_anchor(),
            anchors: facts.anchors.len(),
            valid_at: facts.gen_time(),
            now: case.at,
        }
    }
}

/// The checks by their names, for tokens.
macro_rules! for_tokens {
    ($($name:ident)*) => {
        $(pub(super) fn $name(case: &Case<'_>) -> Answer {
            on_path::$name(&PathCase::of(case))
        })*
    };
}

for_tokens! {
    found without_path signatures signature_algorithms validity basic_constraints key_usage
    extensions purposes constraints policies anchor_validity expired_since
}
