//! Trip 1: a request becomes a token.
//!
//! One direction, and every step takes what only the step before can make:
//!
//! ```text
//! bytes ─1 read─► TimeStampReq ─2 admit─► Admitted ─3 ask─► Turn ─4 clock─► Reading ─5 hold─► Hold
//!       ─6 issue─► CheckedToken ─7 commit─► Committed ─► reply
//! ```
//!
//! A request that was granted before leaves at step 3 with the token it got then. The order of the
//! steps is the order of the answers in RFC 3161 terms: exactly one is right for
//! any request. HTTP (what comes before the bytes) is the business of [`crate::http`].

pub mod account;
mod admit;
pub mod bulk;
mod digests;
mod issue;
mod offering;
mod rejection;
mod reuse;
mod self_check;
mod stops;

use std::sync::Arc;

use tsa_core::{SerialNumber, TimeStampReq, TimeStampResp};

use crate::clock::{Stopwatch, TrustedClock};
use crate::serial::SerialSource;
use account::{Accounts, Asked, Caller, Committed};
pub use admit::{Admitted, Offer, Signers};
pub use digests::{Granted, Sameness};
pub use offering::{Current, Offering};
pub use rejection::{HttpStatus, Rejection};
pub use self_check::SelfChecker;
pub use stops::Stops;

/// A time-stamp authority: everything a request needs to become a token.
#[derive(Debug)]
pub struct Authority {
    /// Who signs.
    pub offering: Current,
    /// What time it is.
    pub clock: TrustedClock,
    /// The next serial number.
    pub serials: SerialSource,
    /// Who asks and who pays.
    pub accounts: Accounts,
    /// Checks of tokens before they leave.
    pub self_checker: SelfChecker,
    /// Decimal places of a second in `genTime`.
    pub gen_time_digits: u8,
}

/// What goes back to the requester.
#[derive(Debug)]
pub struct Answer {
    /// 200 for every answer of RFC 3161 itself.
    pub status: HttpStatus,
    /// An encoded `TimeStampResp`.
    pub body: Vec<u8>,
    /// The serial number of the token, when one is granted.
    pub serial: Option<SerialNumber>,
    /// What the account has left, where that is known.
    pub credits_remaining: Option<u64>,
    /// What this answer has cost, where somebody pays.
    pub credits_charged: Option<u64>,
    /// Whether it is for an account that only tries things out.
    pub is_sandbox: bool,
    /// Seconds after which a refused request may come again.
    pub retry_after: Option<u32>,
}

/// `TimeStampResp { status { rejection, failInfo systemFailure } }`: what is left to say when not
/// even a rejection can be encoded.
const BARE_SYSTEM_FAILURE: [u8; 14] = [
    0x30, 0x0c, 0x30, 0x0a, 0x02, 0x01, 0x02, 0x03, 0x05, 0x06, 0x00, 0x00, 0x00, 0x40,
];

impl Authority {
    /// Answers the body of a request. Always with a well-formed `TimeStampResp`.
    /// `idempotency_key` is the caller's name for this very request.
    pub async fn answer(
        self: &Arc<Self>,
        caller: &Caller,
        body: &[u8],
        idempotency_key: Option<&[u8]>,
    ) -> Answer {
        let stopwatch = Stopwatch::start();
        let granted = match self.grant(caller, body, idempotency_key).await {
            Ok(committed) => {
                committed.log(caller, stopwatch.elapsed());
                encode_grant(committed)
            }
            Err(rejection) => Err(rejection),
        };
        let answer = granted.unwrap_or_else(|rejection| refuse(&rejection));
        Answer {
            is_sandbox: caller.is_sandbox(),
            ..answer
        }
    }

    async fn grant(
        self: &Arc<Self>,
        caller: &Caller,
        body: &[u8],
        idempotency_key: Option<&[u8]>,
    ) -> Result<Committed, Rejection> {
        // 1. Not DER, or not a request.
        let request =
            TimeStampReq::from_der(body).map_err(|error| Rejection::unreadable(&error))?;
        // 2. Version, nonce, digest, policy, extensions.
        let admitted = self.admit(caller, request)?;
        // 3. A request that was granted before gets its token; the others go on one by one.
        let asked = self.accounts.ask(caller, body, idempotency_key, &admitted);
        let turn = match asked.await? {
            Asked::New(turn) => turn,
            Asked::Granted(committed) => return Ok(*committed),
        };
        // 4. A time that may be stamped.
        let reading = self
            .clock
            .read()
            .map_err(|fault| Rejection::time_not_available(&fault))?;
        // 5. One credit, set aside.
        let hold = self.accounts.hold(turn).await?;
        // 6. The token, signed and checked. Dropping the hold on failure gives the credit back.
        let token = self.issue(admitted, reading).await?;
        // 7. The commit point: from here on the token is issued and paid for. A crash before it
        //    leaves no token; a crash after it leaves one that can be had again.
        self.accounts.commit(hold, token, None).await
    }

    /// Accepts a request, by what is offered now to who asks.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        request: TimeStampReq,
    ) -> Result<Admitted, Rejection> {
        let offering = self.offering.get();
        let signers = match caller.is_sandbox() {
            false => Some(&offering.signers),
            true => offering.sandbox.as_ref(),
        };
        let nobody = || Rejection::system_failure("sandbox", "no [sandbox] is configured");
        signers.ok_or_else(nobody)?.admit(request)
    }

    /// Whether a request would be granted now, as far as can be said without one.
    ///
    /// # Errors
    /// The rejection it would get.
    pub fn readiness(&self) -> Result<(), Rejection> {
        let reading = self
            .clock
            .read()
            .map_err(|fault| Rejection::time_not_available(&fault))?;
        let offering = self.offering.get();
        let over = offering
            .signers
            .iter()
            .find(|offer| !offer.signer.is_valid_at(reading.time));
        if let Some(offer) = over {
            return Err(Rejection::certificate_over(offer.signer.not_after()));
        }
        for offer in offering.signers.iter() {
            if offer.signer.is_stopped() {
                return Err(Rejection::key_stopped());
            }
            let fault = |fault| Rejection::system_failure("signing", fault);
            offer.signer.signer().health().map_err(fault)?;
        }
        let fault = |fault| Rejection::system_failure("serial number", fault);
        self.serials.check(&reading).map_err(fault)
    }
}

impl From<Rejection> for Answer {
    fn from(rejection: Rejection) -> Self {
        refuse(&rejection)
    }
}

fn encode_grant(committed: Committed) -> Result<Answer, Rejection> {
    let reply = committed.into_reply();
    let body = TimeStampResp::granted(reply.token)
        .to_der()
        .map_err(|error| Rejection::system_failure("the response cannot be encoded", error))?;
    Ok(Answer {
        status: HttpStatus::OK,
        body,
        serial: Some(reply.serial),
        credits_remaining: reply.credits_remaining,
        credits_charged: reply.credits_charged,
        is_sandbox: false,
        retry_after: None,
    })
}

fn refuse(rejection: &Rejection) -> Answer {
    rejection.log();
    let response = TimeStampResp::rejection(rejection.status_info());
    let body = response
        .to_der()
        .unwrap_or_else(|_| BARE_SYSTEM_FAILURE.to_vec());
    Answer {
        status: rejection.http_status,
        body,
        serial: None,
        credits_remaining: rejection.credits_remaining,
        credits_charged: None,
        is_sandbox: false,
        retry_after: rejection.retry_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::PkiFailureInfo;

    #[test]
    fn the_bare_failure_says_system_failure() {
        let bare = TimeStampResp::from_der(&BARE_SYSTEM_FAILURE).unwrap();
        assert_eq!(bare.status.fail_info, Some(PkiFailureInfo::SYSTEM_FAILURE));
        assert!(!bare.status.status.is_granted());
    }
}
