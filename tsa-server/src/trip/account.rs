//! Who asks and who pays: the ledger's place in trip 1.
//!
//! A [`Caller`] is named before the request is read; a request that was granted before gets its
//! token again ([`Asked::Granted`]); a [`Hold`] comes before the token is made and is given back
//! when it is dropped; and only `Accounts::commit` turns hold and token into a [`Committed`], the
//! one thing a reply is made of. What credits are, and how they are kept, is `tsa-ledger`'s.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tsa_core::SerialNumber;
use tsa_ledger::key::{Holder, Scope};
use tsa_ledger::{
    AccountId, Claim, Claimed, Credits, Ledger, LedgerError, Refusal, RequestKeys, StoredToken,
};

use super::issue::{CheckedToken, Issued};
use super::{Admitted, Rejection};
use crate::clock::wall_micros;
use crate::rate::Rates;

/// What a token costs.
const PRICE: Credits = Credits::ONE;

/// Octets of a nonce that no two requests share by chance.
const NONCE_BYTES_UNIQUE: usize = 8;

/// Accounts of requesters.
#[derive(Debug)]
pub struct Accounts(Option<Metered>);

#[derive(Debug)]
struct Metered {
    ledger: Arc<Ledger>,
    anonymous: Option<Anonymous>,
    rates: Rates,
}

/// The account of those who show no key.
#[derive(Clone, Debug)]
pub struct Anonymous {
    /// The account that is charged.
    pub account: AccountId,
    /// Its name.
    pub name: Arc<str>,
    /// Whether it serves only this machine.
    pub is_loopback_only: bool,
    /// Whether a test authority makes its tokens.
    pub is_sandbox: bool,
}

/// What a request shows of who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A key, and the account where it is named.
    Key {
        /// The account.
        account: Option<String>,
        /// The key.
        key: String,
    },
    /// Something that is no credentials.
    Unreadable,
}

/// Somebody who may ask for tokens.
#[derive(Clone, Debug)]
pub struct Caller {
    account: Option<AccountId>,
    name: Arc<str>,
    is_sandbox: bool,
}

/// What a request finds.
#[derive(Debug)]
pub enum Asked {
    /// It is new.
    New(Turn),
    /// It was granted before, and costs nothing now.
    Granted(Box<Committed>),
}

/// The right to make the token of a request: nobody else is at it.
#[derive(Debug)]
pub struct Turn(Option<Claim>);

/// What one token costs, set aside until it is committed or dropped.
#[derive(Debug)]
pub struct Hold(Option<tsa_ledger::Hold>);

/// A token that is issued: stored and paid for.
#[derive(Debug)]
pub struct Committed {
    token: Vec<u8>,
    serial: SerialNumber,
    credits_remaining: Option<u64>,
    /// `None` where nobody pays.
    credits_charged: Option<u64>,
    /// `None` when it was issued before.
    issued: Option<Issued>,
}

/// What a reply is made of.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) token: Vec<u8>,
    pub(super) serial: SerialNumber,
    pub(super) credits_remaining: Option<u64>,
    pub(super) credits_charged: Option<u64>,
}

impl Caller {
    /// The account, for the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a test authority makes its tokens.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.is_sandbox
    }

    /// Its account, where there are accounts.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.account
    }
}

impl From<&Holder> for Caller {
    fn from(holder: &Holder) -> Self {
        Self {
            account: Some(holder.account),
            name: Arc::clone(&holder.name),
            is_sandbox: holder.is_sandbox,
        }
    }
}

impl Accounts {
    /// Accounts that everyone shares and nobody pays for: to measure the rest.
    #[must_use]
    pub fn unmetered() -> Self {
        Self(None)
    }

    /// Accounts of a ledger.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>, anonymous: Option<Anonymous>, rates: Rates) -> Self {
        Self(Some(Metered {
            ledger,
            anonymous,
            rates,
        }))
    }

    /// Names the caller of a request. `peer` is where the request comes from.
    ///
    /// # Errors
    /// 401 or 429.
    pub async fn identify(
        &self,
        credentials: &Credentials,
        peer: Option<IpAddr>,
    ) -> Result<Caller, Rejection> {
        let Some(Metered {
            ledger,
            anonymous,
            rates,
        }) = &self.0
        else {
            return Ok(Caller {
                account: None,
                name: "anyone".into(),
                is_sandbox: false,
            });
        };
        let caller = match credentials {
            Credentials::Unreadable => return Err(Rejection::unauthorized(UNREADABLE)),
            Credentials::None => {
                let is_near = peer.is_some_and(|peer| peer.to_canonical().is_loopback());
                let anonymous = anonymous.as_ref();
                let anonymous = anonymous.filter(|it| is_near || !it.is_loopback_only);
                let anonymous = anonymous.ok_or_else(|| Rejection::unauthorized(NO_KEY))?;
                Caller {
                    account: Some(anonymous.account),
                    name: Arc::clone(&anonymous.name),
                    is_sandbox: anonymous.is_sandbox,
                }
            }
            Credentials::Key { account, key } => {
                let holder =
                    ledger.authenticate(key, account.as_deref(), Scope::Stamp, wall_micros());
                let holder = holder.await.map_err(|error| refused(&error))?;
                Caller::from(&holder)
            }
        };
        let admitted = caller
            .account
            .map_or(Ok(()), |it| rates.admit(it, wall_micros));
        admitted.map_err(Rejection::too_fast)?;
        Ok(caller)
    }

    /// The ledger, where somebody pays.
    pub(crate) fn ledger(&self) -> Option<&Arc<Ledger>> {
        self.0.as_ref().map(|metered| &metered.ledger)
    }

    /// Counts a request of an account that was named elsewhere.
    ///
    /// # Errors
    /// The seconds after which it may come again.
    pub(crate) fn admit(&self, account: AccountId) -> Result<(), u32> {
        match &self.0 {
            Some(metered) => metered.rates.admit(account, wall_micros),
            None => Ok(()),
        }
    }

    /// Takes the turn for a request that was admitted, or finds the token it was granted before.
    /// Waits while another request that is the same is under way.
    ///
    /// # Errors
    /// 422 when the idempotency key belongs to another request, or systemFailure.
    pub(super) async fn ask(
        &self,
        caller: &Caller,
        body: &[u8],
        idempotency_key: Option<&[u8]>,
        admitted: &Admitted,
    ) -> Result<Asked, Rejection> {
        let (Some(Metered { ledger, .. }), Some(account)) = (&self.0, caller.account) else {
            return Ok(Asked::New(Turn(None)));
        };
        let nonce_bytes = admitted.nonce.as_ref().map_or(0, |it| it.content().len());
        let is_unique = nonce_bytes >= NONCE_BYTES_UNIQUE;
        let keys = RequestKeys::new(account, body, idempotency_key, is_unique);
        Self::claim(ledger, account, keys).await
    }

    /// Takes the turn for a digest of an account, or finds the token it was granted before.
    ///
    /// # Errors
    /// systemFailure.
    pub(super) async fn ask_again(&self, keys: RequestKeys) -> Result<Asked, Rejection> {
        match &self.0 {
            Some(Metered { ledger, .. }) => Self::claim(ledger, keys.account(), keys).await,
            None => Ok(Asked::New(Turn(None))),
        }
    }

    async fn claim(
        ledger: &Ledger,
        account: AccountId,
        keys: RequestKeys,
    ) -> Result<Asked, Rejection> {
        match ledger.claim(keys, wall_micros()).await {
            Ok(Claimed::New(claim)) => Ok(Asked::New(Turn(Some(claim)))),
            Ok(Claimed::Stored(stored)) => {
                let remaining = ledger.fresh_balance(account).await;
                let remaining = remaining.map_err(|fault| store_failure(&fault))?;
                granted_before(stored, remaining)
                    .map(|committed| Asked::Granted(Box::new(committed)))
            }
            Err(error) => Err(refused(&error)),
        }
    }

    /// Sets the price of one token aside.
    ///
    /// # Errors
    /// 402, or systemFailure.
    pub async fn hold(&self, turn: Turn) -> Result<Hold, Rejection> {
        let (Some(Metered { ledger, .. }), Some(claim)) = (&self.0, turn.0) else {
            return Ok(Hold(None));
        };
        let held = ledger.hold(claim, PRICE, wall_micros()).await;
        held.map(|hold| Hold(Some(hold)))
            .map_err(|error| refused(&error))
    }

    /// Issues the token: one transaction takes the credit and records the token.
    ///
    /// # Errors
    /// 402 when the credit went elsewhere after all, or systemFailure; nothing was taken then.
    pub(super) async fn commit(
        &self,
        hold: Hold,
        token: CheckedToken,
        name: Option<String>,
    ) -> Result<Committed, Rejection> {
        let (mut token, issued) = token.into_record();
        token.name = name;
        let serial = issued.serial().clone();
        let (Some(Metered { ledger, .. }), Some(hold)) = (&self.0, hold.0) else {
            return Ok(Committed {
                token: token.token,
                serial,
                credits_remaining: None,
                credits_charged: None,
                issued: Some(issued),
            });
        };
        let receipt = ledger.commit(hold, token, wall_micros()).await;
        let receipt = receipt.map_err(|error| refused(&error))?;
        let serial = match receipt.is_new {
            true => Some(serial),
            // Another node was first to grant the same request.
            false => SerialNumber::from_unsigned(&receipt.serial),
        };
        let damaged = || Rejection::system_failure("ledger", "a serial number is damaged");
        Ok(Committed {
            token: receipt.token,
            serial: serial.ok_or_else(damaged)?,
            credits_remaining: Some(receipt.balance.get()),
            credits_charged: Some(if receipt.is_new { PRICE.get() } else { 0 }),
            issued: receipt.is_new.then_some(issued),
        })
    }
}

impl Committed {
    pub(super) fn log(&self, caller: &Caller, latency: Duration) {
        match &self.issued {
            Some(issued) => issued.log(caller.name(), latency),
            None => {
                let (serial, account) = (&self.serial, caller.name());
                tracing::info!(target: "tsa::token", %serial, account, "given again");
            }
        }
    }

    pub(super) fn into_reply(self) -> Reply {
        Reply {
            token: self.token,
            serial: self.serial,
            credits_remaining: self.credits_remaining,
            credits_charged: self.credits_charged,
        }
    }
}

const NO_KEY: &str = "an API key is needed: send it as `Authorization: Bearer KEY`";
const UNREADABLE: &str =
    "one Authorization header is read, `Bearer KEY` or `Basic` with account:KEY";

fn granted_before(stored: StoredToken, remaining: Credits) -> Result<Committed, Rejection> {
    let serial = SerialNumber::from_unsigned(&stored.serial);
    let damaged = || Rejection::system_failure("ledger", "a serial number is damaged");
    Ok(Committed {
        token: stored.token,
        serial: serial.ok_or_else(damaged)?,
        credits_remaining: Some(remaining.get()),
        credits_charged: Some(0),
        issued: None,
    })
}

/// What the ledger refuses, as the protocol says it.
pub(crate) fn refused(error: &LedgerError) -> Rejection {
    match error {
        LedgerError::Refused(refusal) => match refusal {
            Refusal::KeyBound => Rejection::key_bound(),
            Refusal::NoCredits { balance, .. } => Rejection::no_credits(balance.get()),
            Refusal::UnknownKey
            | Refusal::RevokedKey
            | Refusal::ExpiredKey
            | Refusal::OtherAccount
            | Refusal::OutOfScope => Rejection::unauthorized(refusal.to_string()),
            other => Rejection::system_failure("ledger", other),
        },
        LedgerError::Store(fault) => store_failure(fault),
        other => Rejection::system_failure("ledger", other),
    }
}

fn store_failure(fault: &tsa_ledger::StoreFault) -> Rejection {
    Rejection::system_failure("ledger", fault)
}
