//! Check 9: strength of every signature algorithm and key (NIST SP 800-131A rev. 2).
//!
//! A fixed rule in this version: MD5, SHA-1 and digests of 112 bits, RSA below 2048 bits, and DSA,
//! are weak at any validation time. A table with dates is not here yet, and every report says so.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::DigestAlgorithm;

use super::{Case, without_certificate, without_signer_info};
use crate::Text;
use crate::crypto::{PublicKey, SignatureScheme, is_weak_digest};
use crate::finding::{Answer, SubIndication};
use crate::path::Certificate;
use crate::policy::Algorithms;
use crate::text::{Detail, say, words};

pub(super) fn token<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(scheme) = &case.facts.measured.scheme else {
        return without_signer_info();
    };
    let Some(certificate) = case.facts.signer.certificate() else {
        return without_certificate();
    };
    // messageDigest binds the statement to the signature, so its digest counts as the scheme's own.
    let info = case.facts.only_signer();
    let digest = info.and_then(|info| info.digest_algorithm.digest_algorithm());
    let detail = move || {
        let (scheme, key) = (words::scheme(scheme), shown_key(certificate));
        say!(
            "{scheme_zh}，messageDigest {digest}，密钥 {key_zh}",
            "{scheme_en}, messageDigest {digest}, key {key_en}",
            scheme_zh = scheme.zh,
            scheme_en = scheme.en,
            digest = digest.map_or("?", DigestAlgorithm::name),
            key_zh = key.zh,
            key_en = key.en
        )
    };
    let weak = scheme.is_weak() || digest.is_some_and(is_weak_digest) || is_weak_key(certificate);
    judged(case.policy.algorithms, weak, detail)
}

pub(super) fn path<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let path = &case.path.certificates;
    if path.is_empty() {
        return super::path::without_path(case);
    }
    // An anchor is trusted as it is: neither its own signature nor that of a signer who is the
    // anchor counts; the anchor's key does.
    let best = case.facts.path.best.as_ref();
    let signer_is_anchor = best.is_some_and(|best| best.signer_is_anchor);
    let signed = if signer_is_anchor { 0 } else { path.len() };
    path_of(path, signed, case.path.anchor, case.policy.algorithms)
}

/// The signatures on the first `signed` certificates of a path, and the keys of their issuers.
pub(crate) fn path_of<'c>(
    path: &'c [&'c Certificate<'c>],
    signed: usize,
    anchor: Option<&'c Certificate<'c>>,
    algorithms: Algorithms,
) -> Answer<'c> {
    let scheme = |certificate: &Certificate<'_>| {
        SignatureScheme::of_certificate(&certificate.anatomy.signature_algorithm)
    };
    let issuers = path.iter().skip(1).copied().chain(anchor);
    let weak_scheme = path
        .iter()
        .take(signed)
        .any(|found| scheme(found).is_weak());
    let weak_key = issuers.clone().any(is_weak_key);
    let detail = move || {
        let (zh, en): (Vec<String>, Vec<String>) = path
            .iter()
            .take(signed)
            .zip(issuers)
            .map(|(certificate, issuer)| {
                let (scheme, key) = (words::scheme(&scheme(certificate)), shown_key(issuer));
                (
                    alloc::format!("{}，密钥 {}", scheme.zh, key.zh),
                    alloc::format!("{} ({})", scheme.en, key.en),
                )
            })
            .unzip();
        Text {
            zh: zh.join("；"),
            en: en.join("; "),
        }
    };
    judged(algorithms, weak_scheme || weak_key, detail)
}

fn judged<'c>(
    algorithms: Algorithms,
    weak: bool,
    detail: impl FnOnce() -> Text + 'c,
) -> Answer<'c> {
    match (weak, algorithms) {
        (false, _) => Answer::passed(Detail::later(detail)),
        (true, Algorithms::Any) => Answer::note(Detail::later(|| {
            let detail = detail();
            say!(
                "过弱，按要求未予否决：{zh}",
                "weak, not denied, as asked for: {en}",
                zh = detail.zh,
                en = detail.en
            )
        })),
        (true, Algorithms::Table) => Answer::failed(
            SubIndication::CryptoConstraintsFailureNoPoe,
            Detail::later(detail),
        ),
    }
}

fn is_weak_key(certificate: &Certificate<'_>) -> bool {
    let key = PublicKey::read(certificate.anatomy.subject_public_key_info);
    key.is_some_and(|key| key.is_weak())
}

fn shown_key(certificate: &Certificate<'_>) -> Text {
    words::key(PublicKey::read(certificate.anatomy.subject_public_key_info).as_ref())
}
