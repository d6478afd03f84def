//! ECDSA on curves and with digests that ring does not pair, and SM2 (FIPS 186-5 §6.4.2,
//! GM/T 0003.2).
//!
//! A point is uncompressed or compressed (RFC 5480 §2.2), on its curve, and not the point at
//! infinity. Each of r and s lies between 1 and the order of the curve, exclusive.

use ecdsa::elliptic_curve::array::Array;
use ecdsa::elliptic_curve::array::typenum::Unsigned;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{
    AffinePoint, Curve, CurveArithmetic, FieldBytes, FieldBytesSize, PublicKey,
};
use ecdsa::{EcdsaCurve, Signature, hazmat};
use sm2::dsa::signature::Verifier;
use tsa_core::{ObjectIdentifier, oid};

use super::pair;

/// The identity that goes into a signature when nothing else is agreed (GM/T 0009 §10).
const SM2_DEFAULT_ID: &str = "1234567812345678";

/// Whether a signature over a digest holds; `None` when the curve is not here.
pub(super) fn ecdsa_holds(
    curve: ObjectIdentifier,
    point: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let holds = match curve {
        found if found == oid::SECP256R1 => holds_on::<p256::NistP256>,
        found if found == oid::SECP384R1 => holds_on::<p384::NistP384>,
        found if found == oid::SECP521R1 => holds_on::<p521::NistP521>,
        found if found == oid::BRAINPOOL_P256R1 => holds_on::<bp256::BrainpoolP256r1>,
        found if found == oid::BRAINPOOL_P384R1 => holds_on::<bp384::BrainpoolP384r1>,
        _ => return None,
    };
    Some(holds(point, digest, signature).is_some())
}

fn holds_on<C>(point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let key = PublicKey::<C>::from_sec1_bytes(plain(point)?).ok()?;
    let [r, s] = pair::read(signature)?;
    let signature = Signature::<C>::from_scalars(field::<C>(r)?, field::<C>(s)?).ok()?;
    hazmat::verify_prehashed::<C>(&key.to_projective(), digest, &signature).ok()
}

/// Whether an SM2 signature over a message holds with the default identity of the signer.
pub(super) fn sm2_holds(point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let holds = || {
        let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_DEFAULT_ID, plain(point)?).ok()?;
        let [r, s] = pair::read(signature)?;
        let [r, s] = [field::<sm2::Sm2>(r)?, field::<sm2::Sm2>(s)?];
        let signature = sm2::dsa::Signature::from_scalars(r, s).ok()?;
        key.verify(message, &signature).ok()
    };
    holds().is_some()
}

/// A point that is neither hybrid nor in another form that RFC 5480 does not have.
fn plain(point: &[u8]) -> Option<&[u8]> {
    matches!(point.first(), Some(2..=4)).then_some(point)
}

/// A number in as many bytes as the curve's field has.
fn field<C: Curve>(magnitude: &[u8]) -> Option<FieldBytes<C>> {
    let padding = C::FieldBytesSize::USIZE.checked_sub(magnitude.len())?;
    let mut bytes = Array::default();
    bytes.get_mut(padding..)?.copy_from_slice(magnitude);
    Some(bytes)
}
