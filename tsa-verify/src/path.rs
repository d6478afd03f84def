//! Certification paths (RFC 5280 §6): found, then judged.
//!
//! In scope: reading certificates, a search with a budget over unordered, duplicate and hostile
//! bags, the basic checks of RFC 5280 §6.1 and constraints on names of the form directoryName. Not
//! in scope in this version: constraints on other forms of names and on policies, which deny the
//! verdict wherever they could matter, critical or not; revocation.

mod build;
mod certificate;
mod constraints;
mod defects;
mod entities;
mod extensions;
mod names;
mod validate;

pub(crate) use build::{PathFacts, search};
pub(crate) use certificate::{Certificate, read_time_element};
pub(crate) use defects::{Defect, PathRule};
pub(crate) use extensions::Unreadable;
pub(crate) use validate::{joined, validity_detail};
