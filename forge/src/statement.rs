//! `TSTInfo` in parts, each an encoded value that a case may replace (RFC 3161 §2.4.2).

use crate::Forge;
use crate::ber::{explicit, generalized_time, integer, octets, oid, sequence, value};
use crate::certificate::subject_of;
use crate::sign::Digest;

/// The file that every statement is about.
pub const CONTENT: &[u8] = b"What was stamped.\n";
/// `genTime` unless a case says otherwise, as GeneralizedTime and as the reports show it.
pub(crate) const GENERALIZED_TIME: &str = "20260510132141.25Z";
/// See [`GENERALIZED_TIME`].
pub(crate) const GEN_TIME: &str = "2026-05-10T13:21:41.25Z";
/// The policy of every statement.
pub(crate) const POLICY: &str = "2.999.1";
/// The nonce of every statement.
pub(crate) const NONCE: i64 = 0x1122_3344_5566_7788;

/// A `TSTInfo`; an empty field is absent.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `version`
    pub version: Vec<u8>,
    /// `policy`
    pub policy: Vec<u8>,
    /// `messageImprint`
    pub imprint: Vec<u8>,
    /// `serialNumber`
    pub serial: Vec<u8>,
    /// `genTime`
    pub gen_time: Vec<u8>,
    /// `accuracy`
    pub accuracy: Vec<u8>,
    /// `ordering`
    pub ordering: Vec<u8>,
    /// `nonce`
    pub nonce: Vec<u8>,
    /// `tsa`
    pub tsa: Vec<u8>,
    /// `extensions`
    pub extensions: Vec<u8>,
}

impl Statement {
    /// A sound statement by a signer about [`CONTENT`].
    #[must_use]
    pub fn by(certificate: &[u8]) -> Self {
        Self {
            version: integer(1),
            policy: oid(POLICY),
            imprint: imprint(Digest::Sha256, CONTENT),
            serial: integer(0x00c0_ffee),
            gen_time: generalized_time(GENERALIZED_TIME),
            accuracy: sequence(&[integer(1)]),
            ordering: Vec::new(),
            nonce: integer(NONCE),
            tsa: directory_name(subject_of(certificate)),
            extensions: Vec::new(),
        }
    }

    /// One by the usual signer.
    #[must_use]
    pub fn sound(forge: &Forge) -> Self {
        Self::by(&forge.certificate(forge.signer().0))
    }

    /// Changes one thing.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The fields in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Vec<u8>> {
        [
            &self.version,
            &self.policy,
            &self.imprint,
            &self.serial,
            &self.gen_time,
            &self.accuracy,
            &self.ordering,
            &self.nonce,
            &self.tsa,
            &self.extensions,
        ]
        .into_iter()
        .cloned()
        .collect()
    }

    /// The encoded `TSTInfo`.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        sequence(&self.fields())
    }
}

/// `messageImprint` of some data.
#[must_use]
pub(crate) fn imprint(digest: Digest, data: &[u8]) -> Vec<u8> {
    imprint_of(&digest.identifier(), &digest.of(data))
}

/// `messageImprint` of an algorithm and a value.
#[must_use]
pub(crate) fn imprint_of(algorithm: &[u8], hash: &[u8]) -> Vec<u8> {
    sequence(&[algorithm.to_vec(), octets(hash)])
}

/// `tsa` as a directoryName.
#[must_use]
pub(crate) fn directory_name(name: &[u8]) -> Vec<u8> {
    explicit(0, &value(0xa4, name))
}

/// `extensions` with one extension nobody knows.
#[must_use]
pub(crate) fn unknown_extension(critical: bool, inner: &[u8]) -> Vec<u8> {
    let extension = crate::certificate::extension("1.3.6.1.4.1.32473.1", critical, inner);
    value(0xa1, &extension)
}
