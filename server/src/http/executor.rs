//! Where Leptos runs what a page asks for: on Tokio, within the span of the request, so that each log line bears its id.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use tracing::Instrument;

struct WithinRequest;

impl CustomExecutor for WithinRequest {
    fn spawn(&self, future: PinnedFuture<()>) {
        tokio::spawn(future.in_current_span());
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(future.in_current_span());
    }

    fn poll_local(&self) {}
}

/// To be called before Leptos looks for an executor; later calls change nothing.
pub(super) fn install() {
    if Executor::init_custom_executor(WithinRequest).is_err() {
        tracing::debug!("an executor is installed already");
    }
}
