//! Every bound of this crate, in one place.
//!
//! Bounds on the size and nesting of messages live in [`tsa_core::limits`]; these bound the work of
//! judging. A bound that is reached is a finding, never a pass.

/// Longest certification path, in certificates from the signer to below the anchor. Honest ones
/// have one to four.
pub const PATH_CERTIFICATES_MAX: usize = 12;

/// Most signature checks that the search for a path may spend.
pub const PATH_SIGNATURE_CHECKS_MAX: usize = 128;

/// Most certificates that the search for a path may look at, repeated looks included.
pub const PATH_STEPS_MAX: usize = 20_000;

/// Most complete paths that are judged before the best so far is taken.
pub const PATH_CANDIDATES_MAX: usize = 32;

/// Most extensions read from one certificate.
pub const CERTIFICATE_EXTENSIONS_MAX: usize = 128;

/// Most key purposes, alternative names or relative distinguished names read from one field.
pub const FIELD_ELEMENTS_MAX: usize = 1_024;

/// Most certificates with the signer's identifier whose digest is compared.
pub const SIGNER_CANDIDATES_MAX: usize = 1_024;

/// Longest text of a name shown in a report, in characters; what follows is cut and marked.
pub const SHOWN_CHARACTERS_MAX: usize = 512;

/// Largest key that a signature is checked with, in bits of the RSA modulus.
pub const RSA_MODULUS_BITS_MAX: usize = 8_192;

/// Smallest key that is strong enough, in bits of the RSA modulus (NIST SP 800-131A rev. 2).
pub const RSA_MODULUS_BITS_MIN: usize = 2_048;
