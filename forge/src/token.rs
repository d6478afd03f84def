//! A token in parts: CMS `SignedData` that can break each of its rules (RFC 5652 §5).

use crate::Forge;
use crate::ber::{explicit, field, integer, octets, oid, sequence, set_of, sorted, value};
use crate::certificate::{issuer_of, serial_of};
use crate::sign::{Digest, Scheme};
use crate::statement::Statement;

/// id-data
pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";
/// id-signedData
pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// id-ct-TSTInfo
pub(crate) const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// id-contentType
pub(crate) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
/// id-messageDigest
pub(crate) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// id-signingTime
pub(crate) const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// id-aa-signingCertificate
pub(crate) const ESS_V1: &str = "1.2.840.113549.1.9.16.2.12";
/// id-aa-signingCertificateV2
pub(crate) const ESS_V2: &str = "1.2.840.113549.1.9.16.2.47";
/// id-aa-timeStampToken
pub(crate) const TIME_STAMP_TOKEN: &str = "1.2.840.113549.1.9.16.2.14";
/// id-aa-CMSAlgorithmProtect
pub(crate) const PROTECTION: &str = "1.2.840.113549.1.9.52";
/// An attribute that nobody knows.
pub(crate) const UNKNOWN: &str = "1.3.6.1.4.1.32473.3";

/// `Attribute`
#[must_use]
pub(crate) fn attribute(dotted: &str, values: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[oid(dotted), set_of(values)])
}

/// `SigningCertificateV2` with the SHA-256 of a certificate.
#[must_use]
pub(crate) fn ess_v2(certificate: &[u8]) -> Vec<u8> {
    ess_list(&[octets(&Digest::Sha256.of(certificate))])
}

/// `SigningCertificate` with the SHA-1 of a certificate.
#[must_use]
pub(crate) fn ess_v1(certificate: &[u8]) -> Vec<u8> {
    ess_list(&[octets(&Digest::Sha1.of(certificate))])
}

/// Either, with one identifier of these fields.
#[must_use]
pub(crate) fn ess_list(identifier: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[sequence(&[sequence(identifier)])])
}

/// `issuerAndSerialNumber` of a certificate.
#[must_use]
pub(crate) fn sid_of(certificate: &[u8]) -> Vec<u8> {
    sequence(&[
        issuer_of(certificate).to_vec(),
        serial_of(certificate).to_vec(),
    ])
}

/// A token before it is signed.
#[derive(Clone, Debug)]
pub struct Token<'f> {
    forge: &'f Forge,
    /// Name of the key that signs.
    pub key: &'static str,
    /// How it signs.
    pub scheme: Scheme,
    /// `contentType` of the `ContentInfo`.
    pub outer_type: &'static str,
    /// `version` of `SignedData`
    pub version: i64,
    /// `digestAlgorithms`
    pub digest_algorithms: Vec<Vec<u8>>,
    /// `eContentType`
    pub content_type: &'static str,
    /// The bytes signed through messageDigest.
    pub content: Vec<u8>,
    /// `eContent` as sent, when not `content` in an OCTET STRING; empty when detached.
    pub content_sent: Option<Vec<u8>>,
    /// `certificates`; the field is absent when there is none.
    pub certificates: Vec<Vec<u8>>,
    /// Whether they are sent in the order of DER.
    pub sort_certificates: bool,
    /// `crls`
    pub crls: Vec<Vec<u8>>,
    /// `version` of `SignerInfo`
    pub signer_version: i64,
    /// `sid`
    pub sid: Vec<u8>,
    /// `digestAlgorithm`
    pub digest_algorithm: Vec<u8>,
    /// `signedAttrs`
    pub attributes: Vec<Vec<u8>>,
    /// `signedAttrs` with its tag as sent, when not in DER; empty when absent.
    pub attributes_sent: Option<Vec<u8>>,
    /// What is signed, when not the DER of `signedAttrs`.
    pub covered: Option<Vec<u8>>,
    /// `signatureAlgorithm`
    pub signature_algorithm: Vec<u8>,
    /// `signature`, when not made with the key.
    pub signature: Option<Vec<u8>>,
    /// `unsignedAttrs`
    pub unsigned: Vec<Vec<u8>>,
    /// How the constructed values of the envelope are written.
    pub envelope: fn(u8, &[u8]) -> Vec<u8>,
}

impl<'f> Token<'f> {
    /// A sound token by the usual signer.
    #[must_use]
    pub fn sound(forge: &'f Forge) -> Self {
        Self::stating(forge, |_| {})
    }

    /// One with another statement.
    #[must_use]
    pub fn stating(forge: &'f Forge, change: impl FnOnce(&mut Statement)) -> Self {
        let content = Statement::sound(forge).with(change).encoded();
        Self::of(forge, &content)
    }

    /// One with any content.
    #[must_use]
    pub fn of(forge: &'f Forge, content: &[u8]) -> Self {
        let (name, scheme) = forge.signer();
        let (signer, above) = (forge.certificate(name), forge.certificate("intermediate"));
        Self::by(forge, content, &signer, name, scheme, &[above])
    }

    /// A sound statement by another signer, with the certificates above it.
    #[must_use]
    pub fn signed_by(
        forge: &'f Forge,
        signer: &[u8],
        key: &'static str,
        scheme: Scheme,
        above: &[Vec<u8>],
    ) -> Self {
        let content = Statement::by(signer).encoded();
        Self::by(forge, &content, signer, key, scheme, above)
    }

    /// By a certificate of the test PKI with the key of `tsa-p256`.
    #[must_use]
    pub fn by_certificate(forge: &'f Forge, signer: &str, above: &[&str]) -> Self {
        let above: Vec<_> = above.iter().map(|name| forge.certificate(name)).collect();
        let scheme = Scheme::Ecdsa(Digest::Sha256);
        Self::signed_by(
            forge,
            &forge.certificate(signer),
            "tsa-p256",
            scheme,
            &above,
        )
    }

    /// By any certificate of the usual signer's key.
    #[must_use]
    pub fn by_tsa_p256(forge: &'f Forge, signer: &[u8], above: &[Vec<u8>]) -> Self {
        let (name, scheme) = forge.signer();
        Self::signed_by(forge, signer, name, scheme, above)
    }

    /// By a signer of the usual chain with another kind of key.
    #[must_use]
    pub fn by_key(forge: &'f Forge, name: &'static str, scheme: Scheme) -> Self {
        let above = [forge.certificate("intermediate")];
        Self::signed_by(forge, &forge.certificate(name), name, scheme, &above)
    }

    fn by(
        forge: &'f Forge,
        content: &[u8],
        signer: &[u8],
        key: &'static str,
        scheme: Scheme,
        above: &[Vec<u8>],
    ) -> Self {
        let digest = scheme.digest();
        Self {
            forge,
            key,
            scheme,
            outer_type: SIGNED_DATA,
            version: 3,
            digest_algorithms: vec![digest.identifier()],
            content_type: TST_INFO,
            content: content.to_vec(),
            content_sent: None,
            certificates: std::iter::once(signer)
                .chain(above.iter().map(Vec::as_slice))
                .map(<[u8]>::to_vec)
                .collect(),
            sort_certificates: true,
            crls: Vec::new(),
            signer_version: 1,
            sid: sid_of(signer),
            digest_algorithm: digest.identifier(),
            attributes: vec![
                attribute(CONTENT_TYPE, &[oid(TST_INFO)]),
                attribute(MESSAGE_DIGEST, &[octets(&digest.of(content))]),
                attribute(ESS_V2, &[ess_v2(signer)]),
            ],
            attributes_sent: None,
            covered: None,
            signature_algorithm: scheme.identifier(),
            signature: None,
            unsigned: Vec::new(),
            envelope: value,
        }
    }

    /// Changes one thing.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Without the attribute of this type.
    #[must_use]
    pub fn without(mut self, dotted: &str) -> Self {
        let kind = oid(dotted);
        self.attributes.retain(|found| field(found, 0) != kind);
        self
    }

    /// With one attribute more.
    #[must_use]
    pub fn and(mut self, dotted: &str, values: &[Vec<u8>]) -> Self {
        self.attributes.push(attribute(dotted, values));
        self
    }

    /// With this attribute in place of the one of its type.
    #[must_use]
    pub fn but(self, dotted: &str, values: &[Vec<u8>]) -> Self {
        self.without(dotted).and(dotted, values)
    }

    /// The attribute of this type, encoded.
    #[must_use]
    pub fn attribute(&self, dotted: &str) -> Vec<u8> {
        let kind = oid(dotted);
        let mut all = self.attributes.iter();
        all.find(|found| field(found, 0) == kind)
            .cloned()
            .unwrap_or_default()
    }

    /// The DER encoding that the signature covers (RFC 5652 §5.4).
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        self.covered
            .clone()
            .unwrap_or_else(|| set_of(&self.attributes))
    }

    /// The signature.
    #[must_use]
    pub fn to_signature(&self) -> Vec<u8> {
        let make = || self.forge.sign(self.key, self.scheme, &self.to_be_signed());
        self.signature.clone().unwrap_or_else(make)
    }

    /// `SignerInfo`
    #[must_use]
    pub fn signer_info(&self) -> Vec<u8> {
        let attributes = value(0xa0, &sorted(&self.attributes).concat());
        let unsigned = match self.unsigned.is_empty() {
            true => Vec::new(),
            false => value(0xa1, &sorted(&self.unsigned).concat()),
        };
        let fields = [
            integer(self.signer_version),
            self.sid.clone(),
            self.digest_algorithm.clone(),
            self.attributes_sent.clone().unwrap_or(attributes),
            self.signature_algorithm.clone(),
            octets(&self.to_signature()),
            unsigned,
        ];
        (self.envelope)(0x30, &fields.concat())
    }

    /// The token.
    #[must_use]
    pub fn signed(&self) -> Vec<u8> {
        self.around(&[self.signer_info()])
    }

    /// The token with these signers, in this order.
    #[must_use]
    pub fn around(&self, signer_infos: &[Vec<u8>]) -> Vec<u8> {
        let wrap = self.envelope;
        let content = || explicit(0, &octets(&self.content));
        let content = self.content_sent.clone().unwrap_or_else(content);
        let certificates = match self.sort_certificates {
            true => sorted(&self.certificates),
            false => self.certificates.clone(),
        };
        let optional = |tag, members: &[Vec<u8>]| match members.is_empty() {
            true => Vec::new(),
            false => wrap(tag, &members.concat()),
        };
        let fields = [
            integer(self.version),
            set_of(&self.digest_algorithms),
            wrap(0x30, &[oid(self.content_type), content].concat()),
            optional(0xa0, &certificates),
            optional(0xa1, &self.crls),
            wrap(0x31, &signer_infos.concat()),
        ];
        let signed_data = wrap(0xa0, &wrap(0x30, &fields.concat()));
        wrap(0x30, &[oid(self.outer_type), signed_data].concat())
    }
}
