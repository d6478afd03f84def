//! What a token of this authority states, read back from its bytes. Nothing is judged here.

use tsa_core::tlv::{Deviations, Reader, Tag, scan_der};
use tsa_core::{DecodeError, SignedData, TstInfo};

/// The `TSTInfo` of a token.
pub(crate) fn tst_info(token: &[u8]) -> Result<TstInfo, DecodeError> {
    let scanned = scan_der(token)?;
    let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
    let signed_data = SignedData::read(&content_info, &mut Deviations::default())?;
    Ok(signed_data.unverified_tst_info()?.info)
}
