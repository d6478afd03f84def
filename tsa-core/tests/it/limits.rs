//! Hostile sizes: depth, lengths, counts and huge values end in an error or in linear work.

use tsa_core::limits::{
    DEPTH_MAX, DEVIATIONS_LISTED_MAX, MESSAGE_BYTES_MAX, OID_BYTES_MAX, VALUES_MAX,
};
use tsa_core::tlv::{Reader, scan, scan_der, to_der, value};
use tsa_core::{DecodeErrorKind, Integer};

use crate::tlv::error;

fn limit(what: &'static str, max: usize) -> DecodeErrorKind {
    DecodeErrorKind::Limit { what, max }
}

/// `depth` structures inside each other.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| value(&[0x30], &inner))
}

#[test]
fn nesting_is_bounded() {
    assert_eq!(scan_der(&nested(DEPTH_MAX)).map(|_| ()), Ok(()));
    let too_deep = error(limit("nesting levels", DEPTH_MAX), 2 * DEPTH_MAX);
    assert_eq!(
        scan(&nested(DEPTH_MAX + 1)).map(|_| ()),
        Err(too_deep.clone())
    );

    let mut indefinite = [0x30, 0x80].repeat(DEPTH_MAX);
    indefinite.extend([0, 0].repeat(DEPTH_MAX));
    let scanned = scan(&indefinite).unwrap();
    assert_eq!(scanned.deviations().count(), DEPTH_MAX);
    let element = Reader::new(&scanned).next_element().unwrap().unwrap();
    assert_eq!(to_der(&element).unwrap(), nested(DEPTH_MAX));

    for unit in [&[0x30, 0x80], &[0x24, 0x80], &[0x23, 0x80], &[0xa0, 0x80]] {
        let found = scan(&unit.repeat(100_000)).map(|_| ());
        assert_eq!(found, Err(too_deep.clone()));
    }
    let definite = [0x30, 0x84, 0, 0x10, 0, 0].repeat(100_000);
    assert!(scan(&definite).is_err());
}

#[test]
fn size_is_bounded() {
    let length = u32::try_from(MESSAGE_BYTES_MAX - 5).unwrap().to_be_bytes();
    let mut message = vec![4, 0x83];
    message.extend(&length[1..]);
    message.resize(MESSAGE_BYTES_MAX, 0xaa);
    assert_eq!(scan(&message).unwrap().deviations().count(), 0);

    message.push(0xaa);
    let expected = error(limit("message bytes", MESSAGE_BYTES_MAX), MESSAGE_BYTES_MAX);
    assert_eq!(scan(&message).map(|_| ()), Err(expected));
}

#[test]
fn the_number_of_values_is_bounded() {
    let most = value(&[0x30], &[5, 0].repeat(VALUES_MAX - 1));
    assert!(scan_der(&most).is_ok());

    let one_more = value(&[0x30], &[5, 0].repeat(VALUES_MAX));
    let offset = one_more.len() - 2;
    let expected = error(limit("values", VALUES_MAX), offset);
    assert_eq!(scan(&one_more).map(|_| ()), Err(expected));
}

#[test]
fn deviations_are_listed_up_to_a_bound_and_counted_beyond() {
    let many = 2 * DEVIATIONS_LISTED_MAX + 1;
    let message = value(&[0x30], &[2, 2, 0, 0].repeat(many));
    let deviations = scan(&message).unwrap().into_deviations();
    assert_eq!(deviations.count(), many);
    assert_eq!(deviations.listed().len(), DEVIATIONS_LISTED_MAX);
    assert!(!deviations.is_empty());
}

#[test]
fn huge_values_take_linear_work() {
    let mut arcs = vec![0x81; 1_000_000];
    arcs.push(1);
    let bytes = value(&[6], &arcs);
    let element = Reader::new(&scan_der(&bytes).unwrap())
        .next_element()
        .unwrap()
        .unwrap();
    let unusual = DecodeErrorKind::Value {
        field: "policy",
        reason: "an object identifier of unusual length",
    };
    assert!(arcs.len() > OID_BYTES_MAX);
    assert_eq!(element.oid("policy"), Err(error(unusual, 0)));

    let mut digits = vec![0; 1_000_000];
    digits.push(7);
    let bytes = value(&[2], &digits);
    let scanned = scan(&bytes).unwrap();
    let element = Reader::new(&scanned).next_element().unwrap().unwrap();
    assert_eq!(element.integer(), Integer::from(7_u64));
    assert_eq!(scanned.deviations().count(), 1);
}
