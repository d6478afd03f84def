//! Signers with keys that `certs/` has none of: made for a test, by OpenSSL where it knows the
//! algorithm, with a chain of their own.

use std::path::Path;
use std::process::Command;

use ml_dsa::{MlDsa65, Seed};
use tempfile::TempDir;
use tsa_core::tlv::{Reader, Tag, scan, value};
use tsa_core::{
    AlgorithmIdentifier, CertificateAnatomy, DigestAlgorithm, MessageImprint, Parameters, oid,
};
use tsa_verify::{
    CertificateBag, CryptoProvider, Evidence, Report, Subject, TrustStore, WholeProvider, verify,
};

use crate::support::{
    CONTENT, Kind, Token, algorithm_identifier, certificate, default_policy, digest,
    signing_certificate_v2, statement,
};

/// A key in a folder of its own, and how it signs.
pub(crate) struct Stranger {
    folder: Option<TempDir>,
    pub(crate) subject_public_key_info: Vec<u8>,
    pub(crate) algorithm: AlgorithmIdentifier,
    pub(crate) digest: DigestAlgorithm,
    /// Arguments of `openssl dgst`.
    how: Vec<String>,
}

impl Stranger {
    /// A key by `openssl genpkey` with these arguments, which signs by `openssl dgst` with those.
    pub(crate) fn by_openssl(
        key: &str,
        algorithm: AlgorithmIdentifier,
        digest: DigestAlgorithm,
        how: &str,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words = |text: &str| {
            text.split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        openssl(
            folder.path(),
            &words(&format!("genpkey -out key.pem {key}")),
        );
        let mut stranger = Self {
            folder: Some(folder),
            subject_public_key_info: Vec::new(),
            algorithm,
            digest,
            how: words(how),
        };
        stranger.subject_public_key_info = stranger.public_key("");
        stranger
    }

    /// DSA, whose parameters are made first.
    pub(crate) fn dsa() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let parameters = "genpkey -genparam -algorithm DSA -out parameters.pem \
            -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 \
            -pkeyopt dsa_paramgen_md:sha1";
        openssl(folder.path(), &words(parameters));
        let key = "genpkey -paramfile parameters.pem -out key.pem";
        openssl(folder.path(), &words(key));
        let mut stranger = Self {
            folder: Some(folder),
            subject_public_key_info: Vec::new(),
            algorithm: AlgorithmIdentifier::absent(oid::DSA_WITH_SHA_1),
            digest: DigestAlgorithm::Sha1,
            how: vec!["-sha1".into()],
        };
        stranger.subject_public_key_info = stranger.public_key("");
        stranger
    }

    /// ML-DSA-65, which the OpenSSL of today's Debian does not know.
    pub(crate) fn ml_dsa() -> Self {
        let key = ml_dsa::SigningKey::<MlDsa65>::from_seed(&Seed::default());
        let encoded = key.expanded_key().verifying_key().encode();
        let algorithm = AlgorithmIdentifier::absent(oid::ML_DSA_65);
        Self {
            folder: None,
            subject_public_key_info: subject_public_key_info(&algorithm, &encoded),
            algorithm,
            digest: DigestAlgorithm::Sha512,
            how: Vec::new(),
        }
    }

    /// `SubjectPublicKeyInfo` in a form that `openssl pkey` is asked for.
    pub(crate) fn public_key(&self, form: &str) -> Vec<u8> {
        let folder = self.folder.as_ref().unwrap().path();
        let command = format!("pkey -in key.pem -pubout -outform DER -out public.der {form}");
        openssl(folder, &words(&command));
        std::fs::read(folder.join("public.der")).unwrap()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let Some(folder) = &self.folder else {
            let key = ml_dsa::SigningKey::<MlDsa65>::from_seed(&Seed::default());
            let signature = key.expanded_key().sign_deterministic(message, &[]);
            return signature.unwrap().encode().to_vec();
        };
        std::fs::write(folder.path().join("message"), message).unwrap();
        let mut arguments: Vec<String> = vec!["dgst".into()];
        arguments.extend(self.how.clone());
        let rest = ["-sign", "key.pem", "-out", "signature", "message"];
        arguments.extend(rest.map(String::from));
        openssl(folder.path(), &arguments);
        std::fs::read(folder.path().join("signature")).unwrap()
    }

    /// A certificate of `certs/` with this key in it instead of its own, signed with this key.
    fn certificate(&self, template: &str) -> Vec<u8> {
        let template = certificate(template);
        let anatomy = CertificateAnatomy::read(&template).unwrap();
        let scanned = scan(anatomy.tbs).unwrap();
        let mut fields = Reader::new(&scanned).sequence("tbsCertificate").unwrap();
        let mut parts = Vec::new();
        while let Some(field) = fields.next_element().unwrap() {
            parts.push((field.tag, field.raw.to_vec()));
        }
        let serial = parts
            .iter()
            .position(|part| part.0 == Tag::INTEGER)
            .unwrap();
        let algorithm = algorithm_identifier(&self.algorithm);
        parts[serial + 1].1.clone_from(&algorithm);
        parts[serial + 5]
            .1
            .clone_from(&self.subject_public_key_info);
        let parts: Vec<Vec<u8>> = parts.into_iter().map(|part| part.1).collect();
        let tbs = value(&[0x30], &parts.concat());
        let signature = value(&[0x03], &[&[0], &*self.sign(&tbs)].concat());
        value(&[0x30], &[tbs, algorithm, signature].concat())
    }

    /// A token by a chain of three certificates with this key, and its verdict.
    pub(crate) fn judged(&self, imprint: DigestAlgorithm) -> Report {
        let leaf = self.certificate("tsa-p256");
        let mut info = statement("tsa-p256");
        info.message_imprint = MessageImprint::new(imprint.oid(), digest(imprint, CONTENT));
        let content = info.to_der().unwrap();
        let base = Token::new("tsa-p256", "tsa-p256", Kind::P256, &[]);
        let token = base.with(|token| {
            let message_digest = value(&[0x04], &digest(self.digest, &content));
            *token.attribute(oid::ID_MESSAGE_DIGEST) = vec![message_digest];
            *token.attribute(oid::ID_AA_SIGNING_CERTIFICATE_V2) =
                vec![signing_certificate_v2(&leaf)];
            token.content = Some(content);
            token.certificates = vec![leaf, self.certificate("intermediate")];
            token.digest_algorithm = AlgorithmIdentifier::absent(self.digest.oid());
            token.signature_algorithm = self.algorithm.clone();
        });
        let token = token.signed_by(|message| self.sign(message));
        let mut trust = TrustStore::new();
        trust.add(&self.certificate("root")).unwrap();
        verify(
            &Evidence::new(&token, &CertificateBag::new()),
            &Subject::of_content(&token, CONTENT, &WholeProvider),
            &trust,
            &default_policy(),
            &WholeProvider,
        )
    }

    /// What an engine says about a signature of this key.
    pub(crate) fn answer(
        &self,
        engine: &dyn CryptoProvider,
        key: &[u8],
    ) -> tsa_verify::SignatureAnswer {
        let message = b"a message";
        let scheme = tsa_verify::SignatureScheme::of_certificate(&self.algorithm);
        engine.verify(&scheme, key, message, &self.sign(message))
    }
}

pub(crate) fn subject_public_key_info(algorithm: &AlgorithmIdentifier, key: &[u8]) -> Vec<u8> {
    let bits = value(&[0x03], &[&[0], key].concat());
    value(&[0x30], &[algorithm_identifier(algorithm), bits].concat())
}

/// `RSASSA-PSS` with these digests and this length of salt, and how OpenSSL is told.
pub(crate) fn pss(
    digest: DigestAlgorithm,
    mgf_digest: DigestAlgorithm,
    salt_bytes: u8,
) -> (AlgorithmIdentifier, String) {
    let hash =
        |digest: DigestAlgorithm| algorithm_identifier(&AlgorithmIdentifier::null(digest.oid()));
    let mask = AlgorithmIdentifier {
        algorithm: oid::MGF1,
        parameters: Parameters::Other(hash(mgf_digest)),
    };
    let fields = [
        value(&[0xa0], &hash(digest)),
        value(&[0xa1], &algorithm_identifier(&mask)),
        value(&[0xa2], &value(&[0x02], &[salt_bytes])),
    ];
    let identifier = AlgorithmIdentifier {
        algorithm: oid::RSASSA_PSS,
        parameters: Parameters::Other(value(&[0x30], &fields.concat())),
    };
    let how = format!(
        "-{digest} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt_bytes} \
         -sigopt rsa_mgf1_md:{mgf_digest}"
    );
    (identifier, how)
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(String::from).collect()
}

fn openssl(folder: &Path, arguments: &[String]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("openssl must be installed");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
}
