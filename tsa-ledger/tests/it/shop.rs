//! A ledger in a folder of its own, and a shop that sells nothing but numbers.

use std::path::Path;
use std::sync::Arc;

use tsa_ledger::account::Role;
use tsa_ledger::{
    AccountId, AccountName, Claimed, Credits, Hold, Ledger, LedgerError, NewToken, Place, Receipt,
    Refusal, RequestKeys, UnixMicros,
};

use super::postgres::Postgres;

/// When these tests begin.
pub(crate) const START: UnixMicros = UnixMicros(1_790_000_000_000_000);

/// What all tokens here are of, unless it is said otherwise.
pub(crate) const DIGEST: [u8; 32] = [0x5a; 32];

/// What the ledger is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Makes a test of each function for each of them.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::shop::Engine::Sqlite).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::shop::Engine::Postgres).await;
                }
            )+
        }
    };
}
pub(crate) use on_both;

pub(crate) struct Shop {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) place: Place,
    pub(crate) folder: Option<tempfile::TempDir>,
}

/// What a customer got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sold {
    New(Vec<u8>),
    Again(Vec<u8>),
}

impl Sold {
    pub(crate) fn token(&self) -> &[u8] {
        match self {
            Self::New(token) | Self::Again(token) => token,
        }
    }
}

impl Shop {
    pub(crate) async fn open(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = match engine {
            Engine::Sqlite => Place::File(folder.path().join("ledger.sqlite")),
            Engine::Postgres => new_database(),
        };
        Self {
            ledger: open(&place).await,
            place,
            folder: Some(folder),
        }
    }

    /// Another node on the same database.
    pub(crate) async fn other_node(&self) -> Self {
        Self {
            ledger: open(&self.place).await,
            place: self.place.clone(),
            folder: None,
        }
    }

    /// The file of a ledger that is one.
    pub(crate) fn file(&self) -> &Path {
        match &self.place {
            Place::File(file) => file,
            other => panic!("{other:?} is no file"),
        }
    }

    /// Closes the ledger and opens it again.
    pub(crate) async fn reopen(mut self) -> Self {
        self.ledger.close().await;
        let ledger = open(&self.place).await;
        Self {
            ledger,
            place: self.place.clone(),
            folder: self.folder.take(),
        }
    }

    pub(crate) async fn customer(&self, name: &str, credits: u64) -> AccountId {
        let granted = Credits::new(credits).unwrap();
        let account = self
            .ledger
            .create_account(&named(name), Role::Customer, granted, START)
            .await;
        account.unwrap().id
    }

    pub(crate) async fn balance(&self, name: &str) -> u64 {
        self.ledger
            .account(&named(name))
            .await
            .unwrap()
            .balance
            .get()
    }

    pub(crate) async fn hold(&self, keys: RequestKeys, at: UnixMicros) -> Result<Hold, Refusal> {
        let Claimed::New(claim) = self.ledger.claim(keys, at).await.map_err(refusal)? else {
            panic!("granted before");
        };
        self.ledger
            .hold(claim, Credits::ONE, at)
            .await
            .map_err(refusal)
    }

    /// The whole way of a request.
    pub(crate) async fn buy(&self, keys: RequestKeys, at: UnixMicros) -> Result<Sold, Refusal> {
        let claim = match self.ledger.claim(keys, at).await.map_err(refusal)? {
            Claimed::Stored(stored) => return Ok(Sold::Again(stored.token)),
            Claimed::New(claim) => claim,
        };
        let hold = self.ledger.hold(claim, Credits::ONE, at).await;
        let hold = hold.map_err(refusal)?;
        let receipt = self.commit(hold, token(at), at).await?;
        match receipt.is_new {
            true => Ok(Sold::New(receipt.token)),
            false => Ok(Sold::Again(receipt.token)),
        }
    }

    pub(crate) async fn commit(
        &self,
        hold: Hold,
        token: NewToken,
        at: UnixMicros,
    ) -> Result<Receipt, Refusal> {
        let committed = self.ledger.commit(hold, token, at).await;
        committed.map_err(refusal)
    }

    /// Everything adds up.
    pub(crate) async fn must_be_sound(&self) {
        let audit = self.ledger.audit(|_| None).await.unwrap();
        assert!(audit.is_sound(), "{audit:?}");
    }
}

async fn open(place: &Place) -> Arc<Ledger> {
    Arc::new(Ledger::open(place.clone(), START).await.unwrap().0)
}

/// An empty database of the one server of these tests.
pub(crate) fn new_database() -> Place {
    Place::Postgres(Postgres::of_all().database())
}

pub(crate) fn named(name: &str) -> AccountName {
    name.parse().unwrap()
}

pub(crate) fn refusal(error: LedgerError) -> Refusal {
    match error {
        LedgerError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Numbers, so that no two tokens are the same.
pub(crate) fn token(at: UnixMicros) -> NewToken {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    NewToken {
        serial: number.to_vec(),
        algorithm: "sha256",
        digest: DIGEST.to_vec(),
        name: None,
        gen_time: at,
        token: [b"token ", &[0x77; 100][..], &number[..]].concat(),
        shared: Some(6..106),
    }
}

/// A request with a nonce that makes it the only one of its bytes.
pub(crate) fn request(account: AccountId, number: u64) -> RequestKeys {
    RequestKeys::new(account, &number.to_be_bytes(), None, true)
}

/// A request with an idempotency key and no such nonce.
pub(crate) fn keyed(account: AccountId, number: u64, key: &str) -> RequestKeys {
    let body = number.to_be_bytes();
    RequestKeys::new(account, &body, Some(key.as_bytes()), false)
}

/// A request that may be meant twice.
pub(crate) fn plain(account: AccountId, number: u64) -> RequestKeys {
    RequestKeys::new(account, &number.to_be_bytes(), None, false)
}
