//! RFC 3161 time-stamp messages, read and written.
//!
//! In scope: `TimeStampReq`, `TimeStampResp`, `TSTInfo`, the narrow CMS `SignedData` profile that
//! carries a token (RFC 3161 §2.4, RFC 5816, RFC 5652), the signed attributes it needs, and the
//! anatomy of a certificate as far as a signer must be named. Reading keeps the received bytes;
//! writing is DER and happens in two phases, so this crate never sees a key.
//!
//! Not in scope, and never here: input and output, the clock, randomness, digests, keys, trust.
//! Whether a token may be believed is the business of `tsa-verify`.
//!
//! # The way of a request
//!
//! ```
//! use tsa_core::{MessageImprint, TimeStampReq, oid};
//!
//! let imprint = MessageImprint::new(oid::SHA_256, vec![0x11; 32]);
//! let request = TimeStampReq::new(imprint).with_cert_req(true);
//! let der = request.to_der()?;
//! assert_eq!(TimeStampReq::from_der(&der)?, request);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod accuracy;
mod algorithm;
mod build;
mod certificate;
mod digest_algorithm;
mod error;
mod extension;
mod gen_time;
mod imprint;
mod integer;
mod lay;
mod object_identifier;
mod request;
mod response;
mod signed_attributes;
mod signed_data;
mod status;
mod tst_info;
mod wire;

pub mod limits;
pub mod oid;
pub mod tlv;

pub use accuracy::Accuracy;
pub use algorithm::{AlgorithmIdentifier, Parameters};
pub use build::{ToBeSigned, TokenTemplate, TokenTemplateParts, TstContent};
pub use certificate::CertificateAnatomy;
pub use digest_algorithm::{DigestAlgorithm, UnknownDigestName};
pub use error::{BuildError, DecodeError, DecodeErrorKind};
pub use extension::Extension;
pub use gen_time::{GenTime, ParseGenTimeError};
pub use imprint::MessageImprint;
pub use integer::{Integer, SerialNumber};
pub use object_identifier::{ObjectIdentifier, ParseOidError};
pub use request::TimeStampReq;
pub use response::{ReceivedToken, TimeStampResp};
pub use signed_attributes::{Attribute, CmsAlgorithmProtection, EssCertId, SignedAttributes};
pub use signed_data::{CertificateChoice, SignedData, SignerIdentifier, SignerInfo};
pub use status::{PkiFailureInfo, PkiStatus, PkiStatusInfo};
pub use tst_info::{TstInfo, TstInfoReading};
