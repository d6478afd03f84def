//! Keys that are stopped: for good, for every node.

use tsa_ledger::stop::StoppedKey;

use super::shop::{Engine, START, Shop, on_both};

on_both! {
    a_key_is_stopped_for_every_node_and_the_first_words_stay,
}

async fn a_key_is_stopped_for_every_node_and_the_first_words_stay(engine: Engine) {
    let shop = Shop::open(engine).await;
    assert_eq!(shop.ledger.stopped_keys().await.unwrap(), []);
    let stop = |byte: u8, reason: &str| StoppedKey {
        key: [byte; 32],
        reason: reason.into(),
        at: START,
    };
    assert!(shop.ledger.stop_key(&stop(7, "stolen")).await.unwrap());
    assert!(!shop.ledger.stop_key(&stop(7, "again")).await.unwrap());
    assert!(shop.ledger.stop_key(&stop(8, "lost")).await.unwrap());
    let other = shop.other_node().await;
    let expected = [stop(7, "stolen"), stop(8, "lost")];
    assert_eq!(other.ledger.stopped_keys().await.unwrap(), expected);
    shop.must_be_sound().await;
}
