//! Microsoft's refusals as data: what a code means, who mends it and how, and what it does to the connection or dataset.
//! Sign-in codes are in `sign_in`, refusals of Graph in `graph`; failures that reach neither are made here.

mod graph;
mod sign_in;

pub use graph::{GraphRefusal, graph_refusal};
pub use sign_in::{Consequence, SIGN_IN_ERRORS, SignInError, sign_in_cause, sign_in_error};

use crate::cause::{Actor, Cause};

impl Cause {
    /// No answer within the deadline.
    pub fn timeout(seconds: u64) -> Self {
        Self {
            code: "timeout".to_owned(),
            meaning: format!("Microsoft did not answer within {seconds} seconds."),
            next_step: "It is tried again by itself.".to_owned(),
            actor: Actor::Nobody,
            request_id: None,
        }
    }

    /// No connection at all: name resolution, network or TLS. `detail` says what failed, without addresses of secrets.
    pub fn unreachable(detail: &str) -> Self {
        Self {
            code: "unreachable".to_owned(),
            meaning: format!("Microsoft could not be reached: {detail}."),
            next_step: "It is tried again by itself; if it lasts, check this server's network and proxy.".to_owned(),
            actor: Actor::Administrator,
            request_id: None,
        }
    }

    /// An answer that is not what Microsoft documents: truncated, of another type, with a repeated page.
    pub fn malformed(detail: &str, request_id: Option<String>) -> Self {
        Self {
            code: "malformed_answer".to_owned(),
            meaning: format!("Microsoft's answer could not be read: {detail}."),
            next_step: "The last good data stays; it is tried again by itself.".to_owned(),
            actor: Actor::Nobody,
            request_id,
        }
    }
}
