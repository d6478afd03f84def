//! Who asks and who pays: the ledger's place in trip 1.
//!
//! The steps and their types are here; accounts are not. This authority serves everyone who can
//! reach it and charges nobody, and it says so at the start. What stays true when it charges: a
//! [`Hold`] comes before the token is made, is given back when it is dropped, and only
//! `Accounts::commit` turns hold and token into a [`Committed`], the one thing a reply is made
//! of.

use std::time::Duration;

use tsa_core::SerialNumber;

use super::Rejection;
use super::issue::CheckedToken;

/// Accounts of requesters.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Accounts;

/// Somebody who may ask for tokens.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    _private: (),
}

/// What one token costs, set aside until it is committed or dropped.
#[derive(Debug)]
#[expect(missing_copy_implementations, reason = "a hold is spent once")]
pub struct Hold {
    _private: (),
}

/// A token that is issued: stored and paid for.
#[derive(Debug)]
pub struct Committed {
    token: CheckedToken,
}

impl Caller {
    /// The account, for the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let Self { _private: () } = self;
        "anyone"
    }
}

impl Accounts {
    /// Accounts that everyone shares and nobody pays for.
    #[must_use]
    pub fn unmetered() -> Self {
        Self
    }

    /// Names the caller of a request before its body is read.
    ///
    /// # Errors
    /// None while everyone is served.
    pub fn identify(&self) -> Result<Caller, Rejection> {
        Ok(Caller { _private: () })
    }

    /// Sets the price of one token aside.
    ///
    /// # Errors
    /// None while nobody pays.
    #[expect(clippy::unused_async, reason = "a ledger answers later")]
    pub async fn hold(&self, caller: &Caller) -> Result<Hold, Rejection> {
        let Caller { _private: () } = caller;
        Ok(Hold { _private: () })
    }

    /// Issues the token. The serial number is durable already (see `serial`); there is nothing
    /// else to store yet.
    ///
    /// # Errors
    /// None while nothing is stored.
    #[expect(clippy::unused_async, reason = "a ledger answers later")]
    pub(super) async fn commit(
        &self,
        hold: Hold,
        token: CheckedToken,
    ) -> Result<Committed, Rejection> {
        let Hold { _private: () } = hold;
        Ok(Committed { token })
    }
}

impl Committed {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a caller will be more than a unit"
    )]
    pub(super) fn log(&self, caller: &Caller, latency: Duration) {
        self.token.log(caller.name(), latency);
    }

    pub(super) fn into_parts(self) -> (Vec<u8>, SerialNumber) {
        self.token.into_parts()
    }
}
