//! Every signature algorithm of `docs/algorithms.md`: a whole token by it, and what must not hold.

use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm as Digest, ObjectIdentifier, Parameters, oid};
use tsa_verify::{
    CryptoProvider, Lang, Outcome, RingProvider, SignatureAnswer, SignatureScheme, WholeProvider,
    WithDsa,
};

use crate::strangers::{Stranger, pss, subject_public_key_info};
use crate::support::{PASSED, summary};

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const SM2: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:SM2";
pub(crate) const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
/// The default identity of SM2, named to OpenSSL, which has none.
const WITH_ID: &str = "-sm3 -sigopt distid:1234567812345678";

fn on_curve(curve: &str, algorithm: ObjectIdentifier, digest: Digest) -> Stranger {
    let key = format!("-algorithm EC -pkeyopt ec_paramgen_curve:{curve}");
    let algorithm = AlgorithmIdentifier::absent(algorithm);
    Stranger::by_openssl(&key, algorithm, digest, &format!("-{digest}"))
}

pub(crate) fn rsa(algorithm: ObjectIdentifier, digest: Digest) -> Stranger {
    let algorithm = AlgorithmIdentifier::null(algorithm);
    Stranger::by_openssl(RSA, algorithm, digest, &format!("-{digest}"))
}

fn rsa_pss(digest: Digest, mgf_digest: Digest, salt_bytes: u8) -> Stranger {
    let (algorithm, how) = pss(digest, mgf_digest, salt_bytes);
    Stranger::by_openssl(RSA, algorithm, digest, &how)
}

fn sm2(algorithm: ObjectIdentifier, how: &str) -> Stranger {
    let algorithm = AlgorithmIdentifier::absent(algorithm);
    Stranger::by_openssl(SM2, algorithm, Digest::Sm3, how)
}

#[test]
fn a_token_by_each_algorithm_passes() {
    let table: Vec<(&str, Stranger)> = vec![
        (
            "P-521",
            on_curve("P-521", oid::ECDSA_WITH_SHA_512, Digest::Sha512),
        ),
        (
            "P-521, SHA-256",
            on_curve("P-521", oid::ECDSA_WITH_SHA_256, Digest::Sha256),
        ),
        (
            "P-256, SHA-512",
            on_curve("P-256", oid::ECDSA_WITH_SHA_512, Digest::Sha512),
        ),
        (
            "P-384, SHA3-384",
            on_curve("P-384", oid::ECDSA_WITH_SHA3_384, Digest::Sha3_384),
        ),
        (
            "bp256",
            on_curve("brainpoolP256r1", oid::ECDSA_WITH_SHA_256, Digest::Sha256),
        ),
        (
            "bp384",
            on_curve("brainpoolP384r1", oid::ECDSA_WITH_SHA_384, Digest::Sha384),
        ),
        (
            "RSA, SHA3-256",
            rsa(oid::SHA3_256_WITH_RSA, Digest::Sha3_256),
        ),
        (
            "RSA, SHA-512/256",
            rsa(oid::SHA_512_256_WITH_RSA, Digest::Sha512_256),
        ),
        (
            "PSS, long salt",
            rsa_pss(Digest::Sha256, Digest::Sha256, 77),
        ),
        ("SM2", sm2(oid::SM2_WITH_SM3, WITH_ID)),
        ("ML-DSA-65", Stranger::ml_dsa()),
    ];
    for (name, stranger) in table {
        let imprint = match stranger.digest {
            Digest::Sm3 => Digest::Sm3,
            _ => Digest::Sha256,
        };
        let report = stranger.judged(imprint);
        assert_eq!(summary(&report), PASSED, "{name}");
        let deviations: Vec<&str> = report
            .findings()
            .iter()
            .filter(|found| found.result == Outcome::Note && found.code >= "TSV-080")
            .filter(|found| found.code < "TSV-110")
            .map(|found| found.code)
            .collect();
        assert!(deviations.is_empty(), "{name}: {deviations:?}");
    }
}

#[test]
fn what_is_weak_or_withdrawn_is_said_to_be() {
    let table: Vec<(&str, Stranger, &str)> = vec![
        (
            "RSA, SHA-224",
            rsa(oid::SHA_224_WITH_RSA, Digest::Sha224),
            "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE TSV-100 TSV-102",
        ),
        (
            "MGF1 with SHA-1",
            rsa_pss(Digest::Sha256, Digest::Sha1, 32),
            "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE TSV-100 TSV-102",
        ),
        (
            "DSA",
            Stranger::dsa(),
            "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE TSV-100 TSV-102",
        ),
    ];
    for (name, stranger, expected) in table {
        assert_eq!(
            summary(&stranger.judged(Digest::Sha256)),
            expected,
            "{name}"
        );
    }
}

/// RFC 4055 §3.1 advises against both; they are read, and named.
#[test]
fn unusual_parameters_of_pss_are_a_deviation() {
    for stranger in [
        rsa_pss(Digest::Sha256, Digest::Sha384, 32),
        rsa_pss(Digest::Sha256, Digest::Sha256, 7),
    ] {
        let report = stranger.judged(Digest::Sha256);
        assert_eq!(summary(&report), PASSED);
        let found = report
            .findings()
            .iter()
            .find(|found| found.code == "TSV-098");
        assert_eq!(found.unwrap().result, Outcome::Note);
    }
}

#[test]
fn sm2_is_known_by_all_its_identifiers_and_holds_with_the_default_identity_only() {
    for algorithm in [oid::SM2_WITH_SM3, oid::SM2_SIGNATURE, oid::SM2] {
        let sound = sm2(algorithm, WITH_ID);
        let answer = sound.answer(&WholeProvider, &sound.subject_public_key_info);
        assert_eq!(answer, SignatureAnswer::Holds);
        let alone = sound.answer(&RingProvider, &sound.subject_public_key_info);
        assert_eq!(alone, SignatureAnswer::Unsupported);
    }
    // With the algorithm as the kind of the key, and the curve left out.
    let sound = sm2(oid::SM2_WITH_SM3, WITH_ID);
    let point = &sound.subject_public_key_info[sound.subject_public_key_info.len() - 65..];
    let key = subject_public_key_info(&AlgorithmIdentifier::absent(oid::SM2), point);
    assert_eq!(sound.answer(&WholeProvider, &key), SignatureAnswer::Holds);
    for how in ["-sm3", "-sm3 -sigopt distid:8765432187654321"] {
        let other = sm2(oid::SM2_WITH_SM3, how);
        let answer = other.answer(&WholeProvider, &other.subject_public_key_info);
        assert_eq!(answer, SignatureAnswer::DoesNotHold, "{how}");
    }
    // On its curve there is SM2, on others there is none.
    let p256 = on_curve("P-256", oid::SM2_WITH_SM3, Digest::Sha256);
    let answer = p256.answer(&WholeProvider, &p256.subject_public_key_info);
    assert_eq!(answer, SignatureAnswer::DoesNotHold);
}

/// GM/T 0003.5 §A.2: the example of a signature on the recommended curve.
#[test]
fn the_example_of_the_sm2_standard_holds() {
    const X: &str = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020";
    const Y: &str = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    const R: &str = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
    const S: &str = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
    let bytes = |hex: &str| -> Vec<u8> {
        let octet = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        hex.as_bytes().chunks(2).map(octet).collect()
    };
    let algorithm = AlgorithmIdentifier {
        algorithm: oid::EC_PUBLIC_KEY,
        parameters: Parameters::Other(value(&[0x06], oid::SM2.content())),
    };
    let key = subject_public_key_info(&algorithm, &[vec![4], bytes(X), bytes(Y)].concat());
    // Both begin with a one bit.
    let integer = |number: &str| value(&[0x02], &[vec![0], bytes(number)].concat());
    let answer = |r: &str, s: &str, message: &[u8]| {
        let signature = value(&[0x30], &[integer(r), integer(s)].concat());
        WholeProvider.verify(&SignatureScheme::Sm2, &key, message, &signature)
    };
    assert_eq!(answer(R, S, b"message digest"), SignatureAnswer::Holds);
    assert_eq!(
        answer(R, S, b"message digesu"),
        SignatureAnswer::DoesNotHold
    );
    assert_eq!(
        answer(S, R, b"message digest"),
        SignatureAnswer::DoesNotHold
    );
}

#[test]
fn points_are_compressed_or_not_and_curves_have_names() {
    let key = on_curve("P-256", oid::ECDSA_WITH_SHA_256, Digest::Sha256);
    let wide = on_curve("P-521", oid::ECDSA_WITH_SHA_512, Digest::Sha512);
    let table = [
        ("uncompressed", SignatureAnswer::Holds),
        ("compressed", SignatureAnswer::Holds),
        ("hybrid", SignatureAnswer::DoesNotHold),
    ];
    for (form, expected) in table {
        for key in [&key, &wide] {
            let encoded = key.public_key(&format!("-ec_conv_form {form}"));
            assert_eq!(key.answer(&WholeProvider, &encoded), expected, "{form}");
        }
    }
    let compressed = key.public_key("-ec_conv_form compressed");
    assert_eq!(
        key.answer(&RingProvider, &compressed),
        SignatureAnswer::Unsupported
    );
    let explicit = key.public_key("-ec_param_enc explicit");
    assert_eq!(
        key.answer(&WholeProvider, &explicit),
        SignatureAnswer::Unsupported
    );
    let point = &key.subject_public_key_info[key.subject_public_key_info.len() - 65..];
    for inherited in [
        AlgorithmIdentifier::absent(oid::EC_PUBLIC_KEY),
        AlgorithmIdentifier::null(oid::EC_PUBLIC_KEY),
    ] {
        let encoded = subject_public_key_info(&inherited, point);
        assert_eq!(
            key.answer(&WholeProvider, &encoded),
            SignatureAnswer::DoesNotHold
        );
    }
}

#[test]
fn a_curve_by_parameters_is_said_to_be_the_reason() {
    let mut key = on_curve("P-256", oid::ECDSA_WITH_SHA_256, Digest::Sha256);
    key.subject_public_key_info = key.public_key("-ec_param_enc explicit");
    let report = key.judged(Digest::Sha256);
    let expected = "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE TSV-094 TSV-096";
    assert!(
        summary(&report).starts_with(expected),
        "{}",
        summary(&report)
    );
    let found = report
        .findings()
        .iter()
        .find(|found| found.code == "TSV-094");
    let detail = &found.unwrap().detail;
    assert!(
        detail.in_lang(Lang::En).contains("RFC 5480 §2.1.1"),
        "{detail:?}"
    );
    assert!(
        detail.in_lang(Lang::Zh).contains("曲线须由名称给出"),
        "{detail:?}"
    );
}

/// One bit of key or signature changed: nothing holds, and nothing panics.
#[test]
fn a_changed_bit_never_holds() {
    let strangers = [
        on_curve("P-521", oid::ECDSA_WITH_SHA_512, Digest::Sha512),
        on_curve("brainpoolP256r1", oid::ECDSA_WITH_SHA_256, Digest::Sha256),
        rsa(oid::SHA3_256_WITH_RSA, Digest::Sha3_256),
        rsa_pss(Digest::Sha256, Digest::Sha256, 7),
        sm2(oid::SM2_WITH_SM3, WITH_ID),
        Stranger::dsa(),
        Stranger::ml_dsa(),
    ];
    let engine = WithDsa(WholeProvider);
    for stranger in strangers {
        let scheme = SignatureScheme::of_certificate(&stranger.algorithm);
        let (key, message) = (&stranger.subject_public_key_info, b"a message");
        let signature = stranger.sign(message);
        let answer = |key: &[u8], signature: &[u8]| engine.verify(&scheme, key, message, signature);
        assert_eq!(
            answer(key, &signature),
            SignatureAnswer::Holds,
            "{scheme:?}"
        );
        // Every byte of what is short; of ML-DSA every byte at the ends and some between.
        let places = |length: usize| {
            (0..length).filter(move |place| *place < 64 || place + 64 > length || place % 31 == 0)
        };
        for (place, bit) in places(signature.len()).zip((0..8).cycle()) {
            let mut changed = signature.clone();
            changed[place] ^= 1 << bit;
            let found = answer(key, &changed);
            assert_eq!(
                found,
                SignatureAnswer::DoesNotHold,
                "{scheme:?} {place}.{bit}"
            );
            assert_ne!(answer(key, &signature[..place]), SignatureAnswer::Holds);
        }
        for (place, bit) in places(key.len()).zip((0..8).cycle()) {
            let mut changed = key.clone();
            changed[place] ^= 1 << bit;
            let found = answer(&changed, &signature);
            assert_ne!(
                found,
                SignatureAnswer::Holds,
                "{scheme:?} key {place}.{bit}"
            );
            assert_ne!(answer(&key[..place], &signature), SignatureAnswer::Holds);
        }
        let longer = [&signature[..], &[0]].concat();
        assert_eq!(
            answer(key, &longer),
            SignatureAnswer::DoesNotHold,
            "{scheme:?}"
        );
    }
}

/// Any key with any scheme: kinds that do not fit never hold.
#[test]
fn a_signature_holds_with_a_key_of_its_own_kind_only() {
    let strangers = [
        Stranger::by_openssl(
            P256,
            AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            Digest::Sha256,
            "-sha256",
        ),
        on_curve("brainpoolP256r1", oid::ECDSA_WITH_SHA_256, Digest::Sha256),
        on_curve("P-521", oid::ECDSA_WITH_SHA_512, Digest::Sha512),
        rsa(oid::SHA_256_WITH_RSA, Digest::Sha256),
        rsa_pss(Digest::Sha256, Digest::Sha256, 32),
        sm2(oid::SM2_WITH_SM3, WITH_ID),
        Stranger::dsa(),
        Stranger::ml_dsa(),
    ];
    let engine = WithDsa(WholeProvider);
    for (number, signer) in strangers.iter().enumerate() {
        let signature = signer.sign(b"a message");
        for (other, (scheme, key)) in strangers
            .iter()
            .map(|found| (&found.algorithm, &found.subject_public_key_info))
            .enumerate()
        {
            let scheme = SignatureScheme::of_certificate(scheme);
            let own_key = engine.verify(
                &scheme,
                &signer.subject_public_key_info,
                b"a message",
                &signature,
            );
            let own_scheme = SignatureScheme::of_certificate(&signer.algorithm);
            let other_key = engine.verify(&own_scheme, key, b"a message", &signature);
            let same = number == other || scheme == own_scheme;
            assert_eq!(own_key == SignatureAnswer::Holds, same, "{number} {other}");
            let same = number == other;
            assert_eq!(
                other_key == SignatureAnswer::Holds,
                same,
                "{number} {other}"
            );
        }
    }
}
