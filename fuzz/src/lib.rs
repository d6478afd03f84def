//! What must hold for any bytes that somebody sends: one function per fuzz target.
//!
//! A property that fails panics, so that the fuzzer, and the tests that replay files on a stable
//! compiler, both see it. Beside them: how encoded values are mutated ([`mutate`]), and where
//! seeds come from ([`seeds`]).

mod messages;
mod paths;
mod round_trip;
mod tlv;
mod verify;

pub mod mutate;
pub mod seeds;

pub use messages::{certificate, request, response, token};
pub use paths::{PATH_HEAD_BYTES, names, path};
pub use round_trip::round_trip;
pub use tlv::tlv;
pub use verify::{CONTROL_BYTES, Case, Control, passes, verify, verify_with_ring};

/// A name, and what must hold for the bytes handed to it.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, for replays.
pub const TARGETS: [Target; 9] = [
    ("request", request),
    ("response", response),
    ("token", token),
    ("certificate", certificate),
    ("tlv", tlv),
    ("round_trip", round_trip),
    ("verify", verify),
    ("path", path),
    ("names", names),
];

/// The target of a fuzzer: what must hold, and mutations that keep lengths right behind the first
/// bytes, which are no part of a value.
#[macro_export]
macro_rules! values_target {
    ($target:path, head: $head:expr) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $target(bytes));

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate::step(data, size, max_size, seed, $head)
        });

        libfuzzer_sys::fuzz_crossover!(|first: &[u8], second: &[u8], out: &mut [u8], seed: u32| {
            $crate::mutate::cross_step(first, second, out, seed, $head)
        });
    };
}
