//! Turns a failure that is ours into the one sentence that an operator sees, and logs its chain once, under the same id.

use app::backend::Caller;
use app::error::Error;

/// Logs `error` with its sources and answers with the request's id.
pub fn internal(caller: &Caller, error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::error!(error, request_id = caller.request_id, "a request failed");
    Error::Internal { id: caller.request_id.clone() }
}
