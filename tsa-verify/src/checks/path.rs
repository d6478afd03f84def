//! Check 12, second half: the path above the signer (RFC 5280 §6.1).
//!
//! Shows the path of a token to the checks of [`super::on_path`].

use tsa_core::GenTime;

use super::Case;
use super::on_path::{self, PathCase};
use crate::facts::Facts;
use crate::finding::{Answer, Outcome, SubIndication};
use crate::policy::Model;
use crate::text::{Detail, say};

/// The path of a token's signer.
pub(super) fn case_of<'c>(facts: &'c Facts<'c>, now: Option<GenTime>) -> PathCase<'c> {
    PathCase {
        path: &facts.path,
        first: facts.signer.certificate(),
        certificates: facts.path_certificates(),
        anchor: facts.path_anchor(),
        anchors: facts.anchors.len(),
        valid_at: facts.gen_time(),
        now,
    }
}

/// The checks by their names, for tokens.
macro_rules! for_tokens {
    ($($name:ident)*) => {
        $(pub(super) fn $name<'c>(case: &'c Case<'c>) -> Answer<'c> {
            on_path::$name(&case.path)
        })*
    };
}

for_tokens! {
    found without_path signatures signature_algorithms validity basic_constraints key_usage
    extensions purposes constraints policies anchor_validity
}

/// Under the model of ETSI a token does not outlive its certificates by itself.
pub(super) fn expired_since<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let answer = on_path::expired_since(&case.path);
    match (case.policy.model, answer.outcome) {
        (Model::Etsi, Outcome::Note) => {
            let detail = Detail::later(|| {
                let expired = answer.detail.into_text();
                say!(
                    "按 ETSI 模型，没有证据表明令牌在证书过期之前已存在：{zh}",
                    "by the model of ETSI, since nothing proves that the token existed before: \
                     {en}",
                    zh = expired.zh,
                    en = expired.en
                )
            });
            Answer::failed(SubIndication::OutOfBoundsNoPoe, detail)
        }
        _ => answer,
    }
}
