//! The scan and what stands on it: a walk over whatever was accepted, and its one DER form.

use tsa_core::tlv::{Element, Reader, scan, scan_der, to_der};

/// Accepted bytes can be walked, and have one encoding in DER.
///
/// # Panics
/// When that does not hold.
pub fn tlv(bytes: &[u8]) {
    let Ok(scanned) = scan(bytes) else {
        return;
    };
    let root = only_element(&Reader::new(&scanned));
    assert_eq!(root.raw, bytes);
    walk(&root, bytes);

    let der = to_der(&root).expect("a scanned value can be written");
    let again = scan_der(&der).expect("what is written is DER");
    let again = only_element(&Reader::new(&again));
    assert_eq!(to_der(&again).expect("twice"), der, "not idempotent");
    let is_der = scanned.deviations().is_empty();
    assert_eq!(der == bytes, is_der, "{:?}", scanned.deviations());
}

fn only_element<'a>(reader: &Reader<'a>) -> Element<'a> {
    let mut reader = *reader;
    let element = reader.next_element().expect("scanned").expect("one value");
    assert!(reader.is_at_end());
    element
}

/// Visits every value; the parts are the bytes, one after the other.
fn walk(element: &Element<'_>, message: &[u8]) {
    let end = element.offset + element.raw.len();
    assert_eq!(message.get(element.offset..end), Some(element.raw));
    let end = element.content_offset() + element.content.len();
    let content = message.get(element.content_offset()..end);
    assert_eq!(content, Some(element.content));
    if !element.constructed {
        return;
    }
    let mut reader = element.reader();
    while let Some(child) = reader.next_element().expect("scanned") {
        walk(&child, message);
    }
    assert_eq!(reader.offset(), end);
}
