//! The extensions about certificate policies (RFC 5280 §4.2.1.4, .5, .11 and .14), as they stand in
//! one certificate.
//!
//! Not in scope: what they mean for a path, see [`super::policy_graph`].

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan};
use tsa_core::{ObjectIdentifier, oid};

use crate::limits::CERTIFICATE_POLICIES_MAX;

/// id-qt-cps and id-qt-unotice: qualifiers that tell people something and decide nothing.
const KNOWN_QUALIFIERS: [[u8; 8]; 2] = [
    [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x01],
    [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x02],
];

/// Whether it is anyPolicy.
pub(super) fn is_any(policy: &ObjectIdentifier) -> bool {
    *policy == oid::ANY_POLICY
}

/// What a certificate says about policies.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyExtensions {
    /// certificatePolicies, each once.
    pub(super) policies: Option<Vec<ObjectIdentifier>>,
    /// policyMappings: issuerDomainPolicy and subjectDomainPolicy.
    pub(super) mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    /// requireExplicitPolicy
    pub(super) require_explicit: Option<u64>,
    /// inhibitPolicyMapping
    pub(super) inhibit_mapping: Option<u64>,
    /// inhibitAnyPolicy
    pub(super) inhibit_any: Option<u64>,
}

impl PolicyExtensions {
    /// Reads certificatePolicies. A policy stands there once (§4.2.1.4). A critical extension with
    /// a qualifier that is not known is not processed.
    pub(super) fn read_policies(&mut self, encoded: &[u8], critical: bool) -> Option<()> {
        let list = elements_of(encoded)?;
        let mut seen = BTreeSet::new();
        let mut policies = Vec::with_capacity(list.len());
        for information in &list {
            (information.tag == Tag::SEQUENCE).then_some(())?;
            let mut fields = information.reader();
            let policy = fields.oid("policyIdentifier").ok()?;
            let qualifiers = fields.optional(Tag::SEQUENCE).ok()?;
            fields.finish("PolicyInformation").ok()?;
            seen.insert(policy).then_some(())?;
            if let Some(qualifiers) = qualifiers
                && critical
            {
                known_qualifiers(&qualifiers)?;
            }
            policies.push(policy);
        }
        self.policies = Some(policies);
        Some(())
    }

    /// Reads policyMappings.
    pub(super) fn read_mappings(&mut self, encoded: &[u8]) -> Option<()> {
        let read_one = |mapping: &Element<'_>| {
            (mapping.tag == Tag::SEQUENCE).then_some(())?;
            let mut fields = mapping.reader();
            let issuer = fields.oid("issuerDomainPolicy").ok()?;
            let subject = fields.oid("subjectDomainPolicy").ok()?;
            fields.finish("PolicyMappings").ok()?;
            Some((issuer, subject))
        };
        self.mappings = elements_of(encoded)?
            .iter()
            .map(read_one)
            .collect::<Option<_>>()?;
        Some(())
    }

    /// Reads policyConstraints: at least one count, none below zero.
    pub(super) fn read_constraints(&mut self, encoded: &[u8]) -> Option<()> {
        let scanned = scan(encoded).ok()?;
        let mut fields = Reader::new(&scanned).sequence("PolicyConstraints").ok()?;
        let explicit = fields.optional(Tag::context(0)).ok()?;
        let inhibit = fields.optional(Tag::context(1)).ok()?;
        fields.finish("PolicyConstraints").ok()?;
        (explicit.is_some() || inhibit.is_some()).then_some(())?;
        let count = |element: Option<Element<'_>>| match element {
            None => Some(None),
            Some(element) => skip_count(&element).map(Some),
        };
        self.require_explicit = count(explicit)?;
        self.inhibit_mapping = count(inhibit)?;
        Some(())
    }

    /// Reads inhibitAnyPolicy.
    pub(super) fn read_inhibit_any(&mut self, encoded: &[u8]) -> Option<()> {
        let scanned = scan(encoded).ok()?;
        let element = Reader::new(&scanned)
            .expect(Tag::INTEGER, "InhibitAnyPolicy")
            .ok()?;
        self.inhibit_any = Some(skip_count(&element)?);
        Some(())
    }
}

fn elements_of(encoded: &[u8]) -> Option<Vec<Element<'_>>> {
    let scanned = scan(encoded).ok()?;
    let list = Reader::new(&scanned).sequence("policies").ok()?;
    let list = list.elements("policies", CERTIFICATE_POLICIES_MAX).ok()?;
    (!list.is_empty()).then_some(list)
}

fn known_qualifiers(qualifiers: &Element<'_>) -> Option<()> {
    let list = qualifiers.reader();
    for qualifier in list.elements("qualifiers", CERTIFICATE_POLICIES_MAX).ok()? {
        (qualifier.tag == Tag::SEQUENCE).then_some(())?;
        let id = qualifier.reader().oid("policyQualifierId").ok()?;
        KNOWN_QUALIFIERS
            .iter()
            .any(|known| known == id.content())
            .then_some(())?;
    }
    Some(())
}

/// `SkipCerts`; one above what fits is as good as the greatest that does.
fn skip_count(element: &Element<'_>) -> Option<u64> {
    let integer = element.integer();
    let is_count = !element.constructed && !element.content.is_empty() && !integer.is_negative();
    is_count.then(|| integer.to_u64().unwrap_or(u64::MAX))
}
