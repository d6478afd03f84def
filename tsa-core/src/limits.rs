//! Every bound of this crate, in one place.
//!
//! A bound is checked before anything of its size is allocated. Bounds of the service (bodies,
//! connections, time) live in its configuration; bounds of path building live in `tsa-verify`.

/// Deepest nesting of constructed values, in levels. Honest tokens stay below 20.
pub const DEPTH_MAX: usize = 48;

/// Longest message this crate reads, in bytes. Honest tokens stay below 100 KiB even with a
/// long chain and revocation data.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most values (tags) in one message. Bounds the work of one reading.
pub const VALUES_MAX: usize = 1_000_000;

/// Most deviations from DER that are listed; further ones are counted only.
pub const DEVIATIONS_LISTED_MAX: usize = 64;

/// Longest nonce, in bytes (RFC 3161 §2.4.1 sets no bound).
pub const NONCE_BYTES_MAX: usize = 128;

/// Longest serial number, in bytes: 160 bits (RFC 3161 §2.4.2).
pub const SERIAL_BYTES_MAX: usize = 20;

/// Longest content of an OBJECT IDENTIFIER, in bytes. `2.25.<UUID>` takes 20.
pub const OID_BYTES_MAX: usize = 63;

/// Most digits of a second's fraction in `genTime`: nanoseconds.
pub const GEN_TIME_FRACTION_DIGITS_MAX: usize = 9;

/// Most certificates read from one token.
pub const CERTIFICATES_MAX: usize = 16_384;

/// Most signed or unsigned attributes read from one `SignerInfo`.
pub const ATTRIBUTES_MAX: usize = 64;

/// Most extensions in a request or `TSTInfo`.
pub const EXTENSIONS_MAX: usize = 32;

/// Most strings in a `PKIFreeText`.
pub const STATUS_STRINGS_MAX: usize = 16;
