//! `RSASSA-PSS-params` (RFC 4055 §3.1), of a signature or of a key.

use tsa_core::tlv::{Element, Reader, Tag, scan};
use tsa_core::{AlgorithmIdentifier, DigestAlgorithm, Parameters, oid};

/// Digest of the message, digest inside MGF1, length of the salt in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PssParameters {
    pub(super) digest: DigestAlgorithm,
    pub(super) mgf_digest: DigestAlgorithm,
    pub(super) salt_bytes: u64,
}

/// `None` when unreadable or with an unknown part. What is left out has its default: SHA-1, a salt
/// of 20 bytes.
pub(super) fn read_pss(encoded: &[u8]) -> Option<PssParameters> {
    let scanned = scan(encoded).ok()?;
    let mut fields = Reader::new(&scanned).sequence("RSASSA-PSS-params").ok()?;
    let explicit = |fields: &mut Reader<'_>, tag| -> Option<Option<(usize, usize)>> {
        let Some(element) = fields.optional(Tag::context(tag)).ok()? else {
            return Some(None);
        };
        let inner = element.explicit("RSASSA-PSS-params").ok()?;
        Some(Some((inner.offset, inner.offset + inner.raw.len())))
    };
    let part = |range: Option<(usize, usize)>| range.map(|(from, to)| encoded.get(from..to));
    let hash = part(explicit(&mut fields, 0)?);
    let mask = part(explicit(&mut fields, 1)?);
    let salt = part(explicit(&mut fields, 2)?);
    let trailer = part(explicit(&mut fields, 3)?);
    fields.finish("RSASSA-PSS-params").ok()?;
    let digest = match hash {
        None => DigestAlgorithm::Sha1,
        Some(encoded) => algorithm(encoded?)?.digest_algorithm()?,
    };
    let mgf_digest = match mask {
        None => DigestAlgorithm::Sha1,
        Some(encoded) => {
            let mask = algorithm(encoded?)?;
            match (mask.algorithm == oid::MGF1, mask.parameters) {
                (true, Parameters::Other(inner)) => algorithm(&inner)?.digest_algorithm()?,
                _ => return None,
            }
        }
    };
    let number = |encoded: &[u8]| with_element(encoded, |element| element.integer().to_u64());
    let salt_bytes = match salt {
        None => 20,
        Some(encoded) => number(encoded?)??,
    };
    let trailer_field = match trailer {
        None => 1,
        Some(encoded) => number(encoded?)??,
    };
    (trailer_field == 1).then_some(PssParameters {
        digest,
        mgf_digest,
        salt_bytes,
    })
}

fn algorithm(encoded: &[u8]) -> Option<AlgorithmIdentifier> {
    with_element(encoded, |element| {
        AlgorithmIdentifier::read(element, "RSASSA-PSS-params").ok()
    })?
}

fn with_element<T>(encoded: &[u8], read: impl Fn(&Element<'_>) -> T) -> Option<T> {
    let scanned = scan(encoded).ok()?;
    let element = Reader::new(&scanned).next_element().ok()??;
    Some(read(&element))
}
