//! Which CRL is about which certificate, at which time (RFC 5280 §6.3.3 (a) and (b)).

use alloc::vec::Vec;
use core::cmp::Ordering;

use tsa_core::{GenTime, Integer};

use super::WhyUnknown;
use super::crl::Crl;
use super::points::{DistributionPoint, IssuingPoint, PointName};
use crate::path::{Certificate, FoldedName, Ground};

/// Whether a CRL was there at a time, and no newer one was due (§6.3.3 (a)). RFC 5280 §5.1.2.5
/// wants nextUpdate in every CRL; one without is never known to be current.
pub(super) fn is_current(crl: &Crl<'_>, at: GenTime) -> Result<(), WhyUnknown> {
    if crl.this_update > at {
        return Err(WhyUnknown::NotYetIssued);
    }
    match crl.next_update {
        Some(next) if at <= next => Ok(()),
        _ => Err(WhyUnknown::Stale),
    }
}

/// Whether a CRL is about a certificate and the distribution point (§6.3.3 (b)).
pub(super) fn is_about(
    crl: &Crl<'_>,
    point: &DistributionPoint,
    certificate: &Certificate<'_>,
) -> bool {
    if !point.crl_issuers.is_empty() && !crl.is_indirect() {
        return false;
    }
    let Some(issuing) = &crl.extensions.issuing_point else {
        return true;
    };
    let is_ca = certificate
        .extensions
        .basic_constraints
        .is_some_and(|constraints| constraints.ca);
    if issuing.only_attribute || (issuing.only_user && is_ca) || (issuing.only_ca && !is_ca) {
        return false;
    }
    is_from(crl, issuing, point, certificate)
}

/// Whether the CRL's own distribution point is the one of the certificate (§6.3.3 (b)(2)(i)).
fn is_from(
    crl: &Crl<'_>,
    issuing: &IssuingPoint,
    point: &DistributionPoint,
    certificate: &Certificate<'_>,
) -> bool {
    let Some(names) = &issuing.names else {
        return true;
    };
    let issuer = FoldedName::read(crl.issuer);
    let names = names.whole(issuer.as_slice());
    let issuers: Vec<FoldedName> = match point.crl_issuers.as_slice() {
        [] => FoldedName::read(certificate.anatomy.issuer)
            .into_iter()
            .collect(),
        named => named
            .iter()
            .filter_map(|name| FoldedName::read(name))
            .collect(),
    };
    let wanted = match &point.names {
        Some(wanted) => wanted.whole(&issuers),
        None => issuers.into_iter().map(PointName::Directory).collect(),
    };
    names.iter().any(|name| wanted.contains(name))
}

/// Whether a certificate's key identifier is the one that the CRL names; unknown counts as no.
pub(super) fn fits_key(ground: &Ground<'_, '_>, number: usize, wanted: Option<&[u8]>) -> bool {
    let certificate = ground.certificate(number);
    let identifier = certificate
        .and_then(|certificate| certificate.extensions.subject_key_identifier.as_deref());
    // The value holds the identifier; what else it holds does not matter to put it first.
    match (wanted, identifier) {
        (Some(wanted), Some(identifier)) if !identifier.is_empty() => wanted
            .windows(identifier.len())
            .any(|window| window == identifier),
        _ => false,
    }
}

/// Numbers that are not negative, by size.
pub(super) fn compare(one: &Integer, other: &Integer) -> Ordering {
    let digits = |number: &Integer| {
        let content = number.content();
        content.strip_prefix(&[0]).unwrap_or(content).to_vec()
    };
    let (one, other) = (digits(one), digits(other));
    one.len().cmp(&other.len()).then_with(|| one.cmp(&other))
}
