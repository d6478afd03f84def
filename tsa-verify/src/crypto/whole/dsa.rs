//! DSA (FIPS 186-4 §4.7), for certification paths of old.
//!
//! Domain parameters of the four sizes of FIPS 186-4; whether p and q are primes is for those to
//! know who trust the anchor. That `y` has the order q is checked.

use crypto_bigint::BoxedUint;
use dsa::signature::hazmat::PrehashVerifier;
use dsa::{Components, Signature, VerifyingKey};
use tsa_core::tlv::{Reader, scan_der};

use super::pair;
use crate::crypto::public_key::magnitude;

/// Bits of p and q (FIPS 186-4 §4.2).
const SIZES: [(usize, usize); 4] = [(1_024, 160), (2_048, 224), (2_048, 256), (3_072, 256)];

/// Whether a signature over a digest holds with encoded parameters and an encoded `y`; `None` when
/// the sizes are not those of FIPS 186-4.
pub(super) fn holds(
    parameters: &[u8],
    encoded_y: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let [p, q, g] = numbers(parameters)?;
    let sizes = (bits(&p), bits(&q));
    if !SIZES.contains(&sizes) {
        return None;
    }
    Some(holds_with([p, q, g], sizes, encoded_y, digest, signature).is_some())
}

fn holds_with(
    [p, q, g]: [tsa_core::Integer; 3],
    (p_bits, q_bits): (usize, usize),
    encoded_y: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Option<()> {
    let scanned = scan_der(encoded_y).ok()?;
    let y = Reader::new(&scanned).integer("y").ok()?;
    let number = |value: &tsa_core::Integer, bits| sized(positive(value)?, bits);
    let components = Components::from_components(
        number(&p, p_bits)?,
        number(&q, q_bits)?,
        number(&g, p_bits)?,
    )
    .ok()?;
    let y = number(&y, p_bits)?;
    if y >= **components.p() {
        return None;
    }
    let key = VerifyingKey::from_components(components, y).ok()?;
    let [r, s] = pair::read(signature)?;
    let signature = Signature::from_components(sized(r, q_bits)?, sized(s, q_bits)?)?;
    key.verify_prehash(digest, &signature).ok()
}

/// `Dss-Parms` (RFC 3279 §2.3.2).
fn numbers(parameters: &[u8]) -> Option<[tsa_core::Integer; 3]> {
    let scanned = scan_der(parameters).ok()?;
    let mut fields = Reader::new(&scanned).sequence("Dss-Parms").ok()?;
    let p = fields.integer("p").ok()?;
    let q = fields.integer("q").ok()?;
    let g = fields.integer("g").ok()?;
    fields.finish("Dss-Parms").ok()?;
    Some([p, q, g])
}

fn positive(value: &tsa_core::Integer) -> Option<&[u8]> {
    (!value.is_negative()).then(|| magnitude(value.content()))
}

fn bits(value: &tsa_core::Integer) -> usize {
    positive(value).map_or(0, |digits| {
        let leading = digits.first().map_or(0, |first| first.leading_zeros());
        8 * digits.len() - usize::try_from(leading).unwrap_or_default()
    })
}

/// A number held in so many bits; `None` when it has more.
fn sized(magnitude: &[u8], bits: usize) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(magnitude, u32::try_from(bits).ok()?).ok()
}
