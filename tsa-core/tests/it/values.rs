//! Object identifiers, integers, serial numbers and accuracies: bounds, text forms, equality.

use proptest::collection::vec;
use proptest::prelude::any;
use tsa_core::limits::{OID_BYTES_MAX, SERIAL_BYTES_MAX};
use tsa_core::{Accuracy, AlgorithmIdentifier, Integer, MessageImprint, ObjectIdentifier};
use tsa_core::{Parameters, SerialNumber, oid};

use crate::support::property;

/// Dotted form, content.
const IDENTIFIERS: &[(&str, &[u8])] = &[
    ("0.0", &[0]),
    ("0.39", &[39]),
    ("1.0", &[40]),
    ("1.39", &[79]),
    ("2.0", &[80]),
    ("2.47", &[127]),
    ("2.48", &[0x81, 0]),
    ("2.999.3", &[0x88, 0x37, 3]),
    ("1.2.840.113549", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]),
    ("1.3.0.127.128", &[0x2b, 0, 0x7f, 0x81, 0]),
    ("1.3.4294967295", &[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f]),
    ("1.3.4294967296", &[0x2b, 0x90, 0x80, 0x80, 0x80, 0]),
    (
        "1.3.18446744073709551616",
        &[
            0x2b, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0,
        ],
    ),
];

#[test]
fn identifiers_have_one_dotted_form_and_one_content() {
    for (dotted, content) in IDENTIFIERS {
        let identifier: ObjectIdentifier = dotted.parse().unwrap();
        assert_eq!(identifier.content(), *content, "{dotted}");
        assert_eq!(identifier.to_string(), *dotted);
        assert_eq!(ObjectIdentifier::from_content(content), Some(identifier));
    }
}

#[test]
fn text_that_is_no_identifier_is_refused_with_the_reason() {
    let long = format!("1.3{}", ".1".repeat(OID_BYTES_MAX));
    let table = [
        ("", "an arc is empty or above 128 bits"),
        ("1", "it has fewer than two arcs"),
        ("1.", "an arc is empty or above 128 bits"),
        ("1..3", "an arc is empty or above 128 bits"),
        ("1.3.", "an arc is empty or above 128 bits"),
        ("1.03", "an arc has leading zeros"),
        ("01.3", "an arc has leading zeros"),
        ("1.3.00", "an arc has leading zeros"),
        ("1.3.+4", "an arc is not a decimal number"),
        ("1.3.-4", "an arc is not a decimal number"),
        ("1.3. 4", "an arc is not a decimal number"),
        ("1.3.٣", "an arc is not a decimal number"),
        (
            "1.3.340282366920938463463374607431768211456",
            "an arc is empty or above 128 bits",
        ),
        (
            "2.340282366920938463463374607431768211455",
            "the second arc is too large",
        ),
        (
            "3.1",
            "the first arc is 0, 1 or 2, and below 0 and 1 the second is 0 to 39",
        ),
        (
            "0.40",
            "the first arc is 0, 1 or 2, and below 0 and 1 the second is 0 to 39",
        ),
        (&long, "it is too long"),
    ];
    for (text, reason) in table {
        let error = text.parse::<ObjectIdentifier>().expect_err(text);
        let expected = format!("`{text}` is not an object identifier: {reason}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn identifiers_of_uuids_are_those_of_x667() {
    for (uuid, dotted) in [
        (0, "2.25.0"),
        (1, "2.25.1"),
        (0x80, "2.25.128"),
        (
            0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6,
            "2.25.329800735698586629295641978511506172918",
        ),
        (u128::MAX, "2.25.340282366920938463463374607431768211455"),
    ] {
        let identifier = ObjectIdentifier::from_uuid(uuid);
        assert_eq!(identifier.to_string(), dotted);
        assert_eq!(dotted.parse(), Ok(identifier));
    }
    property("oid-uuid", 5_000, &any::<u128>(), |uuid| {
        let identifier = ObjectIdentifier::from_uuid(uuid);
        assert_eq!(identifier.to_string(), format!("2.25.{uuid}"));
        assert_eq!(identifier.to_string().parse(), Ok(identifier));
    });
}

#[test]
fn identifiers_of_unusual_content_are_refused_or_can_be_shown() {
    let longest = [0x2a; OID_BYTES_MAX];
    assert!(ObjectIdentifier::from_content(&longest).is_some());
    assert_eq!(
        ObjectIdentifier::from_content(&[0x2a; OID_BYTES_MAX + 1]),
        None
    );
    for broken in [&[][..], &[0x80, 1], &[0x2a, 0x80], &[0x2a, 0x80, 1]] {
        assert_eq!(ObjectIdentifier::from_content(broken), None, "{broken:?}");
    }
    let wide = ObjectIdentifier::from_content(&[[0xff; 25].as_slice(), &[0x7f]].concat()).unwrap();
    assert!(wide.to_string().starts_with("2.+0x"), "{wide}");

    property("oid-content", 10_000, &vec(any::<u8>(), 0..70), |content| {
        let Some(identifier) = ObjectIdentifier::from_content(&content) else {
            return;
        };
        assert_eq!(identifier.content(), content);
        let shown = identifier.to_string();
        if let Ok(again) = shown.parse::<ObjectIdentifier>() {
            assert_eq!(again, identifier);
        } else {
            assert!(
                shown.contains("0x"),
                "{shown}: only wide arcs have no text to read back"
            );
        }
    });
}

#[test]
fn identifiers_that_differ_are_shown_differently() {
    let pair = (vec(any::<u8>(), 1..40), 0..40_usize, 0..7_u32);
    property("oid-injective", 10_000, &pair, |(mut content, at, bit)| {
        // Arcs of every width, wide ones included.
        if let Some(last) = content.last_mut() {
            *last &= 0x7f;
        }
        let one = ObjectIdentifier::from_content(&content);
        let at = at % content.len();
        content[at] ^= 1 << bit;
        if let (Some(one), Some(other)) = (one, ObjectIdentifier::from_content(&content)) {
            assert_ne!(one.to_string(), other.to_string());
        }
    });
}

/// Content as sent, minimal content, hexadecimal, value when it fits 64 bits.
type IntegerRow = (&'static [u8], &'static [u8], &'static str, Option<u64>);

const INTEGERS: &[IntegerRow] = &[
    (&[], &[0], "00", Some(0)),
    (&[0], &[0], "00", Some(0)),
    (&[0, 0, 0], &[0], "00", Some(0)),
    (&[0x7f], &[0x7f], "7f", Some(127)),
    (&[0, 0x80], &[0, 0x80], "80", Some(128)),
    (&[0, 0, 0x80], &[0, 0x80], "80", Some(128)),
    (&[0xff], &[0xff], "-01", None),
    (&[0xff, 0xff], &[0xff], "-01", None),
    (&[0x80], &[0x80], "-80", None),
    (&[0xff, 0x80], &[0x80], "-80", None),
    (&[0xff, 0x7f], &[0xff, 0x7f], "-81", None),
    (&[0xff, 0], &[0xff, 0], "-0100", None),
    (
        &[0x7f, 255, 255, 255, 255, 255, 255, 255],
        &[0x7f, 255, 255, 255, 255, 255, 255, 255],
        "7fffffffffffffff",
        Some(0x7fff_ffff_ffff_ffff),
    ),
    (
        &[0, 255, 255, 255, 255, 255, 255, 255, 255],
        &[0, 255, 255, 255, 255, 255, 255, 255, 255],
        "ffffffffffffffff",
        Some(u64::MAX),
    ),
    (
        &[1, 0, 0, 0, 0, 0, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 0],
        "010000000000000000",
        None,
    ),
];

#[test]
fn integers_have_one_content_and_one_text() {
    for (sent, content, hex, number) in INTEGERS {
        let integer = Integer::from_content(sent);
        assert_eq!(integer.content(), *content, "{hex}");
        assert_eq!(integer.to_hex(), *hex);
        assert_eq!(integer.to_string(), *hex);
        assert_eq!(integer.to_u64(), *number, "{hex}");
        assert_eq!(integer.is_negative(), hex.starts_with('-'), "{hex}");
    }
}

#[test]
fn integers_agree_with_those_of_the_language() {
    property("integer-i64", 5_000, &any::<i64>(), |number| {
        let integer = Integer::from(number);
        assert_eq!(integer.to_u64(), u64::try_from(number).ok());
        assert_eq!(integer.is_negative(), number < 0);
        let sign = if number < 0 { "-" } else { "" };
        let magnitude = format!("{:x}", number.unsigned_abs());
        let shown = integer.to_hex();
        let digits = shown.strip_prefix(sign).expect("the sign comes first");
        assert!(digits.len().is_multiple_of(2), "{shown}: whole bytes");
        assert_eq!(
            u64::from_str_radix(digits, 16),
            u64::from_str_radix(&magnitude, 16)
        );
        assert_eq!(Integer::from_content(&number.to_be_bytes()), integer);
    });
    property("integer-u64", 5_000, &any::<u64>(), |number| {
        assert_eq!(Integer::from(number).to_u64(), Some(number));
        let padded = [[0; 5].as_slice(), &number.to_be_bytes()].concat();
        assert_eq!(Integer::from_unsigned(&padded), Integer::from(number));
    });
}

#[test]
fn serial_numbers_have_160_bits_and_no_sign() {
    let most = [0xff; SERIAL_BYTES_MAX];
    let serial = SerialNumber::from_unsigned(&most).unwrap();
    assert_eq!(serial.to_string(), "ff".repeat(SERIAL_BYTES_MAX));
    assert_eq!(serial.integer().content().len(), SERIAL_BYTES_MAX + 1);

    let one_more = [[1].as_slice(), &[0; SERIAL_BYTES_MAX]].concat();
    assert_eq!(SerialNumber::from_unsigned(&one_more), None);
    assert_eq!(SerialNumber::new(Integer::from(-1_i64)), None);
    assert_eq!(SerialNumber::new(Integer::from(i64::MIN)), None);
    assert!(SerialNumber::from_unsigned(&[]).is_some_and(|zero| zero.to_string() == "00"));
    let padded = [[0; 9].as_slice(), &most].concat();
    assert_eq!(SerialNumber::from_unsigned(&padded), Some(serial));
}

#[test]
fn accuracy_has_thousandths_of_1_to_999() {
    for (millis, micros, allowed) in [
        (None, None, true),
        (Some(1), Some(999), true),
        (Some(999), Some(1), true),
        (Some(0), None, false),
        (None, Some(0), false),
        (Some(1000), None, false),
        (None, Some(1000), false),
    ] {
        let accuracy = Accuracy::new(Some(u32::MAX), millis, micros);
        assert_eq!(accuracy.is_some(), allowed, "{millis:?} {micros:?}");
    }
    assert_eq!(Accuracy::new(None, None, None).unwrap().to_nanos(), None);
    assert_eq!(
        Accuracy::new(Some(0), None, None).unwrap().to_nanos(),
        Some(0)
    );
    let all = Accuracy::new(Some(2), Some(3), Some(4)).unwrap();
    assert_eq!(all.to_nanos(), Some(2_003_004_000));
}

#[test]
fn accuracy_is_never_smaller_than_what_was_measured() {
    assert_eq!(Accuracy::from_micros(0), None);
    assert_eq!(Accuracy::from_micros((1 << 32) * 1_000_000), None);
    assert_eq!(Accuracy::from_micros(u64::MAX), None);
    let largest: u64 = (1 << 32) * 1_000_000 - 1;
    property("accuracy", 10_000, &(1..=largest), |micros| {
        let accuracy = Accuracy::from_micros(micros).expect("in range");
        assert_eq!(accuracy.to_nanos(), Some(micros * 1_000));
        let again = Accuracy::new(accuracy.seconds(), accuracy.millis(), accuracy.micros());
        assert_eq!(again, Some(accuracy));
    });
}

#[test]
fn null_parameters_mean_the_same_as_none() {
    let absent = AlgorithmIdentifier::absent(oid::SHA_256);
    let null = AlgorithmIdentifier::null(oid::SHA_256);
    let odd = AlgorithmIdentifier {
        algorithm: oid::SHA_256,
        parameters: Parameters::Other(vec![4, 0]),
    };
    assert_ne!(absent, null);
    assert!(absent.is_equivalent(&null) && null.is_equivalent(&absent));
    assert!(!absent.is_equivalent(&odd) && odd.is_equivalent(&odd));
    assert!(!absent.is_equivalent(&AlgorithmIdentifier::absent(oid::SHA_384)));
    assert_eq!(null.digest_algorithm(), absent.digest_algorithm());
    assert_eq!(odd.digest_algorithm(), None);

    let imprint = MessageImprint::new(oid::SHA_256, vec![1; 32]);
    let mut other = imprint.clone();
    other.hash_algorithm = null;
    assert!(imprint.is_equivalent(&other));
    other.hashed_message[31] = 2;
    assert!(!imprint.is_equivalent(&other));
}
