//! Server functions: take the caller and the ports, call, answer. No rule lives here; every one of them authenticates.

pub mod alerts;
pub mod audit;
pub mod connections;
pub mod fleet;
pub mod keys;
pub mod operators;
pub mod preferences;
pub mod session;
pub mod tenants;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An answer with the moment that ages in it are told from, where the answer does not bear one itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    pub answer: T,
    pub now: DateTime<Utc>,
}
