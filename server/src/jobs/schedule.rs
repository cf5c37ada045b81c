//! The timetable: compares the tenants that are due with the queue, on a beat and on a nudge. Running it twice, or in two
//! processes, changes nothing.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Jobs, JobsError};

const BEAT: Duration = Duration::from_secs(5);

/// Runs until `stop`.
pub(super) async fn run(jobs: Jobs, stop: CancellationToken) {
    loop {
        if let Err(error) = queue_due(&jobs).await {
            tracing::error!(error = &error as &dyn std::error::Error, "due tenants were not queued; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = jobs.0.schedule.notified() => {}
            () = tokio::time::sleep(jobs.0.clock.in_earnest(BEAT)) => {}
        }
    }
}

async fn queue_due(jobs: &Jobs) -> Result<(), JobsError> {
    jobs.0.queue.sweep().await?;
    let due = jobs.0.store.due_tenants(jobs.0.clock.now()).await?;
    metrics::gauge!("tenantry_tenants_due").set(u32::try_from(due.len()).unwrap_or(u32::MAX));
    for due in due {
        jobs.0.queue.push(due.tenant, due.refresh_requested || due.is_watched).await?;
        jobs.0.work.notify_one();
    }
    Ok(())
}
