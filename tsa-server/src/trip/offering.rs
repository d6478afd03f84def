//! What an authority offers at a moment, swapped as a whole while requests are under way.
//!
//! A request takes the offering once, when it is admitted, and ends with it: a key that was swapped
//! away meanwhile signs what it was asked before, and is gone when the last of that is done.

use std::sync::{Arc, PoisonError, RwLock};

use super::admit::Signers;

/// Who signs.
#[derive(Debug)]
pub struct Offering {
    /// Who signs under which policy.
    pub signers: Signers,
    /// Who signs for accounts that only try things out, where there is somebody.
    pub sandbox: Option<Signers>,
}

/// The offering that counts now.
#[derive(Debug)]
pub struct Current(RwLock<Arc<Offering>>);

impl Current {
    /// The first.
    #[must_use]
    pub fn new(offering: Offering) -> Self {
        Self(RwLock::new(Arc::new(offering)))
    }

    /// The offering as it is now.
    #[must_use]
    pub fn get(&self) -> Arc<Offering> {
        // Whoever panicked has swapped it or has not.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place.
    pub fn swap(&self, offering: Offering) {
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *place, Arc::new(offering));
        // Keys may take their time to end: not while others wait for the lock.
        drop(place);
        drop(before);
    }
}
