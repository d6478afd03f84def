//! ML-DSA without pre-hashing and with an empty context (FIPS 204 §5.3, RFC 9882 §3).

use ml_dsa::{
    EncodedSignature, EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature,
    VerifyingKey,
};

use crate::crypto::MlDsaSet;

/// Whether a signature over a message holds.
pub(super) fn holds(set: MlDsaSet, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match set {
        MlDsaSet::MlDsa44 => holds_with::<MlDsa44>(key, message, signature),
        MlDsaSet::MlDsa65 => holds_with::<MlDsa65>(key, message, signature),
        MlDsaSet::MlDsa87 => holds_with::<MlDsa87>(key, message, signature),
    }
}

fn holds_with<P: MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = EncodedVerifyingKey::<P>::try_from(key) else {
        return false;
    };
    let Ok(signature) = EncodedSignature::<P>::try_from(signature) else {
        return false;
    };
    let signature = Signature::<P>::decode(&signature);
    signature.is_some_and(|signature| {
        VerifyingKey::<P>::decode(&key).verify_with_context(message, &[], &signature)
    })
}
