//! Bare rows on demand, for the bound that a ledger on PostgreSQL is compared with.
//!
//! Each line of standard input is a number of batches and the tokens of one: for each batch one
//! transaction counts, takes and gives credits in three updates, and inserts a posting and a record
//! for each token, in two statements. The tables have their primary keys and nothing else: no
//! index, no trigger, no other rule.

use std::io::{BufRead, Write};

use sqlx::{Connection, Executor, PgConnection};
use tsa_bench::Fault;

const TABLES: &str = "\
    CREATE TABLE bare_head (id BIGINT PRIMARY KEY, leaf BIGINT NOT NULL); \
    CREATE TABLE bare_account (id BIGINT PRIMARY KEY, credited BIGINT NOT NULL, \
        debited BIGINT NOT NULL); \
    CREATE TABLE bare_posting (id BIGINT PRIMARY KEY, debit_account BIGINT NOT NULL, \
        credit_account BIGINT NOT NULL, credits BIGINT NOT NULL, balance BIGINT NOT NULL, \
        reason TEXT NOT NULL, leaf BIGINT, reference TEXT, at BIGINT NOT NULL); \
    CREATE TABLE bare_token (leaf BIGINT PRIMARY KEY, serial BYTEA NOT NULL, \
        account BIGINT NOT NULL, posting BIGINT NOT NULL, algorithm TEXT NOT NULL, \
        digest BYTEA NOT NULL, request BYTEA, name TEXT, gen_time BIGINT NOT NULL, \
        cost BIGINT NOT NULL, token BYTEA NOT NULL) WITH (toast_tuple_target = 8160); \
    ALTER TABLE bare_token ALTER COLUMN token SET STORAGE EXTERNAL; \
    INSERT INTO bare_head VALUES (1, 0); \
    INSERT INTO bare_account VALUES (2, 0, 0), (3, 1000000000, 0)";

fn main() -> Result<(), Fault> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build()?.block_on(answer())
}

async fn answer() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("the database's address is missing")?;
    let bytes = arguments.next().ok_or("the length of a token is missing")?;
    let mut connection = PgConnection::connect(&url).await?;
    connection.execute(TABLES).await?;
    let mut bare = Bare {
        connection,
        token: vec![0x5a; bytes.parse()?],
        next: 0,
    };
    let mut output = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (batches, tokens) = line.split_once(' ').ok_or("two numbers are needed")?;
        let (batches, tokens): (usize, usize) = (batches.parse()?, tokens.parse()?);
        for _ in 0..batches {
            bare.batch(tokens).await?;
        }
        writeln!(output, "{}", batches * tokens)?;
        output.flush()?;
    }
    Ok(())
}

struct Bare {
    connection: PgConnection,
    token: Vec<u8>,
    next: i64,
}

impl Bare {
    async fn batch(&mut self, tokens: usize) -> Result<(), Fault> {
        let count = i64::try_from(tokens)?;
        let leaves: Vec<i64> = (self.next..).take(tokens).collect();
        self.next += count;
        let of = |value: i64| vec![value; tokens];
        let bytes: Vec<&[u8]> = vec![&self.token; tokens];
        // As long as a serial number and the key of a request are; different, as those are.
        let shorts: Vec<[u8; 16]> = leaves
            .iter()
            .map(|leaf| i128::from(*leaf).to_be_bytes())
            .collect();
        let shorts: Vec<&[u8]> = shorts.iter().map(<[u8; 16]>::as_slice).collect();
        let digests: Vec<&[u8]> = vec![&[0x5a; 32]; tokens];
        let now = 1_790_000_000_000_000;
        let mut transaction = self.connection.begin().await?;
        for (sql, value) in [
            ("UPDATE bare_head SET leaf = leaf + $1 WHERE id = 1", count),
            (
                "UPDATE bare_account SET debited = debited + $1 WHERE id = 3",
                count,
            ),
            (
                "UPDATE bare_account SET credited = credited + $1 WHERE id = 2",
                count,
            ),
        ] {
            sqlx::query(sql)
                .bind(value)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "INSERT INTO bare_posting (id, debit_account, credit_account, credits, balance, \
             reason, leaf, at) SELECT leaf, account, 2, credits, balance, 'token', leaf, at \
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) \
             AS item (leaf, account, credits, balance, at)",
        )
        .bind(&leaves)
        .bind(of(3))
        .bind(of(1))
        .bind(of(500_000_000))
        .bind(of(now))
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO bare_token (leaf, serial, account, posting, algorithm, digest, request, \
             gen_time, cost, token) SELECT leaf, serial, account, leaf, 'sha256', digest, request, \
             at, cost, token FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[], \
             $5::bytea[], $6::bigint[], $7::bigint[], $8::bytea[]) \
             AS item (leaf, serial, account, digest, request, at, cost, token)",
        )
        .bind(&leaves)
        .bind(&shorts)
        .bind(of(3))
        .bind(&digests)
        .bind(&shorts)
        .bind(of(now))
        .bind(of(1))
        .bind(&bytes)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}
