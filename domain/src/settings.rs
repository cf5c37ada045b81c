//! What the settings pages show: connections, operators, the audit log and the key ring.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::client::PermissionStatus;
use crate::connection::{ConnectionKind, ConnectionSummary};
use crate::ids::{OperatorId, TenantId};
use crate::operator::{Reach, Role};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    pub tenant_id: TenantId,
    pub tenant_name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
    pub connection: ConnectionSummary,
    /// The tenant has a registration of its own.
    pub own_registration: bool,
    pub permissions: Vec<PermissionStatus>,
}

/// A new tenant: what an administrator typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewConnection {
    /// A domain or a tenant id.
    pub tenant: String,
    pub kind: ConnectionKind,
}

/// The tenant is listed from now on; its administrator has to follow the link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRequest {
    pub tenant_id: TenantId,
    pub tenant_name: String,
    pub consent_url: String,
}

/// A registration of the tenant's own: its own quota and blast radius.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRegistration {
    pub client_id: String,
    /// Write only: it is never sent back.
    pub client_secret: String,
    pub secret_ends_at: Option<DateTime<Utc>>,
}

/// The partner operator whose refresh token reaches clients through GDAP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerConnection {
    pub connected: bool,
    pub user_principal_name: Option<String>,
    /// The refresh token dies 90 days after this.
    pub last_renewed_at: Option<DateTime<Utc>>,
    /// Why clients cannot be reached through it, or the relationships not be listed, at present.
    pub problem: Option<Cause>,
    /// Where an administrator signs in to connect.
    pub connect_url: String,
    pub relationships: Vec<RelationshipRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationshipRow {
    pub relationship_id: String,
    pub tenant_id: TenantId,
    pub tenant_name: String,
    pub status: String,
    pub ends_at: Option<DateTime<Utc>>,
    /// This product already reaches the tenant, by whichever way.
    pub connected_by: Option<ConnectionKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorRow {
    pub id: OperatorId,
    pub home_tenant: TenantId,
    pub object_id: String,
    pub display_name: String,
    pub user_principal_name: String,
    pub role: Role,
    pub reach: Reach,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub sessions: u32,
}

/// An appointment: identity is tenant id and object id, never a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOperator {
    pub home_tenant: String,
    pub object_id: String,
    pub display_name: String,
    pub role: Role,
    /// Account managers: the tenants they are given. Viewers: their own tenant alone, whatever is typed.
    pub tenants: Vec<TenantId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub at: DateTime<Utc>,
    /// Who did it; `None`: the system.
    pub operator: Option<String>,
    /// `sign_in`, `connection.create`, …
    pub action: String,
    pub tenant_name: Option<String>,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    pub key_id: String,
    pub is_current: bool,
    /// Secrets sealed with it.
    pub sealed: u64,
}
