//! The pretended state of Microsoft's side: the app registrations, the partner tenant and the clients.
//!
//! Pure data and the rules that keep it whole; nothing here speaks HTTP. Both services hold it behind one lock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

pub mod certificates;
pub mod directory;
pub mod generation;
pub mod kind;
pub mod licences;
pub mod locales;
pub mod methods;
pub mod mover;
pub mod policies;
pub mod roles;
pub mod sign_ins;

pub use directory::Directory;
pub use generation::Size;
pub use kind::Kind;

/// Everything that the simulator knows. Held as `Arc<tokio::sync::RwLock<World>>` by both services.
#[derive(Debug)]
pub struct World {
    /// The product's multi-tenant registration.
    pub app: AppRegistration,
    /// Registrations that serve one tenant alone (own quota, own secret).
    pub other_apps: Vec<AppRegistration>,
    /// The MSP's own tenant; it is in `tenants` too.
    pub partner: Uuid,
    pub tenants: BTreeMap<Uuid, Tenant>,
}

impl World {
    /// The registration with this client id, whether the product's or one of a single tenant.
    pub fn registration(&self, client_id: Uuid) -> Option<&AppRegistration> {
        std::iter::once(&self.app).chain(&self.other_apps).find(|app| app.client_id == client_id)
    }

    pub fn registration_mut(&mut self, client_id: Uuid) -> Option<&mut AppRegistration> {
        std::iter::once(&mut self.app).chain(&mut self.other_apps).find(|app| app.client_id == client_id)
    }

    /// The tenant that a path segment names: by id, default domain or initial domain.
    pub fn find_tenant(&self, id_or_domain: &str) -> Option<&Tenant> {
        if let Ok(id) = Uuid::parse_str(id_or_domain) {
            return self.tenants.get(&id);
        }
        self.tenants
            .values()
            .find(|tenant| tenant.directory.domains.iter().any(|domain| domain.name.eq_ignore_ascii_case(id_or_domain)))
    }

    /// The tenants of one kind, in the order of their generation.
    pub fn tenants_of(&self, kind: Kind) -> impl Iterator<Item = &Tenant> {
        let mut found: Vec<_> = self.tenants.values().filter(|tenant| tenant.kind == kind).collect();
        found.sort_by_key(|tenant| tenant.ordinal);
        found.into_iter()
    }

    /// All tenants, the partner first, then in the order of their generation.
    pub fn tenants_in_order(&self) -> Vec<&Tenant> {
        let mut all: Vec<_> = self.tenants.values().collect();
        all.sort_by_key(|tenant| tenant.ordinal);
        all
    }

    /// The person with this object id in this tenant.
    pub fn person(&self, tenant: Uuid, object_id: Uuid) -> Option<&Person> {
        self.tenants.get(&tenant)?.people.iter().find(|person| person.object_id == object_id)
    }
}

/// An app registration; it lives in the partner tenant.
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
    /// What the tenant is there to show.
    pub kind: Kind,
    /// Position in the generation: 0 is the partner, 1 the first client.
    pub ordinal: usize,
    pub display_name: String,
    /// The default verified domain, e.g. `fabrikam.example`.
    pub default_domain: String,
    pub initial_domain: String,
    /// What consent left behind in this tenant; `None` means no service principal (AADSTS7000229 / 700016).
    pub service_principal: Option<ServicePrincipal>,
    /// Consents given to registrations that serve this tenant alone, by client id.
    pub other_service_principals: BTreeMap<Uuid, ServicePrincipal>,
    /// The state of this tenant's relationship with the partner, if any.
    pub gdap: Option<Gdap>,
    /// People who can sign in interactively here and what they may do.
    pub people: Vec<Person>,
    /// The directory's facts that Graph serves (users, policies, sign-ins, …).
    pub directory: Directory,
}

impl Tenant {
    /// What consent to the app `client_id` left behind here; `product` is the product's own registration.
    pub fn principal_of(&self, client_id: Uuid, product: Uuid) -> Option<&ServicePrincipal> {
        if client_id == product {
            self.service_principal.as_ref()
        } else {
            self.other_service_principals.get(&client_id)
        }
    }
}

/// What an app was granted in one tenant.
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
    /// As Graph names it: `active`, `expiring`, `expired`, `terminated`, `approvalPending`, …
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Extended by 180 days at its end without anybody's click.
    pub auto_extends: bool,
    /// Entra roles (template ids) that the client approved and the partner assigned to its AdminAgents group.
    pub role_definition_ids: Vec<Uuid>,
}

impl Gdap {
    /// Whether partner technicians may redeem their tokens at this client now.
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        matches!(self.status.as_str(), "active" | "expiring") && self.ends_at > now
    }
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
    /// What the demo should make of this person: `admin`, `technician`, `account_manager`, `viewer`, `client_admin` (may
    /// consent for their own tenant, has no appointment) or `nobody`.
    pub demo_role: String,
}
