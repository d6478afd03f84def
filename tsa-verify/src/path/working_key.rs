//! Keys that are complete only with parameters of the key above (RFC 5280 §6.1.4 (e), RFC 3279
//! §2.3.2): DSA keys of old hierarchies.

use alloc::vec::Vec;

use tsa_core::tlv::{Element, Reader, Tag, scan, value};

use crate::limits::PUBLIC_KEY_BYTES_MAX;

/// id-dsa
const DSA: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];

/// Whether it is a DSA key without parameters.
pub(super) fn lacks_parameters(subject_public_key_info: &[u8]) -> bool {
    matches!(
        Dsa::read(subject_public_key_info),
        Some(Dsa {
            parameters: None,
            ..
        })
    )
}

/// The key with the parameters of the one above; `None` when that has none to give.
pub(super) fn with_parameters(subject_public_key_info: &[u8], above: &[u8]) -> Option<Vec<u8>> {
    let own = Dsa::read(subject_public_key_info)?;
    let parameters = Dsa::read(above)?.parameters?;
    let algorithm = [&value(&[0x06], &DSA), parameters].concat();
    Some(value(
        &[0x30],
        &[&value(&[0x30], &algorithm), own.bits.raw].concat(),
    ))
}

struct Dsa<'a> {
    /// Encoded.
    parameters: Option<&'a [u8]>,
    bits: Element<'a>,
}

impl<'a> Dsa<'a> {
    fn read(subject_public_key_info: &'a [u8]) -> Option<Self> {
        if subject_public_key_info.len() > PUBLIC_KEY_BYTES_MAX {
            return None;
        }
        let scanned = scan(subject_public_key_info).ok()?;
        let mut fields = Reader::new(&scanned)
            .sequence("SubjectPublicKeyInfo")
            .ok()?;
        let mut algorithm = fields.sequence("algorithm").ok()?;
        let id = algorithm.oid("algorithm").ok()?;
        (id.content() == DSA).then_some(())?;
        let parameters = algorithm.next_element().ok()?;
        let bits = fields.expect(Tag::BIT_STRING, "subjectPublicKey").ok()?;
        fields.finish("SubjectPublicKeyInfo").ok()?;
        Some(Self {
            parameters: parameters
                .filter(|parameters| parameters.tag != Tag::NULL)
                .map(|parameters| parameters.raw),
            bits,
        })
    }
}
