//! What can be known of a large bag before signatures are checked, and what an anchor vouches for.
//!
//! Names cost next to nothing: a certificate from whose issuer no chain of names leads to an anchor
//! is never on a path. Of those that are left a key identifier says who is tried first. Where that
//! does not find a path, signatures are checked from the anchors downwards: whoever holds no key
//! below an anchor adds one check for a certificate, and never a tree of them.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use tsa_core::DigestAlgorithm;
use tsa_core::tlv::{Reader, Tag, scan};

use super::Certificate;
use super::entities::Entity;
use super::extensions::KeyUsage;
use super::ground::Ground;
use super::question::Question;
use super::work::Purpose;
use crate::crypto::SignatureAnswer;
use crate::crypto::digests;
use crate::limits::PATH_CERTIFICATES_MAX;

/// What names say of the ways to the anchors.
#[derive(Debug)]
pub(super) struct Reach {
    /// How many certificates are needed at least between a certificate with this issuer and an
    /// anchor. A name from which none is reached is not there.
    heights: BTreeMap<usize, usize>,
    /// Numbers of certificates of the pool, each encoding once, by the name of the issuer.
    by_issuer: BTreeMap<usize, Vec<usize>>,
}

impl Reach {
    pub(super) fn new(
        by_subject: &BTreeMap<usize, Vec<usize>>,
        entities: &[Entity],
        anchors: &[Entity],
    ) -> Self {
        let mut by_issuer: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in by_subject.values().flatten() {
            if let Some(entity) = entities.get(*number) {
                by_issuer.entry(entity.issuer).or_default().push(*number);
            }
        }
        let mut heights = BTreeMap::new();
        let mut open: VecDeque<(usize, usize)> =
            anchors.iter().map(|anchor| (anchor.subject, 0)).collect();
        while let Some((name, height)) = open.pop_front() {
            if heights.contains_key(&name) {
                continue;
            }
            heights.insert(name, height);
            let issued = by_issuer.get(&name).into_iter().flatten();
            let below = issued.filter_map(|number| entities.get(*number));
            open.extend(below.map(|entity| (entity.subject, height + 1)));
        }
        Self { heights, by_issuer }
    }

    /// How many more certificates a path from one with this issuer needs; `None` when names lead
    /// nowhere.
    pub(super) fn height(&self, issuer: usize) -> Option<usize> {
        self.heights.get(&issuer).copied()
    }

    fn issued_by(&self, name: usize) -> &[usize] {
        self.by_issuer.get(&name).map_or(&[], Vec::as_slice)
    }
}

/// How well a certificate fits as the issuer of another: the least is tried first.
pub(super) type Rank = (u8, bool, bool, bool, usize);

/// The rank of a certificate as the issuer of `below`.
pub(super) fn rank(
    ground: &Ground<'_, '_>,
    question: &Question,
    below: Option<&Certificate<'_>>,
    number: usize,
    height: usize,
) -> Rank {
    let Some(certificate) = ground.certificate(number) else {
        return (u8::MAX, true, true, true, height);
    };
    let extensions = &certificate.extensions;
    let wanted = below.and_then(|below| below.extensions.authority_key_identifier.as_deref());
    let stated = extensions.subject_key_identifier.as_deref();
    let fit = match (wanted, stated) {
        // What others state, anybody can state; nobody finds another key with this digest.
        (Some(wanted), _) if ground.is_large() && is_digest_of_key(wanted, certificate) => 0,
        (Some(wanted), Some(stated)) if wanted != stated => 2,
        _ => 1,
    };
    let at = question.at;
    let valid = at.is_none_or(|time| certificate.is_valid_at(time));
    let issues = extensions.basic_constraints.is_some_and(|basic| basic.ca)
        && extensions
            .key_usage
            .is_none_or(KeyUsage::may_sign_certificates)
        && extensions.unknown_critical.is_empty();
    // Whoever made the token can fill it; only the caller fills the other bag.
    (fit, !valid, !issues, !ground.is_given(number), height)
}

/// Whether a key identifier is made of the key as standards propose (RFC 5280 §4.2.1.2 (1),
/// RFC 7093 §2), 128 bits at least.
fn is_digest_of_key(identifier: &[u8], certificate: &Certificate<'_>) -> bool {
    const IDENTIFIER_BYTES_MIN: usize = 16;
    let info = certificate.anatomy.subject_public_key_info;
    let Some(bits) = key_bits(info) else {
        return false;
    };
    let fits = |algorithm, bytes: &[u8]| {
        digests::digest(algorithm, bytes).is_some_and(|digest| digest.starts_with(identifier))
    };
    identifier.len() >= IDENTIFIER_BYTES_MIN
        && (fits(DigestAlgorithm::Sha1, bits)
            || fits(DigestAlgorithm::Sha256, bits)
            || fits(DigestAlgorithm::Sha384, bits)
            || fits(DigestAlgorithm::Sha512, bits)
            || fits(DigestAlgorithm::Sha256, info))
}

/// The content of `subjectPublicKey`.
fn key_bits(subject_public_key_info: &[u8]) -> Option<&[u8]> {
    let scanned = scan(subject_public_key_info).ok()?;
    let mut fields = Reader::new(&scanned)
        .sequence("SubjectPublicKeyInfo")
        .ok()?;
    fields.next_element().ok()??;
    let bits = fields.expect(Tag::BIT_STRING, "subjectPublicKey").ok()?;
    bits.content.get(1..)
}

/// The certificates of the pool that an anchor vouches for, and that names lead to from `signer`:
/// signed by an anchor, or by a certificate that is one of them. As far as work allows.
pub(super) fn vouched(
    ground: &mut Ground<'_, '_>,
    question: &Question,
    signer: usize,
) -> BTreeSet<usize> {
    ground.work.purpose = Purpose::Vouching;
    let above = names_above(ground, signer);
    let mut vouched = BTreeSet::new();
    let anchors = ground.pool.len()..ground.pool.len() + ground.anchors.len();
    let mut issuers: Vec<usize> = anchors.collect();
    for _ in 0..PATH_CERTIFICATES_MAX {
        let mut next = Vec::new();
        for (issuer, subject) in issued(ground, question, signer, &above, &issuers) {
            if vouched.contains(&subject) {
                continue;
            }
            match ground.link(subject, issuer) {
                Some(SignatureAnswer::Holds) => {
                    vouched.insert(subject);
                    next.push(subject);
                }
                Some(_) => {}
                None => return vouched,
            }
        }
        issuers = next;
    }
    vouched
}

/// Names of whoever may stand above a certificate, as far as names lead.
fn names_above(ground: &Ground<'_, '_>, signer: usize) -> BTreeSet<usize> {
    let issuer_of = |number: usize| ground.entity(number).map(|entity| entity.issuer);
    let mut above = BTreeSet::new();
    let mut open: Vec<usize> = issuer_of(signer).into_iter().collect();
    while let Some(name) = open.pop() {
        if above.insert(name) {
            open.extend(ground.named(name).into_iter().filter_map(issuer_of));
        }
    }
    above
}

/// Pairs of one of these issuers and a certificate in its name, the likeliest first.
fn issued(
    ground: &mut Ground<'_, '_>,
    question: &Question,
    signer: usize,
    above: &BTreeSet<usize>,
    issuers: &[usize],
) -> Vec<(usize, usize)> {
    let direct = ground.entity(signer).map(|entity| entity.issuer);
    let mut keys = BTreeSet::new();
    let mut pairs = Vec::new();
    for issuer in issuers {
        let Some(entity) = ground.entity(*issuer) else {
            continue;
        };
        // The same name and key would give the same answers.
        if !above.contains(&entity.subject) || !keys.insert((entity.subject, entity.key)) {
            continue;
        }
        let subjects = ground.reach().issued_by(entity.subject).to_vec();
        pairs.extend(subjects.into_iter().map(|subject| (*issuer, subject)));
    }
    pairs.retain(|(_, subject)| {
        let entity = ground.entity(*subject);
        entity.is_some_and(|entity| above.contains(&entity.subject))
    });
    let below = ground.certificate(signer);
    pairs.sort_by_cached_key(|(_, subject)| {
        let is_direct = ground.entity(*subject).map(|entity| entity.subject) == direct;
        rank(ground, question, below.filter(|_| is_direct), *subject, 0)
    });
    pairs
}
