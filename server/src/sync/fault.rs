//! Why a dataset was not read.

use chrono::TimeDelta;
use domain::cause::{Actor, Cause};

use crate::graph::GraphError;
use crate::graph::wire::Surprise;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Surprise(#[from] Surprise),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Not now: what it needs is in use. Nothing went wrong.
    #[error("put off")]
    Deferred(TimeDelta),
    /// The process ends, or the tenant was taken over.
    #[error("stopped")]
    Stopped,
}

impl Fault {
    pub fn surprise(what: &str) -> Self {
        Self::Surprise(Surprise(what.to_owned()))
    }
}

/// A well-formed answer that makes no sense.
pub(super) fn cause_of_surprise(surprise: &Surprise) -> Cause {
    Cause {
        code: String::from("unexpected answer"),
        meaning: format!("{surprise}."),
        next_step: String::from("The last good data stays. If it lasts, report it to the makers of this product."),
        actor: Actor::Administrator,
        request_id: None,
    }
}

/// The process that read the dataset ended in the middle of it.
pub(super) fn cause_of_interruption() -> Cause {
    Cause {
        code: String::from("interrupted"),
        meaning: String::from("The last reading was cut off: the server was stopped in the middle of it."),
        next_step: String::from("Nothing to do: it is read again by itself."),
        actor: Actor::Nobody,
        request_id: None,
    }
}
