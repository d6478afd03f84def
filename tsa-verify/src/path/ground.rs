//! What every search over one bag shares: the certificates with their numbers, and the engine with
//! its budget.
//!
//! Certificates have one number each: those of the pool first, then the anchors. Pool and anchors
//! stay two lists; a number says which one it is from. Signatures are checked once for each pair of
//! a certificate and a key.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Certificate;
use super::constraints::NameAnswers;
use super::defects::Step;
use super::entities::{Entity, identify};
use super::names::Names;
use super::reach::Reach;
use super::work::Work;
use crate::crypto::{CryptoProvider, SignatureAnswer, SignatureScheme, inherit_dsa_parameters};
use crate::limits::PATH_SMALL_BAG_MAX;

/// The certificates at hand, and what is known of them.
pub(crate) struct Ground<'s, 'a> {
    pub(crate) pool: &'s [Certificate<'a>],
    pub(crate) anchors: &'s [Certificate<'a>],
    pub(crate) names: Names<'a>,
    pub(crate) crypto: &'s dyn CryptoProvider,
    /// Of the pool, then of the anchors.
    entities: Vec<Entity>,
    by_subject: BTreeMap<usize, Vec<usize>>,
    anchors_by_subject: BTreeMap<usize, Vec<usize>>,
    /// By number of the certificate and of the issuer's key.
    answers: BTreeMap<(usize, usize), SignatureAnswer>,
    pub(super) work: Work,
    /// Certificates of the pool from this number on are the caller's, those before came with what
    /// is judged.
    given_from: usize,
    /// Made for a large bag only.
    reach: Option<Reach>,
    pub(super) name_answers: NameAnswers,
}

impl<'s, 'a> Ground<'s, 'a> {
    pub(crate) fn new(
        pool: &'s [Certificate<'a>],
        anchors: &'s [Certificate<'a>],
        crypto: &'s dyn CryptoProvider,
    ) -> Self {
        let mut names = Names::default();
        let entities = identify(pool.iter().chain(anchors), &mut names);
        let (of_pool, of_anchors) = entities.split_at(pool.len());
        Self {
            pool,
            anchors,
            names,
            crypto,
            by_subject: index_by_subject(pool, of_pool),
            anchors_by_subject: index_by_subject(anchors, of_anchors),
            entities,
            answers: BTreeMap::new(),
            work: Work::default(),
            given_from: pool.len(),
            reach: None,
            name_answers: NameAnswers::new(),
        }
    }

    /// The same, where only the certificates before this number came with what is judged.
    pub(crate) fn with_given_from(self, given_from: usize) -> Self {
        Self { given_from, ..self }
    }

    pub(super) fn is_given(&self, number: usize) -> bool {
        number >= self.given_from
    }

    /// Whether the bag is too large to try one after the other. What is in it twice counts once, so
    /// that it decides nothing.
    pub(crate) fn is_large(&self) -> bool {
        let distinct = self.by_subject.values().map(Vec::len).sum::<usize>();
        distinct > PATH_SMALL_BAG_MAX
    }

    /// What names alone say of the ways to the anchors.
    pub(super) fn reach(&mut self) -> &Reach {
        let (by_subject, entities) = (&self.by_subject, &self.entities);
        let anchors = entities.get(self.pool.len()..).unwrap_or_default();
        self.reach
            .get_or_insert_with(|| Reach::new(by_subject, entities, anchors))
    }

    pub(crate) fn entity(&self, number: usize) -> Option<Entity> {
        self.entities.get(number).copied()
    }

    pub(crate) fn certificate(&self, number: usize) -> Option<&'s Certificate<'a>> {
        match number.checked_sub(self.pool.len()) {
            None => self.pool.get(number),
            Some(anchor) => self.anchors.get(anchor),
        }
    }

    /// Certificates of the pool with this subject.
    pub(crate) fn named(&self, subject: usize) -> Vec<usize> {
        self.by_subject.get(&subject).cloned().unwrap_or_default()
    }

    /// Anchors with this subject, by their place among the anchors.
    pub(super) fn anchors_named(&self, subject: usize) -> Vec<usize> {
        let named = self.anchors_by_subject.get(&subject);
        named.cloned().unwrap_or_default()
    }

    /// The numbers of a path, the anchor's last.
    pub(super) fn chain(&self, path: &[usize], anchor: Option<usize>) -> Vec<usize> {
        let anchor = anchor.map(|anchor| self.pool.len() + anchor);
        path.iter().copied().chain(anchor).collect()
    }

    pub(super) fn steps(&self, chain: &[usize]) -> Vec<Step<'s, 'a>> {
        let step = |number: &usize| {
            let entity = self.entity(*number)?;
            let is_anchor = *number >= self.pool.len();
            let certificate = self.certificate(*number)?;
            let is_self_issued = entity.is_self_issued();
            Some(Step::new(*number, certificate, is_self_issued, is_anchor))
        };
        chain.iter().filter_map(step).collect()
    }

    /// `working_public_key` of each certificate of a chain (RFC 5280 §6.1.4 (d) to (f)): the key as
    /// it stands, or with the parameters of the key above.
    pub(crate) fn working_keys(&self, chain: &[usize]) -> Vec<Cow<'s, [u8]>> {
        let mut keys: Vec<Cow<'s, [u8]>> = Vec::with_capacity(chain.len());
        for number in chain.iter().rev() {
            let own = self
                .certificate(*number)
                .map_or(&[][..], |found| found.anatomy.subject_public_key_info);
            let lacks = self
                .entity(*number)
                .is_some_and(|entity| entity.lacks_parameters);
            let completed = match keys.last() {
                Some(above) if lacks => inherit_dsa_parameters(own, above),
                _ => None,
            };
            keys.push(completed.map_or(Cow::Borrowed(own), Cow::Owned));
        }
        keys.reverse();
        keys
    }

    /// Whether the signature of a certificate holds with the key of an issuer, as far as that can
    /// be told without knowing who stands above; `None` when that is not known yet and no work is
    /// left to find out.
    pub(super) fn link(&mut self, subject: usize, issuer: usize) -> Option<SignatureAnswer> {
        let (Some(above), Some(entity)) = (self.certificate(issuer), self.entity(issuer)) else {
            return Some(SignatureAnswer::DoesNotHold);
        };
        if entity.lacks_parameters {
            return Some(SignatureAnswer::Unsupported);
        }
        if let Some(known) = self.answers.get(&(subject, entity.key)) {
            return Some(*known);
        }
        let answer = self.check(subject, above.anatomy.subject_public_key_info)?;
        self.answers.insert((subject, entity.key), answer);
        Some(answer)
    }

    /// As [`Ground::link`], with the working key of the issuer.
    pub(super) fn link_with(
        &mut self,
        subject: usize,
        issuer: usize,
        working_key: &[u8],
    ) -> Option<SignatureAnswer> {
        match self.entity(issuer) {
            Some(entity) if entity.lacks_parameters => self.check(subject, working_key),
            _ => self.link(subject, issuer),
        }
    }

    fn check(&mut self, subject: usize, key: &[u8]) -> Option<SignatureAnswer> {
        let Some(below) = self.certificate(subject) else {
            return Some(SignatureAnswer::DoesNotHold);
        };
        let anatomy = &below.anatomy;
        let scheme = SignatureScheme::of_certificate(&anatomy.signature_algorithm);
        self.work.spend(&scheme, key, anatomy.tbs)?;
        let answer = self
            .crypto
            .verify(&scheme, key, anatomy.tbs, anatomy.signature);
        Some(answer)
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
