//! Whether a certificate is revoked, by CRLs (RFC 5280 §6.3).
//!
//! In scope: complete and delta CRLs, reasons, distribution points, indirect CRLs, the signers of
//! CRLs and their paths to the same anchor. CRLs come from a bag that nobody trusts; what is found
//! are facts: good, revoked since when and why, or unknown and why. Not in scope: what they mean
//! for a verdict, and at which times they matter, which checks say; fetching; OCSP.

use alloc::string::String;

use tsa_core::GenTime;

use crate::Text;
use crate::path::{Defects, PathRule};
use crate::text::say;

mod bag;
mod crl;
mod points;
mod scope;
mod status;

pub use bag::{CrlBag, CrlError};
pub(crate) use status::CrlSearch;

/// `CRLReason` (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reason(pub(crate) u8);

impl Reason {
    const CERTIFICATE_HOLD: Self = Self(6);
    const REMOVE_FROM_CRL: Self = Self(8);

    /// The name in the standard; `None` for a number that has none.
    pub(crate) fn name(self) -> Option<&'static str> {
        let names = [
            "unspecified",
            "keyCompromise",
            "cACompromise",
            "affiliationChanged",
            "superseded",
            "cessationOfOperation",
            "certificateHold",
            "",
            "removeFromCRL",
            "privilegeWithdrawn",
            "aACompromise",
        ];
        let name = names.get(usize::from(self.0)).copied();
        name.filter(|name| !name.is_empty())
    }
}

/// One entry of a CRL, as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RevokedEntry {
    /// revocationDate
    pub(crate) date: GenTime,
    /// `None` when no reason is stated.
    pub(crate) reason: Option<Reason>,
    /// invalidityDate: since when the key is suspected.
    pub(crate) invalidity_date: Option<GenTime>,
}

/// Why nobody can tell. Of several CRLs the one that came closest counts, so the order matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WhyUnknown {
    /// No CRL is by the issuer, or by whom the certificate names.
    #[default]
    NoCrl,
    /// Only delta CRLs, without the complete one they build upon.
    OnlyDelta,
    /// The CRL is about other certificates, or another distribution point.
    OtherScope,
    /// It has a critical extension that is not processed, or is not what its definition says.
    Unusable,
    /// It was issued after the time in question.
    NotYetIssued,
    /// It says that a newer one was due before, or not when a newer one is due.
    Stale,
    /// No certificate of its signer leads to the same anchor and may sign CRLs.
    NoSigner,
    /// Its signature is by an algorithm that is weak or cannot be checked.
    Algorithm,
    /// Its signature does not hold.
    BadSignature,
    /// Usable CRLs leave out some reasons of revocation.
    SomeReasons,
    /// The certificate's own distribution points cannot be read.
    BadPoints,
    /// The answer depends on itself.
    Circular,
    /// The budget of work is used up.
    Budget,
}

/// What CRLs say of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CertificateStatus {
    /// Not on the CRLs that cover it.
    Good,
    /// On one of them.
    Revoked(RevokedEntry),
    /// Nobody can tell.
    Unknown(WhyUnknown),
}

/// Counts what a status denies; `first` is the certificate below all others.
pub(crate) fn push_defect(
    status: &CertificateStatus,
    name: &str,
    first: bool,
    found: &mut Defects,
) {
    match status {
        CertificateStatus::Good => {}
        CertificateStatus::Unknown(why) => found.push(PathRule::RevocationUnknown, || {
            let why = why.words();
            say!(
                "无法得知「{name}」是否已被吊销：{zh}",
                "whether “{name}” is revoked cannot be told: {en}",
                name = name,
                zh = why.zh,
                en = why.en
            )
        }),
        CertificateStatus::Revoked(entry) => {
            let rule = match (entry.reason, first) {
                (Some(Reason::CERTIFICATE_HOLD), _) => PathRule::OnHold,
                (_, true) => PathRule::Revoked,
                (_, false) => PathRule::RevokedIssuer,
            };
            found.push(rule, || entry.words(name));
        }
    }
}

impl RevokedEntry {
    fn words(&self, name: &str) -> Text {
        let reason = self.reason.map_or_else(
            || say!("未说明原因", "without a reason"),
            |reason| {
                let name = match reason.name() {
                    Some(name) => String::from(name),
                    None => alloc::format!("{}", reason.0),
                };
                say!("原因 {name}", "reason {name}", name = name)
            },
        );
        let invalidity = self.invalidity_date.map_or_else(
            || say!("", ""),
            |date| say!("，失效日期 {date}", ", invalid since {date}", date = date),
        );
        say!(
            "「{name}」已于 {date} 被吊销，{reason_zh}{since_zh}",
            "“{name}” has been revoked at {date}, {reason_en}{since_en}",
            name = name,
            date = self.date,
            reason_zh = reason.zh,
            reason_en = reason.en,
            since_zh = invalidity.zh,
            since_en = invalidity.en
        )
    }
}

impl WhyUnknown {
    fn words(self) -> Text {
        match self {
            Self::NoCrl => say!("没有相应的 CRL", "there is no CRL for it"),
            Self::OnlyDelta => say!(
                "只有增量 CRL，没有其所依据的完整 CRL",
                "there are only delta CRLs, without the complete one they build upon"
            ),
            Self::OtherScope => say!(
                "CRL 针对的是其他证书或其他分发点",
                "the CRL is about other certificates or another distribution point"
            ),
            Self::Unusable => say!(
                "CRL 含有无法处理的关键扩展，或格式有误",
                "the CRL has a critical extension that is not processed, or is malformed"
            ),
            Self::NotYetIssued => say!(
                "CRL 在所问时间之后才签发",
                "the CRL was issued after the time in question"
            ),
            Self::Stale => say!(
                "CRL 已过期，或未写明下次更新时间",
                "the CRL is stale, or does not say when the next one is due"
            ),
            Self::NoSigner => say!(
                "没有可签发 CRL 且通向同一信任锚的 CRL 签发者证书",
                "no certificate of the CRL's signer may sign CRLs and leads to the same anchor"
            ),
            Self::Algorithm => say!(
                "CRL 的签名算法过弱或无法验证",
                "the CRL's signature is by an algorithm that is weak or cannot be checked"
            ),
            Self::BadSignature => say!("CRL 的签名不成立", "the CRL's signature does not hold"),
            Self::SomeReasons => say!(
                "可用的 CRL 未涵盖所有吊销原因",
                "the usable CRLs do not cover all reasons of revocation"
            ),
            Self::BadPoints => say!(
                "证书中的 CRL 分发点无法解析",
                "the certificate's CRL distribution points cannot be read"
            ),
            Self::Circular => say!(
                "CRL 签发者的状态取决于其自身签发的 CRL",
                "the status of the CRL's signer depends on CRLs of its own"
            ),
            Self::Budget => say!("超出工作量上限", "the budget of work is used up"),
        }
    }
}
