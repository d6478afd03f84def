//! An engine that lets signatures hold and digests fit where the input says so, and counts.
//!
//! Its answer to a question is always the same, as that of an honest engine; it is only easier to
//! please. The name shows in reports, so that nothing is taken for a real verdict.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use tsa_verify::{CryptoProvider, DigestAlgorithm, RingProvider, SignatureAnswer, SignatureScheme};

use super::case::Control;
use super::stated::Stated;

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) signatures: AtomicUsize,
    pub(super) held: AtomicUsize,
    pub(super) signed_bytes: AtomicUsize,
    pub(super) digests: AtomicUsize,
    pub(super) digested_bytes: AtomicUsize,
}

#[derive(Clone, Copy)]
enum Signatures {
    AllHold,
    NoneHolds,
    Unsupported,
    /// By a number made of the question.
    Some(u8),
}

#[derive(Clone, Copy)]
enum Digests {
    /// As the token states: for every certificate, or for some.
    AsStated {
        every_certificate: bool,
    },
    Real,
    Unknown,
}

#[derive(Clone)]
pub(super) struct Engine<'s> {
    signatures: Signatures,
    digests: Digests,
    stated: &'s Stated<'s>,
    counts: Arc<Counts>,
}

impl<'s> Engine<'s> {
    pub(super) fn new(control: &Control, stated: &'s Stated<'s>) -> Self {
        let [signatures, seed, digests] = control.engine();
        Self {
            signatures: match signatures % 8 {
                0..=3 => Signatures::AllHold,
                4 => Signatures::NoneHolds,
                5 => Signatures::Unsupported,
                _ => Signatures::Some(seed),
            },
            digests: match digests % 8 {
                0..=3 => Digests::AsStated {
                    every_certificate: true,
                },
                4 | 5 => Digests::AsStated {
                    every_certificate: false,
                },
                6 => Digests::Real,
                _ => Digests::Unknown,
            },
            stated,
            counts: Arc::default(),
        }
    }

    /// The same, but no signature holds.
    pub(super) fn refusing(&self) -> Self {
        Self {
            signatures: Signatures::NoneHolds,
            ..self.clone()
        }
    }

    /// The same, but it knows no signatures.
    pub(super) fn without_signatures(&self) -> Self {
        Self {
            signatures: Signatures::Unsupported,
            ..self.clone()
        }
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    fn stated_digest(
        &self,
        algorithm: DigestAlgorithm,
        bytes: &[u8],
        every_certificate: bool,
    ) -> Option<Vec<u8>> {
        let stated = self.stated;
        if bytes == stated.content && stated.message_digest.len() == algorithm.digest_bytes() {
            return Some(stated.message_digest.clone());
        }
        let for_signer = stated.signer.iter().find(|(known, _)| *known == algorithm);
        let (_, digest) = for_signer?;
        (every_certificate || mix(&[bytes]) & 1 == 0).then(|| digest.clone())
    }
}

impl CryptoProvider for Engine<'_> {
    fn name(&self) -> &'static str {
        "fuzz"
    }

    fn digest(&self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        self.counts.digests.fetch_add(1, Relaxed);
        self.counts.digested_bytes.fetch_add(bytes.len(), Relaxed);
        match self.digests {
            Digests::AsStated { every_certificate } => Some(
                self.stated_digest(algorithm, bytes, every_certificate)
                    .unwrap_or_else(|| cheap_digest(algorithm, bytes)),
            ),
            Digests::Real => RingProvider.digest(algorithm, bytes),
            Digests::Unknown => None,
        }
    }

    fn verify(
        &self,
        scheme: &SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> SignatureAnswer {
        self.counts.signatures.fetch_add(1, Relaxed);
        self.counts.signed_bytes.fetch_add(message.len(), Relaxed);
        let answer = match self.signatures {
            Signatures::AllHold => SignatureAnswer::Holds,
            Signatures::NoneHolds => SignatureAnswer::DoesNotHold,
            Signatures::Unsupported => SignatureAnswer::Unsupported,
            Signatures::Some(seed) => {
                let scheme = scheme.to_shown();
                let question = [
                    &[seed][..],
                    scheme.as_bytes(),
                    subject_public_key_info,
                    message,
                    signature,
                ];
                match mix(&question) % 8 {
                    0..=4 => SignatureAnswer::Holds,
                    5 | 6 => SignatureAnswer::DoesNotHold,
                    _ => SignatureAnswer::Unsupported,
                }
            }
        };
        if answer == SignatureAnswer::Holds {
            self.counts.held.fetch_add(1, Relaxed);
        }
        answer
    }
}

/// As long as a digest by the algorithm.
fn cheap_digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let seed = mix(&[algorithm.name().as_bytes(), bytes]);
    let octets = seed.to_le_bytes().into_iter().cycle();
    octets.take(algorithm.digest_bytes()).collect()
}

/// FNV-1a over all parts, with their lengths, and its bits mixed once more.
fn mix(parts: &[&[u8]]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut push = |octet: u8| {
        state = (state ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
    };
    for part in parts {
        part.len().to_le_bytes().into_iter().for_each(&mut push);
        part.iter().copied().for_each(&mut push);
    }
    state ^ state >> 32
}
