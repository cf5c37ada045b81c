//! Why a dataset was not read.

use chrono::TimeDelta;
use domain::cause::{Actor, Cause};
use domain::dataset::{Dataset, Outcome};

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
    /// An end that the dataset knows better than the refusal tells.
    #[error("{}", .1.meaning)]
    Told(Outcome, Cause),
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

/// Nobody was asked: it is known that the client has not granted what is optional.
pub(super) fn cause_of_no_consent(dataset: Dataset) -> Cause {
    Cause {
        code: String::from("not granted"),
        meaning: format!(
            "The permission {} was not granted in this tenant. It is optional.",
            dataset.spec().permission
        ),
        next_step: String::from(
            "Nothing, unless you want it: then add the permission to the app registration, and send the consent link again.",
        ),
        actor: Actor::ClientAdministrator,
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
