//! Check 8, its form: how the token's signature algorithm is identified (RFC 4055, RFC 5754,
//! RFC 5758, RFC 8410).
//!
//! What can be read with certainty is read, whatever its form; a form that the algorithm's standard
//! rules out, or advises against for PSS, is a departure. Not in scope: whether the signature
//! holds.

use tsa_core::{AlgorithmIdentifier, Parameters, oid};

use super::{Case, without_signer_info};
use crate::crypto::SignatureScheme;
use crate::finding::{Answer, SubIndication};
use crate::text::{Detail, tell, words};

pub(super) fn usual<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let (Some(info), Some(scheme)) = (case.facts.only_signer(), &case.facts.measured.scheme) else {
        return without_signer_info();
    };
    let identifier = &info.signature_algorithm;
    match scheme {
        // RFC 4055 §3.1: in a signature the parameters are there, and the trailer is 1.
        SignatureScheme::Unknown(found) if *found == oid::RSASSA_PSS => Answer::failed(
            SubIndication::CryptoConstraintsFailure,
            tell!(
                "PSS 的参数缺失或无法使用",
                "the parameters of PSS are missing or cannot be used"
            ),
        ),
        // Another check denies what is not known here.
        SignatureScheme::Unknown(_) => Answer::not_asked(Detail::later(|| words::scheme(scheme))),
        SignatureScheme::RsaPss {
            digest,
            mgf_digest,
            salt_bytes,
        } => {
            let hash_bytes = u64::try_from(digest.digest_bytes()).unwrap_or(u64::MAX);
            match *salt_bytes >= hash_bytes && mgf_digest == digest {
                true => as_it_should_be(identifier),
                // RFC 4055 §3.1: the same digest in both places, and a salt as long as it.
                false => case.deviation(tell!(
                    "PSS 的摘要为 {digest}，MGF1 用 {mask}，盐长 {salt} 字节\
                     （建议同一摘要，盐长不少于 {hash} 字节）",
                    "PSS with {digest}, MGF1 by {mask}, a salt of {salt} bytes; the same digest \
                     and at least {hash} bytes are recommended",
                    digest = digest,
                    mask = mgf_digest,
                    salt = salt_bytes,
                    hash = hash_bytes
                )),
            }
        }
        // RFC 5754 §3.2, RFC 4055 §5: parameters are NULL.
        SignatureScheme::RsaPkcs1(_) => match identifier.parameters {
            Parameters::Null => as_it_should_be(identifier),
            _ => case.deviation(tell!(
                "{found}：参数应为 NULL",
                "{found}: parameters NULL are missing",
                found = identifier.algorithm
            )),
        },
        // RFC 5754 §3.3: the algorithm of a key does not identify a signature.
        _ if identifier.algorithm == oid::EC_PUBLIC_KEY => case.deviation(tell!(
            "{found}：这是密钥算法，而非签名算法",
            "{found} identifies a kind of key, not a signature algorithm",
            found = identifier.algorithm
        )),
        // RFC 5758 §3.2, RFC 8410 §3: parameters are absent.
        _ => match identifier.parameters {
            Parameters::Absent => as_it_should_be(identifier),
            _ => case.deviation(tell!(
                "{found}：不应有参数",
                "{found}: there are parameters, which must be absent",
                found = identifier.algorithm
            )),
        },
    }
}

fn as_it_should_be(identifier: &AlgorithmIdentifier) -> Answer<'_> {
    Answer::passed(tell!("{found}", "{found}", found = identifier.algorithm))
}
