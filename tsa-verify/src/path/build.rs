//! The search for a path from a certificate to a trust anchor, within a budget.
//!
//! A path is a chain of equal names; key identifiers, validity and what an issuer says of itself
//! only decide what is tried first. A look upwards that runs out of work is followed by a second
//! one among the certificates that an anchor vouches for ([`super::reach`]). A path that breaks any
//! rule, policies and revocation included, is kept only until a better one is found. Anchors and
//! candidates come from two lists and stay apart. Bags may be unordered, contain duplicates, loops
//! and thousands of certificates of one name: the work is bounded by [`crate::limits`], and a
//! search that was cut short says so. The order of the bag decides nothing.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use tsa_core::GenTime;

use super::Certificate;
use super::defects::{Defect, Defects, PathRule, Step};
use super::entities::Entity;
use super::ground::Ground;
use super::policy_graph::PolicySet;
use super::question::Question;
use super::reach::{Rank, rank, vouched};
use super::validate::judge;
use super::work::{Purpose, Work};
use crate::crypto::{CryptoProvider, PublicKey, SignatureAnswer, SignatureScheme};
use crate::limits::{PATH_CANDIDATES_MAX, PATH_CERTIFICATES_MAX, PATH_STEPS_MAX};
use crate::revocation::{CertificateStatus, CrlSearch, push_defect};
use crate::text::{say, words};

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
    /// user-constrained-policy-set
    pub(crate) policies: PolicySet,
    /// Of each certificate, where revocation was asked for.
    pub(crate) statuses: Vec<CertificateStatus>,
}

/// What the search found.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathFacts {
    pub(crate) best: Option<FoundPath>,
    /// The budget ran out before every possibility was tried.
    pub(crate) cut_short: bool,
}

/// Searches a path from the signer of a time-stamp to one of `anchors`. The first `from_token`
/// certificates of the pool came with the token.
pub(crate) fn search(
    pool: &[Certificate<'_>],
    from_token: usize,
    signer: usize,
    anchors: &[Certificate<'_>],
    gen_time: Option<GenTime>,
    crypto: &dyn CryptoProvider,
) -> PathFacts {
    let mut ground = Ground::new(pool, anchors, crypto).with_given_from(from_token);
    search_for(&mut ground, signer, &Question::of_signer(gen_time), None)
}

/// Searches a path that answers a question; revocation is part of it where CRLs are given.
pub(crate) fn search_for<'a>(
    ground: &mut Ground<'_, 'a>,
    signer: usize,
    question: &Question,
    revocation: Option<&mut CrlSearch<'a>>,
) -> PathFacts {
    let mut search = Search::new(ground, question, revocation);
    search.trusts_signer(signer);
    if !search.is_done() {
        search.look(signer);
    }
    if search.best.is_none() {
        // No chain of signatures reaches an anchor: report the first chain of names instead.
        let cut_short = search.cut_short;
        (search.names_only, search.steps, search.cut_short) = (true, 0, false);
        search.ground.work = Work::default();
        search.extend(&mut alloc::vec![signer]);
        search.cut_short |= cut_short;
    }
    PathFacts {
        best: search.best.take().map(|best| search.in_words(best)),
        cut_short: search.cut_short,
    }
}

/// Searches a path without a defect to this one anchor; the numbers of its chain, the anchor's
/// last.
pub(crate) fn search_sound<'a>(
    ground: &mut Ground<'_, 'a>,
    signer: usize,
    anchor: usize,
    question: &Question,
    revocation: &mut CrlSearch<'a>,
) -> Option<Vec<usize>> {
    let mut search = Search::new(ground, question, Some(revocation));
    search.only_anchor = Some(anchor);
    search.look(signer);
    let best = search.best.take().filter(|best| best.defects == 0)?;
    Some(ground.chain(&best.certificates, Some(best.anchor)))
}

/// A complete path and the number of its defects.
struct Candidate {
    certificates: Vec<usize>,
    anchor: usize,
    signer_is_anchor: bool,
    defects: usize,
}

struct Search<'g, 's, 'a> {
    ground: &'g mut Ground<'s, 'a>,
    question: &'g Question,
    revocation: Option<&'g mut CrlSearch<'a>>,
    only_anchor: Option<usize>,
    names_only: bool,
    /// The certificates of the pool that an anchor vouches for, once they have been looked for.
    vouched: Option<BTreeSet<usize>>,
    steps: usize,
    candidates: usize,
    cut_short: bool,
    best: Option<Candidate>,
}

impl<'g, 's, 'a> Search<'g, 's, 'a> {
    fn new(
        ground: &'g mut Ground<'s, 'a>,
        question: &'g Question,
        revocation: Option<&'g mut CrlSearch<'a>>,
    ) -> Self {
        Self {
            ground,
            question,
            revocation,
            only_anchor: None,
            names_only: false,
            vouched: None,
            steps: 0,
            candidates: 0,
            cut_short: false,
            best: None,
        }
    }

    fn is_done(&self) -> bool {
        let found = |best: &Candidate| self.names_only || best.defects == 0;
        self.cut_short || self.best.as_ref().is_some_and(found)
    }

    /// Looks upwards; when work runs out, downwards from the anchors, and once more upwards among
    /// what they vouch for.
    fn look(&mut self, signer: usize) {
        // A search for the signer of a CRL is one within another.
        let before = core::mem::take(&mut self.ground.work.purpose);
        self.extend(&mut alloc::vec![signer]);
        if !self.cut_short || !self.ground.is_large() {
            self.ground.work.purpose = before;
            return;
        }
        let vouched = vouched(self.ground, self.question, signer);
        // Whoever was left out is vouched for by nobody, unless work has run out again.
        let cut_short = self.ground.work.is_spent();
        self.ground.work.purpose = Purpose::SecondLook;
        (self.vouched, self.steps, self.candidates) = (Some(vouched), 0, 0);
        self.cut_short = false;
        self.extend(&mut alloc::vec![signer]);
        self.cut_short |= cut_short;
        (self.vouched, self.ground.work.purpose) = (None, before);
    }

    /// The caller may trust the signer's certificate itself.
    fn trusts_signer(&mut self, signer: usize) {
        let Some(certificate) = self.ground.pool.get(signer) else {
            return;
        };
        let raw = certificate.anatomy.raw;
        let mut anchors = self.ground.anchors.iter();
        if let Some(anchor) = anchors.position(|found| found.anatomy.raw == raw) {
            let mut found = Defects::counted();
            let steps = self.ground.steps(&[signer]);
            let names = &mut self.ground.name_answers;
            judge(&steps, self.question, names, &mut found);
            self.best = Some(Candidate {
                certificates: alloc::vec![signer],
                anchor,
                signer_is_anchor: true,
                defects: found.count,
            });
        }
    }

    /// Extends a path from its last certificate upwards, depth first.
    fn extend(&mut self, path: &mut Vec<usize>) {
        let Some((last, entity)) = path
            .last()
            .and_then(|index| Some((*index, self.ground.entity(*index)?)))
        else {
            return;
        };
        for anchor in self.ground.anchors_named(entity.issuer) {
            if self.only_anchor.is_some_and(|only| only != anchor) {
                continue;
            }
            if self.spend_step() {
                return;
            }
            let number = self.ground.pool.len() + anchor;
            if self.may_follow(last, number) {
                self.judge(path, anchor);
            }
            if self.is_done() {
                return;
            }
        }
        if path.len() >= PATH_CERTIFICATES_MAX {
            return;
        }
        for candidate in self.ordered_candidates(last, entity, path.len()) {
            if self.spend_step() {
                return;
            }
            if !self.is_on(path, candidate) && self.may_follow(last, candidate) {
                path.push(candidate);
                self.extend(path);
                path.pop();
            }
            if self.is_done() {
                return;
            }
        }
    }

    fn is_on(&self, path: &[usize], candidate: usize) -> bool {
        let entity = |index: &usize| self.ground.entity(*index);
        entity(&candidate)
            .is_none_or(|new| path.iter().filter_map(entity).any(|old| old.is_same(new)))
    }

    /// Counts a step; `true` when the budget has run out.
    fn spend_step(&mut self) -> bool {
        self.steps += 1;
        self.cut_short |= self.steps > PATH_STEPS_MAX || self.candidates >= PATH_CANDIDATES_MAX;
        self.cut_short
    }

    /// Issuers by name, the likeliest first. Of a large bag only those from which names lead to an
    /// anchor, and those that an anchor vouches for when that is known.
    fn ordered_candidates(&mut self, below: usize, entity: Entity, length: usize) -> Vec<usize> {
        let named = self.ground.named(entity.issuer);
        let below = self.ground.pool.get(below);
        let mut candidates: Vec<(Rank, usize)> = Vec::with_capacity(named.len());
        for number in named {
            if self
                .vouched
                .as_ref()
                .is_some_and(|vouched| !vouched.contains(&number))
            {
                continue;
            }
            let height = match (self.ground.is_large(), self.ground.entity(number)) {
                (true, Some(entity)) => self.ground.reach().height(entity.issuer),
                _ => Some(0),
            };
            if let Some(height) = height.filter(|more| length + more < PATH_CERTIFICATES_MAX) {
                let rank = rank(self.ground, self.question, below, number, height);
                candidates.push((rank, number));
            }
        }
        // Equal ranks stay in the order of the bytes.
        candidates.sort_by_key(|(rank, _)| *rank);
        candidates.into_iter().map(|(_, number)| number).collect()
    }

    /// Whether the search goes on from `subject` to `issuer`.
    fn may_follow(&mut self, subject: usize, issuer: usize) -> bool {
        if self.names_only {
            return true;
        }
        match self.ground.link(subject, issuer) {
            Some(answer) => answer != SignatureAnswer::DoesNotHold,
            None => {
                self.cut_short = true;
                false
            }
        }
    }

    /// Judges a complete path and keeps it if it has fewer defects than the best so far.
    fn judge(&mut self, path: &[usize], anchor: usize) {
        self.candidates += 1;
        let mut found = Defects::counted();
        self.all_defects(path, anchor, &mut found);
        let best = self.best.as_ref();
        if best.is_none_or(|best| found.count < best.defects) {
            self.best = Some(Candidate {
                certificates: path.to_vec(),
                anchor,
                signer_is_anchor: false,
                defects: found.count,
            });
        }
    }

    fn in_words(&mut self, best: Candidate) -> FoundPath {
        let mut found = Defects::listed();
        let (policies, statuses) = match best.signer_is_anchor {
            true => {
                let steps = self.ground.steps(&best.certificates);
                let names = &mut self.ground.name_answers;
                let policies = judge(&steps, self.question, names, &mut found);
                (policies, Vec::new())
            }
            false => self.all_defects(&best.certificates, best.anchor, &mut found),
        };
        FoundPath {
            certificates: best.certificates,
            anchor: best.anchor,
            signer_is_anchor: best.signer_is_anchor,
            defects: found.into_list(),
            policies,
            statuses,
        }
    }

    fn all_defects(
        &mut self,
        path: &[usize],
        anchor: usize,
        found: &mut Defects,
    ) -> (PolicySet, Vec<CertificateStatus>) {
        let chain = self.ground.chain(path, Some(anchor));
        let steps = self.ground.steps(&chain);
        let names = &mut self.ground.name_answers;
        let policies = judge(&steps, self.question, names, found);
        let keys = self.ground.working_keys(&chain);
        let links = chain.iter().zip(chain.iter().skip(1));
        let pairs = steps.iter().zip(steps.iter().skip(1));
        for (((subject, issuer), (step, above)), key) in links.zip(pairs).zip(keys.iter().skip(1)) {
            let answer = self.ground.link_with(*subject, *issuer, key);
            link_defects(answer, step, above, found);
        }
        let statuses = match self.names_only {
            true => Vec::new(),
            false => self.statuses(&chain, &steps, found),
        };
        (policies, statuses)
    }

    /// Whether each certificate below the anchor is revoked (RFC 5280 §6.1.3 (a)(3)).
    fn statuses(
        &mut self,
        chain: &[usize],
        steps: &[Step<'_, '_>],
        found: &mut Defects,
    ) -> Vec<CertificateStatus> {
        let (Some(revocation), Some(at)) = (self.revocation.as_deref_mut(), self.question.at)
        else {
            return Vec::new();
        };
        let mut statuses = Vec::with_capacity(chain.len());
        for (position, step) in steps.iter().enumerate().filter(|(_, one)| !one.is_anchor) {
            let status = revocation.status(self.ground, at, chain, position);
            push_defect(&status, step.name(), position == 0, found);
            statuses.push(status);
        }
        statuses
    }
}

fn link_defects(
    answer: Option<SignatureAnswer>,
    step: &Step<'_, '_>,
    above: &Step<'_, '_>,
    found: &mut Defects,
) {
    let anatomy = &step.certificate.anatomy;
    let scheme = SignatureScheme::of_certificate(&anatomy.signature_algorithm);
    // Denied by the checks of strength; here it only makes another path the better one.
    let key = PublicKey::read(above.certificate.anatomy.subject_public_key_info);
    found.count_silently(usize::from(scheme.is_weak()));
    found.count_silently(usize::from(key.is_some_and(|key| key.is_weak())));
    match answer {
        Some(SignatureAnswer::Holds) => {}
        Some(SignatureAnswer::DoesNotHold) => found.push(PathRule::Signature, || {
            say!(
                "「{name}」的证书签名用「{issuer}」的密钥验证不成立",
                "the signature on the certificate of “{name}” does not hold with the key of \
                 “{issuer}”",
                name = step.name(),
                issuer = above.name()
            )
        }),
        None => found.push(PathRule::SignatureUnsupported, || {
            say!(
                "「{name}」的证书签名未验证：超出工作量上限",
                "the signature on the certificate of “{name}” was not checked: the budget of \
                 work is used up",
                name = step.name()
            )
        }),
        Some(SignatureAnswer::Unsupported) => found.push(PathRule::SignatureUnsupported, || {
            say!(
                "「{name}」的证书签名算法无法验证：{scheme_zh}",
                "the signature on the certificate of “{name}” cannot be checked: {scheme_en}",
                name = step.name(),
                scheme_zh = words::scheme(&scheme).zh,
                scheme_en = words::scheme(&scheme).en
            )
        }),
    }
}
