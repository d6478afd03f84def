//! The ASN.1 modules as rasn sees them: what is written, field by field.
//!
//! Writing goes through rasn's DER encoder. Reading does not: rasn's errors carry no byte offset,
//! its OBJECT IDENTIFIER arcs end at 32 bits, and a verifier needs the bytes as received, BER
//! included. That both agree on what a message is, is held by tests against `rasn-cms`.

use alloc::string::ToString;
use alloc::vec::Vec;

use rasn::prelude::*;
use rasn::types::{Any, Constraints, Identifier, OctetString, Tag};
use rasn_cms::tsp::{Accuracy, PkiStatus, PkiStatusInfo};

use crate::Parameters;
use crate::error::BuildError;

/// Encodes a value in DER.
pub(crate) fn encode<T: Encode>(value: &T) -> Result<Vec<u8>, BuildError> {
    rasn::der::encode(value).map_err(|error| BuildError::Encoding(error.to_string()))
}

/// A primitive whose content octets are already what DER wants.
macro_rules! content_type {
    ($name:ident, $tag:expr) => {
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $name(pub(crate) Vec<u8>);

        impl AsnType for $name {
            const TAG: Tag = $tag;
        }

        impl Encode for $name {
            fn encode_with_tag_and_constraints<'b, E: Encoder<'b>>(
                &self,
                encoder: &mut E,
                tag: Tag,
                _: &Constraints,
                identifier: Identifier,
            ) -> Result<(), E::Error> {
                encoder
                    .encode_octet_string(tag, &Constraints::default(), &self.0, identifier)
                    .map(drop)
            }
        }

        impl Decode for $name {
            fn decode_with_tag_and_constraints<D: Decoder>(
                decoder: &mut D,
                tag: Tag,
                _: &Constraints,
            ) -> Result<Self, D::Error> {
                decoder
                    .decode_octet_string(tag, &Constraints::default())
                    .map(Self)
            }
        }
    };
}

content_type!(IntegerContent, Tag::INTEGER);
content_type!(OidContent, Tag::OBJECT_IDENTIFIER);
content_type!(TimeContent, Tag::GENERALIZED_TIME);

fn default_false() -> bool {
    false
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct AlgorithmIdentifier {
    algorithm: OidContent,
    parameters: Option<Any>,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct MessageImprint {
    hash_algorithm: AlgorithmIdentifier,
    hashed_message: OctetString,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct Extension {
    extn_id: OidContent,
    #[rasn(default = "default_false")]
    critical: bool,
    extn_value: OctetString,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct TimeStampReq {
    version: IntegerContent,
    message_imprint: MessageImprint,
    req_policy: Option<OidContent>,
    nonce: Option<IntegerContent>,
    #[rasn(default = "default_false")]
    cert_req: bool,
    #[rasn(tag(0))]
    extensions: Option<SequenceOf<Extension>>,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct TstInfo {
    version: IntegerContent,
    policy: OidContent,
    message_imprint: MessageImprint,
    serial_number: IntegerContent,
    gen_time: TimeContent,
    accuracy: Option<Accuracy>,
    #[rasn(default = "default_false")]
    ordering: bool,
    nonce: Option<IntegerContent>,
    #[rasn(tag(explicit(0)))]
    tsa: Option<Any>,
    #[rasn(tag(1))]
    extensions: Option<SequenceOf<Extension>>,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct EssCertIdV2 {
    /// DEFAULT SHA-256: absent for it.
    pub(crate) hash_algorithm: Option<AlgorithmIdentifier>,
    pub(crate) cert_hash: OctetString,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct SigningCertificateV2 {
    pub(crate) certs: SequenceOf<EssCertIdV2>,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct CmsAlgorithmProtection {
    pub(crate) digest_algorithm: AlgorithmIdentifier,
    #[rasn(tag(1))]
    pub(crate) signature_algorithm: AlgorithmIdentifier,
}

#[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq, Hash)]
pub(crate) struct IssuerAndSerialNumber {
    pub(crate) issuer: Any,
    pub(crate) serial_number: IntegerContent,
}

impl From<&crate::ObjectIdentifier> for OidContent {
    fn from(value: &crate::ObjectIdentifier) -> Self {
        Self(value.content().to_vec())
    }
}

impl From<&crate::Integer> for IntegerContent {
    fn from(value: &crate::Integer) -> Self {
        Self(value.content().to_vec())
    }
}

impl From<&crate::AlgorithmIdentifier> for AlgorithmIdentifier {
    fn from(value: &crate::AlgorithmIdentifier) -> Self {
        let parameters = match &value.parameters {
            Parameters::Absent => None,
            Parameters::Null => Some(Any::new(alloc::vec![0x05, 0x00])),
            Parameters::Other(raw) => Some(Any::new(raw.clone())),
        };
        Self {
            algorithm: OidContent::from(&value.algorithm),
            parameters,
        }
    }
}

impl From<&crate::MessageImprint> for MessageImprint {
    fn from(value: &crate::MessageImprint) -> Self {
        Self {
            hash_algorithm: AlgorithmIdentifier::from(&value.hash_algorithm),
            hashed_message: octets(&value.hashed_message),
        }
    }
}

impl From<&crate::TimeStampReq> for TimeStampReq {
    fn from(value: &crate::TimeStampReq) -> Self {
        Self {
            version: IntegerContent::from(&value.version),
            message_imprint: MessageImprint::from(&value.message_imprint),
            req_policy: value.req_policy.as_ref().map(OidContent::from),
            nonce: value.nonce.as_ref().map(IntegerContent::from),
            cert_req: value.cert_req,
            extensions: extensions(&value.extensions),
        }
    }
}

pub(crate) fn pki_status_info(value: &crate::PkiStatusInfo) -> PkiStatusInfo {
    let strings = &value.status_string;
    PkiStatusInfo {
        status: match value.status {
            crate::PkiStatus::Granted => PkiStatus::Granted,
            crate::PkiStatus::GrantedWithMods => PkiStatus::GrantedWithMods,
            crate::PkiStatus::Rejection => PkiStatus::Rejection,
            crate::PkiStatus::Waiting => PkiStatus::Waiting,
            crate::PkiStatus::RevocationWarning => PkiStatus::RevocationWarning,
            crate::PkiStatus::RevocationNotification => PkiStatus::RevocationNotification,
        },
        status_string: (!strings.is_empty()).then(|| strings.clone()),
        fail_info: value.fail_info.map(|info| info.bits().collect()),
    }
}

fn accuracy(value: &crate::Accuracy) -> Accuracy {
    let field = |value: Option<u16>| value.map(Integer::from);
    Accuracy {
        seconds: value.seconds().map(Integer::from),
        millis: field(value.millis()),
        micros: field(value.micros()),
    }
}

impl From<&crate::TstInfo> for TstInfo {
    fn from(value: &crate::TstInfo) -> Self {
        Self {
            version: IntegerContent::from(&value.version),
            policy: OidContent::from(&value.policy),
            message_imprint: MessageImprint::from(&value.message_imprint),
            serial_number: IntegerContent::from(&value.serial_number),
            gen_time: TimeContent(value.gen_time.to_generalized_time().into_bytes()),
            accuracy: value.accuracy.as_ref().map(accuracy),
            ordering: value.ordering,
            nonce: value.nonce.as_ref().map(IntegerContent::from),
            tsa: value.tsa.clone().map(Any::new),
            extensions: extensions(&value.extensions),
        }
    }
}

pub(crate) fn octets(bytes: &[u8]) -> OctetString {
    OctetString::from(bytes.to_vec())
}

fn extensions(list: &[crate::Extension]) -> Option<SequenceOf<Extension>> {
    let extension = |value: &crate::Extension| Extension {
        extn_id: OidContent::from(&value.id),
        critical: value.critical,
        extn_value: octets(&value.value),
    };
    (!list.is_empty()).then(|| list.iter().map(extension).collect())
}
