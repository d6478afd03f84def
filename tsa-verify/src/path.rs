//! Certification paths (RFC 5280 §6.1): found, then judged.
//!
//! In scope: reading certificates, a search with a budget over unordered, duplicate and hostile
//! bags, and the whole of RFC 5280 §6.1: names and constraints on them, policies, path lengths, key
//! usage, critical extensions. Not in scope: revocation, which is a room of its own that the search
//! asks; what a broken rule means for a verdict.

mod build;
mod certificate;
mod constraints;
mod defects;
mod entities;
mod extensions;
mod ground;
mod names;
mod policies;
mod policy_graph;
mod question;
mod reach;
mod subtrees;
mod validate;
mod work;

pub(crate) use build::{PathFacts, search, search_for, search_sound};
pub(crate) use certificate::{Certificate, read_time_element};
pub(crate) use constraints::constrained;
pub(crate) use defects::{Defect, Defects, PathRule};
pub(crate) use extensions::{Unreadable, read_one as read_extension};
pub(crate) use ground::Ground;
pub(crate) use names::{FoldedName, NameKey};
pub(crate) use policy_graph::PolicySet;
pub(crate) use question::Question;
pub use question::{PathPurpose, PolicyInputs};
pub(crate) use subtrees::general_names;
pub(crate) use validate::{joined, validity_detail};
