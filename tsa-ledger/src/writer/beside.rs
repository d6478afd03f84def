//! What the writer does between batches, and when there are none: the index, old idempotency keys.

use std::sync::Arc;

use super::Writer;
use crate::refusal::StoreFault;
use crate::types::UnixMicros;

impl Writer {
    /// Brings the index up to the last token, and what is remembered up to what others wrote.
    pub(super) async fn trail(&mut self) {
        let advanced = async {
            let mut connection = self.connected().await?;
            let recent = Arc::clone(&self.recent);
            let heads = connection
                .advance(|from, to| recent.entries(from, to))
                .await?;
            self.connection = Some(connection);
            if self.store.is_shared() && self.recent.known() != heads.1 {
                self.catch_up().await?;
            }
            Ok::<_, StoreFault>(heads)
        };
        match advanced.await {
            Ok((indexed, leaves)) => {
                self.is_at_rest &= indexed == self.indexed;
                (self.indexed, self.leaves) = (indexed, leaves);
                self.recent.forget(indexed);
                // When it is asked already, it is on its way.
                let _ = self.beside.try_send(());
            }
            Err(fault) => tracing::error!(%fault, "the index stays behind"),
        }
    }

    /// Goes on with what is left to do when there is nothing to do.
    pub(super) async fn rest(&mut self) {
        let rested = async {
            let mut connection = self.connected().await?;
            let has_more = connection.rest().await?;
            self.connection = Some(connection);
            Ok::<_, StoreFault>(has_more)
        };
        match rested.await {
            Ok(has_more) => self.is_at_rest = !has_more,
            Err(fault) => {
                tracing::warn!(%fault, "the index is not put together");
                self.is_at_rest = true;
            }
        }
        let _ = self.beside.try_send(());
    }

    pub(super) async fn purge(&mut self, now: UnixMicros) {
        if let Err(fault) = self.store.purge(now).await {
            tracing::warn!(%fault, "old idempotency keys stay");
        }
    }
}
