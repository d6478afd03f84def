//! What a verification costs beside its bare signature checks, and beside OpenSSL's.
//!
//! `tsa-bench-verify OPENSSL_LOOP CHAIN_FOLDER [ROUNDS]`, started by `scripts/bench-verify` on one
//! core. The folder holds `root.pem`, `intermediate.pem`, `tsa.pem` and `tsa.key`, P-256 all.

use std::ffi::{OsStr, OsString};
use std::hint::black_box;
use std::path::{Path, PathBuf};

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::json;
use tsa_bench::keys::{Key, Kind, certs, pem};
use tsa_bench::maker::{Blind, Maker, request};
use tsa_bench::openssl::Loop;
use tsa_bench::rounds::{ROUNDS, run, timed};
use tsa_bench::{Fault, rows};
use tsa_core::tlv::{Reader, Tag, scan_der};
use tsa_core::{AlgorithmIdentifier, CertificateAnatomy, TimeStampReq, TimeStampResp, oid};
use tsa_server::clock::wall_time;
use tsa_verify::{
    CertificateBag, CryptoProvider, DigestAlgorithm, Evidence, GenTime, KnownLinks, RingProvider,
    SignatureAnswer, SignatureScheme, Subject, TrustStore, ValidationTime, VerificationPolicy,
    judge,
};

fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args_os().skip(1);
    let openssl = arguments.next().ok_or("name the loop around OpenSSL")?;
    let folder = arguments.next().ok_or("name the folder of the chain")?;
    let rounds = match arguments.next() {
        Some(rounds) => rounds.to_string_lossy().parse()?,
        None => ROUNDS,
    };
    let now = wall_time().ok_or("the clock shows no year that can be named")?;
    let chains = [
        ("P-256 only", Files::made(&PathBuf::from(folder))),
        ("P-256, authorities P-384", Files::of_certs()),
    ];
    for (name, files) in chains {
        measure(name, &Case::new(&files, now)?, &openssl, rounds)?;
    }
    Ok(())
}

/// Where the three certificates and the key are.
struct Files {
    key: PathBuf,
    signer: PathBuf,
    intermediate: PathBuf,
    root: PathBuf,
}

impl Files {
    fn made(folder: &Path) -> Self {
        Self {
            key: folder.join("tsa.key"),
            signer: folder.join("tsa.pem"),
            intermediate: folder.join("intermediate.pem"),
            root: folder.join("root.pem"),
        }
    }

    fn of_certs() -> Self {
        let folder = certs();
        Self {
            key: folder.join("keys/tsa-p256.pem"),
            signer: folder.join("tsa-p256.pem"),
            intermediate: folder.join("intermediate.pem"),
            root: folder.join("root.pem"),
        }
    }
}

/// A response with all that is needed to judge it.
struct Case {
    request: TimeStampReq,
    response: Vec<u8>,
    /// Signer, intermediate, root.
    certificates: [Vec<u8>; 3],
    root_file: PathBuf,
    trust: TrustStore,
    policy: VerificationPolicy,
    links: KnownLinks<RingProvider>,
}

impl Case {
    fn new(files: &Files, now: GenTime) -> Result<Self, Fault> {
        let certificates = [
            pem(&files.signer)?,
            pem(&files.intermediate)?,
            pem(&files.root)?,
        ];
        let [signer, intermediate, root] = &certificates;
        let key = Key::load(Kind::P256, &files.key)?;
        let below = vec![signer.clone(), intermediate.clone()];
        let request = request(true)?;
        let response = Maker::with(Kind::P256, key, below, now)?.respond(&request, &mut Blind)?;
        let mut trust = TrustStore::new();
        trust.add(root)?;
        let links = KnownLinks::new(RingProvider, &[signer, intermediate, root]);
        // The token names a moment that must not lie ahead of the judge's.
        let later = GenTime::from_unix(now.unix_seconds() + 60, 0).ok_or("no such time")?;
        Ok(Self {
            policy: VerificationPolicy::at(ValidationTime::Now(later)),
            root_file: files.root.clone(),
            request,
            response,
            trust,
            links,
            certificates,
        })
    }

    /// The whole verification, as a client does it: against its request, with no more
    /// certificates than the token brings.
    fn verify(&self, crypto: &dyn CryptoProvider, words: Words) -> Result<(), Fault> {
        let (bag, subject) = (
            CertificateBag::new(),
            Subject::of_request(self.request.clone()),
        );
        let evidence = Evidence::new(&self.response, &bag);
        let judgement = judge(&evidence, &subject, &self.trust, &self.policy, crypto);
        if judgement.verified().is_none() {
            return Err(judgement.verdict().indication.name().into());
        }
        match words {
            Words::None => drop(black_box(judgement)),
            Words::Report => drop(black_box(judgement.report())),
        }
        Ok(())
    }
}

/// What is wanted beside the verdict and the outcome of every check.
#[derive(Clone, Copy)]
enum Words {
    None,
    /// The report in both languages.
    Report,
}

/// Believes every signature: what is left is everything else.
struct NoSignatures;

impl CryptoProvider for NoSignatures {
    fn name(&self) -> &'static str {
        "none"
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        RingProvider.digest(algorithm, bytes)
    }

    fn verify(&self, _: &SignatureScheme, _: &[u8], _: &[u8], _: &[u8]) -> SignatureAnswer {
        SignatureAnswer::Holds
    }
}

/// Key, message and signature of one check.
struct Link {
    algorithm: &'static dyn VerificationAlgorithm,
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Link {
    fn new(
        algorithm: &AlgorithmIdentifier,
        issuer: &CertificateAnatomy<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Self, Fault> {
        let known: [(_, &dyn VerificationAlgorithm); 2] = [
            (oid::ECDSA_WITH_SHA_256, &ECDSA_P256_SHA256_ASN1),
            (oid::ECDSA_WITH_SHA_384, &ECDSA_P384_SHA384_ASN1),
        ];
        let found = known
            .into_iter()
            .find(|(known, _)| *known == algorithm.algorithm);
        Ok(Self {
            algorithm: found.ok_or("a signature that has no bare check here")?.1,
            key: point(issuer.subject_public_key_info)?,
            message: message.to_vec(),
            signature: signature.to_vec(),
        })
    }

    fn check(&self) -> Result<(), Fault> {
        let key = UnparsedPublicKey::new(self.algorithm, &self.key);
        Ok(key.verify(&self.message, &self.signature)?)
    }
}

/// The three signatures of a case: the token's first, then its signer's, then the intermediate's.
fn links(case: &Case) -> Result<[Link; 3], Fault> {
    let [signer, intermediate, root] = &case.certificates;
    let signer = CertificateAnatomy::read(signer)?;
    let intermediate = CertificateAnatomy::read(intermediate)?;
    let root = CertificateAnatomy::read(root)?;
    let response = TimeStampResp::from_der(&case.response)?;
    let token = response
        .time_stamp_token
        .ok_or("a response without token")?;
    let scanned = scan_der(&token)?;
    let content_info = Reader::new(&scanned).expect(Tag::SEQUENCE, "ContentInfo")?;
    let signed_data =
        tsa_core::SignedData::read(&content_info, &mut tsa_core::tlv::Deviations::default())?;
    let info = signed_data.signer_infos.first().ok_or("no signature")?;
    let attributes = info.signed_attrs.as_ref().ok_or("no attributes")?;
    Ok([
        Link::new(
            &AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            &signer,
            &attributes.der()?,
            &info.signature,
        )?,
        Link::new(
            &signer.signature_algorithm,
            &intermediate,
            signer.tbs,
            signer.signature,
        )?,
        Link::new(
            &intermediate.signature_algorithm,
            &root,
            intermediate.tbs,
            intermediate.signature,
        )?,
    ])
}

/// The point of an EC key: the BIT STRING of its `SubjectPublicKeyInfo` without the octet before.
fn point(info: &[u8]) -> Result<Vec<u8>, Fault> {
    let scanned = scan_der(info)?;
    let mut fields = Reader::new(&scanned).sequence("SubjectPublicKeyInfo")?;
    fields.expect(Tag::SEQUENCE, "algorithm")?;
    let bits = fields.next_element()?.ok_or("no key")?;
    Ok(bits.content.get(1..).unwrap_or_default().to_vec())
}

fn measure(name: &str, case: &Case, program: &OsStr, rounds: usize) -> Result<(), Fault> {
    let folder = tempfile::tempdir()?;
    let (query, reply) = (
        folder.path().join("request.tsq"),
        folder.path().join("response.tsr"),
    );
    std::fs::write(&query, case.request.to_der()?)?;
    std::fs::write(&reply, &case.response)?;
    let arguments: [OsString; 3] = [query.into(), reply.into(), case.root_file.clone().into()];
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let mut openssl = Loop::start(Path::new(program), &arguments)?;
    let mut openssl_checking = Loop::start(Path::new(program), &arguments)?;
    let links = links(case)?;
    let [first, ..] = &links;
    let times = run(
        rounds,
        vec![
            timed(|| case.verify(&RingProvider, Words::None)),
            timed(|| links.iter().try_for_each(Link::check)),
            timed(|| case.verify(&case.links, Words::None)),
            timed(|| first.check()),
            Box::new(|count| openssl.run("batch", count)),
            Box::new(|count| openssl_checking.run("check", count)),
            timed(|| case.verify(&NoSignatures, Words::None)),
            timed(|| case.verify(&RingProvider, Words::Report)),
        ],
    )?;
    rows::print(&json!({
        "row": "verify",
        "chain": name,
        "response_bytes": case.response.len(),
        "full_ns": times.least(0),
        "bare_ns": times.least(1),
        "remembered_ns": times.least(2),
        "bare_one_ns": times.least(3),
        "openssl_ns": times.least(4),
        "openssl_bare_one_ns": times.least(5),
        "no_signatures_ns": times.least(6),
        "report_ns": times.least(7),
        "full_ratio": rows::ratio(times.ratio(1, 0)),
        "remembered_ratio": rows::ratio(times.ratio(3, 2)),
        "openssl_ratio": rows::ratio(times.ratio(4, 0)),
    }))
}
