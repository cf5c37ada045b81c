//! Who may do what: the four roles and the one permission table.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{OperatorId, TenantId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Technician,
    AccountManager,
    /// A person of the client, bound to the client's own tenant.
    Viewer,
}

/// Something that an operator may do. Every endpoint names exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See the fleet of the tenants within reach.
    ListTenants,
    /// Read a tenant's panes and lists.
    ReadTenant,
    /// Ask for fresh data.
    RefreshTenant,
    /// Export what a list shows.
    ExportTenant,
    /// Keep the own marker of a tenant's last review.
    ReviewTenant,
    /// Keep what-if plans under a name, and delete them.
    KeepPlans,
    /// Mark accounts as meant to be different.
    MarkAccounts,
    /// Say where the work on a blocker stands.
    WorkOnBlockers,
    /// Put alerts off.
    SnoozeAlerts,
    /// Say where alerts go.
    ManageAlerts,
    /// See connections with their permissions and causes.
    ReadConnections,
    /// Add, connect, disconnect and delete tenants.
    ManageConnections,
    /// Appoint operators and give them tenants.
    ManageOperators,
    ReadAuditLog,
    /// See the key ring's state and rotate it.
    ManageKeys,
}

impl Permission {
    pub const ALL: [Self; 15] = [
        Self::ListTenants,
        Self::ReadTenant,
        Self::RefreshTenant,
        Self::ExportTenant,
        Self::ReviewTenant,
        Self::KeepPlans,
        Self::MarkAccounts,
        Self::WorkOnBlockers,
        Self::SnoozeAlerts,
        Self::ManageAlerts,
        Self::ReadConnections,
        Self::ManageConnections,
        Self::ManageOperators,
        Self::ReadAuditLog,
        Self::ManageKeys,
    ];
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Admin, Self::Technician, Self::AccountManager, Self::Viewer];

    /// The permission table.
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Admin => true,
            Self::Technician => matches!(
                permission,
                P::ListTenants
                    | P::ReadTenant
                    | P::RefreshTenant
                    | P::ExportTenant
                    | P::ReviewTenant
                    | P::KeepPlans
                    | P::MarkAccounts
                    | P::WorkOnBlockers
                    | P::SnoozeAlerts
                    | P::ReadConnections
            ),
            Self::AccountManager => {
                matches!(
                    permission,
                    P::ListTenants
                        | P::ReadTenant
                        | P::ExportTenant
                        | P::ReviewTenant
                        | P::KeepPlans
                        | P::WorkOnBlockers
                )
            }
            Self::Viewer => matches!(permission, P::ReadTenant | P::ExportTenant),
        }
    }

    /// The word in forms, in configuration and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Technician => "technician",
            Self::AccountManager => "account_manager",
            Self::Viewer => "viewer",
        }
    }

    /// The role's name on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Admin => "Administrator",
            Self::Technician => "Technician",
            Self::AccountManager => "Account manager",
            Self::Viewer => "Client viewer",
        }
    }
}

/// The tenants that an operator may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    All,
    Only(BTreeSet<TenantId>),
}

impl Reach {
    pub fn includes(&self, tenant: TenantId) -> bool {
        match self {
            Self::All => true,
            Self::Only(tenants) => tenants.contains(&tenant),
        }
    }
}

/// The signed-in operator, as pages know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub id: OperatorId,
    /// The Entra tenant that the person signs in with.
    pub home_tenant: TenantId,
    pub display_name: String,
    /// For display alone; never authorises.
    pub user_principal_name: String,
    pub role: Role,
    pub reach: Reach,
}

impl Operator {
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}
