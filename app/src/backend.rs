//! The ports: what pages may ask of the server, one trait an area. The server implements them; server functions call them.
//! Every method takes the caller, checks the caller's permission and starts from the caller's reach.

use std::sync::Arc;

use async_trait::async_trait;
use domain::alert::{AlertsView, NewChannel};
use domain::blocker::{EvidenceView, NewWork, Protocol};
use domain::client::{BlockerList, BlockerView, ClientView, SyncView, UserList};
use domain::fleet::{FleetBlockers, FleetPage, SearchHit};
use domain::ids::{OperatorId, TenantId, UserId};
use domain::list::{ListQuery, Page};
use domain::mark::NewMark;
use domain::operator::Operator;
use domain::review::ReviewView;
use domain::settings::{
    AuditRow, ConnectionRow, ConsentRequest, KeyRow, NewConnection, NewOperator, OperatorRow, OwnRegistration,
    PartnerConnection,
};
use domain::trouble::FleetTroubles;
use domain::user::UserView;
use domain::what_if::{Plan, PlanView};
use uuid::Uuid;

use crate::error::Error;

/// A signed-in operator. The server alone makes one, out of a session that it has just read: `app::caller::caller()` is the
/// only way for a server function to get it.
#[derive(Clone, Debug)]
pub struct Caller {
    pub operator: Operator,
    /// Correlates what the caller does with the log and the audit trail.
    pub request_id: String,
}

/// All ports, put into every request's context.
#[derive(Clone)]
pub struct Backend {
    pub fleet: Arc<dyn Fleet>,
    pub tenants: Arc<dyn Tenants>,
    pub connections: Arc<dyn Connections>,
    pub operators: Arc<dyn Operators>,
    pub audit: Arc<dyn Audit>,
    pub keys: Arc<dyn Keys>,
    pub alerts: Arc<dyn Alerts>,
}

/// The fleet page and the search.
#[async_trait]
pub trait Fleet: Send + Sync {
    async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<FleetPage, Error>;
    /// Blockers of all clients in reach.
    async fn list_blockers(&self, caller: &Caller, query: &ListQuery) -> Result<FleetBlockers, Error>;
    /// What is broken at the clients in reach, by cause.
    async fn list_troubles(&self, caller: &Caller) -> Result<FleetTroubles, Error>;
    /// At most 12 hits over tenants and users in reach.
    async fn search(&self, caller: &Caller, text: &str) -> Result<Vec<SearchHit>, Error>;
}

/// One tenant: panes, lists, users, refresh.
#[async_trait]
pub trait Tenants: Send + Sync {
    async fn get(&self, caller: &Caller, tenant: TenantId) -> Result<ClientView, Error>;
    async fn list_users(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<UserList, Error>;
    /// The same users in the order and with the chips of the MFA list.
    async fn list_mfa(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<UserList, Error>;
    async fn get_evidence(&self, caller: &Caller, tenant: TenantId) -> Result<EvidenceView, Error>;
    async fn list_blockers(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<BlockerList, Error>;
    async fn get_blocker(
        &self,
        caller: &Caller,
        tenant: TenantId,
        principal: &str,
        protocol: Protocol,
    ) -> Result<BlockerView, Error>;
    /// Says where the work on a blocker stands; replaces what was said before.
    async fn set_work(
        &self,
        caller: &Caller,
        tenant: TenantId,
        principal: &str,
        protocol: Protocol,
        work: NewWork<'_>,
    ) -> Result<(), Error>;
    async fn get_sync(&self, caller: &Caller, tenant: TenantId) -> Result<SyncView, Error>;
    async fn get_user(&self, caller: &Caller, tenant: TenantId, user: UserId) -> Result<UserView, Error>;
    /// The requirement, ninety days, and what changed since the caller's last review.
    async fn get_review(&self, caller: &Caller, tenant: TenantId) -> Result<ReviewView, Error>;
    /// Notes that the caller has gone through the tenant: what changes from now on is new to them.
    async fn mark_reviewed(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error>;
    /// What can be tried in a what-if, and the plans that were kept.
    async fn get_plans(&self, caller: &Caller, tenant: TenantId) -> Result<PlanView, Error>;
    async fn keep_plan(&self, caller: &Caller, tenant: TenantId, name: &str, plan: Plan) -> Result<(), Error>;
    async fn delete_plan(&self, caller: &Caller, tenant: TenantId, plan: Uuid) -> Result<(), Error>;
    /// Says that an account is meant to be different; replaces what was said before.
    async fn mark_account(
        &self,
        caller: &Caller,
        tenant: TenantId,
        user: UserId,
        mark: NewMark<'_>,
    ) -> Result<(), Error>;
    async fn unmark_account(&self, caller: &Caller, tenant: TenantId, user: UserId) -> Result<(), Error>;
    /// Queues a sync of every dataset, ahead of the timetable. Asking twice changes nothing.
    async fn refresh(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error>;
}

/// Connecting and disconnecting tenants.
#[async_trait]
pub trait Connections: Send + Sync {
    async fn list(&self, caller: &Caller) -> Result<Vec<ConnectionRow>, Error>;
    /// Resolves the domain or id, lists the tenant, and answers with the consent link to send or follow.
    async fn create(&self, caller: &Caller, new: NewConnection) -> Result<ConsentRequest, Error>;
    /// A fresh consent link for a tenant that is listed already.
    async fn consent(&self, caller: &Caller, tenant: TenantId) -> Result<ConsentRequest, Error>;
    /// Takes a token, reads what was granted, and writes down what was found.
    async fn check(&self, caller: &Caller, tenant: TenantId) -> Result<ConnectionRow, Error>;
    async fn get_partner(&self, caller: &Caller) -> Result<PartnerConnection, Error>;
    /// Connects a tenant of an active GDAP relationship, without a click by the client.
    async fn create_delegated(&self, caller: &Caller, relationship_id: &str) -> Result<ConnectionRow, Error>;
    async fn set_own_registration(
        &self,
        caller: &Caller,
        tenant: TenantId,
        registration: Option<OwnRegistration>,
    ) -> Result<ConnectionRow, Error>;
    /// Deletes the tenant's tokens at once; its data stays until `delete`.
    async fn disconnect(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error>;
    /// Deletes the tenant with all its data. `confirmation` must be the tenant's name.
    async fn delete(&self, caller: &Caller, tenant: TenantId, confirmation: &str) -> Result<(), Error>;
}

/// Appointing people.
#[async_trait]
pub trait Operators: Send + Sync {
    async fn list(&self, caller: &Caller) -> Result<Vec<OperatorRow>, Error>;
    async fn create(&self, caller: &Caller, new: NewOperator) -> Result<OperatorRow, Error>;
    async fn update(&self, caller: &Caller, operator: OperatorId, new: NewOperator) -> Result<OperatorRow, Error>;
    /// Ends the appointment and all sessions. The last administrator cannot be removed.
    async fn delete(&self, caller: &Caller, operator: OperatorId) -> Result<(), Error>;
    /// Ends all sessions of an operator; everybody may end their own.
    async fn sign_out_everywhere(&self, caller: &Caller, operator: OperatorId) -> Result<(), Error>;
}

#[async_trait]
pub trait Audit: Send + Sync {
    /// Newest first.
    async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<Page<AuditRow>, Error>;
}

/// What was told, and where it goes.
#[async_trait]
pub trait Alerts: Send + Sync {
    async fn get(&self, caller: &Caller) -> Result<AlertsView, Error>;
    async fn save_channel(&self, caller: &Caller, new: NewChannel) -> Result<(), Error>;
    async fn delete_channel(&self, caller: &Caller, channel: Uuid) -> Result<(), Error>;
    /// Replaces the secret that signs webhooks; nobody reads it again.
    async fn set_signing_secret(&self, caller: &Caller, secret: String) -> Result<(), Error>;
    /// Puts an alert and all of its cause off; 0 hours: no longer.
    async fn snooze(&self, caller: &Caller, alert: i64, hours: u32) -> Result<(), Error>;
}

#[async_trait]
pub trait Keys: Send + Sync {
    async fn list(&self, caller: &Caller) -> Result<Vec<KeyRow>, Error>;
    /// Re-seals everything under the current key while serving; answers how many secrets were re-sealed.
    async fn rotate(&self, caller: &Caller) -> Result<u64, Error>;
}
