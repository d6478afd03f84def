//! Certification paths (RFC 5280 §6): found, then judged.
//!
//! In scope: reading certificates, a search with a budget over unordered, duplicate and hostile
//! bags, and the basic checks of RFC 5280 §6.1. Not in scope in this version: name constraints,
//! policies and their mapping (a critical one is named and denies the verdict), revocation.

mod build;
mod certificate;
mod extensions;
mod validate;

pub(crate) use build::{PathFacts, search};
pub(crate) use certificate::{Certificate, read_time_element};
pub(crate) use extensions::Unreadable;
pub(crate) use validate::{Defect, PathRule, joined, validity_detail};
