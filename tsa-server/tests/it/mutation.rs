//! Damaged requests: each gets a well-formed answer on the same connection.

use tsa_core::{PkiStatus, TimeStampReq};

use super::server::{Random, Server, good_request, rounds, seed};

/// One to four bit flips, a cut, an extension, or a byte put in.
fn mutate(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    match random.below(8) {
        0 => bytes.truncate(random.below(bytes.len())),
        1 => bytes.extend((0..=random.below(40)).map(|index| index.to_le_bytes()[0])),
        2 => bytes.insert(random.below(bytes.len()), random.next().to_le_bytes()[0]),
        _ => {
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
    }
    bytes
}

fn originals() -> Vec<Vec<u8>> {
    let plain = TimeStampReq {
        nonce: None,
        ..good_request(1)
    }
    .with_cert_req(false);
    let with_policy = good_request(u64::MAX).with_policy("2.25.1234567890".parse().unwrap());
    [plain, good_request(77), with_policy]
        .map(|request| request.to_der().unwrap())
        .to_vec()
}

#[test]
fn damaged_requests_get_rejections_or_tokens_and_never_lose_the_connection() {
    let server = Server::start().with_plenty_of_credits();
    let mut connection = server.connect();
    let originals = originals();
    let mut random = Random::new(seed());
    // Seconds in all: the full count runs always.
    let count = 10_000.max(rounds(100_000));
    let (mut granted, mut rejected) = (0, 0);
    for number in 0..count {
        let body = mutate(&originals[number % originals.len()], &mut random);
        let reply = connection.post("/", &body);
        assert_eq!(reply.status, 200, "{number}: {body:02x?}");
        let response = reply.response();
        match (response.status.status, response.time_stamp_token) {
            (PkiStatus::Granted, Some(_)) => {
                // What is accepted is read exactly: writing it again gives the same bytes.
                let request = TimeStampReq::from_der(&body).unwrap();
                assert_eq!(request.to_der().unwrap(), body);
                granted += 1;
            }
            (PkiStatus::Rejection, None) => {
                assert!(response.status.fail_info.is_some(), "{number}");
                assert!(!response.status.status_string.is_empty(), "{number}");
                rejected += 1;
            }
            other => panic!("{number}: {other:?}"),
        }
    }
    assert!(
        granted > 0 && rejected > granted,
        "{granted} granted, {rejected} rejected"
    );
    println!("soak: mutated-requests {count} {granted} granted, {rejected} rejected");
}
