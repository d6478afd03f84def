//! DER laid by hand, for the one path that is walked for every token.
//!
//! The parts that never change come encoded from the template; what is left are lengths. A general
//! encoder is several times slower here. Tests hold that it writes the same bytes.
//!
//! Not in scope: every other message, which [`crate::wire`] writes.

use alloc::vec::Vec;

use crate::tlv::{push_header, push_value, value, value_bytes};
use crate::{Accuracy, AlgorithmIdentifier, Extension, MessageImprint, Parameters, TstInfo};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;

/// Enough for an ordinary `TSTInfo`.
const TST_INFO_BYTES: usize = 256;

/// `TSTInfo` (RFC 3161 §2.4.2).
pub(crate) fn tst_info(info: &TstInfo) -> Vec<u8> {
    let mut fields = Vec::with_capacity(TST_INFO_BYTES);
    push_value(&mut fields, INTEGER, info.version.content());
    push_value(&mut fields, OBJECT_IDENTIFIER, info.policy.content());
    push_message_imprint(&mut fields, &info.message_imprint);
    push_value(&mut fields, INTEGER, info.serial_number.content());
    let gen_time = info.gen_time.to_generalized_time();
    push_value(&mut fields, GENERALIZED_TIME, gen_time.as_bytes());
    if let Some(accuracy) = &info.accuracy {
        push_accuracy(&mut fields, accuracy);
    }
    if info.ordering {
        push_value(&mut fields, BOOLEAN, &[0xff]);
    }
    if let Some(nonce) = &info.nonce {
        push_value(&mut fields, INTEGER, nonce.content());
    }
    if let Some(tsa) = &info.tsa {
        push_value(&mut fields, CONTEXT_0, tsa);
    }
    if !info.extensions.is_empty() {
        let extensions: Vec<Vec<u8>> = info.extensions.iter().map(extension).collect();
        push_value(&mut fields, CONTEXT_1, &extensions.concat());
    }
    value(&[SEQUENCE], &fields)
}

fn push_message_imprint(out: &mut Vec<u8>, imprint: &MessageImprint) {
    let algorithm = algorithm_identifier(&imprint.hash_algorithm);
    let content_bytes = algorithm.len() + value_bytes(imprint.hashed_message.len());
    push_header(out, SEQUENCE, content_bytes);
    out.extend_from_slice(&algorithm);
    push_value(out, OCTET_STRING, &imprint.hashed_message);
}

fn algorithm_identifier(identifier: &AlgorithmIdentifier) -> Vec<u8> {
    let parameters: &[u8] = match &identifier.parameters {
        Parameters::Absent => &[],
        Parameters::Null => &[0x05, 0x00],
        Parameters::Other(raw) => raw,
    };
    let algorithm = identifier.algorithm.content();
    let content_bytes = value_bytes(algorithm.len()) + parameters.len();
    let mut out = Vec::with_capacity(value_bytes(content_bytes));
    push_header(&mut out, SEQUENCE, content_bytes);
    push_value(&mut out, OBJECT_IDENTIFIER, algorithm);
    out.extend_from_slice(parameters);
    out
}

fn push_accuracy(out: &mut Vec<u8>, accuracy: &Accuracy) {
    let mut fields = Vec::new();
    let mut field = |tag: u8, number: Option<u32>| {
        if let Some(number) = number {
            let integer = crate::Integer::from(u64::from(number));
            push_value(&mut fields, tag, integer.content());
        }
    };
    field(INTEGER, accuracy.seconds());
    field(0x80, accuracy.millis().map(u32::from));
    field(0x81, accuracy.micros().map(u32::from));
    push_value(out, SEQUENCE, &fields);
}

fn extension(extension: &Extension) -> Vec<u8> {
    let mut fields = Vec::new();
    push_value(&mut fields, OBJECT_IDENTIFIER, extension.id.content());
    if extension.critical {
        push_value(&mut fields, BOOLEAN, &[0xff]);
    }
    push_value(&mut fields, OCTET_STRING, &extension.value);
    value(&[SEQUENCE], &fields)
}

/// What surrounds content, attributes and signature in every token of a signer, encoded.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// `contentType` id-signedData
    pub(crate) content_type: Vec<u8>,
    /// `version` and `digestAlgorithms` of `SignedData`
    pub(crate) signed_data_head: Vec<u8>,
    /// `eContentType`
    pub(crate) e_content_type: Vec<u8>,
    /// `version`, `sid` and `digestAlgorithm` of `SignerInfo`
    pub(crate) signer_info_head: Vec<u8>,
    /// `signatureAlgorithm`
    pub(crate) signature_algorithm: Vec<u8>,
}

/// What is new in a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fresh<'a> {
    /// The content of `eContent`
    pub(crate) content: &'a [u8],
    /// The field `certificates` with its tag, or nothing
    pub(crate) certificates: &'a [u8],
    /// The attributes one after the other, as they are signed
    pub(crate) attributes: &'a [u8],
    /// `signature`
    pub(crate) signature: &'a [u8],
}

/// A token: `ContentInfo` with `SignedData` (RFC 5652 §3 and §5). Lengths from the inside out,
/// then bytes from the outside in.
pub(crate) fn token(frame: &Frame, fresh: &Fresh<'_>) -> Vec<u8> {
    let e_content = value_bytes(fresh.content.len());
    let encap_content_info = frame.e_content_type.len() + value_bytes(e_content);
    let signer_info = frame.signer_info_head.len()
        + value_bytes(fresh.attributes.len())
        + frame.signature_algorithm.len()
        + value_bytes(fresh.signature.len());
    let signer_infos = value_bytes(signer_info);
    let signed_data = frame.signed_data_head.len()
        + value_bytes(encap_content_info)
        + fresh.certificates.len()
        + value_bytes(signer_infos);
    let content = value_bytes(signed_data);
    let content_info = frame.content_type.len() + value_bytes(content);

    let mut out = Vec::with_capacity(value_bytes(content_info));
    push_header(&mut out, SEQUENCE, content_info);
    out.extend_from_slice(&frame.content_type);
    push_header(&mut out, CONTEXT_0, content);
    push_header(&mut out, SEQUENCE, signed_data);
    out.extend_from_slice(&frame.signed_data_head);
    push_header(&mut out, SEQUENCE, encap_content_info);
    out.extend_from_slice(&frame.e_content_type);
    push_header(&mut out, CONTEXT_0, e_content);
    push_value(&mut out, OCTET_STRING, fresh.content);
    out.extend_from_slice(fresh.certificates);
    push_header(&mut out, SET, signer_infos);
    push_header(&mut out, SEQUENCE, signer_info);
    out.extend_from_slice(&frame.signer_info_head);
    push_value(&mut out, CONTEXT_0, fresh.attributes);
    out.extend_from_slice(&frame.signature_algorithm);
    push_value(&mut out, OCTET_STRING, fresh.signature);
    out
}

/// A response around a token (RFC 3161 §2.4.2).
pub(crate) fn response(status: &[u8], token: &[u8]) -> Vec<u8> {
    let content_bytes = status.len() + token.len();
    let mut out = Vec::with_capacity(value_bytes(content_bytes));
    push_header(&mut out, SEQUENCE, content_bytes);
    out.extend_from_slice(status);
    out.extend_from_slice(token);
    out
}
