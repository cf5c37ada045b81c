//! What befalls clients after they were connected, which a world made anew cannot show: a consent is withdrawn, a secret
//! ends. Both are undone first, so that there is something to lose.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TenantId;
use domain::progress::{SyncEvent, SyncStep};
use simulator::Simulator;
use simulator::world::Kind;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::state::AppState;
use crate::store::Scope;

/// How long a client's first reading may take before its mishap comes all the same.
const PATIENCE: Duration = Duration::from_secs(60);
const BEFORE_ITS_END: TimeDelta = TimeDelta::days(1);

/// The clients that something will befall, and how it was with them.
pub struct Mishaps {
    /// Their administrators consent first.
    pub withdrawn: Vec<TenantId>,
    ended: Vec<Ended>,
    heard: broadcast::Receiver<SyncEvent>,
}

/// A secret of a client's own registration.
struct Ended {
    tenant: TenantId,
    client_id: Uuid,
    at: DateTime<Utc>,
}

impl Mishaps {
    /// Lets secrets live that have ended. Consent is given on the pages, like everybody's. What an earlier start has shown
    /// already stays as it is.
    pub async fn undo(simulator: &Simulator, state: &AppState) -> anyhow::Result<Self> {
        let heard = state.jobs.progress().subscribe();
        let listed: BTreeSet<Uuid> =
            state.store.connections(&Scope::of_system()).list().await?.into_iter().map(|one| one.tenant.0).collect();
        let mut world = simulator.world().write().await;
        let now = simulator.clock().now();
        let of =
            |kind| world.tenants_of(kind).map(|tenant| tenant.id).filter(|id| !listed.contains(id)).collect::<Vec<_>>();
        let (withdrawn, expired) = (of(Kind::ConsentWithdrawn), of(Kind::SecretExpired));
        let mut ended = Vec::new();
        for own in simulator.announcement().own_registrations.iter().filter(|own| expired.contains(&own.tenant_id)) {
            for secret in world.registration_mut(own.client_id).into_iter().flat_map(|app| &mut app.secrets) {
                ended.push(Ended { tenant: TenantId(own.tenant_id), client_id: own.client_id, at: secret.ends_at });
                secret.ends_at = now + BEFORE_ITS_END;
            }
        }
        Ok(Self { withdrawn: withdrawn.into_iter().map(TenantId).collect(), ended, heard })
    }

    /// Waits until these clients were read once, and lets it happen.
    pub async fn happen(mut self, simulator: &Simulator, state: &AppState) -> anyhow::Result<()> {
        let ended = self.ended.iter().map(|ended| ended.tenant);
        let all: Vec<TenantId> = self.withdrawn.iter().copied().chain(ended).collect();
        let mut unread = all.clone();
        let read = async {
            while !unread.is_empty() {
                if let Ok(SyncEvent { tenant, step: SyncStep::Finished }) = self.heard.recv().await {
                    unread.retain(|waiting| *waiting != tenant);
                }
            }
        };
        if tokio::time::timeout(PATIENCE, read).await.is_err() {
            tracing::warn!("the clients of the demo are read slowly; what befalls some of them comes early");
        }
        {
            let mut world = simulator.world().write().await;
            for tenant in &self.withdrawn {
                if let Some(tenant) = world.tenants.get_mut(&tenant.0) {
                    tenant.service_principal = None;
                }
            }
            for ended in &self.ended {
                for secret in world.registration_mut(ended.client_id).into_iter().flat_map(|app| &mut app.secrets) {
                    secret.ends_at = ended.at;
                }
            }
        }
        for tenant in all {
            state.connections.check_tenant(tenant).await.context("a client of the demo could not be looked at")?;
        }
        Ok(())
    }
}
