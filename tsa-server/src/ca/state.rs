//! What the development CA remembers: the number of its last CRL, and what it has revoked.
//!
//! Text that an operator can read and keep. It only grows: a certificate that is over stays on the
//! CRLs, so that tokens from its time can still be judged.

use std::fmt;

use serde::{Deserialize, Serialize};
use tsa_core::GenTime;
use x509_cert::ext::pkix::CrlReason;

use super::{Order, Outcome};

/// Why a certificate is revoked (RFC 5280 §5.3.1), as far as that is for such a CA to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
#[value(rename_all = "camelCase")]
pub enum Reason {
    /// No reason that says more; tokens from before stay valid
    Unspecified,
    /// Somebody else has or may have the key; no token is believed without further evidence
    KeyCompromise,
    /// The name in the certificate is not right any more; tokens from before stay valid
    AffiliationChanged,
    /// Another certificate has taken its place; tokens from before stay valid
    Superseded,
    /// The service has ended; tokens from before stay valid
    CessationOfOperation,
    /// It may not do any more what it was issued for; no token is believed without further evidence
    PrivilegeWithdrawn,
}

/// A revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// Its serial number.
    pub serial: String,
    /// Why.
    pub reason: Reason,
    /// When that was said.
    #[serde(with = "time")]
    pub revoked_at: GenTime,
    /// From when on its key is not to be believed, where that is known.
    #[serde(
        with = "optional_time",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub invalid_from: Option<GenTime>,
}

/// All that is remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) crl_number: u64,
    pub(super) revoked: Vec<Revoked>,
}

impl State {
    pub(super) fn read(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// Notes a revocation. What was revoked with another reason is left as it is and given back,
    /// unless the key has turned out to be stolen, or to be stolen for longer.
    pub(super) fn revoke(&mut self, order: &Order, now: GenTime) -> Result<Outcome, Revoked> {
        let now = GenTime::from_unix(now.unix_seconds(), 0).unwrap_or(now);
        let mut known = self.revoked.iter_mut();
        let Some(known) = known.find(|known| known.serial == order.serial) else {
            self.revoked.push(Revoked {
                serial: order.serial.clone(),
                reason: order.reason,
                revoked_at: now,
                invalid_from: order.invalid_from,
            });
            return Ok(Outcome::Revoked);
        };
        let is_stolen = order.reason == Reason::KeyCompromise;
        let begins = known.invalid_from.unwrap_or(known.revoked_at);
        let is_earlier = order.invalid_from.is_some_and(|from| from < begins);
        if known.reason == order.reason && !(is_stolen && is_earlier) {
            return Ok(Outcome::Already(known.clone()));
        }
        if !is_stolen {
            return Err(known.clone());
        }
        known.reason = order.reason;
        if is_earlier {
            known.invalid_from = order.invalid_from;
        }
        Ok(Outcome::Revoked)
    }
}

impl Reason {
    /// The reason as it goes into a CRL.
    pub(super) fn code(self) -> CrlReason {
        match self {
            Self::Unspecified => CrlReason::Unspecified,
            Self::KeyCompromise => CrlReason::KeyCompromise,
            Self::AffiliationChanged => CrlReason::AffiliationChanged,
            Self::Superseded => CrlReason::Superseded,
            Self::CessationOfOperation => CrlReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => CrlReason::PrivilegeWithdrawn,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
        })
    }
}

/// RFC 3339.
mod time {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use tsa_core::GenTime;

    pub(super) fn serialize<S: Serializer>(time: &GenTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<GenTime, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

mod optional_time {
    use serde::{Deserializer, Serializer};
    use tsa_core::GenTime;

    pub(super) fn serialize<S: Serializer>(
        time: &Option<GenTime>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::time::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<GenTime>, D::Error> {
        super::time::deserialize(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> GenTime {
        GenTime::from_unix(1_790_000_000 + seconds, 0).unwrap()
    }

    fn order(reason: Reason, from: Option<i64>) -> Order {
        Order {
            serial: "0a".into(),
            reason,
            invalid_from: from.map(at),
        }
    }

    #[test]
    fn a_second_revocation_changes_nothing_unless_the_key_is_stolen() {
        use Reason::{KeyCompromise, Superseded, Unspecified};
        let mut state = State::default();
        let first = state.revoke(&order(Superseded, None), at(0));
        assert_eq!(first, Ok(Outcome::Revoked));
        let same = state.revoke(&order(Superseded, None), at(5));
        assert!(matches!(same, Ok(Outcome::Already(before)) if before.revoked_at == at(0)));
        assert!(state.revoke(&order(Unspecified, None), at(6)).is_err());
        let stolen = state.revoke(&order(KeyCompromise, Some(-50)), at(7));
        assert_eq!(stolen, Ok(Outcome::Revoked));
        let is_later = state.revoke(&order(KeyCompromise, Some(-20)), at(8));
        assert!(matches!(is_later, Ok(Outcome::Already(_))));
        let is_earlier = state.revoke(&order(KeyCompromise, Some(-80)), at(9));
        assert_eq!(is_earlier, Ok(Outcome::Revoked));
        assert!(state.revoke(&order(Superseded, None), at(10)).is_err());
        let expected = Revoked {
            serial: "0a".into(),
            reason: KeyCompromise,
            revoked_at: at(0),
            invalid_from: Some(at(-80)),
        };
        assert_eq!(state.revoked, [expected]);
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let mut state = State::default();
        state
            .revoke(&order(Reason::KeyCompromise, Some(-1)), at(0))
            .unwrap();
        state.revoked.push(Revoked {
            serial: "0b".into(),
            reason: Reason::Superseded,
            revoked_at: at(1),
            invalid_from: None,
        });
        let read = State::read(&state.write()).unwrap();
        assert_eq!(read.revoked, state.revoked);
        for text in ["", "{}", "{\"crl_number\":1,\"revoked\":[],\"more\":1}"] {
            assert!(State::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
