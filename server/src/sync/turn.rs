//! One turn of one tenant: what everything depends on, then what verdicts rest on, the judge, and the evidence that may take
//! long. Lanes of different budgets run side by side; within a lane one dataset follows another.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use domain::connection::{ConnectionKind, ConnectionState};
use domain::dataset::{Dataset, DatasetStatus, Outcome};
use domain::ids::TenantId;
use domain::licence::EntraLicence;
use futures::future::{BoxFuture, join_all};
use tokio_util::sync::CancellationToken;

use super::fault::cause_of_interruption;
use super::{Inner, Turn as Ending, judge, plan, policy_groups};
use crate::graph::app_roles::is_granted;
use crate::graph::error::Failure;
use crate::graph::{GraphError, Resource, TenantGraph};
use crate::store::NotDone;
use crate::store::TenantStore;
use crate::store::sync_states::Hold;
use crate::store::{Scope, StoreError};

/// After this a turn ends between two datasets, so that a large tenant does not keep a worker from the others.
const SLICE: TimeDelta = TimeDelta::seconds(90);
/// How often a tenant that cannot be reached is tried.
const UNREACHABLE_AGAIN: TimeDelta = TimeDelta::minutes(10);
const REFUSED_AGAIN: TimeDelta = TimeDelta::hours(1);

/// How a turn ended, and when the next one is due (`None`: at once).
pub(super) struct End {
    pub turn: Ending,
    pub next_run_at: Option<DateTime<Utc>>,
}

/// A turn under way.
pub(super) struct Turn<'a> {
    pub inner: &'a Inner,
    pub tenant: TenantId,
    pub store: TenantStore,
    pub graph: TenantGraph,
    pub stop: &'a CancellationToken,
    refresh_requested_at: Option<DateTime<Utc>>,
    users_told_at: Option<DateTime<Utc>>,
    ends_at: DateTime<Utc>,
    is_partner: bool,
    pub is_app_only: bool,
    /// What the tenant has granted; `None`: nobody knows.
    granted: Option<Vec<String>>,
    /// Facts were written that the judge has not seen.
    unjudged: AtomicBool,
    /// Something that was due was not started.
    left_over: AtomicBool,
}

/// Boxed, because the compiler cannot prove so deep a future to be `Send`.
pub(super) fn run<'a>(
    inner: &'a Inner,
    tenant: TenantId,
    hold: Hold,
    stop: &'a CancellationToken,
) -> BoxFuture<'a, Result<End, StoreError>> {
    Box::pin(take_turn(inner, tenant, hold, stop))
}

async fn take_turn(inner: &Inner, tenant: TenantId, hold: Hold, stop: &CancellationToken) -> Result<End, StoreError> {
    let scope = Scope::of_tenant_job(tenant);
    let not_reachable = End { turn: Ending::NotReachable, next_run_at: Some(inner.clock.now() + REFUSED_AGAIN) };
    let Some(store) = inner.store.tenant(&scope, tenant).await? else { return Ok(not_reachable) };
    let Some(connection) = inner.store.connections(&scope).get(tenant).await? else { return Ok(not_reachable) };
    if matches!(connection.state, ConnectionState::AwaitingConsent | ConnectionState::Disconnected) {
        return Ok(not_reachable);
    }
    let turn = Turn {
        inner,
        tenant,
        store: store.held_by(&hold),
        graph: inner.graph.tenant(tenant, std::sync::Arc::clone(&inner.tokens)),
        stop,
        refresh_requested_at: hold.refresh_requested_at,
        users_told_at: hold.users_told_at,
        ends_at: inner.clock.now() + SLICE,
        is_partner: connection.is_partner,
        is_app_only: connection.kind == ConnectionKind::AppOnly || connection.own_registration.is_some(),
        granted: connection.granted,
        unjudged: AtomicBool::new(false),
        left_over: AtomicBool::new(false),
    };
    turn.note_interruptions().await?;
    turn.unjudged.store(turn.store.has_unjudged_facts().await?, Ordering::Relaxed);
    match inner.tokens.get(tenant, Resource::Graph).await {
        Ok(_) => {
            turn.read_everything().await?;
            turn.end().await
        }
        Err(error) => turn.not_reached(&error).await,
    }
}

impl Turn<'_> {
    async fn read_everything(&self) -> Result<(), StoreError> {
        self.lane(&plan::FIRST, None).await?;
        let licence = self.store.licence().await?;
        self.lanes(&plan::VERDICT_LANES, licence).await?;
        if self.groups_are_missing().await? {
            self.dataset(Dataset::PolicyGroups, licence).await?;
        } else {
            self.lane(&[Dataset::PolicyGroups], licence).await?;
        }
        self.judge().await?;
        self.lanes(&plan::EVIDENCE_LANES, licence).await?;
        self.judge().await
    }

    async fn lanes(&self, lanes: &[&'static [Dataset]], licence: Option<EntraLicence>) -> Result<(), StoreError> {
        let mut running: Vec<BoxFuture<'_, Result<(), StoreError>>> = Vec::with_capacity(lanes.len());
        for lane in lanes {
            running.push(Box::pin(self.lane(lane, licence)));
        }
        join_all(running).await.into_iter().collect()
    }

    /// Those of the lane that are due, one after another.
    async fn lane(&self, lane: &'static [Dataset], licence: Option<EntraLicence>) -> Result<(), StoreError> {
        let due: Vec<Dataset> = self.due().await?.into_iter().map(|status| status.dataset).collect();
        for dataset in lane {
            if due.contains(dataset) {
                self.dataset(*dataset, licence).await?;
            }
        }
        Ok(())
    }

    async fn dataset(&self, dataset: Dataset, licence: Option<EntraLicence>) -> Result<(), StoreError> {
        if self.stop.is_cancelled() || self.inner.clock.now() >= self.ends_at {
            self.left_over.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if self.run_dataset(dataset, licence).await? {
            self.unjudged.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// What is optional and was not granted is not asked for: the answer is known.
    pub(super) fn is_known_to_lack(&self, dataset: Dataset) -> bool {
        let lacks = |granted: &Vec<String>| !is_granted(granted, dataset.spec().permission);
        // What was granted of another resource is not read.
        dataset.is_optional() && dataset.is_of_graph() && self.granted.as_ref().is_some_and(lacks)
    }

    /// This run holds the tenant: what says that it is running was cut off with the run before.
    async fn note_interruptions(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        for status in self.store.list_datasets().await? {
            if status.running {
                let end = NotDone {
                    outcome: Outcome::Failed,
                    cause: Some(cause_of_interruption()),
                    finished_at: now,
                    next_run_at: now,
                    calls: 0,
                };
                self.store.finish(status.dataset, end).await?;
            }
        }
        Ok(())
    }

    fn applies(&self, dataset: Dataset) -> bool {
        dataset.applies(self.is_partner, self.inner.graph.settings().extras)
    }

    /// In the order of `Dataset::ALL`.
    async fn due(&self) -> Result<Vec<DatasetStatus>, StoreError> {
        let now = self.inner.clock.now();
        let statuses = self.store.list_datasets().await?;
        Ok(statuses
            .into_iter()
            .filter(|status| self.applies(status.dataset))
            .filter(|status| {
                plan::is_due(status, self.refresh_requested_at, now) || plan::is_told(status, self.users_told_at, now)
            })
            .collect())
    }

    /// A policy or role names a group that was not read: a new policy does not wait for the groups' own time.
    async fn groups_are_missing(&self) -> Result<bool, StoreError> {
        let facts = self.store.load_facts().await?;
        let named = policy_groups::named_in(&facts.tenant);
        let read = facts.tenant.groups.value().map(|groups| groups.iter().map(|group| group.id).collect());
        Ok(read.is_some_and(|read: std::collections::BTreeSet<_>| !named.is_subset(&read)))
    }

    /// When facts changed since they were last judged, in this turn or in one that was cut off.
    async fn judge(&self) -> Result<(), StoreError> {
        if self.unjudged.load(Ordering::Relaxed) {
            judge::judge(self.inner, &self.store, self.tenant).await?;
            self.unjudged.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn end(&self) -> Result<End, StoreError> {
        let statuses = self.store.list_datasets().await?;
        let next = statuses
            .iter()
            .filter(|status| self.applies(status.dataset))
            .map(|status| status.next_run_at)
            .min()
            .flatten();
        if self.left_over.load(Ordering::Relaxed) {
            // It stands in line again, behind whoever waits longer.
            return Ok(End { turn: Ending::HandedBack, next_run_at: Some(self.inner.clock.now()) });
        }
        Ok(End { turn: Ending::Finished, next_run_at: next })
    }

    /// No token: every dataset that was due has the same cause, and keeps its last data. Whoever gives the tokens notes in
    /// the connection what that means for it.
    async fn not_reached(&self, error: &GraphError) -> Result<End, StoreError> {
        let now = self.inner.clock.now();
        let cause = error.cause();
        let refused = is_refusal(error);
        tracing::warn!(tenant = %self.tenant, %error, refused, "no token for the tenant");
        let again = now + if refused { REFUSED_AGAIN } else { UNREACHABLE_AGAIN };
        for status in self.due().await? {
            let end = NotDone {
                outcome: Outcome::Failed,
                cause: Some(cause.clone()),
                finished_at: now,
                next_run_at: again,
                calls: 0,
            };
            self.store.finish(status.dataset, end).await?;
        }
        self.judge().await?;
        // Those that are not due yet will not fare better.
        Ok(End { turn: Ending::Finished, next_run_at: Some(again) })
    }
}

/// Entra said no, or there is no credential: it will not pass by itself.
pub(super) fn is_refusal(error: &GraphError) -> bool {
    match error.failure() {
        Failure::NoCredential(_) => true,
        Failure::SignIn => {
            crate::graph::retry::decide(error, u32::MAX) == crate::graph::retry::Retry::Never
                && error.status().is_some_and(|status| (400..500).contains(&status) && status != 429)
        }
        _ => false,
    }
}
