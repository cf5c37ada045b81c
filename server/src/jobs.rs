//! Background work: one kind of job, "sync this tenant", on apalis over the product's own database. The queue only wakes
//! workers; what is due is read from the store, so that a job that is lost, doubled or late changes nothing.

mod presence;
pub mod progress;
pub mod queue;
mod schedule;
mod worker;

use std::sync::Arc;

use domain::ids::TenantId;
use domain::progress::SyncStep;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::random::Random;
use crate::store::{Store, StoreError};
use crate::sync::{Sync, Turn};
use progress::Progress;
use queue::{Queue, QueueError};

pub use worker::{WorkerSettings, Workers};

#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error("the state of the tenants' syncs cannot be read or written")]
    Store(#[from] StoreError),
}

/// The queue with everything that a job needs; clones share it.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    queue: Queue,
    store: Store,
    sync: Sync,
    clock: Clock,
    random: Random,
    /// Wakes the scheduler of this process.
    schedule: Notify,
    /// Wakes the worker of this process.
    work: Arc<Notify>,
    /// A job of this process ended.
    ended: Notify,
}

impl Jobs {
    /// Brings the queue's own tables up to date. The store must be migrated.
    pub async fn connect(store: Store, sync: Sync, clock: Clock, random: Random) -> Result<Self, JobsError> {
        let queue = Queue::connect(store.db()).await?;
        Ok(Self(Arc::new(Inner {
            queue,
            store,
            sync,
            clock,
            random,
            schedule: Notify::new(),
            work: Arc::new(Notify::new()),
            ended: Notify::new(),
        })))
    }

    /// Queues a sync of every dataset of the tenant, ahead of the timetable. Asking twice changes nothing.
    pub async fn refresh(&self, tenant: TenantId) -> Result<(), JobsError> {
        self.0.store.request_refresh(tenant, self.0.clock.now()).await?;
        self.0.queue.push(tenant, true).await?;
        self.0.sync.progress().send(SyncStep::Queued.in_tenant(tenant));
        self.0.work.notify_one();
        Ok(())
    }

    /// Looks for tenants that are due now instead of at the next beat, as after a tenant was connected.
    pub fn nudge(&self) {
        self.0.schedule.notify_one();
    }

    pub fn progress(&self) -> &Progress {
        self.0.sync.progress()
    }

    /// Starts the scheduler and a worker; they run until `Workers::stop`.
    pub fn start(&self, settings: &WorkerSettings) -> Workers {
        Workers::start(self.clone(), settings)
    }

    /// Jobs that wait or run, over all processes.
    pub async fn waiting(&self) -> Result<u64, JobsError> {
        Ok(self.0.queue.waiting().await?)
    }

    /// Runs a worker until nothing is due and nothing waits; for tests.
    pub async fn drain(&self) -> Result<(), JobsError> {
        let workers = self.start(&WorkerSettings::default());
        let drained = self.until_idle().await;
        workers.stop().await;
        drained
    }

    async fn until_idle(&self) -> Result<(), JobsError> {
        loop {
            let ended = self.0.ended.notified();
            self.nudge();
            if self.0.queue.waiting().await? == 0 && self.0.store.is_at_rest(self.0.clock.now()).await? {
                return Ok(());
            }
            // The acknowledgement of a job comes shortly after its end: look again now and then.
            let _ended_or_time = tokio::time::timeout(std::time::Duration::from_millis(50), ended).await;
        }
    }

    /// One job: the tenant's turn.
    async fn run(&self, tenant: TenantId, stop: &tokio_util::sync::CancellationToken) {
        let turn = self.0.sync.run(tenant, self.0.random.uuid(), stop).await;
        match turn {
            Ok(Turn::HandedBack) => self.nudge(),
            Ok(Turn::Finished | Turn::HeldElsewhere | Turn::NotReachable) => {}
            // What was not done is still due, and the scheduler finds it.
            Err(error) => tracing::error!(%tenant, error = &error as &dyn std::error::Error, "the sync broke off"),
        }
        self.0.ended.notify_waiters();
    }
}
