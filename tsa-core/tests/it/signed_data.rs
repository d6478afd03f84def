//! Envelopes of a strange shape: what is refused with its offset, and what is read and named.

use tsa_core::tlv::{Rule, scan, value};
use tsa_core::{
    CmsAlgorithmProtection, DecodeError, DecodeErrorKind, EssCertId, ReceivedToken, SignedData,
    SignerIdentifier, oid,
};

use crate::messages::{NULL, NUMBER, POLICY, VERSION, bad, sha256};
use crate::support::sequence;
use crate::tlv::error;

/// The parts of an envelope; each is valid until a test replaces it.
struct Parts {
    digest_algorithms: Vec<u8>,
    /// Between encapContentInfo and signerInfos.
    sets: Vec<u8>,
    sid: Vec<u8>,
    attributes: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            digest_algorithms: value(&[0x31], &sha256()),
            sets: Vec::new(),
            sid: value(&[0x80], b"key"),
            attributes: Vec::new(),
        }
    }
}

/// Offsets of `digestAlgorithms` and of the sets, in what [`envelope`] makes of the default parts
/// with short replacements.
const DIGESTS_AT: usize = 20;
const SETS_AT: usize = 52;

fn envelope(parts: &Parts) -> Vec<u8> {
    let encap = sequence(&[&value(&[6], oid::ID_CT_TST_INFO.content())]);
    let signature = value(&[4], b"signature");
    let mut signer = vec![VERSION, &parts.sid];
    let algorithm = sha256();
    signer.extend([&*algorithm, &parts.attributes, &algorithm, &signature]);
    let signers = value(&[0x31], &sequence(&signer));
    let inner = sequence(&[
        VERSION,
        &parts.digest_algorithms,
        &encap,
        &parts.sets,
        &signers,
    ]);
    sequence(&[
        &value(&[6], oid::ID_SIGNED_DATA.content()),
        &value(&[0xa0], &inner),
    ])
}

/// Reads the envelope; hands over the deviations and what `look` sees.
fn read<T>(
    bytes: &[u8],
    look: impl Fn(&SignedData<'_>) -> T,
) -> Result<(Vec<(Rule, usize)>, T), DecodeError> {
    let received = ReceivedToken::read(bytes)?;
    let mut deviations = received.deviations;
    let signed_data = SignedData::read(&received.token.expect("a token"), &mut deviations)?;
    let listed = deviations.listed().iter();
    let listed = listed.map(|found| (found.rule, found.offset)).collect();
    Ok((listed, look(&signed_data)))
}

/// Where `part` begins in `bytes`.
fn position(bytes: &[u8], part: &[u8]) -> usize {
    bytes
        .windows(part.len())
        .position(|window| window == part)
        .expect("it is in there")
}

#[test]
fn the_parts_stand_where_the_tables_say() {
    let bytes = envelope(&Parts::default());
    assert_eq!(position(&bytes, &value(&[0x31], &sha256())), DIGESTS_AT);
    let (deviations, version) = read(&bytes, |read| read.version.to_u64()).unwrap();
    assert_eq!((deviations, version), (vec![], Some(1)));
    let detached = read(&bytes, |read| read.unverified_tst_info().map(|_| ()));
    assert_eq!(
        detached.unwrap().1,
        Err(error(bad("eContent", "detached"), 0))
    );
}

#[test]
fn a_set_that_is_none_is_refused() {
    let digest = sha256();
    for (sets, field) in [
        (value(&[0x80], &digest), "certificates"),
        (vec![0x80, 0], "certificates"),
        (value(&[0x81], &digest), "crls"),
    ] {
        let parts = Parts {
            sets,
            ..Parts::default()
        };
        let found = read(&envelope(&parts), |_| ());
        assert_eq!(found, Err(error(bad(field, "not a SET"), SETS_AT)));
    }
    let parts = Parts {
        attributes: vec![0x80, 0],
        ..Parts::default()
    };
    let bytes = envelope(&parts);
    let at = bytes.len() - 2 - digest.len() - 11;
    assert_eq!(
        read(&bytes, |_| ()),
        Err(error(bad("signedAttrs", "not a SET"), at))
    );
}

#[test]
fn a_digest_algorithm_is_a_sequence() {
    let content = value(&[6], oid::SHA_256.content());
    for identifier in [4_u8, 0x31] {
        let digest_algorithms = value(&[0x31], &value(&[identifier], &content));
        let parts = Parts {
            digest_algorithms,
            ..Parts::default()
        };
        let expected = error(bad("digestAlgorithms", "not a SEQUENCE"), DIGESTS_AT + 2);
        assert_eq!(read(&envelope(&parts), |_| ()), Err(expected));
    }
}

#[test]
fn a_key_identifier_may_come_in_segments_which_is_named() {
    let expected = SignerIdentifier::SubjectKeyIdentifier(b"key"[..].into());
    let is_key = |read: &SignedData<'_>| read.signer_infos[0].sid == expected;
    assert_eq!(
        read(&envelope(&Parts::default()), is_key),
        Ok((vec![], true))
    );

    let sid = value(&[0xa0], &[value(&[4], b"ke"), value(&[4], b"y")].concat());
    let bytes = envelope(&Parts {
        sid: sid.clone(),
        ..Parts::default()
    });
    let at = position(&bytes, &sid);
    assert_eq!(
        read(&bytes, is_key),
        Ok((vec![(Rule::ConstructedString, at)], true))
    );

    let sid = value(&[0xa0], NUMBER);
    let bytes = envelope(&Parts {
        sid: sid.clone(),
        ..Parts::default()
    });
    let kind = DecodeErrorKind::Content("a segment of a string has another type");
    assert_eq!(
        read(&bytes, is_key),
        Err(error(kind, position(&bytes, &sid) + 2))
    );
}

#[test]
fn attributes_keep_the_form_they_were_sent_in() {
    let attribute = |number: u8| sequence(&[POLICY, &value(&[0x31], &[2, 1, number])]);
    let (one, two) = (attribute(1), attribute(2));
    let sorted = [one.clone(), two.clone()].concat();
    let unsorted = [two, one].concat();
    let set = value(&[0x31], &sorted);
    let indefinite = |content: &[u8]| [&[0x80], content, &[0, 0]].concat();
    let table: [(Vec<u8>, Vec<u8>, &[Rule]); 4] = [
        (value(&[0xa0], &sorted), set.clone(), &[]),
        (
            value(&[0xa0], &unsorted),
            value(&[0x31], &unsorted),
            &[Rule::UnsortedSet],
        ),
        (
            [vec![0xa0], indefinite(&sorted)].concat(),
            [vec![0x31], indefinite(&sorted)].concat(),
            &[Rule::IndefiniteLength],
        ),
        // [0] in two bytes.
        (
            value(&[0xbf, 0], &sorted),
            set.clone(),
            &[Rule::NonMinimalTag],
        ),
    ];
    for (attributes, as_sent, rules) in table {
        let parts = Parts {
            attributes,
            ..Parts::default()
        };
        let bytes = envelope(&parts);
        let look = |read: &SignedData<'_>| {
            let attributes = read.signer_infos[0].signed_attrs.as_ref().unwrap();
            (
                attributes.as_sent(),
                attributes.der().unwrap(),
                attributes.attributes.len(),
            )
        };
        let (deviations, seen) = read(&bytes, look).unwrap();
        assert_eq!(seen, (as_sent, set.clone(), 2));
        let found: Vec<_> = deviations.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(found, rules);
    }
}

#[test]
fn unsorted_certificates_are_read_in_their_order_and_named() {
    let (one, two) = (sequence(&[NUMBER]), sequence(&[NULL, NULL]));
    let sets = value(&[0xa0], &[two.clone(), one.clone()].concat());
    let parts = Parts {
        sets,
        ..Parts::default()
    };
    let look = |read: &SignedData<'_>| {
        let certificates = read.certificates.as_ref().unwrap().iter();
        certificates
            .map(|choice| choice.raw.to_vec())
            .collect::<Vec<_>>()
    };
    let at = SETS_AT + 2 + two.len();
    let expected = (vec![(Rule::UnsortedSet, at)], vec![two, one]);
    assert_eq!(read(&envelope(&parts), look), Ok(expected));

    // The same one twice is a strange set, but in order.
    let sets = value(&[0xa0], &sequence(&[NUMBER]).repeat(2));
    let parts = Parts {
        sets,
        ..Parts::default()
    };
    assert_eq!(read(&envelope(&parts), look).unwrap().0, []);
}

/// Hands the one value in `bytes` to a reader of attribute values.
fn attribute_value<T>(
    bytes: &[u8],
    read: impl Fn(&tsa_core::tlv::Element<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let scanned = scan(bytes)?;
    let mut reader = tsa_core::tlv::Reader::new(&scanned);
    read(&reader.next_element()?.expect("one value"))
}

#[test]
fn attribute_values_of_a_strange_shape_are_refused() {
    let primitive = [
        sha256(),
        value(&[0x81], &value(&[6], oid::SHA_256.content())),
    ]
    .concat();
    let found = attribute_value(&value(&[0x30], &primitive), CmsAlgorithmProtection::read);
    let at = 2 + sha256().len();
    assert_eq!(
        found,
        Err(error(bad("signatureAlgorithm", "not a SEQUENCE"), at))
    );

    for (bytes, kind, offset) in [
        (
            NULL.to_vec(),
            bad("SigningCertificateV2", "not a SEQUENCE"),
            0,
        ),
        (
            sequence(&[&sequence(&[NULL])]),
            bad("ESSCertID", "not a SEQUENCE"),
            4,
        ),
    ] {
        assert_eq!(
            attribute_value(&bytes, EssCertId::read_v2),
            Err(error(kind, offset))
        );
    }
    let hash = value(&[4], &[0x77; 20]);
    let v1 = sequence(&[&sequence(&[&sequence(&[&hash])])]);
    let read = attribute_value(&v1, EssCertId::read_v1).unwrap();
    assert_eq!(read[0].hash_algorithm.algorithm, oid::SHA_1);
    let named = sequence(&[&sequence(&[&sequence(&[&sha256(), &hash])])]);
    assert!(
        attribute_value(&named, EssCertId::read_v1).is_err(),
        "version 1 names no digest"
    );

    let serial = sequence(&[&sequence(&[NULL]), NUMBER]);
    let whole = sequence(&[&sequence(&[&sequence(&[&hash, &serial])])]);
    let read = attribute_value(&whole, EssCertId::read_v2).unwrap();
    assert_eq!(read[0].issuer_serial, Some((NULL.to_vec(), 7_u64.into())));
}
