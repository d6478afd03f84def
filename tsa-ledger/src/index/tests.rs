//! The index over steps, merges and what everybody stamps.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};

use super::*;
use crate::store::{Store, sqlite};

const ACCOUNTS: i64 = 3;

/// A digest that several tokens share, now and then.
fn digest(leaf: i64) -> [u8; 32] {
    let number = if leaf % 5 == 0 { leaf / 40 } else { leaf };
    crate::claim::sha256(&[&number.to_be_bytes()])
}

/// Every third request is one that may be repeated.
fn request(leaf: i64) -> Option<[u8; 16]> {
    let hash = crate::claim::sha256(&[b"request", &leaf.to_be_bytes()]);
    (leaf % 3 == 0).then(|| *hash.first_chunk().unwrap())
}

fn account(leaf: i64) -> AccountId {
    AccountId(10 + leaf % ACCOUNTS)
}

struct Record {
    store: Store,
    connection: SqliteConnection,
    leaves: i64,
    _folder: tempfile::TempDir,
}

impl Record {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.sqlite");
        let store = Store::open(&file.as_path().into()).await.unwrap();
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .foreign_keys(false);
        let connection = options.connect().await.unwrap();
        Self {
            store,
            connection,
            leaves: 0,
            _folder: folder,
        }
    }

    fn shelf(&mut self) -> Shelf<'_> {
        Shelf::Sqlite(&mut self.connection)
    }

    /// Writes tokens, and what the writer would have gathered of them.
    async fn issue(&mut self, count: i64, gathered: &mut Gathered) {
        gathered.begin(self.leaves, count);
        self.shelf().begin().await.map(drop).unwrap();
        for leaf in self.leaves..self.leaves + count {
            let (digest, request) = (digest(leaf), request(leaf));
            gathered.add(account(leaf), &digest, request.as_ref(), leaf);
            sqlx::query(
                "INSERT INTO token (leaf, serial, account, posting, algorithm, digest, request, \
                 gen_time, cost, token) VALUES ($1, $2, $3, 0, 'x', $4, $5, 0, 1, x'')",
            )
            .bind(leaf)
            .bind(leaf.to_be_bytes().to_vec())
            .bind(account(leaf).0)
            .bind(digest.to_vec())
            .bind(request.map(Vec::from))
            .execute(&mut self.connection)
            .await
            .unwrap();
        }
        self.leaves += count;
        let moved = sqlx::query("UPDATE head SET leaf = $1").bind(self.leaves);
        moved.execute(&mut self.connection).await.unwrap();
        self.shelf().commit().await.unwrap();
    }

    async fn faults(&mut self) -> u64 {
        let mut asking = self.store.pool.acquire().await.unwrap();
        let mut expected = Expected::new(&mut asking).await.unwrap();
        for leaf in 0..self.leaves {
            let request = request(leaf);
            let request = request.as_ref().map(<[u8; 16]>::as_slice);
            expected.add(account(leaf), &digest(leaf), request, leaf);
        }
        expected.faults(&mut asking).await.unwrap()
    }

    async fn found(&self, account: AccountId, bytes: &[u8]) -> Vec<i64> {
        let found = sqlite::leaves(&self.store.pool, runs::key(account, bytes)).await;
        let mut found = found.unwrap().unwrap();
        found.sort_unstable();
        found
    }

    async fn count(&mut self, sql: &'static str) -> i64 {
        let row = sqlx::query(sql)
            .fetch_one(&mut self.connection)
            .await
            .unwrap();
        row.try_get(0).unwrap()
    }
}

#[tokio::test]
async fn every_token_is_found_by_digest_and_request_whatever_steps_the_index_took() {
    let mut record = Record::open().await;
    let mut gathered = Gathered::default();
    let mut step = 1_i64;
    for turn in 0..60 {
        // Small and large steps; now and then from the tokens themselves.
        step = step * 7 % 401;
        record.issue(step, &mut gathered).await;
        let of = |from, to| {
            if turn % 4 == 0 {
                None
            } else {
                gathered.of(from, to)
            }
        };
        let heads = advance(&mut record.shelf(), of).await.unwrap();
        assert_eq!(heads, (record.leaves, record.leaves));
        gathered.forget(heads.0);
        assert_eq!(gathered.entries.len(), 0);
    }
    assert_eq!(record.faults().await, 0);
    let runs = record
        .count("SELECT count(*) FROM index_run WHERE state = 'live'")
        .await;
    assert!(runs < 16, "{runs} runs");
    let digests = |leaf| (account(leaf), digest(leaf));
    for leaf in (0..record.leaves).step_by(7) {
        let (payer, digest) = digests(leaf);
        let of_digest = (0..record.leaves).filter(|other| digests(*other) == (payer, digest));
        let expected: Vec<i64> = of_digest.collect();
        assert_eq!(record.found(payer, &digest).await, expected);
        if let Some(request) = request(leaf) {
            assert_eq!(record.found(payer, &request).await, [leaf]);
        }
        if leaf % 49 == 0 {
            assert!(record.found(AccountId(9), &digest).await.is_empty());
        }
    }
}

#[tokio::test]
async fn merges_go_on_step_by_step_and_what_is_left_of_them_goes() {
    let mut record = Record::open().await;
    let mut gathered = Gathered::default();
    let mut most = 0;
    for turn in 0..40 {
        // The first are so large that merging them takes many of the small ones' steps.
        let count = if turn < 8 { 4_000 } else { 10 };
        record.issue(count, &mut gathered).await;
        advance(&mut record.shelf(), |_, _| None).await.unwrap();
        let found = record.found(account(3), &request(3).unwrap()).await;
        assert_eq!(found, [3], "turn {turn}");
        most = most.max(record.count("SELECT count(*) FROM index_run").await);
        if turn % 8 == 7 {
            assert_eq!(record.faults().await, 0, "turn {turn}");
        }
    }
    assert_eq!(
        record
            .count("SELECT count(*) FROM index_run WHERE state <> 'live'")
            .await,
        0
    );
    let strays = "SELECT count(*) FROM index_chunk WHERE run NOT IN (SELECT run FROM index_run)";
    assert_eq!(record.count(strays).await, 0);
    assert!((9..32).contains(&most), "{most} runs");

    for _ in 0..3 {
        record.issue(10_000, &mut gathered).await;
        advance(&mut record.shelf(), |_, _| None).await.unwrap();
    }
    let mut steps = 0;
    while rest(&mut record.shelf()).await.unwrap() {
        steps += 1;
        assert_eq!(record.faults().await, 0, "after {steps} steps at rest");
    }
    assert!(steps > 1, "{steps} steps at rest");
    let live = grow::runs_of(&mut record.shelf(), "live").await.unwrap();
    assert_eq!(runs::to_merge(&live, 2), []);
    let others = "SELECT count(*) FROM index_run WHERE state <> 'live'";
    assert_eq!(record.count(others).await, 0);
    assert_eq!(record.count(strays).await, 0);
    let found = record.found(account(3), &request(3).unwrap()).await;
    assert_eq!(found, [3], "at rest");
}

#[tokio::test]
async fn of_what_everybody_stamps_the_index_says_that_it_does_not_tell() {
    let mut record = Record::open().await;
    let entries: Vec<Entry> = (0..300_000).map(|leaf| Entry { key: 5, leaf }).collect();
    let shelf = &mut record.shelf();
    let run = grow::make_run(shelf, 0, 300_000, entries.len(), "live")
        .await
        .unwrap();
    grow::write(shelf, run, &entries).await.unwrap();
    assert_eq!(sqlite::leaves(&record.store.pool, 5).await.unwrap(), None);
    assert_eq!(
        sqlite::leaves(&record.store.pool, 4).await.unwrap(),
        Some(vec![])
    );
}

#[test]
fn only_what_follows_without_a_gap_is_gathered() {
    let mut gathered = Gathered::default();
    let batch = |gathered: &mut Gathered, first: i64, count: i64| {
        gathered.begin(first, count);
        for leaf in first..first + count {
            gathered.add(account(leaf), &digest(leaf), None, leaf);
        }
    };
    let leaves = |found: Option<(i64, Vec<Entry>)>| {
        found.map(|(to, entries)| (to, entries.iter().map(leaf).collect::<Vec<_>>()))
    };
    batch(&mut gathered, 0, 2);
    batch(&mut gathered, 2, 2);
    assert_eq!(leaves(gathered.of(0, 9)), Some((4, vec![0, 1, 2, 3])));
    assert_eq!(leaves(gathered.of(1, 3)), Some((3, vec![1, 2])));
    assert_eq!(leaves(gathered.of(4, 9)), None, "nothing yet");
    // Somebody else has made those in between.
    batch(&mut gathered, 7, 1);
    assert_eq!(leaves(gathered.of(4, 8)), None);
    assert_eq!(leaves(gathered.of(7, 9)), Some((8, vec![7])));
    // A database took over that had not heard of the last ones.
    batch(&mut gathered, 5, 1);
    assert_eq!(leaves(gathered.of(7, 8)), None);
    assert_eq!(leaves(gathered.of(5, 6)), Some((6, vec![5])));
    gathered.forget(6);
    assert_eq!(leaves(gathered.of(5, 6)), None);
}
