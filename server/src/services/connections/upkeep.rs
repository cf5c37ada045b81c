//! What is done about connections without being asked: the partner's refresh token is renewed before it dies of idleness,
//! every connection is proved once a day, and the ends of GDAP relationships are kept up to date. Doing it twice, or in two
//! processes, changes nothing.

use std::time::Duration;

use chrono::TimeDelta;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::Connections;
use crate::services::tokens::Way;
use crate::services::tokens::is_lasting;
use crate::store::connections::StoredConnection;
use crate::store::{Scope, StoreError};

const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);
/// A refresh token dies after 90 days without use, and a consent can be changed at any time.
const DUE_AFTER: TimeDelta = TimeDelta::hours(24);
/// Connections proved at once; each takes three calls.
const AT_ONCE: usize = 4;

impl Connections {
    /// Looks now and then, until `stop`.
    pub async fn keep_up(self, stop: CancellationToken) {
        loop {
            if let Some(Err(error)) = stop.run_until_cancelled(self.keep_up_once()).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "connections were not looked after; trying again"
                );
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Does what is due.
    pub async fn keep_up_once(&self) -> Result<(), StoreError> {
        self.renew_partner().await?;
        let now = self.surroundings.clock.now();
        let connections = self.store.connections(&Scope::of_system()).list().await?;
        let due = connections.into_iter().filter(|connection| {
            connection.state != ConnectionState::Disconnected
                && connection.checked_at.is_none_or(|checked| now - checked >= DUE_AFTER)
        });
        let checks = stream::iter(due).map(|connection| async move { self.check_by_itself(&connection).await });
        checks.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
    }

    /// Renews the partner's refresh token once a day, and learns from the partner tenant when relationships end.
    async fn renew_partner(&self) -> Result<(), StoreError> {
        let Some(partner) = self.store.consents().get_partner().await? else { return Ok(()) };
        let now = self.surroundings.clock.now();
        if partner.cause.is_some() || now - partner.last_renewed_at < DUE_AFTER {
            return Ok(());
        }
        if let Err(error) = self.tokens.renew_partner().await {
            tracing::warn!(%error, "the partner's refresh token was not renewed");
            return Ok(());
        }
        let relationships = match self.read_relationships().await {
            Ok(relationships) => relationships,
            Err(error) => {
                tracing::warn!(%error, "the ends of GDAP relationships were not read");
                return Ok(());
            }
        };
        let scope = Scope::of_system();
        for relationship in relationships {
            let Some(customer) = relationship.customer else { continue };
            let (id, ends_at) = (relationship.id, relationship.end_date_time);
            let update = |connection: &mut StoredConnection| {
                if connection.kind == ConnectionKind::Delegated && connection.relationship_id.as_ref() == Some(&id) {
                    connection.relationship_ends_at = ends_at;
                }
            };
            self.store.connections(&scope).update(TenantId(customer.tenant_id), now, update).await?;
        }
        Ok(())
    }

    /// A fault that passes proves nothing, and is met again at the next look.
    async fn check_by_itself(&self, connection: &StoredConnection) -> Result<(), StoreError> {
        let tenant = connection.tenant;
        match self.prove(connection, Way::Connection).await {
            Ok(proof) => {
                let grants_before = connection.granted.clone();
                let written = self.write_proof(tenant, proof).await?;
                if written.is_some_and(|written| written.granted != grants_before) {
                    tracing::info!(%tenant, "what was granted has changed");
                    (self.nudge)(tenant).await;
                }
            }
            Err(error) if is_lasting(&error) => {
                self.write_refusal(tenant, &error).await?;
            }
            Err(error) => tracing::info!(%tenant, %error, "the connection could not be proved at present"),
        }
        Ok(())
    }
}
