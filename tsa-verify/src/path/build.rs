//! The search for a path from the signer to a trust anchor, within a budget.
//!
//! A path is a chain of equal names; key identifiers and validity only decide what is tried first.
//! Anchors and candidates come from two lists and stay apart. Bags may be unordered, contain
//! duplicates, loops and thousands of certificates of one name: the work is bounded by
//! [`crate::limits`], and a search that was cut short says so.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use tsa_core::GenTime;

use super::Certificate;
use super::validate::{Defect, PathRule, defects};
use crate::crypto::{CryptoProvider, SignatureAnswer, SignatureScheme};
use crate::limits::{
    PATH_CANDIDATES_MAX, PATH_CERTIFICATES_MAX, PATH_SIGNATURE_CHECKS_MAX, PATH_STEPS_MAX,
};
use crate::text::say;

/// The best path found, with everything that is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct FoundPath {
    /// Indices into the pool, the signer first.
    pub(crate) certificates: Vec<usize>,
    /// Index into the anchors.
    pub(crate) anchor: usize,
    /// The signer itself is the anchor.
    pub(crate) signer_is_anchor: bool,
    pub(crate) defects: Vec<Defect>,
}

/// What the search found.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathFacts {
    pub(crate) best: Option<FoundPath>,
    /// The budget ran out before every possibility was tried.
    pub(crate) cut_short: bool,
}

/// Searches a path from `signer` to one of `anchors`.
pub(crate) fn search(
    pool: &[Certificate<'_>],
    signer: usize,
    anchors: &[Certificate<'_>],
    gen_time: Option<GenTime>,
    crypto: &dyn CryptoProvider,
) -> PathFacts {
    let mut search = Search::new(pool, anchors, gen_time, crypto);
    search.trusts_signer(signer);
    if !search.is_done() {
        search.extend(&mut alloc::vec![signer]);
    }
    if search.best.is_none() {
        // No chain of signatures reaches an anchor: report the first chain of names instead.
        let cut_short = search.cut_short;
        (search.names_only, search.steps, search.cut_short) = (true, 0, false);
        search.extend(&mut alloc::vec![signer]);
        search.cut_short |= cut_short;
    }
    PathFacts {
        best: search.best,
        cut_short: search.cut_short,
    }
}

struct Search<'s, 'a> {
    pool: &'s [Certificate<'a>],
    anchors: &'s [Certificate<'a>],
    gen_time: Option<GenTime>,
    crypto: &'s dyn CryptoProvider,
    by_subject: BTreeMap<&'a [u8], Vec<usize>>,
    anchors_by_subject: BTreeMap<&'a [u8], Vec<usize>>,
    /// Subject and issuer, as indices; an issuer at or above `pool.len()` is an anchor.
    answers: BTreeMap<(usize, usize), SignatureAnswer>,
    names_only: bool,
    steps: usize,
    candidates: usize,
    cut_short: bool,
    best: Option<FoundPath>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(
        pool: &'s [Certificate<'a>],
        anchors: &'s [Certificate<'a>],
        gen_time: Option<GenTime>,
        crypto: &'s dyn CryptoProvider,
    ) -> Self {
        Self {
            pool,
            anchors,
            gen_time,
            crypto,
            by_subject: index_by_subject(pool),
            anchors_by_subject: index_by_subject(anchors),
            answers: BTreeMap::new(),
            names_only: false,
            steps: 0,
            candidates: 0,
            cut_short: false,
            best: None,
        }
    }

    fn is_done(&self) -> bool {
        let found = |best: &FoundPath| self.names_only || best.defects.is_empty();
        self.cut_short || self.best.as_ref().is_some_and(found)
    }

    /// The caller may trust the signer's certificate itself.
    fn trusts_signer(&mut self, signer: usize) {
        let Some(certificate) = self.pool.get(signer) else {
            return;
        };
        let raw = certificate.anatomy.raw;
        if let Some(anchor) = self
            .anchors
            .iter()
            .position(|found| found.anatomy.raw == raw)
        {
            self.best = Some(FoundPath {
                certificates: alloc::vec![signer],
                anchor,
                signer_is_anchor: true,
                defects: defects(&[certificate], self.gen_time),
            });
        }
    }

    /// Extends a path from its last certificate upwards, depth first.
    fn extend(&mut self, path: &mut Vec<usize>) {
        let pool = self.pool;
        let Some(last) = path
            .last()
            .and_then(|index| Some((*index, pool.get(*index)?)))
        else {
            return;
        };
        let (last_index, last) = last;
        let issuer = last.anatomy.issuer;
        for anchor in self
            .anchors_by_subject
            .get(issuer)
            .cloned()
            .unwrap_or_default()
        {
            if self.spend_step() {
                return;
            }
            let number = pool.len() + anchor;
            if self.may_follow(last_index, number) {
                self.judge(path, anchor);
            }
            if self.is_done() {
                return;
            }
        }
        if path.len() >= PATH_CERTIFICATES_MAX {
            return;
        }
        for candidate in self.ordered_candidates(last) {
            if self.spend_step() {
                return;
            }
            let Some(certificate) = pool.get(candidate) else {
                continue;
            };
            let on_path = path
                .iter()
                .filter_map(|index| pool.get(*index))
                .any(|other| other.is_same_entity(certificate));
            if !on_path && self.may_follow(last_index, candidate) {
                path.push(candidate);
                self.extend(path);
                path.pop();
            }
            if self.is_done() {
                return;
            }
        }
    }

    /// Counts a step; `true` when the budget has run out.
    fn spend_step(&mut self) -> bool {
        self.steps += 1;
        self.cut_short |= self.steps > PATH_STEPS_MAX || self.candidates >= PATH_CANDIDATES_MAX;
        self.cut_short
    }

    /// Issuers by name: those whose key identifier fits and who are valid at `genTime` first.
    fn ordered_candidates(&self, below: &Certificate<'_>) -> Vec<usize> {
        let wanted = below.extensions.authority_key_identifier.as_deref();
        let rank = |index: &usize| {
            let Some(certificate) = self.pool.get(*index) else {
                return (true, true);
            };
            let identifier = certificate.extensions.subject_key_identifier.as_deref();
            let other_key = wanted.is_some() && identifier.is_some() && wanted != identifier;
            let valid = self
                .gen_time
                .is_none_or(|time| certificate.is_valid_at(time));
            (other_key, !valid)
        };
        let named = self.by_subject.get(below.anatomy.issuer);
        let mut candidates = named.cloned().unwrap_or_default();
        candidates.sort_by_key(rank);
        candidates
    }

    /// Whether the search goes on from `subject` to `issuer`.
    fn may_follow(&mut self, subject: usize, issuer: usize) -> bool {
        if self.names_only {
            return true;
        }
        if self.answers.len() >= PATH_SIGNATURE_CHECKS_MAX {
            self.cut_short = true;
            return false;
        }
        self.link(subject, issuer) != SignatureAnswer::DoesNotHold
    }

    /// Whether the signature of `subject` holds with the key of `issuer`; asked once for each pair.
    fn link(&mut self, subject: usize, issuer: usize) -> SignatureAnswer {
        if let Some(known) = self.answers.get(&(subject, issuer)) {
            return *known;
        }
        let certificate = |index: usize| match index.checked_sub(self.pool.len()) {
            None => self.pool.get(index),
            Some(anchor) => self.anchors.get(anchor),
        };
        let answer = match (certificate(subject), certificate(issuer)) {
            (Some(subject), Some(issuer)) => self.crypto.verify(
                &SignatureScheme::of_certificate(&subject.anatomy.signature_algorithm),
                issuer.anatomy.subject_public_key_info,
                subject.anatomy.tbs,
                subject.anatomy.signature,
            ),
            _ => SignatureAnswer::DoesNotHold,
        };
        self.answers.insert((subject, issuer), answer);
        answer
    }

    /// Judges a complete path and keeps it if it has fewer defects than the best so far.
    fn judge(&mut self, path: &[usize], anchor: usize) {
        self.candidates += 1;
        let certificates: Vec<&Certificate<'_>> = path
            .iter()
            .filter_map(|index| self.pool.get(*index))
            .collect();
        let mut found = defects(&certificates, self.gen_time);
        found.extend(self.signature_defects(path, anchor));
        let better = self
            .best
            .as_ref()
            .is_none_or(|best| found.len() < best.defects.len());
        if better {
            self.best = Some(FoundPath {
                certificates: path.to_vec(),
                anchor,
                signer_is_anchor: false,
                defects: found,
            });
        }
    }

    fn signature_defects(&mut self, path: &[usize], anchor: usize) -> Vec<Defect> {
        let above = path.iter().skip(1).copied();
        let issuers: Vec<usize> = above.chain([self.pool.len() + anchor]).collect();
        let mut found = Vec::new();
        for (subject, issuer) in path.iter().zip(issuers) {
            let answer = self.link(*subject, issuer);
            let Some(certificate) = self.pool.get(*subject) else {
                continue;
            };
            let (name, issuer) = (certificate.subject(), certificate.issuer());
            let scheme = SignatureScheme::of_certificate(&certificate.anatomy.signature_algorithm);
            found.extend(match answer {
                SignatureAnswer::Holds => None,
                SignatureAnswer::DoesNotHold => Some(Defect {
                    rule: PathRule::Signature,
                    detail: say!(
                        "“{name}”的证书签名用“{issuer}”的密钥验证不成立",
                        "the signature on the certificate of “{name}” does not hold with the key \
                         of “{issuer}”",
                        name = name,
                        issuer = issuer
                    ),
                }),
                SignatureAnswer::Unsupported => Some(Defect {
                    rule: PathRule::SignatureUnsupported,
                    detail: say!(
                        "“{name}”的证书签名算法无法验证：{scheme}",
                        "the signature on the certificate of “{name}” cannot be checked: {scheme}",
                        name = name,
                        scheme = scheme.to_shown()
                    ),
                }),
            });
        }
        found
    }
}

fn index_by_subject<'a>(certificates: &[Certificate<'a>]) -> BTreeMap<&'a [u8], Vec<usize>> {
    let mut index: BTreeMap<&'a [u8], Vec<usize>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (number, certificate) in certificates.iter().enumerate() {
        // A duplicate adds work and nothing else.
        if seen.insert(certificate.anatomy.raw) {
            index
                .entry(certificate.anatomy.subject)
                .or_default()
                .push(number);
        }
    }
    index
}
