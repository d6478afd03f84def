//! What is accepted of a readable request (RFC 3161 §2.4.1), in the order of the answers.
//!
//! badRequest, badAlg, badDataFormat for a wrong length, unacceptedPolicy, unacceptedExtension: the
//! first that applies is the answer. Who pays and what time it is come later.

use std::collections::BTreeMap;
use std::sync::Arc;

use tsa_core::{
    DigestAlgorithm, Integer, MessageImprint, ObjectIdentifier, PkiFailureInfo, TimeStampReq,
    limits,
};

use super::Rejection;
use crate::signer::TokenSigner;

/// What is offered under one policy.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The policy.
    pub policy: ObjectIdentifier,
    /// Who signs.
    pub signer: Arc<TokenSigner>,
    /// Digests accepted.
    pub hashes: Arc<[DigestAlgorithm]>,
    /// The smallest accuracy that is stated, in microseconds.
    pub accuracy_micros_min: u64,
}

/// All offers, by policy.
#[derive(Debug)]
pub struct Signers {
    default: Offer,
    by_policy: BTreeMap<ObjectIdentifier, Offer>,
}

/// A request that deserves a token.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// What to stamp, echoed byte for byte.
    pub imprint: MessageImprint,
    /// Echoed as the integer it is.
    pub nonce: Option<Integer>,
    /// Whether the chain goes into the token.
    pub cert_req: bool,
    /// Who signs, and under which policy.
    pub offer: Offer,
}

impl Signers {
    /// Offers; the first serves requests that name no policy.
    #[must_use]
    pub fn new(default: Offer, others: Vec<Offer>) -> Self {
        let all = std::iter::once(default.clone()).chain(others);
        let by_policy = all.map(|offer| (offer.policy, offer)).collect();
        Self { default, by_policy }
    }

    /// What a request without a policy gets.
    #[must_use]
    pub fn default_offer(&self) -> &Offer {
        &self.default
    }

    /// All offers, by policy.
    pub fn iter(&self) -> impl Iterator<Item = &Offer> {
        self.by_policy.values()
    }

    /// Accepts a request or says what is wrong with it.
    ///
    /// # Errors
    /// The one rejection that is right.
    pub fn admit(&self, request: TimeStampReq) -> Result<Admitted, Rejection> {
        check_version_and_nonce(&request)?;
        // A policy that is not offered cannot say which digests are accepted; the default does.
        let offer = match request.req_policy {
            None => Some(&self.default),
            Some(policy) => self.by_policy.get(&policy),
        };
        let hashes = &offer.unwrap_or(&self.default).hashes;
        check_imprint(&request.message_imprint, hashes)?;
        let offer = offer.ok_or_else(|| unaccepted_policy(&request, &self.by_policy))?;
        if let Some(extension) = request.extensions.first() {
            let words = format!("the extension {} is not supported", extension.id);
            return Err(Rejection::of_request(
                PkiFailureInfo::UNACCEPTED_EXTENSION,
                words,
            ));
        }
        Ok(Admitted {
            imprint: request.message_imprint,
            nonce: request.nonce,
            cert_req: request.cert_req,
            offer: offer.clone(),
        })
    }
}

fn check_version_and_nonce(request: &TimeStampReq) -> Result<(), Rejection> {
    let bad_request = |words: String| Rejection::of_request(PkiFailureInfo::BAD_REQUEST, words);
    if request.version != Integer::from(1_u64) {
        let version = match request.version.to_u64() {
            Some(version) => version.to_string(),
            None => "the one given".into(),
        };
        return Err(bad_request(format!(
            "version 1 is supported, not {version}"
        )));
    }
    let nonce_bytes = request.nonce.as_ref().map_or(0, magnitude_bytes);
    if nonce_bytes > limits::NONCE_BYTES_MAX {
        let max = limits::NONCE_BYTES_MAX;
        return Err(bad_request(format!(
            "the nonce has {nonce_bytes} bytes, more than {max}"
        )));
    }
    Ok(())
}

/// Bytes of a number without the octet that only holds its sign.
fn magnitude_bytes(number: &Integer) -> usize {
    match number.content() {
        [0, rest @ ..] => rest.len(),
        content => content.len(),
    }
}

fn check_imprint(imprint: &MessageImprint, hashes: &[DigestAlgorithm]) -> Result<(), Rejection> {
    let accepted = imprint
        .digest_algorithm()
        .filter(|algorithm| hashes.contains(algorithm));
    let Some(algorithm) = accepted else {
        let names: Vec<&str> = hashes.iter().map(|algorithm| algorithm.name()).collect();
        let asked = match DigestAlgorithm::from_oid(&imprint.hash_algorithm.algorithm) {
            Some(known) if hashes.contains(&known) => {
                format!("parameters other than NULL are not accepted with {known}")
            }
            Some(known) => format!("{known} is not accepted"),
            None => format!("{} is not accepted", imprint.hash_algorithm.algorithm),
        };
        let words = format!("{asked}; accepted are {}", names.join(", "));
        return Err(Rejection::of_request(PkiFailureInfo::BAD_ALG, words));
    };
    let (is, wanted) = (imprint.hashed_message.len(), algorithm.digest_bytes());
    if is != wanted {
        let words = format!("a {algorithm} digest has {wanted} bytes, not {is}");
        return Err(Rejection::of_request(
            PkiFailureInfo::BAD_DATA_FORMAT,
            words,
        ));
    }
    Ok(())
}

fn unaccepted_policy(
    request: &TimeStampReq,
    offered: &BTreeMap<ObjectIdentifier, Offer>,
) -> Rejection {
    let asked = request
        .req_policy
        .map(|policy| policy.to_string())
        .unwrap_or_default();
    let offered: Vec<String> = offered.keys().map(ToString::to_string).collect();
    let words = format!(
        "the policy {asked} is not offered; offered are {}",
        offered.join(", ")
    );
    Rejection::of_request(PkiFailureInfo::UNACCEPTED_POLICY, words)
}
