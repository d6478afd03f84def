//! SM2 with SM3 (GM/T 0003.2, GM/T 0009), by the crate `sm2`.
//!
//! It computes with secrets in constant time. The number k of a signature comes from the key, the
//! message and fresh random bytes together (RFC 6979 §3.6): neither a bad source of randomness nor
//! a fault that repeats a message gives the key away.

use getrandom::SysRng;
use sm2::SecretKey;
use sm2::dsa::signature::RandomizedSigner;
use sm2::dsa::{Signature, SigningKey};
use sm2::elliptic_curve::Generate;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use zeroize::Zeroizing;

use super::PrivateKey;
use super::kind::refusal;

/// The identity that goes into a signature when nothing else is agreed (GM/T 0009 §10).
const DEFAULT_ID: &str = "1234567812345678";

/// An SM2 key.
pub(super) struct Key {
    key: SigningKey,
    public_key: Vec<u8>,
}

impl Key {
    pub(super) fn take(der: &[u8]) -> Result<Self, String> {
        let secret = SecretKey::from_pkcs8_der(der).map_err(|error| refusal(&error))?;
        let key = SigningKey::new(DEFAULT_ID, &secret).map_err(|error| refusal(&error))?;
        let public_key = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Self { key, public_key })
    }
}

impl PrivateKey for Key {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature: Signature = self.key.try_sign_with_rng(&mut SysRng, message).ok()?;
        Some(signature.to_der().as_bytes().to_vec())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // `sm2` does not wipe a `SigningKey`: another takes its place in memory.
        let mut one = sm2::FieldBytes::default();
        if let Some(last) = one.last_mut() {
            *last = 1;
        }
        if let Ok(nobodys) = SigningKey::from_bytes(DEFAULT_ID, &one) {
            self.key = nobodys;
            std::hint::black_box(&self.key);
        }
    }
}

/// Makes a PKCS#8 key.
pub(super) fn generate() -> Result<Zeroizing<Vec<u8>>, String> {
    let secret = SecretKey::try_generate_from_rng(&mut SysRng);
    let secret = secret.map_err(|error| error.to_string())?;
    let document = secret.to_pkcs8_der().map_err(|error| error.to_string())?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}
