//! Encrypted private keys: PBES2 (RFC 8018 §6.2) with scrypt (RFC 7914) or PBKDF2, and AES.
//!
//! How hard a passphrase is to guess is set by numbers in the file, and so is what it costs to try
//! one: they have bounds, which are looked at first. Older schemes (PBES1, PKCS#12, PBKDF2 with
//! SHA-1) are not read.

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::pbes2::{Kdf, Parameters, Pbkdf2Prf};
use pkcs8::pkcs5::{EncryptionScheme, Error as SchemeError};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::secret::Secret;

/// Most rounds of PBKDF2: some seconds.
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// Most memory that scrypt may ask for (128·N·r), in bytes.
const SCRYPT_BYTES_MAX: u64 = 256 << 20;

/// Most of scrypt's work (N·r·p): some seconds.
const SCRYPT_WORK_MAX: u64 = 1 << 23;

/// What new files are encrypted with: N = 2^14, r = 8, p = 5. More memory would be better than the
/// fivefold time, but OpenSSL refuses to read what takes more than 32 MiB.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// Decrypts an `EncryptedPrivateKeyInfo`; the PKCS#8 key inside.
pub(super) fn decrypt(der: &[u8], passphrase: &Secret) -> Result<Zeroizing<Vec<u8>>, String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        format!(
            "its encryption cannot be read ({error}); PBES2 with scrypt or PBKDF2 is, as `openssl \
             pkcs8 -topk8 -v2 aes-256-cbc -scrypt` makes it"
        )
    };
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|error| unreadable(&error))?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(unreadable(&"not PBES2"));
    };
    check_cost(&parameters.kdf)?;
    let mut bytes = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let length = parameters
        .decrypt_in_place(passphrase.reveal(), &mut bytes)
        .map_err(|error| match error {
            SchemeError::DecryptFailed => "the passphrase is wrong".into(),
            error => unreadable(&error),
        })?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

/// Encrypts a PKCS#8 key: scrypt, AES-256-CBC, as OpenSSL reads it.
pub(super) fn encrypt(der: &[u8], passphrase: &Secret) -> Result<Vec<u8>, String> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    let random = SystemRandom::new();
    for bytes in [&mut salt, &mut iv] {
        let filled = random.fill(bytes);
        filled.map_err(|_| "the operating system gives no random numbers".to_owned())?;
    }
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P);
    let cost = cost.map_err(|error| words(&error))?;
    let parameters = Parameters::generate_scrypt_aes256cbc(cost, &salt, iv);
    let parameters = parameters.map_err(|error| words(&error))?;
    let encrypted = parameters.encrypt(passphrase.reveal(), der);
    let encrypted = encrypted.map_err(|error| words(&error))?;
    let info = EncryptedPrivateKeyInfoRef {
        encryption_algorithm: parameters.into(),
        encrypted_data: OctetStringRef::new(&encrypted).map_err(|error| words(&error))?,
    };
    info.to_der().map_err(|error| words(&error))
}

fn check_cost(kdf: &Kdf) -> Result<(), String> {
    let scrypt = kdf.scrypt().map(|it| {
        let memory_unit = it.cost_parameter.saturating_mul(u64::from(it.block_size));
        let work = memory_unit.saturating_mul(u64::from(it.parallelization));
        memory_unit.saturating_mul(128) <= SCRYPT_BYTES_MAX && work <= SCRYPT_WORK_MAX
    });
    let pbkdf2 = kdf
        .pbkdf2()
        .map(|it| it.iteration_count <= PBKDF2_ROUNDS_MAX);
    if kdf
        .pbkdf2()
        .is_some_and(|it| it.prf == Pbkdf2Prf::HmacWithSha1)
    {
        return Err(
            "encrypted with PBKDF2 and SHA-1, which is not read; encrypt it anew with `openssl \
             pkcs8 -topk8 -v2 aes-256-cbc -scrypt`"
                .into(),
        );
    }
    match scrypt.or(pbkdf2) {
        Some(true) => Ok(()),
        Some(false) => Err(format!(
            "it asks for more work than any honest file: at most {PBKDF2_ROUNDS_MAX} rounds of \
             PBKDF2, or {} MiB for scrypt",
            SCRYPT_BYTES_MAX >> 20
        )),
        None => Err("encrypted with a key derivation that is not known".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cannot_ask_for_more_work_than_any_honest_one() {
        for (log_n, r, p, is_honest) in [
            (14, 8, 1, true),
            (18, 8, 4, true),
            (19, 8, 1, false),
            (14, 8, 128, false),
        ] {
            let cost = scrypt::Params::new(log_n, r, p).unwrap();
            let parameters = Parameters::generate_scrypt_aes256cbc(cost, &[7; 16], [0; 16]);
            let checked = check_cost(&parameters.unwrap().kdf);
            assert_eq!(
                checked.is_ok(),
                is_honest,
                "N = 2^{log_n}, r = {r}, p = {p}"
            );
        }
        for (rounds, is_honest) in [(10_000_000, true), (10_000_001, false)] {
            let parameters =
                Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, &[7; 16], [0; 16]);
            assert_eq!(check_cost(&parameters.unwrap().kdf).is_ok(), is_honest);
        }
    }
}
