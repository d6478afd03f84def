//! The status of one certificate of a path (RFC 5280 §6.3.3), within a budget.
//!
//! The signer of a CRL is somebody on the path above the certificate, or somebody of the bag with a
//! path of its own to the same anchor, judged and checked for revocation like any other. How far
//! such paths may depend on each other is bounded, and none may depend on itself.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cmp::{Ordering, Reverse};

use tsa_core::{GenTime, Integer};

use super::bag::CrlBag;
use super::crl::Crl;
use super::points::{DistributionPoint, Reasons, read_points};
use super::scope::{compare, fits_key, is_about, is_current};
use super::{CertificateStatus, Reason, RevokedEntry, WhyUnknown};
use crate::crypto::{PublicKey, SignatureAnswer, SignatureScheme};
use crate::limits::{
    CRL_ENTRIES_MAX, CRL_MATCHES_MAX, CRL_SIGNATURE_CHECKS_MAX, CRL_SIGNED_BYTES_MAX,
    CRL_SIGNER_DEPTH_MAX, CRL_SIGNER_PATHS_MAX,
};
use crate::path::{Certificate, Ground, Question, search_sound};

/// The CRLs at hand, what is known from them, and what asking has cost.
#[derive(Debug)]
pub(crate) struct CrlSearch<'a> {
    crls: Vec<Crl<'a>>,
    /// By the number of the issuer's name, the newest first.
    by_issuer: BTreeMap<usize, Vec<usize>>,
    /// Signatures by weak algorithms count.
    allows_weak: bool,
    /// By certificate, issuer and anchor.
    statuses: BTreeMap<(usize, usize, usize), CertificateStatus>,
    /// By CRL and number of the key.
    answers: BTreeMap<(usize, usize), SignatureAnswer>,
    /// By signer and anchor.
    signer_paths: BTreeMap<(usize, usize), Option<Vec<usize>>>,
    /// Certificates whose status is being asked.
    open: Vec<usize>,
    spent: Spent,
}

#[derive(Debug, Default)]
struct Spent {
    matches: usize,
    entries: usize,
    signatures: usize,
    signed_bytes: usize,
    paths: usize,
}

/// A certificate whose status is asked, in its place on a path.
#[derive(Clone, Copy)]
struct Asked<'c, 's, 'a> {
    certificate: &'s Certificate<'a>,
    /// The number of the issuer's name.
    issuer: usize,
    chain: &'c [usize],
    position: usize,
    anchor: usize,
    at: GenTime,
}

impl<'a> CrlSearch<'a> {
    /// Reads the CRLs of a bag.
    pub(crate) fn new(bag: &'a CrlBag, ground: &mut Ground<'_, 'a>, allows_weak: bool) -> Self {
        let distinct: BTreeSet<&[u8]> = bag.crls().collect();
        let read = |bytes: &'a [u8]| {
            let mut crl = Crl::read(bytes).ok()?;
            crl.look_through();
            Some(crl)
        };
        let crls: Vec<Crl<'a>> = distinct.into_iter().filter_map(read).collect();
        let mut by_issuer: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, crl) in crls.iter().enumerate() {
            let issuer = ground.names.number(crl.issuer);
            by_issuer.entry(issuer).or_default().push(index);
        }
        for indices in by_issuer.values_mut() {
            indices.sort_by_key(|index| Reverse(crls.get(*index).map(|crl| crl.this_update)));
        }
        Self {
            crls,
            by_issuer,
            allows_weak,
            statuses: BTreeMap::new(),
            answers: BTreeMap::new(),
            signer_paths: BTreeMap::new(),
            open: Vec::new(),
            spent: Spent::default(),
        }
    }

    /// The status, at a time, of the certificate at a position of a chain that ends with an anchor.
    pub(crate) fn status(
        &mut self,
        ground: &mut Ground<'_, 'a>,
        at: GenTime,
        chain: &[usize],
        position: usize,
    ) -> CertificateStatus {
        let unknown = CertificateStatus::Unknown;
        let (Some(subject), Some(issuer), Some(anchor)) =
            (chain.get(position), chain.get(position + 1), chain.last())
        else {
            return unknown(WhyUnknown::NoCrl);
        };
        let (Some(certificate), Some(entity)) =
            (ground.certificate(*subject), ground.entity(*subject))
        else {
            return unknown(WhyUnknown::NoCrl);
        };
        let known = (*subject, *issuer, *anchor);
        if let Some(status) = self.statuses.get(&known) {
            return *status;
        }
        if self.open.contains(subject) {
            return unknown(WhyUnknown::Circular);
        }
        if self.open.len() >= CRL_SIGNER_DEPTH_MAX {
            return unknown(WhyUnknown::Budget);
        }
        let asked = Asked {
            certificate,
            issuer: entity.issuer,
            chain,
            position,
            anchor: *anchor,
            at,
        };
        self.open.push(*subject);
        let status = self.ask(ground, asked);
        self.open.pop();
        // What is unknown further down may be so only because of what is being asked above.
        if self.open.is_empty() || !matches!(status, CertificateStatus::Unknown(_)) {
            self.statuses.insert(known, status);
        }
        status
    }

    fn ask(&mut self, ground: &mut Ground<'_, 'a>, asked: Asked<'_, '_, 'a>) -> CertificateStatus {
        let named = asked.certificate.extensions.distribution_points.as_deref();
        let Some(mut points) = named.map_or(Some(Vec::new()), read_points) else {
            return CertificateStatus::Unknown(WhyUnknown::BadPoints);
        };
        let issuer = asked.certificate.anatomy.issuer;
        points.push(DistributionPoint::of_issuer(issuer));
        let mut covered = Reasons::NONE;
        let mut why = WhyUnknown::default();
        for point in &points {
            for crl in self.issued_for(ground, point, asked.issuer) {
                self.spent.matches += 1;
                if self.spent.matches > CRL_MATCHES_MAX {
                    return CertificateStatus::Unknown(WhyUnknown::Budget);
                }
                match self.look_into(ground, crl, point, asked, covered) {
                    Err(reason) => why = why.max(reason),
                    Ok((_, Some(entry))) => return CertificateStatus::Revoked(entry),
                    Ok((reasons, None)) => covered = covered.or(reasons),
                }
                if !Reasons::ALL.adds_to(covered) {
                    return CertificateStatus::Good;
                }
            }
        }
        CertificateStatus::Unknown(match covered == Reasons::NONE {
            true => why,
            false => WhyUnknown::SomeReasons,
        })
    }

    /// CRLs by whom the point names, else by the issuer of the certificate (§6.3.3 (b)(1)).
    fn issued_for(
        &self,
        ground: &Ground<'_, 'a>,
        point: &DistributionPoint,
        issuer: usize,
    ) -> Vec<usize> {
        let mut issuers: Vec<usize> = match point.crl_issuers.as_slice() {
            [] => alloc::vec![issuer],
            named => {
                let numbers = named.iter().filter_map(|name| ground.names.find(name));
                numbers.collect()
            }
        };
        issuers.sort_unstable();
        issuers.dedup();
        let of = |issuer: &usize| self.by_issuer.get(issuer).cloned().unwrap_or_default();
        issuers.iter().flat_map(of).collect()
    }

    /// The reasons that one CRL covers, and the entry if there is one.
    fn look_into(
        &mut self,
        ground: &mut Ground<'_, 'a>,
        index: usize,
        point: &DistributionPoint,
        asked: Asked<'_, '_, 'a>,
        covered: Reasons,
    ) -> Result<(Reasons, Option<RevokedEntry>), WhyUnknown> {
        let crl = self.crls.get(index).ok_or(WhyUnknown::NoCrl)?;
        if crl.is_delta() {
            return Err(WhyUnknown::OnlyDelta);
        }
        if !is_about(crl, point, asked.certificate) {
            return Err(WhyUnknown::OtherScope);
        }
        let issuing_point = crl.extensions.issuing_point.as_ref();
        let reasons = issuing_point.map_or(Reasons::ALL, |point| point.reasons);
        let reasons = reasons.and(point.reasons);
        if !reasons.adds_to(covered) {
            return Ok((reasons, None));
        }
        if !crl.is_usable {
            return Err(WhyUnknown::Unusable);
        }
        is_current(crl, asked.at)?;
        let delegated = !point.crl_issuers.is_empty();
        let key = self.signer_key(ground, index, asked, delegated)?;
        let delta = self.delta_of(ground, index, &key, asked.at);
        let mut entry = None;
        for index in delta.into_iter().chain([index]) {
            entry = self.entry(ground, index, asked)?;
            if entry.is_some() {
                break;
            }
        }
        // §6.3.3 (k): the delta CRL takes back what its base says.
        let entry = entry.filter(|entry| entry.reason != Some(Reason::REMOVE_FROM_CRL));
        Ok((reasons, entry))
    }

    /// §6.3.3 (i) and (j).
    fn entry(
        &mut self,
        ground: &Ground<'_, 'a>,
        index: usize,
        asked: Asked<'_, '_, 'a>,
    ) -> Result<Option<RevokedEntry>, WhyUnknown> {
        let crl = self.crls.get(index).ok_or(WhyUnknown::NoCrl)?;
        self.spent.entries = self.spent.entries.saturating_add(crl.entry_count);
        if self.spent.entries > CRL_ENTRIES_MAX {
            return Err(WhyUnknown::Budget);
        }
        let is_issuer = |names: &[Vec<u8>]| {
            let mut numbers = names.iter().map(|name| ground.names.find(name));
            numbers.any(|number| number == Some(asked.issuer))
        };
        let by_own_issuer = ground.names.find(crl.issuer) == Some(asked.issuer);
        let serial_number = &asked.certificate.anatomy.serial_number;
        Ok(crl.find(serial_number, &is_issuer, by_own_issuer))
    }

    /// The newest delta CRL for a complete one, signed with the same key (§6.3.3 (c) and (h),
    /// §5.2.4).
    fn delta_of(
        &mut self,
        ground: &Ground<'_, 'a>,
        base: usize,
        key: &[u8],
        at: GenTime,
    ) -> Option<usize> {
        let complete = self.crls.get(base)?;
        let issuer = ground.names.find(complete.issuer)?;
        let fits = |index: &usize| {
            let delta = self.crls.get(*index)?;
            let (own, of_base) = (&delta.extensions, &complete.extensions);
            let (number, base) = (own.number.as_ref()?, of_base.number.as_ref()?);
            let fits = compare(own.delta_base.as_ref()?, base) != Ordering::Greater
                && compare(base, number) == Ordering::Less
                && own.issuing_point_raw == of_base.issuing_point_raw
                && own.authority_key_raw == of_base.authority_key_raw
                && delta.is_usable
                && is_current(delta, at).is_ok();
            fits.then(|| (*index, number.clone()))
        };
        let mut deltas: Vec<(usize, Integer)> = self
            .by_issuer
            .get(&issuer)?
            .iter()
            .filter_map(fits)
            .collect();
        deltas.sort_by(|(_, one), (_, other)| compare(other, one));
        let mut newest_first = deltas.into_iter().map(|(index, _)| index);
        newest_first.find(|index| {
            let answer = self.check(ground, *index, key, None);
            answer == Ok(SignatureAnswer::Holds)
        })
    }

    /// The key that signed a CRL, when its owner may sign it (§6.3.3 (f) and (g)).
    fn signer_key(
        &mut self,
        ground: &mut Ground<'_, 'a>,
        index: usize,
        asked: Asked<'_, '_, 'a>,
        delegated: bool,
    ) -> Result<Vec<u8>, WhyUnknown> {
        let crl = self.crls.get(index).ok_or(WhyUnknown::NoCrl)?;
        let issuer = ground.names.find(crl.issuer).ok_or(WhyUnknown::NoCrl)?;
        let wanted = crl.extensions.authority_key_raw.clone();
        let above = asked.chain.get(asked.position + 1..).unwrap_or_default();
        let keys = ground.working_keys(asked.chain);
        let mut why = WhyUnknown::NoSigner;
        for (number, key) in above.iter().zip(keys.iter().skip(asked.position + 1)) {
            match self.tries(ground, index, *number, key, issuer) {
                Ok(()) => return Ok(key.to_vec()),
                Err(reason) => why = why.max(reason),
            }
        }
        let is_above = |number: usize| {
            let same = |one: &usize| {
                let pair = ground.entity(*one).zip(ground.entity(number));
                pair.is_some_and(|(one, other)| one.is_same(other))
            };
            above.iter().any(same)
        };
        let mut others = ground.named(issuer);
        others.retain(|number| !is_above(*number));
        others.sort_by_cached_key(|number| !fits_key(ground, *number, wanted.as_deref()));
        for number in others {
            match self.elsewhere(ground, index, number, issuer, asked, delegated) {
                Ok(key) => return Ok(key),
                Err(WhyUnknown::Budget) => return Err(WhyUnknown::Budget),
                Err(reason) => why = why.max(reason),
            }
        }
        Err(why)
    }

    /// A signer who is not on the path above: needs one of its own, to the same anchor.
    ///
    /// Nobody vouches for a signer by a CRL of its own, or a thief of its key could. Only where
    /// the issuer has named it as cRLIssuer for its own certificate is that what the issuer wants,
    /// and its path is the one being judged.
    fn elsewhere(
        &mut self,
        ground: &mut Ground<'_, 'a>,
        index: usize,
        number: usize,
        issuer: usize,
        asked: Asked<'_, '_, 'a>,
        delegated: bool,
    ) -> Result<Vec<u8>, WhyUnknown> {
        let own = ground.certificate(number).map(|found| found.anatomy.raw);
        if delegated && own == Some(asked.certificate.anatomy.raw) {
            let keys = ground.working_keys(asked.chain);
            let key = keys.get(asked.position).ok_or(WhyUnknown::NoSigner)?;
            self.tries(ground, index, number, key, issuer)?;
            return Ok(key.to_vec());
        }
        let entity = ground.entity(number).ok_or(WhyUnknown::NoSigner)?;
        let is_open = |open: &usize| {
            let open = ground.entity(*open);
            open.is_some_and(|open| open.is_same(entity))
        };
        if self.open.iter().any(is_open) {
            return Err(WhyUnknown::Circular);
        }
        let own = ground.working_keys(&[number]);
        let own = own.first().ok_or(WhyUnknown::NoSigner)?.clone();
        if !entity.lacks_parameters {
            self.tries(ground, index, number, &own, issuer)?;
        }
        let chain = self.signer_path(ground, number, asked)?;
        let key = ground.working_keys(&chain).first().cloned();
        let key = key.ok_or(WhyUnknown::NoSigner)?;
        self.tries(ground, index, number, &key, issuer)?;
        Ok(key.into_owned())
    }

    fn signer_path(
        &mut self,
        ground: &mut Ground<'_, 'a>,
        number: usize,
        asked: Asked<'_, '_, 'a>,
    ) -> Result<Vec<usize>, WhyUnknown> {
        let known = (number, asked.anchor);
        if let Some(path) = self.signer_paths.get(&known) {
            return path.clone().ok_or(WhyUnknown::NoSigner);
        }
        self.spent.paths += 1;
        if self.spent.paths > CRL_SIGNER_PATHS_MAX {
            return Err(WhyUnknown::Budget);
        }
        let anchor = asked.anchor.checked_sub(ground.pool.len());
        let anchor = anchor.ok_or(WhyUnknown::NoSigner)?;
        let question = Question::of_crl_signer(asked.at);
        let path = search_sound(ground, number, anchor, &question, self);
        if path.is_some() || self.open.len() == 1 {
            self.signer_paths.insert(known, path.clone());
        }
        path.ok_or(WhyUnknown::NoSigner)
    }

    /// Whether a certificate has the name, the right and the key to have signed a CRL.
    fn tries(
        &mut self,
        ground: &Ground<'_, 'a>,
        index: usize,
        number: usize,
        key: &[u8],
        issuer: usize,
    ) -> Result<(), WhyUnknown> {
        let (Some(entity), Some(certificate)) = (ground.entity(number), ground.certificate(number))
        else {
            return Err(WhyUnknown::NoSigner);
        };
        let usage = certificate.extensions.key_usage;
        if entity.subject != issuer || usage.is_some_and(|usage| !usage.may_sign_crls()) {
            return Err(WhyUnknown::NoSigner);
        }
        let known = (!entity.lacks_parameters).then_some(entity.key);
        match self.check(ground, index, key, known)? {
            SignatureAnswer::Holds => Ok(()),
            SignatureAnswer::DoesNotHold => Err(WhyUnknown::BadSignature),
            SignatureAnswer::Unsupported => Err(WhyUnknown::Algorithm),
        }
    }

    /// Checks the signature of a CRL; once for each numbered key.
    fn check(
        &mut self,
        ground: &Ground<'_, 'a>,
        index: usize,
        key: &[u8],
        number: Option<usize>,
    ) -> Result<SignatureAnswer, WhyUnknown> {
        let crl = self.crls.get(index).ok_or(WhyUnknown::NoCrl)?;
        let scheme = SignatureScheme::of_certificate(&crl.signature_algorithm);
        let weak = scheme.is_weak() || PublicKey::read(key).is_some_and(|key| key.is_weak());
        if weak && !self.allows_weak {
            return Ok(SignatureAnswer::Unsupported);
        }
        let known = number.map(|number| (index, number));
        if let Some(answer) = known.and_then(|known| self.answers.get(&known)) {
            return Ok(*answer);
        }
        self.spent.signatures += 1;
        self.spent.signed_bytes = self.spent.signed_bytes.saturating_add(crl.tbs.len());
        if self.spent.signatures > CRL_SIGNATURE_CHECKS_MAX
            || self.spent.signed_bytes > CRL_SIGNED_BYTES_MAX
        {
            return Err(WhyUnknown::Budget);
        }
        let answer = ground.crypto.verify(&scheme, key, crl.tbs, crl.signature);
        if let Some(known) = known {
            self.answers.insert(known, answer);
        }
        Ok(answer)
    }
}
