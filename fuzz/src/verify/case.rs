//! How an input of the target `verify` is laid out.
//!
//! [`CONTROL_BYTES`] bytes that choose, then as many encoded values as they say (certificates, a
//! request), one after the other, then the token or response up to the end. What a mutation breaks
//! at the front of a value makes everything from there on the token.

use tsa_core::TstInfo;
use tsa_verify::{
    Algorithms, CryptoProvider, DigestAlgorithm, GenTime, Integer, ObjectIdentifier, Revocation,
    RingProvider, Subject, TimeStampReq, ValidationTime, VerificationPolicy,
};

use super::stated::Stated;

/// How many bytes choose.
pub const CONTROL_BYTES: usize = 12;

/// The bytes that choose. All zero: signatures and digests fit, lenient, at `genTime`, compared by
/// a digest, with the first value as the anchor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Control(pub [u8; CONTROL_BYTES]);

impl Control {
    /// Which signatures hold, and which digests fit.
    pub(super) fn engine(&self) -> [u8; 3] {
        let [signatures, seed, digests, ..] = self.0;
        [signatures, seed, digests]
    }

    pub(super) fn policy(&self) -> VerificationPolicy {
        let [_, _, _, flags, _, _, _, _, seconds @ ..] = self.0;
        let given = GenTime::from_unix(i64::from(u32::from_le_bytes(seconds)), 0);
        let given = given.expect("before the year 2107");
        let mut policy = VerificationPolicy::at(match flags >> 4 & 3 {
            0 | 1 => ValidationTime::GenTime,
            2 => ValidationTime::Now(given),
            _ => ValidationTime::Given(given),
        });
        policy.strict = flags & 1 != 0;
        policy
            .with_revocation(match flags >> 1 & 3 {
                0 | 1 => Revocation::IfAvailable,
                2 => Revocation::Require,
                _ => Revocation::Off,
            })
            .with_algorithms(match flags >> 3 & 1 {
                0 => Algorithms::Table,
                _ => Algorithms::Any,
            })
    }

    /// Which of the certificates of the token are anchors, by the lowest bits of their index.
    fn trusts_sent(&self, index: usize) -> bool {
        self.0[4] >> (index % 8) & 1 != 0
    }

    /// Which of the values are anchors instead of being in the bag: all bits turned but the first.
    fn trusts_given(&self, index: usize) -> bool {
        (self.0[5] ^ 1) >> (index % 8) & 1 != 0
    }

    fn values(&self) -> usize {
        usize::from(self.0[6] & 7)
    }

    /// What the token is compared with.
    fn comparison(&self) -> u8 {
        self.0[6] >> 3 & 7
    }

    /// A nonce, a policy.
    fn demands(&self) -> (bool, bool) {
        (self.0[6] >> 6 & 1 != 0, self.0[6] >> 7 != 0)
    }

    /// Which further property is looked at.
    pub(super) fn second_look(&self) -> u8 {
        self.0[7] % 6
    }

    /// Which rendering is looked at.
    pub(super) fn rendering(&self) -> u8 {
        self.0[7] / 6 % 4
    }
}

/// An input, taken apart.
pub struct Case<'a> {
    /// What was chosen.
    pub control: Control,
    /// Certificates, and perhaps a request.
    pub values: Vec<&'a [u8]>,
    /// The token or response.
    pub token: &'a [u8],
}

impl<'a> Case<'a> {
    /// Takes an input apart; what is not there is zero or empty.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        let mut control = Control::default();
        let (head, mut rest) = bytes.split_at(bytes.len().min(CONTROL_BYTES));
        control.0[..head.len()].copy_from_slice(head);
        let mut values = Vec::new();
        while values.len() < control.values() {
            let Some(length) = value_length(rest) else {
                break;
            };
            let (value, behind) = rest.split_at(length);
            values.push(value);
            rest = behind;
        }
        Self {
            control,
            values,
            token: rest,
        }
    }

    /// Puts an input together; at most seven values are taken.
    #[must_use]
    pub fn write(mut control: Control, values: &[&[u8]], token: &[u8]) -> Vec<u8> {
        let values = &values[..values.len().min(7)];
        control.0[6] &= !7;
        control.0[6] |= u8::try_from(values.len()).expect("at most 7");
        [&control.0, values.concat().as_slice(), token].concat()
    }

    pub(super) fn anchors(&self, sent: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let given = self.values.iter().enumerate();
        let given = given.filter(|(index, _)| self.control.trusts_given(*index));
        let sent = sent.iter().enumerate();
        let sent = sent.filter(|(index, _)| self.control.trusts_sent(*index));
        given.chain(sent).map(|(_, value)| *value).collect()
    }

    pub(super) fn bag(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        let given = self.values.iter().enumerate();
        given
            .filter(|(index, _)| !self.control.trusts_given(*index))
            .map(|(_, value)| *value)
    }

    /// The request among the values, or one made of what the token states.
    fn request(&self, stated: &Stated<'_>) -> Option<TimeStampReq> {
        let given = self.values.iter();
        let mut given = given.filter_map(|value| TimeStampReq::from_der(value).ok());
        given.next().or_else(|| {
            let info = stated.info.as_ref()?;
            let mut request = TimeStampReq::new(info.message_imprint.clone());
            request.nonce = info.nonce.clone();
            request.req_policy = Some(info.policy);
            Some(request)
        })
    }

    /// Agrees with the token, unless a request does not.
    pub(super) fn subject(&self, stated: &Stated<'_>) -> Subject {
        let imprint = stated.info.as_ref().map(|info| &info.message_imprint);
        let digest = imprint.and_then(|imprint| {
            let algorithm = imprint.digest_algorithm()?;
            Some((algorithm, imprint.hashed_message.clone()))
        });
        let by_digest = || match digest.clone() {
            Some((algorithm, digest)) => Subject::of_digest(algorithm, digest),
            None => Subject::default(),
        };
        let mut subject = match (self.control.comparison(), self.request(stated)) {
            (2, _) => Subject::of_file_digests(digest),
            (3, Some(request)) => Subject::of_request(request),
            (4, Some(request)) => by_digest().with_request(request),
            (5, _) => Subject::default(),
            (6, _) => Subject::of_content(self.token, OTHER_FILE, &RingProvider),
            (7, _) => Subject::of_digest(DigestAlgorithm::Sha256, vec![7; 32]),
            _ => by_digest(),
        };
        let (nonce, policy) = self.control.demands();
        if nonce {
            let stated = stated.info.as_ref().and_then(|info| info.nonce.clone());
            subject = subject.with_nonce(stated.unwrap_or_else(|| Integer::from(1_u64)));
        }
        if policy {
            let stated = stated.info.as_ref().map(|info| info.policy);
            subject = subject.with_policy(stated.unwrap_or(ANY_POLICY));
        }
        subject
    }

    /// Whether a statement that passed is one about what the token was compared with.
    pub(super) fn compares_with(&self, info: &TstInfo) -> bool {
        let imprint = &info.message_imprint;
        match self.control.comparison() {
            3 | 4 => {
                let given = self.values.iter();
                let mut given = given.filter_map(|value| TimeStampReq::from_der(value).ok());
                given.next().is_none_or(|request| {
                    request.message_imprint.is_equivalent(imprint)
                        && (request.nonce.is_none() || request.nonce == info.nonce)
                        && request
                            .req_policy
                            .is_none_or(|policy| policy == info.policy)
                })
            }
            5 => false,
            6 => imprint.digest_algorithm().is_some_and(|algorithm| {
                RingProvider.digest(algorithm, OTHER_FILE).as_ref() == Some(&imprint.hashed_message)
            }),
            7 => imprint.hashed_message == [7; 32],
            _ => true,
        }
    }
}

const OTHER_FILE: &[u8] = b"another file";
const ANY_POLICY: ObjectIdentifier = tsa_core::oid::ID_CT_TST_INFO;

/// The length of the first of several encoded values, when it is definite and fits.
pub(crate) fn value_length(bytes: &[u8]) -> Option<usize> {
    let (_, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let octets = match first {
        0..=0x7f => 0,
        0x81..=0x84 => usize::from(first - 0x80),
        _ => return None,
    };
    let length = match octets {
        0 => usize::from(*first),
        _ => rest
            .get(..octets)?
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet)),
    };
    let length = 2 + octets + length;
    (length <= bytes.len()).then_some(length)
}
