//! Damage done by hand, past every constraint, and what the audit says of it.

use sqlx::ConnectOptions as _;
use sqlx::any::AnyConnectOptions;
use tsa_ledger::Place;
use tsa_ledger::record::StoredToken;

use super::shop::{Engine, START, Shop, keyed, on_both, plain, request};

on_both! {
    the_audit_finds_every_kind_of_damage,
    a_serial_number_that_comes_twice_is_found_without_the_index_that_forbids_it,
    what_somebody_sees_in_a_token_is_a_finding_too,
    the_database_itself_refuses_what_must_not_be,
    a_backup_is_sound_and_goes_on_from_where_it_was_made,
}

/// A row of this table: what is done to the database, and words of the rule that it breaks.
const DAMAGE: [(&str, &str); 19] = [
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
    ("UPDATE idempotency SET leaf = 77", "idempotency keys lead"),
    (
        "UPDATE account SET debited = credited + 1 WHERE name = 'alice'",
        "spent more than was given",
    ),
    ("UPDATE part SET bytes = x'00'", "parts of tokens are what"),
    ("DELETE FROM part", "the part of every token"),
    (
        "UPDATE token SET part_at = 99 WHERE leaf = 1",
        "the part of every token",
    ),
];

async fn shop(engine: Engine) -> Shop {
    let shop = Shop::open(engine).await;
    let alice = shop.customer("alice", 9).await;
    shop.buy(plain(alice, 1), START).await.unwrap();
    shop.buy(request(alice, 2), START).await.unwrap();
    shop.buy(keyed(alice, 3, "key"), START).await.unwrap();
    shop.reopen().await
}

/// Of the index.
const INDEX_DAMAGE: [&str; 5] = [
    "DELETE FROM index_chunk",
    "UPDATE index_chunk SET entries = substr(entries, 17)",
    "UPDATE index_run SET entries = entries + 1",
    "UPDATE index_run SET to_leaf = to_leaf - 1",
    "UPDATE index_run SET state = 'over'",
];
/// A connection that knows nothing of the ledger.
pub(super) async fn connect(shop: &Shop) -> sqlx::AnyConnection {
    sqlx::any::install_default_drivers();
    let url = match &shop.place {
        Place::File(file) => format!("sqlite://{}", file.display()),
        Place::Postgres(url) => url.clone(),
    };
    url.parse::<AnyConnectOptions>()
        .unwrap()
        .connect()
        .await
        .unwrap()
}

/// On PostgreSQL it trails beside everything else.
pub(super) async fn wait_for_the_index(shop: &Shop) {
    let mut connection = connect(shop).await;
    for _ in 0..600 {
        let sql = "SELECT leaf - indexed FROM head";
        let behind = sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection);
        if behind.await.unwrap() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the index stays behind");
}

/// Bytes are written `x'01'` here, as in SQLite.
async fn run(
    connection: &mut sqlx::AnyConnection,
    engine: Engine,
    sql: &str,
) -> Result<u64, sqlx::Error> {
    let sql = match engine {
        Engine::Sqlite => sql.to_owned(),
        Engine::Postgres => sql.replace("x'", r"'\x"),
    };
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection);
    Ok(done.await?.rows_affected())
}

/// Does something past every constraint.
async fn harm(shop: &Shop, engine: Engine, sql: &str) {
    let mut connection = connect(shop).await;
    let unguarded = match engine {
        Engine::Sqlite => {
            "DROP TRIGGER posting_stays; DROP TRIGGER posting_remains; DROP TRIGGER token_stays; \
             DROP TRIGGER token_remains; DROP TRIGGER part_stays; DROP TRIGGER part_remains; \
             PRAGMA foreign_keys = OFF; \
             PRAGMA ignore_check_constraints = ON"
        }
        Engine::Postgres => {
            "SET session_replication_role = replica; \
             DO $$ DECLARE guard RECORD; BEGIN \
             FOR guard IN SELECT conname, conrelid::regclass AS guarded FROM pg_constraint \
                 WHERE contype = 'c' \
                 AND conrelid::regclass::text \
                     IN ('account', 'posting', 'token', 'index_run') LOOP \
             EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', guard.guarded, guard.conname); \
             END LOOP; END $$"
        }
    };
    run(&mut connection, engine, unguarded).await.unwrap();
    let done = run(&mut connection, engine, sql).await.unwrap();
    assert!(done > 0, "{sql} does nothing");
}

async fn the_audit_finds_every_kind_of_damage(engine: Engine) {
    let of_index = INDEX_DAMAGE.iter().map(|sql| (*sql, "the index holds"));
    for (sql, words) in DAMAGE.into_iter().chain(of_index) {
        let shop = shop(engine).await;
        wait_for_the_index(&shop).await;
        shop.must_be_sound().await;
        harm(&shop, engine, sql).await;
        let audit = shop.ledger.audit(|_| None).await.unwrap();
        let found = audit
            .findings
            .iter()
            .any(|finding| finding.rule.contains(words));
        assert!(found, "{sql}: {audit:?}");
    }
}

async fn a_serial_number_that_comes_twice_is_found_without_the_index_that_forbids_it(
    engine: Engine,
) {
    let shop = shop(engine).await;
    let sql = match engine {
        Engine::Sqlite => {
            "CREATE TABLE loose AS SELECT * FROM token; UPDATE loose SET serial = x'01'; \
             DROP TABLE token; ALTER TABLE loose RENAME TO token; DELETE FROM index_run"
        }
        Engine::Postgres => {
            "ALTER TABLE token DROP CONSTRAINT token_serial_key; UPDATE token SET serial = x'01'; \
             DELETE FROM index_run"
        }
    };
    harm(&shop, engine, sql).await;
    let audit = shop.ledger.audit(|_| None).await.unwrap();
    let twice = audit
        .findings
        .iter()
        .find(|finding| finding.rule.contains("serial"));
    assert_eq!(twice.map(|finding| finding.count), Some(2), "{audit:?}");
}

async fn what_somebody_sees_in_a_token_is_a_finding_too(engine: Engine) {
    let shop = shop(engine).await;
    let rule = |token: &StoredToken| (token.leaf == 1).then_some("leaf 1 is odd");
    let audit = shop.ledger.audit(rule).await.unwrap();
    assert_eq!((audit.accounts, audit.postings, audit.tokens), (1, 4, 3));
    let found: Vec<_> = audit.findings.iter().map(|f| (f.rule, f.count)).collect();
    assert_eq!(found, [("leaf 1 is odd", 1)]);
}

async fn the_database_itself_refuses_what_must_not_be(engine: Engine) {
    let shop = shop(engine).await;
    let mut connection = connect(&shop).await;
    let key = "0a".repeat(32);
    let stop = format!("INSERT INTO stopped_key VALUES (x'{key}', 'stolen', 0)");
    run(&mut connection, engine, &stop).await.unwrap();
    for sql in [
        "UPDATE posting SET credits = 5",
        "DELETE FROM posting",
        "UPDATE token SET token = x'00'",
        "DELETE FROM token",
        "UPDATE part SET bytes = x'00'",
        "DELETE FROM part",
        "UPDATE stopped_key SET at = 1",
        "DELETE FROM stopped_key",
        "DELETE FROM account",
        "UPDATE account SET debited = credited + 1 WHERE name = 'alice'",
        "UPDATE account SET credited = 9007199254740992 WHERE name = 'alice'",
        "INSERT INTO token SELECT 99, serial, account, 99, algorithm, digest, request, name, \
         gen_time, cost, token, part, part_at FROM token WHERE leaf = 0",
        "INSERT INTO token SELECT 99, x'99', account, 99, algorithm, digest, NULL, name, \
         gen_time, cost, token, part, 99 FROM token WHERE leaf = 0",
        "INSERT INTO posting VALUES (99, 77, 2, 1, 0, 'token', 1, NULL, 0)",
    ] {
        let refused = run(&mut connection, engine, sql).await;
        assert!(refused.is_err(), "{sql}");
    }
    shop.must_be_sound().await;
}

async fn a_backup_is_sound_and_goes_on_from_where_it_was_made(engine: Engine) {
    let shop = shop(engine).await;
    if engine == Engine::Postgres {
        let refused = shop.ledger.backup("copy".as_ref()).await.unwrap_err();
        assert!(refused.to_string().contains("pg_dump"), "{refused}");
        return;
    }
    let copy = shop.file().with_file_name("copy.sqlite");
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
