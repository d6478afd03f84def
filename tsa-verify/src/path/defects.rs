//! What is wrong with a path: counted for every candidate, put into words for the one that is kept.
//!
//! Paths of a hostile bag are many and their names long, so words are made once, and of each rule
//! only the first few defects are listed.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::Certificate;
use crate::Text;
use crate::limits::PATH_DEFECTS_LISTED_MAX;
use crate::text::say;

/// The rule that a path breaks; one finding for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PathRule {
    /// A certificate's signature holds with the key of the next.
    Signature,
    /// The same, where the engine cannot tell.
    SignatureUnsupported,
    /// Both places for the signature algorithm say the same.
    SignatureAlgorithm,
    /// Every issuer is valid at `genTime`.
    Validity,
    /// Every issuer is a CA, and the path is not longer than allowed.
    BasicConstraints,
    /// Every issuer may sign certificates.
    KeyUsage,
    /// Every issuer that names purposes names time-stamping or any.
    Purpose,
    /// No critical extension is unknown, twice or unreadable.
    Extensions,
    /// Every name is one that the issuers above allow.
    Names,
    /// Constraints on names that are not processed.
    Constraints,
    /// The policies that are required hold.
    Policies,
    /// The certificate below all others is not revoked.
    Revoked,
    /// No issuer is revoked.
    RevokedIssuer,
    /// No certificate is on hold.
    OnHold,
    /// Whether a certificate is revoked can be told.
    RevocationUnknown,
}

/// One broken rule, with the certificate that breaks it.
#[derive(Clone, Debug)]
pub(crate) struct Defect {
    pub(crate) rule: PathRule,
    pub(crate) detail: Text,
}

/// One certificate of a path.
pub(super) struct Step<'s, 'a> {
    /// Its number on the ground of the search.
    pub(super) number: usize,
    pub(super) certificate: &'s Certificate<'a>,
    pub(super) is_self_issued: bool,
    /// The anchor, above the signer.
    pub(super) is_anchor: bool,
    name: OnceCell<String>,
}

impl<'s, 'a> Step<'s, 'a> {
    pub(super) fn new(
        number: usize,
        certificate: &'s Certificate<'a>,
        is_self_issued: bool,
        is_anchor: bool,
    ) -> Self {
        Self {
            number,
            certificate,
            is_self_issued,
            is_anchor,
            name: OnceCell::new(),
        }
    }

    /// The subject, harmless to show.
    pub(super) fn name(&self) -> &str {
        self.name.get_or_init(|| self.certificate.subject())
    }
}

/// Defects being counted, or listed.
pub(crate) struct Defects {
    /// Words are wanted.
    lists: bool,
    /// How many defects there are, those not listed included.
    pub(super) count: usize,
    listed: Vec<Defect>,
    of_rule: BTreeMap<PathRule, usize>,
}

impl Defects {
    pub(super) fn counted() -> Self {
        Self {
            lists: false,
            count: 0,
            listed: Vec::new(),
            of_rule: BTreeMap::new(),
        }
    }

    pub(super) fn listed() -> Self {
        Self {
            lists: true,
            ..Self::counted()
        }
    }

    /// Counts a defect; `detail` is asked only when it is to be listed.
    pub(crate) fn push(&mut self, rule: PathRule, detail: impl FnOnce() -> Text) {
        self.count += 1;
        if !self.lists {
            return;
        }
        let of_rule = self.of_rule.entry(rule).or_insert(0);
        *of_rule += 1;
        if *of_rule <= PATH_DEFECTS_LISTED_MAX {
            let detail = detail();
            self.listed.push(Defect { rule, detail });
        }
    }

    /// Counts what denies the verdict by a check that is made elsewhere.
    pub(super) fn count_silently(&mut self, more: usize) {
        self.count += more;
    }

    /// The list, with the number of those left out.
    pub(super) fn into_list(mut self) -> Vec<Defect> {
        for (rule, of_rule) in self.of_rule {
            if let Some(more) = of_rule.checked_sub(PATH_DEFECTS_LISTED_MAX + 1) {
                let detail = say!("另有 {count} 项", "{count} more", count = more + 1);
                self.listed.push(Defect { rule, detail });
            }
        }
        self.listed
    }
}
