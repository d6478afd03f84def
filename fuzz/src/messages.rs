//! Messages: what is accepted strictly has one encoding, what is read leniently can be used.

use tsa_core::tlv::{Deviations, scan, scan_der};
use tsa_core::{
    CertificateAnatomy, CmsAlgorithmProtection, EssCertId, ReceivedToken, SignedAttributes,
    SignedData, SignerInfo, TimeStampReq, TimeStampResp, TstInfo,
};

/// An accepted request has no second encoding.
///
/// # Panics
/// When it has.
pub fn request(bytes: &[u8]) {
    match TimeStampReq::from_der(bytes) {
        Ok(request) => assert_eq!(request.to_der().expect("written"), bytes, "{request:?}"),
        Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
    }
}

/// An accepted response has no second encoding, and the lenient reading is the same.
///
/// # Panics
/// When that does not hold.
pub fn response(bytes: &[u8]) {
    let response = match TimeStampResp::from_der(bytes) {
        Ok(response) => response,
        Err(error) => {
            assert!(error.offset <= bytes.len(), "{error}");
            return;
        }
    };
    assert_eq!(response.to_der().expect("written"), bytes, "{response:?}");
    let received = ReceivedToken::read(bytes).expect("the lenient reading accepts more");
    assert!(received.deviations.is_empty());
    let token = received.token.map(|element| element.raw);
    assert_eq!(token, response.time_stamp_token.as_deref());
    assert_eq!(received.status, Some(response.status));
}

/// Whatever is read as a token can be used without a panic, and its parts lie in what was sent.
///
/// # Panics
/// When that does not hold.
pub fn token(bytes: &[u8]) {
    let Ok(received) = ReceivedToken::read(bytes) else {
        return;
    };
    let Some(element) = received.token else {
        return;
    };
    let mut deviations = received.deviations;
    let signed_data = match SignedData::read(&element, &mut deviations) {
        Ok(signed_data) => signed_data,
        Err(error) => {
            assert!(error.offset <= bytes.len(), "{error}");
            return;
        }
    };
    for choice in signed_data.certificates.iter().flatten() {
        assert!(scan(choice.raw).is_ok(), "members of the set are scanned");
        certificate(choice.raw);
    }
    for crl in &signed_data.crls {
        assert!(scan(crl).is_ok(), "members of the set are scanned");
    }
    for signer in &signed_data.signer_infos {
        check_signer(signer, &deviations);
    }
    if let Ok(reading) = signed_data.unverified_tst_info() {
        let content = signed_data.encap_content.as_deref().expect("it was read");
        let written = reading.info.to_der().expect("written");
        // The other way round is not so: parts kept encoded are written with their deviations.
        assert!(written == content || !reading.deviations.is_empty());
        assert!(TstInfo::read(&written).is_ok_and(|again| again.info == reading.info));
    }
}

fn check_signer(signer: &SignerInfo<'_>, deviations: &Deviations) {
    if let Some(attributes) = &signer.signed_attrs {
        check_attributes(attributes, deviations);
    }
    let signed = signer
        .signed_attrs
        .iter()
        .flat_map(|signed| &signed.attributes);
    for attribute in signed.chain(&signer.unsigned_attrs) {
        for value in &attribute.values {
            // Whatever the type says: each reader must withstand each value.
            let _ = EssCertId::read_v1(value);
            let _ = EssCertId::read_v2(value);
            let _ = CmsAlgorithmProtection::read(value);
            let _ = value.octets();
        }
    }
}

fn check_attributes(attributes: &SignedAttributes<'_>, deviations: &Deviations) {
    let der = attributes.der().expect("scanned attributes can be written");
    let strict = scan_der(&der).expect("what is signed is DER");
    assert_eq!(strict.bytes().first(), Some(&0x31));
    let as_sent = attributes.as_sent();
    let sent = scan(&as_sent).expect("what was sent is BER, with the tag of a SET");
    assert_eq!(as_sent == der, sent.deviations().is_empty());
    // Each departure in the attributes is in the list of the whole, which is never shorter.
    assert!(sent.deviations().count() <= deviations.count());
}

/// The parts of a certificate lie inside of it, and are scanned.
///
/// # Panics
/// When that does not hold.
pub fn certificate(bytes: &[u8]) {
    let Ok(anatomy) = CertificateAnatomy::read(bytes) else {
        return;
    };
    assert_eq!(anatomy.raw, bytes);
    for part in [
        anatomy.tbs,
        anatomy.issuer,
        anatomy.subject,
        anatomy.subject_public_key_info,
    ] {
        assert!(scan(part).is_ok());
        assert!(bytes.as_ptr_range().contains(&part.as_ptr()));
    }
    assert!(anatomy.tbs.len() < bytes.len());
    assert!(anatomy.signature.len() < bytes.len());
}
