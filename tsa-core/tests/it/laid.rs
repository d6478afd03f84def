//! What is laid by hand for speed is what the general encoders write, byte for byte; what is
//! stepped over is judged as if it were walked.

use rasn_cms::{ContentInfo, SignedData};
use tsa_core::tlv::{KnownValue, Scanned, scan_der, scan_der_with_known, value};
use tsa_core::{DecodeError, DigestAlgorithm, TokenTemplate};

use crate::mutations::{any_response, any_tst_info, mutate};
use crate::support::{Random, count};
use crate::token::{SIGNATURE, info, parts, token};

#[test]
fn a_statement_is_laid_as_the_encoder_writes_it() {
    let mut random = Random::new("laid statements");
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let template = TokenTemplate::new(&parts).unwrap();
    for _ in 0..count(20_000) {
        let info = any_tst_info(&mut random);
        let content = template.content(&info).unwrap();
        assert_eq!(content.bytes(), info.to_der().unwrap(), "{info:?}");
    }
}

#[test]
fn a_token_is_laid_as_the_encoder_writes_it() {
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
        for ess in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384] {
            for cert_req in [true, false] {
                let (ours, signed) = token(&parts(digest, ess), cert_req);
                let outer: ContentInfo = rasn::der::decode(&ours).unwrap();
                let inner: SignedData = rasn::der::decode(outer.content.as_bytes()).unwrap();
                let signer = inner.signer_infos.to_vec()[0].clone();
                let attributes = signer.signed_attrs.as_ref().unwrap();
                assert_eq!(rasn::der::encode(attributes).unwrap(), signed);
                let again = rasn::der::encode(&inner).unwrap();
                let again = ContentInfo {
                    content: rasn::types::Any::new(again),
                    ..outer
                };
                assert_eq!(rasn::der::encode(&again).unwrap(), ours);
            }
        }
    }
}

#[test]
fn a_response_is_laid_as_the_encoder_writes_it() {
    let mut random = Random::new("laid responses");
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let (token, _) = token(&parts, true);
    for _ in 0..count(5_000) {
        let mut response = any_response(&mut random);
        if let Some(any) = &mut response.time_stamp_token {
            // The encoder takes no other content.
            any.to_mut().clone_from(&token);
        }
        let ours = response.to_der().unwrap();
        let theirs: rasn_cms::tsp::TimeStampResp = rasn::der::decode(&ours).unwrap();
        assert_eq!(rasn::der::encode(&theirs).unwrap(), ours);
    }
}

type Outcome = Result<(usize, Vec<u8>), DecodeError>;

fn outcome(scanned: Result<Scanned<'_>, DecodeError>) -> Outcome {
    scanned.map(|scanned| (scanned.deviations().count(), scanned.bytes().to_vec()))
}

#[test]
fn stepping_over_what_is_known_changes_no_outcome() {
    let mut random = Random::new("known values");
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let template = TokenTemplate::new(&parts).unwrap();
    let (good, _) = token(&parts, true);
    let mut refused = 0;
    for number in 0..count(20_000) {
        let mut bytes = good.clone();
        if number > 0 {
            mutate(&mut random, &mut bytes);
        }
        let walked = outcome(scan_der(&bytes));
        refused += u32::from(walked.is_err());
        assert_eq!(outcome(template.scan(&bytes)), walked);
    }
    assert!(refused > 100);
}

#[test]
fn depth_counts_inside_what_is_stepped_over() {
    // 47 levels are known; 48 are allowed.
    let nested = |levels: usize| (0..levels).fold(vec![5, 0], |inner, _| value(&[0x30], &inner));
    let known = KnownValue::new(nested(47)).unwrap();
    for levels in 45..=50 {
        let bytes = nested(levels);
        assert_eq!(
            outcome(scan_der_with_known(&bytes, std::slice::from_ref(&known))),
            outcome(scan_der(&bytes)),
            "{levels}"
        );
    }
    assert!(scan_der(&nested(48)).is_ok());
    assert!(scan_der(&nested(49)).is_err());
}

#[test]
fn only_der_can_be_known() {
    assert!(KnownValue::new(vec![0x30, 0x80, 0, 0]).is_err());
    assert!(KnownValue::new(vec![0x30, 0]).is_ok());
}

#[test]
fn what_no_reader_would_read_is_not_built() {
    let parts = parts(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256);
    let template = TokenTemplate::new(&parts).unwrap();
    let mut large = info(&template);
    large.message_imprint.hashed_message = vec![0; 16 * 1024 * 1024];
    let error = template.content(&large).unwrap_err().to_string();
    assert!(error.contains("TSTInfo"), "{error}");
    let content = template.content(&info(&template)).unwrap();
    let to_be_signed = content.to_be_signed(&[0; 32]).unwrap();
    let signature = SIGNATURE.repeat(300_000);
    let error = to_be_signed.into_token(&signature, true).unwrap_err();
    assert!(error.to_string().contains("TimeStampToken"), "{error}");
}
