//! BER at random: the scan never fails but by its error, a reader walks whatever it let through,
//! and the DER made of it is DER.

use proptest::collection::vec;
use proptest::prelude::any;
use tsa_core::limits::DEPTH_MAX;
use tsa_core::tlv::{Element, Reader, Rule, scan, scan_der, set_of, to_der, value};

use crate::support::{Random, count, property, soak};

/// All that must hold for any bytes; `true` when they were accepted.
fn check(bytes: &[u8]) -> bool {
    let Ok(scanned) = scan(bytes) else {
        return false;
    };
    let mut reader = Reader::new(&scanned);
    let root = reader.next_element().unwrap().unwrap();
    assert!(reader.is_at_end());
    assert_eq!((root.offset, root.raw), (0, bytes));
    walk(&root, bytes, 1);

    let der = to_der(&root).unwrap();
    let again = scan_der(&der).unwrap_or_else(|error| panic!("{bytes:02x?}: {error}"));
    let again = Reader::new(&again).next_element().unwrap().unwrap();
    assert_eq!(to_der(&again).unwrap(), der, "{bytes:02x?}: not idempotent");
    if scanned.deviations().is_empty() {
        assert_eq!(der, bytes, "DER is changed");
    } else {
        assert_ne!(der, bytes, "deviations of DER: {:?}", scanned.deviations());
    }
    true
}

/// Visits every value; its parts are the received bytes, one after the other.
fn walk(element: &Element<'_>, message: &[u8], depth: usize) {
    assert!(depth <= DEPTH_MAX + 1);
    let end = element.offset + element.raw.len();
    assert_eq!(&message[element.offset..end], element.raw);
    let from = element.content_offset();
    assert_eq!(
        &message[from..from + element.content.len()],
        element.content
    );
    if !element.constructed {
        return;
    }
    let mut reader = element.reader();
    let mut at = from;
    while let Some(child) = reader.next_element().expect("the scan let it through") {
        assert_eq!(child.offset, at);
        walk(&child, message, depth + 1);
        at += child.raw.len();
    }
    assert_eq!(at, from + element.content.len());
}

#[test]
fn random_bytes_are_read_or_refused() {
    property("tlv-bytes", 20_000, &vec(any::<u8>(), 0..64), |bytes| {
        check(&bytes);
    });
}

#[test]
fn random_ber_is_read_and_has_one_der_form() {
    let mut random = Random::new("ber");
    let cases = count(20_000);
    let mut deviating = 0_u32;
    for _ in 0..cases {
        let bytes = any_value(&mut random, 5);
        assert!(check(&bytes), "{bytes:02x?}: {:?}", scan(&bytes));
        deviating += u32::from(scan_der(&bytes).is_err());
    }
    assert!(
        deviating > cases / 4 && deviating < cases,
        "{deviating} of {cases} deviate"
    );
    soak(
        "tlv-ber",
        cases,
        &format!("values, {deviating} of them not DER"),
    );
}

#[test]
fn mutated_ber_is_read_or_refused() {
    let mut random = Random::new("mutated ber");
    let cases = count(50_000);
    let mut accepted = 0_u32;
    for _ in 0..cases {
        let mut bytes = any_value(&mut random, 4);
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = if random.is_one_in(2) {
                random.byte()
            } else {
                bytes[at] ^ 0x20
            };
        }
        accepted += u32::from(check(&bytes));
    }
    assert!(accepted > 0);
    soak(
        "tlv-mutated",
        cases,
        &format!("values, {accepted} of them accepted"),
    );
}

/// An encoded value in any of the forms of BER.
fn any_value(random: &mut Random, depth: usize) -> Vec<u8> {
    let kinds = if depth == 0 { 6 } else { 11 };
    match random.below(kinds) {
        0 => {
            let pad = if random.is_one_in(2) {
                [0].as_slice()
            } else {
                &[]
            };
            let content = [pad, &[random.byte() & 0x7f, random.byte()]].concat();
            encoded(random, 0x02, &content)
        }
        1 => {
            let boolean = [random.byte()];
            encoded(random, 0x01, &boolean)
        }
        2 => octet_segment(random, 0x04),
        3 => bit_segment(random, true),
        4 => {
            let oid = random.oid();
            encoded(random, 0x06, oid.content())
        }
        5 => octet_segment(random, 0x9f),
        6 => constructed_octets(random, 0x24, depth),
        7 => constructed_bits(random, depth, true),
        8 => {
            let ascii = value(&[0x04], b"text");
            constructed(random, 0x2c, &[ascii.clone(), ascii].concat())
        }
        kind => {
            let identifier = [0x30, 0x31, 0xa0][(kind + random.below(3)) % 3];
            let children: Vec<Vec<u8>> = (0..random.below(4))
                .map(|_| any_value(random, depth - 1))
                .collect();
            constructed(random, identifier, &children.concat())
        }
    }
}

/// A tag in its short form, or in the long one; a length in the shortest form, or a longer one.
fn encoded(random: &mut Random, identifier: u8, content: &[u8]) -> Vec<u8> {
    let mut out = if identifier == 0x9f {
        vec![
            0x9f,
            0x80 | (1 + random.byte() % 0x7f),
            random.byte() & 0x7f,
        ]
    } else if random.is_one_in(20) {
        vec![identifier | 0x1f, identifier & 0x1f]
    } else {
        vec![identifier]
    };
    if random.is_one_in(5) {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        out.push(0x84);
        out.extend(length);
    } else {
        out.extend(&value(&[0], content)[1..]);
        return out;
    }
    out.extend(content);
    out
}

fn constructed(random: &mut Random, identifier: u8, content: &[u8]) -> Vec<u8> {
    if random.is_one_in(3) {
        return [&[identifier, 0x80], content, &[0, 0]].concat();
    }
    encoded(random, identifier, content)
}

fn octet_segment(random: &mut Random, identifier: u8) -> Vec<u8> {
    let content = random.bytes_below(6);
    encoded(random, identifier, &content)
}

fn constructed_octets(random: &mut Random, identifier: u8, depth: usize) -> Vec<u8> {
    let mut content = Vec::new();
    for _ in 0..random.below(3) {
        content.extend(if depth > 0 && random.is_one_in(4) {
            constructed_octets(random, 0x24, depth - 1)
        } else {
            octet_segment(random, 0x04)
        });
    }
    constructed(random, identifier, &content)
}

/// Only the last segment may leave bits unused (X.690 §8.6.4).
fn bit_segment(random: &mut Random, last: bool) -> Vec<u8> {
    let bits = random.bytes_below(4);
    let unused = if last && !bits.is_empty() {
        random.byte() & 7
    } else {
        0
    };
    encoded(random, 0x03, &[&[unused], bits.as_slice()].concat())
}

fn constructed_bits(random: &mut Random, depth: usize, last: bool) -> Vec<u8> {
    let segments = random.below(3);
    let mut content = Vec::new();
    for number in 0..segments {
        let last = last && number + 1 == segments;
        content.extend(if depth > 0 && random.is_one_in(4) {
            constructed_bits(random, depth - 1, last)
        } else {
            bit_segment(random, last)
        });
    }
    constructed(random, 0x23, &content)
}

/// BER on the left, its DER on the right.
const MENDED: &[(&str, &[u8], &[u8])] = &[
    ("indefinite", &[0x30, 0x80, 5, 0, 0, 0], &[0x30, 2, 5, 0]),
    ("length", &[4, 0x82, 0, 1, 9], &[4, 1, 9]),
    ("tag", &[0x1f, 5, 0], &[5, 0]),
    ("INTEGER 1", &[2, 3, 0, 0, 1], &[2, 1, 1]),
    ("INTEGER -1", &[2, 3, 0xff, 0xff, 0xff], &[2, 1, 0xff]),
    ("TRUE", &[1, 1, 1], &[1, 1, 0xff]),
    (
        "octets",
        &[0x24, 0x80, 4, 1, 1, 0x24, 3, 4, 1, 2, 4, 1, 3, 0, 0],
        &[4, 3, 1, 2, 3],
    ),
    ("no octets", &[0x24, 0], &[4, 0]),
    (
        "bits",
        &[0x23, 8, 3, 2, 0, 0xaa, 3, 2, 4, 0xff],
        &[3, 3, 4, 0xaa, 0xf0],
    ),
    ("no bits", &[0x23, 0], &[3, 1, 0]),
    ("padding", &[3, 2, 3, 0xff], &[3, 2, 3, 0xf8]),
    (
        "text",
        &[0x2c, 6, 4, 1, 0xc3, 4, 1, 0xa9],
        &[12, 2, 0xc3, 0xa9],
    ),
    (
        "order",
        &[0x31, 6, 2, 1, 2, 2, 1, 1],
        &[0x31, 6, 2, 1, 1, 2, 1, 2],
    ),
    (
        "order of what is mended first",
        &[0x31, 8, 2, 1, 3, 2, 3, 0, 0, 1],
        &[0x31, 6, 2, 1, 1, 2, 1, 3],
    ),
];

#[test]
fn ber_is_mended_to_this_der() {
    for (what, ber, der) in MENDED {
        let scanned = scan(ber).unwrap();
        let element = Reader::new(&scanned).next_element().unwrap().unwrap();
        assert_eq!(to_der(&element).unwrap(), *der, "{what}");
        assert!(check(ber), "{what}");
    }
}

#[test]
fn a_set_is_written_in_order() {
    let elements = vec![vec![2, 1, 3], vec![2, 1, 1], vec![1, 1, 0]];
    let set = set_of(elements);
    assert_eq!(set, [0x31, 9, 1, 1, 0, 2, 1, 1, 2, 1, 3]);
    assert!(scan(&set).unwrap().deviations().is_empty());
    let unsorted = value(&[0x31], &[2, 1, 3, 2, 1, 1]);
    assert_eq!(
        scan(&unsorted).unwrap().deviations().listed()[0].rule,
        Rule::UnsortedSet
    );
}
