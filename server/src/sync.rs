//! Reading tenants: one file a dataset, each of which succeeds or fails alone; then the judge, which turns facts into
//! verdicts. A turn of a tenant reads whatever is due and may end early: what was not done is still due.

mod authentication_methods_policy;
mod authentication_strengths;
mod cloud_sync;
mod conditional_access_policies;
mod contact_errors;
mod context;
mod delegated_relationships;
mod devices;
mod directory_sync;
mod domains;
mod exchange_settings;
mod fault;
pub mod forecast;
mod judge;
mod legacy_sign_ins;
mod mail_app_usage;
mod named_locations;
mod object_errors;
mod organization;
mod partner_score;
mod per_user_mfa;
mod plan;
mod policy_groups;
mod registration_details;
mod role_assignments;
mod role_eligibility;
mod run;
mod security_defaults;
mod service_errors;
mod sign_in_activity;
mod subscribed_skus;
mod sync_settings;
mod turn;
mod users;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::ids::TenantId;
use domain::progress::SyncStep;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

pub(crate) use self::judge::PROOF_LIFE;
use crate::clock::Clock;
use crate::graph::{AccessTokens, Graph};
use crate::jobs::progress::Progress;
use crate::store::sync_states::Hold;
use crate::store::{Store, StoreError};

/// How long a process may be silent before its tenants are taken over.
const HOLD: TimeDelta = TimeDelta::seconds(45);
const KEEP_HOLD_EVERY: Duration = Duration::from_secs(12);
/// After a turn that the database broke off.
const AFTER_BREAKDOWN: TimeDelta = TimeDelta::minutes(1);
/// Tenants that may read `signInActivity` at once: it has ten pages a minute for all.
const ACTIVITY_TURNS: usize = 2;

/// How a tenant's turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Everything that was due has been read, or failed with its cause.
    Finished,
    /// Stopped early, to give others their turn or because the process ends.
    HandedBack,
    /// Another run holds the tenant.
    HeldElsewhere,
    /// The tenant is gone, or not connected.
    NotReachable,
}

/// Reads tenants; clones share it.
#[derive(Clone)]
pub struct Sync(Arc<Inner>);

struct Inner {
    store: Store,
    graph: Graph,
    tokens: Arc<dyn AccessTokens>,
    clock: Clock,
    progress: Progress,
    activity_turns: Arc<Semaphore>,
}

impl fmt::Debug for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sync")
    }
}

impl Sync {
    pub fn new(store: Store, graph: Graph, tokens: Arc<dyn AccessTokens>, clock: Clock, progress: Progress) -> Self {
        let activity_turns = Arc::new(Semaphore::new(ACTIVITY_TURNS));
        Self(Arc::new(Inner { store, graph, tokens, clock, progress, activity_turns }))
    }

    pub fn progress(&self) -> &Progress {
        &self.0.progress
    }

    /// So many processes spend the same budgets.
    pub fn split_budgets(&self, processes: u32) {
        self.0.graph.split_budgets(processes);
    }

    /// Gives the tenant its turn, unless another run, of this process or another, holds it. `holder` names this run.
    pub async fn run(&self, tenant: TenantId, holder: Uuid, stop: &CancellationToken) -> Result<Turn, StoreError> {
        let inner = &self.0;
        let now = inner.clock.now();
        let Some(hold) = inner.store.hold_tenant(tenant, holder, now, now + HOLD).await? else {
            return Ok(Turn::HeldElsewhere);
        };
        inner.progress.send(SyncStep::Started.in_tenant(tenant));
        // Ends with this turn, with the process, or when the hold is lost.
        let stop = stop.child_token();
        let keeper =
            tokio::spawn(stop.clone().run_until_cancelled_owned(self.clone().keep(tenant, hold, stop.clone())));
        // However this turn ends, by a panic too: nobody goes on holding the tenant for it.
        let _end = stop.clone().drop_guard();
        let span = tracing::info_span!("sync", %tenant);
        let ended = turn::run(inner, tenant, hold, &stop).instrument(span).await;
        stop.cancel();
        keeper.abort();
        let (next_run_at, refreshed, turn) = match &ended {
            Ok(end) => (end.next_run_at, end.turn != Turn::HandedBack, end.turn),
            Err(_) => (Some(inner.clock.now() + AFTER_BREAKDOWN), false, Turn::HandedBack),
        };
        let released = inner.store.release_tenant(tenant, &hold, next_run_at, refreshed).await;
        inner.progress.send(SyncStep::Finished.in_tenant(tenant));
        ended?;
        released?;
        Ok(turn)
    }

    /// Says now and then that this run is alive; cancels it when it was taken for dead.
    async fn keep(self, tenant: TenantId, hold: Hold, lost: CancellationToken) {
        loop {
            tokio::time::sleep(self.0.clock.in_earnest(KEEP_HOLD_EVERY)).await;
            match self.0.store.keep_hold(tenant, &hold, self.0.clock.now() + HOLD).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(%tenant, "another run took the tenant over; this one stops");
                    return lost.cancel();
                }
                Err(error) => tracing::warn!(%tenant, %error, "the hold on a tenant was not renewed; trying again"),
            }
        }
    }
}
