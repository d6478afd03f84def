//! Whole tokens: built in two phases around a dummy signature, read back, and shown to OpenSSL.
//!
//! Not in scope: whether the signature holds.

use std::io::Write;
use std::process::{Command, Stdio};
use std::{fs, thread};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tsa_core::tlv::{Deviations, Reader, Tag, scan_der, value};
use tsa_core::{
    Accuracy, AlgorithmIdentifier, BuildError, CertificateAnatomy, CmsAlgorithmProtection,
    DecodeErrorKind, DigestAlgorithm, EssCertId, GenTime, Integer, MessageImprint, ReceivedToken,
    SignedAttributes, SignedData, SignerIdentifier, TimeStampResp, TokenTemplate,
    TokenTemplateParts, TstInfo, oid,
};

use crate::support::sequence;

pub(crate) const SIGNATURE: [u8; 70] = [0x51; 70];

/// A certificate of the test PKI, in DER.
pub(crate) fn certificate(name: &str) -> Vec<u8> {
    let path = format!("{}/../certs/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let base64: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    STANDARD.decode(base64).expect(&path)
}

pub(crate) fn parts(digest: DigestAlgorithm, ess: DigestAlgorithm) -> TokenTemplateParts {
    TokenTemplateParts {
        certificates: vec![certificate("tsa-p256"), certificate("intermediate")],
        digest_algorithm: digest,
        signature_algorithm: AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
        ess_digest_algorithm: ess,
        ess_cert_hash: vec![0x77; ess.digest_bytes()],
    }
}

pub(crate) fn info(template: &TokenTemplate) -> TstInfo {
    TstInfo {
        version: Integer::from(1_u64),
        policy: "2.25.329800735698586629295641978511506172918"
            .parse()
            .unwrap(),
        message_imprint: MessageImprint::new(oid::SHA_256, vec![0x5a; 32]),
        serial_number: Integer::from(0xc0ff_ee00_u64),
        gen_time: "2026-05-10T13:21:41.25Z".parse::<GenTime>().unwrap(),
        accuracy: Accuracy::from_micros(1_500_002),
        ordering: true,
        nonce: Some(Integer::from(7_u64)),
        tsa: Some(template.tsa_name().to_vec()),
        extensions: Vec::new(),
    }
}

/// The token, and the bytes that were to be signed.
pub(crate) fn token(parts: &TokenTemplateParts, cert_req: bool) -> (Vec<u8>, Vec<u8>) {
    let template = TokenTemplate::new(parts).unwrap();
    let content = template.content(&info(&template)).unwrap();
    let digest = vec![0x3c; template.digest_algorithm().digest_bytes()];
    let to_be_signed = content.to_be_signed(&digest).unwrap();
    let signed_bytes = to_be_signed.bytes().to_vec();
    (
        to_be_signed.into_token(&SIGNATURE, cert_req).unwrap(),
        signed_bytes,
    )
}

/// Hands over what was read; nothing in it may depart from DER.
fn with_signed_data(token: &[u8], check: impl Fn(&SignedData<'_>)) {
    scan_der(token).unwrap();
    let received = ReceivedToken::read(token).unwrap();
    assert_eq!(received.status, None);
    let mut deviations = received.deviations;
    let signed_data = SignedData::read(&received.token.unwrap(), &mut deviations).unwrap();
    assert_eq!(deviations, Deviations::default());
    check(&signed_data);
}

fn attributes<'s, 'a>(signed_data: &'s SignedData<'a>) -> &'s SignedAttributes<'a> {
    let [signer] = signed_data.signer_infos.as_slice() else {
        panic!("one signer");
    };
    signer.signed_attrs.as_ref().expect("signed attributes")
}

const DIGESTS: [DigestAlgorithm; 4] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
    DigestAlgorithm::Sm3,
];

#[test]
fn what_all_tokens_of_a_signer_share_is_where_it_is_said_to_be() {
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let template = TokenTemplate::new(&parts).unwrap();
    let (with, _) = token(&parts, true);
    let range = template.certificates_in(&with).unwrap();
    let chain = parts.certificates.concat();
    assert!(with[range.clone()].ends_with(&chain));
    assert_eq!(with[range.start], 0xa0, "certificates [0]");
    let (without, _) = token(&parts, false);
    assert_eq!(template.certificates_in(&without), None);
    assert_eq!(template.certificates_in(&with[..range.end - 1]), None);
}

#[test]
fn another_content_type_changes_nothing_else() {
    let parts = parts(DigestAlgorithm::Sm3, DigestAlgorithm::Sm3);
    let template = TokenTemplate::new(&parts).unwrap();
    let template = template.with_content_type(&oid::GMT_SIGNED_DATA);
    let content = template.content(&info(&template)).unwrap();
    let to_be_signed = content.to_be_signed(&[0x3c; 32]).unwrap();
    let other = to_be_signed.into_token(&SIGNATURE, true).unwrap();
    with_signed_data(&other, |read| {
        assert_eq!(read.content_type, oid::GMT_SIGNED_DATA);
        assert_eq!(read.encap_content_type, oid::ID_CT_TST_INFO);
    });
    let (usual, _) = token(&parts, true);
    let content = |token: &[u8]| {
        let scanned = scan_der(token).unwrap();
        let mut fields = Reader::new(&scanned).sequence("ContentInfo").unwrap();
        fields.oid("contentType").unwrap();
        fields
            .expect(Tag::context(0), "content")
            .unwrap()
            .raw
            .to_vec()
    };
    assert_eq!(content(&other), content(&usual));
}

#[test]
fn what_was_built_is_read_back() {
    for digest in DIGESTS {
        let parts = parts(digest, DigestAlgorithm::Sha256);
        let template = TokenTemplate::new(&parts).unwrap();
        let info = info(&template);
        let signer = CertificateAnatomy::read(&parts.certificates[0]).unwrap();
        with_signed_data(&token(&parts, true).0, |read| {
            assert_eq!(read.content_type, oid::ID_SIGNED_DATA);
            assert_eq!(read.version, Integer::from(3_u64));
            assert_eq!(
                read.digest_algorithms,
                [AlgorithmIdentifier::absent(digest.oid())]
            );
            assert_eq!(read.encap_content_type, oid::ID_CT_TST_INFO);
            assert_eq!(
                read.encap_content.as_deref(),
                Some(&*info.to_der().unwrap())
            );
            let reading = read.unverified_tst_info().unwrap();
            assert_eq!(
                (&reading.info, reading.deviations.is_empty()),
                (&info, true)
            );
            assert!(read.crls.is_empty());

            let signer_info = &read.signer_infos[0];
            assert_eq!(signer_info.version, Integer::from(1_u64));
            let sid = SignerIdentifier::IssuerAndSerialNumber {
                issuer: signer.issuer,
                serial_number: signer.serial_number.clone(),
            };
            assert_eq!(signer_info.sid, sid);
            assert_eq!(
                signer_info.digest_algorithm,
                AlgorithmIdentifier::absent(digest.oid())
            );
            assert_eq!(signer_info.signature_algorithm, parts.signature_algorithm);
            assert_eq!(*signer_info.signature, SIGNATURE);
            assert!(signer_info.unsigned_attrs.is_empty());
        });
    }
}

#[test]
fn certificates_are_sorted_and_only_there_when_asked_for() {
    let mut parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let names = ["tsa-p256", "intermediate", "rsa-intermediate"];
    let mut expected = names.map(certificate);
    parts.certificates = [expected.as_slice(), &expected[1..]].concat();
    expected.sort();
    for _ in 0..2 {
        with_signed_data(&token(&parts, true).0, |read| {
            let found = read.certificates.as_ref().unwrap();
            assert!(
                found
                    .iter()
                    .all(tsa_core::CertificateChoice::is_certificate)
            );
            let raw: Vec<_> = found.iter().map(|choice| choice.raw).collect();
            assert!(raw.is_sorted());
            assert_eq!(raw, expected);
        });
        parts.certificates[1..].reverse();
    }
    with_signed_data(&token(&parts, false).0, |read| {
        assert!(read.certificates.is_none());
    });
}

#[test]
fn attributes_are_sorted_and_signed_as_they_are_sent() {
    for digest in DIGESTS {
        let parts = parts(digest, digest);
        let (token, signed_bytes) = token(&parts, true);
        with_signed_data(&token, |read| {
            let attributes = attributes(read);
            assert_eq!(attributes.der().unwrap(), signed_bytes);
            assert_eq!(attributes.as_sent(), signed_bytes);
            assert!(scan_der(&signed_bytes).is_ok(), "sorted");

            let values = |attribute_type| -> Vec<_> {
                attributes
                    .of_type(attribute_type)
                    .flat_map(|found| found.values.clone())
                    .collect()
            };
            let raw = |attribute_type| -> Vec<_> {
                values(attribute_type)
                    .iter()
                    .map(|found| found.raw)
                    .collect()
            };
            assert_eq!(attributes.attributes.len(), 4);
            let content_type = value(&[6], oid::ID_CT_TST_INFO.content());
            assert_eq!(raw(oid::ID_CONTENT_TYPE), [content_type]);
            let message_digest = value(&[4], &vec![0x3c; digest.digest_bytes()]);
            assert_eq!(raw(oid::ID_MESSAGE_DIGEST), [message_digest]);
            let protection = values(oid::ID_AA_CMS_ALGORITHM_PROTECT);
            let protection = CmsAlgorithmProtection::read(&protection[0]).unwrap();
            assert_eq!(protection.digest_algorithm.algorithm, digest.oid());
            assert_eq!(
                protection.signature_algorithm,
                Some(parts.signature_algorithm.clone())
            );
        });
    }
}

#[test]
fn the_certificate_is_named_by_a_digest_whose_default_is_left_out() {
    for ess in DIGESTS {
        let parts = parts(DigestAlgorithm::Sha256, ess);
        let hash = value(&[4], &parts.ess_cert_hash);
        let named = sequence(&[&value(&[6], ess.oid().content())]);
        let identifier = match ess {
            DigestAlgorithm::Sha256 => sequence(&[&hash]),
            _ => sequence(&[&named, &hash]),
        };
        with_signed_data(&token(&parts, false).0, |read| {
            let found: Vec<_> = attributes(read)
                .of_type(oid::ID_AA_SIGNING_CERTIFICATE_V2)
                .collect();
            let [attribute] = found.as_slice() else {
                panic!("one signingCertificateV2");
            };
            let [only] = attribute.values.as_slice() else {
                panic!("one value");
            };
            assert_eq!(only.raw, sequence(&[&sequence(&[&identifier])]), "{ess}");
            let expected = EssCertId {
                hash_algorithm: AlgorithmIdentifier::absent(ess.oid()),
                cert_hash: parts.ess_cert_hash.clone(),
                issuer_serial: None,
            };
            assert_eq!(EssCertId::read_v2(only).unwrap(), [expected]);
        });
    }
}

#[test]
fn the_authority_is_named_as_its_certificate_is() {
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let template = TokenTemplate::new(&parts).unwrap();
    let subject = CertificateAnatomy::read(&parts.certificates[0])
        .unwrap()
        .subject;
    assert_eq!(template.tsa_name(), value(&[0xa4], subject));
    let name: rasn_pkix::GeneralName = rasn::der::decode(template.tsa_name()).unwrap();
    assert!(
        matches!(name, rasn_pkix::GeneralName::DirectoryName(_)),
        "{name:?}"
    );
}

#[test]
fn the_oracle_reads_the_same_token() {
    let parts = parts(DigestAlgorithm::Sha384, DigestAlgorithm::Sha384);
    let (token, signed_bytes) = token(&parts, true);
    let outer: rasn_cms::ContentInfo = rasn::der::decode(&token).unwrap();
    assert_eq!(rasn::der::encode(&outer).unwrap(), token);
    let inner: rasn_cms::SignedData = rasn::der::decode(outer.content.as_bytes()).unwrap();
    assert_eq!(inner.version, rasn::types::Integer::from(3));
    assert_eq!(inner.certificates.unwrap().len(), 2);
    assert_eq!(inner.digest_algorithms.len(), 1);
    let signers = inner.signer_infos.to_vec();
    let [signer] = signers.as_slice() else {
        panic!("one signer");
    };
    assert_eq!(signer.signature.as_ref(), SIGNATURE);
    let attributes = signer.signed_attrs.as_ref().unwrap();
    assert_eq!(rasn::der::encode(attributes).unwrap(), signed_bytes);
}

#[test]
fn a_template_that_cannot_work_is_refused() {
    let good = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let refused = |change: fn(&mut TokenTemplateParts)| {
        let mut parts = good.clone();
        change(&mut parts);
        TokenTemplate::new(&parts).expect_err("refused")
    };
    let length = "not as long as its algorithm makes it";
    let value_error = |field, reason| BuildError::Value { field, reason };
    assert_eq!(
        refused(|parts| parts.certificates.clear()),
        value_error("certificates", "none is given")
    );
    assert_eq!(
        refused(|parts| parts.ess_cert_hash.truncate(20)),
        value_error("certHash", length)
    );
    let broken = refused(|parts| parts.certificates[1].truncate(100));
    let BuildError::Certificate { index: 1, error } = broken else {
        panic!("{broken}");
    };
    assert_eq!((error.kind, error.offset), (DecodeErrorKind::Truncated, 0));

    let template = TokenTemplate::new(&good).unwrap();
    for wrong in [0, 20, 31, 33, 64] {
        let content = template.content(&info(&template)).unwrap();
        let error = content
            .to_be_signed(&vec![0; wrong])
            .expect_err("another length");
        assert_eq!(error, value_error("messageDigest", length));
    }
}

#[test]
fn tokens_and_responses_are_told_apart() {
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let token = token(&parts, true).0;
    let response = TimeStampResp::granted(token.clone()).to_der().unwrap();
    assert!(scan_der(&response).is_ok());

    let received = ReceivedToken::read(&response).unwrap();
    assert!(
        received
            .status
            .is_some_and(|status| status.status.is_granted())
    );
    assert_eq!(received.token.unwrap().raw, token);
    let read = TimeStampResp::from_der(&response).unwrap();
    assert_eq!(read.time_stamp_token.as_deref(), Some(&*token));

    let bare = ReceivedToken::read(&token).unwrap();
    assert_eq!((bare.status, bare.token.unwrap().raw), (None, &*token));
    assert!(
        ReceivedToken::read(&info(&TokenTemplate::new(&parts).unwrap()).to_der().unwrap()).is_err()
    );
    assert!(ReceivedToken::read(&parts.certificates[0]).is_err());
}

/// What `openssl` prints of `input`; it must accept it.
fn openssl(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl must be installed");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {errors}");
    writer.join().unwrap().expect("it reads everything");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn openssl_reads_every_token() {
    for (digest, cert_req) in DIGESTS.map(|digest| (digest, digest != DigestAlgorithm::Sm3)) {
        let token = token(&parts(digest, digest), cert_req).0;
        let parsed = openssl(&["asn1parse", "-inform", "DER"], &token);
        assert!(parsed.contains("id-smime-ct-TSTInfo"), "{parsed}");

        let printed = openssl(
            &["cms", "-cmsout", "-print", "-noout", "-inform", "DER"],
            &token,
        );
        // The second is CMSAlgorithmProtection, which not every version of OpenSSL can name.
        for expected in [
            "id-smime-aa-signingCertificateV2",
            "(1.2.840.113549.1.9.52)",
        ] {
            assert!(printed.contains(expected), "{expected} is not in {printed}");
        }
        assert_eq!(printed.contains("d.certificate:"), cert_req, "{printed}");

        let response = TimeStampResp::granted(token).to_der().unwrap();
        let shown = openssl(&["ts", "-reply", "-text", "-in", "/dev/stdin"], &response);
        for line in [
            "Status: Granted.",
            "Policy OID: 2.25.329800735698586629295641978511506172918",
            "Serial number: 0xC0FFEE00",
            "Time stamp: May 10 13:21:41.25 2026 GMT",
            "Accuracy: 0x01 seconds, 0x01F4 millis, 0x02 micros",
            "Ordering: yes",
            "Nonce: 0x07",
            "TSA P-256",
        ] {
            assert!(shown.contains(line), "{line} is not in {shown}");
        }
    }
}
