//! Certificates made here, one thing different at a time; the keys are those of `certs/keys`.

use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, CertificateAnatomy, Integer, ObjectIdentifier, oid};

use crate::support::{Kind, Token, algorithm_identifier, certificate, statement};

pub(crate) const UTF8: u8 = 12;
pub(crate) const PRINTABLE: u8 = 19;

/// A certificate to be made; the issuer's key of `certs/keys` signs.
pub(crate) struct Made {
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    /// `SubjectPublicKeyInfo`
    pub(crate) key: Vec<u8>,
    pub(crate) signed_by: (&'static str, Kind),
    pub(crate) extensions: Vec<Vec<u8>>,
    pub(crate) version: u8,
}

impl Made {
    pub(crate) fn tbs(&self, algorithm: &AlgorithmIdentifier) -> Vec<u8> {
        let validity = ["20250101000000Z", "20350101000000Z"];
        let validity = validity.map(|time| value(&[24], time.as_bytes())).concat();
        let (version, extensions) = match self.version {
            1 => (Vec::new(), Vec::new()),
            _ => (
                value(&[0xa0], &[2, 1, 2]),
                value(&[0xa3], &value(&[0x30], &self.extensions.concat())),
            ),
        };
        let fields = [
            version,
            value(&[2], Integer::from(4_242_u64).content()),
            algorithm_identifier(algorithm),
            self.issuer.clone(),
            value(&[0x30], &validity),
            self.subject.clone(),
            self.key.clone(),
            extensions,
        ];
        value(&[0x30], &fields.concat())
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let (key, kind) = self.signed_by;
        let tbs = self.tbs(&kind.algorithm());
        let signature = kind.sign(key, &tbs);
        signed(tbs, &kind.algorithm(), &signature)
    }

    /// With a signature that does not hold.
    pub(crate) fn der_unsigned(&self) -> Vec<u8> {
        let algorithm = Kind::P384.algorithm();
        signed(self.tbs(&algorithm), &algorithm, &[0x30, 0])
    }
}

pub(crate) fn signed(tbs: Vec<u8>, algorithm: &AlgorithmIdentifier, signature: &[u8]) -> Vec<u8> {
    let bits = value(&[3], &[&[0][..], signature].concat());
    value(
        &[0x30],
        &[tbs, algorithm_identifier(algorithm), bits].concat(),
    )
}

pub(crate) fn encoded_oid(dotted: &str) -> Vec<u8> {
    let identifier: ObjectIdentifier = dotted.parse().unwrap();
    value(&[6], identifier.content())
}

pub(crate) fn subject_of(name: &str) -> Vec<u8> {
    let der = certificate(name);
    CertificateAnatomy::read(&der).unwrap().subject.to_vec()
}

pub(crate) fn key_of(name: &str) -> Vec<u8> {
    let der = certificate(name);
    let anatomy = CertificateAnatomy::read(&der).unwrap();
    anatomy.subject_public_key_info.to_vec()
}

/// A name of one attribute a set: type, tag of the string, text.
pub(crate) fn name(parts: &[(&str, u8, &str)]) -> Vec<u8> {
    let sets = parts.iter().map(|(attribute_type, tag, text)| {
        let fields = [encoded_oid(attribute_type), value(&[*tag], text.as_bytes())];
        value(&[0x31], &value(&[0x30], &fields.concat()))
    });
    value(&[0x30], &sets.collect::<Vec<_>>().concat())
}

pub(crate) fn common_name(text: &str) -> Vec<u8> {
    name(&[("2.5.4.3", UTF8, text)])
}

pub(crate) fn extension(dotted: &str, critical: bool, content: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    let fields = [&encoded_oid(dotted)[..], critical, &value(&[4], content)];
    value(&[0x30], &fields.concat())
}

pub(crate) fn purpose(dotted: &str) -> Vec<u8> {
    extension("2.5.29.37", true, &value(&[0x30], &encoded_oid(dotted)))
}

pub(crate) fn of_signer() -> Vec<Vec<u8>> {
    let usage = extension("2.5.29.15", true, &[3, 2, 7, 0x80]);
    vec![purpose("1.3.6.1.5.5.7.3.8"), usage]
}

pub(crate) fn of_ca(more: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let basic = extension("2.5.29.19", true, &value(&[0x30], &[1, 1, 0xff]));
    let usage = extension("2.5.29.15", true, &[3, 2, 1, 6]);
    [&[basic, usage], more].concat()
}

/// `certs/keys/intermediate` under `root`, in this name.
pub(crate) fn intermediate(subject: &[u8], more: &[Vec<u8>]) -> Made {
    Made {
        issuer: subject_of("root"),
        subject: subject.to_vec(),
        key: key_of("intermediate"),
        signed_by: ("root", Kind::P384),
        extensions: of_ca(more),
        version: 3,
    }
}

/// `certs/keys/tsa-p256` below such an intermediate.
pub(crate) fn signer(issuer: &[u8], subject: &[u8]) -> Made {
    Made {
        issuer: issuer.to_vec(),
        subject: subject.to_vec(),
        key: key_of("tsa-p256"),
        signed_by: ("intermediate", Kind::P384),
        extensions: of_signer(),
        version: 3,
    }
}

/// A token by the key of `tsa-p256` with this certificate.
pub(crate) fn token(signer: &[u8], above: &[Vec<u8>]) -> Token {
    token_of(signer, "tsa-p256", Kind::P256, above)
}

pub(crate) fn token_of(signer: &[u8], key: &str, kind: Kind, above: &[Vec<u8>]) -> Token {
    let anatomy = CertificateAnatomy::read(signer).unwrap();
    let serial = value(&[2], anatomy.serial_number.content());
    Token::new("tsa-p256", key, kind, &[]).with(|token| {
        let mut info = statement("tsa-p256");
        info.tsa = None;
        let content = info.to_der().unwrap();
        let digest = crate::support::digest(kind.digest(), &content);
        token.content = Some(content);
        token.sid = value(&[0x30], &[anatomy.issuer.to_vec(), serial].concat());
        *token.attribute(oid::ID_MESSAGE_DIGEST) = vec![value(&[4], &digest)];
        *token.attribute(oid::ID_AA_SIGNING_CERTIFICATE_V2) =
            vec![crate::support::signing_certificate_v2(signer)];
        token.certificates = [&[signer.to_vec()], above].concat();
        token.sort_certificates = false;
    })
}

/// `GeneralSubtrees` permitted (0) or excluded (1), of encoded general names.
pub(crate) fn name_constraints(kind: u8, bases: &[Vec<u8>]) -> Vec<u8> {
    let subtrees: Vec<Vec<u8>> = bases.iter().map(|base| value(&[0x30], base)).collect();
    value(&[0x30], &value(&[0xa0 + kind], &subtrees.concat()))
}

pub(crate) fn country(tag: u8, text: &str) -> Vec<u8> {
    value(&[0xa4], &name(&[("2.5.4.6", tag, text)]))
}
