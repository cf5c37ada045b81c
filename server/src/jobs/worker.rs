//! The worker of a process: a bounded number of tenants at once, each on a task of its own. It is started anew when the
//! database fails it; at the end it lets running turns stop at the next page and hands back what it had only taken.

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{
    BackendExt, BoxDynError, Data, IntervalStrategy, Strategy, StreamStrategy, WorkerBuilder, WorkerBuilderExt,
};
use futures::stream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::queue::SyncTenant;
use super::{Jobs, presence, schedule};

pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);
/// A worker that missed so many is dead, and its jobs are taken over.
pub(super) const MISSED_HEARTBEATS: usize = 4;
/// How often the queue is looked at without a nudge: jobs that other processes push.
const POLL: Duration = Duration::from_millis(500);
const RESTART_AFTER: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Tenants synced at once by this process.
    pub concurrency: usize,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self { concurrency: 16 }
    }
}

/// The running scheduler and worker.
#[derive(Debug)]
pub struct Workers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    pub(super) fn start(jobs: Jobs, settings: &WorkerSettings) -> Self {
        let stop = CancellationToken::new();
        let concurrency = settings.concurrency.max(1);
        let tasks = vec![
            tokio::spawn(schedule::run(jobs.clone(), stop.clone())),
            tokio::spawn(presence::run(jobs.clone(), stop.clone())),
            tokio::spawn(work(jobs, concurrency, stop.clone())),
        ];
        Self { stop, tasks }
    }

    /// Ends: running turns stop at the next page, everything not done stays due.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task ended badly");
            }
        }
    }
}

async fn work(jobs: Jobs, concurrency: usize, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // A name of its own each time: the old one counts as alive until its heartbeat is stale.
        let name = format!("tenantry-{}", jobs.0.random.uuid());
        let ended = run_worker(&jobs, &name, concurrency, &stop).await;
        if let Err(error) = jobs.0.queue.hand_back(&name).await {
            tracing::warn!(worker = name, %error, "jobs were not handed back; they are taken over when the worker is missed");
        }
        if let Err(error) = ended {
            tracing::error!(worker = name, %error, "the worker broke off and is started again");
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RESTART_AFTER) => {}
            }
        }
    }
}

/// apalis's two storages are types of their own with the same methods.
macro_rules! worker {
    ($storage:expr, $work:expr, $name:expr, $concurrency:expr) => {{
        let ending = $work.clone();
        WorkerBuilder::new($name)
            .backend($storage.poll_with_strategy(wakes(&$work.jobs.0.work)))
            .concurrency($concurrency)
            .data($work)
            .build(sync_tenant)
            .run_until(async move {
                ending.end().await;
                Ok::<(), std::io::Error>(())
            })
            .await
            .map_err(BoxDynError::from)
    }};
}

/// What every job is given.
#[derive(Clone)]
struct Work {
    jobs: Jobs,
    stop: CancellationToken,
    turns: TaskTracker,
}

impl Work {
    /// Resolves when the worker may be stopped: apalis polls its own transaction no more once it stops, and with SQLite a
    /// turn that wants to write would wait for that transaction for ever. So the turns end first.
    async fn end(&self) {
        self.stop.cancelled().await;
        self.turns.close();
        self.turns.wait().await;
    }
}

async fn run_worker(jobs: &Jobs, name: &str, concurrency: usize, stop: &CancellationToken) -> Result<(), BoxDynError> {
    // Few at a time, so that what one process has taken does not wait while another idles.
    let batch = 2;
    let work = Work { jobs: jobs.clone(), stop: stop.clone(), turns: TaskTracker::new() };
    if jobs.0.queue.is_postgres() {
        worker!(jobs.0.queue.postgres(batch), work, name, concurrency)
    } else {
        worker!(jobs.0.queue.sqlite(batch), work, name, concurrency)
    }
}

/// Looks at the queue on a nudge, and now and then.
fn wakes(work: &Arc<Notify>) -> Strategy {
    let nudges = stream::unfold(Arc::clone(work), |work| async move {
        work.notified().await;
        Some(((), work))
    });
    Strategy::new().apply(StreamStrategy::new(Box::pin(nudges))).apply(IntervalStrategy::new(POLL))
}

/// On a task of its own, so that the worker's heartbeat waits for no tenant and a panic ends one turn alone.
async fn sync_tenant(job: SyncTenant, work: Data<Work>) -> Result<(), BoxDynError> {
    let Work { jobs, stop, turns } = work.0;
    if stop.is_cancelled() {
        // The tenant stays due, and another worker finds it.
        return Ok(());
    }
    let turn = turns.spawn(async move { jobs.run(job.tenant, &stop).await });
    if let Err(error) = turn.await {
        tracing::error!(tenant = %job.tenant, %error, "a turn panicked; the tenant is due again");
    }
    Ok(())
}
