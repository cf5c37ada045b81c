//! A backend of plain structs: a fleet in every state that a page can show, without a database or a network. The page tests
//! and the gallery use it.

#[path = "fake/fleet.rs"]
mod fleet;
#[path = "fake/people.rs"]
mod people;
#[path = "fake/settings.rs"]
mod settings;
#[path = "fake/tenants.rs"]
mod tenants;

use std::sync::Arc;

use app::backend::{Backend, Caller};
use app::caller::SignedIn;
use chrono::{DateTime, Utc};
use domain::ids::{OperatorId, TenantId, UserId};
use domain::operator::{Operator, Reach, Role};
use uuid::Uuid;

/// The moment at which the fake stands still: 22 November 2026, 14:00 UTC.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_356_000, 0).unwrap_or_default()
}

pub fn tenant_id(index: usize) -> TenantId {
    TenantId(Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0000 + index as u128))
}

pub fn user_id(index: usize) -> UserId {
    UserId(Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0000 + index as u128))
}

pub fn backend() -> Backend {
    Backend {
        fleet: Arc::new(fleet::Fake),
        tenants: Arc::new(tenants::Fake),
        connections: Arc::new(settings::Fake),
        operators: Arc::new(settings::Fake),
        audit: Arc::new(settings::Fake),
        keys: Arc::new(settings::Fake),
        alerts: Arc::new(settings::Fake),
    }
}

/// Somebody of that role; viewers are bound to the tenant of that index.
pub fn signed_in(role: Role, tenant: usize) -> SignedIn {
    let reach = match role {
        Role::Admin | Role::Technician => Reach::All,
        Role::AccountManager => Reach::Only([tenant_id(1), tenant_id(2)].into()),
        Role::Viewer => Reach::Only([tenant_id(tenant)].into()),
    };
    let operator = Operator {
        id: OperatorId(Uuid::from_u128(7)),
        home_tenant: tenant_id(0),
        display_name: "Maria Ortiz".to_owned(),
        user_principal_name: "maria@contoso.example".to_owned(),
        role,
        reach,
    };
    SignedIn(Some(Caller { operator, request_id: "request-1".to_owned() }))
}
