//! The connection that writes: lost and found again, to the same database or to another.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Writer;
use crate::batch::{Committed, Item};
use crate::doubt;
use crate::ledger::remember;
use crate::refusal::StoreFault;
use crate::store::Writing;

/// Tokens of others that are looked through at a time.
const PAGE: i64 = 16_384;
/// How long the outcome of a batch is asked for when the connection ended before it was told.
const FIND: Duration = Duration::from_secs(15);

impl Writer {
    /// Whether a batch was committed, asked on a new connection: that of before has ended by then,
    /// and what it did not do it will not do any more.
    pub(super) async fn find(&mut self, items: &[Item]) -> Result<Option<Committed>, StoreFault> {
        let mut last = StoreFault::new("looking for a batch", "no answer");
        let found = tokio::time::timeout(FIND, async {
            loop {
                let found = async {
                    let mut connection = self.store.connect_writing().await?;
                    let found = connection.find(items).await?;
                    Ok::<_, StoreFault>((connection, found))
                };
                match found.await {
                    Ok(found) => return found,
                    Err(fault) => last = fault,
                }
                sleep(Duration::from_millis(100)).await;
            }
        });
        match found.await {
            Ok((mut connection, found)) => {
                self.meet(&mut connection).await?;
                self.connection = Some(connection);
                Ok(found)
            }
            Err(_) => Err(last),
        }
    }

    /// Learns what other nodes have granted.
    pub(super) async fn catch_up(&mut self) -> Result<(), StoreFault> {
        let mut connection = self.connected().await?;
        let (_, leaves) = connection.heads().await?;
        self.recent.rewind(leaves);
        while self.recent.known() < leaves {
            let from = self.recent.known();
            let to = leaves.min(from.saturating_add(PAGE));
            let seen = connection.seen(from, to).await?;
            self.recent.see(&seen, to);
        }
        self.connection = Some(connection);
        Ok(())
    }

    pub(super) async fn connected(&mut self) -> Result<Writing, StoreFault> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.store.connect_writing().await?;
                self.meet(&mut connection).await?;
                connection
            }
        };
        while let Some(items) = self.doubtful.pop() {
            if let Err(fault) = doubt::resolve(&self.store, &mut connection, &items).await {
                tracing::error!(%fault, "it stays open whether a batch was written");
                self.doubtful.push(items);
                break;
            }
        }
        Ok(connection)
    }

    /// Looks whether a new connection is to the database of before. One that took its place may
    /// have lost tokens, and others may stand at their leaves: what this node remembers does not
    /// count there, and is read again.
    async fn meet(&mut self, connection: &mut Writing) -> Result<(), StoreFault> {
        let history = connection.history().await?;
        if history != self.history {
            tracing::warn!("another database has taken over: remembering its requests");
            let (_, leaves) = connection.heads().await?;
            let began = (self.recent.begin(leaves), self.committed_at);
            tokio::spawn(remember(
                self.store.clone(),
                Arc::clone(&self.recent),
                began,
            ));
            self.history = history;
        }
        Ok(())
    }
}
