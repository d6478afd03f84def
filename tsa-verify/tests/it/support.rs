//! Signers from `certs/`, and a maker of tokens that can put one thing wrong at a time.

use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use tsa_core::tlv::{set_of, value};
use tsa_core::{
    Accuracy, AlgorithmIdentifier, CertificateAnatomy, DigestAlgorithm, GenTime, Integer,
    MessageImprint, Parameters, TstInfo, oid,
};
use tsa_verify::{
    CertificateBag, CryptoProvider, Evidence, Report, RingProvider, Subject, TrustStore,
    ValidationTime, VerificationPolicy, WholeProvider, verify,
};

/// The file that every token here is about.
pub(crate) const CONTENT: &[u8] = b"What was stamped.\n";
/// `genTime` of every token, and the usual validation time.
pub(crate) const GEN_TIME: &str = "2026-05-10T13:21:41.25Z";
pub(crate) const VALIDATION_TIME: &str = "2026-06-01T00:00:00Z";
/// Policy of every token.
pub(crate) const POLICY: &str = "2.999.1";

pub(crate) fn time(text: &str) -> GenTime {
    text.parse().unwrap()
}

pub(crate) fn certs_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../certs")
}

fn pem(path: &str) -> Vec<u8> {
    let path = certs_folder().join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let base64: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    base64::engine::general_purpose::STANDARD
        .decode(base64)
        .unwrap()
}

pub(crate) fn certificate(name: &str) -> Vec<u8> {
    pem(&format!("{name}.pem"))
}

pub(crate) fn trust(names: &[&str]) -> TrustStore {
    let mut store = TrustStore::new();
    for name in names {
        store.add(&certificate(name)).unwrap();
    }
    store
}

pub(crate) fn bag(names: &[&str]) -> CertificateBag {
    let mut bag = CertificateBag::new();
    for name in names {
        bag.add(&certificate(name)).unwrap();
    }
    bag
}

pub(crate) fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    RingProvider.digest(algorithm, bytes).unwrap()
}

/// How a key of `certs/keys` signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    P256,
    P384,
    Rsa,
    /// RSASSA-PSS with SHA-256.
    RsaPss,
    /// RSA below what ring signs with.
    RsaByOpenssl,
    Ed25519,
}

impl Kind {
    pub(crate) fn digest(self) -> DigestAlgorithm {
        match self {
            Self::P384 => DigestAlgorithm::Sha384,
            Self::Ed25519 => DigestAlgorithm::Sha512,
            _ => DigestAlgorithm::Sha256,
        }
    }

    pub(crate) fn algorithm(self) -> AlgorithmIdentifier {
        match self {
            Self::P256 => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            Self::P384 => AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_384),
            Self::Rsa | Self::RsaByOpenssl => AlgorithmIdentifier::null(oid::SHA_256_WITH_RSA),
            Self::RsaPss => AlgorithmIdentifier {
                algorithm: oid::RSASSA_PSS,
                parameters: Parameters::Other(pss_parameters(32)),
            },
            Self::Ed25519 => AlgorithmIdentifier::absent(oid::ED25519),
        }
    }

    pub(crate) fn sign(self, key: &str, message: &[u8]) -> Vec<u8> {
        let pkcs8 = pem(&format!("keys/{key}.pem"));
        let random = SystemRandom::new();
        let ecdsa = |algorithm| {
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &random).unwrap();
            pair.sign(&random, message).unwrap().as_ref().to_vec()
        };
        let rsa = |padding| {
            let pair = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(padding, &random, message, &mut signature)
                .unwrap();
            signature
        };
        match self {
            Self::P256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Self::P384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            Self::Rsa => rsa(&RSA_PKCS1_SHA256),
            Self::RsaPss => rsa(&RSA_PSS_SHA256),
            Self::RsaByOpenssl => openssl_sign(key, message),
            Self::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).unwrap();
                pair.sign(message).as_ref().to_vec()
            }
        }
    }
}

/// `RSASSA-PSS-params` with SHA-256 twice and this length of salt.
pub(crate) fn pss_parameters(salt_bytes: u8) -> Vec<u8> {
    let sha256 = algorithm_identifier(&AlgorithmIdentifier::null(oid::SHA_256));
    let mask = AlgorithmIdentifier {
        algorithm: oid::MGF1,
        parameters: Parameters::Other(sha256.clone()),
    };
    let fields = [
        value(&[0xa0], &sha256),
        value(&[0xa1], &algorithm_identifier(&mask)),
        value(&[0xa2], &value(&[0x02], &[salt_bytes])),
    ];
    value(&[0x30], &fields.concat())
}

fn openssl_sign(key: &str, message: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (
        folder.path().join("message"),
        folder.path().join("signature"),
    );
    std::fs::write(&input, message).unwrap();
    let status = Command::new("openssl")
        .args(["dgst", "-sha256", "-sign"])
        .arg(certs_folder().join(format!("keys/{key}.pem")))
        .arg("-out")
        .arg(&output)
        .arg(&input)
        .status()
        .expect("openssl must be installed");
    assert!(status.success());
    std::fs::read(&output).unwrap()
}

/// What every token states unless a test changes it.
pub(crate) fn statement(signer: &str) -> TstInfo {
    let certificate = certificate(signer);
    let subject = CertificateAnatomy::read(&certificate)
        .unwrap()
        .subject
        .to_vec();
    TstInfo {
        version: Integer::from(1_u64),
        policy: POLICY.parse().unwrap(),
        message_imprint: MessageImprint::new(
            oid::SHA_256,
            digest(DigestAlgorithm::Sha256, CONTENT),
        ),
        serial_number: Integer::from(0x00c0_ffee_u64),
        gen_time: time(GEN_TIME),
        accuracy: Accuracy::new(Some(1), None, None),
        ordering: false,
        nonce: Some(Integer::from(0x1122_3344_5566_7788_u64)),
        tsa: Some(value(&[0xa4], &subject)),
        extensions: Vec::new(),
    }
}

/// A token in parts, each of which a test may replace before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    key: String,
    kind: Kind,
    pub(crate) version: u8,
    pub(crate) encap_content_type: tsa_core::ObjectIdentifier,
    pub(crate) content: Option<Vec<u8>>,
    /// In the order they are sent, sorted unless a test says otherwise.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) sort_certificates: bool,
    pub(crate) sid: Vec<u8>,
    pub(crate) digest_algorithm: AlgorithmIdentifier,
    /// Type, encoded values.
    pub(crate) attributes: Vec<(tsa_core::ObjectIdentifier, Vec<Vec<u8>>)>,
    pub(crate) has_attributes: bool,
    /// Sent in this order instead of sorted.
    pub(crate) unsorted_attributes: bool,
    /// Signed as sent instead of as DER.
    pub(crate) sign_as_sent: bool,
    pub(crate) signature_algorithm: AlgorithmIdentifier,
    pub(crate) signer_infos: usize,
    pub(crate) unsigned_attributes: Vec<u8>,
}

impl Token {
    /// A sound token by the certificate `signer`, with the certificates `above` it.
    pub(crate) fn new(signer: &str, key: &str, kind: Kind, above: &[&str]) -> Self {
        Self::of(statement(signer), signer, key, kind, above)
    }

    /// The token most tests use.
    pub(crate) fn p256() -> Self {
        Self::new("tsa-p256", "tsa-p256", Kind::P256, &["intermediate"])
    }

    /// The same with another statement.
    pub(crate) fn p256_stating(change: impl Fn(&mut TstInfo)) -> Self {
        let mut info = statement("tsa-p256");
        change(&mut info);
        Self::of(info, "tsa-p256", "tsa-p256", Kind::P256, &["intermediate"])
    }

    fn of(info: TstInfo, signer: &str, key: &str, kind: Kind, above: &[&str]) -> Self {
        let signer = certificate(signer);
        let anatomy = CertificateAnatomy::read(&signer).unwrap();
        let content = info.to_der().unwrap();
        let message_digest = value(&[0x04], &digest(kind.digest(), &content));
        let sid = [
            anatomy.issuer.to_vec(),
            value(&[0x02], anatomy.serial_number.content()),
        ];
        let above = above.iter().map(|name| certificate(name));
        Self {
            key: key.to_string(),
            kind,
            version: 3,
            encap_content_type: oid::ID_CT_TST_INFO,
            content: Some(content),
            sid: value(&[0x30], &sid.concat()),
            digest_algorithm: AlgorithmIdentifier::absent(kind.digest().oid()),
            attributes: vec![
                (
                    oid::ID_CONTENT_TYPE,
                    vec![value(&[0x06], oid::ID_CT_TST_INFO.content())],
                ),
                (oid::ID_MESSAGE_DIGEST, vec![message_digest]),
                (
                    oid::ID_AA_SIGNING_CERTIFICATE_V2,
                    vec![signing_certificate_v2(&signer)],
                ),
            ],
            has_attributes: true,
            certificates: std::iter::once(signer.clone()).chain(above).collect(),
            sort_certificates: true,
            unsorted_attributes: false,
            sign_as_sent: false,
            signature_algorithm: kind.algorithm(),
            signer_infos: 1,
            unsigned_attributes: Vec::new(),
        }
    }

    pub(crate) fn attribute(
        &mut self,
        attribute_type: tsa_core::ObjectIdentifier,
    ) -> &mut Vec<Vec<u8>> {
        let found = self
            .attributes
            .iter_mut()
            .find(|found| found.0 == attribute_type);
        &mut found.unwrap().1
    }

    pub(crate) fn without_attribute(mut self, attribute_type: tsa_core::ObjectIdentifier) -> Self {
        self.attributes.retain(|found| found.0 != attribute_type);
        self
    }

    /// Changes one thing.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Signs; the encoded token.
    pub(crate) fn signed(&self) -> Vec<u8> {
        self.signed_by(|message| self.kind.sign(&self.key, message))
    }

    /// Signs with something else than a key of `certs/`.
    pub(crate) fn signed_by(&self, sign: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let attributes: Vec<Vec<u8>> = self
            .attributes
            .iter()
            .map(|(attribute_type, values)| {
                let attribute = [
                    value(&[0x06], attribute_type.content()),
                    set_of(values.clone()),
                ];
                value(&[0x30], &attribute.concat())
            })
            .collect();
        let as_sent = match self.unsorted_attributes {
            true => value(&[0x31], &reversed(&attributes).concat()),
            false => set_of(attributes.clone()),
        };
        let covered = match (self.has_attributes, self.sign_as_sent) {
            (false, _) => self.content.clone().unwrap(),
            (true, true) => as_sent.clone(),
            (true, false) => set_of(attributes),
        };
        let mut signed_attributes = as_sent;
        signed_attributes[0] = 0xa0;
        let signer_info = [
            value(&[0x02], &[1]),
            self.sid.clone(),
            algorithm_identifier(&self.digest_algorithm),
            if self.has_attributes {
                signed_attributes
            } else {
                Vec::new()
            },
            algorithm_identifier(&self.signature_algorithm),
            value(&[0x04], &sign(&covered)),
            self.unsigned_attributes.clone(),
        ];
        let signer_info = value(&[0x30], &signer_info.concat());
        let content = self
            .content
            .as_ref()
            .map(|content| value(&[0xa0], &value(&[0x04], content)));
        let encap = [
            value(&[0x06], self.encap_content_type.content()),
            content.unwrap_or_default(),
        ];
        let mut certificates = self.certificates.clone();
        if self.sort_certificates {
            certificates.sort();
        }
        let signed_data = [
            value(&[0x02], &[self.version]),
            set_of(vec![algorithm_identifier(&self.digest_algorithm)]),
            value(&[0x30], &encap.concat()),
            match certificates.is_empty() {
                true => Vec::new(),
                false => value(&[0xa0], &certificates.concat()),
            },
            value(&[0x31], &signer_info.repeat(self.signer_infos)),
        ];
        let content_info = [
            value(&[0x06], oid::ID_SIGNED_DATA.content()),
            value(&[0xa0], &value(&[0x30], &signed_data.concat())),
        ];
        value(&[0x30], &content_info.concat())
    }
}

fn reversed(attributes: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut sorted = attributes.to_vec();
    sorted.sort();
    sorted.reverse();
    sorted
}

pub(crate) fn algorithm_identifier(identifier: &AlgorithmIdentifier) -> Vec<u8> {
    let parameters = match &identifier.parameters {
        Parameters::Absent => Vec::new(),
        Parameters::Null => value(&[0x05], &[]),
        Parameters::Other(encoded) => encoded.clone(),
    };
    let fields = [value(&[0x06], identifier.algorithm.content()), parameters];
    value(&[0x30], &fields.concat())
}

/// `SigningCertificateV2` with the SHA-256 of a certificate.
pub(crate) fn signing_certificate_v2(certificate: &[u8]) -> Vec<u8> {
    let hash = value(&[0x04], &digest(DigestAlgorithm::Sha256, certificate));
    value(&[0x30], &value(&[0x30], &value(&[0x30], &hash)))
}

/// `SigningCertificate` with the SHA-1 of a certificate.
pub(crate) fn signing_certificate_v1(certificate: &[u8]) -> Vec<u8> {
    let hash = value(&[0x04], &digest(DigestAlgorithm::Sha1, certificate));
    value(&[0x30], &value(&[0x30], &value(&[0x30], &hash)))
}

pub(crate) fn default_policy() -> VerificationPolicy {
    VerificationPolicy::at(ValidationTime::Given(time(VALIDATION_TIME)))
}

pub(crate) fn subject() -> Subject {
    Subject::of_digest(
        DigestAlgorithm::Sha256,
        digest(DigestAlgorithm::Sha256, CONTENT),
    )
}

/// Judges a token about [`CONTENT`] with the trust of most tests.
pub(crate) fn judge(token: &[u8]) -> Report {
    judge_with(token, &bag(&[]), &trust(&["root"]), &default_policy())
}

pub(crate) fn judge_with(
    token: &[u8],
    intermediates: &CertificateBag,
    trust: &TrustStore,
    policy: &VerificationPolicy,
) -> Report {
    let evidence = Evidence::new(token, intermediates);
    verify(&evidence, &subject(), trust, policy, &WholeProvider)
}

/// Codes of the findings that deny the verdict because they failed, or else were not made.
pub(crate) fn denying(report: &Report) -> Vec<&'static str> {
    let denying = report
        .findings()
        .iter()
        .filter(|found| found.sub_indication.is_some());
    let failed: Vec<_> = denying
        .clone()
        .filter(|found| found.result == tsa_verify::Outcome::Failed)
        .map(|found| found.code)
        .collect();
    match failed.is_empty() {
        true => denying.map(|found| found.code).collect(),
        false => failed,
    }
}

/// Verdict, sub-indication and failed codes in one line, for tables.
pub(crate) fn summary(report: &Report) -> String {
    let verdict = report.verdict();
    let reason = verdict
        .sub_indication
        .map_or("-", tsa_verify::SubIndication::name);
    format!(
        "{} {reason} {}",
        verdict.indication,
        denying(report).join(" ")
    )
    .trim_end()
    .to_string()
}

pub(crate) const PASSED: &str = "TOTAL-PASSED -";
