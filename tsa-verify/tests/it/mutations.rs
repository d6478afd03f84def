//! Thousands of damaged tokens: nothing panics, and nothing passes that states something else.

use tsa_verify::{Indication, Outcome};

use crate::support::{Token, judge};

/// A small generator (xorshift); a run with the same seed damages the same bytes.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }
}

fn damage(token: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = token.to_vec();
    for _ in 0..=random.next(3) {
        if bytes.is_empty() {
            break;
        }
        let at = random.next(bytes.len());
        match random.next(6) {
            0 => bytes[at] ^= 1 << random.next(8),
            1 => bytes[at] = u8::try_from(random.next(256)).unwrap(),
            2 => {
                bytes.remove(at);
            }
            3 => bytes.insert(at, u8::try_from(random.next(256)).unwrap()),
            4 => bytes.truncate(at.max(1)),
            _ => {
                let to = (at + random.next(40)).min(bytes.len());
                let piece = bytes[at..to].to_vec();
                let target = random.next(bytes.len());
                bytes.splice(target..target, piece);
            }
        }
    }
    bytes
}

#[test]
fn damaged_tokens_never_panic_and_never_state_something_else() {
    let token = Token::p256().signed();
    let original = judge(&token);
    let count = if std::env::var_os("TSA_SOAK").is_some() {
        20_000
    } else {
        2_000
    };
    let given = std::env::var("TSA_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(2_026_u64).max(1);
    let mut random = Random(seed);
    let mut passed = 0;
    for round in 0..count {
        let bytes = damage(&token, &mut random);
        let report = judge(&bytes);
        for finding in report.findings() {
            let reason = finding
                .sub_indication
                .map(tsa_verify::SubIndication::indication);
            // What was not looked at disproves nothing; what failed always denies.
            match finding.result {
                Outcome::NotMade => assert_ne!(reason, Some(Indication::TotalFailed)),
                Outcome::Failed => assert!(reason.is_some()),
                _ => assert_eq!(reason, None),
            }
        }
        if let Some(verified) = report.verified() {
            passed += 1;
            assert_eq!(
                Some(verified),
                original.verified(),
                "seed {seed}, round {round}"
            );
        }
        let _ = tsa_verify::inspect(&bytes).text(tsa_verify::Lang::En);
    }
    println!("soak: damaged-tokens {count} seed {seed}, {passed} passed unchanged");
}

#[test]
fn every_single_flipped_bit_of_what_is_signed_is_found() {
    let token = Token::p256().signed();
    let original = judge(&token);
    for at in 0..token.len() {
        let mut bytes = token.clone();
        bytes[at] ^= 1;
        if let Some(verified) = judge(&bytes).verified() {
            assert_eq!(Some(verified), original.verified(), "byte {at}");
        }
    }
}
