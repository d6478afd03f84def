//! Keys of RSA and DSA: what they are restricted to, those that are none, and of unusual sizes.

use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm as Digest, oid};
use tsa_verify::{
    CryptoProvider, SignatureAnswer, SignatureScheme, WholeProvider, WithDsa, hex,
    inherit_dsa_parameters,
};

use crate::algorithms::{RSA, rsa};
use crate::strangers::{Stranger, pss, subject_public_key_info};

#[test]
fn keys_for_pss_are_for_nothing_else() {
    let (with_params, how) = pss(Digest::Sha256, Digest::Sha256, 32);
    let restricted = "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 \
        -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 \
        -pkeyopt rsa_pss_keygen_saltlen:32";
    let table = [
        ("the same", 32, SignatureAnswer::Holds),
        ("a longer salt", 40, SignatureAnswer::Holds),
    ];
    for (name, salt_bytes, expected) in table {
        let (algorithm, how) = pss(Digest::Sha256, Digest::Sha256, salt_bytes);
        let key = Stranger::by_openssl(restricted, algorithm, Digest::Sha256, &how);
        let answer = key.answer(&WholeProvider, &key.subject_public_key_info);
        assert_eq!(answer, expected, "{name}");
    }
    // A signature that would hold with the same key, were it not restricted.
    let free = Stranger::by_openssl(RSA, with_params, Digest::Sha256, &how);
    let rsa_key = &free.subject_public_key_info[24..];
    let of_key = |digest, salt_bytes| {
        let (algorithm, _) = pss(digest, digest, salt_bytes);
        subject_public_key_info(&algorithm, rsa_key)
    };
    let table = [
        (of_key(Digest::Sha256, 20), SignatureAnswer::Holds),
        (of_key(Digest::Sha256, 33), SignatureAnswer::DoesNotHold),
        (of_key(Digest::Sha384, 20), SignatureAnswer::DoesNotHold),
        (
            subject_public_key_info(&AlgorithmIdentifier::absent(oid::RSASSA_PSS), rsa_key),
            SignatureAnswer::Holds,
        ),
        (
            subject_public_key_info(&AlgorithmIdentifier::null(oid::RSASSA_PSS), rsa_key),
            SignatureAnswer::DoesNotHold,
        ),
    ];
    for (key, expected) in table {
        assert_eq!(
            free.answer(&WholeProvider, &key),
            expected,
            "{}",
            hex(&key[..40])
        );
    }
    let pkcs1 = rsa(oid::SHA_256_WITH_RSA, Digest::Sha256);
    let of_pss = AlgorithmIdentifier::absent(oid::RSASSA_PSS);
    let key = subject_public_key_info(&of_pss, &pkcs1.subject_public_key_info[24..]);
    assert_eq!(
        pkcs1.answer(&WholeProvider, &key),
        SignatureAnswer::DoesNotHold
    );
}

/// Moduli and exponents with which no honest signature can be made, or anybody's.
#[test]
fn rsa_keys_that_are_none_sign_nothing() {
    let exponent_1 = |modulus: &[u8]| rsa_key(modulus, &[1]);
    let mut odd = vec![0, 0xc0];
    odd.extend([0x55; 255]);
    let mut even = odd.clone();
    *even.last_mut().unwrap() = 0x54;
    let negative = &odd[1..];
    // With exponent 1 the signature is the encoding itself.
    let mut forged = vec![0, 1];
    forged.extend([0xff; 202]);
    forged.push(0);
    let digest = WholeProvider.digest(Digest::Sha256, b"any").unwrap();
    let algorithm = [value(&[0x06], oid::SHA_256.content()), value(&[0x05], &[])].concat();
    let info = [value(&[0x30], &algorithm), value(&[0x04], &digest)].concat();
    forged.extend(value(&[0x30], &info));
    assert_eq!(forged.len(), 256);
    let table = [
        ("exponent 1", exponent_1(&odd), SignatureAnswer::DoesNotHold),
        (
            "exponent 2",
            rsa_key(&odd, &[2]),
            SignatureAnswer::DoesNotHold,
        ),
        (
            "exponent 0",
            rsa_key(&odd, &[0]),
            SignatureAnswer::Unsupported,
        ),
        (
            "exponent -1",
            rsa_key(&odd, &[0xff]),
            SignatureAnswer::Unsupported,
        ),
        (
            "even modulus",
            rsa_key(&even, &[3]),
            SignatureAnswer::DoesNotHold,
        ),
        (
            "negative modulus",
            rsa_key(negative, &[3]),
            SignatureAnswer::DoesNotHold,
        ),
        (
            "modulus 0",
            rsa_key(&[0], &[3]),
            SignatureAnswer::Unsupported,
        ),
        (
            "short modulus",
            rsa_key(&odd[..100], &[3]),
            SignatureAnswer::Unsupported,
        ),
        (
            "long modulus",
            rsa_key(&[0x55; 2_049], &[3]),
            SignatureAnswer::Unsupported,
        ),
    ];
    for (name, key, expected) in table {
        for digest in [Digest::Sha256, Digest::Sha3_256] {
            let scheme = SignatureScheme::RsaPkcs1(digest);
            let answer = WholeProvider.verify(&scheme, &key, b"any", &forged);
            assert_eq!(answer, expected, "{name}, {digest}");
        }
    }
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = [value(&[0x02], modulus), value(&[0x02], exponent)].concat();
    let algorithm = AlgorithmIdentifier::null(oid::RSA_ENCRYPTION);
    subject_public_key_info(&algorithm, &value(&[0x30], &numbers))
}

/// Sizes outside of what ring takes.
#[test]
fn rsa_of_other_sizes_is_computed() {
    for bits in [1_024, 1_536, 2_049] {
        let key = format!("-algorithm RSA -pkeyopt rsa_keygen_bits:{bits}");
        let algorithm = AlgorithmIdentifier::null(oid::SHA_384_WITH_RSA);
        let key = Stranger::by_openssl(&key, algorithm, Digest::Sha384, "-sha384");
        let answer = key.answer(&WholeProvider, &key.subject_public_key_info);
        assert_eq!(answer, SignatureAnswer::Holds, "{bits}");
    }
}

#[test]
fn dsa_is_checked_where_it_is_asked_for() {
    let key = Stranger::dsa();
    let full = &key.subject_public_key_info;
    let engine = WithDsa(WholeProvider);
    assert_eq!(key.answer(&engine, full), SignatureAnswer::Holds);
    assert_eq!(
        key.answer(&WholeProvider, full),
        SignatureAnswer::Unsupported
    );
    // RFC 3279 §2.3.2: parameters left out are those of the issuer.
    let bare = without_parameters(full);
    assert_eq!(key.answer(&engine, &bare), SignatureAnswer::Unsupported);
    let inherited = inherit_dsa_parameters(&bare, full).unwrap();
    assert_eq!(inherited, *full);
    assert_eq!(inherit_dsa_parameters(full, full), None);
    assert_eq!(inherit_dsa_parameters(&bare, &bare), None);
    let other = inherit_dsa_parameters(&bare, &Stranger::dsa().subject_public_key_info);
    let answer = key.answer(&engine, &other.unwrap());
    assert_eq!(answer, SignatureAnswer::DoesNotHold);
}

/// The key without `Dss-Parms`: it ends in a BIT STRING around the INTEGER y.
fn without_parameters(subject_public_key_info: &[u8]) -> Vec<u8> {
    let scanned = tsa_core::tlv::scan(subject_public_key_info).unwrap();
    let mut fields = tsa_core::tlv::Reader::new(&scanned)
        .sequence("key")
        .unwrap();
    fields.next_element().unwrap();
    let bits = fields.next_element().unwrap().unwrap();
    let algorithm = AlgorithmIdentifier::absent(oid::DSA);
    self::subject_public_key_info(&algorithm, &bits.content[1..])
}
