//! What a started simulator tells: addresses, credentials, tenants and people. Printed as one line of JSON by the program.

use std::path::PathBuf;

use serde::Serialize;
use uuid::Uuid;

use crate::service::Urls;
use crate::world::{AppRegistration, Tenant, World};

/// Everything that a client needs to use the simulator.
#[derive(Clone, Debug, Serialize)]
pub struct Announcement {
    /// Stands for `https://login.microsoftonline.com`; no trailing slash.
    pub login_url: String,
    /// Stands for `https://graph.microsoft.com`; no trailing slash.
    pub graph_url: String,
    /// The product's multi-tenant registration.
    pub client_id: Uuid,
    pub client_secret: String,
    /// PEM files for `private_key_jwt`.
    pub certificate_path: PathBuf,
    pub private_key_path: PathBuf,
    /// PEM file of the certificate authority to trust, when HTTPS is spoken.
    pub ca_path: Option<PathBuf>,
    pub partner_tenant_id: Uuid,
    pub tenants: Vec<AnnouncedTenant>,
    /// Registrations that serve one tenant alone.
    pub own_registrations: Vec<AnnouncedRegistration>,
    pub people: Vec<AnnouncedPerson>,
}

#[derive(Clone, Debug, Serialize)]
pub struct AnnouncedTenant {
    pub id: Uuid,
    pub name: String,
    pub domain: String,
}

/// A tenant's own registration with its secret, which may be expired.
#[derive(Clone, Debug, Serialize)]
pub struct AnnouncedRegistration {
    pub tenant_id: Uuid,
    pub client_id: Uuid,
    pub client_secret: String,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize)]
pub struct AnnouncedPerson {
    pub tenant_id: Uuid,
    pub object_id: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
    /// `admin`, `technician`, `account_manager`, `viewer`, `client_admin` or `nobody`.
    pub demo_role: String,
    pub mfa: bool,
}

/// Where the credential files lie.
pub(crate) struct Files {
    pub certificate: PathBuf,
    pub private_key: PathBuf,
    pub authority: Option<PathBuf>,
}

impl Announcement {
    pub(crate) fn of(world: &World, urls: &Urls, files: Files) -> Self {
        let tenants = world.tenants_in_order();
        let people = tenants.iter().flat_map(|tenant| {
            tenant.people.iter().map(|person| AnnouncedPerson {
                tenant_id: tenant.id,
                object_id: person.object_id,
                user_principal_name: person.user_principal_name.clone(),
                display_name: person.display_name.clone(),
                demo_role: person.demo_role.clone(),
                mfa: person.mfa,
            })
        });
        Self {
            login_url: urls.login.clone(),
            graph_url: urls.graph.clone(),
            client_id: world.app.client_id,
            client_secret: longest_lived_secret(&world.app),
            certificate_path: files.certificate,
            private_key_path: files.private_key,
            ca_path: files.authority,
            partner_tenant_id: world.partner,
            people: people.collect(),
            own_registrations: tenants.iter().flat_map(|tenant| own_registrations(world, tenant)).collect(),
            tenants: tenants
                .iter()
                .map(|tenant| AnnouncedTenant {
                    id: tenant.id,
                    name: tenant.display_name.clone(),
                    domain: tenant.default_domain.clone(),
                })
                .collect(),
        }
    }
}

fn own_registrations(world: &World, tenant: &Tenant) -> Vec<AnnouncedRegistration> {
    let apps = tenant.other_service_principals.keys().filter_map(|client_id| world.registration(*client_id));
    apps.map(|app| AnnouncedRegistration {
        tenant_id: tenant.id,
        client_id: app.client_id,
        client_secret: longest_lived_secret(app),
    })
    .collect()
}

/// The secret to use: the one that ends last. Empty when the registration has none.
fn longest_lived_secret(app: &AppRegistration) -> String {
    app.secrets.iter().max_by_key(|secret| secret.ends_at).map(|secret| secret.value.clone()).unwrap_or_default()
}
