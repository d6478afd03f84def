//! A complete CRL, encoded and signed, and what is read back from one (RFC 5280 §5.1).
//!
//! `revokedCertificates` has everything that was ever revoked, which `expiredCertsOnCRL` says
//! (X.509 §9.5.2.8): such a CRL judges tokens whose signer's certificate is over, too. The reason
//! is always there, also `unspecified`: RFC 3161 §4 makes a difference between that and none.

use std::time::Duration;

use der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString};
use der::oid::AssociatedOid;
use der::{DateTime, Decode, Encode};
use tsa_core::GenTime;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason, SubjectKeyIdentifier};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;
use x509_cert::{Certificate, Version};

use super::state::{Revoked, State};
use super::{CaError, not_before};
use crate::init::signature_algorithm;
use crate::signer::Signer;

const EXPIRED_CERTS_ON_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");

const HOUR_SECONDS: i64 = 3600;

/// A CRL with what the service needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) der: Vec<u8>,
    /// Who has issued it: an encoded `Name`.
    pub(crate) issuer: Vec<u8>,
    pub(crate) number: u64,
    pub(crate) revoked: usize,
    pub(crate) this_update: GenTime,
    pub(crate) next_update: GenTime,
}

/// Makes a CRL at a time, for a number of hours.
pub(super) fn crl(
    issuer: &[u8],
    key: &dyn Signer,
    state: &State,
    (now, hours): (GenTime, u32),
) -> Result<Published, CaError> {
    let begins = not_before(issuer)?;
    let issuer = Certificate::from_der(issuer)?;
    let issuer = issuer.tbs_certificate();
    let identifier = issuer.get_extension::<SubjectKeyIdentifier>()?;
    let authority = AuthorityKeyIdentifier {
        key_identifier: identifier.map(|(_, identifier)| identifier.0),
        ..AuthorityKeyIdentifier::default()
    };
    let end = now.unix_seconds() + i64::from(hours) * HOUR_SECONDS;
    let algorithm = signature_algorithm(key)?;
    let revoked = state.revoked.iter().map(entry);
    let revoked = revoked.collect::<Result<Vec<_>, CaError>>()?;
    let tbs_cert_list: TbsCertList = TbsCertList {
        version: Version::V2,
        signature: algorithm.clone(),
        issuer: issuer.subject().clone(),
        this_update: time(now.unix_seconds())?.into(),
        next_update: Some(time(end)?.into()),
        // RFC 5280 §5.1.2.6: absent when there is nothing in it.
        revoked_certificates: Some(revoked).filter(|revoked| !revoked.is_empty()),
        crl_extensions: Some(vec![
            extension(AuthorityKeyIdentifier::OID, &authority)?,
            extension(CrlNumber::OID, &CrlNumber::try_from(state.crl_number)?)?,
            extension(EXPIRED_CERTS_ON_CRL, &generalized(begins)?)?,
        ]),
    };
    let signature = key.sign(&tbs_cert_list.to_der()?)?;
    let list = CertificateList {
        tbs_cert_list,
        signature_algorithm: algorithm,
        signature: BitString::from_bytes(&signature)?,
    };
    Published::read(list.to_der()?).map_err(CaError::NotOurs)
}

fn entry(revoked: &Revoked) -> Result<RevokedCert, CaError> {
    let serial = base16ct::lower::decode_vec(&revoked.serial);
    let serial = serial.map_err(|_| CaError::NotOurs("a serial number is none".into()))?;
    let mut extensions = vec![extension(CrlReason::OID, &revoked.reason.code())?];
    if let Some(from) = revoked.invalid_from {
        extensions.push(extension(INVALIDITY_DATE, &generalized(from)?)?);
    }
    Ok(RevokedCert {
        serial_number: SerialNumber::new(&serial)?,
        revocation_date: time(revoked.revoked_at.unix_seconds())?.into(),
        crl_entry_extensions: Some(extensions),
    })
}

fn extension(extn_id: ObjectIdentifier, value: &impl Encode) -> der::Result<Extension> {
    Ok(Extension {
        extn_id,
        critical: false,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

fn time(seconds: i64) -> der::Result<DateTime> {
    DateTime::from_unix_duration(Duration::from_secs(
        u64::try_from(seconds).unwrap_or_default(),
    ))
}

fn generalized(at: GenTime) -> der::Result<GeneralizedTime> {
    time(at.unix_seconds()).map(GeneralizedTime::from_date_time)
}

impl Published {
    /// Reads what the service needs to know; nothing is verified.
    pub(super) fn read(der: Vec<u8>) -> Result<Self, String> {
        let list: CertificateList =
            CertificateList::from_der(&der).map_err(|error| format!("no CRL: {error}"))?;
        let list = list.tbs_cert_list;
        let issuer = list.issuer.to_der().map_err(|error| error.to_string())?;
        let instant = |time: Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
            GenTime::from_unix(seconds, 0)
        };
        let number = list.crl_extensions.iter().flatten();
        let number = number
            .filter(|extension| extension.extn_id == CrlNumber::OID)
            .find_map(|extension| CrlNumber::from_der(extension.extn_value.as_bytes()).ok());
        let number = number.ok_or("a CRL without a number")?;
        let digits = number.0.as_bytes().iter();
        let number = digits.fold(0_u64, |number, byte| {
            number.saturating_mul(256).saturating_add(u64::from(*byte))
        });
        let (this, next) = (
            instant(list.this_update),
            list.next_update.and_then(instant),
        );
        let (Some(this_update), Some(next_update)) = (this, next) else {
            return Err("a CRL without thisUpdate or nextUpdate".into());
        };
        Ok(Self {
            number,
            revoked: list.revoked_certificates.map_or(0, |revoked| revoked.len()),
            this_update,
            next_update,
            issuer,
            der,
        })
    }
}
