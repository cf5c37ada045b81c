//! Counts what was asked of the simulator, so that a test can say how many calls something took.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// Which of the two services was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Login,
    Graph,
}

type Counts = BTreeMap<(Side, Option<Uuid>, String), u64>;

/// Shared counters by service, tenant and path; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    counts: Arc<Mutex<Counts>>,
    throttled: Arc<AtomicU64>,
}

impl Requests {
    /// Counts one request. `tenant` is the one in the path (sign-in) or in the token (Graph), where there is one.
    pub fn record(&self, side: Side, tenant: Option<Uuid>, path: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((side, tenant, path.to_owned())).or_default() += 1;
    }

    /// Counts one that was refused because a limit was used up.
    pub(crate) fn record_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were refused because a limit was used up, those of a batch each for itself.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// How many requests went to paths that start so; `tenant: None` counts every tenant's.
    pub fn count(&self, side: Side, tenant: Option<Uuid>, path_prefix: &str) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .filter(|((at, of, path), _)| {
                *at == side && (tenant.is_none() || *of == tenant) && path.starts_with(path_prefix)
            })
            .map(|(_, count)| count)
            .sum()
    }

    /// All counters: service, tenant, path (without query), count.
    pub fn list(&self) -> Vec<(Side, Option<Uuid>, String, u64)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|((side, tenant, path), count)| (*side, *tenant, path.clone(), *count)).collect()
    }

    /// Starts counting afresh.
    pub fn clear(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.throttled.store(0, Ordering::Relaxed);
    }
}
