//! The signed attributes a token needs, each as found: absent, single, or in a wrong number.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Tag};
use tsa_core::{
    CmsAlgorithmProtection, DecodeError, EssCertId, GenTime, ObjectIdentifier, SignedAttributes,
    oid,
};

/// An attribute that may stand once with one value.
#[derive(Clone, Debug, Default)]
pub(crate) enum Single<T> {
    /// It is not there.
    #[default]
    Absent,
    /// It is there once, with one value that can be read.
    Value(T),
    /// It is there once, with one value that cannot be read.
    Malformed,
    /// It is there more than once, or has no value or several.
    WrongCount,
}

/// The `certs` of a `SigningCertificate`, either version.
pub(crate) type EssList = Result<Vec<EssCertId>, DecodeError>;

/// What the signed attributes say.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeFacts {
    /// There are signed attributes.
    pub(crate) present: bool,
    /// Types that stand there twice, or have other than one value.
    pub(crate) wrong_count: Vec<ObjectIdentifier>,
    pub(crate) content_type: Single<ObjectIdentifier>,
    pub(crate) message_digest: Single<Vec<u8>>,
    pub(crate) signing_time: Single<GenTime>,
    pub(crate) ess_v1: Single<EssList>,
    pub(crate) ess_v2: Single<EssList>,
    pub(crate) algorithm_protection: Single<CmsAlgorithmProtection>,
}

impl AttributeFacts {
    pub(crate) fn read(attributes: Option<&SignedAttributes<'_>>) -> Self {
        let Some(attributes) = attributes else {
            return Self::default();
        };
        let mut wrong_count = Vec::new();
        for (index, attribute) in attributes.attributes.iter().enumerate() {
            let before = attributes.attributes.get(..index).unwrap_or_default();
            let is_second = before
                .iter()
                .any(|other| other.attribute_type == attribute.attribute_type);
            let known = wrong_count.contains(&attribute.attribute_type);
            if (is_second || attribute.values.len() != 1) && !known {
                wrong_count.push(attribute.attribute_type);
            }
        }
        Self {
            present: true,
            wrong_count,
            content_type: single(attributes, oid::ID_CONTENT_TYPE, |value| {
                (value.tag == Tag::OBJECT_IDENTIFIER)
                    .then(|| value.oid("contentType").ok())
                    .flatten()
            }),
            message_digest: single(attributes, oid::ID_MESSAGE_DIGEST, |value| {
                (value.tag == Tag::OCTET_STRING)
                    .then(|| value.octets().ok().map(Cow::into_owned))
                    .flatten()
            }),
            signing_time: single(attributes, oid::ID_SIGNING_TIME, read_signing_time),
            ess_v1: single(attributes, oid::ID_AA_SIGNING_CERTIFICATE, |value| {
                Some(EssCertId::read_v1(value))
            }),
            ess_v2: single(attributes, oid::ID_AA_SIGNING_CERTIFICATE_V2, |value| {
                Some(EssCertId::read_v2(value))
            }),
            algorithm_protection: single(attributes, oid::ID_AA_CMS_ALGORITHM_PROTECT, |value| {
                CmsAlgorithmProtection::read(value).ok()
            }),
        }
    }

    /// The first entries of both versions of the list: they name the signer.
    pub(crate) fn signer_identifiers(&self) -> impl Iterator<Item = &EssCertId> {
        [&self.ess_v2, &self.ess_v1]
            .into_iter()
            .filter_map(|list| match list {
                Single::Value(Ok(list)) => list.first(),
                _ => None,
            })
    }
}

fn single<T>(
    attributes: &SignedAttributes<'_>,
    attribute_type: ObjectIdentifier,
    read: impl Fn(&Element<'_>) -> Option<T>,
) -> Single<T> {
    let mut found = attributes.of_type(attribute_type);
    match (found.next(), found.next()) {
        (None, _) => Single::Absent,
        (Some(attribute), None) => match attribute.values.as_slice() {
            [value] => read(value).map_or(Single::Malformed, Single::Value),
            _ => Single::WrongCount,
        },
        (Some(_), Some(_)) => Single::WrongCount,
    }
}

/// `UTCTime` or GeneralizedTime (RFC 5652 §11.3).
fn read_signing_time(value: &Element<'_>) -> Option<GenTime> {
    crate::path::read_time_element(value)
}
