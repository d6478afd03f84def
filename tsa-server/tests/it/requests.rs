//! Every row of the table request → response, asked of the running program (RFC 3161 §2.4).

use tsa_core::{
    AlgorithmIdentifier, DigestAlgorithm, Extension, Integer, MessageImprint, Parameters,
    PkiFailureInfo, PkiStatus, SignedData, TimeStampReq, oid, tlv,
};

use super::server::{Server, good_request};

fn with_imprint(imprint: MessageImprint) -> Vec<u8> {
    TimeStampReq {
        message_imprint: imprint,
        ..good_request(1)
    }
    .to_der()
    .unwrap()
}

/// What arrives, what is answered, and a word that the status string must have.
type Row = (&'static str, Vec<u8>, PkiFailureInfo, &'static str);

fn rows_of_encoding() -> Vec<Row> {
    let format = PkiFailureInfo::BAD_DATA_FORMAT;
    let der = good_request(7).to_der().unwrap();
    let fields = &der[2..];
    let short = u8::try_from(fields.len()).unwrap();
    let long_length = [&[0x30, 0x81, short], fields].concat();
    let indefinite = [&[0x30, 0x80], fields, &[0, 0]].concat();
    let padded = [&[0x02, 0x02, 0x00, 0x01], &fields[3..]].concat();
    vec![
        ("nothing", Vec::new(), format, "ends inside"),
        ("not DER at all", b"hello".to_vec(), format, "byte"),
        (
            "trailing byte",
            [&der[..], &[0]].concat(),
            format,
            "1 bytes follow",
        ),
        ("length not minimal", long_length, format, "shortest"),
        ("indefinite length", indefinite, format, "indefinite"),
        (
            "integer not minimal",
            tlv::value(&[0x30], &padded),
            format,
            "shortest",
        ),
    ]
}

fn rows_of_imprints() -> Vec<Row> {
    let (format, alg) = (PkiFailureInfo::BAD_DATA_FORMAT, PkiFailureInfo::BAD_ALG);
    let imprint = |algorithm: DigestAlgorithm, bytes| {
        with_imprint(MessageImprint::new(algorithm.oid(), vec![1; bytes]))
    };
    let odd = AlgorithmIdentifier {
        algorithm: oid::SHA_256,
        parameters: Parameters::Other(vec![0x02, 0x01, 0x05]),
    };
    let odd = with_imprint(MessageImprint {
        hash_algorithm: odd,
        hashed_message: vec![1; 32],
    });
    let unknown = with_imprint(MessageImprint::new("1.2.3".parse().unwrap(), vec![1; 32]));
    vec![
        (
            "digest too short",
            imprint(DigestAlgorithm::Sha256, 31),
            format,
            "32 bytes, not 31",
        ),
        (
            "digest too long",
            imprint(DigestAlgorithm::Sha256, 64),
            format,
            "32 bytes, not 64",
        ),
        (
            "SHA-1",
            imprint(DigestAlgorithm::Sha1, 20),
            alg,
            "sha1 is not accepted",
        ),
        (
            "MD5",
            imprint(DigestAlgorithm::Md5, 16),
            alg,
            "md5 is not accepted",
        ),
        ("odd parameters", odd, alg, "parameters"),
        ("unknown digest", unknown, alg, "1.2.3 is not accepted"),
    ]
}

fn rows_of_wishes() -> Vec<Row> {
    let request = PkiFailureInfo::BAD_REQUEST;
    let extension = PkiFailureInfo::UNACCEPTED_EXTENSION;
    let good = good_request(7);
    let version_2 = TimeStampReq {
        version: Integer::from(2_u64),
        ..good.clone()
    };
    let long_nonce = good
        .clone()
        .with_nonce(Integer::from_unsigned(&[0x7f; 129]));
    let policy = good.clone().with_policy("1.2.3.4".parse().unwrap());
    let extended = |critical| {
        let extension = Extension {
            id: "1.2.3".parse().unwrap(),
            critical,
            value: vec![5, 0],
        };
        TimeStampReq {
            extensions: vec![extension],
            ..good.clone()
        }
        .to_der()
        .unwrap()
    };
    // Two things wrong: the earlier answer wins.
    let two = version_2.clone().with_policy("1.2.3".parse().unwrap());
    let unaccepted = PkiFailureInfo::UNACCEPTED_POLICY;
    vec![
        ("version 2", version_2.to_der().unwrap(), request, "not 2"),
        (
            "nonce of 129 bytes",
            long_nonce.to_der().unwrap(),
            request,
            "129 bytes",
        ),
        ("policy", policy.to_der().unwrap(), unaccepted, "1.2.3.4"),
        ("extension", extended(false), extension, "1.2.3"),
        ("critical extension", extended(true), extension, "1.2.3"),
        (
            "version and policy",
            two.to_der().unwrap(),
            request,
            "version",
        ),
    ]
}

#[test]
fn every_wrong_request_gets_its_one_answer() {
    let server = Server::start();
    let mut connection = server.connect();
    let rows = [rows_of_encoding(), rows_of_imprints(), rows_of_wishes()].concat();
    for (name, body, fail_info, word) in rows {
        let reply = connection.post("/", &body);
        assert_eq!(reply.status, 200, "{name}");
        let response = reply.response();
        assert_eq!(response.status.status, PkiStatus::Rejection, "{name}");
        assert_eq!(response.status.fail_info, Some(fail_info), "{name}");
        assert!(response.time_stamp_token.is_none(), "{name}");
        let words = response.status.status_string.join(" ");
        assert!(words.contains(word), "{name}: {words}");
    }
}

#[test]
fn every_accepted_digest_and_odd_but_honest_request_is_granted_and_echoed() {
    let server = Server::start();
    let mut connection = server.connect();
    let accepted = [
        "sha256",
        "sha384",
        "sha512",
        "sha512-256",
        "sha3-256",
        "sha3-384",
        "sha3-512",
        "sm3",
    ];
    let mut requests: Vec<TimeStampReq> = Vec::new();
    for name in accepted {
        let algorithm: DigestAlgorithm = name.parse().unwrap();
        let digest = vec![0xab; algorithm.digest_bytes()];
        requests.push(TimeStampReq::new(MessageImprint::new(
            algorithm.oid(),
            digest,
        )));
    }
    let null_parameters = MessageImprint {
        hash_algorithm: AlgorithmIdentifier::null(oid::SHA_256),
        hashed_message: vec![1; 32],
    };
    requests.push(TimeStampReq::new(null_parameters));
    requests.push(good_request(0));
    requests.push(good_request(1).with_nonce(Integer::from(-5_i64)));
    requests.push(good_request(1).with_nonce(Integer::from_unsigned(&[0xff; 127])));
    for request in requests {
        let reply = connection.post("/tsr", &request.to_der().unwrap());
        let response = reply.response();
        assert_eq!(
            response.status.status,
            PkiStatus::Granted,
            "{request:?}: {response:?}"
        );
        let token = response.time_stamp_token.unwrap();
        let scanned = tlv::scan_der(&token).unwrap();
        let element = tlv::Reader::new(&scanned).next_element().unwrap().unwrap();
        let mut deviations = tlv::Deviations::default();
        let signed_data = SignedData::read(&element, &mut deviations).unwrap();
        let info = signed_data.unverified_tst_info().unwrap().info;
        assert_eq!(info.message_imprint, request.message_imprint);
        assert_eq!(info.nonce, request.nonce);
        assert_eq!(signed_data.certificates.is_some(), request.cert_req);
        assert_eq!(
            reply.header("tsa-serial"),
            Some(info.serial_number.to_hex().as_str())
        );
    }
}
