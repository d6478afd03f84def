//! Keys made inside a token, for `init`. Nothing that is there is changed.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use tsa_core::{oid, tlv};

use super::context::Context;
use super::{Pkcs11Error, Pkcs11Place, login, said};
use crate::signer::{KeyType, Secret};

/// Whether there was a key of this name before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// It was made.
    Made,
    /// It was there, and is as it was.
    Found,
}

/// Makes a key that the token never shows, unless there is one of that name.
///
/// # Errors
/// [`Pkcs11Error`]: the token, the PIN, or a token that cannot make such keys.
pub fn make_key(place: &Pkcs11Place, key_type: KeyType) -> Result<NewKey, Pkcs11Error> {
    let pin: Secret = place.pin.read()?;
    let context = Context::of(&place.module)?;
    let state = context.enter();
    let slot = state.slot(place)?;
    let session = state.pkcs11.open_rw_session(slot).map_err(said)?;
    login::login((&context, &state), place, (&session, slot), &pin)?;
    let label = place.label.clone().unwrap_or_default().into_bytes();
    let named = [Attribute::Label(label.clone())];
    if !session.find_objects(&named).map_err(said)?.is_empty() {
        return Ok(NewKey::Found);
    }
    let id = place.id.clone().unwrap_or_else(|| label.clone());
    let (mechanism, kind) = match key_type {
        KeyType::P256 | KeyType::P384 => {
            let curve = match key_type {
                KeyType::P384 => oid::SECP384R1,
                _ => oid::SECP256R1,
            };
            let curve = tlv::value(&[0x06], curve.content());
            (Mechanism::EccKeyPairGen, vec![Attribute::EcParams(curve)])
        }
        KeyType::Ed25519 => {
            // The name of the curve as PKCS#11 3.0 §2.3.10 has it.
            let curve = tlv::value(&[0x13], b"edwards25519");
            let kind = vec![Attribute::EcParams(curve)];
            (Mechanism::EccEdwardsKeyPairGen, kind)
        }
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => {
            let bits = key_type.rsa_bits().unwrap_or(3072);
            let kind = vec![
                Attribute::ModulusBits(bits.try_into().map_err(said)?),
                Attribute::PublicExponent(vec![1, 0, 1]),
            ];
            (Mechanism::RsaPkcsKeyPairGen, kind)
        }
        KeyType::P521 | KeyType::Sm2 | KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87 => {
            let words = format!("{key_type} keys are used from files alone");
            return Err(Pkcs11Error::Unusable(words));
        }
    };
    let mut public = vec![
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::Id(id.clone()),
        Attribute::Label(label.clone()),
    ];
    public.extend(kind);
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Id(id),
        Attribute::Label(label),
    ];
    let made = session.generate_key_pair(&mechanism, &public, &private);
    made.map_err(said)?;
    Ok(NewKey::Made)
}
