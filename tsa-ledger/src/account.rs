//! Accounts: who has credits, who may do what, and how credits come and go without a token.

use sqlx::Row as _;

use crate::ledger::Ledger;
use crate::refusal::{During, LedgerError, Refusal, StoreFault, damaged};
use crate::store::{Connection, Database, Row};
use crate::types::{AccountId, AccountName, Credits, UnixMicros};
use crate::webhook::{self, Event, EventKind};

/// The account that credits come from.
pub(crate) const ISSUE: i64 = 1;

/// What an account may do besides spending its credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing else.
    Customer,
    /// See to the accounts of others.
    Operator,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// What it has.
    pub balance: Credits,
    /// What it was given, less what was taken back.
    pub granted: Credits,
    /// What its tokens have cost.
    pub spent: Credits,
    /// The balance at which its owner wants to be told.
    pub low_balance: Credits,
    /// Whether a test authority makes its tokens.
    pub is_sandbox: bool,
}

/// Why credits move without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Given: paid for, or a present.
    Grant,
    /// Given back to the account, to set an error right.
    CorrectUp,
    /// Taken from the account, to set an error right.
    CorrectDown,
}

const COLUMNS: &str = "SELECT id, name, role, credited, debited, low_balance, \
    CAST((SELECT coalesce(sum(credits), 0) FROM posting \
          WHERE debit_account = account.id AND reason = 'correction') AS BIGINT), sandbox \
    FROM account \
    WHERE role IN ('customer', 'operator')";

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Operator => "operator",
        }
    }
}

impl Ledger {
    /// Makes an account and gives it credits.
    ///
    /// # Errors
    /// [`Refusal::NameTaken`], or the store cannot be written.
    pub async fn create_account(
        &self,
        name: &AccountName,
        role: Role,
        granted: Credits,
        now: UnixMicros,
    ) -> Result<Account, LedgerError> {
        let mut transaction = self.store().begin().await?;
        let made = sqlx::query(
            "INSERT INTO account (name, role, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO NOTHING RETURNING id",
        )
        .bind(name.as_str())
        .bind(role.name())
        .bind(now.0)
        .fetch_optional(&mut *transaction)
        .await
        .during("making an account")?;
        let row = made.ok_or(Refusal::NameTaken)?;
        let id = AccountId(row.try_get(0).during("making an account")?);
        if granted > Credits::ZERO {
            let words = Some("account created");
            post(&mut transaction, id, granted, Movement::Grant, words, now).await?;
        }
        transaction.commit().await.during("making an account")?;
        self.account(name).await
    }

    /// Has a test authority make an account's tokens, from the first one on.
    ///
    /// # Errors
    /// [`Refusal::OutOfRange`] when it has tokens, [`Refusal::UnknownAccount`], or the store cannot
    /// be written.
    pub async fn make_sandbox(&self, name: &AccountName) -> Result<(), LedgerError> {
        let id = self.account(name).await?.id;
        let done = sqlx::query(
            "UPDATE account SET sandbox = 1 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM token WHERE token.account = $1)",
        )
        .bind(id.0)
        .execute(&self.store().pool)
        .await
        .during("making a sandbox")?;
        match done.rows_affected() {
            1 => Ok(()),
            _ => Err(Refusal::OutOfRange.into()),
        }
    }

    /// The account of this name.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], or the store cannot be read.
    pub async fn account(&self, name: &AccountName) -> Result<Account, LedgerError> {
        let sql = format!("{COLUMNS} AND name = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(name.as_str())
            .fetch_optional(&self.store().pool)
            .await
            .during("reading an account")?;
        Ok(read(&row.ok_or(Refusal::UnknownAccount)?)?)
    }

    /// The name of an account.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], or the store cannot be read.
    pub async fn account_name(&self, account: AccountId) -> Result<String, LedgerError> {
        let row = sqlx::query("SELECT name FROM account WHERE id = $1")
            .bind(account.0)
            .fetch_optional(&self.store().pool)
            .await
            .during("reading an account")?;
        let row = row.ok_or(Refusal::UnknownAccount)?;
        Ok(row.try_get(0).during("reading an account")?)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreFault> {
        let sql = format!("{COLUMNS} ORDER BY name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&self.store().pool)
            .await
            .during("reading accounts")?;
        rows.iter().map(read).collect()
    }

    /// Moves credits without a token; `reference` says on what grounds. The balance after it.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], [`Refusal::OutOfRange`], or the store cannot be written.
    pub async fn move_credits(
        &self,
        name: &AccountName,
        credits: Credits,
        movement: Movement,
        reference: Option<&str>,
        now: UnixMicros,
    ) -> Result<Credits, LedgerError> {
        let id = self.account(name).await?.id;
        if credits > Credits::ZERO {
            let mut transaction = self.store().begin().await?;
            let balance = post(&mut transaction, id, credits, movement, reference, now).await?;
            if movement != Movement::CorrectDown {
                let event = Event {
                    kind: EventKind::TopUp,
                    credits,
                    balance,
                    detail: reference.map(str::to_owned),
                    at: now,
                };
                webhook::enqueue(&mut transaction, id, &event).await?;
            }
            transaction.commit().await.during("moving credits")?;
        }
        Ok(self.fresh_balance(id).await?)
    }

    /// Sets the balance at which the owner wants to be told.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], or the store cannot be written.
    pub async fn set_low_balance(
        &self,
        name: &AccountName,
        low_balance: Credits,
    ) -> Result<(), LedgerError> {
        let done = sqlx::query(
            "UPDATE account SET low_balance = $1 \
             WHERE name = $2 AND role IN ('customer', 'operator')",
        )
        .bind(low_balance.stored())
        .bind(name.as_str())
        .execute(&self.store().pool)
        .await
        .during("setting a low balance")?;
        match done.rows_affected() {
            1 => Ok(()),
            _ => Err(Refusal::UnknownAccount.into()),
        }
    }
}

/// Writes one posting and what it does to its two accounts.
pub(crate) async fn post(
    connection: &mut Connection,
    account: AccountId,
    credits: Credits,
    movement: Movement,
    reference: Option<&str>,
    now: UnixMicros,
) -> Result<Credits, LedgerError> {
    let (debit, credit, reason) = match movement {
        Movement::Grant => (ISSUE, account.0, "grant"),
        Movement::CorrectUp => (ISSUE, account.0, "correction"),
        Movement::CorrectDown => (account.0, ISSUE, "correction"),
    };
    // First of all, as in a batch: who waits for one another waits here.
    sqlx::query("UPDATE head SET posting = posting + 1")
        .execute(&mut *connection)
        .await
        .during("moving credits")?;
    for (sql, id) in [
        (
            "UPDATE account SET debited = debited + $1 WHERE id = $2",
            debit,
        ),
        (
            "UPDATE account SET credited = credited + $1 WHERE id = $2",
            credit,
        ),
    ] {
        let updated = sqlx::query(sql)
            .bind(credits.stored())
            .bind(id)
            .execute(&mut *connection)
            .await
            .during("moving credits");
        // The database itself keeps balances and sums within their range.
        if updated.as_ref().is_err_and(StoreFault::is_constraint) {
            return Err(Refusal::OutOfRange.into());
        }
        updated?;
    }
    let balance = balance(&mut *connection, account).await?;
    sqlx::query(
        "INSERT INTO posting \
         (id, debit_account, credit_account, credits, balance, reason, reference, at) \
         SELECT posting, $1, $2, $3, $4, $5, $6, $7 FROM head",
    )
    .bind(debit)
    .bind(credit)
    .bind(credits.stored())
    .bind(balance.stored())
    .bind(reason)
    .bind(reference)
    .bind(now.0)
    .execute(connection)
    .await
    .during("moving credits")?;
    Ok(balance)
}

/// The balance of an account as it stands in the database.
pub(crate) async fn balance(
    database: impl sqlx::Executor<'_, Database = Database>,
    account: AccountId,
) -> Result<Credits, StoreFault> {
    let row = sqlx::query("SELECT credited - debited FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_one(database)
        .await
        .during("reading a balance")?;
    let balance = row.try_get(0).during("reading a balance")?;
    Credits::from_stored(balance).ok_or_else(|| damaged("a balance"))
}

fn read(row: &Row) -> Result<Account, StoreFault> {
    let number = |column: usize| -> Result<i64, StoreFault> {
        row.try_get(column).during("reading an account")
    };
    let credits = |stored: i64| Credits::from_stored(stored).ok_or_else(|| damaged("a balance"));
    let (credited, debited, corrected) = (number(3)?, number(4)?, number(6)?);
    let role: String = row.try_get(2).during("reading an account")?;
    Ok(Account {
        id: AccountId(number(0)?),
        name: row.try_get(1).during("reading an account")?,
        role: match role.as_str() {
            "operator" => Role::Operator,
            _ => Role::Customer,
        },
        balance: credits(credited - debited)?,
        granted: credits(credited - corrected)?,
        spent: credits(debited - corrected)?,
        low_balance: credits(number(5)?)?,
        is_sandbox: number(7)? == 1,
    })
}
