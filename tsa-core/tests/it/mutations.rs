//! Messages at random: what is built is read back, what is broken is refused, and what is accepted
//! has no second encoding.

use std::borrow::Cow;

use tsa_core::tlv::{scan_der, value};
use tsa_core::{
    Accuracy, GenTime, ObjectIdentifier, Parameters, PkiFailureInfo, PkiStatusInfo, TimeStampReq,
    TimeStampResp, TstInfo,
};

use crate::support::{Random, count, sequence, soak};

#[test]
fn built_messages_are_der_and_read_back() {
    let mut random = Random::new("built");
    let cases = count(5_000);
    for _ in 0..cases {
        let mut request = random.request();
        if random.is_one_in(4) {
            let uuid = u128::from(random.next()) << 64 | u128::from(random.next());
            request.req_policy = Some(ObjectIdentifier::from_uuid(uuid));
        }
        let der = request.to_der().unwrap();
        assert!(scan_der(&der).is_ok(), "{request:?}");
        assert_eq!(TimeStampReq::from_der(&der), Ok(request));

        let response = any_response(&mut random);
        let der = response.to_der().unwrap();
        assert!(scan_der(&der).is_ok(), "{response:?}");
        assert_eq!(TimeStampResp::from_der(&der).as_ref(), Ok(&response));

        let info = any_tst_info(&mut random);
        let der = info.to_der().unwrap();
        assert!(scan_der(&der).is_ok(), "{info:?}");
        let reading = TstInfo::read(&der).unwrap();
        assert!(reading.deviations.is_empty(), "{info:?}");
        assert_eq!(reading.info, info);
    }
    soak("built", cases, "requests, responses and statements each");
}

#[test]
fn a_mutated_request_is_refused_or_has_this_one_encoding() {
    let mut random = Random::new("mutated requests");
    let cases = count(10_000);
    let mut accepted = 0_u32;
    for _ in 0..cases {
        let mut bytes = random.request().to_der().unwrap();
        mutate(&mut random, &mut bytes);
        match TimeStampReq::from_der(&bytes) {
            Ok(request) => {
                assert_eq!(request.to_der().unwrap(), bytes, "{request:?}");
                accepted += 1;
            }
            Err(error) => assert!(error.offset <= bytes.len(), "{error}: {bytes:02x?}"),
        }
    }
    assert!(
        accepted > cases / 100,
        "{accepted} of {cases}: flipped digests are accepted"
    );
    soak(
        "mutated-requests",
        cases,
        &format!("requests, {accepted} of them still accepted"),
    );
}

#[test]
fn a_mutated_response_is_refused_or_has_this_one_encoding() {
    let mut random = Random::new("mutated responses");
    let cases = count(10_000);
    let mut accepted = 0_u32;
    for _ in 0..cases {
        let mut bytes = any_response(&mut random).to_der().unwrap();
        mutate(&mut random, &mut bytes);
        match TimeStampResp::from_der(&bytes) {
            Ok(response) => {
                assert_eq!(response.to_der().unwrap(), bytes, "{response:?}");
                accepted += 1;
            }
            Err(error) => assert!(error.offset <= bytes.len(), "{error}: {bytes:02x?}"),
        }
    }
    assert!(accepted > cases / 100, "{accepted} of {cases}");
    soak(
        "mutated-responses",
        cases,
        &format!("responses, {accepted} of them still accepted"),
    );
}

#[test]
fn a_mutated_statement_without_deviations_has_this_one_encoding() {
    let mut random = Random::new("mutated statements");
    let cases = count(10_000);
    let (mut canonical, mut deviating) = (0_u32, 0_u32);
    for _ in 0..cases {
        let mut bytes = any_tst_info(&mut random).to_der().unwrap();
        mutate(&mut random, &mut bytes);
        match TstInfo::read(&bytes) {
            Ok(reading) if reading.deviations.is_empty() => {
                assert_eq!(reading.info.to_der().unwrap(), bytes, "{reading:?}");
                canonical += 1;
            }
            Ok(reading) => {
                let parameters = &reading.info.message_imprint.hash_algorithm.parameters;
                // Parts kept encoded are written with their deviations.
                let is_opaque =
                    matches!(parameters, Parameters::Other(_)) || reading.info.tsa.is_some();
                let written = reading.info.to_der().unwrap();
                assert!(is_opaque || written != bytes, "{reading:?}");
                deviating += 1;
            }
            Err(error) => assert!(error.offset <= bytes.len(), "{error}: {bytes:02x?}"),
        }
    }
    assert!(
        canonical > cases / 100 && deviating > 0,
        "{canonical}, {deviating} of {cases}"
    );
    let detail = format!("statements, {canonical} still DER, {deviating} read with deviations");
    soak("mutated-statements", cases, &detail);
}

/// One to three of: a flipped bit, a cut, bytes added, inserted, removed, a number changed by one.
pub(crate) fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(7) {
            0 | 1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => bytes.extend(random.bytes_below(4)),
            4 => bytes.insert(at, random.byte()),
            5 => drop(bytes.remove(at)),
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
    }
}

/// With a token that is any structure: what it holds is not a response's business.
pub(crate) fn any_response(random: &mut Random) -> TimeStampResp<'static> {
    const FAILURES: [PkiFailureInfo; 8] = [
        PkiFailureInfo::BAD_ALG,
        PkiFailureInfo::BAD_REQUEST,
        PkiFailureInfo::BAD_DATA_FORMAT,
        PkiFailureInfo::TIME_NOT_AVAILABLE,
        PkiFailureInfo::UNACCEPTED_POLICY,
        PkiFailureInfo::UNACCEPTED_EXTENSION,
        PkiFailureInfo::ADD_INFO_NOT_AVAILABLE,
        PkiFailureInfo::SYSTEM_FAILURE,
    ];
    let mut status = PkiStatusInfo::granted();
    if random.is_one_in(2) {
        status = PkiStatusInfo::rejection(FAILURES[random.below(FAILURES.len())], "non, 不");
    }
    for _ in 0..random.below(3) {
        status.status_string.push("x".repeat(random.below(200)));
    }
    let token = random.is_one_in(2).then(|| {
        let content = value(&[0x04], &random.bytes_below(300));
        sequence(&[&content])
    });
    TimeStampResp {
        status,
        time_stamp_token: token.map(Cow::Owned),
    }
}

/// Of the years 0 to 9999, with any serial number and nonce.
pub(crate) fn any_tst_info(random: &mut Random) -> TstInfo {
    let seconds = i64::try_from(random.below(315_569_519_999)).unwrap() - 62_167_219_200;
    let nanos = u32::try_from(random.below(1_000_000_000)).unwrap();
    let digits = random.byte() % 10;
    let accuracy = |random: &mut Random| {
        let thousandths = |random: &mut Random| {
            let value = u16::try_from(1 + random.below(999)).unwrap();
            random.is_one_in(2).then_some(value)
        };
        let seconds = u32::try_from(random.below(1 << 32)).unwrap();
        let seconds = random.is_one_in(2).then_some(seconds);
        Accuracy::new(seconds, thousandths(random), thousandths(random)).unwrap()
    };
    TstInfo {
        version: tsa_core::Integer::from(1_u64),
        policy: random.oid(),
        message_imprint: random.imprint(),
        serial_number: random.integer(),
        gen_time: GenTime::from_unix(seconds, nanos)
            .unwrap()
            .truncated(digits),
        accuracy: random.is_one_in(2).then(|| accuracy(random)),
        ordering: random.is_one_in(2),
        nonce: random.is_one_in(2).then(|| random.integer()),
        tsa: random.is_one_in(2).then(|| value(&[0x82], b"tsa.example")),
        extensions: random.extensions(),
    }
}
