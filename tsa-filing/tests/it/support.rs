//! An authority made of the test PKI, and documents to make certificates of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm,
};
use tsa_core::{
    AlgorithmIdentifier, CertificateAnatomy, DigestAlgorithm, GenTime, Integer, MessageImprint,
    TokenTemplate, TokenTemplateParts, TstInfo, oid, tlv,
};
use tsa_filing::certificate::{Document, Press, Sealed, Sealer, SealerParts, Stamped};
use tsa_verify::evidence_format::{CertificateNumber, Field, Manifest, Mode, NumberPrefix};

pub(crate) const NOW: &str = "2026-11-22T14:15:03Z";
/// When others judge what was made then, 2026-12-01, in seconds since 1970.
pub(crate) const MOMENT: &str = "1796083200";

/// A folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A certificate of the test PKI, in DER.
pub(crate) fn certificate(name: &str) -> Vec<u8> {
    pem(&format!("certs/{name}.pem"))
}

fn pem(path: &str) -> Vec<u8> {
    let text = std::fs::read(repository(path)).expect(path);
    pem_rfc7468::decode_vec(&text).expect(path).1
}

/// A private key of the test PKI.
pub(crate) struct Key(EcdsaKeyPair);

impl Key {
    pub(crate) fn p256(name: &str) -> Self {
        Self::load(name, &ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    fn load(name: &str, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let der = pem(&format!("certs/keys/{name}.pem"));
        let random = SystemRandom::new();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, &der, &random).expect(name))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.0.sign(&SystemRandom::new(), message);
        signature.expect("a signature").as_ref().to_vec()
    }
}

/// Makes tokens as the server does.
pub(crate) struct Tsa {
    template: TokenTemplate,
    key: Key,
    serial: std::cell::Cell<u64>,
}

impl Tsa {
    pub(crate) fn new() -> Self {
        let certificates = vec![certificate("tsa-p256"), certificate("intermediate")];
        let parts = TokenTemplateParts {
            ess_cert_hash: digest(&SHA256, &certificates[0]).as_ref().to_vec(),
            certificates,
            digest_algorithm: DigestAlgorithm::Sha256,
            signature_algorithm: AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
            ess_digest_algorithm: DigestAlgorithm::Sha256,
        };
        Self {
            template: TokenTemplate::new(&parts).expect("a template"),
            key: Key::p256("tsa-p256"),
            serial: std::cell::Cell::new(0x0006_47a3_5c21_9b00),
        }
    }

    pub(crate) fn token(&self, imprint: &MessageImprint) -> Vec<u8> {
        let now: GenTime = NOW.parse().expect("a time");
        let serial = self.serial.get();
        self.serial.set(serial + 1);
        let mut number = serial.to_be_bytes().to_vec();
        number.extend_from_slice(&[0x5a; 8]);
        let info = TstInfo {
            version: Integer::from_unsigned(&[1]),
            policy: "1.3.6.1.4.1.32473.1".parse().expect("an identifier"),
            message_imprint: imprint.clone(),
            serial_number: Integer::from_unsigned(&number),
            gen_time: now,
            accuracy: None,
            ordering: false,
            nonce: None,
            tsa: Some(self.template.tsa_name().to_vec()),
            extensions: Vec::new(),
        };
        let content = self.template.content(&info).expect("a statement");
        let hash = digest(&SHA256, content.bytes());
        let attributes = content.to_be_signed(hash.as_ref()).expect("attributes");
        let signature = self.key.sign(attributes.bytes());
        attributes.into_token(&signature, true).expect("a token")
    }

    pub(crate) fn stamp(&self, index: usize, name: &str, content: &[u8]) -> Stamped {
        let imprint = imprint(content);
        let size = u64::try_from(content.len()).expect("a size");
        let file = (name.to_owned(), size, Mode::HashOnly);
        Stamped::read(index, file, &imprint, self.token(&imprint))
            .expect("a token that can be read")
    }
}

pub(crate) fn imprint(content: &[u8]) -> MessageImprint {
    MessageImprint::new(oid::SHA_256, digest(&SHA256, content).as_ref().to_vec())
}

/// A complete CRL without entries.
pub(crate) fn crl(issuer: &str) -> Vec<u8> {
    let key = Key::load(issuer, &ECDSA_P384_SHA384_ASN1_SIGNING);
    let certificate = certificate(issuer);
    let subject = CertificateAnatomy::read(&certificate)
        .expect("a certificate")
        .subject;
    let algorithm = tlv::value(
        &[0x30],
        &tlv::value(&[0x06], oid::ECDSA_WITH_SHA_384.content()),
    );
    let number = tlv::value(
        &[0x30],
        &[
            tlv::value(&[0x06], &[0x55, 0x1d, 0x14]),
            tlv::value(&[0x04], &tlv::value(&[0x02], &[1])),
        ]
        .concat(),
    );
    let list = tlv::value(
        &[0x30],
        &[
            tlv::value(&[0x02], &[1]),
            algorithm.clone(),
            subject.to_vec(),
            tlv::value(&[0x17], b"261122000000Z"),
            tlv::value(&[0x17], b"361122000000Z"),
            tlv::value(&[0xa0], &tlv::value(&[0x30], &number)),
        ]
        .concat(),
    );
    let signature = [vec![0], key.sign(&list)].concat();
    let signature = tlv::value(&[0x03], &signature);
    tlv::value(&[0x30], &[list, algorithm, signature].concat())
}

/// What a certificate is made of, without its files.
pub(crate) fn manifest(kind: &str, prefix: &str) -> Manifest {
    let prefix = NumberPrefix::new(prefix).expect("a prefix");
    let number = CertificateNumber::of_random(&prefix, [0x5a; 16]);
    Manifest {
        format: String::new(),
        version: 0,
        flow: kind.to_owned(),
        kind: kind.to_owned(),
        title: "智能家居控制中枢软件".to_owned(),
        issued: NOW.to_owned(),
        issuer: "时间戳服务中心（开发）".to_owned(),
        fields: Vec::new(),
        statement: String::new(),
        check_url: format!("https://tsa.example/check/{number}"),
        number,
        notes: vec!["not-witnessed".to_owned()],
        files: Vec::new(),
        log: None,
    }
}

pub(crate) fn field(key: &str, value: &str) -> Field {
    Field {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

/// A 可信时间戳认证证书 for files of these names.
pub(crate) fn timestamp_document(tsa: &Tsa, names: &[&str]) -> Document {
    let mut manifest = manifest("timestamp", "TS");
    manifest.fields = vec![
        field("applicant", "张伟"),
        field("id-type", "居民身份证"),
        field("id-number", "110101********002X"),
        field("protection", "软件项目"),
    ];
    manifest.statement = "本作品/文件由可信时间戳认证，版权（或其他权利）属张伟所有，身份证号码 \
        110101********002X，未经授权，任何单位及个人禁止以任何方式使用本作品。"
        .to_owned();
    document(tsa, manifest, names)
}

/// A 软件产品代码备案证书 for files of these names.
pub(crate) fn filing_document(tsa: &Tsa, names: &[&str]) -> Document {
    let mut manifest = manifest("code-filing", "RJ");
    manifest.fields = vec![
        field("version", "V1.0"),
        field(
            "purpose",
            "用于家庭网关的设备接入、场景联动与远程控制，支持主流无线协议。",
        ),
        field("completed", "2026-08-31"),
        field("features", "软件特征：嵌入式控制；网络特征：物联网接入"),
        field("acquisition", "原始取得"),
        field("ownership", "企业或组织所有"),
        field(
            "registrant",
            "深圳市启明物联科技有限公司（统一社会信用代码 91440300********0X）",
        ),
        field(
            "registrant",
            "北京远山软件有限责任公司（统一社会信用代码 91110108********7Q）",
        ),
    ];
    manifest.statement = "本证书附件中《可信时间戳认证证书》所对应项目文件的著作权归备案人所有，\
        备案人对该项目文件内容负责，承担相应法律责任。"
        .to_owned();
    document(tsa, manifest, names)
}

pub(crate) fn document(tsa: &Tsa, manifest: Manifest, names: &[&str]) -> Document {
    let named = names.iter().enumerate();
    let stamped = named
        .map(|(index, name)| tsa.stamp(index, name, format!("content of file {index}").as_bytes()))
        .collect();
    Document::new(manifest, stamped, Vec::<Arc<Vec<u8>>>::new()).expect("a document")
}

/// The seal of the test PKI, with all that verifies it.
pub(crate) fn sealer() -> Sealer {
    Sealer::new(&sealer_parts()).expect("a sealer")
}

pub(crate) fn sealer_parts() -> SealerParts {
    SealerParts {
        certificates: vec![certificate("seal"), certificate("intermediate")],
        signature_algorithm: AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
        other_certificates: vec![certificate("tsa-p256"), certificate("root")],
        crls: vec![crl("root"), crl("intermediate")],
        token_bytes_max: 4096,
    }
}

/// Prints and seals.
pub(crate) fn sealed(press: &Press, tsa: &Tsa, document: &Document) -> Sealed {
    let (sealer, key) = (sealer(), Key::p256("seal"));
    let printed = press.print(document).expect("a certificate");
    let to_be_sealed = sealer.begin(printed, NOW).expect("a certificate to seal");
    let signature = key.sign(to_be_sealed.bytes());
    let to_be_stamped = to_be_sealed.signed(signature);
    let token = tsa.token(&to_be_stamped.imprint());
    let to_be_timestamped = to_be_stamped.stamped(&token).expect("room for the seal");
    let token = tsa.token(&to_be_timestamped.imprint());
    to_be_timestamped
        .stamped(&token)
        .expect("room for the token")
}
