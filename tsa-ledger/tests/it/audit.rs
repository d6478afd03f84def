//! Damage done by hand, past every constraint, and what the audit says of it.

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tsa_ledger::record::StoredToken;

use super::shop::{START, Shop, keyed, plain, request};

/// A row of this table: what is done to the database, and words of the rule that it breaks.
const DAMAGE: [(&str, &str); 21] = [
    (
        "UPDATE account SET debited = debited - 1 WHERE name = 'alice'",
        "was debited is the sum",
    ),
    (
        "UPDATE account SET credited = credited + 1 WHERE name = 'alice'",
        "was credited is the sum",
    ),
    (
        "UPDATE account SET credited = credited + 1 WHERE id = 2",
        "all debits together",
    ),
    ("DELETE FROM posting WHERE id = 3", "postings are numbered"),
    (
        "DELETE FROM posting WHERE id = 3",
        "every token has a posting",
    ),
    (
        "UPDATE posting SET credits = 2 WHERE id = 3",
        "every token has a posting",
    ),
    (
        "UPDATE posting SET balance = balance + 1 WHERE id = 3",
        "the balance after each posting",
    ),
    (
        "UPDATE posting SET debit_account = 77 WHERE id = 3",
        "between accounts that exist",
    ),
    ("DELETE FROM token WHERE leaf = 1", "leaves are numbered"),
    (
        "DELETE FROM token WHERE leaf = 1",
        "every posting for a token",
    ),
    (
        "UPDATE token SET leaf = 9 WHERE leaf = 2",
        "leaves are numbered",
    ),
    (
        "UPDATE token SET posting = 1 WHERE leaf = 1",
        "every token has a posting",
    ),
    (
        "UPDATE token SET account = 1 WHERE leaf = 1",
        "tokens belong to accounts",
    ),
    (
        "UPDATE token SET digest = x'00112233445566778899' WHERE leaf = 1",
        "the index holds",
    ),
    ("DELETE FROM index_chunk", "the index holds"),
    (
        "UPDATE index_chunk SET entries = substr(entries, 17)",
        "the index holds",
    ),
    (
        "UPDATE index_run SET entries = entries + 1",
        "the index holds",
    ),
    (
        "UPDATE index_run SET to_leaf = to_leaf - 1",
        "the index holds",
    ),
    ("UPDATE index_run SET state = 'over'", "the index holds"),
    ("UPDATE idempotency SET leaf = 77", "idempotency keys lead"),
    (
        "UPDATE account SET debited = credited + 1 WHERE name = 'alice'",
        "spent more than was given",
    ),
];

async fn shop() -> Shop {
    let shop = Shop::open().await;
    let alice = shop.customer("alice", 9).await;
    shop.buy(plain(alice, 1), START).await.unwrap();
    shop.buy(request(alice, 2), START).await.unwrap();
    shop.buy(keyed(alice, 3, "key"), START).await.unwrap();
    shop.reopen().await
}

async fn harm(shop: &Shop, sql: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(&shop.file)
        .foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    let run = async |connection: &mut sqlx::SqliteConnection, sql: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(connection)
            .await
            .unwrap()
    };
    let triggers = [
        "posting_stays",
        "posting_remains",
        "token_stays",
        "token_remains",
    ];
    for trigger in triggers {
        run(&mut connection, format!("DROP TRIGGER {trigger}")).await;
    }
    run(
        &mut connection,
        "PRAGMA ignore_check_constraints = ON".into(),
    )
    .await;
    let done = run(&mut connection, sql.into()).await;
    assert!(done.rows_affected() > 0, "{sql} does nothing");
}

#[tokio::test]
async fn the_audit_finds_every_kind_of_damage() {
    for (sql, words) in DAMAGE {
        let shop = shop().await;
        shop.must_be_sound().await;
        harm(&shop, sql).await;
        let audit = shop.ledger.audit(|_| None).await.unwrap();
        let found = audit
            .findings
            .iter()
            .any(|finding| finding.rule.contains(words));
        assert!(found, "{sql}: {audit:?}");
    }
}

#[tokio::test]
async fn a_serial_number_that_comes_twice_is_found_without_the_index_that_forbids_it() {
    let shop = shop().await;
    harm(
        &shop,
        "CREATE TABLE loose AS SELECT * FROM token; UPDATE loose SET serial = x'01'; \
         DROP TABLE token; ALTER TABLE loose RENAME TO token; DELETE FROM index_run",
    )
    .await;
    let audit = shop.ledger.audit(|_| None).await.unwrap();
    let twice = audit
        .findings
        .iter()
        .find(|finding| finding.rule.contains("serial"));
    assert_eq!(twice.map(|finding| finding.count), Some(2), "{audit:?}");
}

#[tokio::test]
async fn what_somebody_sees_in_a_token_is_a_finding_too() {
    let shop = shop().await;
    let rule = |token: &StoredToken| (token.leaf == 1).then_some("leaf 1 is odd");
    let audit = shop.ledger.audit(rule).await.unwrap();
    assert_eq!((audit.accounts, audit.postings, audit.tokens), (1, 4, 3));
    let found: Vec<_> = audit.findings.iter().map(|f| (f.rule, f.count)).collect();
    assert_eq!(found, [("leaf 1 is odd", 1)]);
}

#[tokio::test]
async fn the_database_itself_refuses_what_must_not_be() {
    let shop = shop().await;
    let options = SqliteConnectOptions::new()
        .filename(&shop.file)
        .foreign_keys(true);
    let mut connection = options.connect().await.unwrap();
    for sql in [
        "UPDATE posting SET credits = 5",
        "DELETE FROM posting",
        "UPDATE token SET token = x'00'",
        "DELETE FROM token",
        "DELETE FROM account",
        "UPDATE account SET debited = credited + 1 WHERE name = 'alice'",
        "UPDATE account SET credited = 9007199254740992 WHERE name = 'alice'",
        "INSERT INTO token SELECT 99, serial, account, 99, algorithm, digest, request, name, \
         gen_time, cost, token FROM token WHERE leaf = 0",
        "INSERT INTO posting VALUES (99, 77, 2, 1, 0, 'token', 1, NULL, 0)",
    ] {
        let refused = sqlx::raw_sql(sql).execute(&mut connection).await;
        assert!(refused.is_err(), "{sql}");
    }
    shop.must_be_sound().await;
}

#[tokio::test]
async fn a_backup_is_sound_and_goes_on_from_where_it_was_made() {
    let shop = shop().await;
    let copy = shop.file.with_file_name("copy.sqlite");
    shop.ledger.backup(&copy).await.unwrap();
    assert!(shop.ledger.backup(&copy).await.is_err(), "it exists");
    let restored = tsa_ledger::Ledger::open(&copy, START).await.unwrap().0;
    let restored = Shop {
        ledger: restored.into(),
        ..shop
    };
    restored.must_be_sound().await;
    assert_eq!(restored.balance("alice").await, 6);
}
