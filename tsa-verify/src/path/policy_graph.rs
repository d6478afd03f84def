//! Certificate policies along a path (RFC 5280 §6.1.2 to §6.1.5, in the form of RFC 9618).
//!
//! RFC 5280 grows a tree, which mappings and anyPolicy make as large as the product of all lists.
//! RFC 9618 keeps one node for each policy at each depth instead, with as many parents as it has;
//! the verdict is the same, and the work is that of the lists put together.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use tsa_core::{ObjectIdentifier, oid};

use super::defects::{Defects, PathRule, Step};
use super::policies::{PolicyExtensions, is_any};
use super::question::PolicyInputs;
use crate::text::say;

/// The policies under which a path may be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum PolicySet {
    /// None; where no policy is required that denies nothing.
    #[default]
    None,
    /// Any.
    Any,
    /// These.
    These(BTreeSet<ObjectIdentifier>),
}

impl PolicySet {
    fn of(policies: BTreeSet<ObjectIdentifier>) -> Self {
        match policies.is_empty() {
            true => Self::None,
            false => Self::These(policies),
        }
    }

    fn common(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::Any, set) | (set, Self::Any) => set,
            (Self::These(one), Self::These(other)) => Self::of(&one & &other),
        }
    }
}

/// Judges the policies of a path, the signer first and the anchor last. What is returned is the
/// user-constrained-policy-set.
pub(super) fn judge(
    path: &[Step<'_, '_>],
    inputs: &PolicyInputs,
    found: &mut Defects,
) -> PolicySet {
    let certificates: Vec<&Step<'_, '_>> = path.iter().rev().filter(|one| !one.is_anchor).collect();
    let mut state = State::begin(certificates.len(), inputs);
    if let Some(anchor) = path.last().filter(|last| last.is_anchor) {
        state.take_anchor(&anchor.certificate.extensions.policies);
    }
    let last = certificates.len().saturating_sub(1);
    for (index, step) in certificates.into_iter().enumerate() {
        let policies = &step.certificate.extensions.policies;
        state.take_policies(policies, index < last && step.is_self_issued);
        if state.explicit_policy == 0 && state.graph.is_null() {
            refuse(step, found);
            return PolicySet::None;
        }
        if index == last {
            state.wrap_up(policies);
            break;
        }
        if !state.prepare(policies, step.is_self_issued) {
            found.push(PathRule::Policies, || {
                say!(
                    "「{name}」的 policyMappings 涉及 anyPolicy，这是不允许的",
                    "the policyMappings of “{name}” map anyPolicy, which must not be",
                    name = step.name()
                )
            });
            return PolicySet::None;
        }
    }
    let set = state.graph.authority_constrained().common(state.initial);
    if state.explicit_policy == 0
        && set == PolicySet::None
        && let Some(signer) = path.first()
    {
        refuse(signer, found);
    }
    set
}

fn refuse(step: &Step<'_, '_>, found: &mut Defects) {
    found.push(PathRule::Policies, || {
        say!(
            "要求有明确的证书策略，但到「{name}」为止没有一个可接受的策略",
            "a policy is required, and none that is acceptable holds down to “{name}”",
            name = step.name()
        )
    });
}

/// The state variables of §6.1.2 that policies need.
struct State {
    graph: Graph,
    /// user-initial-policy-set
    initial: PolicySet,
    explicit_policy: u64,
    policy_mapping: u64,
    inhibit_any_policy: u64,
}

impl State {
    fn begin(certificates: usize, inputs: &PolicyInputs) -> Self {
        let beyond = u64::try_from(certificates)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let count = |set: bool| if set { 0 } else { beyond };
        let initial = match inputs.initial.iter().any(is_any) || inputs.initial.is_empty() {
            true => PolicySet::Any,
            false => PolicySet::of(inputs.initial.iter().copied().collect()),
        };
        Self {
            graph: Graph::new(),
            initial,
            explicit_policy: count(inputs.require_explicit),
            policy_mapping: count(inputs.inhibit_mapping),
            inhibit_any_policy: count(inputs.inhibit_any),
        }
    }

    /// What the anchor's own certificate says tightens the inputs (RFC 5937 §3.2).
    fn take_anchor(&mut self, anchor: &PolicyExtensions) {
        if let Some(policies) = &anchor.policies
            && !policies.iter().any(is_any)
        {
            let own = PolicySet::of(policies.iter().copied().collect());
            self.initial = core::mem::take(&mut self.initial).common(own);
        }
        let tighten = |count: &mut u64, by: Option<u64>| {
            if by.is_some() {
                *count = 0;
            }
        };
        tighten(&mut self.explicit_policy, anchor.require_explicit);
        tighten(&mut self.policy_mapping, anchor.inhibit_mapping);
        tighten(&mut self.inhibit_any_policy, anchor.inhibit_any);
    }

    /// §6.1.3 (d) and (e).
    fn take_policies(&mut self, extensions: &PolicyExtensions, is_self_issued_issuer: bool) {
        match &extensions.policies {
            None => self.graph = Graph::null(),
            Some(policies) => {
                let any_counts = self.inhibit_any_policy > 0 || is_self_issued_issuer;
                self.graph.extend(policies, any_counts);
            }
        }
    }

    /// §6.1.4 (a), (b), (h) to (j); `false` when anyPolicy is mapped.
    fn prepare(&mut self, extensions: &PolicyExtensions, is_self_issued: bool) -> bool {
        let mappings = &extensions.mappings;
        if mappings
            .iter()
            .any(|(issuer, subject)| is_any(issuer) || is_any(subject))
        {
            return false;
        }
        self.graph.map(mappings, self.policy_mapping > 0);
        let counts = [
            (&mut self.explicit_policy, extensions.require_explicit),
            (&mut self.policy_mapping, extensions.inhibit_mapping),
            (&mut self.inhibit_any_policy, extensions.inhibit_any),
        ];
        for (count, bound) in counts {
            if !is_self_issued {
                *count = count.saturating_sub(1);
            }
            *count = bound.map_or(*count, |bound| bound.min(*count));
        }
        true
    }

    /// §6.1.5 (a) and (b).
    fn wrap_up(&mut self, extensions: &PolicyExtensions) {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if extensions.require_explicit == Some(0) {
            self.explicit_policy = 0;
        }
    }
}

/// One policy at one depth.
struct Node {
    /// `expected_policy_set`
    expected: Vec<ObjectIdentifier>,
    /// Policies of the depth above, which are there.
    parents: Vec<ObjectIdentifier>,
}

impl Node {
    fn new(policy: ObjectIdentifier, parents: Vec<ObjectIdentifier>) -> Self {
        Self {
            expected: alloc::vec![policy],
            parents,
        }
    }
}

type Level = BTreeMap<ObjectIdentifier, Node>;

/// `valid_policy_graph`: from depth 0, which is anyPolicy. Every node has a child but for those of
/// the last depth.
struct Graph {
    levels: Vec<Level>,
}

impl Graph {
    fn new() -> Self {
        let any = Node::new(oid::ANY_POLICY, Vec::new());
        let level = Level::from([(oid::ANY_POLICY, any)]);
        Self {
            levels: alloc::vec![level],
        }
    }

    fn null() -> Self {
        Self { levels: Vec::new() }
    }

    fn is_null(&self) -> bool {
        self.levels.last().is_none_or(Level::is_empty)
    }

    /// §6.1.3 (d).
    fn extend(&mut self, policies: &[ObjectIdentifier], any_counts: bool) {
        let Some(above) = self.levels.last().filter(|_| !self.is_null()) else {
            return;
        };
        let mut expected: BTreeMap<ObjectIdentifier, Vec<ObjectIdentifier>> = BTreeMap::new();
        for (policy, node) in above {
            for one in &node.expected {
                expected.entry(*one).or_default().push(*policy);
            }
        }
        let has_any = above.contains_key(&oid::ANY_POLICY);
        let mut level = Level::new();
        for policy in policies.iter().filter(|policy| !is_any(policy)) {
            let parents = match expected.get(policy) {
                Some(parents) => parents.clone(),
                None if has_any => alloc::vec![oid::ANY_POLICY],
                None => continue,
            };
            level.insert(*policy, Node::new(*policy, parents));
        }
        if any_counts && policies.iter().any(is_any) {
            for (policy, parents) in expected {
                let node = || Node::new(policy, parents);
                level.entry(policy).or_insert_with(node);
            }
        }
        self.levels.push(level);
        self.prune();
    }

    /// §6.1.4 (b).
    fn map(&mut self, mappings: &[(ObjectIdentifier, ObjectIdentifier)], allowed: bool) {
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let mut targets: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            targets.entry(*issuer).or_default().insert(*subject);
        }
        let has_any = level.contains_key(&oid::ANY_POLICY);
        for (policy, expected) in targets {
            if !allowed {
                level.remove(&policy);
                continue;
            }
            let expected = expected.into_iter().collect();
            if let Some(node) = level.get_mut(&policy) {
                node.expected = expected;
            } else if has_any {
                let parents = alloc::vec![oid::ANY_POLICY];
                level.insert(policy, Node { expected, parents });
            }
        }
        self.prune();
    }

    /// Deletes nodes without children above the last depth (§6.1.3 (d)(3)).
    fn prune(&mut self) {
        let mut used: Option<BTreeSet<ObjectIdentifier>> = None;
        for level in self.levels.iter_mut().rev() {
            if let Some(used) = used {
                level.retain(|policy, _| used.contains(policy));
            }
            let parents = level.values().flat_map(|node| node.parents.iter().copied());
            used = Some(parents.collect());
        }
    }

    /// authority-constrained-policy-set (RFC 9618 §5.6): anyPolicy, or the policies that stand
    /// below it, in the words of the topmost domain.
    fn authority_constrained(&self) -> PolicySet {
        let Some(last) = self.levels.last() else {
            return PolicySet::None;
        };
        if last.contains_key(&oid::ANY_POLICY) {
            return PolicySet::Any;
        }
        let nodes = self.levels.iter().flatten();
        let below_any =
            nodes.filter(|(policy, node)| !is_any(policy) && node.parents.iter().any(is_any));
        PolicySet::of(below_any.map(|(policy, _)| *policy).collect())
    }
}
