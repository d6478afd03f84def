//! Whether everything adds up: the ledger recomputed from its postings and tokens.
//!
//! Every rule is one statement that counts what breaks it, all of them over one moment of the
//! database, while it is in use. Nothing that the program remembers is believed, and no constraint
//! of the database: somebody may have written past both. What a token says inside is for those to
//! check who can read it.

use futures_util::TryStreamExt as _;
use sqlx::{Executor as _, Row as _};

use crate::index::{Expected, INDEX};
use crate::ledger::Ledger;
use crate::parts;
use crate::record::{self, StoredToken};
use crate::refusal::{During, StoreFault};
use crate::store::Connection;

/// What an audit has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Accounts, without those that credits come from and go to.
    pub accounts: u64,
    /// Postings.
    pub postings: u64,
    /// Tokens.
    pub tokens: u64,
    /// What is wrong; nothing in a sound ledger.
    pub findings: Vec<Finding>,
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_copy_implementations, reason = "it may carry more later")]
pub struct Finding {
    /// The rule, in words.
    pub rule: &'static str,
    /// How often it is broken.
    pub count: u64,
}

impl Audit {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Rules, and a statement for each that counts what breaks it.
const RULES: [(&str, &str); 14] = [
    (
        "what an account was credited is the sum of its postings",
        "SELECT count(*) FROM account LEFT JOIN \
         (SELECT credit_account AS id, sum(credits) AS total FROM posting GROUP BY 1) AS posted \
         ON posted.id = account.id WHERE credited <> coalesce(total, 0)",
    ),
    (
        "what an account was debited is the sum of its postings",
        "SELECT count(*) FROM account LEFT JOIN \
         (SELECT debit_account AS id, sum(credits) AS total FROM posting GROUP BY 1) AS posted \
         ON posted.id = account.id WHERE debited <> coalesce(total, 0)",
    ),
    (
        "all debits together are all credits together",
        "SELECT CASE WHEN sum(debited) = sum(credited) THEN 0 ELSE 1 END FROM account",
    ),
    (
        "no customer has spent more than was given",
        "SELECT count(*) FROM account WHERE role NOT IN ('issue', 'revenue') \
         AND debited > credited",
    ),
    (
        "postings are between accounts that exist",
        "SELECT count(*) FROM posting WHERE debit_account NOT IN (SELECT id FROM account) \
         OR credit_account NOT IN (SELECT id FROM account) OR debit_account = credit_account",
    ),
    (
        "postings have positive amounts",
        "SELECT count(*) FROM posting WHERE credits <= 0",
    ),
    (
        "postings are numbered from 1 without gaps",
        "SELECT CASE WHEN (SELECT posting FROM head) = count(*) AND coalesce(min(id), 1) = 1 \
         AND coalesce(max(id), 0) = count(*) THEN 0 ELSE 1 END FROM posting",
    ),
    (
        "the balance after each posting follows from the one before",
        "SELECT count(*) FROM (SELECT balance, sum(change) OVER \
         (PARTITION BY account ORDER BY id ROWS UNBOUNDED PRECEDING) AS recomputed FROM \
         (SELECT id, balance, \
          CASE WHEN debit_account > 2 THEN debit_account ELSE credit_account END AS account, \
          CASE WHEN debit_account > 2 THEN -credits ELSE credits END AS change FROM posting) AS p) \
         AS running WHERE balance <> recomputed",
    ),
    (
        "every token has a posting of its own: same account, same amount",
        "SELECT count(*) FROM token LEFT JOIN posting ON posting.id = token.posting \
         WHERE posting.id IS NULL OR posting.leaf IS NULL OR posting.leaf <> token.leaf \
         OR posting.reason <> 'token' OR posting.debit_account <> token.account \
         OR posting.credit_account <> 2 OR posting.credits <> token.cost",
    ),
    (
        "every posting for a token has that token",
        "SELECT count(*) FROM posting LEFT JOIN token ON token.leaf = posting.leaf \
         WHERE reason = 'token' AND (token.leaf IS NULL OR token.posting <> posting.id)",
    ),
    (
        "leaves are numbered from 0 without gaps",
        "SELECT CASE WHEN (SELECT leaf FROM head) = count(*) AND coalesce(min(leaf), 0) = 0 \
         AND coalesce(max(leaf), -1) = count(*) - 1 THEN 0 ELSE 1 END FROM token",
    ),
    (
        "tokens belong to accounts that exist",
        "SELECT count(*) FROM token WHERE account NOT IN \
         (SELECT id FROM account WHERE role NOT IN ('issue', 'revenue'))",
    ),
    (
        "idempotency keys lead to tokens of their account",
        "SELECT count(*) FROM idempotency LEFT JOIN token ON token.leaf = idempotency.leaf \
         WHERE token.leaf IS NULL OR token.account <> idempotency.account",
    ),
    (
        parts::TOKENS,
        "SELECT count(*) FROM token LEFT JOIN part ON part.id = token.part \
         WHERE (part IS NULL) <> (part_at IS NULL) OR (part IS NOT NULL AND part.id IS NULL) \
         OR part_at < 0 OR part_at > length(token)",
    ),
];

impl Ledger {
    /// Recomputes everything. `look` sees every token in the order of the record and says what is
    /// wrong with it, if anything is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn audit(
        &self,
        mut look: impl FnMut(&StoredToken) -> Option<&'static str>,
    ) -> Result<Audit, StoreFault> {
        let pooled = self.store().pool.acquire().await;
        let mut connection = pooled.during("auditing")?.detach();
        let words = self.store().audit_words();
        // One moment for all the statements.
        connection.execute(words.begin).await.during("auditing")?;
        let mut findings = Vec::new();
        for &(rule, sql) in RULES.iter().chain(words.rules) {
            let count = number(&mut connection, sql).await?;
            if count != 0 {
                let count = count.unsigned_abs();
                findings.push(Finding { rule, count });
            }
        }
        let count = parts::faults(&mut connection).await?;
        if count != 0 {
            let rule = parts::PARTS;
            findings.push(Finding { rule, count });
        }
        let is_torn = findings.iter().any(|it| it.rule == parts::TOKENS);
        let mut wrong: Vec<Finding> = Vec::new();
        connection.execute(words.look).await.during("auditing")?;
        let mut index = Expected::new(&mut connection).await?;
        {
            let sql = format!(
                "SELECT {}, request FROM token ORDER BY leaf",
                record::COLUMNS
            );
            let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut connection);
            while let Some(row) = rows.try_next().await.during("auditing")? {
                let token = match record::read(&row) {
                    Err(_) if is_torn => continue,
                    read => read?,
                };
                let request: Option<&[u8]> = row.try_get("request").during("auditing")?;
                let leaf = i64::try_from(token.leaf).unwrap_or(i64::MAX);
                index.add(token.account, &token.digest, request, leaf);
                let Some(rule) = look(&token) else {
                    continue;
                };
                add_to(&mut wrong, rule);
            }
        }
        findings.append(&mut wrong);
        let count = index.faults(&mut connection).await?;
        if count != 0 {
            let rule = INDEX;
            findings.push(Finding { rule, count });
        }
        let mut count = async |sql| -> Result<u64, StoreFault> {
            Ok(number(&mut connection, sql).await?.unsigned_abs())
        };
        Ok(Audit {
            accounts: count("SELECT count(*) - 2 FROM account").await?,
            postings: count("SELECT count(*) FROM posting").await?,
            tokens: count("SELECT count(*) FROM token").await?,
            findings,
        })
    }
}

fn add_to(findings: &mut Vec<Finding>, rule: &'static str) {
    match findings.iter_mut().find(|finding| finding.rule == rule) {
        Some(finding) => finding.count += 1,
        None => findings.push(Finding { rule, count: 1 }),
    }
}

async fn number(connection: &mut Connection, sql: &'static str) -> Result<i64, StoreFault> {
    let row = sqlx::query(sql)
        .fetch_one(connection)
        .await
        .during("auditing")?;
    // Nothing to count is nothing wrong.
    let number: Option<i64> = row.try_get(0).during("auditing")?;
    Ok(number.unwrap_or_default())
}
