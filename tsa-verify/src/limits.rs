//! Every bound of this crate, in one place.
//!
//! Bounds on the size and nesting of messages live in [`tsa_core::limits`]; these bound the work of
//! judging. A bound that is reached is a finding, never a pass.

/// Longest certification path, in certificates from the signer to below the anchor. Honest ones
/// have one to four.
pub const PATH_CERTIFICATES_MAX: usize = 12;

/// Most signature checks that the search for a path may spend on its first look, upwards from the
/// certificate in question.
pub const PATH_SIGNATURE_CHECKS_MAX: usize = 128;

/// What these checks may cost, in microseconds as they are weighed: P-384 counts 700, P-256 70,
/// RSA with 4096 bits 170.
pub const PATH_FIRST_MICROS_MAX: usize = 100_000;

/// What the first look and the checks downwards from the anchors may cost together.
pub const PATH_VOUCHING_MICROS_MAX: usize = 600_000;

/// What all signature checks of one search may cost.
pub const PATH_SIGNATURE_MICROS_MAX: usize = 700_000;

/// What any signature check counts at least.
pub const PATH_SIGNATURE_MICROS_MIN: usize = 20;

/// Most certificates in a bag that is searched without looking at all names first.
pub const PATH_SMALL_BAG_MAX: usize = 16;

/// Most certificates that the search for a path may look at, repeated looks included.
pub const PATH_STEPS_MAX: usize = 20_000;

/// Most complete paths that are judged before the best so far is taken.
pub const PATH_CANDIDATES_MAX: usize = 32;

/// Most extensions read from one certificate.
pub const CERTIFICATE_EXTENSIONS_MAX: usize = 128;

/// Most key purposes, alternative names or relative distinguished names read from one field.
pub const FIELD_ELEMENTS_MAX: usize = 1_024;

/// Most policies, mappings or qualifiers read from one extension. Honest ones have less than 30.
pub const CERTIFICATE_POLICIES_MAX: usize = 256;

/// Most distribution points read from one certificate, and names in one of them.
pub const DISTRIBUTION_POINTS_MAX: usize = 64;

/// Longest CRL that is read. The largest of public authorities have less than 40 MiB.
pub const CRL_BYTES_MAX: usize = 64 << 20;

/// Most CRLs whose signatures are checked for one path search.
pub const CRL_SIGNATURE_CHECKS_MAX: usize = 64;

/// Most bytes of CRLs that one path search may digest for signature checks.
pub const CRL_SIGNED_BYTES_MAX: usize = 64 << 20;

/// Most entries of CRLs that one path search may look at, repeated looks included.
pub const CRL_ENTRIES_MAX: usize = 4_000_000;

/// Most times that one path search may ask whether a CRL is about a certificate.
pub const CRL_MATCHES_MAX: usize = 20_000;

/// Most further paths, to signers of CRLs, that one path search may look for.
pub const CRL_SIGNER_PATHS_MAX: usize = 32;

/// How far signers of CRLs may depend on CRLs of other signers.
pub const CRL_SIGNER_DEPTH_MAX: usize = 3;

/// Longest text of a whole name, or of a string or file name, shown in a report, in characters;
/// what follows is cut and marked.
pub const SHOWN_CHARACTERS_MAX: usize = 512;

/// Longest encoded name that is read to be shown, in bytes; of a longer one the first bytes are
/// shown. Honest ones stay below 1 KiB.
pub const NAME_BYTES_MAX: usize = 65_536;

/// Most bytes of a digest or number shown in a report; what follows is cut and marked.
pub const SHOWN_BYTES_MAX: usize = 64;

/// Most things listed in one line of a report; further ones are counted only.
pub const LISTED_MAX: usize = 16;

/// Largest key that a signature is checked with, in bits of the RSA modulus.
pub const RSA_MODULUS_BITS_MAX: usize = 16_384;

/// Largest of them that ring takes.
pub const RSA_MODULUS_BITS_RING_MAX: usize = 8_192;

/// Smallest key that a signature is checked with, in bits of the RSA modulus. What is below
/// [`RSA_MODULUS_BITS_MIN`] is checked to tell a weak signature from a wrong one.
pub const RSA_MODULUS_BITS_COMPUTED_MIN: usize = 1_024;

/// Smallest key that is strong enough, in bits of the RSA modulus (NIST SP 800-131A rev. 2).
pub const RSA_MODULUS_BITS_MIN: usize = 2_048;

/// Most bytes of certificates that the search for a path may digest for signature checks.
pub const PATH_SIGNED_BYTES_MAX: usize = 8 << 20;

/// Most defects of a path that are put into words for each rule; of the rest the number is said.
pub const PATH_DEFECTS_LISTED_MAX: usize = 8;

/// Longest `SubjectPublicKeyInfo` that is a key. Those of ML-DSA have less than 3 KiB.
pub const PUBLIC_KEY_BYTES_MAX: usize = 16 << 10;

/// Longest key identifier. Honest ones are digests.
pub const KEY_IDENTIFIER_BYTES_MAX: usize = 128;

/// Longest name, list of names or list of constraints that is compared part by part. A longer name
/// is the same as its own encoding only; longer constraints are not processed.
pub const NAME_COMPARED_BYTES_MAX: usize = 64 << 10;

/// Most comparisons between the constraints of one certificate and the names of another.
pub const NAME_COMPARISONS_MAX: usize = 16_384;
