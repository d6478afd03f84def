//! What a filing hands to a court: certificates and bundles.
//!
//! In scope: [`certificate`]s, which people read, with all that a verifier needs attached, and
//! [`bundle`]s, which hold them with whatever else belongs to the filing. Not in scope: HTTP,
//! storage, keys, the clock; and judging what was written, which `tsa-verify` does. What both must
//! know of the formats stands in [`tsa_verify::evidence_format`].
#![forbid(unsafe_code)]

pub mod bundle;
pub mod certificate;
mod unseen;
