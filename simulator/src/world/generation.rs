//! Builds a world from a seed: the same seed gives the same world, with its times relative to the given present.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

mod activity;
mod draft;
mod features;
mod people;
mod tenant;

use super::locales::{self, COMPANIES, LOCALES, Locale};
use super::{AppRegistration, ClientSecret, Kind, Person, Tenant, World};

/// How big a world to build, and when it is there.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Clients; the partner comes on top.
    pub tenants: usize,
    /// The mean; tenants vary between half and one and a half of it.
    pub users_per_tenant: usize,
    pub seed: u64,
    pub now: DateTime<Utc>,
}

/// Recognisable in every secret, so that a leak can be found by search.
const CANARY: &str = "CANARYtnt";

/// Application permissions that the product asks for.
pub const REQUIRED_ROLES: [&str; 17] = [
    "Application.Read.All",
    "AuditLog.Read.All",
    "CrossTenantInformation.ReadBasic.All",
    "DelegatedAdminRelationship.Read.All",
    "Domain-InternalFederation.Read.All",
    "Domain.Read.All",
    "GroupMember.Read.All",
    "Organization.Read.All",
    "PartnerSecurity.Read.All",
    "Policy.Read.All",
    "Policy.Read.AuthenticationMethod",
    "ReportSettings.Read.All",
    "Reports.Read.All",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "User.Read.All",
    "UserAuthenticationMethod.Read.All",
];

/// Delegated permissions that the product asks for besides those that are also application permissions.
const SIGN_IN_SCOPES: [&str; 6] =
    ["OnPremDirectorySynchronization.Read.All", "User.Read", "email", "offline_access", "openid", "profile"];

impl World {
    /// Builds the world.
    pub fn generate(size: Size) -> World {
        let mut rng = stream(size.seed, u64::MAX);
        let app = registration(&mut rng, "Tenantry", size.now + TimeDelta::days(200));
        let mut other_apps = Vec::new();
        let mut tenants = BTreeMap::new();
        let mut partner = Uuid::nil();
        for ordinal in 0..=size.tenants {
            let mut rng = stream(size.seed, ordinal as u64);
            let identity = Identity::of(ordinal);
            let own_app = (identity.kind == Kind::SecretExpired).then(|| {
                let name = format!("Tenantry for {}", identity.name);
                registration(&mut rng, &name, size.now - TimeDelta::days(3))
            });
            let tenant = tenant::build(&mut rng, identity, size, &app, own_app.as_ref());
            if ordinal == 0 {
                partner = tenant.id;
            }
            other_apps.extend(own_app);
            tenants.insert(tenant.id, tenant);
        }
        let mut world = World { app, other_apps, partner, tenants };
        appoint_viewers(&mut world, size.tenants);
        world
    }
}

/// What a tenant is called, where it lives and what it is there to show.
struct Identity {
    ordinal: usize,
    kind: Kind,
    name: String,
    domain_stem: String,
    locale: &'static Locale,
}

impl Identity {
    fn of(ordinal: usize) -> Identity {
        let (kind, company) = match ordinal {
            0 => (Kind::Partner, Some(&locales::PARTNER)),
            n => (Kind::of_client(n), COMPANIES.get(n - 1)),
        };
        if let Some(company) = company {
            let (name, domain_stem) = (company.name.into(), company.domain.into());
            return Identity { ordinal, kind, name, domain_stem, locale: company.locale };
        }
        let locale = LOCALES[ordinal % LOCALES.len()];
        let turn = ordinal / LOCALES.len();
        let stem = locale.name(turn).family;
        let name = format!("{} {}", locale.family(turn), locale.trade(ordinal / 7));
        Identity { ordinal, kind, name, domain_stem: format!("{stem}-{ordinal}"), locale }
    }
}

/// A source of randomness for one tenant alone, so that tenants do not depend on how many others there are.
fn stream(seed: u64, tenant: u64) -> StdRng {
    StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ tenant)
}

fn id(rng: &mut StdRng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.random()).into_uuid()
}

fn registration(rng: &mut StdRng, display_name: &str, secret_ends_at: DateTime<Utc>) -> AppRegistration {
    let roles: BTreeSet<String> = REQUIRED_ROLES.map(String::from).into();
    let scopes = roles.iter().cloned().chain(SIGN_IN_SCOPES.map(String::from)).collect();
    AppRegistration {
        client_id: id(rng),
        display_name: display_name.into(),
        secrets: vec![ClientSecret {
            value: format!("{CANARY}~secret~{:032x}", rng.random::<u128>()),
            ends_at: secret_ends_at,
        }],
        certificates: Vec::new(),
        redirect_uris: Vec::new(),
        required_roles: roles,
        required_scopes: scopes,
    }
}

/// Lets one person of each of two clients sign in as a viewer.
fn appoint_viewers(world: &mut World, clients: usize) {
    let ordinals = BTreeSet::from([3.min(clients), 4.min(clients)]);
    for tenant in world.tenants.values_mut().filter(|t| t.ordinal > 0 && ordinals.contains(&t.ordinal)) {
        let viewer = tenant.directory.users().find(|user| is_plain_employee(tenant, user.id)).map(people::person);
        tenant.people.extend(viewer.map(|person| Person { demo_role: "viewer".into(), ..person }));
    }
}

fn is_plain_employee(tenant: &Tenant, id: Uuid) -> bool {
    tenant.directory.user(id).is_some_and(|user| {
        user.account_enabled && !user.is_guest() && user.job_title.is_some() && user.is_mfa_registered()
    }) && !tenant.directory.role_assignments.iter().any(|assignment| assignment.principal_id == id)
}
