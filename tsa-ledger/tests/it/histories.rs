//! Random histories beside a model that a child could check: who has what, and who got which token.

use std::collections::HashMap;

use proptest::prelude::*;
use tsa_ledger::account::Movement;
use tsa_ledger::{AccountId, Credits, Hold, Refusal, RequestKeys};

use super::shop::{Engine, START, Shop, Sold, keyed, named, plain, request, token};

const NAMES: [&str; 2] = ["alice", "bob"];

#[derive(Clone, Copy, Debug)]
enum Step {
    Buy(usize, Kind),
    Hold(usize),
    Post,
    Void,
    Grant(usize, u64),
    TakeBack(usize, u64),
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain,
    Unique(u64),
    Keyed(u64, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![
        Just(Kind::Plain),
        (0..4_u64).prop_map(Kind::Unique),
        (0..3_u64, 0..2_u8).prop_map(|(body, key)| Kind::Keyed(body, key)),
    ];
    let step = prop_oneof![
        8 => (0..2_usize, kind).prop_map(|(who, kind)| Step::Buy(who, kind)),
        2 => (0..2_usize).prop_map(Step::Hold),
        2 => Just(Step::Post),
        1 => Just(Step::Void),
        2 => (0..2_usize, 0..4_u64).prop_map(|(who, credits)| Step::Grant(who, credits)),
        1 => (0..2_usize, 0..4_u64).prop_map(|(who, credits)| Step::TakeBack(who, credits)),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..40)
}

/// What must be.
#[derive(Default)]
struct Model {
    balance: [u64; 2],
    held: [u64; 2],
    unique: HashMap<(usize, u64), Vec<u8>>,
    keyed: HashMap<(usize, u8), (u64, Vec<u8>)>,
    tokens: u64,
}

impl Model {
    /// What a purchase must give: `None` for a new token.
    fn expected(&self, who: usize, kind: Kind) -> Result<Option<&[u8]>, &'static str> {
        let known = match kind {
            Kind::Plain => None,
            Kind::Unique(body) => self.unique.get(&(who, body)),
            Kind::Keyed(body, key) => match self.keyed.get(&(who, key)) {
                Some((bound, _)) if *bound != body => return Err("bound"),
                known => known.map(|(_, token)| token),
            },
        };
        match known {
            Some(token) => Ok(Some(token)),
            None if self.balance[who] > self.held[who] => Ok(None),
            None => Err("credits"),
        }
    }

    fn sold(&mut self, who: usize, kind: Kind, token: &[u8]) {
        self.balance[who] -= 1;
        self.tokens += 1;
        match kind {
            Kind::Plain => {}
            Kind::Unique(body) => drop(self.unique.insert((who, body), token.to_vec())),
            Kind::Keyed(body, key) => {
                self.keyed.insert((who, key), (body, token.to_vec()));
            }
        }
    }
}

fn keys(account: AccountId, kind: Kind) -> RequestKeys {
    match kind {
        Kind::Plain => plain(account, 0),
        Kind::Unique(body) => request(account, body),
        Kind::Keyed(body, key) => keyed(account, body, if key == 0 { "x" } else { "y" }),
    }
}

async fn run(engine: Engine, steps: Vec<Step>) {
    let mut shop = Shop::open(engine).await;
    let mut model = Model::default();
    let accounts = [
        shop.customer("alice", 0).await,
        shop.customer("bob", 0).await,
    ];
    let mut holds: Vec<(usize, Hold)> = Vec::new();
    for step in steps {
        match step {
            Step::Buy(who, kind) => buy(&shop, &mut model, accounts[who], who, kind).await,
            Step::Hold(who) => {
                let hold = shop.hold(plain(accounts[who], 0), START).await;
                assert_eq!(hold.is_ok(), model.balance[who] > model.held[who]);
                if let Ok(hold) = hold {
                    model.held[who] += 1;
                    holds.push((who, hold));
                }
            }
            Step::Post => {
                if let Some((who, hold)) = holds.pop() {
                    model.held[who] -= 1;
                    let posted = shop.commit(hold, token(START), START).await;
                    assert_eq!(posted.is_ok(), model.balance[who] > 0);
                    if let Ok(receipt) = posted {
                        assert_eq!(receipt.leaf, model.tokens);
                        model.sold(who, Kind::Plain, &receipt.token);
                        assert_eq!(receipt.balance.get(), model.balance[who]);
                    }
                }
            }
            Step::Void => {
                if let Some((who, hold)) = holds.pop() {
                    model.held[who] -= 1;
                    drop(hold);
                }
            }
            Step::Grant(who, credits) => {
                model.balance[who] += credits;
                assert!(moved(&shop, who, credits, Movement::Grant).await);
            }
            Step::TakeBack(who, credits) => {
                let is_there = credits <= model.balance[who];
                assert_eq!(
                    moved(&shop, who, credits, Movement::CorrectDown).await,
                    is_there
                );
                if is_there {
                    model.balance[who] -= credits;
                }
            }
            Step::Restart => {
                holds.clear();
                model.held = [0; 2];
                shop = shop.reopen().await;
            }
        }
    }
    for (who, name) in NAMES.into_iter().enumerate() {
        assert_eq!(shop.balance(name).await, model.balance[who], "{name}");
    }
    let audit = shop.ledger.audit(|_| None).await.unwrap();
    assert!(audit.is_sound(), "{audit:?}");
    assert_eq!(audit.tokens, model.tokens);
}

async fn buy(shop: &Shop, model: &mut Model, account: AccountId, who: usize, kind: Kind) {
    let sold = shop.buy(keys(account, kind), START).await;
    match (model.expected(who, kind), &sold) {
        (Ok(Some(token)), Ok(Sold::Again(again))) => assert_eq!(token, again),
        (Ok(None), Ok(Sold::New(token))) => model.sold(who, kind, token),
        (Err("bound"), Err(Refusal::KeyBound)) => {}
        (Err("credits"), Err(Refusal::NoCredits { .. })) => {}
        (expected, _) => panic!("{kind:?}: {sold:?} instead of {expected:?}"),
    }
}

async fn moved(shop: &Shop, who: usize, credits: u64, movement: Movement) -> bool {
    let credits = Credits::new(credits).unwrap();
    let name = named(NAMES[who]);
    let moved = shop
        .ledger
        .move_credits(&name, credits, movement, None, START)
        .await;
    moved.is_ok()
}

fn any_history(engine: Engine, name: &str, full: u32) {
    let is_soak = std::env::var("TSA_SOAK").is_ok_and(|soak| soak == "1");
    let cases = if is_soak { full } else { full / 10 };
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    proptest!(config, |(steps in steps())| {
        runtime.block_on(run(engine, steps));
    });
    println!("soak: {name} {cases} random histories beside a model");
}

#[test]
fn any_history_leaves_what_the_model_says() {
    any_history(Engine::Sqlite, "ledger-histories", 500);
}

#[test]
fn any_history_on_postgres_leaves_what_the_model_says() {
    any_history(Engine::Postgres, "ledger-histories-postgres", 100);
}
