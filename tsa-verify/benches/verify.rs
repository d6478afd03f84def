//! A whole verification with three certificates, by key type: `cargo bench -p tsa-verify`.
//!
//! *Chain remembered* knows the signatures on the certificates ([`KnownLinks`]). *No signatures*
//! believes all of them: facts, checks and words are left.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use tsa_core::{TokenTemplate, TokenTemplateParts, TstInfo, oid};
use tsa_verify::{
    AlgorithmIdentifier, CertificateBag, CryptoProvider, DigestAlgorithm, Evidence, Integer,
    KnownLinks, MessageImprint, RingProvider, SignatureAnswer, SignatureScheme, Subject,
    TrustStore, ValidationTime, VerificationPolicy, verify,
};

const CONTENT: &[u8] = b"What was stamped.\n";

/// A PKCS#8 key and a message in, a signature out.
type Sign = fn(&[u8], &[u8]) -> Result<Vec<u8>, Box<dyn Error>>;

/// Key, its certificate, the intermediate and the root, as their files in `certs/` are named.
struct Chain {
    name: &'static str,
    files: [&'static str; 4],
    digest: DigestAlgorithm,
    signature: AlgorithmIdentifier,
    sign: Sign,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .configure_from_args();
    let chains = [
        Chain {
            name: "P-256",
            files: ["tsa-p256", "tsa-p256", "intermediate", "root"],
            digest: DigestAlgorithm::Sha256,
            signature: AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            sign: sign_p256,
        },
        Chain {
            name: "RSA",
            files: [
                "tsa-rsa2048",
                "tsa-rsa-chain",
                "rsa-intermediate",
                "rsa-root",
            ],
            digest: DigestAlgorithm::Sha256,
            signature: AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA),
            sign: sign_rsa,
        },
        Chain {
            name: "Ed25519",
            files: ["tsa-ed25519", "tsa-ed25519", "intermediate", "root"],
            digest: DigestAlgorithm::Sha512,
            signature: AlgorithmIdentifier::absent(oid::ED25519),
            sign: sign_ed25519,
        },
    ];
    for chain in &chains {
        let mut group = criterion.benchmark_group(chain.name);
        measure(&mut group, chain)?;
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, chain: &Chain) -> Result<(), Box<dyn Error>> {
    let [key, signer, intermediate, root] = chain.files;
    let key = pem(&format!("keys/{key}"))?;
    let [signer, intermediate, root] = [pem(signer)?, pem(intermediate)?, pem(root)?];
    let token = token(chain, &key, vec![signer.clone(), intermediate.clone()])?;
    let links = KnownLinks::new(RingProvider, &[&signer, &intermediate, &root]);
    let subject = Subject::of_content(&token, CONTENT, &RingProvider);
    let (mut trust, bag) = (TrustStore::new(), CertificateBag::new());
    trust.add(&root)?;
    let policy = VerificationPolicy::at(ValidationTime::Given("2026-06-01T00:00:00Z".parse()?));
    let engines: [(&str, &dyn CryptoProvider); 3] = [
        ("whole", &RingProvider),
        ("chain remembered", &links),
        ("no signatures", &NoSignatures),
    ];
    for (name, engine) in engines {
        let judge = || {
            verify(
                &Evidence::new(&token, &bag),
                &subject,
                &trust,
                &policy,
                engine,
            )
        };
        if judge().verified().is_none() {
            return Err(format!("{}: {name}: not TOTAL-PASSED", chain.name).into());
        }
        group.bench_function(name, |b| b.iter(judge));
    }
    Ok(())
}

/// Believes every signature.
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

fn token(chain: &Chain, key: &[u8], certificates: Vec<Vec<u8>>) -> Result<Vec<u8>, Box<dyn Error>> {
    let signer = certificates.first().map(Vec::as_slice).unwrap_or_default();
    let template = TokenTemplate::new(&TokenTemplateParts {
        ess_cert_hash: digest(chain.digest, signer)?,
        certificates,
        digest_algorithm: chain.digest,
        signature_algorithm: chain.signature.clone(),
        ess_digest_algorithm: chain.digest,
    })?;
    let hashed = digest(DigestAlgorithm::Sha256, CONTENT)?;
    let content = template.content(&TstInfo {
        version: Integer::from(1_u64),
        policy: "1.3.6.1.4.1.32473.1".parse()?,
        message_imprint: MessageImprint::new(oid::SHA_256, hashed),
        serial_number: Integer::from(0x00c0_ffee_u64),
        gen_time: "2026-05-10T13:21:41.25Z".parse()?,
        accuracy: None,
        ordering: false,
        nonce: None,
        tsa: Some(template.tsa_name().to_vec()),
        extensions: Vec::new(),
    })?;
    let message_digest = digest(chain.digest, content.bytes())?;
    let to_be_signed = content.to_be_signed(&message_digest)?;
    let signature = (chain.sign)(key, to_be_signed.bytes())?;
    Ok(to_be_signed.into_token(&signature, true)?)
}

fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let digest = RingProvider.digest(algorithm, bytes);
    digest.ok_or_else(|| format!("no digest {algorithm}").into())
}

fn sign_p256(key: &[u8], message: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key, &random)?;
    Ok(pair.sign(&random, message)?.as_ref().to_vec())
}

fn sign_rsa(key: &[u8], message: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let pair = RsaKeyPair::from_pkcs8(key)?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut signature,
    )?;
    Ok(signature)
}

fn sign_ed25519(key: &[u8], message: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key)?;
    Ok(pair.sign(message).as_ref().to_vec())
}

fn pem(name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs");
    let text = std::fs::read_to_string(folder.join(format!("{name}.pem")))?;
    let base64: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64);
    der.map_err(|error| error.to_string().into())
}
