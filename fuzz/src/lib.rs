//! What must hold for any bytes that somebody sends: one function per fuzz target.
//!
//! A property that fails panics, so that the fuzzer, and the tests that replay files on a stable
//! compiler, both see it. Not in scope: signatures and trust, which this code never sees.

mod messages;
mod tlv;

pub use messages::{certificate, request, response, token};
pub use tlv::tlv;

/// A name, and what must hold for the bytes handed to it.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, for replays.
pub const TARGETS: [Target; 5] = [
    ("request", request),
    ("response", response),
    ("token", token),
    ("certificate", certificate),
    ("tlv", tlv),
];
