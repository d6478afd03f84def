//! What may come of each check, and where it is stricter than ETSI EN 319 102-1 and EN 319 422.
//!
//! Codes, clauses and titles are in the table of [`super`]; this is the other half of its lines.
//! Tests hold every finding of every vector to it. Not in scope: the page made of it
//! ([`super::page`]).

use crate::SubIndication::{self, *};

/// What is said in two languages.
pub(super) type Both = (&'static str, &'static str);

/// What may come of one check.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) code: &'static str,
    /// When it was made and is not as it should be.
    pub(super) denies: &'static [SubIndication],
    /// When what it looks at is missing, so that it is *not made* and denies all the same.
    pub(super) missing: &'static [SubIndication],
    /// A departure from a standard that is noted, and a failure under `--strict`.
    pub(super) departs: bool,
    /// When it is *not made* and denies nothing.
    pub(super) unasked: Option<Both>,
    /// Where it is stricter than the European standards.
    pub(super) stricter: Option<Both>,
    /// What of it is not made by this version.
    pub(super) not_yet: Option<Both>,
}

const fn about(
    code: &'static str,
    denies: &'static [SubIndication],
    missing: &'static [SubIndication],
) -> About {
    About {
        code,
        denies,
        missing,
        departs: false,
        unasked: None,
        stricter: None,
        not_yet: None,
    }
}

impl About {
    const fn departs(self) -> Self {
        Self {
            departs: true,
            ..self
        }
    }

    const fn unasked(self, zh: &'static str, en: &'static str) -> Self {
        Self {
            unasked: Some((zh, en)),
            ..self
        }
    }

    const fn stricter(self, zh: &'static str, en: &'static str) -> Self {
        Self {
            stricter: Some((zh, en)),
            ..self
        }
    }

    const fn not_yet(self, zh: &'static str, en: &'static str) -> Self {
        Self {
            not_yet: Some((zh, en)),
            ..self
        }
    }
}

/// One line a check, in the order in which they are made.
pub(super) const ABOUT: &[About] = &[
    about("TSV-010", &[FormatFailure], &[]).stricter(
        "无法读取的报文为 TOTAL-FAILED；大小、层数与数量均有上限，超出者亦不予读取",
        "bytes that cannot be read are TOTAL-FAILED; so is what exceeds the bounds on size, \
             depth and counts, which ETSI does not have",
    ),
    about("TSV-012", &[], &[SignedDataNotFound]).departs(),
    about("TSV-014", &[], &[SignedDataNotFound]),
    about("TSV-020", &[FormatFailure], &[SignedDataNotFound])
        .departs()
        .unasked("单独的令牌没有状态", "a bare token has no status")
        .stricter(
            "EN 319 102-1 只看令牌；此处响应的状态与令牌矛盾时即为失败",
            "EN 319 102-1 looks at the token alone; here a response whose status contradicts its \
             token is a failure",
        ),
    about("TSV-030", &[FormatFailure], &[SignedDataNotFound]).departs(),
    about("TSV-032", &[FormatFailure], &[SignedDataNotFound]).stricter(
        "多个签名者不逐一验证；RFC 3161 只允许一个，故整个令牌失败",
        "several signers are not validated one by one: RFC 3161 allows one, so the token fails",
    ),
    about("TSV-034", &[FormatFailure], &[SignedDataNotFound]),
    about("TSV-036", &[SignedDataNotFound], &[SignedDataNotFound]),
    about("TSV-038", &[], &[SignedDataNotFound]).departs(),
    about("TSV-039", &[], &[SignedDataNotFound]).departs(),
    about("TSV-040", &[FormatFailure], &[SignedDataNotFound]),
    about("TSV-042", &[], &[SignedDataNotFound]).departs(),
    about("TSV-044", &[FormatFailure], &[SignedDataNotFound]),
    about("TSV-046", &[FormatFailure], &[SignedDataNotFound]).stricter(
        "序列号不得为负，不得超过 160 位",
        "the serial number is not negative and has no more than 160 bits",
    ),
    about("TSV-048", &[FormatFailure], &[SignedDataNotFound]).stricter(
        "TSTInfo 中无法识别的关键扩展即为失败",
        "an unknown critical extension of TSTInfo is a failure",
    ),
    about("TSV-050", &[TimestampOrderFailure], &[SignedDataNotFound]).stricter(
        "genTime 不得晚于验证时间；所称精度至多抵扣 10 分钟",
        "genTime is not after the validation time, whatever accuracy it states beyond 10 \
             minutes",
    ),
    about(
        "TSV-060",
        &[CryptoConstraintsFailure],
        &[SignedDataNotFound],
    )
    .stricter(
        "摘要算法须在接受之列，不论年代：默认为不少于 256 位的 SHA-2、SHA-3，或 SM3",
        "the algorithm is one of those accepted, at any date: by default SHA-2 and SHA-3 of \
             256 bits or more, or SM3",
    ),
    about(
        "TSV-062",
        &[FormatFailure],
        &[SignedDataNotFound, CryptoConstraintsFailure],
    ),
    about("TSV-064", &[HashFailure], &[SignedDataNotFound]).stricter(
        "没有可比对的文件或摘要时，结论为 INDETERMINATE，而非通过",
        "without a file or digest to compare with the verdict is INDETERMINATE, never a pass",
    ),
    about("TSV-070", &[FormatFailure], &[SignedDataNotFound]).stricter(
        "CMS 允许没有签名属性；时间戳令牌必须有",
        "CMS allows a signature without signed attributes; a token must have them",
    ),
    about(
        "TSV-071",
        &[FormatFailure],
        &[SignedDataNotFound, SigConstraintsFailure],
    )
    .stricter(
        "任何签名属性重复出现，或不是恰有一个值，均为失败，不限于 CMS 所列各项",
        "any signed attribute that is there twice, or not with one value, is a failure, not \
             only those that CMS names",
    ),
    about(
        "TSV-072",
        &[FormatFailure],
        &[SignedDataNotFound, SigConstraintsFailure],
    ),
    about(
        "TSV-074",
        &[HashFailure, FormatFailure],
        &[
            SignedDataNotFound,
            SigConstraintsFailure,
            CryptoConstraintsFailure,
        ],
    ),
    about("TSV-076", &[], &[]).departs().unasked(
        "没有 signingTime 属性，或没有 genTime",
        "there is no signingTime, or no genTime",
    ),
    about(
        "TSV-080",
        &[NoSigningCertificateFound],
        &[SignedDataNotFound],
    )
    .departs(),
    about(
        "TSV-082",
        &[SigConstraintsFailure],
        &[SignedDataNotFound, SigConstraintsFailure],
    )
    .departs(),
    about(
        "TSV-084",
        &[NoSigningCertificateFound],
        &[
            NoSigningCertificateFound,
            SigConstraintsFailure,
            CryptoConstraintsFailure,
        ],
    )
    .stricter(
        "两个版本的证书标识都在时，两者均须相符，且须与 sid 一致",
        "where both versions of the identifier are there, both must fit, and agree with sid",
    ),
    about(
        "TSV-086",
        &[SigConstraintsFailure],
        &[NoSigningCertificateFound, SigConstraintsFailure],
    )
    .unasked(
        "属性未写明签发者和序列号",
        "the attribute states neither issuer nor serial number",
    )
    .stricter(
        "属性中写明的签发者须恰为一个名称，且与证书相符",
        "issuer and serial number in the attribute must be the certificate's, the issuer by \
             one name",
    ),
    about(
        "TSV-090",
        &[SigConstraintsFailure],
        &[SignedDataNotFound, CryptoConstraintsFailure],
    )
    .departs()
    .stricter(
        "digestAlgorithm 须与签名算法中的摘要相同；CMS 未作要求",
        "digestAlgorithm is the digest of the signature algorithm, which CMS does not ask for",
    ),
    about("TSV-092", &[SigCryptoFailure], &[SignedDataNotFound])
        .unasked("没有该属性", "there is no such attribute")
        .stricter(
            "CMSAlgorithmProtection 不符即为 TOTAL-FAILED",
            "CMSAlgorithmProtection that contradicts is TOTAL-FAILED",
        ),
    about(
        "TSV-094",
        &[SigCryptoFailure],
        &[
            SignedDataNotFound,
            SigConstraintsFailure,
            NoSigningCertificateFound,
            CryptoConstraintsFailure,
        ],
    ),
    about("TSV-096", &[], &[SigConstraintsFailure]).departs(),
    about(
        "TSV-098",
        &[CryptoConstraintsFailure],
        &[SignedDataNotFound],
    )
    .departs()
    .unasked(
        "签名算法未知，由其他检查否决",
        "the algorithm is not known; another check denies it",
    ),
    about(
        "TSV-100",
        &[CryptoConstraintsFailureNoPoe],
        &[SignedDataNotFound, NoSigningCertificateFound],
    )
    .stricter(
        "本版本没有带日期的算法表：MD5、SHA-1、112 位摘要、不足 2048 位的 RSA 及 DSA 在任何时\
             间均被视为过弱",
        "there is no table with dates in this version: MD5, SHA-1, digests of 112 bits, RSA \
             below 2048 bits and DSA are weak at any time",
    )
    .not_yet("带日期的算法表", "a table of algorithms with dates"),
    about(
        "TSV-102",
        &[CryptoConstraintsFailureNoPoe],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    )
    .stricter(
        "同 TSV-100，对证书链上的每个签名和密钥",
        "as TSV-100, for every signature and key of the path",
    )
    .not_yet("带日期的算法表", "a table of algorithms with dates"),
    about(
        "TSV-110",
        &[SigConstraintsFailure],
        &[SignedDataNotFound, NoSigningCertificateFound],
    )
    .departs()
    .unasked("令牌未写明 tsa 名称", "the token states no tsa name")
    .stricter(
        "tsa 名称须为签名者证书中的名称，不符即否决",
        "a tsa name that is none of the signer's denies the verdict",
    ),
    about("TSV-120", &[HashFailure], &[SignedDataNotFound]).unasked(
        "没有给出请求或要比对的值",
        "no request, or nothing to compare with, was given",
    ),
    about("TSV-122", &[SigConstraintsFailure], &[SignedDataNotFound])
        .unasked(
            "没有给出请求或要比对的值",
            "no request, or nothing to compare with, was given",
        )
        .stricter(
            "给出随机数时，令牌须重复之",
            "a nonce that was given must be repeated",
        ),
    about("TSV-124", &[SigConstraintsFailure], &[SignedDataNotFound])
        .unasked(
            "没有给出请求或要比对的值",
            "no request, or nothing to compare with, was given",
        )
        .stricter(
            "给出策略时，令牌须按该策略签发",
            "a policy that was given must be the token's",
        ),
    about("PKX-005", &[FormatFailure], &[]),
    about(
        "PKX-010",
        &[NoCertificateChainFound],
        &[NoSigningCertificateFound],
    )
    .stricter(
        "只信任调用者给出的信任锚；令牌内的根证书只是证书",
        "only anchors that the caller gave are trusted; a root inside of a token is a \
             certificate like others",
    ),
    about(
        "PKX-020",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound],
    )
    .unasked(
        "未要求用于时间戳（仅 tsa-verify path）",
        "the certificate may be for any purpose (tsa-verify path only)",
    )
    .stricter(
        "扩展密钥用途须在，为关键扩展，且仅含时间戳；EN 319 102-1 留待策略约束",
        "the extended key usage is there, critical, and time-stamping alone; EN 319 102-1 \
             leaves it to constraints of a policy",
    ),
    about(
        "PKX-022",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound],
    )
    .unasked(
        "未要求用于时间戳（仅 tsa-verify path）",
        "the certificate may be for any purpose (tsa-verify path only)",
    )
    .stricter(
        "密钥用途中除 digitalSignature 和 nonRepudiation 外不得有其他",
        "the key usage has nothing but digitalSignature and nonRepudiation",
    ),
    about(
        "PKX-024",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound],
    )
    .unasked(
        "未要求用于时间戳（仅 tsa-verify path）",
        "the certificate may be for any purpose (tsa-verify path only)",
    )
    .stricter(
        "签名者证书不得为 CA 证书",
        "the signer's certificate is not a CA's",
    ),
    about(
        "PKX-026",
        &[NotYetValid, Expired],
        &[
            NoSigningCertificateFound,
            SignedDataNotFound,
            NoCertificateChainFound,
        ],
    )
    .stricter(
        "按 genTime 判断，不按“现在”：签发之时不在有效期内即为 TOTAL-FAILED",
        "judged at genTime and not now: outside of the validity when it was made is \
             TOTAL-FAILED",
    ),
    about(
        "PKX-030",
        &[CertificateChainGeneralFailure],
        &[
            NoSigningCertificateFound,
            NoCertificateChainFound,
            CryptoConstraintsFailure,
        ],
    ),
    about(
        "PKX-031",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    ),
    about(
        "PKX-032",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    )
    .stricter(
        "上级证书按 genTime 判断，全部须在有效期内",
        "issuers are judged at genTime, and all must be valid then",
    ),
    about(
        "PKX-034",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    ),
    about(
        "PKX-036",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    ),
    about(
        "PKX-038",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    )
    .stricter(
        "重复出现或无法解析的扩展亦予否决，不论是否关键",
        "an extension that is there twice or cannot be read denies too, critical or not",
    ),
    about(
        "PKX-040",
        &[ChainConstraintsFailure],
        &[
            NoSigningCertificateFound,
            NoCertificateChainFound,
            ChainConstraintsFailure,
        ],
    )
    .stricter(
        "无法处理的名称形式予以否决，不论是否关键",
        "a form of names that is not processed denies, critical or not",
    ),
    about(
        "PKX-041",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    ),
    about(
        "PKX-042",
        &[ChainConstraintsFailure],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    )
    .unasked(
        "未要求用于时间戳（仅 tsa-verify path）",
        "the certificate may be for any purpose (tsa-verify path only)",
    )
    .stricter(
        "上级写有扩展密钥用途时，其中须有时间戳或任意用途；RFC 5280 未作此要求",
        "an issuer that names key purposes names time-stamping or any, which RFC 5280 does \
             not ask for",
    ),
    about(
        "PKX-050",
        &[],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    ),
    about(
        "PKX-060",
        &[OutOfBoundsNoPoe],
        &[NoSigningCertificateFound, NoCertificateChainFound],
    ),
    about(
        "PKX-070",
        &[Revoked, RevokedCaNoPoe, TryLater],
        &[TryLater, NoSigningCertificateFound, NoCertificateChainFound],
    )
    .unasked(
        "未检查：按要求，或没有数据",
        "not checked: as asked for, or without data",
    )
    .not_yet(
        "令牌证书链的吊销状态；tsa-verify path 用 CRL 检查，尚无 OCSP",
        "revocation of a token's path; tsa-verify path checks CRLs, not yet OCSP",
    ),
    about("TSV-140", &[], &[])
        .unasked("本版本尚不提供", "not offered by this version")
        .not_yet(
            "归档时间戳、证据记录（RFC 4998）、透明日志",
            "archive time-stamps, evidence records (RFC 4998), transparency logs",
        ),
];

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_check_has_its_line_in_order() {
        let known: Vec<&str> = super::super::list().map(|(code, ..)| code).collect();
        let paths_only = ["PKX-005"];
        let told = ABOUT.iter().map(|about| about.code);
        let told: Vec<&str> = told.filter(|code| !paths_only.contains(code)).collect();
        assert_eq!(known, told);
    }

    #[test]
    fn what_was_not_looked_at_disproves_nothing() {
        for about in ABOUT {
            for reason in about.missing {
                let indication = reason.indication();
                assert_eq!(
                    indication,
                    crate::Indication::Indeterminate,
                    "{}",
                    about.code
                );
            }
        }
    }
}
