//! Object identifiers by the names their standards use.
//!
//! Values only; which of them is acceptable where is decided by the server's configuration and by
//! `tsa-verify`.

use crate::ObjectIdentifier;

/// `1.2.840.113549.2.5` (RFC 1321).
pub const MD5: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05]);
/// `1.3.14.3.2.26` (FIPS 180-4).
pub const SHA_1: ObjectIdentifier = ObjectIdentifier::literal(&[0x2b, 0x0e, 0x03, 0x02, 0x1a]);
/// `2.16.840.1.101.3.4.2.4` (FIPS 180-4).
pub const SHA_224: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04]);
/// `2.16.840.1.101.3.4.2.1` (FIPS 180-4).
pub const SHA_256: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
/// `2.16.840.1.101.3.4.2.2` (FIPS 180-4).
pub const SHA_384: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02]);
/// `2.16.840.1.101.3.4.2.3` (FIPS 180-4).
pub const SHA_512: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]);
/// `2.16.840.1.101.3.4.2.5` (FIPS 180-4).
pub const SHA_512_224: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x05]);
/// `2.16.840.1.101.3.4.2.6` (FIPS 180-4).
pub const SHA_512_256: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x06]);
/// `2.16.840.1.101.3.4.2.7` (FIPS 202).
pub const SHA3_224: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x07]);
/// `2.16.840.1.101.3.4.2.8` (FIPS 202).
pub const SHA3_256: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08]);
/// `2.16.840.1.101.3.4.2.9` (FIPS 202).
pub const SHA3_384: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x09]);
/// `2.16.840.1.101.3.4.2.10` (FIPS 202).
pub const SHA3_512: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x0a]);
/// `1.2.156.10197.1.401` (GB/T 32905).
pub const SM3: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11]);

/// `1.2.840.113549.1.1.1` (RFC 8017).
pub const RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
/// `1.2.840.113549.1.1.5` (RFC 8017).
pub const SHA_1_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05]);
/// `1.2.840.113549.1.1.14` (RFC 8017).
pub const SHA_224_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0e]);
/// `1.2.840.113549.1.1.11` (RFC 8017).
pub const SHA_256_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);
/// `1.2.840.113549.1.1.12` (RFC 8017).
pub const SHA_384_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c]);
/// `1.2.840.113549.1.1.13` (RFC 8017).
pub const SHA_512_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d]);
/// `1.2.840.113549.1.1.10` (RFC 8017).
pub const RSASSA_PSS: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]);
/// `1.2.840.113549.1.1.8` (RFC 8017).
pub const MGF1: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08]);
/// `1.2.840.10045.2.1` (RFC 5480).
pub const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
/// `1.2.840.10045.4.1` (RFC 3279).
pub const ECDSA_WITH_SHA_1: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]);
/// `1.2.840.10045.4.3.1` (RFC 5758).
pub const ECDSA_WITH_SHA_224: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01]);
/// `1.2.840.10045.4.3.2` (RFC 5758).
pub const ECDSA_WITH_SHA_256: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
/// `1.2.840.10045.4.3.3` (RFC 5758).
pub const ECDSA_WITH_SHA_384: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]);
/// `1.2.840.10045.4.3.4` (RFC 5758).
pub const ECDSA_WITH_SHA_512: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]);
/// `1.3.101.112` (RFC 8410).
pub const ED25519: ObjectIdentifier = ObjectIdentifier::literal(&[0x2b, 0x65, 0x70]);
/// `1.2.156.10197.1.501` (GM/T 0006).
pub const SM2_WITH_SM3: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75]);

/// `1.2.840.10045.3.1.7` (RFC 5480).
pub const SECP256R1: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
/// `1.3.132.0.34` (RFC 5480).
pub const SECP384R1: ObjectIdentifier = ObjectIdentifier::literal(&[0x2b, 0x81, 0x04, 0x00, 0x22]);
/// `1.3.132.0.35` (RFC 5480).
pub const SECP521R1: ObjectIdentifier = ObjectIdentifier::literal(&[0x2b, 0x81, 0x04, 0x00, 0x23]);

/// `1.2.840.113549.1.1.4` (RFC 8017).
pub const MD5_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04]);
/// `1.3.14.3.2.29` (OIW security working group).
pub const OIW_SHA_1_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2b, 0x0e, 0x03, 0x02, 0x1d]);
/// `1.2.840.113549.1.1.15` (RFC 8017).
pub const SHA_512_224_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0f]);
/// `1.2.840.113549.1.1.16` (RFC 8017).
pub const SHA_512_256_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x10]);
/// `2.16.840.1.101.3.4.3.13` (NIST CSOR).
pub const SHA3_224_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0d]);
/// `2.16.840.1.101.3.4.3.14` (NIST CSOR).
pub const SHA3_256_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0e]);
/// `2.16.840.1.101.3.4.3.15` (NIST CSOR).
pub const SHA3_384_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0f]);
/// `2.16.840.1.101.3.4.3.16` (NIST CSOR).
pub const SHA3_512_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x10]);
/// `2.16.840.1.101.3.4.3.9` (NIST CSOR).
pub const ECDSA_WITH_SHA3_224: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x09]);
/// `2.16.840.1.101.3.4.3.10` (NIST CSOR).
pub const ECDSA_WITH_SHA3_256: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0a]);
/// `2.16.840.1.101.3.4.3.11` (NIST CSOR).
pub const ECDSA_WITH_SHA3_384: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0b]);
/// `2.16.840.1.101.3.4.3.12` (NIST CSOR).
pub const ECDSA_WITH_SHA3_512: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0c]);
/// `1.3.101.113` (RFC 8410).
pub const ED448: ObjectIdentifier = ObjectIdentifier::literal(&[0x2b, 0x65, 0x71]);
/// `1.2.156.10197.6.1.4.2.2` (GM/T 0010): signed data.
pub const GMT_SIGNED_DATA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02]);
/// `1.2.156.10197.1.301` (GM/T 0006).
pub const SM2: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d]);
/// `1.2.156.10197.1.301.1` (GM/T 0006).
pub const SM2_SIGNATURE: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x01]);
/// `1.2.840.10040.4.1` (RFC 3279).
pub const DSA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]);
/// `1.2.840.10040.4.3` (RFC 3279).
pub const DSA_WITH_SHA_1: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03]);
/// `2.16.840.1.101.3.4.3.1` (RFC 5758).
pub const DSA_WITH_SHA_224: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x01]);
/// `2.16.840.1.101.3.4.3.2` (RFC 5758).
pub const DSA_WITH_SHA_256: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02]);
/// `2.16.840.1.101.3.4.3.3` (NIST CSOR).
pub const DSA_WITH_SHA_384: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x03]);
/// `2.16.840.1.101.3.4.3.4` (NIST CSOR).
pub const DSA_WITH_SHA_512: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x04]);
/// `2.16.840.1.101.3.4.3.17` (RFC 9882).
pub const ML_DSA_44: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11]);
/// `2.16.840.1.101.3.4.3.18` (RFC 9882).
pub const ML_DSA_65: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12]);
/// `2.16.840.1.101.3.4.3.19` (RFC 9882).
pub const ML_DSA_87: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13]);
/// `1.3.36.3.3.2.8.1.1.7` (RFC 5639).
pub const BRAINPOOL_P256R1: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07]);
/// `1.3.36.3.3.2.8.1.1.11` (RFC 5639).
pub const BRAINPOOL_P384R1: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b]);

/// `1.2.840.113549.1.7.1` (RFC 5652 §4).
pub const ID_DATA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
/// `1.2.840.113549.1.7.2` (RFC 5652 §5.1).
pub const ID_SIGNED_DATA: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
/// `1.2.840.113549.1.9.16.1.4` (RFC 3161 §2.4.2).
pub const ID_CT_TST_INFO: ObjectIdentifier = ObjectIdentifier::literal(&[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04,
]);

/// `1.2.840.113549.1.9.3` (RFC 5652 §11.1).
pub const ID_CONTENT_TYPE: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03]);
/// `1.2.840.113549.1.9.4` (RFC 5652 §11.2).
pub const ID_MESSAGE_DIGEST: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04]);
/// `1.2.840.113549.1.9.5` (RFC 5652 §11.3).
pub const ID_SIGNING_TIME: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05]);
/// `1.2.840.113549.1.9.16.2.12` (RFC 5035 §5).
pub const ID_AA_SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::literal(&[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
]);
/// `1.2.840.113549.1.9.16.2.47` (RFC 5035 §3).
pub const ID_AA_SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::literal(&[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
]);
/// `1.2.840.113549.1.9.52` (RFC 6211 §2).
pub const ID_AA_CMS_ALGORITHM_PROTECT: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34]);
/// `1.2.840.113549.1.9.16.2.14` (RFC 3161 Appendix A).
pub const ID_AA_TIME_STAMP_TOKEN: ObjectIdentifier = ObjectIdentifier::literal(&[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e,
]);

/// `1.3.6.1.5.5.7.3.8` (RFC 5280 §4.2.1.12).
pub const ID_KP_TIME_STAMPING: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]);
/// `2.5.29.37.0` (RFC 5280 §4.2.1.12).
pub const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier =
    ObjectIdentifier::literal(&[0x55, 0x1d, 0x25, 0x00]);
/// `2.5.29.32.0` (RFC 5280 §4.2.1.4).
pub const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::literal(&[0x55, 0x1d, 0x20, 0x00]);

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use crate::ObjectIdentifier;

    const ALGORITHMS: &[(ObjectIdentifier, &str)] = &[
        (super::MD5, "1.2.840.113549.2.5"),
        (super::SHA_1, "1.3.14.3.2.26"),
        (super::SHA_224, "2.16.840.1.101.3.4.2.4"),
        (super::SHA_256, "2.16.840.1.101.3.4.2.1"),
        (super::SHA_384, "2.16.840.1.101.3.4.2.2"),
        (super::SHA_512, "2.16.840.1.101.3.4.2.3"),
        (super::SHA_512_224, "2.16.840.1.101.3.4.2.5"),
        (super::SHA_512_256, "2.16.840.1.101.3.4.2.6"),
        (super::SHA3_224, "2.16.840.1.101.3.4.2.7"),
        (super::SHA3_256, "2.16.840.1.101.3.4.2.8"),
        (super::SHA3_384, "2.16.840.1.101.3.4.2.9"),
        (super::SHA3_512, "2.16.840.1.101.3.4.2.10"),
        (super::SM3, "1.2.156.10197.1.401"),
        (super::RSA_ENCRYPTION, "1.2.840.113549.1.1.1"),
        (super::SHA_1_WITH_RSA, "1.2.840.113549.1.1.5"),
        (super::SHA_224_WITH_RSA, "1.2.840.113549.1.1.14"),
        (super::SHA_256_WITH_RSA, "1.2.840.113549.1.1.11"),
        (super::SHA_384_WITH_RSA, "1.2.840.113549.1.1.12"),
        (super::SHA_512_WITH_RSA, "1.2.840.113549.1.1.13"),
        (super::RSASSA_PSS, "1.2.840.113549.1.1.10"),
        (super::MGF1, "1.2.840.113549.1.1.8"),
        (super::EC_PUBLIC_KEY, "1.2.840.10045.2.1"),
        (super::ECDSA_WITH_SHA_1, "1.2.840.10045.4.1"),
        (super::ECDSA_WITH_SHA_224, "1.2.840.10045.4.3.1"),
        (super::ECDSA_WITH_SHA_256, "1.2.840.10045.4.3.2"),
        (super::ECDSA_WITH_SHA_384, "1.2.840.10045.4.3.3"),
        (super::ECDSA_WITH_SHA_512, "1.2.840.10045.4.3.4"),
        (super::ED25519, "1.3.101.112"),
        (super::SM2_WITH_SM3, "1.2.156.10197.1.501"),
        (super::SECP256R1, "1.2.840.10045.3.1.7"),
        (super::SECP384R1, "1.3.132.0.34"),
        (super::SECP521R1, "1.3.132.0.35"),
        (super::MD5_WITH_RSA, "1.2.840.113549.1.1.4"),
        (super::OIW_SHA_1_WITH_RSA, "1.3.14.3.2.29"),
        (super::SHA_512_224_WITH_RSA, "1.2.840.113549.1.1.15"),
        (super::SHA_512_256_WITH_RSA, "1.2.840.113549.1.1.16"),
        (super::SHA3_224_WITH_RSA, "2.16.840.1.101.3.4.3.13"),
        (super::SHA3_256_WITH_RSA, "2.16.840.1.101.3.4.3.14"),
        (super::SHA3_384_WITH_RSA, "2.16.840.1.101.3.4.3.15"),
        (super::SHA3_512_WITH_RSA, "2.16.840.1.101.3.4.3.16"),
        (super::ECDSA_WITH_SHA3_224, "2.16.840.1.101.3.4.3.9"),
        (super::ECDSA_WITH_SHA3_256, "2.16.840.1.101.3.4.3.10"),
        (super::ECDSA_WITH_SHA3_384, "2.16.840.1.101.3.4.3.11"),
        (super::ECDSA_WITH_SHA3_512, "2.16.840.1.101.3.4.3.12"),
        (super::ED448, "1.3.101.113"),
        (super::GMT_SIGNED_DATA, "1.2.156.10197.6.1.4.2.2"),
        (super::SM2, "1.2.156.10197.1.301"),
        (super::SM2_SIGNATURE, "1.2.156.10197.1.301.1"),
        (super::DSA, "1.2.840.10040.4.1"),
        (super::DSA_WITH_SHA_1, "1.2.840.10040.4.3"),
        (super::DSA_WITH_SHA_224, "2.16.840.1.101.3.4.3.1"),
        (super::DSA_WITH_SHA_256, "2.16.840.1.101.3.4.3.2"),
        (super::DSA_WITH_SHA_384, "2.16.840.1.101.3.4.3.3"),
        (super::DSA_WITH_SHA_512, "2.16.840.1.101.3.4.3.4"),
        (super::ML_DSA_44, "2.16.840.1.101.3.4.3.17"),
        (super::ML_DSA_65, "2.16.840.1.101.3.4.3.18"),
        (super::ML_DSA_87, "2.16.840.1.101.3.4.3.19"),
        (super::BRAINPOOL_P256R1, "1.3.36.3.3.2.8.1.1.7"),
        (super::BRAINPOOL_P384R1, "1.3.36.3.3.2.8.1.1.11"),
    ];

    const OTHERS: &[(ObjectIdentifier, &str)] = &[
        (super::ID_DATA, "1.2.840.113549.1.7.1"),
        (super::ID_SIGNED_DATA, "1.2.840.113549.1.7.2"),
        (super::ID_CT_TST_INFO, "1.2.840.113549.1.9.16.1.4"),
        (super::ID_CONTENT_TYPE, "1.2.840.113549.1.9.3"),
        (super::ID_MESSAGE_DIGEST, "1.2.840.113549.1.9.4"),
        (super::ID_SIGNING_TIME, "1.2.840.113549.1.9.5"),
        (
            super::ID_AA_SIGNING_CERTIFICATE,
            "1.2.840.113549.1.9.16.2.12",
        ),
        (
            super::ID_AA_SIGNING_CERTIFICATE_V2,
            "1.2.840.113549.1.9.16.2.47",
        ),
        (super::ID_AA_CMS_ALGORITHM_PROTECT, "1.2.840.113549.1.9.52"),
        (super::ID_AA_TIME_STAMP_TOKEN, "1.2.840.113549.1.9.16.2.14"),
        (super::ID_KP_TIME_STAMPING, "1.3.6.1.5.5.7.3.8"),
        (super::ANY_EXTENDED_KEY_USAGE, "2.5.29.37.0"),
        (super::ANY_POLICY, "2.5.29.32.0"),
    ];

    /// The encoded constants say what their dotted forms say.
    #[test]
    fn constants_read_as_documented() {
        for (identifier, dotted) in ALGORITHMS.iter().chain(OTHERS) {
            assert_eq!(identifier.to_string(), *dotted);
            assert_eq!(dotted.parse(), Ok(*identifier));
        }
    }
}
