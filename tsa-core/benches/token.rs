//! The steps of a token one by one, with and without the chain: `cargo bench -p tsa-core`.
//!
//! Digest and signature are bytes of the right length: neither is made in this crate.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use criterion::{BatchSize, Criterion};
use tsa_core::tlv::{Reader, Tag, scan_der};
use tsa_core::{
    Accuracy, AlgorithmIdentifier, DigestAlgorithm, Integer, MessageImprint, SignedData,
    TimeStampReq, TimeStampResp, TokenTemplate, TokenTemplateParts, TstInfo, oid,
};

/// Bytes of a digest by SHA-256, and of a usual signature by P-256.
const DIGEST: [u8; 32] = [0x5a; 32];
const SIGNATURE: [u8; 71] = [0x30; 71];

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for (name, cert_req) in [("with chain", true), ("without chain", false)] {
        steps(&mut criterion, name, cert_req)?;
    }
    criterion.final_summary();
    Ok(())
}

fn steps(criterion: &mut Criterion, name: &str, cert_req: bool) -> Result<(), Box<dyn Error>> {
    let imprint = MessageImprint::new(oid::SHA_256, DIGEST.to_vec());
    let request = TimeStampReq::new(imprint)
        .with_cert_req(cert_req)
        .with_nonce(Integer::from(0x5172_3344_5566_7788_u64));
    let query = request.to_der()?;
    let template = template()?;
    let info = statement(&request, &template)?;
    let content = template.content(&info)?;
    let to_be_signed = content.clone().to_be_signed(&DIGEST)?;
    let token = to_be_signed.clone().into_token(&SIGNATURE, cert_req)?;
    let response = TimeStampResp::granted(token.clone());
    let reply = response.to_der()?;
    read_token(&token)?;

    let mut group = criterion.benchmark_group(name);
    group.bench_function("read request", |b| {
        b.iter(|| TimeStampReq::from_der(&query));
    });
    group.bench_function("content", |b| {
        b.iter(|| template.content(&info).map(|content| content.bytes().len()));
    });
    group.bench_function("to_be_signed", |b| {
        let content = || content.clone();
        b.iter_batched(
            content,
            |content| content.to_be_signed(&DIGEST),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("into_token", |b| {
        let to_be_signed = || to_be_signed.clone();
        b.iter_batched(
            to_be_signed,
            |to_be_signed| to_be_signed.into_token(&SIGNATURE, cert_req),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("encode response", |b| {
        b.iter(|| response.to_der());
    });
    group.bench_function("read token", |b| {
        b.iter(|| read_token(&token));
    });
    group.bench_function("read response", |b| {
        b.iter(|| TimeStampResp::from_der(&reply).map(|read| read.time_stamp_token.is_some()));
    });
    group.finish();
    Ok(())
}

/// The token down to its statement, as a check before it leaves reads it.
fn read_token(token: &[u8]) -> Result<TstInfo, Box<dyn Error>> {
    let scanned = scan_der(token)?;
    let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
    let mut deviations = scanned.into_deviations();
    let signed_data = SignedData::read(&content_info, &mut deviations)?;
    Ok(signed_data.unverified_tst_info()?.info)
}

fn template() -> Result<TokenTemplate, Box<dyn Error>> {
    Ok(TokenTemplate::new(&TokenTemplateParts {
        certificates: vec![certificate("tsa-p256")?, certificate("intermediate")?],
        digest_algorithm: DigestAlgorithm::Sha256,
        signature_algorithm: AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
        ess_digest_algorithm: DigestAlgorithm::Sha256,
        ess_cert_hash: DIGEST.to_vec(),
    })?)
}

fn statement(request: &TimeStampReq, template: &TokenTemplate) -> Result<TstInfo, Box<dyn Error>> {
    Ok(TstInfo {
        version: Integer::from(1_u64),
        policy: "1.3.6.1.4.1.32473.1".parse()?,
        message_imprint: request.message_imprint.clone(),
        serial_number: Integer::from_unsigned(&[0x17; 16]),
        gen_time: "2026-05-10T13:21:41.25Z".parse()?,
        accuracy: Accuracy::new(Some(1), None, None),
        ordering: false,
        nonce: request.nonce.clone(),
        tsa: Some(template.tsa_name().to_vec()),
        extensions: Vec::new(),
    })
}

fn certificate(name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs");
    let text = std::fs::read_to_string(folder.join(format!("{name}.pem")))?;
    let base64: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64);
    der.map_err(|error| error.to_string().into())
}
