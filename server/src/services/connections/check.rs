//! Proves a connection: takes a token in the tenant, reads what was granted there, and writes down what was found.

use app::backend::Caller;
use app::error::Error;
use domain::cause::Cause;
use domain::connection::ConnectionState;
use domain::dataset::Outcome;
use domain::ids::TenantId;
use domain::settings::ConnectionRow;
use serde::Deserialize;
use uuid::Uuid;

use super::Connections;
use super::row::{self, is_delegated};
use crate::audit::Actor;
use crate::failure::internal;
use crate::graph::query::quoted;
use crate::graph::{GraphError, Query, Resource, app_roles};
use crate::services::permissions::is_complete;
use crate::services::tokens::Way;
use crate::store::connections::StoredConnection;
use crate::store::{Scope, StoreError};

/// What a token in the tenant showed.
#[derive(Debug)]
pub(super) struct Proof {
    /// `None`: a token was given, but what it may do could not be read; the cause says why.
    pub granted: Option<Vec<String>>,
    pub cause: Option<Cause>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppRoleAssignment {
    app_role_id: Uuid,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    display_name: Option<String>,
    #[serde(default)]
    verified_domains: Vec<VerifiedDomain>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifiedDomain {
    name: Option<String>,
    is_default: Option<bool>,
}

impl Connections {
    pub(super) async fn check_for(
        &self,
        caller: &Caller,
        connection: StoredConnection,
    ) -> Result<ConnectionRow, Error> {
        if connection.state == ConnectionState::Disconnected {
            return Err(Error::Conflict(format!("{} is disconnected. Ask for a fresh consent link.", connection.name)));
        }
        let tenant = connection.tenant;
        let name = connection.name.clone();
        let found = self.check_tenant(tenant).await.map_err(|error| internal(caller, &error))?;
        let checked = found.ok_or(Error::NotFound)?;
        let detail = match (checked.state, &checked.cause) {
            (ConnectionState::Connected, _) => String::from("Every permission is granted."),
            (ConnectionState::MissingPermissions, _) => String::from("Some permission is not granted."),
            (_, Some(cause)) => format!("Microsoft refused: {}.", cause.code),
            (_, None) => String::from("Not connected."),
        };
        self.audit
            .record(Actor::Caller(caller), "connection.check", Some((tenant, &name)), detail)
            .await
            .map_err(|error| internal(caller, &error))?;
        Ok(row::of(checked))
    }

    /// The same for jobs, which reconcile what is with what was written down. `None`: not listed.
    pub async fn check_tenant(&self, tenant: TenantId) -> Result<Option<StoredConnection>, StoreError> {
        let scope = Scope::of_tenant_job(tenant);
        let Some(connection) = self.store.connections(&scope).get(tenant).await? else { return Ok(None) };
        match self.prove(&connection, Way::Connection).await {
            Ok(proof) => {
                self.name_by_itself(&connection).await?;
                self.write_proof(tenant, proof).await
            }
            Err(error) => self.write_refusal(tenant, &error).await,
        }
    }

    /// Asks Microsoft; writes nothing but what taking a token writes.
    pub(super) async fn prove(&self, connection: &StoredConnection, way: Way) -> Result<Proof, GraphError> {
        let tenant = connection.tenant;
        let fresh = self.tokens.take_fresh(tenant, way, Resource::Graph).await?;
        if way == Way::Connection && is_delegated(connection) {
            return Ok(Proof { granted: Some(fresh.scopes.unwrap_or_default()), cause: None });
        }
        let key = quoted(&fresh.token.client_id);
        let query = Query::v1(format!("servicePrincipals(appId={key})/appRoleAssignments")).cost(2);
        match self.graph_by(way, tenant).pages::<AppRoleAssignment>(query).collect().await {
            Ok(assignments) => {
                let names = assignments.iter().filter_map(|assignment| app_roles::name(assignment.app_role_id));
                let mut granted: Vec<String> = names.map(str::to_owned).collect();
                granted.sort();
                granted.dedup();
                Ok(Proof { granted: Some(granted), cause: None })
            }
            Err(error) if error.outcome() == Outcome::NotPermitted => {
                Ok(Proof { granted: None, cause: Some(error.cause()) })
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn write_proof(
        &self,
        tenant: TenantId,
        proof: Proof,
    ) -> Result<Option<StoredConnection>, StoreError> {
        let now = self.surroundings.clock.now();
        let scope = Scope::of_tenant_job(tenant);
        self.store
            .connections(&scope)
            .update(tenant, now, |connection| {
                // Somebody may have disconnected it while Microsoft was asked.
                if connection.state == ConnectionState::Disconnected {
                    return;
                }
                let complete = |granted: &Vec<String>| is_complete(granted, connection.is_partner, connection.kind);
                let state = match proof.granted.as_ref().is_some_and(complete) {
                    true => ConnectionState::Connected,
                    false => ConnectionState::MissingPermissions,
                };
                if connection.state != state {
                    connection.state = state;
                    connection.since = Some(now);
                }
                connection.cause = proof.cause;
                connection.granted = proof.granted;
                connection.last_token_at = Some(now);
                connection.checked_at = Some(now);
                connection.consented_at = connection.consented_at.or(Some(now));
                connection.credential_ends_at = self.credential_ends_at(connection);
            })
            .await
    }

    pub(super) async fn write_refusal(
        &self,
        tenant: TenantId,
        error: &GraphError,
    ) -> Result<Option<StoredConnection>, StoreError> {
        let now = self.surroundings.clock.now();
        let scope = Scope::of_tenant_job(tenant);
        let cause = error.cause();
        // A refused token has changed the state already; here only the reason is told.
        let tell = |connection: &mut StoredConnection| {
            if connection.state != ConnectionState::Disconnected {
                connection.cause = Some(cause);
                connection.checked_at = Some(now);
            }
        };
        self.store.connections(&scope).update(tenant, now, tell).await
    }

    /// Once it can be read, a tenant is called what it calls itself.
    pub(super) async fn name_by_itself(&self, connection: &StoredConnection) -> Result<(), StoreError> {
        let query = Query::v1("organization").select(&["id", "displayName", "verifiedDomains"]);
        let organization = match self.graph_of(connection.tenant).pages::<Organization>(query).collect().await {
            Ok(mut found) if !found.is_empty() => found.swap_remove(0),
            Ok(_) => return Ok(()),
            Err(error) => {
                tracing::info!(%error, tenant = %connection.tenant, "the tenant's name could not be read");
                return Ok(());
            }
        };
        let default = organization.verified_domains.into_iter().find(|domain| domain.is_default == Some(true));
        let domain = default.and_then(|domain| domain.name);
        let name = organization.display_name.filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| connection.name.clone());
        if name == connection.name && (domain.is_none() || domain == connection.default_domain) {
            return Ok(());
        }
        let scope = Scope::of_tenant_job(connection.tenant);
        self.store.connections(&scope).rename(connection.tenant, &name, domain.as_deref()).await
    }
}
