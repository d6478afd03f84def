//! Certificates that `pki.toml` does not declare: hostile names, keys and constraints (RFC 5280).

use crate::Forge;
use crate::ber::{
    TRUE, bits, content, explicit, field, fields, generalized_time, integer, octets, oid, sequence,
    set_of, utf8, value,
};
use crate::sign::{Digest, Scheme, algorithm};

/// Key of the intermediate and of the root.
const AUTHORITY: Scheme = Scheme::Ecdsa(Digest::Sha384);

/// One extension.
#[must_use]
pub fn extension(dotted: &str, critical: bool, inner: &[u8]) -> Vec<u8> {
    let critical = if critical { TRUE.to_vec() } else { Vec::new() };
    sequence(&[oid(dotted), critical, octets(inner)])
}

/// `extKeyUsage` with these purposes.
#[must_use]
pub fn purposes(critical: bool, dotted: &[&str]) -> Vec<u8> {
    let list: Vec<Vec<u8>> = dotted.iter().map(|purpose| oid(purpose)).collect();
    extension("2.5.29.37", critical, &sequence(&list))
}

/// `basicConstraints` of a CA.
#[must_use]
pub fn authority_constraints() -> Vec<u8> {
    extension("2.5.29.19", true, &sequence(&[TRUE.to_vec()]))
}

/// `keyUsage` with the bits of its first byte.
#[must_use]
pub fn key_usage(unused: u8, usage: u8) -> Vec<u8> {
    extension("2.5.29.15", true, &value(3, &[unused, usage]))
}

/// A `Name`: one attribute a RDN, as `UTF8String`.
#[must_use]
pub fn name(parts: &[(&str, &str)]) -> Vec<u8> {
    let part = |(kind, text): &(&str, &str)| set_of(&[sequence(&[oid(kind), utf8(text)])]);
    sequence(&parts.iter().map(part).collect::<Vec<_>>())
}

/// A `Name` that is one common name.
#[must_use]
pub fn common_name(text: &str) -> Vec<u8> {
    name(&[("2.5.4.3", text)])
}

/// A certificate before it is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `serialNumber`
    pub serial: i64,
    /// `issuer`
    pub issuer: Vec<u8>,
    /// `notBefore` as GeneralizedTime or `UTCTime` content of 15 bytes.
    pub not_before: &'static str,
    /// `notAfter`
    pub not_after: &'static str,
    /// `subject`
    pub subject: Vec<u8>,
    /// `subjectPublicKeyInfo`
    pub public_key: Vec<u8>,
    /// The extensions.
    pub extensions: Vec<Vec<u8>>,
}

impl Draft {
    /// A signer of time-stamps with the usual signer's key, under `intermediate`.
    #[must_use]
    pub fn signer(forge: &Forge, subject: &str) -> Self {
        Self {
            serial: 0x3001,
            issuer: subject_of(&forge.certificate("intermediate")).to_vec(),
            not_before: "20250101000000Z",
            not_after: "20350101000000Z",
            subject: common_name(subject),
            public_key: forge.public_key(forge.signer().0),
            extensions: vec![key_usage(7, 0x80), purposes(true, &["1.3.6.1.5.5.7.3.8"])],
        }
    }

    /// A CA with this key, under `root`.
    #[must_use]
    pub fn authority(forge: &Forge, subject: &str, key: &str) -> Self {
        Self {
            issuer: subject_of(&forge.certificate("root")).to_vec(),
            not_after: "20450101000000Z",
            public_key: forge.public_key(key),
            extensions: vec![authority_constraints(), key_usage(1, 6)],
            ..Self::signer(forge, subject)
        }
    }

    /// Changes one thing.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Names this certificate as issuer.
    #[must_use]
    pub fn under(self, issuer: &[u8]) -> Self {
        let issuer = subject_of(issuer).to_vec();
        Self { issuer, ..self }
    }

    /// Signed by `intermediate`.
    #[must_use]
    pub fn issued(&self, forge: &Forge) -> Vec<u8> {
        self.signed(forge, "intermediate", AUTHORITY)
    }

    /// Signed by `root`.
    #[must_use]
    pub fn issued_by_root(&self, forge: &Forge) -> Vec<u8> {
        self.signed(forge, "root", AUTHORITY)
    }

    /// Signed with any key.
    #[must_use]
    pub fn signed(&self, forge: &Forge, key: &str, scheme: Scheme) -> Vec<u8> {
        let tbs = self.to_be_signed(&scheme.identifier());
        let signature = forge.sign(key, scheme, &tbs);
        sequence(&[tbs, scheme.identifier(), bits(&signature)])
    }

    /// With a signature that nobody made.
    #[must_use]
    pub fn unsigned(&self) -> Vec<u8> {
        let signature = bits(&sequence(&[integer(1), integer(1)]));
        self.with_signature(&AUTHORITY.identifier(), &signature)
    }

    /// With the signature of something else, a BIT STRING.
    #[must_use]
    pub fn with_signature(&self, identifier: &[u8], signature: &[u8]) -> Vec<u8> {
        let tbs = self.to_be_signed(identifier);
        sequence(&[tbs, identifier.to_vec(), signature.to_vec()])
    }

    fn to_be_signed(&self, signature_algorithm: &[u8]) -> Vec<u8> {
        let validity = [
            generalized_time(self.not_before),
            generalized_time(self.not_after),
        ];
        sequence(&[
            explicit(0, &integer(2)),
            integer(self.serial),
            signature_algorithm.to_vec(),
            self.issuer.clone(),
            sequence(&validity),
            self.subject.clone(),
            self.public_key.clone(),
            explicit(3, &sequence(&self.extensions)),
        ])
    }
}

/// `tbsCertificate` without its version, which the test PKI always writes.
fn tbs_fields(certificate: &[u8]) -> Vec<&[u8]> {
    fields(field(certificate, 0)).split_off(1)
}

fn tbs_field(certificate: &[u8], index: usize) -> &[u8] {
    tbs_fields(certificate)
        .get(index)
        .copied()
        .unwrap_or_default()
}

/// `serialNumber`
#[must_use]
pub fn serial_of(certificate: &[u8]) -> &[u8] {
    tbs_field(certificate, 0)
}

/// `issuer`
#[must_use]
pub fn issuer_of(certificate: &[u8]) -> &[u8] {
    tbs_field(certificate, 2)
}

/// `subject`
#[must_use]
pub fn subject_of(certificate: &[u8]) -> &[u8] {
    tbs_field(certificate, 4)
}

/// `subjectPublicKeyInfo`
#[must_use]
pub fn public_key_of(certificate: &[u8]) -> &[u8] {
    tbs_field(certificate, 5)
}

/// The modulus of an RSA key, without the sign byte.
#[must_use]
pub fn modulus_of(certificate: &[u8]) -> Vec<u8> {
    let key = field(public_key_of(certificate), 1);
    let key = content(key).get(1..).unwrap_or_default();
    let modulus = content(field(key, 0));
    modulus
        .iter()
        .copied()
        .skip_while(|digit| *digit == 0)
        .collect()
}

/// `subjectPublicKeyInfo` of an RSA key.
#[must_use]
pub fn rsa_public_key(modulus: &[u8], exponent: i64) -> Vec<u8> {
    let key = sequence(&[crate::ber::unsigned(modulus), integer(exponent)]);
    let identifier = crate::sign::algorithm_null("1.2.840.113549.1.1.1");
    sequence(&[identifier, bits(&key)])
}

/// `subjectPublicKeyInfo` of an Ed25519 key.
#[must_use]
pub fn ed25519_public_key(point: &[u8]) -> Vec<u8> {
    sequence(&[algorithm("1.3.101.112"), bits(point)])
}

/// `subjectPublicKeyInfo` of a point on a named curve.
#[must_use]
pub fn ec_public_key(curve: &str, point: &[u8]) -> Vec<u8> {
    sequence(&[
        sequence(&[oid("1.2.840.10045.2.1"), oid(curve)]),
        bits(point),
    ])
}

/// The value of `subjectKeyIdentifier` in a certificate of the test PKI, where it comes first.
#[must_use]
pub fn key_identifier_of(certificate: &[u8]) -> &[u8] {
    let extensions = field(tbs_field(certificate, 6), 0);
    let octets = field(field(extensions, 0), 1);
    content(content(octets))
}
