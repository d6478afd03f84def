//! What is in a file, without judging it: response, token, request or certificate.
//!
//! Says first that nothing was verified. Not in scope: any opinion.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use tsa_core::tlv::Deviations;
use tsa_core::{ReceivedToken, SignedData, SignerIdentifier, TimeStampReq, TstInfo, oid};

use crate::crypto::{PublicKey, SignatureScheme};
use crate::limits::LISTED_MAX;
use crate::name::Name;
use crate::path::Certificate;
use crate::text::{hex, listed, say, shown_hex, shown_integer};
use crate::{Lang, Text};

/// Most certificates of a token that are shown.
const CERTIFICATES_SHOWN_MAX: usize = 64;

/// What was found, unverified: lines of a label and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// `response`, `token`, `request`, `certificate` or `unknown`.
    pub kind: &'static str,
    /// Always false.
    pub verified: bool,
    /// What it says.
    pub fields: Vec<Field>,
}

/// One line of an inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Field {
    /// The name in the standard.
    pub name: &'static str,
    /// Its value, harmless to show.
    pub value: String,
}

/// Looks into a response or token (DER or BER), a request (DER) or a certificate.
#[must_use]
pub fn inspect(bytes: &[u8]) -> Inspection {
    let mut fields = Vec::new();
    let mut push = |name, value| fields.push(Field { name, value });
    let kind = if let Ok(certificate) = Certificate::read(bytes) {
        describe_certificate(&certificate, &mut push);
        "certificate"
    } else if let Ok(request) = TimeStampReq::from_der(bytes) {
        describe_request(&request, &mut push);
        "request"
    } else {
        match ReceivedToken::read(bytes) {
            Ok(received) if received.status.is_some() || is_signed_data(&received) => {
                describe_received(&received, &mut push);
                match received.status {
                    Some(_) => "response",
                    None => "token",
                }
            }
            Ok(_) => {
                push("error", String::from("neither a response nor SignedData"));
                "unknown"
            }
            Err(error) => {
                push("error", error.to_string());
                "unknown"
            }
        }
    };
    Inspection {
        kind,
        verified: false,
        fields,
    }
}

impl Inspection {
    /// For people; the first line says that nothing was verified.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let warning: Text = say!(
            "未经验证：以下只是文件中所写的内容，不构成任何证明。",
            "UNVERIFIED: what follows is merely what the file says. Nothing is proven."
        );
        let mut out = alloc::format!("{}\n{}\n", warning.in_lang(lang), self.kind);
        for field in &self.fields {
            out.push_str(&alloc::format!("  {}: {}\n", field.name, field.value));
        }
        out
    }

    /// As JSON, with `"verified": false`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts and lists only: writing them cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// Whether the content type is that of `SignedData` (RFC 5652 §4, or GM/T 0010): an algorithm
/// identifier begins as a token does.
fn is_signed_data(received: &ReceivedToken<'_>) -> bool {
    let content_type = received
        .token
        .map(|token| token.reader().oid("contentType"));
    let Some(Ok(content_type)) = content_type else {
        return false;
    };
    [oid::ID_SIGNED_DATA, oid::GMT_SIGNED_DATA].contains(&content_type)
}

type Push<'p> = &'p mut dyn FnMut(&'static str, String);

fn describe_certificate(certificate: &Certificate<'_>, push: Push<'_>) {
    let anatomy = &certificate.anatomy;
    push("subject", certificate.subject());
    push("issuer", certificate.issuer());
    push("serialNumber", shown_integer(&anatomy.serial_number));
    push("notBefore", certificate.not_before.to_string());
    push("notAfter", certificate.not_after.to_string());
    let key = PublicKey::read(anatomy.subject_public_key_info);
    push(
        "subjectPublicKey",
        key.map_or_else(|| String::from("?"), |key| key.to_shown()),
    );
    let scheme = SignatureScheme::of_certificate(&anatomy.signature_algorithm);
    push("signatureAlgorithm", scheme.to_shown());
    if let Some(constraints) = certificate.extensions.basic_constraints {
        push("cA", constraints.ca.to_string());
    }
    if let Some(usage) = certificate.extensions.key_usage {
        push("keyUsage", usage.to_shown());
    }
    if let Some(usage) = &certificate.extensions.extended_key_usage {
        let critical = if usage.critical { " (critical)" } else { "" };
        push(
            "extKeyUsage",
            alloc::format!("{}{critical}", listed(&usage.purposes)),
        );
    }
    push("sha256", hex(&crate::crypto::digests::sha256(anatomy.raw)));
}

fn describe_request(request: &TimeStampReq, push: Push<'_>) {
    let imprint = &request.message_imprint;
    push("version", shown_integer(&request.version));
    push("hashAlgorithm", algorithm_name(&imprint.hash_algorithm));
    push("hashedMessage", shown_hex(&imprint.hashed_message));
    if let Some(policy) = request.req_policy {
        push("reqPolicy", policy.to_string());
    }
    if let Some(nonce) = &request.nonce {
        push("nonce", shown_integer(nonce));
    }
    push("certReq", request.cert_req.to_string());
}

fn algorithm_name(identifier: &tsa_core::AlgorithmIdentifier) -> String {
    match identifier.digest_algorithm() {
        Some(known) => String::from(known.name()),
        None => identifier.algorithm.to_string(),
    }
}

fn describe_received(received: &ReceivedToken<'_>, push: Push<'_>) {
    if let Some(status) = &received.status {
        push("status", status.status.to_string());
        if let Some(reason) = status.fail_info {
            push("failInfo", reason.to_string());
        }
        for text in &status.status_string {
            push("statusString", crate::text::shown(text));
        }
    }
    let Some(token) = received.token else {
        return;
    };
    let mut deviations = Deviations::default();
    let data = match SignedData::read(&token, &mut deviations) {
        Ok(data) => data,
        Err(error) => return push("error", error.to_string()),
    };
    match data.unverified_tst_info() {
        Ok(reading) => describe_tst_info(&reading.info, push),
        Err(error) => push("error", error.to_string()),
    }
    for signer in data.signer_infos.iter().take(LISTED_MAX) {
        match &signer.sid {
            SignerIdentifier::IssuerAndSerialNumber {
                issuer,
                serial_number,
            } => {
                push("signerIssuer", Name::shown_of(issuer));
                push("signerSerialNumber", shown_integer(serial_number));
            }
            SignerIdentifier::SubjectKeyIdentifier(identifier) => {
                push("signerKeyIdentifier", shown_hex(identifier));
            }
        }
        let scheme =
            SignatureScheme::of_signer_info(&signer.signature_algorithm, &signer.digest_algorithm);
        push("signatureAlgorithm", scheme.to_shown());
    }
    let certificates = data.certificates.as_deref().unwrap_or_default();
    for choice in certificates.iter().take(CERTIFICATES_SHOWN_MAX) {
        match Certificate::read(choice.raw) {
            Ok(certificate) => push("certificate", certificate.subject()),
            Err(error) => push("certificate", error.to_string()),
        }
    }
    if let Some(rest @ [_, ..]) = certificates.get(CERTIFICATES_SHOWN_MAX..) {
        push("moreCertificates", rest.len().to_string());
    }
}

fn describe_tst_info(info: &TstInfo, push: Push<'_>) {
    push("genTime", info.gen_time.to_string());
    if let Some(nanos) = info.accuracy.and_then(|accuracy| accuracy.to_nanos()) {
        push("accuracy", alloc::format!("{nanos} ns"));
    }
    push("serialNumber", shown_integer(&info.serial_number));
    push("policy", info.policy.to_string());
    let imprint = &info.message_imprint;
    push("hashAlgorithm", algorithm_name(&imprint.hash_algorithm));
    push("hashedMessage", shown_hex(&imprint.hashed_message));
    if let Some(nonce) = &info.nonce {
        push("nonce", shown_integer(nonce));
    }
    if let Some(tsa) = &info.tsa {
        push("tsa", crate::checks::shown_general_name(tsa));
    }
}
