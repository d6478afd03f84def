//! What several parts of these tests use: seeds and counts, random values, encoded pieces.
//!
//! `TSA_SEED` replaces the fixed seed; `TSA_SOAK=1` makes the counted tests ten times as long.

use std::env;
use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, Extension, Integer, MessageImprint, ObjectIdentifier};
use tsa_core::{Parameters, TimeStampReq, oid};

/// `TSA_SEED`, or the same number every day.
pub(crate) fn seed() -> u64 {
    env::var("TSA_SEED").map_or(0x3161, |text| {
        text.parse().expect("TSA_SEED is a whole number")
    })
}

/// `usual`, or ten times that with `TSA_SOAK=1`.
pub(crate) fn count(usual: u32) -> u32 {
    match env::var("TSA_SOAK") {
        Ok(value) if value == "1" => usual * 10,
        _ => usual,
    }
}

/// The line that `scripts/soak` collects.
pub(crate) fn soak(name: &str, count: u32, detail: &str) {
    println!("soak: {name} {count} {detail}, seed {}", seed());
}

/// Checks `holds` for `count(usual)` values of the strategy.
pub(crate) fn property<S: Strategy>(name: &str, usual: u32, strategy: &S, holds: impl Fn(S::Value))
where
    S::Value: Debug,
{
    let cases = count(usual);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed()),
        ..Config::default()
    });
    let outcome = runner.run(strategy, |value| {
        holds(value);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{name}, seed {}: {error}", seed());
    }
    soak(name, cases, "random values");
}

/// `SplitMix64`: the same numbers for the same seed on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// One stream per test, so that tests can be added without moving each other's numbers.
    pub(crate) fn new(stream: &str) -> Self {
        let hash = stream.bytes().fold(seed(), |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end` - 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("64 bits");
        usize::try_from(self.next() % end).expect("below a usize")
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    pub(crate) fn is_one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn integer(&mut self) -> Integer {
        let length = 1 + self.below(24);
        Integer::from_content(&self.bytes(length))
    }

    /// Arcs of 32 bits, which every library reads.
    pub(crate) fn oid(&mut self) -> ObjectIdentifier {
        let mut text = format!("{}.{}", self.below(3), self.below(40));
        for _ in 0..self.below(6) {
            let bits = self.below(32);
            text.push_str(&format!(".{}", self.below(1 << 32) >> bits));
        }
        text.parse().expect("an object identifier")
    }

    fn parameters(&mut self) -> Parameters {
        match self.below(4) {
            0 => Parameters::Null,
            1 => {
                let content = self.bytes_below(200);
                Parameters::Other(value(&[0x04], &content))
            }
            _ => Parameters::Absent,
        }
    }

    /// At least none, at most `end` - 1 bytes.
    pub(crate) fn bytes_below(&mut self, end: usize) -> Vec<u8> {
        let length = self.below(end);
        self.bytes(length)
    }

    pub(crate) fn imprint(&mut self) -> MessageImprint {
        let algorithm = if self.is_one_in(2) {
            oid::SHA_256
        } else {
            self.oid()
        };
        MessageImprint {
            hash_algorithm: AlgorithmIdentifier {
                algorithm,
                parameters: self.parameters(),
            },
            hashed_message: self.bytes_below(80),
        }
    }

    pub(crate) fn extensions(&mut self) -> Vec<Extension> {
        if self.is_one_in(2) {
            return Vec::new();
        }
        let extension = |random: &mut Self| Extension {
            id: random.oid(),
            critical: random.is_one_in(2),
            value: random.bytes_below(40),
        };
        (0..self.below(4)).map(|_| extension(self)).collect()
    }

    pub(crate) fn request(&mut self) -> TimeStampReq {
        let version = if self.is_one_in(4) {
            Integer::from(self.next())
        } else {
            Integer::from(1_u64)
        };
        TimeStampReq {
            version,
            message_imprint: self.imprint(),
            req_policy: self.is_one_in(2).then(|| self.oid()),
            nonce: self.is_one_in(2).then(|| self.integer()),
            cert_req: self.is_one_in(2),
            extensions: self.extensions(),
        }
    }
}

/// A SEQUENCE of encoded parts.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(&[0x30], &parts.concat())
}
