//! A digest becomes a token, without a request of RFC 3161 around it.
//!
//! The same trip from its second step on: what is asked is an [`Admitted`], and what makes it the
//! same as an earlier request is said by the one who asks ([`Sameness`]). The certificates always
//! go into such a token, so that it can be judged on its own.

use std::sync::Arc;

use tsa_core::{GenTime, SerialNumber, TimeStampReq};
use tsa_ledger::{AccountId, RequestKeys};

use super::account::{Asked, Caller};
use super::{Admitted, Authority, Rejection};
use crate::clock::Stopwatch;
use crate::digest::digest;

/// What makes a digest the same request as an earlier one.
#[derive(Clone, Copy, Debug)]
pub enum Sameness<'a> {
    /// The digest itself: an account needs one token of one signer for it.
    Digest,
    /// A place in a batch with a name: a new token is wanted, once.
    Place {
        /// The name of the batch.
        key: &'a [u8],
        /// The place.
        index: u32,
    },
    /// Nothing: a new token is wanted each time.
    Nothing,
}

/// A token for a digest.
#[derive(Debug)]
pub struct Granted {
    /// Its bytes.
    pub token: Vec<u8>,
    /// Its serial number.
    pub serial: SerialNumber,
    /// What it has cost now.
    pub credits_charged: u64,
    /// What the account has left.
    pub credits_remaining: u64,
}

impl Authority {
    /// Accepts a digest or says what is wrong with it.
    ///
    /// # Errors
    /// The one rejection that is right.
    pub fn admit_digest(
        &self,
        caller: &Caller,
        request: TimeStampReq,
    ) -> Result<Admitted, Rejection> {
        self.admit(caller, request.with_cert_req(true))
    }

    /// Makes a token for a digest, or finds the one that it was granted before.
    ///
    /// # Errors
    /// The rejection; nothing was charged then.
    pub async fn stamp_digest(
        self: &Arc<Self>,
        caller: &Caller,
        admitted: Admitted,
        name: Option<String>,
        sameness: Sameness<'_>,
    ) -> Result<Granted, Rejection> {
        let stopwatch = Stopwatch::start();
        let account = caller
            .account()
            .ok_or_else(|| Rejection::system_failure("ledger", "nobody pays here"))?;
        let keys = request_keys(account, &admitted, sameness);
        let committed = match self.accounts.ask_again(keys).await? {
            Asked::Granted(committed) => *committed,
            Asked::New(turn) => {
                let reading = self.clock.read();
                let reading = reading.map_err(|fault| Rejection::time_not_available(&fault))?;
                let hold = self.accounts.hold(turn).await?;
                let token = self.issue(admitted, reading).await?;
                self.accounts.commit(hold, token, name).await?
            }
        };
        committed.log(caller, stopwatch.elapsed());
        let reply = committed.into_reply();
        Ok(Granted {
            token: reply.token,
            serial: reply.serial,
            credits_charged: reply.credits_charged.unwrap_or_default(),
            credits_remaining: reply.credits_remaining.unwrap_or_default(),
        })
    }

    /// What time it is, for questions about tokens that are there.
    pub(crate) fn now(&self) -> Result<GenTime, Rejection> {
        let reading = self.clock.read();
        let reading = reading.map_err(|fault| Rejection::time_not_available(&fault))?;
        Ok(reading.time)
    }
}

/// The names under which a digest is the same request as another.
pub(super) fn request_keys(
    account: AccountId,
    admitted: &Admitted,
    sameness: Sameness<'_>,
) -> RequestKeys {
    let imprint = &admitted.imprint;
    let algorithm = imprint.hash_algorithm.algorithm.to_string();
    let policy = admitted.offer.policy.to_string();
    let (algorithm, policy) = (algorithm.as_bytes(), policy.as_bytes());
    let hashed = imprint.hashed_message.as_slice();
    match sameness {
        Sameness::Digest => {
            // A token of an earlier certificate may be over when one of this one is not.
            let signer = admitted.offer.signer.certificates().first();
            let signer = signer.map(Vec::as_slice).unwrap_or_default();
            let signer = digest(tsa_core::DigestAlgorithm::Sha256, signer).unwrap_or_default();
            let name = [b"digest".as_slice(), &signer, policy, algorithm, hashed];
            RequestKeys::part(account, &name)
        }
        Sameness::Place { key, index } => {
            let index = index.to_be_bytes();
            let name = [b"place".as_slice(), key, &index, policy, algorithm, hashed];
            RequestKeys::part(account, &name)
        }
        Sameness::Nothing => RequestKeys::new(account, &[], None, false),
    }
}
