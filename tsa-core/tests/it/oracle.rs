//! `rasn-cms` as the second opinion on what a message is and what its fields hold.
//!
//! What we accept it accepts, with the same values, as far as its types reach: OBJECT IDENTIFIER
//! arcs of 32 bits, a request's version of 64 bits without sign. What it accepts and we refuse is
//! not DER by its own encoder, or one of the reasons listed in [`is_deliberate`].

use rasn::{Decode, Encode};
use rasn_cms::tsp;
use tsa_core::tlv::{Rule, value};
use tsa_core::{
    DecodeError, DecodeErrorKind, Extension, Integer, MessageImprint, ObjectIdentifier, Parameters,
    TimeStampReq, TimeStampResp, TstInfo,
};

use crate::messages::{FALSE, POLICY, VERSION, imprint as imprint_bytes};
use crate::mutations::{any_response, any_tst_info, mutate};
use crate::support::{Random, count, sequence, soak};

fn decoded<T: Decode>(bytes: &[u8]) -> Option<T> {
    rasn::der::decode(bytes).ok()
}

fn oid(identifier: &ObjectIdentifier) -> rasn::types::ObjectIdentifier {
    let arcs: Result<Vec<u32>, _> = identifier.to_string().split('.').map(str::parse).collect();
    rasn::types::ObjectIdentifier::new_unchecked(arcs.expect("arcs of 32 bits").into())
}

fn integer(integer: &Integer) -> rasn::types::Integer {
    decoded(&value(&[2], integer.content())).expect("an INTEGER")
}

fn imprint(imprint: &MessageImprint) -> tsp::MessageImprint {
    let algorithm = &imprint.hash_algorithm;
    tsp::MessageImprint {
        hash_algorithm: rasn_pkix::AlgorithmIdentifier {
            algorithm: oid(&algorithm.algorithm),
            parameters: match &algorithm.parameters {
                Parameters::Absent => None,
                Parameters::Null => Some(rasn::types::Any::new(vec![5, 0])),
                Parameters::Other(raw) => Some(rasn::types::Any::new(raw.clone())),
            },
        },
        hashed_message: imprint.hashed_message.clone().into(),
    }
}

fn extensions(list: &[Extension]) -> Option<rasn_pkix::Extensions> {
    let extension = |extension: &Extension| rasn_pkix::Extension {
        extn_id: oid(&extension.id),
        critical: extension.critical,
        extn_value: extension.value.clone().into(),
    };
    (!list.is_empty()).then(|| list.iter().map(extension).collect::<Vec<_>>().into())
}

/// `None` where the oracle's types cannot hold the values.
fn request(request: &TimeStampReq) -> Option<tsp::TimeStampReq> {
    let mut identifiers = vec![&request.message_imprint.hash_algorithm.algorithm];
    identifiers.extend(&request.req_policy);
    identifiers.extend(request.extensions.iter().map(|extension| &extension.id));
    identifiers
        .iter()
        .all(|identifier| is_narrow(identifier))
        .then_some(())?;
    Some(tsp::TimeStampReq {
        version: request.version.to_u64()?,
        message_imprint: imprint(&request.message_imprint),
        req_policy: request.req_policy.as_ref().map(oid),
        nonce: request.nonce.as_ref().map(integer),
        cert_req: request.cert_req,
        extensions: extensions(&request.extensions),
    })
}

/// Whether every arc fits 32 bits, the first two joined too.
fn is_narrow(identifier: &ObjectIdentifier) -> bool {
    let text = identifier.to_string();
    text.split('.')
        .all(|arc| arc.parse::<u32>().is_ok_and(|arc| arc < u32::MAX - 80))
}

/// Reasons for which we refuse what the oracle reads, though its encoder writes the same bytes.
fn is_deliberate(error: &DecodeError) -> bool {
    match error.kind {
        // Bounds that RFC 3161 leaves to us.
        DecodeErrorKind::Limit { .. } => true,
        // The oracle does not know that PKIFailureInfo is a named bit list.
        DecodeErrorKind::NotDer(rule) => rule == Rule::NamedBitListTrailingZeros,
        // Its Accuracy has no range, and it knows leap seconds, which genTime cannot name.
        DecodeErrorKind::Value { field, reason } => {
            field == "accuracy" || (field, reason) == ("genTime", "no such time of day")
        }
        _ => false,
    }
}

/// The oracle accepts `bytes`: its own encoder must not, or what is wrong lies in parameters of an
/// algorithm, at which it does not look.
fn assert_not_der<T: Decode + Encode>(
    bytes: &[u8],
    error: &DecodeError,
    parameters: impl Fn(&T) -> Option<&rasn::types::Any>,
) -> bool {
    let Some(oracle) = decoded::<T>(bytes) else {
        return false;
    };
    let again = rasn::der::encode(&oracle).expect("what was read can be written");
    let in_parameters = parameters(&oracle).is_some_and(|raw| {
        let raw = raw.as_bytes();
        let at = bytes.windows(raw.len()).position(|window| window == raw);
        at.is_some_and(|at| (at..at + raw.len()).contains(&error.offset))
    });
    assert!(
        again != bytes || in_parameters || is_deliberate(error),
        "{error}: {bytes:02x?}"
    );
    true
}

fn request_parameters(request: &tsp::TimeStampReq) -> Option<&rasn::types::Any> {
    request.message_imprint.hash_algorithm.parameters.as_ref()
}

fn info_parameters(info: &tsp::TstInfo) -> Option<&rasn::types::Any> {
    info.message_imprint.hash_algorithm.parameters.as_ref()
}

#[test]
fn requests_are_what_the_oracle_says() {
    let mut random = Random::new("oracle requests");
    let cases = count(10_000);
    let (mut agreed, mut beyond, mut looser) = (0_u32, 0_u32, 0_u32);
    for number in 0..cases {
        let mut bytes = random.request().to_der().unwrap();
        if number % 4 != 0 {
            mutate(&mut random, &mut bytes);
        }
        match TimeStampReq::from_der(&bytes) {
            Ok(ours) => match request(&ours) {
                Some(expected) => {
                    assert_eq!(decoded(&bytes), Some(expected), "{bytes:02x?}");
                    agreed += 1;
                }
                None => beyond += 1,
            },
            Err(error) => {
                looser += u32::from(assert_not_der(&bytes, &error, request_parameters));
            }
        }
    }
    assert!(agreed > cases / 4, "{agreed} of {cases}");
    let detail = format!("requests: {agreed} equal, {beyond} beyond its types, {looser} it is lax");
    soak("oracle-requests", cases, &detail);
}

#[test]
fn statuses_are_what_the_oracle_says() {
    let mut random = Random::new("oracle responses");
    let cases = count(5_000);
    let (mut agreed, mut looser) = (0_u32, 0_u32);
    for number in 0..cases {
        let mut response = any_response(&mut random);
        // A token of ours is any structure, the oracle's a ContentInfo: see `token`.
        response.time_stamp_token = None;
        let mut bytes = response.to_der().unwrap();
        if number % 4 != 0 {
            mutate(&mut random, &mut bytes);
        }
        match TimeStampResp::from_der(&bytes) {
            Ok(ours) if ours.time_stamp_token.is_none() => {
                let theirs: tsp::TimeStampResp = decoded(&bytes).expect("accepted by both");
                let status = theirs.status;
                assert_eq!(status.status as u8, ours.status.status.number());
                assert_eq!(
                    status.status_string.unwrap_or_default(),
                    ours.status.status_string
                );
                let bits = status
                    .fail_info
                    .map(|bits| bits.iter_ones().collect::<Vec<_>>());
                assert_eq!(
                    bits.map(|bits| names(&bits)),
                    ours.status.fail_info.map(|info| info.to_string())
                );
                agreed += 1;
            }
            Ok(_) => {}
            Err(error) => {
                looser += u32::from(assert_not_der::<tsp::TimeStampResp>(&bytes, &error, |_| {
                    None
                }));
            }
        }
    }
    assert!(agreed > cases / 4, "{agreed} of {cases}");
    let detail = format!("responses: {agreed} equal, {looser} it is lax");
    soak("oracle-responses", cases, &detail);
}

/// The names of RFC 3161 for bit numbers.
fn names(bits: &[usize]) -> String {
    let name = |bit: &usize| match bit {
        0 => "badAlg".into(),
        2 => "badRequest".into(),
        5 => "badDataFormat".into(),
        14 => "timeNotAvailable".into(),
        15 => "unacceptedPolicy".into(),
        16 => "unacceptedExtension".into(),
        17 => "addInfoNotAvailable".into(),
        25 => "systemFailure".into(),
        bit => format!("bit {bit}"),
    };
    bits.iter().map(name).collect::<Vec<String>>().join(", ")
}

#[test]
fn statements_are_what_the_oracle_says() {
    let mut random = Random::new("oracle statements");
    let cases = count(10_000);
    let (mut agreed, mut looser) = (0_u32, 0_u32);
    for number in 0..cases {
        let mut bytes = any_tst_info(&mut random).to_der().unwrap();
        if number % 4 != 0 {
            mutate(&mut random, &mut bytes);
        }
        match TstInfo::read(&bytes) {
            Ok(reading) if reading.deviations.is_empty() => {
                agreed += u32::from(statement_agrees(&bytes, &reading.info));
            }
            Ok(_) => {}
            Err(error) => looser += u32::from(assert_not_der(&bytes, &error, info_parameters)),
        }
    }
    assert!(agreed > cases / 4, "{agreed} of {cases}");
    let detail = format!("statements: {agreed} equal, {looser} it is lax");
    soak("oracle-statements", cases, &detail);
}

/// Compares field by field; `false` where the oracle's types cannot hold the values.
fn statement_agrees(bytes: &[u8], ours: &TstInfo) -> bool {
    let mut identifiers = vec![&ours.policy, &ours.message_imprint.hash_algorithm.algorithm];
    identifiers.extend(ours.extensions.iter().map(|extension| &extension.id));
    if !identifiers.iter().all(|identifier| is_narrow(identifier)) {
        return false;
    }
    let Some(theirs) = decoded::<tsp::TstInfo>(bytes) else {
        // Our `tsa` is any value, the oracle's a GeneralName.
        assert!(ours.tsa.is_some(), "{bytes:02x?}");
        return false;
    };
    assert_eq!(theirs.version, integer(&ours.version));
    assert_eq!(theirs.policy, oid(&ours.policy));
    assert_eq!(theirs.message_imprint, imprint(&ours.message_imprint));
    assert_eq!(theirs.serial_number, integer(&ours.serial_number));
    assert_eq!(theirs.gen_time.timestamp(), ours.gen_time.unix_seconds());
    assert_eq!(
        theirs.gen_time.timestamp_subsec_nanos(),
        ours.gen_time.subsec_nanos()
    );
    assert_eq!(theirs.ordering, ours.ordering);
    assert_eq!(theirs.nonce, ours.nonce.as_ref().map(integer));
    assert_eq!(theirs.extensions, extensions(&ours.extensions));
    let tsa = theirs.tsa.map(|name| rasn::der::encode(&name).unwrap());
    assert_eq!(tsa, ours.tsa);
    let accuracy = ours.accuracy.map(|accuracy| tsp::Accuracy {
        seconds: accuracy.seconds().map(Into::into),
        millis: accuracy.millis().map(Into::into),
        micros: accuracy.micros().map(Into::into),
    });
    assert_eq!(theirs.accuracy, accuracy);
    true
}

/// What it is, the request, whether we and the oracle read it. A difference that has gone fails
/// here, so that the list in this file stays true.
#[test]
fn known_differences_are_still_there() {
    let imprint = imprint_bytes();
    let uuid = value(&[6], ObjectIdentifier::from_uuid(u128::MAX).content());
    let many = value(&[0xa0], &sequence(&[POLICY, &[4, 0]]).repeat(33));
    let table: [(&str, Vec<u8>, bool, bool); 5] = [
        (
            "certReq FALSE encoded",
            sequence(&[VERSION, &imprint, FALSE]),
            false,
            true,
        ),
        (
            "policy 2.25.UUID",
            sequence(&[VERSION, &imprint, &uuid]),
            true,
            false,
        ),
        (
            "version -1",
            sequence(&[&[2, 1, 0xff], &imprint]),
            true,
            false,
        ),
        (
            "33 extensions",
            sequence(&[VERSION, &imprint, &many]),
            false,
            true,
        ),
        (
            "a number in two bytes",
            sequence(&[&[2, 2, 0, 1], &imprint]),
            false,
            true,
        ),
    ];
    for (what, bytes, ours, theirs) in table {
        assert_eq!(TimeStampReq::from_der(&bytes).is_ok(), ours, "{what}");
        assert_eq!(
            decoded::<tsp::TimeStampReq>(&bytes).is_some(),
            theirs,
            "{what}: the oracle"
        );
    }
}
