//! Admitted request, reading of the clock → signed and checked token (RFC 3161 §2.4.2).
//!
//! Two phases around the signature, because only the signer sees a key. A token whose signature
//! came so late that its time is no longer within its accuracy is thrown away and made anew. What
//! a token costs is not known here.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tsa_core::{Accuracy, Integer, SerialNumber, ToBeSigned, TstInfo};
use tsa_ledger::{NewToken, UnixMicros};

use super::{Admitted, Authority, Rejection};
use crate::clock::Reading;
use crate::digest::digest;
use crate::signer::{Pace, Sign};

/// Attempts at a token before giving up on a slow signer.
const ATTEMPTS: usize = 3;

/// How old a token may be when it is signed, where its accuracy is not stated, in microseconds.
const UNSTATED_LATENESS_MICROS_MAX: i64 = 1_000_000;

/// A token that passed the check before leaving. Made only by [`Authority::issue`].
#[derive(Debug)]
pub(crate) struct CheckedToken(Made);

#[derive(Debug)]
struct Made {
    token: Vec<u8>,
    /// Where it has what all tokens of its signer have.
    shared: Option<Range<usize>>,
    info: TstInfo,
    serial: SerialNumber,
}

/// What is left of a token when its bytes are with the ledger.
#[derive(Debug)]
pub(super) struct Issued {
    info: TstInfo,
    serial: SerialNumber,
}

impl CheckedToken {
    /// The token as the ledger records it, and what the log says of it once that is done.
    pub(super) fn into_record(self) -> (NewToken, Issued) {
        let Made {
            token,
            shared,
            info,
            serial,
        } = self.0;
        let imprint = &info.message_imprint;
        let gen_time = i64::try_from(info.gen_time.unix_nanos().div_euclid(1000));
        let record = NewToken {
            serial: serial.integer().content().to_vec(),
            algorithm: imprint
                .digest_algorithm()
                .map_or("?", |algorithm| algorithm.name()),
            digest: imprint.hashed_message.clone(),
            name: None,
            gen_time: UnixMicros(gen_time.unwrap_or(i64::MAX)),
            token,
            shared,
        };
        (record, Issued { info, serial })
    }
}

impl Issued {
    pub(super) fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The one line of the log about a token.
    pub(super) fn log(&self, account: &str, latency: Duration) {
        let Self { info, serial } = self;
        tracing::info!(
            target: "tsa::token",
            %serial,
            policy = %info.policy,
            imprint = %Imprint(info),
            gen_time = %info.gen_time,
            account,
            latency_micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            "granted"
        );
    }
}

impl Authority {
    pub(super) async fn issue(
        self: &Arc<Self>,
        admitted: Admitted,
        reading: Reading,
    ) -> Result<CheckedToken, Rejection> {
        match admitted.offer.signer.signer().pace() {
            Pace::Fast => self.issue_here(&admitted, reading),
            // On the heap, so that nobody else's future has room for it.
            Pace::Slow => Box::pin(self.issue_aside(admitted, reading)).await,
            Pace::Queued(_) => Box::pin(self.issue_in_turn(admitted)).await,
        }
    }

    /// A slow signature would hold up the other requests of this thread.
    async fn issue_aside(
        self: &Arc<Self>,
        admitted: Admitted,
        reading: Reading,
    ) -> Result<CheckedToken, Rejection> {
        let authority = Arc::clone(self);
        let issued =
            tokio::task::spawn_blocking(move || authority.issue_here(&admitted, reading)).await;
        issued.unwrap_or_else(|error| Err(Rejection::system_failure("signing ended early", error)))
    }

    /// The whole token is made by a thread that has the key in hand, and names the time at which
    /// its turn has come: what the token waits before that is no part of its accuracy.
    async fn issue_in_turn(
        self: &Arc<Self>,
        admitted: Admitted,
    ) -> Result<CheckedToken, Rejection> {
        let signer = Arc::clone(&admitted.offer.signer);
        let Pace::Queued(queue) = signer.signer().pace() else {
            return Err(Rejection::system_failure("signing", "there is no queue"));
        };
        let authority = Arc::clone(self);
        let issued = queue.run(move |sign| {
            let reading = authority.clock.read();
            let reading = reading.map_err(|fault| Rejection::time_not_available(&fault))?;
            authority.issue_with(&admitted, reading, sign)
        });
        let fault = |fault| Err(Rejection::system_failure("signing", fault));
        issued.await.unwrap_or_else(fault)
    }

    fn issue_here(&self, admitted: &Admitted, reading: Reading) -> Result<CheckedToken, Rejection> {
        let signer = admitted.offer.signer.signer();
        self.issue_with(admitted, reading, &mut |message| signer.sign(message))
    }

    fn issue_with(
        &self,
        admitted: &Admitted,
        mut reading: Reading,
        sign: &mut Sign<'_>,
    ) -> Result<CheckedToken, Rejection> {
        for _ in 0..ATTEMPTS {
            let made = self.make(admitted, reading, sign)?;
            let fault = |fault| Rejection::time_not_available(&fault);
            let now = self.clock.read().map_err(fault)?;
            if is_in_time(&made.info, reading, now) {
                return self.check(admitted, made);
            }
            tracing::warn!(serial = %made.serial, "token thrown away: signed too late");
            reading = now;
        }
        Err(Rejection::system_failure(
            "signing",
            "three signatures in a row came too late",
        ))
    }

    fn make(
        &self,
        admitted: &Admitted,
        reading: Reading,
        sign: &mut Sign<'_>,
    ) -> Result<Made, Rejection> {
        let signer = &admitted.offer.signer;
        if signer.is_stopped() {
            return Err(Rejection::key_stopped());
        }
        if !signer.is_valid_at(reading.time) {
            return Err(Rejection::certificate_over(signer.not_after()));
        }
        let serial = self
            .serials
            .next(&reading)
            .map_err(|fault| Rejection::system_failure("serial number", fault))?;
        let info = TstInfo {
            version: Integer::from(1_u64),
            policy: admitted.offer.policy,
            message_imprint: admitted.imprint.clone(),
            serial_number: serial.integer().clone(),
            gen_time: reading.time.truncated(self.gen_time_digits),
            accuracy: accuracy(
                &reading,
                self.gen_time_digits,
                admitted.offer.accuracy_micros_min,
            ),
            ordering: false,
            nonce: admitted.nonce.clone(),
            tsa: Some(signer.template().tsa_name().to_vec()),
            extensions: Vec::new(),
        };
        let build = |error| Rejection::system_failure("the token cannot be built", error);
        let content = signer.template().content(&info).map_err(build)?;
        let digest = digest(signer.template().digest_algorithm(), content.bytes())
            .ok_or_else(|| Rejection::system_failure("the token cannot be built", "no digest"))?;
        let to_be_signed: ToBeSigned<'_> = content.to_be_signed(&digest).map_err(build)?;
        let signature = sign(to_be_signed.bytes())
            .map_err(|fault| Rejection::system_failure("signing", fault))?;
        let token = to_be_signed
            .into_token(&signature, admitted.cert_req)
            .map_err(build)?;
        Ok(Made {
            shared: signer.template().certificates_in(&token),
            token,
            info,
            serial,
        })
    }

    fn check(&self, admitted: &Admitted, made: Made) -> Result<CheckedToken, Rejection> {
        self.self_checker
            .check(&admitted.offer, &made.token, &made.info, admitted.cert_req)
            .map_err(|reason| Rejection::system_failure("a token failed its check", reason))?;
        Ok(CheckedToken(made))
    }
}

/// `sha256:…` in log lines.
struct Imprint<'a>(&'a TstInfo);

impl std::fmt::Display for Imprint<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let imprint = &self.0.message_imprint;
        if let Some(algorithm) = imprint.digest_algorithm() {
            write!(f, "{algorithm}:")?;
        }
        f.write_str(&base16ct::lower::encode_string(&imprint.hashed_message))
    }
}

/// The measured error plus what `genTime` loses by being cut, rounded up to a millisecond, and not
/// below the configured minimum; `None` when nobody has measured the error.
fn accuracy(reading: &Reading, gen_time_digits: u8, micros_min: u64) -> Option<Accuracy> {
    let cut_micros = 10_u64.pow(6_u32.saturating_sub(u32::from(gen_time_digits)));
    let micros = reading.error_micros?.saturating_add(cut_micros);
    Accuracy::from_micros(micros.max(micros_min).div_ceil(1000).saturating_mul(1000))
}

/// Whether a token that is signed now was signed within its accuracy of `genTime`. Where none is
/// stated, within a bound from the reading that it rests on.
fn is_in_time(info: &TstInfo, reading: Reading, now: Reading) -> bool {
    let stated = info.accuracy.and_then(|accuracy| accuracy.to_nanos());
    match stated {
        Some(nanos) => now.time.unix_nanos() - info.gen_time.unix_nanos() <= i128::from(nanos),
        None => now.unix_micros() - reading.unix_micros() <= UNSTATED_LATENESS_MICROS_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::GenTime;

    #[test]
    fn a_signature_must_come_within_the_accuracy_of_the_time_that_is_named() {
        let at = |micros: i128| Reading {
            time: GenTime::from_unix_nanos(1_790_000_000_000_000_000 + micros * 1000).unwrap(),
            error_micros: Some(10),
        };
        let read = at(900);
        let mut info = TstInfo {
            version: Integer::from(1_u64),
            policy: "1.2.3".parse().unwrap(),
            message_imprint: tsa_core::MessageImprint::new(tsa_core::oid::SHA_256, vec![0; 32]),
            serial_number: Integer::from(1_u64),
            gen_time: read.time.truncated(3),
            accuracy: accuracy(&read, 3, 0),
            ordering: false,
            nonce: None,
            tsa: None,
            extensions: Vec::new(),
        };
        // genTime is cut to 0, the accuracy is 2 ms.
        assert!(is_in_time(&info, read, at(2000)));
        assert!(!is_in_time(&info, read, at(2001)));
        info.accuracy = None;
        assert!(is_in_time(&info, read, at(1_000_900)));
        assert!(!is_in_time(&info, read, at(1_000_901)));
    }

    #[test]
    fn accuracy_covers_the_error_and_the_cut_and_is_not_invented() {
        let time = GenTime::from_unix(0, 0).unwrap();
        let reading = |error_micros| Reading { time, error_micros };
        assert_eq!(accuracy(&reading(None), 3, 0), None);
        let cases = [
            (0, 3, 1_000_000),
            (1, 3, 2_000_000),
            (1500, 3, 3_000_000),
            (10, 0, 1_001_000_000),
        ];
        for (error, digits, nanos) in cases {
            assert_eq!(
                accuracy(&reading(Some(error)), digits, 0)
                    .unwrap()
                    .to_nanos(),
                Some(nanos)
            );
        }
    }
}
