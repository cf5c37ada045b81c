//! Connecting tenants and letting them go: the port `Connections`, and the two callbacks that Microsoft sends browsers to.
//! What Microsoft's redirect says is never believed: a token taken in that tenant is.

mod add;
mod check;
mod consent;
mod partner;
mod remove;
mod row;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use app::backend::{Caller, Connections as Port};
use app::error::Error;
use async_trait::async_trait;
use domain::connection::ConnectionKind;
use domain::ids::TenantId;
use domain::operator::Permission;
use domain::settings::{ConnectionRow, ConsentRequest, NewConnection, OwnRegistration, PartnerConnection};
use futures::future::BoxFuture;
use url::Url;

use crate::audit::Audit;
use crate::failure::internal;
use crate::graph::client::Priority;
use crate::graph::entra::Entra;
use crate::graph::{Graph, GraphError, Surroundings, TenantGraph};
use crate::services::secrets::Secrets;
use crate::services::subscriptions::Subscriptions;
use crate::services::tokens::{Tokens, Way};
use crate::store::connections::{NewTenant, StoredConnection};
use crate::store::{Scope, Store, StoreError};

pub use consent::{Answer, Ending};
pub use partner::PartnerEnding;

/// Where Microsoft sends an administrator of a client after consent.
pub const CONSENT_CALLBACK: &str = "/connect/consent";
/// Where an administrator of this product starts to connect the partner.
pub const PARTNER_START: &str = "/connect/partner";
pub const PARTNER_CALLBACK: &str = "/connect/partner/callback";
/// A person waits for these calls.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks for a sync of a tenant, soon.
pub type Nudge = Arc<dyn Fn(TenantId) -> BoxFuture<'static, ()> + Send + Sync>;

/// What is fixed about this deployment.
#[derive(Clone, Debug)]
pub struct ConnectSettings {
    /// As browsers see it, without a path.
    pub public_url: Url,
    pub partner_tenant: TenantId,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    pub store: Store,
    pub secrets: Secrets,
    pub tokens: Tokens,
    pub subscriptions: Subscriptions,
    pub graph: Graph,
    pub audit: Audit,
    pub settings: ConnectSettings,
    pub surroundings: Surroundings,
    pub nudge: Nudge,
}

impl Connections {
    /// Lists the partner's own tenant, which is watched like every other, and keeps the credential's end up to date in what
    /// is listed. Asks Microsoft for nothing. To be called at every start.
    pub async fn start(&self) -> Result<(), StoreError> {
        let scope = Scope::of_system();
        let now = self.surroundings.clock.now();
        let partner = NewTenant {
            id: self.settings.partner_tenant,
            name: String::from("Partner"),
            default_domain: None,
            is_partner: true,
            kind: ConnectionKind::AppOnly,
        };
        self.store.connections(&scope).create(partner, now).await?;
        for connection in self.store.connections(&scope).list().await? {
            let ends_at = self.credential_ends_at(&connection);
            if ends_at != connection.credential_ends_at {
                let update = |connection: &mut StoredConnection| connection.credential_ends_at = ends_at;
                self.store.connections(&scope).update(connection.tenant, now, update).await?;
            }
        }
        Ok(())
    }

    fn credential_ends_at(&self, connection: &StoredConnection) -> Option<chrono::DateTime<chrono::Utc>> {
        match &connection.own_registration {
            Some(own) => own.credential_ends_at,
            None => self.tokens.app().ends_at,
        }
    }

    fn entra(&self) -> Entra {
        self.graph.entra()
    }

    /// Graph of a tenant as its connection reaches it, for somebody who waits.
    fn graph_of(&self, tenant: TenantId) -> TenantGraph {
        self.graph_by(Way::Connection, tenant)
    }

    fn graph_by(&self, way: Way, tenant: TenantId) -> TenantGraph {
        self.graph.tenant(tenant, self.tokens.by(way)).with_priority(Priority::High).with_deadline(PATIENCE)
    }

    /// Graph and Partner Center as the partner operator sees them from the partner's own tenant.
    fn partner_graph(&self) -> TenantGraph {
        self.graph_by(Way::Partner, self.settings.partner_tenant)
    }

    fn own_url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url.as_str().trim_end_matches('/'))
    }

    /// The connection, if the caller may do this and reaches the tenant.
    async fn get(&self, caller: &Caller, permission: Permission, tenant: TenantId) -> Result<StoredConnection, Error> {
        allow(caller, permission)?;
        let scope = Scope::of(caller);
        let found = self.store.connections(&scope).get(tenant).await.map_err(|error| internal(caller, &error))?;
        found.ok_or(Error::NotFound)
    }
}

fn allow(caller: &Caller, permission: Permission) -> Result<(), Error> {
    if caller.operator.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
}

fn invalid(field: &str, message: impl Into<String>) -> Error {
    Error::Invalid { field: field.to_owned(), message: message.into() }
}

/// Microsoft's refusal in the words of the person who asked.
fn microsoft(error: &GraphError) -> Error {
    tracing::warn!(%error, "Microsoft refused");
    let cause = error.cause();
    Error::Microsoft {
        code: cause.code,
        message: format!("{} {}", cause.meaning, cause.next_step),
        request_id: cause.request_id,
    }
}

#[async_trait]
impl Port for Connections {
    async fn list(&self, caller: &Caller) -> Result<Vec<ConnectionRow>, Error> {
        allow(caller, Permission::ReadConnections)?;
        let scope = Scope::of(caller);
        let all = self.store.connections(&scope).list().await.map_err(|error| internal(caller, &error))?;
        Ok(all.into_iter().map(row::of).collect())
    }

    async fn create(&self, caller: &Caller, new: NewConnection) -> Result<ConsentRequest, Error> {
        allow(caller, Permission::ManageConnections)?;
        self.add(caller, new).await
    }

    async fn consent(&self, caller: &Caller, tenant: TenantId) -> Result<ConsentRequest, Error> {
        let connection = self.get(caller, Permission::ManageConnections, tenant).await?;
        self.request_consent(caller, &connection).await
    }

    async fn check(&self, caller: &Caller, tenant: TenantId) -> Result<ConnectionRow, Error> {
        let connection = self.get(caller, Permission::ManageConnections, tenant).await?;
        self.check_for(caller, connection).await
    }

    async fn get_partner(&self, caller: &Caller) -> Result<PartnerConnection, Error> {
        allow(caller, Permission::ReadConnections)?;
        self.show_partner(caller).await
    }

    async fn create_delegated(&self, caller: &Caller, relationship_id: &str) -> Result<ConnectionRow, Error> {
        allow(caller, Permission::ManageConnections)?;
        self.add_delegated(caller, relationship_id).await
    }

    async fn set_own_registration(
        &self,
        caller: &Caller,
        tenant: TenantId,
        registration: Option<OwnRegistration>,
    ) -> Result<ConnectionRow, Error> {
        let connection = self.get(caller, Permission::ManageConnections, tenant).await?;
        self.change_registration(caller, connection, registration).await
    }

    async fn disconnect(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error> {
        let connection = self.get(caller, Permission::ManageConnections, tenant).await?;
        self.cut(caller, &connection).await
    }

    async fn delete(&self, caller: &Caller, tenant: TenantId, confirmation: &str) -> Result<(), Error> {
        let connection = self.get(caller, Permission::ManageConnections, tenant).await?;
        self.remove(caller, &connection, confirmation).await
    }
}
