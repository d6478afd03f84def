//! The search for a path from the signer to a trust anchor, within a budget.
//!
//! A path is a chain of equal names; key identifiers and validity only decide what is tried first.
//! Anchors and candidates come from two lists and stay apart. Bags may be unordered, contain
//! duplicates, loops and thousands of certificates of one name: the work is bounded by
//! [`crate::limits`], and a search that was cut short says so. The order of the bag decides
//! nothing.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use tsa_core::GenTime;

use super::Certificate;
use super::defects::{Defect, Defects, PathRule, Step};
use super::entities::{Entity, identify};
use super::validate::judge;
use crate::crypto::{CryptoProvider, PublicKey, SignatureAnswer, SignatureScheme};
use crate::limits::{
    PATH_CANDIDATES_MAX, PATH_CERTIFICATES_MAX, PATH_SIGNATURE_CHECKS_MAX, PATH_SIGNED_BYTES_MAX,
    PATH_STEPS_MAX,
};
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
        search.signed_bytes = 0;
        search.extend(&mut alloc::vec![signer]);
        search.cut_short |= cut_short;
    }
    PathFacts {
        best: search.best.take().map(|best| search.in_words(best)),
        cut_short: search.cut_short,
    }
}

/// A complete path and the number of its defects.
struct Candidate {
    certificates: Vec<usize>,
    anchor: usize,
    signer_is_anchor: bool,
    defects: usize,
}

struct Search<'s, 'a> {
    pool: &'s [Certificate<'a>],
    anchors: &'s [Certificate<'a>],
    gen_time: Option<GenTime>,
    crypto: &'s dyn CryptoProvider,
    /// Of the pool, then of the anchors.
    entities: Vec<Entity>,
    by_subject: BTreeMap<usize, Vec<usize>>,
    anchors_by_subject: BTreeMap<usize, Vec<usize>>,
    /// By index of the subject and number of the issuer's key.
    answers: BTreeMap<(usize, usize), SignatureAnswer>,
    signed_bytes: usize,
    names_only: bool,
    steps: usize,
    candidates: usize,
    cut_short: bool,
    best: Option<Candidate>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(
        pool: &'s [Certificate<'a>],
        anchors: &'s [Certificate<'a>],
        gen_time: Option<GenTime>,
        crypto: &'s dyn CryptoProvider,
    ) -> Self {
        let entities = identify(pool.iter().chain(anchors));
        let (of_pool, of_anchors) = entities.split_at(pool.len());
        Self {
            pool,
            anchors,
            gen_time,
            crypto,
            by_subject: index_by_subject(pool, of_pool),
            anchors_by_subject: index_by_subject(anchors, of_anchors),
            entities,
            answers: BTreeMap::new(),
            signed_bytes: 0,
            names_only: false,
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

    /// The caller may trust the signer's certificate itself.
    fn trusts_signer(&mut self, signer: usize) {
        let Some(certificate) = self.pool.get(signer) else {
            return;
        };
        let raw = certificate.anatomy.raw;
        let mut anchors = self.anchors.iter();
        if let Some(anchor) = anchors.position(|found| found.anatomy.raw == raw) {
            let mut found = Defects::counted();
            judge(&self.steps_of(&[signer], None), self.gen_time, &mut found);
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
            .and_then(|index| Some((*index, *self.entities.get(*index)?)))
        else {
            return;
        };
        let anchors = self.anchors_by_subject.get(&entity.issuer).cloned();
        for anchor in anchors.unwrap_or_default() {
            if self.spend_step() {
                return;
            }
            let number = self.pool.len() + anchor;
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
        for candidate in self.ordered_candidates(last, entity) {
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
        let entity = |index: &usize| self.entities.get(*index).copied();
        entity(&candidate)
            .is_none_or(|new| path.iter().filter_map(entity).any(|old| old.is_same(new)))
    }

    /// Counts a step; `true` when the budget has run out.
    fn spend_step(&mut self) -> bool {
        self.steps += 1;
        self.cut_short |= self.steps > PATH_STEPS_MAX || self.candidates >= PATH_CANDIDATES_MAX;
        self.cut_short
    }

    /// Issuers by name: those whose key identifier fits and who are valid at `genTime` first.
    fn ordered_candidates(&self, below: usize, entity: Entity) -> Vec<usize> {
        let below = self.pool.get(below);
        let wanted = below.and_then(|below| below.extensions.authority_key_identifier.as_deref());
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
        let named = self.by_subject.get(&entity.issuer);
        let mut candidates = named.cloned().unwrap_or_default();
        candidates.sort_by_cached_key(rank);
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
        self.link(subject, issuer) != SignatureAnswer::DoesNotHold && !self.cut_short
    }

    /// Whether the signature of `subject` holds with the key of `issuer`; asked once for each pair.
    fn link(&mut self, subject: usize, issuer: usize) -> SignatureAnswer {
        let certificate = |index: usize| match index.checked_sub(self.pool.len()) {
            None => self.pool.get(index),
            Some(anchor) => self.anchors.get(anchor),
        };
        let (Some(below), Some(above), Some(entity)) = (
            certificate(subject),
            certificate(issuer),
            self.entities.get(issuer),
        ) else {
            return SignatureAnswer::DoesNotHold;
        };
        if let Some(known) = self.answers.get(&(subject, entity.key)) {
            return *known;
        }
        self.signed_bytes = self.signed_bytes.saturating_add(below.anatomy.tbs.len());
        if self.signed_bytes > PATH_SIGNED_BYTES_MAX {
            self.cut_short = true;
            return SignatureAnswer::Unsupported;
        }
        let answer = self.crypto.verify(
            &SignatureScheme::of_certificate(&below.anatomy.signature_algorithm),
            above.anatomy.subject_public_key_info,
            below.anatomy.tbs,
            below.anatomy.signature,
        );
        self.answers.insert((subject, entity.key), answer);
        answer
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
        match best.signer_is_anchor {
            true => judge(
                &self.steps_of(&best.certificates, None),
                self.gen_time,
                &mut found,
            ),
            false => self.all_defects(&best.certificates, best.anchor, &mut found),
        }
        FoundPath {
            certificates: best.certificates,
            anchor: best.anchor,
            signer_is_anchor: best.signer_is_anchor,
            defects: found.into_list(),
        }
    }

    fn steps_of(&self, path: &[usize], anchor: Option<usize>) -> Vec<Step<'s, 'a>> {
        let (pool, anchors) = (self.pool, self.anchors);
        let step = |index: usize, certificate, is_anchor| {
            let entity = self.entities.get(index);
            let is_self_issued = entity.is_some_and(|entity| entity.is_self_issued());
            Step::new(certificate, is_self_issued, is_anchor)
        };
        let anchor =
            anchor.and_then(|anchor| Some(step(pool.len() + anchor, anchors.get(anchor)?, true)));
        path.iter()
            .filter_map(|index| Some(step(*index, pool.get(*index)?, false)))
            .chain(anchor)
            .collect()
    }

    fn all_defects(&mut self, path: &[usize], anchor: usize, found: &mut Defects) {
        let steps = self.steps_of(path, Some(anchor));
        judge(&steps, self.gen_time, found);
        let above = path.iter().skip(1).copied();
        let issuers: Vec<usize> = above.chain([self.pool.len() + anchor]).collect();
        for ((subject, issuer), (step, above)) in path
            .iter()
            .zip(issuers)
            .zip(steps.iter().zip(steps.iter().skip(1)))
        {
            let answer = self.link(*subject, issuer);
            let anatomy = &step.certificate.anatomy;
            let scheme = SignatureScheme::of_certificate(&anatomy.signature_algorithm);
            // Denied by the checks of strength; here it only makes another path the better one.
            let key = PublicKey::read(above.certificate.anatomy.subject_public_key_info);
            found.count_silently(usize::from(scheme.is_weak()));
            found.count_silently(usize::from(key.is_some_and(|key| key.is_weak())));
            match answer {
                SignatureAnswer::Holds => {}
                SignatureAnswer::DoesNotHold => found.push(PathRule::Signature, || {
                    say!(
                        "「{name}」的证书签名用「{issuer}」的密钥验证不成立",
                        "the signature on the certificate of “{name}” does not hold with the key \
                         of “{issuer}”",
                        name = step.name(),
                        issuer = above.name()
                    )
                }),
                SignatureAnswer::Unsupported if self.signed_bytes > PATH_SIGNED_BYTES_MAX => {
                    found.push(PathRule::SignatureUnsupported, || {
                        say!(
                            "「{name}」的证书签名未验证：超出工作量上限",
                            "the signature on the certificate of “{name}” was not checked: the \
                             budget of work is used up",
                            name = step.name()
                        )
                    });
                }
                SignatureAnswer::Unsupported => found.push(PathRule::SignatureUnsupported, || {
                    say!(
                        "「{name}」的证书签名算法无法验证：{scheme_zh}",
                        "the signature on the certificate of “{name}” cannot be checked: \
                         {scheme_en}",
                        name = step.name(),
                        scheme_zh = words::scheme(&scheme).zh,
                        scheme_en = words::scheme(&scheme).en
                    )
                }),
            }
        }
    }
}

/// Certificates by the number of their subject, in the order of their bytes. A duplicate adds work
/// and nothing else; a key that is too long to be one signs nothing.
fn index_by_subject(
    certificates: &[Certificate<'_>],
    entities: &[Entity],
) -> BTreeMap<usize, Vec<usize>> {
    let distinct: BTreeMap<&[u8], (usize, Entity)> = (0..)
        .zip(certificates)
        .zip(entities)
        .filter(|(_, entity)| entity.has_usable_key)
        .map(|((number, certificate), entity)| (certificate.anatomy.raw, (number, *entity)))
        .collect();
    let mut index: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, entity) in distinct.into_values() {
        index.entry(entity.subject).or_default().push(number);
    }
    index
}
