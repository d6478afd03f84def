//! `SEQUENCE { r INTEGER, s INTEGER }`: the signatures of ECDSA (RFC 3279 §2.2.3), DSA (§2.2.2) and
//! SM2 (GM/T 0009 §7.4).
//!
//! Read as DER and nothing else: a signature has no second encoding, so that none can be made from
//! another.

use tsa_core::tlv::{Reader, scan_der};

use super::super::public_key::magnitude;

/// Both numbers, as magnitudes without leading zeros; `None` unless positive and in DER.
pub(super) fn read(signature: &[u8]) -> Option<[&[u8]; 2]> {
    let scanned = scan_der(signature).ok()?;
    let mut fields = Reader::new(&scanned).sequence("signature").ok()?;
    let first = fields.next_element().ok()??;
    let second = fields.next_element().ok()??;
    fields.finish("signature").ok()?;
    let numbers = [first, second];
    let sound = |content: &[u8]| content.first().is_some_and(|&first| first < 0x80);
    let integer = tsa_core::tlv::Tag::INTEGER;
    numbers
        .iter()
        .all(|found| found.tag == integer && sound(found.content))
        .then(|| numbers.map(|found| magnitude(found.content)))
}
