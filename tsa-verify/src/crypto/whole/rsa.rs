//! RSASSA-PKCS1-v1_5 and RSASSA-PSS for the keys, digests and salts that ring has no answer for
//! (RFC 8017 §8.1.2, §8.2.2).
//!
//! The power of the signature is `rsa`'s; what must come out of it is compared here. For PKCS #1
//! v1.5 that is the one encoding of the digest, byte for byte, as §8.2.2 has it: nothing in the
//! padding or the `DigestInfo` is read, so nothing in them can be left over.

use alloc::vec::Vec;

use crypto_bigint::BoxedUint;
use rsa::RsaPublicKey;
use tsa_core::tlv::{Reader, scan, value};
use tsa_core::{DigestAlgorithm, Integer};

use crate::crypto::digests::digest;
use crate::crypto::public_key::magnitude;
use crate::crypto::{PublicKey, SignatureScheme};
use crate::limits::{RSA_MODULUS_BITS_COMPUTED_MIN, RSA_MODULUS_BITS_MAX};

/// Whether a signature over a message holds; `None` when the size of the key is out of bounds or
/// the digest is not here.
pub(super) fn holds(
    scheme: &SignatureScheme,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let PublicKey::Rsa {
        encoded,
        modulus_bits,
        exponent: Some(exponent),
    } = *key
    else {
        return None;
    };
    let sizes = RSA_MODULUS_BITS_COMPUTED_MIN..=RSA_MODULUS_BITS_MAX;
    if !sizes.contains(&modulus_bits) || exponent > RsaPublicKey::MAX_PUB_EXPONENT {
        return None;
    }
    let message_digest = digest(scheme.digest()?, message)?;
    let opened = open(encoded, modulus_bits, exponent, signature);
    match *scheme {
        SignatureScheme::RsaPkcs1(algorithm) => {
            let wanted = pkcs1_encoding(algorithm, &message_digest, modulus_bits.div_ceil(8));
            Some(opened.is_some() && opened == wanted)
        }
        SignatureScheme::RsaPss {
            digest: algorithm,
            mgf_digest,
            salt_bytes,
        } => {
            let encoding = PssEncoding {
                algorithm,
                mgf_digest,
                salt_bytes: usize::try_from(salt_bytes).ok()?,
                bits: modulus_bits - 1,
            };
            // Known before the signature is looked at: an engine without the digest cannot tell.
            digest(mgf_digest, &[])?;
            Some(opened.is_some_and(|opened| encoding.fits(&message_digest, &opened).is_some()))
        }
        _ => None,
    }
}

/// RSAVP1 with the checks before it (§5.2.2): as many bytes as the modulus has.
fn open(encoded: &[u8], bits: usize, exponent: u64, signature: &[u8]) -> Option<Vec<u8>> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned).sequence("RSAPublicKey").ok()?;
    let modulus: Integer = fields.integer("modulus").ok()?;
    let octets = bits.div_ceil(8);
    if signature.len() != octets {
        return None;
    }
    let precision = u32::try_from(8 * octets).ok()?;
    let number = |digits: &[u8]| BoxedUint::from_be_slice(digits, precision).ok();
    let modulus = number(magnitude(modulus.content()))?;
    let signature = number(signature)?;
    if signature >= modulus {
        return None;
    }
    let sizes = RSA_MODULUS_BITS_COMPUTED_MIN..=RSA_MODULUS_BITS_MAX;
    let key = RsaPublicKey::new_with_size_limits(modulus, BoxedUint::from(exponent), sizes).ok()?;
    let opened = rsa::hazmat::rsa_encrypt(&key, &signature).ok()?;
    let opened = opened.to_be_bytes();
    let start = opened.len().checked_sub(octets)?;
    opened.get(start..).map(<[u8]>::to_vec)
}

/// EMSA-PKCS1-v1_5 (§9.2), with NULL as the parameters of the digest (§B.1).
fn pkcs1_encoding(algorithm: DigestAlgorithm, digest: &[u8], octets: usize) -> Option<Vec<u8>> {
    let identifier = [
        value(&[0x06], algorithm.oid().content()),
        value(&[0x05], &[]),
    ];
    let info = [value(&[0x30], &identifier.concat()), value(&[0x04], digest)];
    let info = value(&[0x30], &info.concat());
    // Eight octets of padding at least, and three around them.
    let padding = octets
        .checked_sub(info.len() + 3)
        .filter(|octets| *octets >= 8)?;
    let mut encoding = Vec::with_capacity(octets);
    encoding.extend_from_slice(&[0, 1]);
    encoding.resize(2 + padding, 0xff);
    encoding.push(0);
    encoding.extend_from_slice(&info);
    Some(encoding)
}

/// EMSA-PSS (§9.1).
struct PssEncoding {
    algorithm: DigestAlgorithm,
    mgf_digest: DigestAlgorithm,
    salt_bytes: usize,
    /// One less than the modulus has.
    bits: usize,
}

impl PssEncoding {
    /// EMSA-PSS-VERIFY (§9.1.2); its steps by number.
    fn fits(&self, message_digest: &[u8], opened: &[u8]) -> Option<()> {
        let octets = self.bits.div_ceil(8);
        let (above, encoded) = opened.split_at_checked(opened.len().checked_sub(octets)?)?;
        if above.iter().any(|octet| *octet != 0) {
            return None;
        }
        // 3, 4
        let digest_octets = self.algorithm.digest_bytes();
        let masked_octets = octets.checked_sub(digest_octets + 1)?;
        let padding = masked_octets.checked_sub(self.salt_bytes.checked_add(1)?)?;
        let (&trailer, encoded) = encoded.split_last()?;
        if trailer != 0xbc {
            return None;
        }
        // 5, 6
        let (masked, salted_digest) = encoded.split_at_checked(masked_octets)?;
        let unused = u32::try_from(8 * octets - self.bits).ok()?;
        let used = 0xff_u8.checked_shr(unused)?;
        if masked.first()? & !used != 0 {
            return None;
        }
        // 7, 8, 9
        let mask = self.mask(salted_digest, masked_octets)?;
        let mut block: Vec<u8> = masked.iter().zip(mask).map(|(a, b)| a ^ b).collect();
        *block.first_mut()? &= used;
        // 10, 11
        let (zeros, rest) = block.split_at_checked(padding)?;
        let (&one, salt) = rest.split_first()?;
        if one != 1 || zeros.iter().any(|octet| *octet != 0) {
            return None;
        }
        // 12, 13, 14
        let salted = [&[0; 8], message_digest, salt].concat();
        (digest(self.algorithm, &salted)? == salted_digest).then_some(())
    }

    /// MGF1 (§B.2.1).
    fn mask(&self, seed: &[u8], octets: usize) -> Option<Vec<u8>> {
        let mut mask = Vec::with_capacity(octets + self.mgf_digest.digest_bytes());
        let mut counter = 0_u32;
        while mask.len() < octets {
            let block = [seed, &counter.to_be_bytes()].concat();
            mask.extend(digest(self.mgf_digest, &block)?);
            counter += 1;
        }
        mask.truncate(octets);
        Some(mask)
    }
}
