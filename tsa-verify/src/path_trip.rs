//! Trip 2 for a path that is asked for on its own: a certificate and bags of certificates and CRLs
//! become facts, findings, a verdict and a report (RFC 5280 §6.1 and §6.3).
//!
//! The search, the rules and the checks are those of tokens; a token's path is judged inside of its
//! own trip. What is not in scope there is not in scope here.

use alloc::vec::Vec;

use tsa_core::{DecodeError, GenTime};

use crate::checks::on_path::PathCase;
use crate::path::{
    Certificate, Ground, PathFacts, PathPurpose, PolicyInputs, Question, search_for,
};
use crate::policy::Algorithms;
use crate::revocation::{CrlBag, CrlSearch};
use crate::{CertificateBag, CryptoProvider, TrustStore};

mod checks;
mod report;

pub use report::PathReport;

/// What a path is built from; later versions may add to it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PathEvidence<'a> {
    /// The certificate that a path is wanted for (DER).
    pub certificate: &'a [u8],
    /// Certificates that may be steps on the way. Nobody trusts them.
    pub others: &'a CertificateBag,
    /// CRLs. Nobody trusts them.
    pub crls: &'a CrlBag,
}

impl<'a> PathEvidence<'a> {
    /// A certificate, and what may help to judge it.
    #[must_use]
    pub fn new(certificate: &'a [u8], others: &'a CertificateBag, crls: &'a CrlBag) -> Self {
        Self {
            certificate,
            others,
            crls,
        }
    }
}

/// How a path is judged. The default inputs are those of RFC 5280 §6.1.1 with any policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathPolicy {
    /// The time at which certificates must be valid and CRLs current.
    pub at: GenTime,
    /// What the certificate is to be used for.
    pub purpose: PathPurpose,
    /// The inputs about certificate policies.
    pub policies: PolicyInputs,
    /// Whether it must be known of every certificate that it is not revoked. Else revocation is not
    /// looked at, and the report says so.
    pub requires_revocation: bool,
    /// Whether weak algorithms deny the verdict.
    pub algorithms: Algorithms,
}

impl PathPolicy {
    /// For any purpose, under any policy, revocation required, weak algorithms denied.
    #[must_use]
    pub fn at(at: GenTime) -> Self {
        Self {
            at,
            purpose: PathPurpose::Any,
            policies: PolicyInputs::default(),
            requires_revocation: true,
            algorithms: Algorithms::Table,
        }
    }
}

/// The facts about one path.
struct Facts<'a> {
    /// Why the certificate in question is not one.
    unreadable: Option<DecodeError>,
    /// The certificate in question if it is one, then the others.
    pool: Vec<Certificate<'a>>,
    anchors: Vec<Certificate<'a>>,
    path: PathFacts,
}

impl<'a> Facts<'a> {
    fn gather(
        evidence: &PathEvidence<'a>,
        trust: &'a TrustStore,
        policy: &PathPolicy,
        crypto: &dyn CryptoProvider,
    ) -> Self {
        let first = Certificate::read(evidence.certificate);
        let unreadable = first.as_ref().err().cloned();
        let others = evidence.others.certificates();
        let others = others.filter_map(|raw| Certificate::read(raw).ok());
        let pool: Vec<Certificate<'_>> = first.into_iter().chain(others).collect();
        let anchors = trust.anchors().iter();
        let anchors: Vec<Certificate<'_>> = anchors
            .filter_map(|anchor| Certificate::read(&anchor.raw).ok())
            .collect();
        let question = Question {
            at: Some(policy.at),
            purpose: policy.purpose,
            policies: policy.policies.clone(),
        };
        let mut ground = Ground::new(&pool, &anchors, crypto);
        let allows_weak = policy.algorithms == Algorithms::Any;
        let mut crls = policy
            .requires_revocation
            .then(|| CrlSearch::new(evidence.crls, &mut ground, allows_weak));
        let path = match unreadable {
            None => search_for(&mut ground, 0, &question, crls.as_mut()),
            Some(_) => PathFacts::default(),
        };
        Self {
            unreadable,
            path,
            pool,
            anchors,
        }
    }

    fn case(&self, policy: &PathPolicy) -> PathCase<'_> {
        let best = self.path.best.as_ref();
        let numbers = best.map(|best| best.certificates.as_slice());
        let certificate = |number: &usize| self.pool.get(*number);
        PathCase {
            path: &self.path,
            first: self.pool.first().filter(|_| self.unreadable.is_none()),
            certificates: numbers
                .unwrap_or_default()
                .iter()
                .filter_map(certificate)
                .collect(),
            anchor: best.and_then(|best| self.anchors.get(best.anchor)),
            anchors: self.anchors.len(),
            valid_at: Some(policy.at),
            now: Some(policy.at),
        }
    }
}

/// Judges a certificate by the best path that leads from it to a trust anchor. Never panics,
/// whatever the bytes; the work is bounded by [`crate::limits`].
#[must_use]
pub fn verify_path(
    evidence: &PathEvidence<'_>,
    trust: &TrustStore,
    policy: &PathPolicy,
    crypto: &dyn CryptoProvider,
) -> PathReport {
    let facts = Facts::gather(evidence, trust, policy, crypto);
    let findings = checks::all(&facts, policy);
    PathReport::make(evidence, &facts, findings, trust, policy, crypto)
}
