//! What an authority offers at a moment, swapped as a whole while requests are under way.
//!
//! A request takes the offering once, when it is admitted, and ends with it: a key that was swapped
//! away meanwhile signs what it was asked before, and is gone when the last of that is done.

use std::sync::{Arc, PoisonError, RwLock};

use super::Stops;
use super::admit::Signers;
use crate::signer::KeyId;

/// Who signs.
#[derive(Debug)]
pub struct Offering {
    /// Who signs under which policy.
    pub signers: Signers,
    /// Who signs for accounts that only try things out, where there is somebody.
    pub sandbox: Option<Signers>,
}

/// The offering that counts now, and the keys that do not whatever is offered.
#[derive(Debug)]
pub struct Current {
    offering: RwLock<Arc<Offering>>,
    stops: Arc<Stops>,
}

impl Current {
    /// The first.
    #[must_use]
    pub fn new(offering: Offering) -> Self {
        Self {
            offering: RwLock::new(Arc::new(offering)),
            stops: Arc::default(),
        }
    }

    /// The offering as it is now.
    #[must_use]
    pub fn get(&self) -> Arc<Offering> {
        // Whoever panicked has swapped it or has not.
        Arc::clone(&self.offering.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys that were taken out of service.
    #[must_use]
    pub fn stops(&self) -> &Arc<Stops> {
        &self.stops
    }

    /// Takes keys out of service, now and in every offering to come.
    pub fn stop(&self, keys: impl IntoIterator<Item = KeyId>) {
        if !self.stops.add(keys).is_empty() {
            self.stops.apply(&self.get());
        }
    }

    /// Puts another in its place.
    pub fn swap(&self, offering: Offering) {
        let mut place = self
            .offering
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // With the place in hand: a key that is stopped meanwhile is stopped in what comes.
        self.stops.apply(&offering);
        let before = std::mem::replace(&mut *place, Arc::new(offering));
        // Keys may take their time to end: not while others wait for the lock.
        drop(place);
        drop(before);
    }
}
