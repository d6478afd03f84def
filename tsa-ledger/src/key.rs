//! API keys: 256 random bits, shown once, kept as their SHA-256; scoped, expiring, revocable.
//!
//! No slow hash is needed: what cannot be guessed need not be guarded against guessing.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ring::rand::{SecureRandom, SystemRandom};
use sqlx::Row as _;

use crate::claim::sha256;
use crate::ledger::Ledger;
use crate::refusal::{During, LedgerError, Refusal, StoreFault, damaged};
use crate::store::Row;
use crate::types::{AccountId, AccountName, UnixMicros};

const PREFIX: &str = "tsa_";

/// How long what is known of a key is believed, in microseconds: a revoked key is refused so soon.
const BELIEVED_MICROS: i64 = UnixMicros::SECOND;

/// Keys remembered at a time.
const REMEMBERED: usize = 100_000;

/// A key as its owner has it. Its `Debug` form tells nothing.
#[derive(Clone)]
#[expect(
    missing_copy_implementations,
    reason = "a secret is not spread by accident"
)]
pub struct ApiKey([u8; 32]);

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything its account may do.
    All,
    /// Asking for tokens.
    Stamp,
    /// Reading balance, statement and tokens.
    Read,
}

/// Somebody who has shown a key.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: Arc<str>,
    /// Whether a test authority makes its tokens.
    pub is_sandbox: bool,
}

/// A key as the operator sees it.
#[derive(Clone, Copy, Debug)]
pub struct KeyInfo {
    /// Its number, by which it is revoked.
    pub id: i64,
    /// What it may be used for.
    pub scope: Scope,
    /// When it was made.
    pub created_at: UnixMicros,
    /// From when on it is not taken any more.
    pub expires_at: Option<UnixMicros>,
    /// When it was revoked.
    pub revoked_at: Option<UnixMicros>,
}

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn random() -> Result<Self, StoreFault> {
        let mut secret = [0; 32];
        let filled = SystemRandom::new().fill(&mut secret);
        filled.map_err(|_| StoreFault::new("making a key", "no random numbers"))?;
        Ok(Self(secret))
    }

    /// The key as its owner must keep it: the only time that it is shown.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", base16ct::lower::encode_string(&self.0))
    }

    /// Reads what somebody offers as a key; `None` when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut secret = [0; 32];
        let read = base16ct::lower::decode(text.strip_prefix(PREFIX)?, &mut secret).ok()?;
        (read.len() == 32).then_some(Self(secret))
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(&[&self.0])
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl Scope {
    /// Every scope, for lists of choices.
    pub const EACH: [Self; 3] = [Self::All, Self::Stamp, Self::Read];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Stamp => "stamp",
            Self::Read => "read",
        }
    }

    fn covers(self, needed: Self) -> bool {
        self == Self::All || self == needed
    }

    fn from_stored(name: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|scope| scope.name() == name)
    }
}

impl std::str::FromStr for Scope {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_stored(name).ok_or("a scope is one of all, stamp, read")
    }
}

/// What was read of a key, and when.
#[derive(Clone, Debug)]
struct Known {
    holder: Holder,
    scope: Scope,
    expires_at: Option<UnixMicros>,
    is_revoked: bool,
    read_at: UnixMicros,
}

/// Keys that were shown lately.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<HashMap<[u8; 32], Known>>);

impl KeyCache {
    fn find(&self, hash: &[u8; 32], now: UnixMicros) -> Option<Known> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys.get(hash)?;
        let age = now.0.abs_diff(known.read_at.0);
        (age < BELIEVED_MICROS.unsigned_abs()).then(|| known.clone())
    }

    fn insert(&self, hash: [u8; 32], known: Known) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= REMEMBERED {
            keys.clear();
        }
        keys.insert(hash, known);
    }
}

impl Ledger {
    /// Names who shows a key. `account` is who they say they are, where they say it.
    ///
    /// # Errors
    /// [`Refusal::UnknownKey`], [`Refusal::RevokedKey`], [`Refusal::ExpiredKey`],
    /// [`Refusal::OtherAccount`], [`Refusal::OutOfScope`], or the store cannot be read.
    pub async fn authenticate(
        &self,
        key: &str,
        account: Option<&str>,
        needed: Scope,
        now: UnixMicros,
    ) -> Result<Holder, LedgerError> {
        let hash = ApiKey::parse(key).ok_or(Refusal::UnknownKey)?.hash();
        let known = match self.key_cache().find(&hash, now) {
            Some(known) => known,
            None => {
                let known = self.read_key(&hash, now).await?;
                let known = known.ok_or(Refusal::UnknownKey)?;
                self.key_cache().insert(hash, known.clone());
                known
            }
        };
        if known.is_revoked {
            return Err(Refusal::RevokedKey.into());
        }
        if known.expires_at.is_some_and(|end| end <= now) {
            return Err(Refusal::ExpiredKey.into());
        }
        if account.is_some_and(|account| account != &*known.holder.name) {
            return Err(Refusal::OtherAccount.into());
        }
        if !known.scope.covers(needed) {
            return Err(Refusal::OutOfScope.into());
        }
        Ok(known.holder)
    }

    async fn read_key(
        &self,
        hash: &[u8; 32],
        now: UnixMicros,
    ) -> Result<Option<Known>, StoreFault> {
        let row = sqlx::query(
            "SELECT account.id, account.name, scope, expires_at, revoked_at, sandbox \
             FROM api_key JOIN account ON account.id = api_key.account WHERE secret_hash = $1",
        )
        .bind(&hash[..])
        .fetch_optional(&self.store().pool)
        .await
        .during("looking for a key")?;
        let Some(row) = row else {
            return Ok(None);
        };
        let read = || -> Result<_, sqlx::Error> {
            let holder = Holder {
                account: AccountId(row.try_get(0)?),
                name: row.try_get::<String, _>(1)?.into(),
                is_sandbox: row.try_get::<i64, _>(5)? == 1,
            };
            Ok((
                holder,
                row.try_get::<String, _>(2)?,
                row.try_get(3)?,
                row.try_get(4)?,
            ))
        };
        let (holder, scope, expires_at, revoked_at): (_, _, Option<i64>, Option<i64>) =
            read().during("reading a key")?;
        Ok(Some(Known {
            holder,
            scope: Scope::from_stored(&scope).ok_or_else(|| damaged("a scope"))?,
            expires_at: expires_at.map(UnixMicros),
            is_revoked: revoked_at.is_some(),
            read_at: now,
        }))
    }

    /// Gives an account a key.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], or the store cannot be written.
    pub async fn add_key(
        &self,
        account: &AccountName,
        scope: Scope,
        expires_at: Option<UnixMicros>,
        now: UnixMicros,
    ) -> Result<ApiKey, LedgerError> {
        let account = self.account(account).await?.id;
        let key = ApiKey::random()?;
        sqlx::query(
            "INSERT INTO api_key (account, secret_hash, scope, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(account.0)
        .bind(&key.hash()[..])
        .bind(scope.name())
        .bind(now.0)
        .bind(expires_at.map(|end| end.0))
        .execute(&self.store().pool)
        .await
        .during("adding a key")?;
        Ok(key)
    }

    /// The keys of an account, the oldest first.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], or the store cannot be read.
    pub async fn keys(&self, account: &AccountName) -> Result<Vec<KeyInfo>, LedgerError> {
        let account = self.account(account).await?.id;
        let rows = sqlx::query(
            "SELECT id, scope, created_at, expires_at, revoked_at FROM api_key \
             WHERE account = $1 ORDER BY id",
        )
        .bind(account.0)
        .fetch_all(&self.store().pool)
        .await
        .during("reading keys")?;
        Ok(rows.iter().map(key_info).collect::<Result<_, _>>()?)
    }

    /// Revokes a key of an account, from within a second on. Once is enough.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], [`Refusal::UnknownKey`], or the store cannot be written.
    pub async fn revoke_key(
        &self,
        account: &AccountName,
        id: i64,
        now: UnixMicros,
    ) -> Result<(), LedgerError> {
        let account = self.account(account).await?.id;
        let done = sqlx::query(
            "UPDATE api_key SET revoked_at = coalesce(revoked_at, $1) \
             WHERE id = $2 AND account = $3",
        )
        .bind(now.0)
        .bind(id)
        .bind(account.0)
        .execute(&self.store().pool)
        .await
        .during("revoking a key")?;
        match done.rows_affected() {
            1 => Ok(()),
            _ => Err(Refusal::UnknownKey.into()),
        }
    }
}

fn key_info(row: &Row) -> Result<KeyInfo, StoreFault> {
    let scope: String = row.try_get(1).during("reading a key")?;
    let time = |column: usize| -> Result<Option<UnixMicros>, StoreFault> {
        let micros: Option<i64> = row.try_get(column).during("reading a key")?;
        Ok(micros.map(UnixMicros))
    };
    Ok(KeyInfo {
        id: row.try_get(0).during("reading a key")?,
        scope: Scope::from_stored(&scope).ok_or_else(|| damaged("a scope"))?,
        created_at: time(2)?.unwrap_or_default(),
        expires_at: time(3)?,
        revoked_at: time(4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_shown_and_never_seen_otherwise() {
        let key = ApiKey::random().unwrap();
        let shown = key.reveal();
        assert_eq!(shown.len(), 68);
        assert_eq!(ApiKey::parse(&shown).unwrap().hash(), key.hash());
        assert_eq!(format!("{key:?}"), "ApiKey(…)");
        for bad in ["", "tsa_", "tsa_00", &shown[4..], &shown.to_uppercase()] {
            assert!(ApiKey::parse(bad).is_none(), "{bad}");
        }
    }
}
