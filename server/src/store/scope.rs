//! The only door to tenant data. A scope comes from a signed-in caller, or from a job that acts for one tenant; nothing in
//! the store answers about a tenant without one.

use app::backend::Caller;
use domain::ids::TenantId;
use domain::operator::Reach;

/// The tenants that a piece of work may see and change.
#[derive(Clone, Debug)]
pub struct Scope(Reach);

impl Scope {
    /// What the caller's appointment reaches.
    pub fn of(caller: &Caller) -> Self {
        Self(caller.operator.reach.clone())
    }

    /// A job acts for one tenant.
    pub fn of_tenant_job(tenant: TenantId) -> Self {
        Self(Reach::Only([tenant].into()))
    }

    /// The product's own work over all tenants: timetable, key rotation, adding tenants, metrics. Never for a request whose
    /// answer depends on who asks.
    pub fn of_system() -> Self {
        Self(Reach::All)
    }

    pub fn includes(&self, tenant: TenantId) -> bool {
        self.0.includes(tenant)
    }

    pub(crate) fn reach(&self) -> &Reach {
        &self.0
    }

    /// As PostgreSQL's policies read it.
    pub(super) fn setting(&self) -> String {
        match &self.0 {
            Reach::All => String::from("*"),
            Reach::Only(tenants) => tenants.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        }
    }
}
