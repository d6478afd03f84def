//! Why the ledger says no, in order of precedence, and what it is when it cannot say anything.

use sqlx::error::ErrorKind;

use crate::types::Credits;

/// A request that the ledger refuses. Where several apply, the one that stands first here is the
/// answer: the order of the variants is the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No account has this key.
    #[error("the API key is not known")]
    UnknownKey,
    /// The key was revoked.
    #[error("the API key was revoked")]
    RevokedKey,
    /// The key's time is over.
    #[error("the API key has expired")]
    ExpiredKey,
    /// The key belongs to an account other than the one named with it.
    #[error("the API key does not belong to the account that was named")]
    OtherAccount,
    /// The key may not be used for this.
    #[error("the API key may not be used for this")]
    OutOfScope,
    /// No account has this name.
    #[error("there is no such account")]
    UnknownAccount,
    /// An account has this name already.
    #[error("there is an account of this name already")]
    NameTaken,
    /// The idempotency key belongs to an earlier request that was granted, and that was another.
    #[error("the idempotency key was used with another request")]
    KeyBound,
    /// The account has as many of these as it may have.
    #[error("no more than {most} of these are kept for an account")]
    TooMany {
        /// How many.
        most: u32,
    },
    /// Not enough credits: nothing was set aside.
    #[error("no credits: this costs {needed}, the balance is {balance}")]
    NoCredits {
        /// What it costs.
        needed: Credits,
        /// What is there and not set aside for something else.
        balance: Credits,
    },
    /// The hold was given back because nothing came of it in time.
    #[error("the credits were set aside for too long and given back")]
    HoldExpired,
    /// An account can be given no more, or a correction takes more than is there.
    #[error("the balance would be below 0 or above {}", Credits::MAX)]
    OutOfRange,
}

/// The store cannot be read or written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("the ledger's store: {what}: {error}")]
pub struct StoreFault {
    what: &'static str,
    error: Box<dyn std::error::Error + Send + Sync>,
    is_constraint: bool,
}

impl StoreFault {
    pub(crate) fn new(
        what: &'static str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            what,
            error: error.into(),
            is_constraint: false,
        }
    }

    /// Whether the database can be written, and what was to be written was wrong.
    pub(crate) fn is_constraint(&self) -> bool {
        self.is_constraint
    }
}

/// The ledger did not do what was asked; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It must not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It cannot.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Names what was being done when the store failed.
pub(crate) trait During<T> {
    fn during(self, what: &'static str) -> Result<T, StoreFault>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, what: &'static str) -> Result<T, StoreFault> {
        self.map_err(|error| {
            let database = error.as_database_error();
            let is_constraint = database.is_some_and(|error| error.kind() != ErrorKind::Other);
            let fault = StoreFault::new(what, error);
            StoreFault {
                is_constraint,
                ..fault
            }
        })
    }
}

/// A stored value that cannot be: somebody wrote past this program.
pub(crate) fn damaged(what: &'static str) -> StoreFault {
    StoreFault::new(what, "the stored value is damaged; `audit` says more")
}
