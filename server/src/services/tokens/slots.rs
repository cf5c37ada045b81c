//! One slot a tenant, resource and way: a lock that lets one task at a time take a token, and what it last got.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Held, PoisonError};

use domain::ids::TenantId;
use tokio::sync::{Mutex, MutexGuard};

use super::Way;
use crate::graph::{AccessToken, GraphError, Resource};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub tenant: TenantId,
    pub resource: Resource,
    pub way: Way,
}

#[derive(Debug, Default)]
pub(super) struct Slots(Held<HashMap<Key, Arc<Locked>>>);

/// A slot behind its lock, with a count of refusals that can be read without it.
#[derive(Debug, Default)]
pub(super) struct Locked {
    slot: Mutex<Slot>,
    failures: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
pub(super) struct Slot {
    pub token: Option<AccessToken>,
    refusal: Option<GraphError>,
    failures: Arc<AtomicU64>,
}

impl Slots {
    pub fn get(&self, key: Key) -> Arc<Locked> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }

    /// Drops the slots of these keys. Tokens that tasks hold end with the tasks.
    pub fn forget(&self, forgotten: impl Fn(&Key) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| !forgotten(key));
    }
}

impl Locked {
    /// To be read before waiting for the lock.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Acquire)
    }

    pub async fn lock(&self) -> MutexGuard<'_, Slot> {
        let mut slot = self.slot.lock().await;
        slot.failures = Arc::clone(&self.failures);
        slot
    }
}

impl Slot {
    pub fn fill(&mut self, token: AccessToken) {
        self.token = Some(token);
        self.refusal = None;
    }

    pub fn refuse(&mut self, error: GraphError) {
        self.token = None;
        self.refusal = Some(error);
        self.failures.fetch_add(1, Ordering::Release);
    }

    /// The refusal that another task met after `count` was read.
    pub fn refused_since(&self, count: u64) -> Option<GraphError> {
        self.refusal.clone().filter(|_| self.failures.load(Ordering::Acquire) > count)
    }
}
