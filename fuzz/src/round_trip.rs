//! What is written is read back as it was, and written again as it was read.
//!
//! The input is a stream of choices, out of which values are made ([`values`]); so every input is
//! well-formed, and the fuzzer spends nothing on broken lengths. The other way round, bytes that
//! are accepted as DER have no second encoding: see the targets `request` and `response`, and here
//! for `TSTInfo`.

use arbitrary::{Result, Unstructured};
use tsa_core::tlv::{Deviations, scan_der};
use tsa_core::{
    CmsAlgorithmProtection, EssCertId, ReceivedToken, SignedData, SignerIdentifier, TimeStampReq,
    TimeStampResp, TokenTemplate, TstInfo, limits, oid,
};

mod values;

/// Makes a request, a statement, a response and a token; each must come back.
///
/// # Panics
/// When one does not.
pub fn round_trip(bytes: &[u8]) {
    encoded(bytes);
    // Choices that run out end the trip.
    let _ = made(&mut Unstructured::new(bytes));
}

/// An encoded statement without deviations has no second encoding.
fn encoded(bytes: &[u8]) {
    let Ok(reading) = TstInfo::read(bytes) else {
        return;
    };
    let written = reading.info.to_der().expect("written");
    assert!(written == bytes || !reading.deviations.is_empty());
    let again = TstInfo::read(&written).expect("what is written is read");
    assert_eq!(again.info, reading.info);
}

fn made(choices: &mut Unstructured<'_>) -> Result<()> {
    match choices.int_in_range(0..=3)? {
        0 => request(&values::request(choices)?),
        1 => statement(&values::statement(choices)?),
        2 => response(&TimeStampResp {
            status: values::status(choices)?,
            time_stamp_token: match choices.arbitrary()? {
                true => Some(values::sequence(choices)?.into()),
                false => None,
            },
        }),
        _ => token(choices)?,
    }
    Ok(())
}

fn request(request: &TimeStampReq) {
    let der = request.to_der().expect("a request can be written");
    match TimeStampReq::from_der(&der) {
        Ok(read) => {
            assert_eq!(read, *request);
            assert_eq!(read.to_der().expect("again"), der);
        }
        Err(error) => assert!(request.extensions.len() > limits::EXTENSIONS_MAX, "{error}"),
    }
}

fn statement(info: &TstInfo) {
    let der = info.to_der().expect("a statement can be written");
    match TstInfo::read(&der) {
        Ok(read) => {
            assert!(read.deviations.is_empty(), "{:?}", read.deviations);
            assert_eq!(read.info, *info);
            assert_eq!(read.info.to_der().expect("again"), der);
        }
        Err(error) => assert!(info.extensions.len() > limits::EXTENSIONS_MAX, "{error}"),
    }
}

fn response(response: &TimeStampResp<'_>) {
    let der = response.to_der().expect("a response can be written");
    match TimeStampResp::from_der(&der) {
        Ok(read) => {
            assert_eq!(read, *response);
            assert_eq!(read.to_der().expect("again"), der);
        }
        Err(error) => {
            let strings = response.status.status_string.len();
            assert!(strings > limits::STATUS_STRINGS_MAX, "{error}");
        }
    }
}

/// The two-phase build, with any digest and any signature.
fn token(choices: &mut Unstructured<'_>) -> Result<()> {
    let parts = values::template(choices)?;
    let mut info = values::statement(choices)?;
    info.extensions.truncate(limits::EXTENSIONS_MAX);
    let template = TokenTemplate::new(&parts).expect("parts that fit");
    if choices.arbitrary()? {
        info.tsa = Some(template.tsa_name().to_vec());
    }
    let content = template.content(&info).expect("a statement can be written");
    let digest = values::octets(choices, template.digest_algorithm().digest_bytes())?;
    let to_be_signed = content.to_be_signed(&digest).expect("a digest that fits");
    let signed = to_be_signed.bytes().to_vec();
    let signature = values::some_octets(choices)?;
    let cert_req = choices.arbitrary()?;
    let token = to_be_signed.into_token(&signature, cert_req);
    let token = token.expect("a token can be written");

    scan_der(&token).expect("a token is DER");
    let received = ReceivedToken::read(&token).expect("a token is read");
    let mut deviations = Deviations::default();
    let element = received.token.expect("it is there");
    let data = SignedData::read(&element, &mut deviations).expect("a token is read");
    assert!(received.deviations.is_empty() && deviations.is_empty());
    let reading = data.unverified_tst_info().expect("the statement is read");
    assert_eq!(reading.info, info);
    assert!(reading.deviations.is_empty());

    let sent = data.certificates.as_deref().unwrap_or_default();
    assert_eq!(data.certificates.is_some(), cert_req);
    let all = |raw: &[u8]| sent.iter().any(|choice| choice.raw == raw);
    assert!(!cert_req || parts.certificates.iter().all(|raw| all(raw)));
    let [signer] = data.signer_infos.as_slice() else {
        panic!("{} signers", data.signer_infos.len());
    };
    assert_eq!(*signer.signature, *signature);
    assert!(signer.unsigned_attrs.is_empty());
    let by_issuer = matches!(signer.sid, SignerIdentifier::IssuerAndSerialNumber { .. });
    assert!(by_issuer);
    let attributes = signer.signed_attrs.as_ref().expect("signed attributes");
    assert_eq!(attributes.der().expect("written"), signed);
    assert_eq!(attributes.as_sent(), signed);
    for attribute in &attributes.attributes {
        let [value] = attribute.values.as_slice() else {
            panic!("{} values", attribute.values.len());
        };
        if attribute.attribute_type == oid::ID_MESSAGE_DIGEST {
            assert_eq!(*value.octets().expect("read"), *digest);
        }
        if attribute.attribute_type == oid::ID_AA_SIGNING_CERTIFICATE_V2 {
            let named = EssCertId::read_v2(value).expect("read");
            assert_eq!(named.len(), 1);
            assert_eq!(named[0].cert_hash, parts.ess_cert_hash);
            let algorithm = named[0].hash_algorithm.digest_algorithm();
            assert_eq!(algorithm, Some(parts.ess_digest_algorithm));
        }
        if attribute.attribute_type == oid::ID_AA_CMS_ALGORITHM_PROTECT {
            let protected = CmsAlgorithmProtection::read(value).expect("read");
            assert_eq!(protected.digest_algorithm, signer.digest_algorithm);
            let algorithm = protected.signature_algorithm.expect("it is there");
            assert_eq!(algorithm, parts.signature_algorithm);
        }
    }
    response(&TimeStampResp::granted(token));
    Ok(())
}
