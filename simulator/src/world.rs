//! The pretended state of Microsoft's side: the app registration, the partner tenant and the clients.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Everything that the simulator knows. Held as `Arc<tokio::sync::RwLock<World>>` by both services.
#[derive(Debug)]
pub struct World {
    pub app: AppRegistration,
    /// The MSP's own tenant; it is in `tenants` too.
    pub partner: Uuid,
    pub tenants: BTreeMap<Uuid, Tenant>,
}

/// The product's multi-tenant registration, which lives in the partner tenant.
#[derive(Clone, Debug)]
pub struct AppRegistration {
    pub client_id: Uuid,
    pub display_name: String,
    /// Accepted client secrets with their ends.
    pub secrets: Vec<ClientSecret>,
    /// DER certificates accepted for `private_key_jwt`.
    pub certificates: Vec<Vec<u8>>,
    /// Redirect URIs registered as type `web`. Empty: any loopback address is accepted.
    pub redirect_uris: Vec<String>,
    /// Application permissions (app roles) that admin consent grants, by value.
    pub required_roles: BTreeSet<String>,
    /// Delegated permissions (scopes) that admin consent grants, by value.
    pub required_scopes: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct ClientSecret {
    pub value: String,
    pub ends_at: DateTime<Utc>,
}

/// One Entra tenant.
#[derive(Debug)]
pub struct Tenant {
    pub id: Uuid,
    pub display_name: String,
    /// The default verified domain, e.g. `fabrikam.example`.
    pub default_domain: String,
    pub initial_domain: String,
    /// What consent left behind in this tenant; `None` means no service principal (AADSTS7000229 / 700016).
    pub service_principal: Option<ServicePrincipal>,
    /// The state of this tenant's relationship with the partner, if any.
    pub gdap: Option<Gdap>,
    /// People who can sign in interactively here and what they may do.
    pub people: Vec<Person>,
    /// The directory's facts that Graph serves (users, policies, sign-ins, …).
    pub directory: Directory,
}

/// What the app was granted in one tenant.
#[derive(Clone, Debug, Default)]
pub struct ServicePrincipal {
    pub object_id: Uuid,
    pub roles: BTreeSet<String>,
    pub scopes: BTreeSet<String>,
    pub enabled: bool,
}

/// The partner's delegated administration of a client.
#[derive(Clone, Debug)]
pub struct Gdap {
    pub relationship_id: String,
    pub status: String,
    pub ends_at: DateTime<Utc>,
    pub role_definition_ids: Vec<Uuid>,
}

/// Somebody who can go through the sign-in page.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub object_id: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
    /// Signs in with MFA (`amr` holds `mfa`).
    pub mfa: bool,
    /// May grant admin consent in this tenant.
    pub is_tenant_admin: bool,
    /// Member of the partner's AdminAgents group: may redeem refresh tokens at GDAP clients.
    pub is_admin_agent: bool,
    /// App roles of the product assigned to this person, e.g. `Admin` (the `roles` claim of ID tokens).
    pub app_roles: Vec<String>,
    /// What the demo should make of this person: `admin`, `technician`, `account_manager`, `viewer` or `nobody`.
    pub demo_role: String,
}

/// The facts that Graph serves for one tenant. Private to the Graph half.
#[derive(Debug, Default)]
pub struct Directory {}
