//! Says now and then that this process works, and splits the budgets among those that do.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::Jobs;

const BEAT: Duration = Duration::from_secs(15);
/// A process that was silent for so long spends nothing any more.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);

/// Runs until `stop`.
pub(super) async fn run(jobs: Jobs, stop: CancellationToken) {
    let id = jobs.0.random.uuid();
    while !stop.is_cancelled() {
        match jobs.0.store.beat(id, jobs.0.clock.now(), PATIENCE).await {
            Ok(processes) => jobs.0.sync.split_budgets(processes),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "this process could not say that it works");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(jobs.0.clock.in_earnest(BEAT)) => {}
        }
    }
    if let Err(error) = jobs.0.store.leave(id).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "this process is missed after a minute");
    }
}
